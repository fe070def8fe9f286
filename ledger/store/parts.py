"""What a database must hold beside rows: tables with their columns, indexes, and the triggers that fence tables.

Evidence stands in rows alone. But whoever takes a fence or an index away, or adds triggers of his own, prepares
something, and should not do so unseen.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ledger.errors import NotVerified
from ledger.store import tables
from ledger.store.database import Connection, Database

__all__ = ["PartsFound", "look_at_parts"]

_ACTS: Final = {"sqlite": ("no_update", "no_delete"), "postgresql": ("only_grows",)}


class PartsFound(NamedTuple):
    """Indexes and triggers of the migrations that are gone or altered; triggers and rules that others made."""

    missing: list[str]
    foreign: list[str]


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
    return PartsFound(
        sorted(_made(database.kind) - found),
        sorted(part for part in found - _made(database.kind) if part.startswith(("trigger ", "rule "))),
    )


def _whole(gone: set[str], found: set[str]) -> set[str]:
    """Return these columns, and for those of a table of which none is left, the table."""
    left = {part.partition(".")[0] for part in found}
    return {name if table in left else table for name in gone for table in [name.partition(".")[0]]}


def _made(kind: str) -> set[str]:
    made = {f"trigger {name}_{act}" for name in tables.APPEND_ONLY for act in _ACTS[kind]}
    for table in tables.metadata.sorted_tables:
        made |= {f"index {index.name}" for index in table.indexes}
        if kind == "postgresql":  # SQLite keeps keys in the table itself
            made.add(f"index {table.name}_pkey")
            made |= {f"index {table.name}_{column.name}_key" for column in table.columns if column.unique}
    return made
