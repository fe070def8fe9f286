"""What a database must hold beside rows: tables with their columns, keys, indexes, triggers, and policies.

Evidence stands in rows alone. But whoever takes a fence or an index away, or adds triggers of his own, prepares
something, and should not do so unseen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from sqlalchemy import Table

from ledger.errors import NotVerified
from ledger.store import tables
from ledger.store.database import Connection, Database
from ledger.store.policies import POLICIES

__all__ = ["Key", "PartsFound", "look_at_parts"]

_ACTS: Final = {"sqlite": ("no_update", "no_delete"), "postgresql": ("only_grows",)}


class Key(NamedTuple):
    """Columns of a table in which no two rows agree."""

    table: Table
    columns: tuple[str, ...]

    def __str__(self) -> str:
        return f"key {self.table.name} ({', '.join(self.columns)})"


class PartsFound(NamedTuple):
    """What is not as the migrations made it.

    Attributes:
        missing: keys, indexes, triggers and policies that are gone or altered.
        foreign: triggers, rules and policies that others made.
        keyless: the keys among what is missing: rows may stand twice.
    """

    missing: list[str]
    foreign: list[str]
    keyless: list[Key]


def look_at_parts(database: Database, connection: Connection) -> PartsFound:
    """Compare what stands in the database with what the migrations make.

    Raises:
        NotVerified: `table-missing`, at no entry, when some tables or columns are gone; where all of them are, the
            database holds no ledger, and who reads from it is told so.
    """
    found = database.dialect.parts(connection)
    columns = {f"{table.name}.{column.name}" for table in tables.metadata.sorted_tables for column in table.columns}
    gone = columns - found
    if gone and gone != columns:
        raise NotVerified("table-missing", ", ".join(sorted(_whole(gone, found))))
    made = _made(database.kind)
    return PartsFound(
        sorted(made - found),
        sorted(part for part in found - made if part.startswith(("trigger ", "rule ", "policy "))),
        [key for key in _keys() if str(key) not in found],
    )


def _whole(gone: set[str], found: set[str]) -> set[str]:
    """Return these columns, and for those of a table of which none is left, the table."""
    left = {part.partition(".")[0] for part in found}
    return {name if table in left else table for name in gone for table in [name.partition(".")[0]]}


def _made(kind: str) -> set[str]:
    made = {f"trigger {name}_{act}" for name in tables.APPEND_ONLY for act in _ACTS[kind]}
    made |= {f"index {index.name}" for table in tables.metadata.sorted_tables for index in table.indexes}
    if kind == "postgresql":
        made |= POLICIES
    return made | set(map(str, _keys()))


def _keys() -> Iterator[Key]:
    for table in tables.metadata.sorted_tables:
        yield Key(table, tuple(column.name for column in table.primary_key))
        yield from (Key(table, (column.name,)) for column in table.columns if column.unique)
