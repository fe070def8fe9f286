"""The disk of the database is full: heard, harmless, and over when there is space again.

Two means need no privilege: SQLite's own page limit, and a trigger that fails as PostgreSQL does without
space. Where file systems may be mounted, small ones that really are full are tried as well.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import make_url

from ledger.home import read_checkpoint
from tests.crash.trouble import births, must_carry_on, must_fail
from tests.kit import World
from tests.postgres import PostgresServer, fresh_database

Full = Callable[[], AbstractContextManager[None]]
"""Inside this block the disk is full."""


@contextmanager
def sqlite_with_a_page_limit(home: Path, _postgres: str) -> Iterator[tuple[World, Full]]:
    """SQLITE_FULL comes when the file may grow no further, for whatever reason."""
    with World(home, f"sqlite:///{home}.db") as world:
        engine, pages = world.ledger.database.engine, [2**30]

        @event.listens_for(engine, "checkout")
        def _limit(raw: sqlite3.Connection, *_: object) -> None:
            raw.execute(f"PRAGMA max_page_count = {pages[0]}")

        @contextmanager
        def full() -> Iterator[None]:
            with engine.connect() as connection:
                pages[0] = connection.execute(text("PRAGMA page_count")).scalar_one()
            yield
            pages[0] = 2**30

        yield world, full


@contextmanager
def postgresql_with_a_failing_table(home: Path, postgres: str) -> Iterator[tuple[World, Full]]:
    """Each new page of links fails as it would on a full disk: SQLSTATE 53100."""
    with fresh_database(postgres) as url, World(home, url) as world:
        address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)

        @contextmanager
        def full() -> Iterator[None]:
            with psycopg.connect(address, autocommit=True) as session:
                session.execute(
                    "CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS"
                    " $$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END $$"
                )
                session.execute(
                    "CREATE TRIGGER no_space BEFORE INSERT ON link_page EXECUTE FUNCTION no_space()"
                )
                yield
                session.execute("DROP FUNCTION no_space CASCADE")

        yield world, full


@contextmanager
def sqlite_on_a_small_disk(home: Path, _postgres: str) -> Iterator[tuple[World, Full]]:
    """The file lies on a file system of its own; the home does not."""
    with small_disk("8m") as disk, World(home, f"sqlite:///{disk}/ledger.db") as world:
        yield world, lambda: ballast(disk)


@contextmanager
def postgresql_on_a_small_disk(home: Path, _postgres: str) -> Iterator[tuple[World, Full]]:
    """A server's whole data lies on a file system of its own, write-ahead log included."""
    with small_disk("160m") as disk, pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(disk))
        with PostgresServer() as server, World(home, server.url()) as world:
            yield world, lambda: ballast(disk)


@contextmanager
def small_disk(size: str) -> Iterator[Path]:
    """Mount an empty file system in memory."""
    folder = Path(tempfile.mkdtemp(prefix="packledger-disk-", dir="/tmp"))
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "none", folder], check=True)
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)
    finally:
        folder.rmdir()


@contextmanager
def ballast(disk: Path) -> Iterator[None]:
    """Leave no byte free on a disk."""
    weight = disk / "ballast"
    with weight.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(shutil.disk_usage(disk).free or 4096))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
    yield
    weight.unlink()


def may_mount() -> bool:
    """Say whether this process may mount a file system."""
    try:
        with small_disk("1m"):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


MEANS = [sqlite_with_a_page_limit, postgresql_with_a_failing_table]
if os.geteuid() == 0 and may_mount():
    MEANS += [sqlite_on_a_small_disk, postgresql_on_a_small_disk]


@pytest.mark.parametrize("means", MEANS)
def test_a_full_disk_is_heard_and_harmless(
    tmp_path: Path, postgres_server: str, means: Callable[[Path, str], AbstractContextManager[tuple[World, Full]]]
) -> None:
    """While the database cannot grow nobody is answered anew; what was acknowledged is; afterwards all goes on."""
    with means(tmp_path / "home", postgres_server) as (world, full):
        old, fresh = births(world, 3), births(world, 250)
        before = world.recorder.record(old)
        head = read_checkpoint(world.settings)
        with full():
            must_fail(world, fresh, "store-full")
            must_fail(world, fresh, "store-full")
            assert read_checkpoint(world.settings) == head
            assert world.one(old[0]).status == "already-recorded"
        assert {outcome.status for outcome in world.recorder.record(fresh)} == {"recorded"}
        must_carry_on(world, fresh, before, old)
