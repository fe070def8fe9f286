"""Queries that offices keep: a name each, for the officers of that office."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from ledger.store import tables

__all__ = ["SavedQuery", "count_queries", "drop_query", "keep_query", "queries_of", "query_named"]

_query = tables.saved_query.c


class SavedQuery(NamedTuple):
    """A row of `saved_query`."""

    party_number: int
    name: str
    station_number: int
    made: int
    query: bytes


def queries_of(connection: Connection, party: int) -> list[SavedQuery]:
    """Return what a party keeps, by name."""
    rows = connection.execute(select(tables.saved_query).where(_query.party_number == party).order_by(_query.name))
    return [_read(row) for row in rows]


def query_named(connection: Connection, party: int, name: str) -> SavedQuery | None:
    """Return what a party keeps under this name, None when it keeps nothing so."""
    where = (_query.party_number == party, _query.name == name)
    row = connection.execute(select(tables.saved_query).where(*where)).one_or_none()
    return None if row is None else _read(row)


def _read(row: Any) -> SavedQuery:
    return SavedQuery(row.party_number, row.name, row.station_number, row.made, bytes(row.query))


def count_queries(connection: Connection, party: int) -> int:
    """Return how many a party keeps."""
    query = select(func.count()).select_from(tables.saved_query).where(_query.party_number == party)
    return int(connection.execute(query).scalar_one())


def keep_query(connection: Connection, query: SavedQuery) -> None:
    """Keep a query, in place of the party's one of the same name."""
    drop_query(connection, query.party_number, query.name)
    connection.execute(tables.saved_query.insert(), query._asdict())


def drop_query(connection: Connection, party: int, name: str) -> bool:
    """Keep a party's query no longer; say whether there was one."""
    where = (_query.party_number == party, _query.name == name)
    return connection.execute(tables.saved_query.delete().where(*where)).rowcount > 0
