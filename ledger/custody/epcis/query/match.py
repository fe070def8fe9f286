"""Which events answer a query, and in what order. This is the definition; SQL may be faster, never different.

1. `resolved` replaces "within a place" by the places that lie inside it, as master data tell.
2. `matches` says of one event whether it answers.
3. `order_key` says where it stands in the answer; of two that stand together, the log's order decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from ledger.custody.epcis.numbers import exact_time, number, plain
from ledger.custody.epcis.query.parameters import Condition, Query
from ledger.custody.epcis.query.patterns import Identifiers
from ledger.custody.epcis.reading import EpcisEvent

__all__ = ["Recorded", "matches", "order_key", "resolved"]


class Recorded(msgspec.Struct, frozen=True):
    """An event as the ledger has it.

    Attributes:
        index: of its statement in the log.
        recorded: seconds since the epoch.
    """

    event: EpcisEvent
    index: int
    recorded: int


def resolved(query: Query, children: Mapping[str, Iterable[str]]) -> Query:
    """Return the query with the places of `WD_…` and all that lie inside them, at any depth.

    Args:
        children: the places directly inside each place (`masterdata.children_of`); rings in them are harmless.
    """
    conditions = tuple(
        msgspec.structs.replace(each, values=_inside(each.values, children))
        if each.parameter.startswith("WD_") and isinstance(each.values, tuple)
        else each
        for each in query.conditions
    )
    return msgspec.structs.replace(query, conditions=conditions)


def _inside(places: Iterable[Any], children: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    found: set[str] = set()
    waiting = list(places)
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting += children.get(place, ())
    return tuple(sorted(found))


def matches(query: Query, recorded: Recorded) -> bool:
    """Say whether an event answers a query: all its conditions hold."""
    return all(_holds(condition, recorded) for condition in query.conditions)


def order_key(query: Query, recorded: Recorded) -> tuple[int, int]:
    """Return where an event stands: milliseconds of the time that is ordered by, then its place in the log."""
    if query.order_by == "recordTime":
        return recorded.recorded * 1000, recorded.index
    return exact_time(recorded.event.members["eventTime"]), recorded.index


def _holds(condition: Condition, recorded: Recorded) -> bool:
    parameter, values = condition.parameter, condition.values
    if isinstance(values, int):
        time = _TIMES[parameter[3:]](recorded)
        return time is not None and (time >= values if parameter.startswith("GE_") else time < values)
    found = _FOUND[parameter](recorded.event, condition.about)
    if not values:  # EXISTS_…
        return next(found, None) is not None
    if isinstance(values[0], Identifiers):
        return any(each.holds(text) for text in found for each in values if isinstance(each, Identifiers))
    return any(text in values for text in found)


def _declared(recorded: Recorded) -> int | None:
    declaration = recorded.event.members.get("errorDeclaration")
    return exact_time(declaration["declarationTime"]) if declaration else None


_TIMES: Final[dict[str, Callable[[Recorded], int | None]]] = {
    "eventTime": lambda recorded: exact_time(recorded.event.members["eventTime"]),
    "recordTime": lambda recorded: recorded.recorded * 1000,
    "errorDeclarationTime": _declared,
}

Finder = Callable[[EpcisEvent, str], Iterator[str]]


def _member(*names: str) -> Finder:
    """Find texts: of a member, of a list, of an object's `id`, or of another member of an object."""

    def find(event: EpcisEvent, _: str) -> Iterator[str]:
        value: Any = event.members
        for name in names:
            value = value.get(name, {})
        if isinstance(value, list):
            yield from value
        elif value and not isinstance(value, dict):
            yield value

    return find


def _any_of(*names: str) -> Finder:
    def find(event: EpcisEvent, _: str) -> Iterator[str]:
        for name in names:
            value = event.members.get(name, ())
            yield from [value] if isinstance(value, str) else value

    return find


def _classes(*names: str) -> Finder:
    def find(event: EpcisEvent, _: str) -> Iterator[str]:
        return (each["epcClass"] for name in names for each in event.members.get(name, ()))

    return find


def _pairs(list_name: str, name: str) -> Finder:
    def find(event: EpcisEvent, about: str) -> Iterator[str]:
        return (pair[name] for pair in event.members.get(list_name, ()) if pair.get("type") == about)

    return find


def _presence(name: str) -> Finder:
    def find(event: EpcisEvent, _: str) -> Iterator[str]:
        return iter((name,) if name in event.members else ())

    return find


def _extension(holder: str, *, presence: bool = False) -> Finder:
    """Find the values of an extension with a full name, at the event or in its `ilmd`."""

    def find(event: EpcisEvent, about: str) -> Iterator[str]:
        members = event.members.get(holder, {}) if holder else event.members
        for name, value in members.items():
            prefix, colon, local = name.partition(":")
            if colon and event.namespaces.get(prefix, prefix + ":") + local == about:
                yield from [about] if presence else _texts(value)

    return find


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts of a value; a number as it is written, and what has parts by its own text alone."""
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        yield from _texts(value["#text"]) if "#text" in value else ()
    elif isinstance(value, bool):
        yield "true" if value else "false"
    else:
        yield value if isinstance(value, str) else plain(number(value) or 0)


_EPCS: Final = ("epcList", "childEPCs")
_ALL_EPCS: Final = (*_EPCS, "inputEPCList", "outputEPCList", "parentID")
_ALL_CLASSES: Final = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_FOUND: Final[dict[str, Finder]] = {
    "eventType": _member("type"),
    "EQ_action": _member("action"),
    "EQ_bizStep": _member("bizStep"),
    "EQ_disposition": _member("disposition"),
    "EQ_persistentDisposition_set": _member("persistentDisposition", "set"),
    "EQ_persistentDisposition_unset": _member("persistentDisposition", "unset"),
    "EQ_readPoint": _member("readPoint", "id"),
    "WD_readPoint": _member("readPoint", "id"),
    "EQ_bizLocation": _member("bizLocation", "id"),
    "WD_bizLocation": _member("bizLocation", "id"),
    "EQ_transformationID": _member("transformationID"),
    "EQ_eventID": _member("eventID"),
    "EQ_errorReason": _member("errorDeclaration", "reason"),
    "EQ_correctiveEventID": _member("errorDeclaration", "correctiveEventIDs"),
    "MATCH_epc": _any_of(*_EPCS),
    "MATCH_parentID": _any_of("parentID"),
    "MATCH_inputEPC": _any_of("inputEPCList"),
    "MATCH_outputEPC": _any_of("outputEPCList"),
    "MATCH_anyEPC": _any_of(*_ALL_EPCS),
    "MATCH_epcClass": _classes("quantityList", "childQuantityList"),
    "MATCH_inputEPCClass": _classes("inputQuantityList"),
    "MATCH_outputEPCClass": _classes("outputQuantityList"),
    "MATCH_anyEPCClass": _classes(*_ALL_CLASSES),
    "EQ_bizTransaction_": _pairs("bizTransactionList", "bizTransaction"),
    "EQ_source_": _pairs("sourceList", "source"),
    "EQ_destination_": _pairs("destinationList", "destination"),
    "EXISTS_errorDeclaration": _presence("errorDeclaration"),
    "EXISTS_sensorElementList": _presence("sensorElementList"),
    "EXISTS_ilmd": _presence("ilmd"),
    "EQ_ILMD_": _extension("ilmd"),
    "EXISTS_ILMD_": _extension("ilmd", presence=True),
    "EQ_": _extension(""),
    "EXISTS_": _extension("", presence=True),
}
