"""The database is gone, the home cannot be written, somebody else holds the lock: heard, harmless, and over.

Each time the caller hears `Unavailable`, nothing acknowledged is lost, and the same recorder goes on by
itself once the cause is gone.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from ledger import durable
from ledger.errors import Unavailable
from ledger.home import read_checkpoint
from ledger.store import postgres, sqlite
from ledger.store.database import translated
from ledger.store.log import log_size
from tests.crash.trouble import births, must_carry_on, must_fail
from tests.kit import World
from tests.postgres import PostgresServer, fresh_database


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    """Return an open world."""
    with World(tmp_path / "home", database_url) as opened:
        yield opened


@contextmanager
def _session(world: World) -> Iterator[psycopg.Connection]:
    address = make_url(world.settings.database_url).set(drivername="postgresql")
    with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as session:
        yield session


def test_a_database_that_is_gone_is_heard_and_harmless(
    tmp_path: Path, private_postgres: PostgresServer
) -> None:
    """While the server is away nobody is answered; when it is back, the same recorder goes on."""
    with fresh_database(private_postgres.url()) as url, World(tmp_path / "home", url) as world:
        old, fresh = births(world, 3), births(world, 3)
        before = world.recorder.record(old)
        private_postgres.stop()
        must_fail(world, fresh, "store-unavailable")
        must_fail(world, old, "store-unavailable")
        private_postgres.start()
        must_carry_on(world, fresh, before, old)


@pytest.mark.parametrize("end", ["stop", "kill9"])
def test_a_server_started_anew_between_two_groups_goes_unnoticed(
    tmp_path: Path, private_postgres: PostgresServer, end: str
) -> None:
    """Every connection is stale then: each is replaced before anything is begun, for writers and for readers."""
    with fresh_database(private_postgres.url()) as url, World(tmp_path / "home", url) as world:
        old, fresh = births(world, 3), births(world, 3)
        before = world.recorder.record(old)
        getattr(private_postgres, end)()
        private_postgres.start()
        assert {outcome.status for outcome in world.recorder.record(fresh)} == {"recorded"}
        must_carry_on(world, fresh, before, old)
        assert world.audit().unsigned == 0


@pytest.mark.parametrize("cause", ["broken", "forbidden"])
def test_an_unwritable_home_is_heard_and_harmless(
    world: World, cause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is answered before the new head is kept outside the database, not even who asks again."""
    old = births(world, 3)
    before = world.recorder.record(old)
    head = read_checkpoint(world.settings)
    fresh = births(world, 3)
    file = world.settings.checkpoint_file
    aside = file.with_name("aside")
    code = "home-unwritable" if cause == "broken" else "home-unreadable"

    def fail(*_: object) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    if cause == "broken":
        monkeypatch.setattr(durable.os, "pwrite", fail)
    else:
        file.rename(aside)
        file.mkdir()  # also root cannot write a file there
    must_fail(world, fresh, code)
    must_fail(world, fresh, code)
    must_fail(world, births(world, 1), code)
    monkeypatch.undo()
    if cause == "forbidden":
        file.rmdir()
        aside.rename(file)
    assert read_checkpoint(world.settings) == head
    must_carry_on(world, fresh, before, old)


def test_a_disk_that_did_not_take_a_head_is_not_believed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The write went through, and the wait for the disk failed: nobody is answered until a wait succeeds."""
    old = births(world, 3)
    before = world.recorder.record(old)
    fresh = births(world, 3)
    waits: list[int] = []

    def fail(descriptor: int) -> None:
        waits.append(descriptor)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(durable.os, "fdatasync", fail)
    must_fail(world, fresh, "home-unwritable")
    must_fail(world, fresh, "home-unwritable")  # a repeat waits as well
    assert len(waits) == 2
    monkeypatch.undo()
    must_carry_on(world, fresh, before, old)


def test_a_writer_who_leaves_in_time_is_waited_for(world: World) -> None:
    """Another writer's transaction delays an answer, and does no more."""
    release, held = threading.Event(), threading.Event()

    def hold() -> None:
        with world.ledger.database.write():
            held.set()
            release.wait()

    other = threading.Thread(target=hold)
    other.start()
    held.wait()
    timer = threading.Timer(0.3, release.set)
    timer.start()
    outcomes = world.recorder.record(births(world, 2))
    assert release.is_set(), "the recorder did not wait for the other writer"
    other.join()
    assert {outcome.status for outcome in outcomes} == {"recorded"}
    assert world.audit().fault is None


def test_a_writer_who_stays_is_told_of(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the other writer stays too long the caller hears `store-busy`; later all goes on."""
    monkeypatch.setattr(sqlite, "WRITER_WAIT_SECONDS_MAX", 0.2)
    impatient = postgres._SETTINGS.text.replace("'lock_timeout', '30s'", "'lock_timeout', '200ms'")
    assert impatient != postgres._SETTINGS.text
    monkeypatch.setattr(postgres, "_SETTINGS", postgres._SETTINGS._replace(text=impatient))
    with World(tmp_path / "home", database_url) as world:
        old, fresh = births(world, 2), births(world, 2)
        before = world.recorder.record(old)
        with world.ledger.database.write():
            must_fail(world, fresh, "store-busy")
        must_carry_on(world, fresh, before, old)


def test_a_reader_does_not_wait_for_ever(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who locks a table keeps no reader longer than a writer would: `store-busy`, and then all is well."""
    monkeypatch.setattr(postgres, "WRITER_WAIT_SECONDS_MAX", 0.2)
    with World(tmp_path / "home", postgres_url) as world, _session(world) as session:
        world.ledger.database.close()  # its next connections are impatient
        with session.transaction(), world.ledger.database.read() as connection:
            session.execute("LOCK TABLE entry")
            with pytest.raises(Unavailable, match="store-busy"), translated():
                log_size(connection)
        with world.ledger.database.read() as connection:
            assert log_size(connection) > 0


def test_a_database_that_is_read_only_is_heard_and_harmless(tmp_path: Path, postgres_url: str) -> None:
    """As an administrator sets it, or a standby is: nothing is recorded that nobody could be answered for."""
    with World(tmp_path / "home", postgres_url) as world, _session(world) as session:
        old, fresh = births(world, 2), births(world, 2)
        before = world.recorder.record(old)
        with world.ledger.database.read() as connection:
            size = log_size(connection)
        name = make_url(postgres_url).database
        session.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'.encode())
        world.ledger.database.close()
        must_fail(world, fresh, "store-unwritable")
        with world.ledger.database.read() as connection:
            assert log_size(connection) == size
        session.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'.encode())
        world.ledger.database.close()
        must_carry_on(world, fresh, before, old)


def test_a_cut_connection_is_heard_and_harmless(tmp_path: Path, postgres_url: str) -> None:
    """An administrator who cuts the connection in the middle of a group costs that group its answer, no more."""
    cuts: list[Callable[[], object]] = []

    def cut_once(step: str) -> None:
        if step == "judged" and cuts:
            cuts.pop()()

    with World(tmp_path / "home", postgres_url, on_step=cut_once) as world, _session(world) as session:
        old, fresh = births(world, 2), births(world, 2)
        before = world.recorder.record(old)
        others = (
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        cuts.append(lambda: session.execute(others))
        must_fail(world, fresh, "store-unavailable")
        assert not cuts
        must_carry_on(world, fresh, before, old)
