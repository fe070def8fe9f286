"""No query for events reads a table from end to end: both databases say by which index they would go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event

from ledger.custody.epcis.query.parameters import Condition
from ledger.store.database import Database
from ledger.store.events import Indexed, Source, add_events, events_named, look, look_at, rows_at, values_after
from ledger.store.schema import upgrade

_ROWS = 20_000
_INDEXES = r"(event_(index|reader)(_\w+)?|sqlite_autoindex_event_\w+|PRIMARY KEY|pk_\w+|event_\w+_pkey)"


@pytest.fixture
def filled(database_url: str) -> Iterator[Database]:
    """Return a database with an index of many events."""
    database = Database(database_url)
    upgrade(database)
    rows = [
        Indexed(
            log_index=number, issuer=number % 50 + 1, event_id=f"urn:uuid:{number}", event_time=1_000 * number,
            recorded=number, type="ObjectEvent", action="OBSERVE", biz_step="shipping", disposition="",
            read_point="", biz_location=f"urn:place:{number % 200}", declared=None, readers=(number % 50 + 1,),
        )
        for number in range(_ROWS)
    ]  # fmt: skip
    with database.write() as connection:
        assert add_events(database, connection, 0, _ROWS, rows)
        connection.exec_driver_sql("ANALYZE")
    try:
        yield database
    finally:
        database.close()


@contextmanager
def plans(connection: Connection) -> Iterator[list[str]]:
    """Collect the plan of every query that is asked in the block."""
    found: list[str] = []
    asking = False

    def explain(_: Any, cursor: Any, statement: str, parameters: Any, *__: Any) -> None:
        nonlocal asking
        if asking or not statement.lstrip().startswith("SELECT"):
            return
        asking = True
        how = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
        rows = connection.exec_driver_sql(how + statement, parameters)
        found.append("\n".join(str(row[-1]) for row in rows))
        asking = False

    event.listen(connection, "before_cursor_execute", explain)
    yield found
    event.remove(connection, "before_cursor_execute", explain)


def scans(plan: str) -> list[str]:
    """Name the lines of a plan that read a table of events from end to end."""
    return re.findall(r"^\s*(?:->\s*)?(?:Seq Scan on event_\w+.*|SCAN event_\w+(?! USING).*)$", plan, re.MULTILINE)


@pytest.mark.parametrize(
    ("order", "party", "place"),
    [
        *((order, party, "") for order in ("eventTime", "recordTime", "log") for party in (7, None)),
        ("eventTime", None, "urn:place:7"),  # looked up by event time alone, for those who see all
    ],
)
@pytest.mark.parametrize("after", [None, (10_000, 10)])
def test_rows_in_order(filled: Database, order: Any, party: int | None, place: str, after: Any) -> None:
    """By party or place or time, from the start or from a page on, with conditions that only the rows tell."""
    conditions = (
        Condition("EQ_bizStep", "", ("receiving",)), Condition("GE_eventTime", "", 0),
        Condition("LT_recordTime", "", 10**9),
    )  # fmt: skip
    with filled.read() as connection, plans(connection) as found:
        rows = look(connection, Source(party, place, order, descending=True), after, _ROWS, conditions, 256)
        assert not any(row.fits for row in rows)
    assert found
    assert [scans(plan) for plan in found] == [[]] * len(found), "\n".join(found)
    assert all(re.search(_INDEXES, plan) for plan in found)


def test_rows_by_name(filled: Database) -> None:
    """By ids of events, by log index, and the words of a party."""
    with filled.read() as connection, plans(connection) as found:
        assert events_named(connection, ["urn:uuid:5"], _ROWS, 10) == [5]
        assert len(look_at(connection, [1, 2, 3], "eventTime", _ROWS, ())) == 3
        assert rows_at(connection, [4])[4] == (5, 4)
        assert values_after(connection, 7, "bizSteps", "", 10) == ["shipping"]
    assert len(found) == 4
    assert [scans(plan) for plan in found[:3]] == [[]] * 3, "\n".join(found)


def test_a_scan_is_seen(filled: Database) -> None:
    """Control: a query that no index serves is told as one."""
    with filled.read() as connection, plans(connection) as found:
        connection.exec_driver_sql("SELECT count(*) FROM event_index WHERE disposition = 'x'")
    assert scans(found[0])
