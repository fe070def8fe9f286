"""What is SQLite's own: pragmas, `BEGIN IMMEDIATE`, bulk rows by `executemany`."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from operator import methodcaller
from typing import Any, Final

from sqlalchemy import URL, Connection, Select, Table
from sqlalchemy.dialects import sqlite as dialect
from sqlalchemy.engine import Compiled

from ledger.errors import Misuse, Unavailable
from ledger.limits import TAIL_ENTRIES_MAX, WRITER_WAIT_SECONDS_MAX
from ledger.store import tables
from ledger.store.alike import Alike

__all__ = ["SQLite"]

_DIALECT: Final = dialect.dialect()
_NAMING: Final = dialect.dialect(paramstyle="named")
_STORED_AS: Final = {int: "integer", str: "text", bytes: "blob"}
_OR_NULL: Final = {True: " OR {name} IS NULL", False: ""}
_PACKS: Final = f"SELECT {', '.join(tables.pack.columns.keys())} FROM pack "  # noqa: S608  names are our own
_FIRST_PACKS: Final = _PACKS + "ORDER BY code LIMIT ?"
_PACKS_AFTER: Final = _PACKS + "WHERE code > ? ORDER BY code LIMIT ?"
_PACKS_NAMED: Final = """
SELECT pack.code, seq, head, seal, position, custody
FROM json_each(?) AS wanted CROSS JOIN pack ON pack.code = wanted.value
"""
_SCAN_ROWS: Final = 32  # with bodies of at most 1 MiB, what one process holds of a scan stays bounded
# A damaged text is read as what it is, another text; an error here would hide where it stands.
_text: Final = methodcaller("decode", "utf-8", "replace")
_REPLACE_ALIKE: Final = """
INSERT OR REPLACE INTO pack (state, holder, parent, seq, head, seal, position, custody, code)
SELECT ?1, ?2, ?3, ?4, substr(?5, 1 + 32 * key, 32), ?6, ?7 + key, ?8, value FROM json_each(?9)
"""
_TAIL: Final = f"SELECT kind, leaf FROM entry WHERE log_index >= ? ORDER BY log_index LIMIT {TAIL_ENTRIES_MAX}"  # noqa: S608
_PARTS: Final = """
SELECT s.name || '.' || c.name FROM sqlite_master AS s JOIN pragma_table_info(s.name) AS c WHERE s.type = 'table'
UNION ALL SELECT 'index ' || name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
UNION ALL SELECT 'key ' || s.name || ' (' || (
    SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_table_info(s.name) WHERE pk > 0 ORDER BY pk)
) || ')' FROM sqlite_master AS s WHERE s.type = 'table'
UNION ALL SELECT 'key ' || s.name || ' (' || (
    SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)
) || ')' FROM sqlite_master AS s JOIN pragma_index_list(s.name) AS i ON i."unique" AND NOT i.partial
WHERE s.type = 'table'
UNION ALL SELECT 'trigger ' || name || CASE
    WHEN name IN (tbl_name || '_no_update', tbl_name || '_no_delete')
        AND sql = 'CREATE TRIGGER ' || name || ' BEFORE ' || upper(substr(name, -6)) || ' ON ' || tbl_name
        || ' BEGIN SELECT RAISE(ABORT, ''' || tbl_name || ' only grows''); END'
    THEN '' ELSE ', altered' END
FROM sqlite_master WHERE type = 'trigger'
"""


class SQLite:
    """The promises of `store.database.Dialect`, kept by SQLite in WAL mode with FULL synchronisation."""

    def require_options(self, url: URL) -> None:
        """Refuse any, and databases in memory, which are none."""
        if url.query or str(url.database).startswith((":", "file:")):
            raise Misuse("settings-malformed", "sqlite:///FILE, and nothing behind it")

    def prepare(self, raw: Any, cache_kibibytes: int) -> None:
        """Set the pragmas; transactions are opened by `begin` alone."""
        raw.isolation_level = None
        raw.text_factory = _text
        cursor = raw.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {WRITER_WAIT_SECONDS_MAX * 1000}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA secure_delete = ON")  # a person's key that is destroyed leaves no bytes in its page
        cursor.execute(f"PRAGMA cache_size = -{cache_kibibytes}")
        cursor.close()

    def begin(self, connection: Connection, *, writer: bool, durable: bool) -> None:
        """Open the transaction; SQLite itself lets one writer in at a time.

        FULL: each commit is on disk before it returns. NORMAL: it is in the write-ahead log, in order.
        """
        connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    def begin_asking(
        self, connection: Connection, query: str, after: int, leaves: Sequence[bytes], codes: Sequence[str]
    ) -> Sequence[Sequence[tuple[Any, ...]]]:
        """Open the transaction, and ask one after the other."""
        self.begin(connection, writer=True, durable=True)
        cursor = _raw(connection).cursor()
        rows: list[tuple[Any, ...]] = cursor.execute(query).fetchall()
        tail: list[tuple[Any, ...]] = cursor.execute(_TAIL, (after,)).fetchall()
        return rows, tail, self.leaves(connection, leaves), self.packs(connection, codes)

    def wipe(self, connection: Connection) -> None:
        """Bring the write-ahead log into the file, page over page, and cut it off; readers are waited for."""
        (busy, *_) = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        if busy:
            raise Unavailable("store-busy", "what was erased is closed, and its bytes are still in the file")

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

    def replace_alike(self, connection: Connection, packs: Alike) -> None:
        """Overwrite whole rows, which SQLite puts together itself: Python is asked for none of them."""
        _raw(connection).cursor().execute(
            _REPLACE_ALIKE,
            (
                packs.state, packs.holder, packs.parent, packs.seq, packs.heads, packs.seal, packs.position,
                packs.custody, json.dumps(packs.codes),
            ),
        )  # fmt: skip

    @property
    def few_rows(self) -> int:
        """All are alike."""
        return sys.maxsize

    def ahead(self, connection: Connection) -> AbstractContextManager[None]:
        """Do nothing: SQLite works in the caller's thread."""
        return nullcontext()

    def put_tiles(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Overwrite whole rows."""
        _raw(connection).cursor().executemany("INSERT OR REPLACE INTO tile VALUES (?, ?, ?)", rows)

    def keep_heads(self, connection: Connection, heads: Sequence[tuple[int, bytes]]) -> list[bytes]:
        """Write them to the write-ahead log, which is not waited for."""
        self.begin(connection, writer=True, durable=False)
        cursor = _raw(connection).cursor()
        kept = []
        for size, note in heads:
            cursor.execute("INSERT OR IGNORE INTO checkpoint (size, note) VALUES (?, ?)", (size, note))
            ((stands,),) = cursor.execute("SELECT note FROM checkpoint WHERE size = ?", (size,)).fetchall()
            kept.append(bytes(stands))
        connection.commit()
        return kept

    def leaves(self, connection: Connection, leaves: Sequence[bytes]) -> Sequence[tuple[Any, ...]]:
        """Look the hashes up by their index, all in one statement."""
        marks = ",".join("?" * len(leaves))
        cursor = _raw(connection).cursor()
        cursor.execute(f"SELECT leaf, log_index FROM entry WHERE leaf IN ({marks})", leaves)  # noqa: S608
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def packs(self, connection: Connection, codes: Sequence[str]) -> Sequence[tuple[Any, ...]]:
        """Look the codes up by primary key, all in one statement."""
        return next(_together(connection, _PACKS_NAMED, (json.dumps(codes),), len(codes)), [])

    def packs_after(self, connection: Connection, code: str | None, count: int) -> Sequence[tuple[Any, ...]]:
        """Go on from the code in the order of the primary key."""
        if code is None:
            return next(_together(connection, _FIRST_PACKS, (count,), count), [])
        return next(_together(connection, _PACKS_AFTER, (code, count), count), [])

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

    def mistyped(self, connection: Connection, table: Table) -> tuple[Any, ...] | None:
        """Look at the type of every value: SQLite itself stores whatever it is given."""
        sound = " AND ".join(
            f"(typeof({column.name}) = '{_STORED_AS[column.type.python_type]}'{_OR_NULL[bool(column.nullable)]})"
            .format(name=column.name)
            for column in table.columns
        )
        cursor = _raw(connection).cursor()
        cursor.execute(f"SELECT * FROM {table.name} WHERE NOT ({sound}) LIMIT 1")  # noqa: S608  names are our own
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row

    def parts(self, connection: Connection) -> set[str]:
        """Read the schema's own table; a key is part of its table, and has no index of its own name."""
        found = _raw(connection).cursor().execute(_PARTS)
        return {part for (part,) in found if part is not None}  # a table without a key has none to tell

    def scan(
        self, connection: Connection, query: Select[Any], numbers: Mapping[str, int], count: int | None = None
    ) -> Generator[list[tuple[Any, ...]], None, None]:
        """Step through the rows as SQLite makes them."""
        compiled = _compiled(query)
        return _together(connection, str(compiled), compiled.construct_params(numbers), count or _SCAN_ROWS)


@lru_cache(maxsize=64)
def _compiled(query: Select[Any]) -> Compiled:
    return query.compile(dialect=_NAMING)


def _together(
    connection: Connection, statement: str, parameters: Any, count: int
) -> Generator[list[tuple[Any, ...]], None, None]:
    """Run a query, and give its rows so many at a time.

    Text is read twice as fast by sqlite3's own reader, which gives up at what is no UTF-8. Then the query is run
    again, and goes on from there with ours.
    """
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    cursor = raw.cursor().execute(statement, parameters)
    reader: Any = str
    done = 0
    while True:
        raw.text_factory = reader
        try:
            rows = cursor.fetchmany(count)
        except sqlite3.OperationalError:
            if reader is _text:
                raise
            reader = _text
            cursor = raw.cursor().execute(statement, parameters)
            for _ in range(done):
                cursor.fetchone()
            continue
        finally:
            raw.text_factory = _text
        if not rows:
            return
        done += len(rows)
        yield rows


def _raw(connection: Connection) -> Any:
    """Return sqlite3's own connection, for what SQLAlchemy has no words for."""
    return connection.connection
