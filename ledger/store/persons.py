"""Persons and confidential parts: what can be erased."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, bindparam, select

from ledger.store import tables
from ledger.store.database import Database, Row

__all__ = ["all_persons", "confidential_between", "get_confidential", "insert_confidential", "put_persons", "wrapped_keys"]

_person = tables.person.c
_PERSONS_A_QUERY = 500
_wrapped = select(_person.pseudonym, _person.wrapped).where(
    _person.pseudonym.in_(bindparam("persons", expanding=True))
)


def wrapped_keys(connection: Connection, persons: Sequence[bytes]) -> dict[bytes, bytes | None]:
    """Return the wrapped data key of each known person; None once it was destroyed."""
    found: dict[bytes, bytes | None] = {}
    for start in range(0, len(persons), _PERSONS_A_QUERY):
        rows = connection.execute(_wrapped, {"persons": persons[start : start + _PERSONS_A_QUERY]})
        found.update((bytes(row.pseudonym), row.wrapped and bytes(row.wrapped)) for row in rows)
    return found


def put_persons(connection: Connection, keys: Sequence[tuple[bytes, bytes | None]]) -> None:
    """Give persons their wrapped keys, new or instead of an old one; None destroys."""
    for pseudonym, wrapped in keys:
        changed = connection.execute(
            tables.person.update().where(_person.pseudonym == pseudonym).values(wrapped=wrapped)
        )
        if not changed.rowcount:
            connection.execute(tables.person.insert(), {"pseudonym": pseudonym, "wrapped": wrapped})


def insert_confidential(database: Database, connection: Connection, rows: Sequence[Row]) -> None:
    """Append confidential parts: rows of (log_index, person, sealed)."""
    database.dialect.insert(connection, tables.confidential, rows)


def get_confidential(connection: Connection, index: int) -> tuple[bytes, bytes] | None:
    """Return (person, sealed part) of a statement, or None when it has none."""
    rows = list(confidential_between(connection, index, index + 1))
    return rows[0][1:] if rows else None


def confidential_between(connection: Connection, first: int, end: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Iterate over (log_index, person, sealed part) in order."""
    columns = tables.confidential.c
    query = (
        select(columns.log_index, columns.person, columns.sealed)
        .where(columns.log_index >= first, columns.log_index < end)
        .order_by(columns.log_index)
    )
    return ((index, bytes(person), bytes(sealed)) for index, person, sealed in connection.execute(query))


def all_persons(connection: Connection) -> Iterator[tuple[bytes, bytes | None]]:
    """Iterate over (pseudonym, wrapped key or None)."""
    rows = connection.execute(select(tables.person).execution_options(yield_per=_PERSONS_A_QUERY))
    return ((bytes(row.pseudonym), row.wrapped and bytes(row.wrapped)) for row in rows)
