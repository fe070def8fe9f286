"""Which event a correction takes back: the one of the same author and the same id, in the same pack's chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ledger.chain.page import LinkPage
from ledger.chains import Chains, PlacedLink
from ledger.custody.stated import EVENT_KINDS, read_stated
from ledger.limits import PAGE_LINKS_MAX
from ledger.log.statement import parse_statement
from ledger.store.database import Connection, Row

__all__ = ["corrected_by"]

_NOTHING: Final = "nothing-to-correct"


def corrected_by(connection: Connection, pages: Sequence[LinkPage], entry: Row) -> list[int]:
    """Return the log indexes of the events that no longer count, ascending.

    Args:
        connection: where the chains are.
        pages: of the seal over the correction.
        entry: the correction: (log_index, kind, leaf, statement, body).

    Raises:
        NotVerified: `chain-broken`, `page-missing`, `entry-missing`.
    """
    statement = parse_statement(entry[3])
    search = _Search(Chains(connection), (statement.issuer, statement.subject))
    for code, seal, position in _links_before(pages, entry[0]):
        search.along(code, seal, position)
    return sorted(search.found)


def _links_before(pages: Sequence[LinkPage], index: int) -> Iterator[tuple[str, int, int]]:
    """Iterate over (code, seal and position of the link before) of the packs that the correction has an effect on."""
    for page in pages:
        idle = {at for at, names in page.anomalies if _NOTHING in names}
        for at, linked in enumerate(page.entries):
            if linked == index and at not in idle:
                yield page.codes[at], page.prev_seals[at], page.prev_positions[at]


class _Search:
    """Looks for events of one name (issuer, event id) along chains; a pack of an event already found is passed over."""

    def __init__(self, chains: Chains, name: tuple[str, str]) -> None:
        self._chains = chains
        self._name = name
        self._covered: set[str] = set()
        self.found: set[int] = set()

    def along(self, code: str, seal: int, position: int) -> None:
        """Look along the chain of a pack, backwards from a link."""
        if code in self._covered:
            return
        for placed in self._chains.links_of(code, seal, position):
            index = placed.link.entry
            if index not in self.found and self._is_meant(index):
                self.found.add(index)
                self._covered.update(self._packs_of(placed))

    def _is_meant(self, index: int) -> bool:
        stored = self._chains.entry(index)
        statement = stored.statement
        if (statement.issuer, statement.subject) != self._name or statement.kind not in EVENT_KINDS:
            return False
        return not read_stated(stored.body).corrects

    def _packs_of(self, placed: PlacedLink) -> Iterator[str]:
        """Iterate over the packs that the statement of this link is about: its links lie side by side."""
        index, (number, at) = placed.link.entry, divmod(placed.position, PAGE_LINKS_MAX)
        page = self._chains.page(placed.seal, number)
        while at > 0 and page.entries[at - 1] == index:
            at -= 1
        yield from (code for code, entry in zip(page.codes[at:], page.entries[at:], strict=True) if entry == index)
        for following in self._pages_after(placed.seal, number, len(page)):
            yield from (code for code, entry in zip(following.codes, following.entries, strict=True) if entry == index)
            if following.entries[-1] != index:
                return

    def _pages_after(self, seal: int, number: int, length: int) -> Iterator[LinkPage]:
        count = -(-self._chains.seal(seal).links // PAGE_LINKS_MAX)
        return (self._chains.page(seal, each) for each in range(number + 1, count))
