"""One EPCIS event as JSON, read strictly, in its one spelling: what the gateway writes for who does not sign.

CBV words become bare words, EPC URNs become canonical Digital Links, numbers lose trailing zeros, extension
names get the prefixes that the body declares. Nothing that an event says is lost; what is not understood is
refused. Reading what has been read gives the same again.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ledger.custody.epcis.extension import as_attribute
from ledger.custody.epcis.faults import CaptureFault, placed
from ledger.custody.epcis.identifiers import canonical_urn, constrained_link
from ledger.custody.epcis.members import (
    SCALARS,
    Reader,
    Scope,
    extended,
    instant,
    listed,
    plain_object,
    put,
    text,
    uri,
    word,
)
from ledger.custody.epcis.names import Names
from ledger.custody.epcis.numbers import dumps
from ledger.custody.epcis.shape import EVENTS, HEAD, MEMBERS, METADATA, REPORT
from ledger.custody.fields import offset as read_offset
from ledger.errors import LedgerError

__all__ = ["EpcisEvent", "read_event"]


class EpcisEvent(msgspec.Struct, frozen=True):
    """An event in its one spelling.

    Attributes:
        members: as JSON, without `@context`.
        context: the body's `@context`.
        namespaces: prefix to namespace of the extension names in `members`.
    """

    members: dict[str, Any]
    context: list[Any]
    namespaces: dict[str, str]

    def body(self) -> bytes:
        """Return the bytes to sign and store: JSON with sorted keys."""
        return dumps({"@context": self.context, **self.members})


def read_event(value: Any, names: Names) -> EpcisEvent:
    """Read one event.

    Raises:
        CaptureFault: `epcis-member`, `epcis-name`, `epcis-value`, `epcis-extension`; and `event-time`,
            `event-uri`, `event-word`, `event-action`, as `ledger.custody.event` has them.
    """
    if type(value) is not dict:
        raise CaptureFault("epcis-member", "an event is a JSON object")
    event_type = value.get("type")
    if type(event_type) is not str or event_type not in EVENTS:
        raise CaptureFault("epcis-member", "not one of the five EPCIS event types", path="type")
    members: dict[str, Any] = {"type": event_type}
    allowed = {*HEAD, *EVENTS[event_type]}
    for name, member in value.items():
        if name in {"type", "@context"}:
            continue
        if name in allowed:
            members[name] = _READERS[MEMBERS[name]](member, Scope(names, name))
        elif ":" not in name:
            raise CaptureFault("epcis-member", f"no member of {event_type}", path=name[:64])
        else:
            put(members, name, member, Scope(names, name[:64]))
    for name in [name for name, member in members.items() if member == []]:
        del members[name]
    _require(event_type, members)
    namespaces = names.namespaces_in(members)
    return EpcisEvent(members, names.context(namespaces), namespaces)


def _require(event_type: str, members: dict[str, Any]) -> None:
    """EPCIS 2.0 §7.4.1 to §7.4.6: what must be there."""
    needed = ["eventTime", "eventTimeZoneOffset"]
    needed += ["action"] if event_type != "TransformationEvent" else []
    needed += ["bizTransactionList"] if event_type == "TransactionEvent" else []
    action = members.get("action")
    if event_type == "AssociationEvent" or (event_type == "AggregationEvent" and action in {"ADD", "DELETE"}):
        needed.append("parentID")
    for name in needed:
        if name not in members:
            raise CaptureFault("epcis-member", "missing", path=name)
    subjects = [name for name in EVENTS[event_type] if MEMBERS[name] in {"codes", "quantities"}]
    subjects += ["sensorElementList"] if event_type == "ObjectEvent" else []
    # §7.4.3, §7.4.4, §7.4.6: a DELETE that names none takes all of them away.
    all_of_them = action == "DELETE" and event_type != "ObjectEvent"
    if not members.keys() & set(subjects) and not all_of_them:
        raise CaptureFault("epcis-member", "none of them is there", path=" or ".join(subjects))


def _offset(value: Any, scope: Scope) -> str:
    written = text(value, scope)
    try:
        read_offset(written)
    except LedgerError as error:
        raise placed(error, path=scope.path) from None
    return written


def _action(value: Any, scope: Scope) -> str:
    if value not in ("ADD", "OBSERVE", "DELETE"):
        raise CaptureFault("event-action", "not ADD, OBSERVE or DELETE", path=scope.path)
    return str(value)


def _code(value: Any, scope: Scope) -> str:
    written = scope.names.expanded(text(value, scope), scope.path)
    return uri(constrained_link(canonical_urn(written), exactly=True), scope.path)


def _codes(value: Any, scope: Scope) -> list[str]:
    """Read a list of codes; which one is at fault is looked for only when one is."""
    try:
        return [_code(each, scope) for each in listed(value, scope)]
    except CaptureFault:
        return [_code(each, scope.item(order)) for order, each in enumerate(listed(value, scope))]


def _each(reader: Reader, *, or_one: bool = False) -> Reader:
    """Return a reader of lists; `or_one`: JSON-LD lets a list of one text be written as the text."""

    def read(value: Any, scope: Scope) -> list[Any]:
        values = [value] if or_one and type(value) is str else listed(value, scope)
        return [reader(each, scope.item(order)) for order, each in enumerate(values)]

    return read


def _quantity(value: Any, scope: Scope) -> dict[str, Any]:
    given = plain_object(value, scope, {"epcClass", "quantity", "uom"}, "epcClass")
    read: dict[str, Any] = {"epcClass": _code(given["epcClass"], scope.member("epcClass"))}
    if "uom" in given and "quantity" not in given:
        raise CaptureFault("epcis-member", "a unit without a quantity", path=scope.path)
    for name, kind in (("quantity", "number"), ("uom", "text")):
        if name in given:
            read[name] = SCALARS[kind](given[name], scope.member(name))
    return read


def _pair(name: str, vocabulary: str, *needed: str) -> Reader:
    """Return a reader of {"type": word, name: identifier}."""

    def read(value: Any, scope: Scope) -> dict[str, str]:
        given = plain_object(value, scope, {"type", name}, name, *needed)
        pair = {name: SCALARS["identifier"](given[name], scope.member(name))}
        if "type" in given:
            pair["type"] = word(given["type"], scope.member("type"), vocabulary)
        return pair

    return read


def _place(value: Any, scope: Scope) -> dict[str, Any]:
    return extended(value, scope, {"id": SCALARS["identifier"]}, "id")


_addresses: Final = _each(SCALARS["address"], or_one=True)
_dispositions: Final = _each(SCALARS["disposition"], or_one=True)


def _filled(read: dict[str, Any]) -> dict[str, Any]:
    """Leave out lists of nothing: they say what their absence says."""
    return {name: member for name, member in read.items() if member != []}


def _persistent(value: Any, scope: Scope) -> dict[str, Any]:
    return _filled(extended(value, scope, {"set": _dispositions, "unset": _dispositions}))


def _declaration(value: Any, scope: Scope) -> dict[str, Any]:
    readers: dict[str, Reader] = {
        "declarationTime": instant,
        "reason": lambda reason, at: word(reason, at, "reason"),
        "correctiveEventIDs": _addresses,
    }
    return _filled(extended(value, scope, readers, "declarationTime"))


def _sensor_element(value: Any, scope: Scope) -> dict[str, Any]:
    readers: dict[str, Reader] = {
        "sensorMetadata": lambda metadata, at: _attributes(metadata, at, METADATA),
        "sensorReport": _each(lambda report, at: _attributes(report, at, REPORT)),
        "type": text,
    }
    read = extended(value, scope, readers, "sensorReport")
    # JSON-LD lets the type be said; it can be no other.
    if read.pop("type", "epcis:SensorElement").removeprefix("epcis:") != "SensorElement" or not read["sensorReport"]:
        raise CaptureFault("epcis-member", "of another type, or without a report", path=scope.path)
    return read


def _attributes(value: Any, scope: Scope, kinds: dict[str, str]) -> dict[str, Any]:
    """Read what XML writes as attributes: an extension has one value there."""
    read = extended(value, scope, {name: SCALARS[kind] for name, kind in kinds.items()})
    for name, member in read.items():
        if isinstance(member, dict | list):
            raise CaptureFault("epcis-extension", "more than one value", path=scope.member(name).path)
    return {name: member if name in kinds else as_attribute(member) for name, member in read.items()}


_READERS: Final[dict[str, Reader]] = {
    **SCALARS,
    "offset": _offset,
    "action": _action,
    "code": _code,
    "codes": _codes,
    "addresses": _addresses,
    "quantities": _each(_quantity),
    "transactions": _each(_pair("bizTransaction", "bizTransaction")),
    "sources": _each(_pair("source", "party", "type")),
    "destinations": _each(_pair("destination", "party", "type")),
    "place": _place,
    "persistent": _persistent,
    "declaration": _declaration,
    "sensors": _each(_sensor_element),
    "extensions": lambda value, scope: extended(value, scope, {}),
}
