"""How the log is cut into stretches: all about as much work, each ending at a seal, shorter towards the end.

A stretch of shipments holds a hundred times the links of one of sales. Cut by entries alone, whoever gets it is
busy for so long that the others have nothing left to take, or wait for it in the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from ledger.store.database import Connection
from ledger.store.log import next_seal
from ledger.store.packs import seal_after_pages

__all__ = ["Range", "ranges"]


class Range(NamedTuple):
    """First log index, the one after the last, and whether so much hangs on its statements that it was cut short."""

    first: int
    end: int
    heavy: bool


_ENTRIES: Final = 8_192
_ENTRIES_LEAST: Final = 256
_ENTRIES_A_PAGE: Final = 10  # the links of a page take the time of ten entries
_LEFT: Final = 16  # when no more stretches are left, they become shorter, so that all processes end together


def ranges(connection: Connection, size: int) -> Iterator[Range]:
    """Yield ranges that make up a log of this size, in order; what the rows say decides only where they end."""
    first = 0
    while first < size:
        entries = min(_ENTRIES, max(_ENTRIES_LEAST, (size - first) // _LEFT))
        last = first + entries - 1
        full = seal_after_pages(connection, first, max(entries // _ENTRIES_A_PAGE, 1))
        until = last if full is None else min(full, last)
        end = next_seal(connection, until, size) + 1
        yield Range(first, end, until < last)
        first = end
