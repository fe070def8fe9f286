"""A country played without a signature: its deeds, in the order in which the ledger receives them."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from ledger.nation import build
from ledger.nation.country import Country
from ledger.nation.deeds import EventDeed, PaperDeed
from tests.nation.conftest import START


class Unsigned(NamedTuple):
    """A country after its end, and what was done in it."""

    country: Country
    events: list[EventDeed]
    papers: list[PaperDeed]
    received: dict[str, int]

    def of(self, *kinds: str) -> list[EventDeed]:
        """Return the events of these kinds, without those that their author took back."""
        back = {event.id for event in self.events if event.happened is not None}
        return [event for event in self.events if event.kind in kinds and event.id not in back]

    def paper(self, kind: str) -> list[PaperDeed]:
        """Return the papers of a kind."""
        return [paper for paper in self.papers if paper.kind == kind]


@lru_cache(maxsize=2)
def honest(packs: int = 60_000, months: int = 12, seed: int = 10) -> Unsigned:
    """Play a country without crimes."""
    country, _ = build(packs, months, seed, START, crimes="none")._set_up()
    events, papers, received = [], [], {}
    for time, deed in country.stage.play():
        (events if isinstance(deed, EventDeed) else papers).append(deed)  # type: ignore[arg-type]
        received[deed.id] = time
    return Unsigned(country, events, papers, received)
