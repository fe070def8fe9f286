"""Rows of a view of the lake, and the place where to go on; known also where the lake itself is not asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ledger.errors import Misuse

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Place", "Rows", "parse_place"]


class Place(NamedTuple):
    """Where to go on: in the lake of a log of this size, behind so many rows."""

    size: int
    skip: int

    def __str__(self) -> str:
        return f"{self.size}-{self.skip}"


class Rows(NamedTuple):
    """Some rows of a view, of the lake of a log of this size; and where to go on, None at the end."""

    size: int
    table: pa.Table
    following: Place | None


def parse_place(text: str) -> Place:
    """Read a place as it was given out.

    Raises:
        Misuse: `page-unknown`.
    """
    size, _, skip = text.partition("-")
    if not (size.isascii() and size.isdigit() and skip.isascii() and skip.isdigit() and len(text) <= 38):
        raise Misuse("page-unknown")
    return Place(int(size), int(skip))
