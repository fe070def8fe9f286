"""The wire to PostgreSQL: what goes in comes back, what fails is told, and no answer is taken for another's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from ledger.store.wire import Statement, Wire, array, value

_COUNT = Statement("count", "SELECT cardinality($1::bytea[])")
_DIVIDE = Statement("divide", "SELECT 1 / $1::int4")
_NEXT = Statement("next", "INSERT INTO numbers SELECT coalesce(max(n), 0) + 1 FROM numbers RETURNING n")


@pytest.fixture
def connection(postgres_url: str) -> Iterator[psycopg.Connection[Any]]:
    """Return a connection in autocommit, with a table that counts."""
    url = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True, prepare_threshold=0) as connection:
        connection.execute("CREATE TEMPORARY TABLE numbers (n int8)")
        yield connection


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("int2", [-(2**15), -1, 0, None, 2**15 - 1]),
        ("int4", [-(2**31), None, 2**31 - 1]),
        ("int8", [-(2**63), -1, None, 2**63 - 1]),
        ("text", ["", "片剂", None, "a b,{}\"\\'"]),
        ("bytea", [b"", b"\0\xff", None, bytes(range(256))]),
    ],
)
def test_values_come_back_as_they_went_in(connection: psycopg.Connection[Any], kind: str, values: list[Any]) -> None:
    """Every kind keeps its extremes, and no value; in an array, alone, and as the server reads it."""
    wire = Wire(connection)
    wire.send(Statement("all", f"SELECT each FROM unnest($1::{kind}[]) AS each"), array(kind, values))
    wire.send(Statement("none", f"SELECT $1::{kind}[]"), array(kind, []))
    for each in values:
        wire.send(Statement("one", f"SELECT $1::{kind}"), value(kind, each))
    rows, none, *singles = wire.results()
    assert [each for (each,) in rows] == values
    assert none == [([],)]
    assert [single for ((single,),) in singles] == values


def test_much_is_sent_and_much_comes_back(connection: psycopg.Connection[Any]) -> None:
    """More than any buffer holds, in both directions at once, does not stop the conversation."""
    wire = Wire(connection)
    echo = Statement("echo", "SELECT $1::bytea")
    large = bytes(1 << 20)
    for _ in range(30):
        wire.send(echo, value("bytea", large))
    assert [bytes(single) for ((single,),) in wire.results()] == 30 * [large]


def test_the_first_that_fails_is_told_and_the_rest_does_nothing(connection: psycopg.Connection[Any]) -> None:
    """Statements sent together outside a transaction are one: all of it, or none; and the wire goes on."""
    wire = Wire(connection)
    wire.send(_NEXT)
    wire.send(_DIVIDE, value("int4", 0))
    wire.send(_NEXT)
    with pytest.raises(psycopg.errors.DivisionByZero):
        wire.results()
    wire.send(_NEXT)
    wire.send(_COUNT, array("bytea", [b"a", b"b"]))
    assert wire.results() == [[(1,)], [(2,)]]
    assert wire.results() == []


def test_what_the_server_was_made_to_forget_is_prepared_again(connection: psycopg.Connection[Any]) -> None:
    """psycopg deallocates all statements when it rolls back: what is sent next is done once all the same."""
    wire = Wire(connection)
    wire.send(_NEXT)
    assert wire.results() == [[(1,)]]
    for number in (2, 5, 8):
        connection.execute("SELECT 1")
        connection.execute("BEGIN")
        connection.rollback()
        named = "SELECT FROM pg_prepared_statements WHERE name LIKE 'next%'"
        assert connection.execute(named).fetchone() is None
        wire.send(_COUNT, array("bytea", []))  # new to the server, the first time, and not forgotten with the other
        assert wire.results() == [[(0,)]]
        for _ in range(3):
            wire.send(_NEXT)
        wire.send(_COUNT, array("bytea", []))
        assert wire.results() == [[(number,)], [(number + 1,)], [(number + 2,)], [(0,)]]


def test_a_connection_that_is_cut_is_closed(connection: psycopg.Connection[Any]) -> None:
    """Who waits on a connection that ends hears of it, and nobody gets that connection again."""
    wire = Wire(connection)
    wire.send(Statement("end", "SELECT pg_terminate_backend(pg_backend_pid())"))
    wire.send(_NEXT)
    with pytest.raises(psycopg.OperationalError):
        wire.results()
    assert connection.closed


def test_what_cannot_be_sent_closes_the_connection(connection: psycopg.Connection[Any]) -> None:
    """A parameter that is none leaves no half of a conversation behind."""
    wire = Wire(connection)
    with pytest.raises(TypeError):
        wire.send(_DIVIDE, 0)  # type: ignore[arg-type]
    assert connection.closed
