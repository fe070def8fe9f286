"""An interrupt while the engine works is the user's: it is heard at once, and no fault of the program."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.sql import Sql

_LONG = "SELECT count(*) AS n FROM range(100000000) a, range(3000) b WHERE (a.range * b.range) % 7 = 3"
_SECONDS_MAX = 20  # then the engine stops it by itself; who hears the interrupt only then did not hear it


@pytest.fixture
def engine() -> Iterator[DuckEngine]:
    """Return an engine without facts, where SIGINT is a KeyboardInterrupt, whatever the surroundings made of it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    engine = DuckEngine({}, memory_mib=256, threads=2)
    yield engine
    engine.close()
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_ends_a_query_that_looks_for_none(engine: DuckEngine) -> None:
    """DuckDB looks for signals between pieces of a query; this one is a single piece."""
    with _interrupted():
        engine.ask(Sql(_LONG, frozenset()), _SECONDS_MAX)
    assert engine.ask(Sql("SELECT 1 AS n", frozenset()), _SECONDS_MAX).to_pylist() == [{"n": 1}]  # it can go on


def test_an_interrupt_ends_the_making_of_a_table(engine: DuckEngine) -> None:
    """What several rules read is computed first."""
    engine.keep("much", Sql(_LONG, frozenset()), rows=True)
    with _interrupted():
        engine.ask(Sql("SELECT n FROM much", frozenset({"much"})), _SECONDS_MAX)


def test_an_interrupt_ends_what_is_told_a_few_rows_at_a_time(engine: DuckEngine) -> None:
    """The first row of some queries is known when the last one is."""
    with _interrupted():
        engine.stream(Sql(f"SELECT n % 7 AS n, count(*) AS m FROM ({_LONG}) GROUP BY 1", frozenset()))


@contextmanager
def _interrupted() -> Iterator[None]:
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt) as raised:
        yield
    assert raised.value.__context__ is None, "it was heard when the query had ended otherwise"
