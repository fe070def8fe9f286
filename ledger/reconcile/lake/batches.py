"""The log, batch by batch: the statements of one seal that lie in a range, with what the seal says and its pages."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing

import msgspec

from ledger.chain.page import LinkPage, decode_page
from ledger.chain.seal import SEAL_KIND, Seal, read_seal
from ledger.errors import NotVerified
from ledger.limits import PAGE_LINKS_MAX
from ledger.store.database import Connection, Database, Row
from ledger.store.lake import scan_parts, scan_recorded
from ledger.store.log import next_seal
from ledger.store.packs import scan_pages

__all__ = ["Batch", "SealedPart", "batches"]


class SealedPart(msgspec.Struct, frozen=True, gc=False):
    """An encrypted confidential part: whose statement (log index, leaf hash), whose key, the ciphertext."""

    index: int
    leaf: bytes
    person: bytes
    sealed: bytes


class Batch(msgspec.Struct, frozen=True):
    """Statements of one seal.

    Attributes:
        index: log index of the seal.
        recorded: its time, seconds since the epoch: the ledger's word.
        remarks: what was wrong with a statement as a whole, by log index.
        entries: rows of (log_index, kind, leaf, statement, body), the seal's own left out.
        parts: their confidential parts.
        pages: all links of the seal, also those of statements outside the range.
    """

    index: int
    recorded: int
    remarks: dict[int, tuple[str, ...]]
    entries: list[Row]
    parts: list[SealedPart]
    pages: list[LinkPage]


def batches(
    database: Database, connection: Connection, first: int, end: int, size: int
) -> Iterator[Batch]:
    """Iterate over the batches of the statements first … end-1 of a log of this size.

    Raises:
        NotVerified: `entry-missing`, `entry-unsealed`, `page-missing`, `confidential-unexpected`, at the log index
            where the store has a gap, or a row too many.
        FormatError: `seal-malformed`, `page-malformed`.
    """
    with (
        closing(scan_recorded(database, connection, first, end)) as rows,
        closing(scan_parts(database, connection, first, end)) as stored,
        closing(scan_pages(database, connection, first, end)) as pages,
    ):
        entries: list[Row] = []
        parts = _Parts(stored)
        for expected, row in enumerate(rows, first):
            if row[0] != expected:
                raise NotVerified("entry-missing", index=expected)
            if row[1] != SEAL_KIND:
                entries.append(row)
                continue
            yield _batch(expected, read_seal(row[4]), entries, parts, pages)
            entries = []
        if not entries and first < end:
            return
    # The seal of the last statements lies beyond the range.
    index = next_seal(connection, end, size)
    with (
        closing(scan_recorded(database, connection, index, index + 1)) as rows,
        closing(scan_parts(database, connection, entries[0][0], end)) as stored,
        closing(scan_pages(database, connection, index, index + 1)) as pages,
    ):
        for _, kind, _, _, body in rows:
            if kind == SEAL_KIND:
                yield _batch(index, read_seal(body), entries, _Parts(stored), pages)
                return
    raise NotVerified("entry-unsealed", index=end - 1)


def _batch(index: int, seal: Seal, entries: list[Row], parts: _Parts, pages: Generator[Row, None, None]) -> Batch:
    sealed = [part for row in entries if (part := parts.of(row)) is not None]
    remarks = dict(seal.remarks)
    return Batch(index, seal.recorded_at, remarks, entries, sealed, list(_pages(index, seal.links, pages)))


def _pages(seal: int, links: int, rows: Iterator[Row]) -> Iterator[LinkPage]:
    for expected in range(-(-links // PAGE_LINKS_MAX)):
        at, number, _, data = next(rows, (-1, -1, b"", b""))
        if (at, number) != (seal, expected):
            raise NotVerified("page-missing", f"page {expected}", index=seal)
        yield decode_page(data)


class _Parts:
    """The stream of confidential parts, held against the stream of statements."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def of(self, entry: Row) -> SealedPart | None:
        """Return the part of a statement; statements must be asked for in order."""
        if self._next is None or self._next[0] > entry[0]:
            return None
        if self._next[0] < entry[0]:
            raise NotVerified("confidential-unexpected", index=self._next[0])
        _, person, sealed = self._next
        self._next = next(self._rows, None)
        return SealedPart(entry[0], entry[2], person, sealed)
