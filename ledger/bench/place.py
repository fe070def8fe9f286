"""Where a benchmark runs: a fresh home, an empty database for the ledger, and an empty twin beside it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import psycopg
from sqlalchemy.engine import make_url

from ledger.clock import random_bytes

__all__ = ["Place", "driver_url", "open_place", "settings_of"]

_TOLD_SETTINGS: Final = (
    "server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size",
    "wal_compression",
)  # fmt: skip


class Place(msgspec.Struct, frozen=True):
    """Empty databases of one kind, and a folder that nothing else uses.

    Attributes:
        kind: `sqlite` or `postgresql`.
        folder: on the disk that temporary files go to.
        url: for the ledger.
        twin: for the raw rows, and for what people would write instead.
    """

    kind: str
    folder: Path
    url: str
    twin: str


@contextmanager
def open_place(kind: str, server: str | None) -> Iterator[Place]:
    """Make the folder and the databases, and remove them in the end.

    Args:
        kind: `sqlite` or `postgresql`.
        server: for PostgreSQL, the URL of a database whose server may make others.
    """
    folder = Path(tempfile.mkdtemp(prefix="packledger-bench-"))
    try:
        if server is None:
            yield Place(kind, folder, f"sqlite:///{folder / 'ledger.db'}", f"sqlite:///{folder / 'twin.db'}")
        else:
            with _database(server) as url, _database(server) as twin:
                yield Place(kind, folder, url, twin)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _database(server: str) -> Iterator[str]:
    name = f"packledger_bench_{random_bytes(6).hex()}"
    _administer(server, f'CREATE DATABASE "{name}"')
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        _administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _administer(server: str, statement: str) -> None:
    with psycopg.connect(driver_url(server), autocommit=True) as connection:
        connection.execute(statement.encode())


def driver_url(url: str) -> str:
    """Return the address as psycopg itself reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def settings_of(server: str) -> str:
    """Return the settings of a PostgreSQL server that its speed depends on, in one line."""
    with psycopg.connect(driver_url(server)) as connection:
        told = [connection.execute(f"SHOW {name}".encode()).fetchone() for name in _TOLD_SETTINGS]
    return ", ".join(f"{name} {row[0]}" for name, row in zip(_TOLD_SETTINGS, told, strict=True) if row)
