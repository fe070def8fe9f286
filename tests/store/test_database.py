"""The store's promises: one contract, kept by SQLite and by PostgreSQL."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from hashlib import sha256
from itertools import chain
from pathlib import Path

import pytest
from sqlalchemy import select

from ledger.errors import Misuse, Unavailable
from ledger.store import packs, tables
from ledger.store.database import Connection, Database, Row
from ledger.store.log import insert_entries, log_size, put_checkpoints
from ledger.store.persons import PersonKey, person_keys, put_persons
from ledger.store.schema import upgrade
from ledger.store.sqlite import SQLite
from ledger.store.state import write_standing
from tests.crash.disks import short_files
from tests.postgres import PostgresServer


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Return a database with the ledger's tables."""
    database = Database(database_url)
    upgrade(database)
    yield database
    database.close()


def pack(code: str, seq: int = 0) -> Row:
    """Return a row of `pack`."""
    return (code, 1, 7, None, seq, bytes([seq]) * 32, 3, 0, b"custody")


def test_rows_come_back_as_they_went_in(database: Database) -> None:
    """Bulk rows keep every byte, zero bytes and high bytes too."""
    rows = [(index, "kind", bytes([index, 0, 255]), b"", bytes(range(256)), b"\0", b"{}") for index in range(3)]
    with database.write() as connection:
        insert_entries(database, connection, rows)

    with database.read() as connection:
        assert [tuple(row) for row in connection.execute(select(tables.entry))] == rows
        assert log_size(connection) == 3


def test_sqlite_overwrites_what_it_deletes(tmp_path: Path) -> None:
    """A destroyed key leaves no bytes in its page, also where SQLite was built to leave them."""
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as raw:
        raw.execute("PRAGMA secure_delete = OFF")
        SQLite().prepare(raw, 1_024)
        assert raw.execute("PRAGMA secure_delete").fetchone() == (1,)


def test_what_is_wiped_is_what_was_destroyed(database: Database) -> None:
    """Nobody's row goes with the old ones, and it can be asked for again and again."""
    for wrapped in (b"wrapped key", None):
        with database.write() as connection:
            put_persons(connection, [(b"erased", PersonKey(wrapped, 0)), (b"other", PersonKey(b"key", 0))])
        database.wipe()
        database.wipe()

    with database.read() as connection:
        keys = person_keys(connection, [b"erased", b"other"])
    assert {person: key.wrapped for person, key in keys.items()} == {b"erased": None, b"other": b"key"}


def test_packs_are_replaced_by_key(database: Database) -> None:
    """Replacing overwrites whole rows of packs that are known, and leaves others alone."""
    with database.write() as connection:
        packs.insert_packs(database, connection, [pack("a"), pack("b"), pack("c")])
    with database.write() as connection:
        packs.replace_packs(database, connection, [pack("a", 1), pack("c", 2)])

    with database.read() as connection:
        heads = packs.heads_of(database, connection, ["c", "b", "a", "nobody"])
    assert {code: head.seq for code, head in heads.items()} == {"a": 1, "b": 0, "c": 2}


@pytest.mark.parametrize("parent", [None, "case"])
def test_packs_that_stand_alike_are_whole_rows(database: Database, parent: str | None) -> None:
    """Written by one statement, ahead or not, each pack has its own hash and place, and others are left alone."""
    codes = [f"{number:03d}" for number in range(300)]
    hashes = [sha256(code.encode()).digest() for code in codes]
    with database.write() as connection:
        packs.insert_packs(database, connection, [pack(code) for code in [*codes, "other"]])
    with database.write() as connection, database.dialect.ahead(connection):
        for start, end in ((0, 100), (100, 300)):
            alike = packs.Alike(
                codes=codes[start:end], state=2, holder=2**40, parent=parent, seq=5, heads=b"".join(hashes[start:end]),
                seal=2**33, position=1_000 + start, custody=b"\0\xff",
            )  # fmt: skip
            packs.replace_alike(database, connection, alike)

    expected = [
        (code, 2, 2**40, parent, 5, hashes[at], 2**33, 1_000 + at, b"\0\xff") for at, code in enumerate(codes)
    ]
    with database.read() as connection:
        stored = chain.from_iterable(packs.packs_by_thousands(connection))
        assert sorted(stored) == [*expected, pack("other")]
    assert list(alike.rows()) == expected[100:]


def test_what_fails_ahead_is_known_when_the_block_ends(postgres_url: str) -> None:
    """A statement that was sent ahead and failed leaves no trace, and the error is not lost."""
    database = Database(postgres_url)
    upgrade(database)
    unfit = packs.Alike(
        codes=["a"], state=1, holder=1, parent="\0", seq=1, heads=bytes(32), seal=1, position=0, custody=b"",
    )  # fmt: skip

    def fail() -> None:
        with database.write() as connection:
            packs.insert_packs(database, connection, [pack("a")])
            with database.dialect.ahead(connection):
                packs.replace_alike(database, connection, unfit)

    with pytest.raises(Unavailable, match="store-unavailable"):
        fail()
    with database.read() as connection:
        assert packs.count_packs(connection) == 0
    database.close()


def test_postgresql_compresses_by_lz4_where_it_can(postgres_url: str) -> None:
    """Large values are compressed by LZ4, if the server was built with it."""
    database = Database(postgres_url)
    with database.read() as connection:
        row = connection.exec_driver_sql(
            "SELECT setting, 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"
        ).one()
    database.close()
    assert row[0] == ("lz4" if row[1] else "pglz")


def test_a_query_is_prepared_under_the_same_name_by_every_process(postgres_url: str) -> None:
    """Whoever reads the server's statistics finds one row a query, after every restart."""
    database = Database(postgres_url)
    upgrade(database)
    with database.write_asking("SELECT 7", 0, [], []) as (connection, answers):
        prepared = connection.exec_driver_sql("SELECT name FROM pg_prepared_statements").scalars().all()
    database.close()
    assert answers[0] == [(7,)]
    name = f"asked_{sha256(b'SELECT 7').hexdigest()[:16]}_0"
    assert [each for each in prepared if "asked" in each] == [name]


def test_many_heads_in_one_look_up(database: Database) -> None:
    """Ten thousand packs are looked up at once."""
    codes = [f"{number:05d}" for number in range(10_000)]
    with database.write() as connection:
        packs.insert_packs(database, connection, [pack(code) for code in codes])

    with database.read() as connection:
        assert set(packs.heads_of(database, connection, codes)) == set(codes)


def test_an_error_leaves_no_trace(database: Database) -> None:
    """A transaction that ends in an error stores nothing."""
    def fail() -> None:
        with database.write() as connection:
            packs.insert_packs(database, connection, [pack("a")])
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        fail()

    with database.read() as connection:
        assert packs.count_packs(connection) == 0


def test_a_failure_is_soon_forgotten(database: Database) -> None:
    """After whatever failed in a transaction, or made the server forget what was prepared, the next one goes well."""
    with database.write() as connection:
        packs.insert_packs(database, connection, [pack("a")])

    def fail(transaction: AbstractContextManager[Connection]) -> None:
        with transaction as connection:
            for _ in range(4):
                assert packs.count_packs(connection) == 1  # often enough to be prepared
            assert set(packs.heads_of(database, connection, ["a"])) == {"a"}
            raise ValueError("stop")

    for transaction in (database.read, database.write):
        for _ in range(2):
            with pytest.raises(ValueError, match="stop"):
                fail(transaction())
            with database.read() as connection:
                assert set(packs.heads_of(database, connection, ["a"])) == {"a"}
            with pytest.raises(ValueError, match="stop"):
                fail(transaction())
            put_checkpoints(database, [(5, b"one")])
            with write_standing(database, 0, [b"leaf"], ["a"]) as (connection, standing):
                packs.replace_packs(database, connection, [pack("a", 1)])
            assert (standing.known, set(standing.heads)) == ({}, {"a"})


def test_one_writer_at_a_time(database: Database) -> None:
    """A second writer waits until the first has committed, and then sees what it wrote."""
    inside, seen = threading.Event(), []

    def second() -> None:
        inside.wait()
        with database.write() as connection:
            seen.append(packs.count_packs(connection))

    thread = threading.Thread(target=second)
    with database.write() as connection:
        thread.start()
        inside.set()
        packs.insert_packs(database, connection, [pack("a")])
        thread.join(0.3)
        assert seen == []
    thread.join()

    assert seen == [1]


def test_a_reader_sees_one_state(database: Database) -> None:
    """What is committed while a reader reads stays out of its sight."""
    with database.read() as reader:
        assert packs.count_packs(reader) == 0
        with database.write() as writer:
            packs.insert_packs(database, writer, [pack("a")])
        assert packs.count_packs(reader) == 0

    with database.read() as reader:
        assert packs.count_packs(reader) == 1


def test_two_heads_of_one_size_are_a_fork(database: Database) -> None:
    """A second, different signed head for the same size stops the line."""
    put_checkpoints(database, [(5, b"one")])
    put_checkpoints(database, [(5, b"one")])

    with pytest.raises(Unavailable) as caught:
        put_checkpoints(database, [(5, b"two")])
    assert caught.value.code == "log-forked"


def test_a_disk_without_room_for_the_index_of_the_log_is_full(sqlite_url: str) -> None:
    """Who opens a file then can neither write nor read; a new start of anything would not help."""
    database = Database(sqlite_url)
    upgrade(database)
    database.close()
    with short_files(16 << 10), pytest.raises(Unavailable) as caught, database.read():
        pass
    assert caught.value.code == "store-full"


def test_a_server_that_forgets_is_refused() -> None:
    """PostgreSQL with fsync off acknowledges what is not on disk, and is refused."""
    with PostgresServer({"fsync": "off"}) as server:
        database = Database(server.url())
        with pytest.raises(Misuse) as caught, database.write():
            pass
        database.close()

    assert caught.value.code == "store-not-durable"


@pytest.mark.parametrize("url", [
    "nonsense", "mysql://host/name", "sqlite://", "", "postgresql://host:port/name", "sqlite:///:memory:",
    "sqlite:///file::memory:?uri=true", "sqlite:///a?check_same_thread=perhaps",
    "postgres://host/name", "postgresql://host/name?ssl_mode=require",
])  # fmt: skip
def test_other_databases_are_refused(url: str) -> None:
    """A URL that names no database we know is a setting to correct."""
    with pytest.raises(Misuse) as caught:
        Database(url)

    assert caught.value.code == "settings-malformed"
