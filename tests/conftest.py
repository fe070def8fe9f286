"""Fixtures that every room's tests may use: databases, empty at the start of each test.

`PACKLEDGER_TEST_DATABASE_URL`, when set, addresses a PostgreSQL that exists already, with the right to make
databases; it is used in place of one that the tests start. Tests that kill a server always have their own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import PostgresServer, fresh_database


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Return the address of a server for this test process; its databases are other fixtures' business."""
    given = os.environ.get("PACKLEDGER_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with PostgresServer() as server:
        yield server.url()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Return the address of an empty PostgreSQL database that lives as long as the test."""
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Return the address of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'ledger.sqlite'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the address of an empty database; the test runs once on each kind."""
    name = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    return str(request.getfixturevalue(name))


@pytest.fixture
def private_postgres() -> Iterator[PostgresServer]:
    """Return a running server that the test has for itself, to stop, kill and start again."""
    with PostgresServer() as server:
        yield server
