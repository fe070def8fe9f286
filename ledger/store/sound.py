"""Is every row something that the store itself could have written? Asked before rows are believed to be.

A reader that walks the log from its first to its last entry never meets a row beyond either end; and SQLite
puts any kind of value into any column. Both are looked for here, over whole tables, by the database itself.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, func, select

from ledger.errors import NotVerified
from ledger.store import tables
from ledger.store.database import Database

__all__ = ["require_typed", "require_within"]

# Tables whose rows stand at log indexes, all of which the log must have.
_ALONG_THE_LOG: Final = {
    tables.entry: "log_index",
    tables.link_page: "seal",
    tables.anomaly: "log_index",
    tables.confidential: "log_index",
}
def require_typed(database: Database, connection: Connection) -> None:
    """Require that all values are of their columns' types; else nothing more can be read safely.

    Raises:
        NotVerified: `row-malformed` at the log index that the row begins with, 0 when it begins otherwise.
    """
    for table in tables.metadata.sorted_tables:
        found = database.dialect.mistyped(connection, table)
        if found is not None:
            index = found if isinstance(found, int) else 0
            raise NotVerified("row-malformed", f"a row of {table.name}", index=max(index, 0))


def require_within(connection: Connection, size: int) -> None:
    """Require that no row stands outside a log of this size.

    Raises:
        NotVerified: `row-outside-log` at the size, where there is no entry.
    """
    for table, column in _ALONG_THE_LOG.items():
        first, last = connection.execute(select(func.min(table.c[column]), func.max(table.c[column]))).one()
        if first is not None and (first < 0 or last >= size):
            raise NotVerified("row-outside-log", f"a row of {table.name}", index=size)
