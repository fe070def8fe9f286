"""What is PostgreSQL's own: the advisory lock, binary COPY, arrays as parameters."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from hashlib import sha256
from itertools import count
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.types.string import BytesBinaryDumper
from sqlalchemy import URL, BigInteger, Connection, Integer, LargeBinary, Select, SmallInteger, Table, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Compiled

from ledger.errors import Misuse
from ledger.limits import TAIL_ENTRIES_MAX, WRITER_WAIT_SECONDS_MAX
from ledger.store import policies, tables
from ledger.store.alike import Alike
from ledger.store.policies import policies_of
from ledger.store.wire import Parameter, Statement, Wire, array, value

__all__ = ["PostgreSQL"]

_WRITER_LOCK: Final = 0x7061636B  # "pack"
_COPY_TYPES: Final = {
    BigInteger: "int8",
    Integer: "int4",
    SmallInteger: "int2",
    LargeBinary: "bytea",
    Text: "text",
}
# Every transaction begins with the same statement: `Wire` finds out by it what the server has forgotten.
_BEGIN: Final = Statement("begin", "BEGIN")
_READER: Final = Statement("reader", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
# Read committed, whatever the server's default: whoever waited for the lock sees what its last holder wrote.
# Read only, where that is the default: the head is kept in a transaction of its own, which would fail after the commit.
# Look-ups by thousands of keys are planned before any statistics exist; left alone, the planner may choose
# to read the whole table. Within a writer's transaction it never should.
_WRITER: Final = Statement("writer", "SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
_SETTINGS: Final = Statement("settings", f"""
SELECT set_config('lock_timeout', '{WRITER_WAIT_SECONDS_MAX}s', true), set_config('synchronous_commit', 'on', true),
    set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
    set_config('enable_mergejoin', 'off', true)
""")
_LOCK: Final = Statement("lock", f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")
_LOSABLE: Final = Statement("losable", "SELECT set_config('synchronous_commit', 'off', true)")
_ABILITIES: Final = """
SELECT current_setting('fsync'), EXISTS (
    SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)
)
"""
# The setting holds until the end of the transaction, which is the end of what was sent together.
_KEEP_HEAD: Final = Statement("keep_head", """
INSERT INTO checkpoint (size, note) SELECT $1::int8, $2::bytea FROM set_config('synchronous_commit', 'off', true)
WHERE NOT EXISTS (SELECT FROM checkpoint WHERE size = $1::int8) ON CONFLICT DO NOTHING
""")
_KEPT_HEAD: Final = Statement("kept_head", "SELECT note FROM checkpoint WHERE size = $1::int8")
_LEAVES: Final = Statement(
    "leaves", "SELECT e.leaf, e.log_index FROM unnest($1::bytea[]) AS wanted (leaf) JOIN entry AS e USING (leaf)"
)
_TAIL: Final = Statement("tail", f"""
SELECT kind, leaf FROM entry WHERE log_index >= $1::int8 ORDER BY log_index LIMIT {TAIL_ENTRIES_MAX}
""")  # noqa: S608
_ENTRIES: Final = """
SELECT log_index, kind, leaf, salt, statement, body FROM entry WHERE log_index = ANY(%b::int8[])
"""
_CLAIMS: Final = "SELECT log_index, statement, claim FROM entry WHERE log_index = ANY(%b::int8[])"
_PAGE: Final = "SELECT links FROM link_page WHERE seal = %s AND page = %s"
_PACKS: Final = Statement(
    "packs",
    "SELECT code, seq, head, seal, position, custody FROM pack WHERE code = ANY(string_to_array($1::text, ' '))",
)
_UPDATE_ALIKE: Final = Statement("update_alike", """
UPDATE pack SET state = $1::int2, holder = $2::int8, parent = $3::text, seq = $4::int4,
    head = substr($5::bytea, 32 * (alike.number::int4 - 1) + 1, 32),
    seal = $6::int8, position = $7::int4 + alike.number::int4 - 1, custody = $8::bytea
FROM string_to_table($9::text, ' ') WITH ORDINALITY AS alike (code, number)
WHERE pack.code = alike.code COLLATE "C"
""")
_ALL_PACKS: Final = f"SELECT {', '.join(tables.pack.columns.keys())} FROM pack "  # noqa: S608  names are our own
_FIRST_PACKS: Final = _ALL_PACKS + 'ORDER BY code COLLATE "C" LIMIT %b'
_PACKS_AFTER: Final = _ALL_PACKS + 'WHERE code > %b COLLATE "C" ORDER BY code COLLATE "C" LIMIT %b'
_SCAN_ROWS: Final = 128  # with bodies of at most 1 MiB, what one process holds of a scan stays bounded
_FEW_ROWS: Final = 128
"""So many rows go as arrays in one statement, which is prepared and may be sent ahead; more go by COPY."""
_PARTS: Final = """
WITH ours AS (
    SELECT oid, relname, relkind FROM pg_class WHERE relnamespace = current_schema()::regnamespace
)
SELECT o.relname || '.' || a.attname FROM ours AS o JOIN pg_attribute AS a ON a.attrelid = o.oid
WHERE o.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT 'index ' || o.relname FROM ours AS o JOIN pg_index AS i ON i.indexrelid = o.oid WHERE i.indisvalid
UNION ALL SELECT 'key ' || o.relname || ' (' || (
    SELECT string_agg(a.attname, ', ' ORDER BY k.place) FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
    JOIN pg_attribute AS a ON a.attrelid = o.oid AND a.attnum = k.attnum
) || ')' FROM ours AS o JOIN pg_index AS i ON i.indrelid = o.oid
WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
UNION ALL SELECT 'trigger ' || t.tgname || CASE
    WHEN t.tgname = o.relname || '_only_grows' AND t.tgqual IS NULL
        AND t.tgtype = 2 + 8 + 16 + 32 AND t.tgattr::text = ''  -- before delete, update, truncate; of any column
        AND f.prosrc = ' BEGIN RAISE EXCEPTION ''' || o.relname || ' only grows''; END '
    THEN '' ELSE ', altered' END
FROM ours AS o JOIN pg_trigger AS t ON t.tgrelid = o.oid JOIN pg_proc AS f ON f.oid = t.tgfoid
WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
UNION ALL SELECT 'rule ' || r.rulename FROM ours AS o JOIN pg_rewrite AS r ON r.ev_class = o.oid
"""
_DIALECT: Final = postgresql.dialect()  # type: ignore[no-untyped-call]
_scans = count()
_STAGE: Final = "CREATE TEMPORARY TABLE IF NOT EXISTS pack_stage (LIKE pack) ON COMMIT DELETE ROWS"


class PostgreSQL:
    """The promises of `store.database.Dialect`, kept by PostgreSQL through psycopg."""

    def require_options(self, url: URL) -> None:
        """Ask libpq, which knows its own; their values it tries when it connects."""
        try:
            make_conninfo("", **dict.fromkeys(url.query, ""))
        except psycopg.ProgrammingError:
            raise Misuse("settings-malformed", "an option of the database URL is none of PostgreSQL's") from None

    def prepare(self, raw: Any, cache_kibibytes: int) -> None:
        """Refuse a server that acknowledges before it has written; let it keep no reader for ever, and compress.

        A reader waits as long as a writer for whoever locks a table.
        Compressing pages and bodies by LZ4, where the server can, takes them as little room as by PostgreSQL's own
        method, in a fifth of the time; what is stored already is read as it is.
        """
        raw.prepare_threshold = 2
        raw.autocommit = True  # `begin` says BEGIN itself, and all else that it has to say, in one message
        # The last dumper registered is the one that COPY takes: this one is written in C.
        raw.adapters.register_dumper(bytes, BytesBinaryDumper)
        with raw.cursor() as cursor:
            cursor.execute(_ABILITIES)
            fsync, has_lz4 = cursor.fetchone()
            cursor.execute(f"SET lock_timeout = '{round(WRITER_WAIT_SECONDS_MAX * 1_000)}ms'")
            if has_lz4:
                cursor.execute("SET default_toast_compression = lz4")
        raw.commit()
        if fsync != "on":
            raise Misuse("store-not-durable", "the server runs with fsync = off")

    def begin(self, connection: Connection, *, writer: bool, durable: bool) -> None:
        """Open the transaction, in one round trip; a writer waits for the advisory lock."""
        kind = (_WRITER, _SETTINGS, _LOCK) if writer else (_READER,)
        self._send_begin(connection, *kind, *(() if durable or not writer else (_LOSABLE,)))
        _wire(connection).results()

    def begin_asking(
        self, connection: Connection, query: str, after: int, leaves: Sequence[bytes], codes: Sequence[str]
    ) -> Sequence[Sequence[tuple[Any, ...]]]:
        """Open the writer's transaction and ask all three, in one round trip.

        Each is a statement of its own, which sees what was committed before it began: after the lock was waited for.
        """
        self._send_begin(connection, _WRITER, _SETTINGS, _LOCK)
        wire = _wire(connection)
        wire.send(_asked(query))
        wire.send(_TAIL, value("int8", after))
        wire.send(_LEAVES, array("bytea", leaves))
        wire.send(_PACKS, value("text", " ".join(codes)))  # one text is sent much faster than an array
        return wire.results()[-4:]

    def _send_begin(self, connection: Connection, *statements: Statement) -> None:
        connection.begin()  # SQLAlchemy is told, and sends nothing
        for statement in (_BEGIN, *statements):
            _wire(connection).send(statement)

    def wipe(self, connection: Connection) -> None:
        """Take dead rows out; its own log, and what was archived of it, hold them until they are overwritten."""
        connection.exec_driver_sql("VACUUM person")

    def insert(self, connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add rows: few as arrays in one statement, more by binary COPY."""
        if len(rows) > _FEW_ROWS:
            _copy(connection, table, table.name, rows)
        elif rows:
            _send(connection, _INSERT_FEW[table.name], _columns(table, rows))

    def replace_packs(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Overwrite by key in one statement, which takes few rows as arrays; more are put beside the table by COPY."""
        if len(rows) <= _FEW_ROWS:
            if rows:
                _send(connection, _UPDATE_FEW, _columns(tables.pack, rows))
            return
        cursor = _raw(connection).cursor()
        cursor.execute(_STAGE)
        _copy(connection, tables.pack, "pack_stage", rows)
        cursor.execute(_UPDATE_PACKS)

    def replace_alike(self, connection: Connection, packs: Alike) -> None:
        """Overwrite by key in one statement, which takes the codes as one text and the hashes as one run of bytes."""
        values = (
            value("int2", packs.state), value("int8", packs.holder), value("text", packs.parent),
            value("int4", packs.seq), value("bytea", packs.heads), value("int8", packs.seal),
            value("int4", packs.position), value("bytea", packs.custody), value("text", " ".join(packs.codes)),
        )  # fmt: skip
        _send(connection, _UPDATE_ALIKE, values)
        _wire(connection).push()  # it has much to do, while the next links are made

    @property
    def few_rows(self) -> int:
        """What goes by COPY cannot be sent ahead."""
        return _FEW_ROWS

    @contextmanager
    def ahead(self, connection: Connection) -> Iterator[None]:
        """Send what writes without waiting: the server works on it while Python makes the next."""
        wire = _wire(connection)
        wire.is_ahead = True
        try:
            yield
        except BaseException:
            with suppress(psycopg.Error):
                wire.results()
            raise
        finally:
            wire.is_ahead = False
        wire.results()

    def put_tiles(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add or overwrite by key, all in one statement."""
        _send(connection, _PUT_TILES, _columns(tables.tile, rows))

    def keep_heads(self, connection: Connection, heads: Sequence[tuple[int, bytes]]) -> list[bytes]:
        """Write each by one statement, which does not wait for the disk; all in one message."""
        wire = _wire(connection)
        for size, note in heads:
            wire.send(_KEEP_HEAD, value("int8", size), value("bytea", note))
            wire.send(_KEPT_HEAD, value("int8", size))
        return [bytes(kept) for ((kept,),) in wire.results()[1::2]]

    def leaves(self, connection: Connection, leaves: Sequence[bytes]) -> Sequence[tuple[Any, ...]]:
        """Look the hashes up by their index, all in one statement."""
        wire = _wire(connection)
        wire.send(_LEAVES, array("bytea", leaves))
        return wire.results()[0]

    def packs(self, connection: Connection, codes: Sequence[str]) -> Sequence[tuple[Any, ...]]:
        """Look the codes up by primary key, all in one statement."""
        wire = _wire(connection)
        wire.send(_PACKS, value("text", " ".join(codes)))
        return wire.results()[0]

    def packs_after(self, connection: Connection, code: str | None, count: int) -> Sequence[tuple[Any, ...]]:
        """Go on from the code in the order of the primary key, in binary."""
        cursor = _raw(connection).cursor(binary=True)
        if code is None:
            cursor.execute(_FIRST_PACKS, (count,))
        else:
            cursor.execute(_PACKS_AFTER, (code, count))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def entries(self, connection: Connection, indexes: Sequence[int]) -> Sequence[tuple[Any, ...]]:
        """Look the rows up by primary key, all in one statement; large bodies come in binary."""
        cursor = _raw(connection).cursor(binary=True)
        cursor.execute(_ENTRIES, (list(indexes),))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def claims(self, connection: Connection, indexes: Sequence[int]) -> Sequence[tuple[Any, ...]]:
        """Look the rows up by primary key, all in one statement."""
        cursor = _raw(connection).cursor(binary=True)
        cursor.execute(_CLAIMS, (list(indexes),))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def page(self, connection: Connection, seal: int, page: int) -> bytes | None:
        """Look the row up by primary key."""
        cursor = _raw(connection).cursor(binary=True)
        cursor.execute(_PAGE, (seal, page))
        row = cursor.fetchone()
        return None if row is None else bytes(row[0])

    def mistyped(self, connection: Connection, table: Table) -> tuple[Any, ...] | None:
        """Look for what only altered columns hold: no value where there must be one, or one of another type."""
        cursor = _raw(connection).cursor(binary=True)
        cursor.execute(_MISTYPED[table.name])
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row

    def parts(self, connection: Connection) -> set[str]:
        """Read the catalogue; an index that is not valid, and a trigger that is switched off, count for nothing."""
        cursor = _raw(connection).cursor()
        return {part for (part,) in cursor.execute(_PARTS)} | set(policies_of(cursor.execute(policies.QUERY)))

    def scan(
        self, connection: Connection, query: Select[Any], numbers: Mapping[str, int], count: int | None = None
    ) -> Generator[list[tuple[Any, ...]], None, None]:
        """Fetch from a server-side cursor, in binary."""
        compiled = _compiled(query)
        name = f"scan_{next(_scans)}"
        with _raw(connection).cursor(name, binary=True) as cursor:
            cursor.execute(str(compiled), compiled.construct_params(numbers))
            while rows := cursor.fetchmany(count or _SCAN_ROWS):
                yield rows


@lru_cache(maxsize=64)
def _asked(query: str) -> Statement:
    return Statement(f"asked_{sha256(query.encode()).hexdigest()[:16]}", query)


@lru_cache(maxsize=64)
def _compiled(query: Select[Any]) -> Compiled:
    return query.compile(dialect=_DIALECT)


def _types(table: Table) -> list[str]:
    return [next(name for kind, name in _COPY_TYPES.items() if type(column.type) is kind) for column in table.columns]


def _arrays(table: Table) -> str:
    """Return what stands for rows of a table in a statement: one array a column."""
    return f"unnest({', '.join(f'${at}::{each}[]' for at, each in enumerate(_types(table), 1))})"


def _columns(table: Table, rows: Sequence[tuple[Any, ...]]) -> Iterator[Parameter]:
    """Iterate over what `_arrays` stands for."""
    return map(array, _TYPES[table.name], zip(*rows, strict=True))


def _is_alien(table: Table) -> str:
    """Return the condition that a value of a row is of another type than its column's, or is none and must be one."""
    types = zip(table.columns.keys(), _types(table), strict=True)
    of_type = [f"pg_typeof({name}) <> '{kind}'::regtype" for name, kind in types]
    return " OR ".join([*of_type, *(f"{column.name} IS NULL" for column in table.columns if not column.nullable)])


# Names are our own.
_TYPES: Final = {table.name: _types(table) for table in tables.metadata.sorted_tables}
_INSERT_FEW: Final = {
    table.name: Statement(f"insert_{table.name}", f"INSERT INTO {table.name} SELECT * FROM {_arrays(table)}")  # noqa: S608
    for table in tables.metadata.sorted_tables
}
_MISTYPED: Final = {
    table.name: f"SELECT {', '.join(table.columns.keys())} FROM {table.name} WHERE {_is_alien(table)} LIMIT 1"  # noqa: S608
    for table in tables.metadata.sorted_tables
}
_PUT_TILES: Final = Statement(
    "put_tiles", f"{_INSERT_FEW['tile'].text} ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes"
)
_PACK_COLUMNS: Final = tables.pack.columns.keys()
_SET_PACK: Final = ", ".join(f"{name} = s.{name}" for name in _PACK_COLUMNS if name != "code")
_UPDATE_PACKS: Final = f"UPDATE pack SET {_SET_PACK} FROM pack_stage AS s WHERE pack.code = s.code"  # noqa: S608
_UPDATE_FEW: Final = Statement("update_few", f"""
UPDATE pack SET {_SET_PACK} FROM {_arrays(tables.pack)} AS s ({", ".join(_PACK_COLUMNS)})
WHERE pack.code = s.code COLLATE "C"
""")  # noqa: S608


def _raw(connection: Connection) -> Any:
    """Return psycopg's own connection, for what SQLAlchemy has no words for."""
    return connection.connection


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver


def _wire(connection: Connection) -> Wire:
    """Return the wire of psycopg's connection; there is one for as long as that lives."""
    info = connection.info
    wire = info.get(Wire)
    if wire is None:
        wire = info[Wire] = Wire(_driver(connection))
    return wire


def _send(connection: Connection, statement: Statement, parameters: Iterable[Parameter]) -> None:
    """Execute a statement; ahead, let it be executed."""
    wire = _wire(connection)
    wire.send(statement, *parameters)
    if not wire.is_ahead:
        wire.results()


def _copy(connection: Connection, table: Table, into: str, rows: Sequence[tuple[Any, ...]]) -> None:
    statement = sql.SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(sql.Identifier(into))
    with _raw(connection).cursor().copy(statement) as copy:
        copy.set_types(_types(table))
        write_row = copy.write_row
        for row in rows:
            write_row(row)
