"""Persons and confidential parts: what can be erased."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from ledger.store import tables
from ledger.store.database import Database, Row

__all__ = [
    "PersonKey", "all_persons", "confidential_between", "erasures", "first_confidential", "get_confidential",
    "insert_confidential", "person_keys", "put_persons",
]  # fmt: skip

_person = tables.person.c
_confidential = tables.confidential.c
_PERSONS_A_QUERY = 500
_after = (
    select(tables.person).where(_person.pseudonym > bindparam("after"))
    .order_by(_person.pseudonym).limit(_PERSONS_A_QUERY)
)  # fmt: skip
_parts = (
    select(_confidential.log_index, _confidential.person, _confidential.sealed)
    .where(_confidential.log_index >= bindparam("first"), _confidential.log_index < bindparam("end"))
    .order_by(_confidential.log_index)
)
_keys = select(tables.person).where(_person.pseudonym.in_(bindparam("persons", expanding=True)))


class PersonKey(NamedTuple):
    """A person's data key, wrapped; None when it was destroyed and none was needed since.

    `erased` is the log index of the last erasure, 0 for none: what is older stays closed for good.
    """

    wrapped: bytes | None
    erased: int


def person_keys(connection: Connection, persons: Sequence[bytes]) -> dict[bytes, PersonKey]:
    """Return the keys of those persons that are known, by pseudonym."""
    found: dict[bytes, PersonKey] = {}
    for start in range(0, len(persons), _PERSONS_A_QUERY):
        rows = connection.execute(_keys, {"persons": persons[start : start + _PERSONS_A_QUERY]})
        found.update(map(_named, rows))
    return found


def _named(row: Row) -> tuple[bytes, PersonKey]:
    pseudonym, wrapped, erased = row
    return bytes(pseudonym), PersonKey(None if wrapped is None else bytes(wrapped), erased)


def put_persons(connection: Connection, keys: Iterable[tuple[bytes, PersonKey]]) -> None:
    """Give persons their keys, new or instead of an old one."""
    for pseudonym, key in keys:
        values = {"wrapped": key.wrapped, "erased": key.erased}
        changed = connection.execute(
            tables.person.update().where(_person.pseudonym == pseudonym).values(values)
        )
        if not changed.rowcount:
            connection.execute(tables.person.insert(), {"pseudonym": pseudonym, **values})


def insert_confidential(database: Database, connection: Connection, rows: Sequence[Row]) -> None:
    """Append confidential parts: rows of (log_index, person, sealed)."""
    database.dialect.insert(connection, tables.confidential, rows)


def get_confidential(connection: Connection, index: int) -> tuple[bytes, bytes] | None:
    """Return (person, sealed part) of a statement, or None when it has none."""
    rows = list(confidential_between(connection, index, index + 1))
    return rows[0][1:] if rows else None


def confidential_between(connection: Connection, first: int, end: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Iterate over (log_index, person, sealed part) in order."""
    rows = connection.execute(_parts, {"first": first, "end": end})
    return ((index, bytes(person), bytes(sealed)) for index, person, sealed in rows)


def all_persons(connection: Connection) -> Iterator[tuple[bytes, PersonKey]]:
    """Iterate over (pseudonym, key) of every person by pseudonym, some hundreds at a time."""
    after = b""
    while rows := connection.execute(_after, {"after": after}).all():
        yield from map(_named, rows)
        after = bytes(rows[-1].pseudonym)


def first_confidential(connection: Connection, person: bytes) -> int | None:
    """Return the log index of the first statement with a part of this person; reads the whole table."""
    columns = tables.confidential.c
    query = select(func.min(columns.log_index)).where(columns.person == person)
    first: int | None = connection.execute(query).scalar_one()
    return first


def erasures(connection: Connection) -> dict[str, int]:
    """Return the log index of the last erasure of each person who was erased, by pseudonym in hex."""
    rows = connection.execute(select(_person.pseudonym, _person.erased).where(_person.erased > 0))
    return {bytes(pseudonym).hex(): erased for pseudonym, erased in rows}
