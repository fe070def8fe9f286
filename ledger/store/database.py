"""One database, two kinds: SQLite in a file, or PostgreSQL.

`Database.read()` gives a snapshot; `Database.write()` gives the one writer's transaction: whoever is inside
is alone, and leaving the block without an error means that every row is on disk (synchronous commit).
What differs between the two kinds is `store.sqlite` and `store.postgres`, behind the promises of `Dialect`.

Failures of the database become `Unavailable`, with the cause told apart: `store-full` when the disk is full,
`store-busy` when another writer stays too long, `store-damaged` when the file is not sound, `store-unwritable`
when it cannot be opened or is read only, `store-unavailable` for all else. Nothing of the
transaction remains, and the next attempt opens a new connection.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import URL, Connection, Engine, Select, Table, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from ledger.errors import LedgerError, Misuse, Unavailable
from ledger.limits import TEXT_CHARACTERS_MAX
from ledger.store import sqlite
from ledger.store.alike import Alike

__all__ = [
    "PAGE_CACHE_KIBIBYTES", "Alike", "Connection", "Database", "Dialect", "Row", "dialect_of", "is_held",
    "scan", "translated",
]  # fmt: skip

T = TypeVar("T")
Row = tuple[Any, ...]
PAGE_CACHE_KIBIBYTES: Final = 64 << 10
_DISK_FULL_STATE = "53100"  # PostgreSQL error code disk_full
_NO_ROOM = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")  # the file; the index beside it, without which nobody reads either
_DAMAGED_STATES = ("XX001", "XX002")  # data_corrupted, index_corrupted
_ADDRESSES = "it is postgresql://USER@HOST/NAME or sqlite:///FILE"
_READ_ONLY_STATE = "25006"  # read_only_sql_transaction: set so, or a standby
_BUSY_STATES = ("55P03", "57014")  # lock_not_available, query_canceled


class Dialect(Protocol):
    """What the store needs of a database beyond plain SQL."""

    def require_options(self, url: URL) -> None:
        """Require that what stands behind an address's `?` is known.

        Raises:
            Misuse: `settings-malformed`.
        """

    def prepare(self, raw: Any, cache_kibibytes: int) -> None:
        """Set up a fresh driver connection, with this much memory of its own for pages, where it has any."""

    def begin(self, connection: Connection, *, writer: bool, durable: bool) -> None:
        """Open the transaction; a writer returns only when no other writer is inside.

        Not `durable`: once committed it is seen by all, but a power cut may lose it, with all after it.

        Raises:
            Misuse: `store-not-durable` when the server would acknowledge what is not on disk.
        """

    def begin_asking(
        self, connection: Connection, query: str, after: int, leaves: Sequence[bytes], codes: Sequence[str]
    ) -> Sequence[Sequence[Row]]:
        """Open the writer's durable transaction, and ask as soon as it is open: in one message where that is faster.

        Returns:
            The rows of the query, which has no parameters; (kind, leaf) of the log's entries from `after` on, in
            order, at most `TAIL_ENTRIES_MAX` of them; and what `leaves` and `packs` return.
        """

    def insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Add rows, whole and in the order of the table's columns, by the database's fastest way."""

    def wipe(self, connection: Connection) -> None:
        """Take old rows of `person` out of the files, outside of any transaction, as far as the database can.

        Raises:
            Unavailable: `store-busy`.
        """

    def replace_packs(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Overwrite rows of `pack` that exist; rows are whole, in the order of the columns."""

    def replace_alike(self, connection: Connection, packs: Alike) -> None:
        """Overwrite the rows of these packs, all of which exist, in one statement."""

    @property
    def few_rows(self) -> int:
        """How many rows `insert`, `replace_packs` and `put_tiles` may be given inside `ahead`."""

    def ahead(self, connection: Connection) -> AbstractContextManager[object]:
        """Let what writes return before the database is done; when the block ends, it is done, or raises."""

    def put_tiles(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Add rows of `tile`, whole; each replaces its shorter self."""

    def keep_heads(self, connection: Connection, heads: Sequence[tuple[int, bytes]]) -> list[bytes]:
        """Add rows of `checkpoint`, (size, note), unless that size has one; return the notes that these sizes have.

        In a transaction of its own, which is seen by all, but a power cut may lose it; no writer is waited for
        unless the database wants it so.
        """

    def leaves(self, connection: Connection, leaves: Sequence[bytes]) -> Sequence[Row]:
        """Return (leaf, log_index) of those leaf hashes that the log holds."""

    def packs(self, connection: Connection, codes: Sequence[str]) -> Sequence[Row]:
        """Return (code, seq, head, seal, position, custody) of those packs that exist."""

    def packs_after(self, connection: Connection, code: str | None, count: int) -> Sequence[Row]:
        """Return the next `count` rows of `pack` after this code (None: from the first), by code, whole."""

    def entries(self, connection: Connection, indexes: Sequence[int]) -> Sequence[Row]:
        """Return those of these rows of `entry` that exist, but for the claim; bytes are `bytes`."""

    def claims(self, connection: Connection, indexes: Sequence[int]) -> Sequence[Row]:
        """Return (log_index, statement, claim) of those of these rows of `entry` that exist; bytes are `bytes`."""

    def page(self, connection: Connection, seal: int, page: int) -> bytes | None:
        """Return the links of one row of `link_page`."""

    def mistyped(self, connection: Connection, table: Table) -> Row | None:
        """Return a row that holds a value of another type than its column's, or None."""

    def parts(self, connection: Connection) -> set[str]:
        """Return what stands in the schema beside rows.

        `table.column`, `key TABLE (COLUMN, …)` for columns in which no two rows agree, `index NAME`, `rule NAME`,
        `trigger NAME` and `policy NAME`; of these two, what is not word for word one of ours has `, altered` after it.
        """

    def scan(
        self, connection: Connection, query: Select[Any], numbers: Mapping[str, int], count: int | None = None
    ) -> Generator[list[Row], None, None]:
        """Run a query with these numbers for its parameters; give its rows so many at a time; bytes are `bytes`.

        Args:
            count: None for a few, which suits rows with large bodies.
        """


@cache
def _dialect(kind: str) -> Dialect:
    if kind == "postgresql":
        # Its driver takes a tenth of a second to import: too long for each command and each process that verifies.
        from ledger.store.postgres import PostgreSQL  # noqa: PLC0415  only where it is needed

        return PostgreSQL()
    return sqlite.SQLite()


def scan(
    database: Database, connection: Connection, query: Select[Any], **numbers: int
) -> Generator[Row, None, None]:
    """Run a query with these numbers for its parameters, and iterate over its rows; few are held at a time."""
    with closing(database.dialect.scan(connection, query, numbers)) as lists:
        for rows in lists:
            yield from rows


def dialect_of(connection: Connection) -> Dialect:
    """Return what a connection's database can do beyond plain SQL."""
    return _dialect(connection.dialect.name)


def is_held(url: str) -> bool:
    """Say whether this process holds a SQLite database open, through whichever connection (Linux)."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return False
    file = Path(str(parsed.database)).resolve()
    return any(each.resolve() == file for each in Path("/proc/self/fd").iterdir())


class Database:
    """An open database; safe to share between threads.

    Args:
        url: where it lies.
        cache_kibibytes: what each connection may keep of it; whoever reads all of it once needs little.
    """

    def __init__(self, url: str, *, cache_kibibytes: int = PAGE_CACHE_KIBIBYTES) -> None:
        parsed = _read_url(url)
        kind = parsed.get_backend_name()
        self.dialect = _dialect(kind)
        self.dialect.require_options(parsed)
        self.kind = kind
        self.url = parsed
        self.engine: Engine = create_engine(parsed, pool_size=4, max_overflow=12, pool_use_lifo=True)
        event.listen(self.engine, "connect", lambda raw, _record: self.dialect.prepare(raw, cache_kibibytes))

    @property
    def is_missing(self) -> bool:
        """Whether there is nothing to open: SQLite would make an empty file in its place."""
        return self.kind == "sqlite" and not Path(str(self.url.database)).exists()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection whose statements all see the same state."""
        with self._begun(partial(self.dialect.begin, writer=False, durable=False)) as (connection, _):
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give the writer's connection; commit durably at the end, or leave no trace on any error."""
        with self._begun(partial(self.dialect.begin, writer=True, durable=True)) as (connection, _):
            yield connection

    @contextmanager
    def write_again(self) -> Iterator[Connection]:
        """Give the writer's connection, as `write`, for what can be made again if a power cut loses it."""
        with self._begun(partial(self.dialect.begin, writer=True, durable=False)) as (connection, _):
            yield connection

    @contextmanager
    def write_asking(
        self, query: str, after: int, leaves: Sequence[bytes], codes: Sequence[str]
    ) -> Iterator[tuple[Connection, Sequence[Sequence[Row]]]]:
        """Give the writer's connection, as `write`, with the answers of `Dialect.begin_asking`."""
        asking = partial(self.dialect.begin_asking, query=query, after=after, leaves=leaves, codes=codes)
        with self._begun(asking) as begun:
            yield begun

    def keep_heads(self, heads: Sequence[tuple[int, bytes]]) -> list[bytes]:
        """Add signed heads, (size, note), unless a size has one; return those that they have: `Dialect.keep_heads`."""
        with translated():
            connection, kept = self._connected(lambda fresh: self.dialect.keep_heads(fresh, heads))
            connection.close()
            return kept

    @contextmanager
    def _begun(self, begin: Callable[[Connection], T]) -> Iterator[tuple[Connection, T]]:
        """Give a connection on which a transaction is open, and what opening it returned."""
        with translated():
            connection, answer = self._connected(begin)
            with connection:
                yield connection, answer
                connection.commit()  # left without it, by an error, the connection rolls back

    def _connected(self, first: Callable[[Connection], T], *, once_more: bool = True) -> tuple[Connection, T]:
        """Return a connection, and what the first thing that was done on it returned."""
        connection = self.engine.connect()
        try:
            return connection, first(connection)
        except BaseException as error:
            is_lost = _is_lost(connection)
            if is_lost:
                connection.invalidate(error)
            connection.close()
            if not (is_lost and once_more and isinstance(error, Exception)):
                raise
        # The server was started anew since these connections were last used, and nothing was done: once more.
        self.engine.dispose()
        return self._connected(first, once_more=False)

    def wipe(self) -> None:
        """Let nothing of the keys that were destroyed stay in the files, as far as the database can.

        Raises:
            Unavailable: `store-busy` when somebody reads on and on; the database failed.
        """
        with translated(), self.engine.connect() as connection:
            self.dialect.wipe(connection)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _is_lost(connection: Connection) -> bool:
    """Say whether the connection to the server is gone; SQLite has none to lose."""
    return connection.invalidated or getattr(connection.connection.driver_connection, "closed", False)


def _read_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise Misuse("settings-malformed", f"the database URL cannot be read; {_ADDRESSES}") from None
    kind = parsed.get_backend_name()
    if kind == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if kind != "sqlite" or not parsed.database:
        raise Misuse("settings-malformed", f"no store for databases of kind {kind!r}; {_ADDRESSES}")
    return parsed.set(drivername="sqlite")


@contextmanager
def translated() -> Iterator[None]:
    """Turn the drivers' errors into `Unavailable`; errors of our own pass through."""
    try:
        yield
    except LedgerError:
        raise
    except _failures() as error:
        cause = getattr(error, "orig", None) or error
        raise Unavailable(_code_of(cause), _detail_of(cause)) from error


def _failures() -> tuple[type[Exception], ...]:
    return SQLAlchemyError, sqlite3.Error, OSError, *_postgres_error("Error")


def _postgres_error(name: str) -> tuple[type[Exception], ...]:
    """Return a class of errors of PostgreSQL's driver; none when it was never imported."""
    driver = sys.modules.get("psycopg")
    return () if driver is None else (getattr(driver, name),)


def _detail_of(cause: BaseException) -> str:
    reason = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    if reason is None and isinstance(cause, _postgres_error("OperationalError")):
        # No server answered: the driver names host, port and reason, and never the password.
        reason = next(iter(str(cause).splitlines()), "")[:TEXT_CHARACTERS_MAX]
    return str(reason or type(cause).__name__)


def _code_of(cause: BaseException) -> str:
    state = getattr(cause, "sqlstate", None)
    sqlite_code = getattr(cause, "sqlite_errorname", "") or ""
    if state == _DISK_FULL_STATE or sqlite_code in _NO_ROOM:
        return "store-full"
    if state in _BUSY_STATES or sqlite_code.startswith("SQLITE_BUSY"):
        return "store-busy"
    if state in _DAMAGED_STATES or sqlite_code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return "store-damaged"
    if state == _READ_ONLY_STATE or sqlite_code.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM")):
        return "store-unwritable"
    if state in ("42P01", "42703") or "no such table" in str(cause):  # undefined_table, undefined_column
        return "store-no-ledger"
    return "store-unavailable"
