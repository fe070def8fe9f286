"""Corrections: an error declaration takes an event back; the pack stands where it would without it.

The log keeps both. The new state is found by judging the pack's chain again from its beginning, leaving out
the events that were declared wrong, each act in the circumstances and by the facts of its own time.
Only the author may take an event back: the declaration has the same issuer and the same event id.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.chains import Chains, PlacedLink, circumstances_of
from ledger.codes import product_of
from ledger.content import act_of
from ledger.custody.event import Event
from ledger.custody.judge import CASE, Part, Ruling, Step, replay
from ledger.custody.state import Custody, decode
from ledger.errors import NotVerified
from ledger.papers.paper import Paper
from ledger.store.database import Connection
from ledger.store.packs import Head
from ledger.store.registry import Registry

__all__ = ["Corrector"]

_Name = tuple[str, str]
"""(issuer, event id): what a correction takes back."""


class Corrector:
    """Judges error declarations against the chains in the store."""

    def __init__(self, registry: Registry, connection: Connection) -> None:
        self._registry = registry
        self._connection = connection
        self._chains = Chains(connection)

    def rulings(self, name: _Name, packs: Sequence[tuple[str, Head | None]]) -> list[Ruling]:
        """Return, for each pack, where it stands without the event of that name."""
        return [self._ruling(name, code, head) for code, head in packs]

    def _ruling(self, name: _Name, code: str, head: Head | None) -> Ruling:
        links = [] if head is None else self._chains.links_of(code, head.seal, head.position)
        self._chains.fetch([placed.link.entry for placed in links] + [placed.seal for placed in links])
        taken_back = {name} | {self._name(placed) for placed in links if self._corrects(placed)}
        if not any(self._name(placed) == name and not self._corrects(placed) for placed in links):
            return Ruling(self._now(links), ("nothing-to-correct",))
        steps = [
            self._step(code, placed)
            for placed in links
            if self._name(placed) not in taken_back and not self._corrects(placed)
        ]
        return Ruling(replay(None, steps) or Custody())

    def _now(self, links: Sequence[PlacedLink]) -> Custody:
        return decode(links[-1].link.after) if links else Custody()

    def _name(self, placed: PlacedLink) -> _Name:
        return self._chains.entry(placed.link.entry).statement.name

    def _corrects(self, placed: PlacedLink) -> bool:
        content = self._chains.content(placed.link.entry)
        return isinstance(content, Event) and content.corrects

    def _step(self, code: str, placed: PlacedLink) -> Step:
        index = placed.link.entry
        content = self._chains.content(index)
        signer = self._registry.signer(self._connection, self._chains.entry(index).statement.kid)
        if signer is None:
            raise NotVerified("key-unknown", index=index)
        recorded_at = self._chains.seal(placed.seal).recorded_at
        product = product_of(code)
        return Step(
            act=act_of(content),
            circumstances=circumstances_of(self._registry, self._connection, signer, content, recorded_at),
            facts=self._registry.facts_at(self._connection, product, index) if product else CASE,
            part=_part(code, content),
        )


def _part(code: str, content: Event | Paper) -> Part:
    if code in content.codes:
        return "named"
    return "parent" if code == getattr(content, "parent", None) else "inside"
