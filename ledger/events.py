"""`events`: the index of events follows the log, statement by statement, and can be made from it again.

    1. read on from where the index ends, as far as the log is sealed, outside any writer's transaction
    2. of each event: its columns, who reads it (its issuer, and the party that it is sent to), the words it holds
    3. one short transaction adds them all, unless another process was faster

Answers are given up to where the index ends, so that pages do not shift; who asks has the index catch up first.
Decision: docs/decisions/0032-events-are-found-by-an-index-that-follows-the-log.md.
"""

from __future__ import annotations

from typing import Any, Final

from ledger.chain.seal import SEAL_KIND, parse_seal
from ledger.content import EVENT_MEDIA_TYPE
from ledger.custody import fields
from ledger.custody.epcis.numbers import exact_time
from ledger.custody.epcis.output import stored_event
from ledger.errors import LedgerError
from ledger.limits import EVENTS_INDEXED_AT_ONCE_MAX
from ledger.log.statement import kid_of, parse_statement
from ledger.store.database import Connection, Database, Row
from ledger.store.events import Indexed, add_events, indexed_size
from ledger.store.log import log_size, next_seal, scan_entries
from ledger.store.registry import Registry

__all__ = ["LISTS", "catch_up", "read_on"]

LISTS: Final = {
    "eventTypes": "type", "bizSteps": "bizStep", "dispositions": "disposition", "readPoints": "readPoint",
    "bizLocations": "bizLocation",
}  # fmt: skip
"""The lists of EPCIS's top level that hold words and places, with the member that each is read from."""


def catch_up(database: Database) -> int:
    """Bring the index up to the log; return the size that it then covers.

    Raises:
        Unavailable: the database failed.
    """
    while (covered := read_on(database)) is None:
        pass
    return covered


def read_on(database: Database) -> int | None:
    """Bring the index some statements further; return the size that it covers once that is the whole log's.

    Raises:
        Unavailable: the database failed.
    """
    with database.read() as connection:
        first, size = indexed_size(connection), log_size(connection)
        if first >= size:
            return first
        end = next_seal(connection, min(first + EVENTS_INDEXED_AT_ONCE_MAX, size) - 1, size) + 1
        rows = _rows(database, connection, first, end)
    with database.write_again() as connection:
        add_events(database, connection, first, end, rows)
    return None


def _rows(database: Database, connection: Connection, first: int, end: int) -> list[Indexed]:
    registry = Registry()
    found: list[Indexed] = []
    waiting: list[Row] = []
    for row in scan_entries(database, connection, first, end):
        if row[1] != SEAL_KIND:
            waiting.append(row)
            continue
        recorded = parse_seal(bytes(row[5])).recorded_at
        events = (_indexed(registry, connection, each, recorded) for each in waiting)
        found += [event for event in events if event is not None]
        waiting = []
    return found


def _indexed(registry: Registry, connection: Connection, row: Row, recorded: int) -> Indexed | None:
    """Return the row of an event; None for a paper, a registration, or an event that EPCIS cannot carry."""
    index, statement, body = row[0], bytes(row[4]), bytes(row[5])
    if parse_statement(statement).media_type != EVENT_MEDIA_TYPE:
        return None
    try:
        members = stored_event(body).members
        destination = fields.party(members, "destinationList", "destination")
    except LedgerError:
        return None
    signer = registry.signer(connection, kid_of(statement))
    assert signer is not None  # what is recorded is signed by a registered key
    addressed = registry.place(connection, destination)[0] if destination else 0
    declaration = members.get("errorDeclaration")
    return Indexed(
        log_index=index,
        issuer=signer.party,
        event_id=members["eventID"],
        event_time=exact_time(members["eventTime"]),
        recorded=recorded,
        type=members["type"],
        action=members.get("action", ""),
        biz_step=members.get("bizStep", ""),
        disposition=members.get("disposition", ""),
        read_point=_place(members, "readPoint"),
        biz_location=_place(members, "bizLocation"),
        declared=exact_time(declaration["declarationTime"]) if declaration else None,
        readers=(signer.party, addressed) if addressed else (signer.party,),
        values=tuple((name, value) for name, member in LISTS.items() if (value := _value(members, member))),
    )


def _place(members: dict[str, Any], name: str) -> str:
    text: str = members.get(name, {}).get("id", "")
    return text


def _value(members: dict[str, Any], name: str) -> str:
    value: Any = members.get(name, "")
    return value if isinstance(value, str) else str(value["id"])
