"""What the lake reads beside pages: of entries what it needs, confidential parts as a stream, registers, erasures."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from sqlalchemy import Connection, Table, select

from ledger.store import tables
from ledger.store.database import Database, Row, scan

__all__ = [
    "erasures_between", "parties_before", "products_before", "scan_parts", "scan_recorded", "sites_before",
]  # fmt: skip


def scan_recorded(database: Database, connection: Connection, first: int, end: int) -> Generator[Row, None, None]:
    """Iterate over (log_index, kind, leaf, statement, body) of the entries first … end-1, in order, a few at a time."""
    columns = tables.entry.c
    query = select(columns.log_index, columns.kind, columns.leaf, columns.statement, columns.body)
    query = query.where(columns.log_index >= first, columns.log_index < end)
    return scan(database, connection, query.order_by(columns.log_index))


def scan_parts(database: Database, connection: Connection, first: int, end: int) -> Generator[Row, None, None]:
    """Iterate over (log_index, person, sealed part) of the statements first … end-1, in order, a few at a time."""
    columns = tables.confidential.c
    query = select(tables.confidential).where(columns.log_index >= first, columns.log_index < end)
    return scan(database, connection, query.order_by(columns.log_index))


def parties_before(database: Database, connection: Connection, size: int) -> Generator[Row, None, None]:
    """Iterate over (number, uri, name_en, name_zh, roles, region) of the parties that a log of this size registers."""
    return _before(database, connection, tables.party, size)


def products_before(database: Database, connection: Connection, size: int) -> Iterator[Row]:
    """Iterate over (number, id, maker, name_en, name_zh, cents, milligrams, days) of the products, as above."""
    return (row[:8] for row in _before(database, connection, tables.product, size))  # no rule asks for the strength


def sites_before(connection: Connection, size: int) -> Iterator[tuple[int, int, bytes]]:
    """Iterate over (number, number of the party, body of the registration) of the sites, as above."""
    columns = tables.site.c
    query = (
        select(columns.number, columns.party_number, tables.entry.c.body)
        .join(tables.entry, tables.entry.c.log_index == columns.number)
        .where(columns.number < size)
        .order_by(columns.number)
    )
    return ((number, party, bytes(body)) for number, party, body in connection.execute(query))


def erasures_between(connection: Connection, first: int, end: int) -> list[bytes]:
    """Return the bodies of the erasures among the statements first … end-1."""
    columns = tables.entry.c
    query = select(columns.body).where(
        columns.kind == "erasure", columns.log_index >= first, columns.log_index < end
    )
    return [bytes(body) for body in connection.execute(query).scalars()]


def _before(database: Database, connection: Connection, table: Table, size: int) -> Generator[Row, None, None]:
    query = select(table).where(table.c.number < size).order_by(table.c.number)
    return scan(database, connection, query)
