"""What is SQLite's own: pragmas, `BEGIN IMMEDIATE`, bulk rows by `executemany`."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Select, Table
from sqlalchemy.dialects import sqlite as dialect

from ledger.limits import WRITER_WAIT_SECONDS_MAX
from ledger.store import tables

__all__ = ["SQLite"]

_DIALECT: Final = dialect.dialect()
_STORED_AS: Final = {int: "integer", str: "text", bytes: "blob"}
_NULL: Final = {True: "null", False: ""}
_PAGE_CACHE_KIBIBYTES: Final = 64 * 1024


class SQLite:
    """The promises of `store.database.Dialect`, kept by SQLite in WAL mode with FULL synchronisation."""

    def prepare(self, raw: Any) -> None:
        """Set the pragmas; transactions are opened by `begin` alone."""
        raw.isolation_level = None
        raw.text_factory = _text
        cursor = raw.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {WRITER_WAIT_SECONDS_MAX * 1000}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute(f"PRAGMA cache_size = -{_PAGE_CACHE_KIBIBYTES}")
        cursor.close()

    def begin(self, connection: Connection, *, writer: bool, durable: bool) -> None:
        """Open the transaction; SQLite itself lets one writer in at a time.

        FULL: each commit is on disk before it returns. NORMAL: it is in the write-ahead log, in order.
        """
        connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    def insert(self, connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add rows by one prepared statement."""
        if rows:
            statement = str(table.insert().compile(dialect=_DIALECT))
            _raw(connection).cursor().executemany(statement, rows)

    def replace_packs(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Overwrite whole rows, in the order of their key."""
        if rows:
            statement = str(tables.pack.insert().prefix_with("OR REPLACE").compile(dialect=_DIALECT))
            _raw(connection).cursor().executemany(statement, rows)

    def put_tiles(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Overwrite whole rows."""
        _raw(connection).cursor().executemany("INSERT OR REPLACE INTO tile VALUES (?, ?, ?)", rows)

    def leaves(self, connection: Connection, leaves: Sequence[bytes]) -> Sequence[tuple[Any, ...]]:
        """Look the hashes up by their index, all in one statement."""
        marks = ",".join("?" * len(leaves))
        cursor = _raw(connection).cursor()
        cursor.execute(f"SELECT leaf, log_index FROM entry WHERE leaf IN ({marks})", leaves)  # noqa: S608
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def packs(self, connection: Connection, codes: Sequence[str]) -> Sequence[tuple[Any, ...]]:
        """Look the codes up by primary key, all in one statement."""
        cursor = _raw(connection).cursor()
        cursor.execute(
            "SELECT code, seq, head, seal, position, custody FROM pack"
            " WHERE code IN (SELECT value FROM json_each(?))",
            (json.dumps(codes),),
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def entries(self, connection: Connection, indexes: Sequence[int]) -> Sequence[tuple[Any, ...]]:
        """Look the rows up by primary key, all in one statement."""
        cursor = _raw(connection).cursor()
        cursor.execute(
            "SELECT log_index, kind, leaf, salt, statement, body FROM entry"
            " WHERE log_index IN (SELECT value FROM json_each(?))",
            (json.dumps(list(indexes)),),
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def claims(self, connection: Connection, indexes: Sequence[int]) -> Sequence[tuple[Any, ...]]:
        """Look the rows up by primary key, all in one statement."""
        cursor = _raw(connection).cursor()
        cursor.execute(
            "SELECT log_index, statement, claim FROM entry WHERE log_index IN (SELECT value FROM json_each(?))",
            (json.dumps(list(indexes)),),
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def page(self, connection: Connection, seal: int, page: int) -> bytes | None:
        """Look the row up by primary key."""
        cursor = _raw(connection).cursor()
        cursor.execute("SELECT links FROM link_page WHERE seal = ? AND page = ?", (seal, page))
        row = cursor.fetchone()
        return None if row is None else bytes(row[0])

    def mistyped(self, connection: Connection, table: Table) -> Any:
        """Look at the type of every value: SQLite itself stores whatever it is given."""
        wrong = " OR ".join(
            f"typeof({column.name}) NOT IN ('{_STORED_AS[column.type.python_type]}', '{_NULL[bool(column.nullable)]}')"
            for column in table.columns
        )
        cursor = _raw(connection).cursor()
        cursor.execute(f"SELECT * FROM {table.name} WHERE {wrong} LIMIT 1")  # noqa: S608  names are our own
        row = cursor.fetchone()
        return None if row is None else (row[0] if row[0] is not None else 0)

    def scan(
        self, connection: Connection, query: Select[Any]
    ) -> Generator[tuple[Any, ...], None, None]:
        """Step through the rows as SQLite makes them."""
        cursor = _raw(connection).cursor()
        cursor.execute(str(query.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True})))
        yield from cursor


def _raw(connection: Connection) -> Any:
    """Return sqlite3's own connection, for what SQLAlchemy has no words for."""
    return connection.connection


def _text(data: bytes) -> str:
    # A damaged text is read as what it is, another text; an error here would hide where it stands.
    return data.decode(errors="replace")
