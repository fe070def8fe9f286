"""Is every row something that the store itself could have written? Asked before rows are believed to be.

A reader that walks the log from its first to its last entry never meets a row beyond either end; and SQLite
puts any kind of value into any column. Both are looked for here: over whole tables, by the database itself;
or, in tables that are read to their end anyway, in the rows that came (`READ_WHOLE`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from types import NoneType
from typing import Any, Final

from sqlalchemy import Connection, Table, func, select

from ledger.errors import NotVerified
from ledger.store import tables
from ledger.store.database import Database, Row
from ledger.store.parts import Key

__all__ = [
    "READ_WHOLE", "UnsoundRow", "require_once", "require_typed", "require_whole_typed", "require_within",
    "typed_columns",
]  # fmt: skip


class UnsoundRow(NotVerified):
    """A row holds a value of another type than its column's (`row-malformed`), or stands twice (`row-twice`).

    At its entry, for a row of the log; else which one it concerns, if any, is for `ledger.auditing.find` to say.
    """

    def __init__(self, code: str, table: Table, row: Row) -> None:
        index = row[0] if table is tables.entry and isinstance(row[0], int) else None
        super().__init__(code, f"the row of {table.name} that begins with {row[0]!r:.80}", index=index)
        self.table = table
        self.values = dict(zip(table.columns.keys(), row, strict=True))


# The largest: whoever verifies them reads every row, and asks `typed_columns` about each.
READ_WHOLE: Final = (tables.entry, tables.pack)

# Tables whose rows stand at log indexes, all of which the log must have.
_ALONG_THE_LOG: Final = {
    tables.entry: "log_index",
    tables.link_page: "seal",
    tables.anomaly: "log_index",
    tables.confidential: "log_index",
}


def require_typed(database: Database, connection: Connection) -> None:
    """Require that all values are of their columns' types, but for the tables that are read whole.

    Raises:
        UnsoundRow: for the first that there is.
    """
    for table in tables.metadata.sorted_tables:
        if table not in READ_WHOLE:
            _require_typed(database, connection, table)


def require_whole_typed(database: Database, connection: Connection) -> None:
    """Require the same of the tables that are read whole, before anything else is looked for in them.

    Raises:
        UnsoundRow: as `require_typed`.
    """
    for table in READ_WHOLE:
        _require_typed(database, connection, table)


def _require_typed(database: Database, connection: Connection, table: Table) -> None:
    found = database.dialect.mistyped(connection, table)
    if found is not None:
        raise UnsoundRow("row-malformed", table, found)


def typed_columns(table: Table, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """Return these whole rows in columns, of which all values are of their types; else they cannot be read safely.

    Raises:
        UnsoundRow: for the first of them.
    """
    types = _types(table)
    columns = list(zip(*rows, strict=True))
    if not _all_typed(types, columns):
        wrong = next(row for row in rows if not _all_typed(types, zip(row)))
        raise UnsoundRow("row-malformed", table, wrong)
    return columns


@cache
def _types(table: Table) -> list[set[type]]:
    return [{column.type.python_type, *([NoneType] if column.nullable else [])} for column in table.columns]


def _all_typed(types: Iterable[set[type]], columns: Iterable[Sequence[Any]]) -> bool:
    # Counting finds a type by identity: faster than looking each up in the set.
    return all(
        sum(map(list(map(type, values)).count, known)) == len(values)
        for known, values in zip(types, columns, strict=True)
    )


def require_once(connection: Connection, key: Key) -> None:
    """Require that no two rows agree in the columns of a key that is gone from its table.

    Raises:
        UnsoundRow: for the last of the first such rows.
    """
    columns = [key.table.c[name] for name in key.columns]
    twice = select(*columns).group_by(*columns).having(func.count() > 1).order_by(*columns).limit(1)
    found = connection.execute(twice).one_or_none()
    if found is not None:
        same = (column == value for column, value in zip(columns, found, strict=True))
        last = (column.desc() for column in key.table.primary_key)
        row = connection.execute(select(key.table).where(*same).order_by(*last).limit(1)).one()
        raise UnsoundRow("row-twice", key.table, tuple(row))


def require_within(connection: Connection, size: int) -> None:
    """Require that no row stands outside a log of this size.

    Raises:
        NotVerified: `row-outside-log` at the size, where there is no entry.
    """
    for table, column in _ALONG_THE_LOG.items():
        first, last = connection.execute(select(func.min(table.c[column]), func.max(table.c[column]))).one()
        if first is not None and (first < 0 or last >= size):
            raise NotVerified("row-outside-log", f"a row of {table.name}", index=size)
