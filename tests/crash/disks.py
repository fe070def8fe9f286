"""Disks of the database that are full, for as long as a block lasts.

Two means need no privilege: SQLite's own page limit, for connections of this process, and a trigger that fails as
PostgreSQL does without space. Where file systems may be mounted, small ones that really are full are there as well.
"""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
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

from tests.kit import World
from tests.postgres import PostgresServer, fresh_database

__all__ = ["MEANS", "MEANS_FOR_ALL", "Full", "Means", "short_files"]

Full = Callable[[], AbstractContextManager[None]]
"""Inside this block the disk is full."""
Means = Callable[[Path, str], AbstractContextManager[tuple[World, Full]]]
"""Gives a world with such a disk, given its home and the URL of a PostgreSQL server."""


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
            try:
                yield
            finally:
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
                try:
                    yield
                finally:
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
def short_files(bytes_max: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes: a write fails as on a full disk, with another word."""
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_max, limit[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, before)


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
    try:
        with weight.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(shutil.disk_usage(disk).free or 4096))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
        yield
    finally:
        weight.unlink()


def may_mount() -> bool:
    """Say whether this process may mount a file system."""
    try:
        with small_disk("1m"):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


MEANS_FOR_ALL: list[Means] = [postgresql_with_a_failing_table]
"""Those that other processes meet as well."""
if os.geteuid() == 0 and may_mount():
    MEANS_FOR_ALL += [sqlite_on_a_small_disk, postgresql_on_a_small_disk]
MEANS: list[Means] = [sqlite_with_a_page_limit, *MEANS_FOR_ALL]
