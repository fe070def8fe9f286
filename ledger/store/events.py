"""The index of events: written from the log, read by queries. Event times are in milliseconds, others in seconds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Connection, and_, case, delete, except_, func, literal, select, tuple_

from ledger.custody.epcis.query.parameters import Condition
from ledger.store.database import Database
from ledger.store.exchange import event_index, event_progress, event_reader, event_value

__all__ = [
    "IN_COLUMNS", "LISTS", "Indexed", "Order", "Seen", "Source", "add_events", "count_indexed", "empty_index",
    "events_named", "indexed_size", "indexed_sizes", "look", "look_at", "rows_at", "rows_between", "values_after",
    "word_too_many", "words_missing",
]  # fmt: skip

_index = event_index.c
_reader = event_reader.c
_value = event_value.c
_COLUMNS: Final = {
    "eventType": _index.type, "EQ_action": _index.action, "EQ_bizStep": _index.biz_step,
    "EQ_disposition": _index.disposition, "EQ_readPoint": _index.read_point, "EQ_bizLocation": _index.biz_location,
    "EQ_eventID": _index.event_id,
}  # fmt: skip
_TIMES: Final = {
    "eventTime": (_index.event_time, 1), "recordTime": (_index.recorded, 1_000),
    "errorDeclarationTime": (_index.declared, 1),
}  # fmt: skip
LISTS: Final = {
    "eventTypes": "type", "bizSteps": "biz_step", "dispositions": "disposition", "readPoints": "read_point",
    "bizLocations": "biz_location",
}  # fmt: skip
"""The lists of EPCIS's top level that hold words and places, with the column of `event_index` that each is made of."""
_INDEXES_A_QUERY: Final = 500
_VALUES_A_QUERY: Final = 200
_BOUNDS: Final = frozenset(f"{side}_{name}" for name in _TIMES for side in ("GE", "LT"))
IN_COLUMNS: Final = frozenset(_COLUMNS) | _BOUNDS | {"EXISTS_errorDeclaration"}
"""The parameters that a row of the index answers."""


Order = Literal["eventTime", "recordTime", "log"]


class Indexed(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `event_index`, and those who read it: its issuer and whoever it is addressed to."""

    log_index: int
    issuer: int
    event_id: str
    event_time: int
    recorded: int
    type: str
    action: str
    biz_step: str
    disposition: str
    read_point: str
    biz_location: str
    declared: int | None
    readers: tuple[int, ...]

    @property
    def row(self) -> tuple[Any, ...]:
        """Its row of `event_index`."""
        return msgspec.structs.astuple(self)[:-1]

    @property
    def reader_rows(self) -> list[tuple[int, int, int, int]]:
        """Its rows of `event_reader`."""
        return [(party, self.event_time, self.log_index, self.recorded) for party in sorted(set(self.readers))]

    @property
    def words(self) -> set[tuple[int, str, str]]:
        """What it puts into the lists of each who reads it, and into everybody's: rows of `event_value`."""
        held = [(name, value) for name, column in LISTS.items() if (value := getattr(self, column))]
        return {(party, *each) for party in (0, *self.readers) for each in held}


class Source(NamedTuple):
    """Where rows are looked at, in order.

    Attributes:
        party: whose events, by `event_reader`; None for everybody's.
        place: those at this place alone, by its own index; "" for all.
        order: by which time, or by the log's own order.
    """

    party: int | None
    place: str
    order: Order
    descending: bool


class Seen(NamedTuple):
    """A row that was looked at: where it stands in the order, its log index, and whether the columns fit."""

    value: int
    log_index: int
    fits: bool


def indexed_size(connection: Connection) -> int:
    """Return up to which size of the log events are indexed: for certain, if somebody let it stand in two places."""
    return min(indexed_sizes(connection), default=0)


def indexed_sizes(connection: Connection) -> list[int]:
    """Return where the index stands, ascending: in one place, in none before it is begun."""
    return list(connection.execute(select(event_progress.c.size).order_by(event_progress.c.size)).scalars())


def add_events(database: Database, connection: Connection, before: int, size: int, rows: Sequence[Indexed]) -> bool:
    """Add the events of the log between two sizes; False, and nothing done, when somebody was faster."""
    if indexed_size(connection) != before:
        return False
    insert = database.dialect.insert
    insert(connection, event_index, [row.row for row in rows])
    insert(connection, event_reader, [each for row in rows for each in row.reader_rows])
    insert(connection, event_value, words_missing(connection, rows))
    connection.execute(delete(event_progress))
    connection.execute(event_progress.insert(), {"size": size})
    return True


def words_missing(connection: Connection, rows: Iterable[Indexed]) -> list[tuple[int, str, str]]:
    """Return what these events hold that the lists do not, in order: rows of `event_value`."""
    words = sorted(set().union(*(row.words for row in rows)))
    key = tuple_(_value.party, _value.name, _value.value)
    known: set[tuple[Any, ...]] = set()
    for start in range(0, len(words), _VALUES_A_QUERY):
        found = connection.execute(select(event_value).where(key.in_(words[start : start + _VALUES_A_QUERY])))
        known.update(tuple(row) for row in found)
    return [word for word in words if word not in known]


def word_too_many(connection: Connection) -> tuple[int, str] | None:
    """Return (party, name of the list) of the first value there that no event has which that party reads; or None.

    The database finds it in the other tables of the index, which are believed, and holds what it needs on its disk.
    """
    unknown = select(_value.party, _value.name).where(_value.name.not_in(LISTS)).order_by(_value.party).limit(1)
    found = connection.execute(unknown).first()
    if found is not None:
        return found[0], found[1]
    for name, column in LISTS.items():
        word = event_index.c[column]
        of_reader = select(_reader.party, word).join(event_index, _index.log_index == _reader.log_index)
        stored = select(_value.party, _value.value).where(_value.name == name)
        many = except_(stored, of_reader, select(literal(0, BigInteger), word))
        found = connection.execute(many.order_by("party").limit(1)).first()
        if found is not None:
            return found[0], name
    return None


def empty_index(connection: Connection) -> None:
    """Take out everything, so that it is read from the log again."""
    for table in (event_index, event_reader, event_value, event_progress):
        connection.execute(delete(table))


def rows_between(
    connection: Connection, parties: Collection[int], first: int, end: int
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Iterate over (log index, row) of what is indexed of the statements first … end-1; of readers, these parties'."""
    stored = select(event_index).where(_index.log_index >= first, _index.log_index < end)
    yield from ((row.log_index, tuple(row)) for row in connection.execute(stored))
    within = (_reader.log_index >= first, _reader.log_index < end)
    for party in sorted(parties):
        read = connection.execute(select(event_reader).where(_reader.party == party, *within))
        yield from ((row.log_index, tuple(row)) for row in read)


def count_indexed(connection: Connection) -> tuple[int, int]:
    """Return how many rows there are of events, and of those who read them."""
    events, readers = (
        int(connection.execute(select(func.count()).select_from(table)).scalar_one())
        for table in (event_index, event_reader)
    )
    return events, readers


def look(
    connection: Connection, source: Source, after: tuple[int, int] | None, until: int,
    conditions: Sequence[Condition], count: int,
) -> list[Seen]:  # fmt: skip
    """Return the next rows of a source, at most `count`, and of each whether the conditions that columns know hold.

    Args:
        after: where to go on, as (value of the order, log index).
        until: log indexes below this alone.
    """
    table = _index if source.party is None else _reader
    value, scale = _value_of(table, source.order)
    query = select(value.label("value"), table.log_index.label("at")).where(table.log_index < until)
    if source.party is not None:
        query = query.where(_reader.party == source.party)
    if source.place:
        query = query.where(_index.biz_location == source.place)
    for condition in conditions:
        if condition.parameter.endswith(f"_{source.order}") and isinstance(condition.values, int):
            query = query.where(_bounded(value, scale, condition))
    place = tuple_(value, table.log_index)
    if after is not None:
        query = query.where(place < tuple_(*after) if source.descending else place > tuple_(*after))
    ends = (value.desc(), table.log_index.desc()) if source.descending else (value, table.log_index)
    rows = connection.execute(query.order_by(*ends).limit(count)).all()
    if not conditions:
        return [Seen(row.value, row.at, fits=True) for row in rows]
    # Not as a join: on stale statistics it might be made by reading all of `event_index`.
    seen = look_at(connection, [row.at for row in rows], "log", until, conditions)
    fits = {each.log_index: each.fits for each in seen}
    return [Seen(row.value, row.at, fits[row.at]) for row in rows]


def look_at(
    connection: Connection, indexes: Sequence[int], order: Order, until: int, conditions: Sequence[Condition]
) -> list[Seen]:
    """Return those of these statements that are indexed events, as `look` does, in no order."""
    value, _ = _value_of(_index, order)
    found: list[Seen] = []
    for start in range(0, len(indexes), _INDEXES_A_QUERY):
        query = select(value, _index.log_index, _fits(conditions)).where(
            _index.log_index.in_(indexes[start : start + _INDEXES_A_QUERY]), _index.log_index < until
        )
        found += [Seen(row[0], row[1], bool(row[2])) for row in connection.execute(query)]
    return found


def _value_of(table: Any, order: Order) -> tuple[Any, int]:
    """Return the column of an order, and its milliseconds."""
    if order == "log":
        return table.log_index, 1
    return (table.event_time, 1) if order == "eventTime" else (table.recorded, 1_000)


def _fits(conditions: Sequence[Condition]) -> ColumnElement[int]:
    return case((and_(literal(1) == 1, *map(_holds, conditions)), 1), else_=0)


def _bounded(column: Any, scale: int, condition: Condition) -> ColumnElement[bool]:
    assert isinstance(condition.values, int)
    bound = -(-condition.values // scale)  # whole seconds: the first that is not before it
    held: ColumnElement[bool] = column >= bound if condition.parameter.startswith("GE_") else column < bound
    return held


def _holds(condition: Condition) -> ColumnElement[bool]:
    parameter = condition.parameter
    if parameter in _BOUNDS:
        return _bounded(*_TIMES[parameter[3:]], condition)
    if parameter == "EXISTS_errorDeclaration":
        return _index.declared.is_not(None)
    column, values = _COLUMNS.get(parameter), condition.values
    if column is None or isinstance(values, int):
        return literal(1) == 1  # bodies answer the rest
    return column.in_(values)


def events_named(connection: Connection, event_ids: Sequence[str], until: int, count: int) -> list[int]:
    """Return the log indexes of events with these ids, at most `count`."""
    query = select(_index.log_index).where(_index.event_id.in_(event_ids), _index.log_index < until)
    return list(connection.execute(query.order_by(_index.event_id, _index.log_index).limit(count)).scalars())


def rows_at(connection: Connection, indexes: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return (issuer, time of record) of those of these statements that are indexed events, by log index."""
    found: dict[int, tuple[int, int]] = {}
    for start in range(0, len(indexes), _INDEXES_A_QUERY):
        query = select(_index.log_index, _index.issuer, _index.recorded).where(
            _index.log_index.in_(indexes[start : start + _INDEXES_A_QUERY])
        )
        found.update((row[0], (row[1], row[2])) for row in connection.execute(query))
    return found


def values_after(connection: Connection, party: int, name: str, after: str, count: int) -> list[str]:
    """Return the next values of a list, in order; of everybody's events for party 0."""
    query = select(_value.value).where(_value.party == party, _value.name == name, _value.value > after)
    return list(connection.execute(query.order_by(_value.value).limit(count)).scalars())
