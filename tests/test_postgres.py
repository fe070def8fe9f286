"""The tests' own servers: if these lie, every crash test after them lies too."""

from __future__ import annotations

import os

import psycopg
import pytest
import sqlalchemy

from tests.postgres import PostgresServer, fresh_database


def execute(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Run statements in one transaction on a new connection; return the last one's rows."""
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            result = connection.execute(sqlalchemy.text(statement))
        return [tuple(row) for row in result] if result.returns_rows else []


def tables(url: str) -> list[str]:
    """Name the tables of a database."""
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        return sqlalchemy.inspect(connection).get_table_names()


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_an_empty_database_of_its_own(database_url: str, turn: int) -> None:
    """What one test wrote, the next one does not meet."""
    assert tables(database_url) == []
    execute(database_url, "CREATE TABLE pack (code TEXT)", f"INSERT INTO pack VALUES ('{turn}')")
    assert execute(database_url, "SELECT code FROM pack") == [(str(turn),)]


def test_a_database_is_dropped_also_when_the_test_fails_with_a_connection_open(postgres_server: str) -> None:
    """A failing test leaves no database behind, even where it forgot to close its connection."""
    with pytest.raises(ZeroDivisionError), fresh_database(postgres_server) as url:  # noqa: PT012  as a test fails
        forgotten = psycopg.connect(url.replace("+psycopg", ""))
        _ = 1 // 0
    with pytest.raises(psycopg.OperationalError):
        forgotten.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url.replace("+psycopg", ""))


def test_a_killed_server_keeps_what_was_committed_and_only_that(private_postgres: PostgresServer) -> None:
    """After kill -9 a commit that was acknowledged is there, and an open transaction is not."""
    url = private_postgres.url()
    execute(url, "CREATE TABLE pack (code TEXT)", "INSERT INTO pack VALUES ('committed')")
    unfinished = psycopg.connect(url.replace("+psycopg", ""))
    unfinished.execute("INSERT INTO pack VALUES ('unfinished')")

    private_postgres.kill9()
    with pytest.raises(psycopg.OperationalError):
        unfinished.execute("SELECT 1")
    with pytest.raises(sqlalchemy.exc.OperationalError):
        execute(url, "SELECT 1")

    private_postgres.start()
    assert execute(url, "SELECT code FROM pack") == [("committed",)]
    assert "was not properly shut down" in (private_postgres.folder / "server.log").read_text()


def test_durability_is_as_in_production(private_postgres: PostgresServer) -> None:
    """fsync is on unless a test says otherwise, and a restart keeps what the test said."""
    url = private_postgres.url()
    assert execute(url, "SHOW fsync") == execute(url, "SHOW synchronous_commit") == [("on",)]
    private_postgres.restart({"fsync": "off"})
    assert execute(url, "SHOW fsync") == [("off",)]
    private_postgres.restart()
    assert execute(url, "SHOW fsync") == [("off",)]


def test_a_server_leaves_nothing_behind() -> None:
    """When its block ends by an error, the server is gone: no process, no folder."""
    with pytest.raises(ZeroDivisionError), PostgresServer() as server:  # noqa: PT012  as a test fails
        pid = int((server.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, 0)
        _ = 1 // 0
    assert not server.folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_server_that_cannot_start_says_why_and_leaves_nothing_behind() -> None:
    """A wrong setting is named from PostgreSQL's own log, and the folder is removed."""
    server = PostgresServer({"shared_buffers": "a lot"})
    with pytest.raises(RuntimeError, match="shared_buffers"), server:
        pass
    assert not server.folder.exists()
