"""The rawest fast way to write rows that are given: one transaction a group, nothing looked up, nothing judged.

PostgreSQL: binary COPY of streams that were encoded before the clock started; rows that replace others are
copied beside the table and overwrite by key in one statement. SQLite: one prepared statement a table. Tables,
indexes and durability are those of the ledger, because `store.schema` made them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any, Final, Protocol

import psycopg
from sqlalchemy import BigInteger, Integer, LargeBinary, SmallInteger, Table, Text

from ledger.bench.tape import Writing
from ledger.store import tables
from ledger.store.database import PAGE_CACHE_KIBIBYTES, Database, Row

__all__ = ["RawWriter", "raw_writer"]

Prepared = list[tuple[str, Any]]
"""Statements of one transaction, each with the data that it takes."""


class RawWriter(Protocol):
    """Writes prepared groups; `prepare` is not timed, `write` is."""

    def prepare(self, group: Sequence[Writing]) -> Prepared:
        """Return the group as this database takes it fastest."""

    def write(self, group: Prepared) -> None:
        """Write one group in one durable transaction."""

    def close(self) -> None:
        """Close the connection."""


def raw_writer(database: Database) -> RawWriter:
    """Return the writer into a database whose tables are made; it opens its own connection."""
    return _PostgreSQL(database) if database.kind == "postgresql" else _SQLite(database)


class _SQLite:
    def __init__(self, database: Database) -> None:
        self._raw = sqlite3.connect(str(database.url.database))
        database.dialect.prepare(self._raw, PAGE_CACHE_KIBIBYTES)

    def prepare(self, group: Sequence[Writing]) -> Prepared:
        prepared: Prepared = []
        for writing in group:
            verb = "INSERT OR REPLACE" if writing.replaces else "INSERT"
            marks = ", ".join("?" for _ in writing.rows[0])
            prepared.append((f"{verb} INTO {writing.table} VALUES ({marks})", list(writing.rows)))
        return prepared

    def write(self, group: Prepared) -> None:
        cursor = self._raw.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        for statement, rows in group:
            cursor.executemany(statement, rows)
        cursor.execute("COMMIT")

    def close(self) -> None:
        self._raw.close()


_COPY_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_END: Final = b"\xff\xff"
_NULL: Final = b"\xff\xff\xff\xff"


def _integer(code: str) -> Callable[[int], bytes]:
    packed = Struct(f">i{code}")
    size = packed.size - 4
    return lambda value: packed.pack(size, value)


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


_FIELDS: Final[dict[type, Callable[[Any], bytes]]] = {
    BigInteger: _integer("q"),
    Integer: _integer("i"),
    SmallInteger: _integer("h"),
    LargeBinary: _sized,
    Text: lambda text: _sized(text.encode()),
}


class _PostgreSQL:
    def __init__(self, database: Database) -> None:
        url = database.url.set(drivername="postgresql")
        self._raw = psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)
        database.dialect.prepare(self._raw, PAGE_CACHE_KIBIBYTES)

    def prepare(self, group: Sequence[Writing]) -> Prepared:
        prepared: Prepared = []
        for writing in group:
            table = tables.metadata.tables[writing.table]
            data = _encoded(table, writing.rows)
            if not writing.replaces:
                prepared.append((f"COPY {table.name} FROM STDIN (FORMAT BINARY)", data))
                continue
            stage = f"{table.name}_stage"
            prepared += [
                (f"CREATE TEMPORARY TABLE IF NOT EXISTS {stage} (LIKE {table.name}) ON COMMIT DELETE ROWS", None),
                (f"COPY {stage} FROM STDIN (FORMAT BINARY)", data),
                (_overwrite(table, stage), None),
            ]
        return prepared

    def write(self, group: Prepared) -> None:
        cursor = self._raw.cursor()
        with self._raw.transaction():
            cursor.execute("SET LOCAL synchronous_commit = on; SET LOCAL enable_seqscan = off;"
                           " SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
            for statement, data in group:
                if data is None:
                    cursor.execute(statement.encode())
                else:
                    with cursor.copy(statement.encode()) as copy:
                        copy.write(data)

    def close(self) -> None:
        self._raw.close()


def _encoded(table: Table, rows: Sequence[Row]) -> bytes:
    kinds = [next(kind for kind in _FIELDS if type(column.type) is kind) for column in table.columns]
    encoders = [_FIELDS[kind] for kind in kinds]
    head = len(encoders).to_bytes(2, "big")
    parts = [_COPY_HEADER]
    for row in rows:
        parts.append(head)
        parts += [_NULL if value is None else encode(value) for encode, value in zip(encoders, row, strict=True)]
    return b"".join([*parts, _COPY_END])


def _overwrite(table: Table, stage: str) -> str:
    """Overwrite packs, which exist by then; a tile is new more often than not."""
    keys = [column.name for column in table.primary_key.columns]
    values = [column.name for column in table.columns if column.name not in keys]
    assign = ", ".join(f"{name} = s.{name}" for name in values)
    if table.name == "pack":
        return f"UPDATE pack SET {assign} FROM {stage} AS s WHERE pack.code = s.code"  # noqa: S608  our own names
    assign = assign.replace("s.", "excluded.")
    return (
        f"INSERT INTO {table.name} SELECT * FROM {stage}"  # noqa: S608  our own names
        f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {assign}"
    )
