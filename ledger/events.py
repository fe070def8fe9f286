"""`events`: the index of events follows the log, statement by statement, and can be made from it again.

    1. read on from where the index ends, as far as the log is sealed, outside any writer's transaction
    2. of each event: its columns, who reads it (its issuer, and the party that it is sent to), the words it holds
    3. one short transaction adds them all, unless another process was faster

Answers are given up to where the index ends, so that pages do not shift; who asks has the index catch up first.
A row that is gone hides an event from queries, though not from the log: `compare` finds it, `remake` makes it again.
Decision: docs/decisions/0032-events-are-found-by-an-index-that-follows-the-log.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from ledger.chain.seal import SEAL_KIND, parse_seal
from ledger.content import EVENT_MEDIA_TYPE
from ledger.custody import fields
from ledger.custody.epcis.numbers import exact_time
from ledger.custody.epcis.output import stored_event
from ledger.errors import LedgerError, NotVerified
from ledger.limits import EVENTS_INDEXED_AT_ONCE_MAX
from ledger.log.statement import kid_of, parse_statement
from ledger.store.database import Connection, Database, Row
from ledger.store.events import (
    Indexed,
    add_events,
    count_indexed,
    empty_index,
    indexed_size,
    indexed_sizes,
    rows_between,
    word_too_many,
    words_missing,
)
from ledger.store.log import log_size, next_seal, scan_entries
from ledger.store.registry import Registry

__all__ = ["catch_up", "compare", "read_on", "remake"]


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
        end = _end(connection, first, size)
        rows = _rows(database, connection, first, end)
    with database.write_again() as connection:
        add_events(database, connection, first, end, rows)
    return None


def _end(connection: Connection, first: int, size: int) -> int:
    return next_seal(connection, min(first + EVENTS_INDEXED_AT_ONCE_MAX, size) - 1, size) + 1


def remake(database: Database, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Empty the index, and read it from the log again; return the size that it then covers.

    Who queries meanwhile waits for it, or helps.

    Raises:
        Unavailable: the database failed; what was read is there, and the next query reads on.
    """
    with database.write_again() as connection:
        empty_index(connection)
    while (covered := read_on(database)) is None:
        with database.read() as connection:
            progress(indexed_size(connection), log_size(connection))
    return covered


def compare(database: Database, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Require that the index says what the log says, as far as it has come; return how many events it holds.

    The log itself is believed: `ledger.audit` verifies it.

    Raises:
        NotVerified: `index-altered` at the first statement of which a row is missing, altered, or one too many; at no
            entry when rows stand there of parties or statements that the log knows nothing of, when a list tells a
            party a value that is in no event which it reads, and when the index stands in several places.
        Unavailable: the database failed.
    """
    with database.read() as connection:
        places = indexed_sizes(connection)
        if len(places) > 1:
            raise NotVerified("index-altered", f"it stands at {places}")
        covered, size = max(places, default=0), log_size(connection)
        if covered > size:
            raise NotVerified("index-altered", f"it covers {covered} statements of {size}", index=size)
        events = readers = first = 0
        while first < covered:
            end = min(_end(connection, first, size), covered)
            rows = _rows(database, connection, first, end)
            _compare(connection, rows, first, end)
            events += len(rows)
            readers += sum(len(row.reader_rows) for row in rows)
            first = end
            progress(first, covered)
        found = count_indexed(connection)
        if found != (events, readers):
            raise NotVerified("index-altered", f"{found} rows of events and readers instead of {(events, readers)}")
        # Last, for it believes the rows.
        many = word_too_many(connection)
        if many is not None:
            raise NotVerified("index-altered", f"{many[1]} of party {many[0]} holds a value of no event of theirs")
        return events


def _compare(connection: Connection, rows: Sequence[Indexed], first: int, end: int) -> None:
    expected = Counter((row.log_index, each) for row in rows for each in (row.row, *row.reader_rows))
    parties = {party for row in rows for party in row.readers}
    stored = Counter(rows_between(connection, parties, first, end))
    if stored != expected:
        index = min(at for at, _ in ((stored - expected) + (expected - stored)))
        raise NotVerified("index-altered", "the rows of this event", index=index)
    missing = words_missing(connection, rows)
    if missing:
        party, name, _ = missing[0]
        index = next(row.log_index for row in rows if missing[0] in row.words)
        raise NotVerified("index-altered", f"{name} of party {party} lacks a value", index=index)


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
    )


def _place(members: dict[str, Any], name: str) -> str:
    text: str = members.get(name, {}).get("id", "")
    return text
