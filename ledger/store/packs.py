"""Packs, pages of links, and anomalies."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

import msgspec
from sqlalchemy import Connection, bindparam, func, select

from ledger.chain.page import LinkPage, decode_page
from ledger.errors import NotVerified
from ledger.store import tables
from ledger.store.database import Alike, Database, Row, dialect_of, scan

__all__ = [
    "Alike",
    "Head",
    "HeadRow",
    "anomalies_between",
    "anomalies_of",
    "children_of",
    "count_packs",
    "get_page",
    "head_rows",
    "heads_of",
    "insert_anomalies",
    "insert_packs",
    "insert_pages",
    "packs_by_thousands",
    "page_roots",
    "replace_alike",
    "replace_packs",
    "scan_pages",
    "seal_after_pages",
]  # fmt: skip

_CODES_A_QUERY = 500
_PACKS_A_READ = 1_000  # with more, rows leave the processor's cache before they are looked at

_pack = tables.pack.c
_page = tables.link_page.c
_anomaly = tables.anomaly.c
_pages = (
    select(tables.link_page)
    .where(_page.seal >= bindparam("first"), _page.seal < bindparam("end"))
    .order_by(_page.seal, _page.page)
)
_anomalies = (
    select(_anomaly.log_index, _anomaly.code, _anomaly.name)
    .where(_anomaly.log_index >= bindparam("first"), _anomaly.log_index < bindparam("end"))
    .order_by(_anomaly.log_index, _anomaly.code, _anomaly.name)
)
_after_pages = (
    select(_page.seal)
    .where(_page.seal >= bindparam("first"))
    .order_by(_page.seal, _page.page)
    .offset(bindparam("pages"))
    .limit(1)
)
_all = select(tables.pack)
_children = select(_pack.code, _pack.parent).where(_pack.parent.in_(bindparam("parents", expanding=True)))


HeadRow = tuple[str, int, bytes, int, int, bytes]
"""A pack's newest link as the store gives it: code, seq, hash, where it lies (seal, position), custody."""


class Head(msgspec.Struct, gc=False):
    """The newest link of a pack, and where the pack stands: a row of `pack`."""

    seq: int
    hash: bytes
    seal: int
    position: int
    custody: bytes


def heads_of(database: Database, connection: Connection, codes: Sequence[str]) -> dict[str, Head]:
    """Return the heads of those packs that the ledger knows."""
    return {row[0]: Head(*row[1:]) for row in database.dialect.packs(connection, codes)}


def head_rows(database: Database, connection: Connection, codes: Sequence[str]) -> dict[str, HeadRow]:
    """Return (code, seq, hash, seal, position, custody) of those packs that the ledger knows, by code."""
    return {row[0]: row for row in database.dialect.packs(connection, codes)}


def children_of(connection: Connection, parents: Sequence[str]) -> list[tuple[str, str]]:
    """Return (code, parent) of every pack or case that lies directly in one of these cases."""
    found: list[tuple[str, str]] = []
    for start in range(0, len(parents), _CODES_A_QUERY):
        rows = connection.execute(_children, {"parents": parents[start : start + _CODES_A_QUERY]})
        found.extend((row.code, row.parent) for row in rows)
    return found


def insert_packs(database: Database, connection: Connection, rows: Sequence[Row]) -> None:
    """Add packs that were not known: whole rows of `pack`."""
    database.dialect.insert(connection, tables.pack, rows)


def replace_packs(database: Database, connection: Connection, rows: Sequence[Row]) -> None:
    """Overwrite packs that are known: whole rows of `pack`."""
    database.dialect.replace_packs(connection, rows)


def replace_alike(database: Database, connection: Connection, packs: Alike) -> None:
    """Overwrite packs that are known, and stand alike."""
    database.dialect.replace_alike(connection, packs)


def insert_pages(database: Database, connection: Connection, rows: Sequence[Row]) -> None:
    """Append pages: rows of (seal, page, root, links)."""
    database.dialect.insert(connection, tables.link_page, rows)


def insert_anomalies(database: Database, connection: Connection, rows: Sequence[Row]) -> None:
    """Append anomalies: rows of (log_index, code, name); code is empty for a statement as a whole."""
    database.dialect.insert(connection, tables.anomaly, rows)


def get_page(connection: Connection, seal: int, page: int) -> LinkPage:
    """Return one page of the links of a seal.

    Raises:
        NotVerified: `page-missing` at the seal when there is no such row.
        FormatError: `page-malformed`.
    """
    data = dialect_of(connection).page(connection, seal, page)
    if data is None:
        raise NotVerified("page-missing", f"page {page}", index=seal)
    return decode_page(data)


def scan_pages(
    database: Database, connection: Connection, first: int, end: int
) -> Generator[Row, None, None]:
    """Iterate over (seal, page, root, links) of the seals first … end-1, in order, a few at a time."""
    return scan(database, connection, _pages, first=first, end=end)


def seal_after_pages(connection: Connection, first: int, pages: int) -> int | None:
    """Return the seal of the page that comes after so many, from the seals at or after `first` on; None for none."""
    return connection.execute(_after_pages, {"first": first, "pages": pages}).scalar_one_or_none()


def page_roots(connection: Connection, seal: int) -> list[bytes]:
    """Return the Merkle root of each page of a seal, in order."""
    query = select(_page.root).where(_page.seal == seal).order_by(_page.page)
    return [bytes(root) for root in connection.execute(query).scalars()]


def anomalies_of(connection: Connection, index: int) -> list[tuple[str, str]]:
    """Return (code, name) of what was wrong with one statement."""
    return [(code, name) for _, code, name in anomalies_between(connection, index, index + 1)]


def anomalies_between(connection: Connection, first: int, end: int) -> Iterator[tuple[int, str, str]]:
    """Iterate over (log_index, code, name) in order."""
    rows = connection.execute(_anomalies, {"first": first, "end": end})
    return ((index, code, name) for index, code, name in rows)


def packs_by_thousands(connection: Connection) -> Generator[list[Row], None, None]:
    """Iterate over all rows of `pack` as they lie, a thousand together."""
    return dialect_of(connection).scan(connection, _all, {}, _PACKS_A_READ)


def count_packs(connection: Connection) -> int:
    """Return how many packs and cases the ledger knows."""
    return int(connection.execute(select(func.count()).select_from(tables.pack)).scalar_one())
