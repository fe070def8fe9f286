"""Events: EPCIS 2.0 JSON in, typed values out. The format is `docs/formats/event.md`.

    {"type":"ObjectEvent","eventID":"urn:uuid:…","eventTime":"2026-11-22T04:37:00Z","eventTimeZoneOffset":"+08:00",
     "action":"OBSERVE","bizStep":"dispensing","disposition":"dispensed",
     "epcList":["urn:nmpa:dtc:87709840000000015538"],"bizLocation":{"id":"https://…"},"pl:settlement":"insured"}

A plain member that EPCIS 2.0 does not define is refused, and so is a `pl:` member that we do not define:
a field that we overlook is worse than one that we refuse. Members of other namespaces are kept in the stored
bytes and mean nothing here. Details of errors name members, never values.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ledger import canonical
from ledger.clock import iso
from ledger.codes.code import key_of, keys_of
from ledger.custody import fields
from ledger.custody.acts import Act
from ledger.custody.rules import RULES, Rule, select
from ledger.custody.vocabulary import PREFIX, TERMS
from ledger.errors import CodeFault, FormatError
from ledger.limits import BODY_BYTES_MAX, CODES_PER_EVENT_MAX

__all__ = ["MEDIA_TYPE", "Event", "make_event", "parse_event", "parse_event_about"]

MEDIA_TYPE: Final = "application/ld+json"

_CONTEXT: Final = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {PREFIX.removesuffix(":"): TERMS},
]

# EPCIS 2.0 §7.4.1: the members that every event may have.
_COMMON: Final = frozenset(
    {
        "@context", "type", "eventID", "eventTime", "eventTimeZoneOffset", "recordTime",
        "errorDeclaration", "certificationInfo", "bizStep", "disposition", "persistentDisposition",
        "readPoint", "bizLocation", "bizTransactionList", "sourceList", "destinationList",
        "sensorElementList", "pl:settlement", "pl:confidential", "pl:batch", "pl:expiry",
    }
)  # fmt: skip
# EPCIS 2.0 §7.4.2 to §7.4.6: the members of each type; the lists that name single packs come first.
_OF_TYPE: Final[dict[str, tuple[tuple[str, ...], frozenset[str]]]] = {
    "ObjectEvent": (("epcList",), frozenset({"action", "quantityList", "ilmd"})),
    "AggregationEvent": (("childEPCs",), frozenset({"action", "parentID", "childQuantityList"})),
    "TransactionEvent": (("epcList",), frozenset({"action", "parentID", "quantityList"})),
    "AssociationEvent": (("childEPCs",), frozenset({"action", "parentID", "childQuantityList"})),
    "TransformationEvent": (
        ("inputEPCList", "outputEPCList"),
        frozenset({"inputQuantityList", "outputQuantityList", "transformationID", "ilmd"}),
    ),
}
_MEMBERS: Final = {
    name: _COMMON | set(lists) | others for name, (lists, others) in _OF_TYPE.items()
}
_LISTS: Final = (
    "quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList", "sensorElementList",
)  # fmt: skip


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What an event says, as far as custody needs it.

    Attributes:
        kind: a row of the custody table.
        event_time: seconds since the epoch; zone: seconds east of UTC where it happened.
        codes: keys, ascending; empty for an unpacking of all that a case holds, and for what is not about packs.
        parent: the case's key, for aggregations.
        site: the URI of bizLocation, else of readPoint.
        source, destination: the URI of the possessing party, else of the owning party.
        expiry: yyyymmdd, or 0.
        confidential: the digest of the confidential part.
        corrects: an error declaration: the event with this id no longer counts.
    """

    event_id: str
    kind: str
    event_time: int
    zone: int
    codes: list[str]
    parent: str | None
    site: str | None
    source: str | None
    destination: str | None
    batch: str
    expiry: int
    insured: bool
    partial: bool
    confidential: bytes | None
    corrects: bool

    @property
    def act(self) -> Act:
        """What judging needs of it."""
        return Act(
            self.kind,
            self.event_time,
            self.insured,
            self.partial,
            self.batch,
            self.expiry,
            self.parent,
            self.zone,
        )


def parse_event(body: bytes) -> Event:
    """Read an event's bytes.

    Raises:
        FormatError: `json-…`; `event-too-large`; `event-member` for one that is missing, unknown or of the
            wrong type; `event-time`; `event-uri`; `event-word`; `event-action`; `event-codes`; `event-goods`;
            `event-namespace`.
        CodeFault: a code is not one of ours in its canonical spelling.
    """
    return _event(_read(body))


def parse_event_about(body: bytes, uri: str) -> Event:
    """Read a recorded event for one pack's sake: of many codes only its own is kept, else the first.

    The whole was parsed when it was recorded; a shipment's other 9,999 codes need no second test.

    Raises:
        FormatError, CodeFault: as `parse_event`.
    """
    value = _read(body)
    for name in ("epcList", "childEPCs", "inputEPCList", "outputEPCList"):
        named = value.get(name)
        if type(named) is list:
            value[name] = [uri] if uri in named else named[:1]
    return _event(value)


def _read(body: bytes) -> dict[str, Any]:
    if len(body) > BODY_BYTES_MAX:
        raise FormatError("event-too-large", f"{len(body)} bytes, at most {BODY_BYTES_MAX}")
    value = canonical.loads(body)
    if type(value) is not dict:
        raise FormatError("event-member", "an event is a JSON object")
    return value


def _event(value: dict[str, Any]) -> Event:
    event_type = value.get("type")
    if type(event_type) is not str or event_type not in _OF_TYPE:
        raise FormatError("event-member", "type is not one of the five EPCIS event types")
    unknown = value.keys() - _MEMBERS[event_type]
    if unknown:
        fields.require_foreign(unknown)
    if value.get("@context", _CONTEXT) != _CONTEXT:
        fields.require_context(value["@context"])
    _require_tolerated(value)
    rule = _rule(value, event_type)
    parent = _parent(value, event_type)
    batch, expiry = fields.goods(value)
    return Event(
        event_id=fields.uri(value.get("eventID"), "eventID"),
        kind=rule.kind,
        event_time=fields.instant(value.get("eventTime"), "eventTime"),
        zone=fields.offset(value.get("eventTimeZoneOffset")),
        codes=_codes(value, event_type, rule, parent),
        parent=parent,
        site=fields.place(value),
        source=fields.party(value, "sourceList", "source"),
        destination=fields.party(value, "destinationList", "destination"),
        batch=batch,
        expiry=expiry,
        insured=fields.insured(value),
        partial=rule.kind == "dispensing" and fields.disposition(value) == "partially_dispensed",
        confidential=fields.digest(value["pl:confidential"]) if "pl:confidential" in value else None,
        corrects=fields.corrects(value),
    )


def _rule(value: dict[str, Any], event_type: str) -> Rule:
    """Return the row of the table that the event's own words select."""
    action = ""
    if event_type != "TransformationEvent":
        action = value.get("action", "")
        if action not in ("ADD", "OBSERVE", "DELETE"):
            raise FormatError("event-action", "action is ADD, OBSERVE or DELETE")
    rule = select(event_type, action, fields.step(value), fields.disposition(value))
    if rule is None:
        raise FormatError("event-action", "this bizStep has no meaning with this action")
    return rule


def _parent(value: dict[str, Any], event_type: str) -> str | None:
    if "parentID" not in value:
        # EPCIS 2.0 §7.4.3: required when an aggregation begins or ends.
        if event_type == "AggregationEvent" and value["action"] != "OBSERVE":
            raise FormatError("event-member", "parentID is missing")
        if event_type == "AssociationEvent":
            raise FormatError("event-member", "parentID is missing")
        return None
    parent = fields.uri(value["parentID"], "parentID")
    # An association's parent is a place or an asset, a transaction's a mere heading: neither is a case.
    return key_of(parent) if event_type == "AggregationEvent" else None


def _codes(value: dict[str, Any], event_type: str, rule: Rule, parent: str | None) -> list[str]:
    codes: list[str] = []
    read_over = 0
    for name in _OF_TYPE[event_type][0]:
        named = value.get(name)
        if named is None and name not in value:
            continue
        if type(named) is not list:
            raise FormatError("event-member", f"{name} is not a list")
        if len(named) > CODES_PER_EVENT_MAX:
            raise FormatError("event-codes", f"{len(named)} codes, at most {CODES_PER_EVENT_MAX}")
        if set(map(type, named)) - {str}:
            raise FormatError("event-member", f"{name} holds something that is not text")
        found = _keys(named)
        read_over += len(named) - len(found)
        codes += found
    if not codes:
        # What names a case and nothing in it empties the case; what names other things in it says nothing of packs.
        others = read_over > 0 or any(value.get(name) for name in _LISTS) or _parts_all(value, event_type)
        if others if parent is not None else not others:
            raise FormatError("event-codes", "no code is named")
        if parent is not None and rule.kind != "unpacking":
            raise FormatError("event-codes", "no code is named")
    if len(codes) > CODES_PER_EVENT_MAX:
        raise FormatError("event-codes", f"{len(codes)} codes, at most {CODES_PER_EVENT_MAX}")
    if len(codes) > 1:
        codes.sort()
        if len(set(codes)) != len(codes):
            raise FormatError("event-codes", "a code is named twice")
    if parent is not None and parent in codes:
        raise FormatError("event-codes", "a case cannot be inside itself")
    return codes


def _parts_all(value: dict[str, Any], event_type: str) -> bool:
    """EPCIS 2.0 §7.4.4, §7.4.6: a DELETE that names none parts all from an asset or from papers; neither is a case."""
    return event_type in ("AssociationEvent", "TransactionEvent") and value["action"] == "DELETE"


def _keys(named: list[str]) -> list[str]:
    """Return the keys of the codes; what GS1 numbers that is never a pack or a case is read over."""
    try:
        return keys_of(named)
    except CodeFault:
        return keys_of([uri for uri in named if not fields.is_other_thing(uri)])


def _require_tolerated(value: dict[str, Any]) -> None:
    """Hold members that mean nothing here to their JSON type, so that nonsense is not signed and stored."""
    for name in _LISTS:
        if name in value and type(value[name]) is not list:
            raise FormatError("event-member", f"{name} is not a list")
    if "persistentDisposition" in value and type(value["persistentDisposition"]) is not dict:
        raise FormatError("event-member", "persistentDisposition is not an object")
    if "recordTime" in value:
        fields.instant(value["recordTime"], "recordTime")
    if "bizTransactionList" in value:
        fields.typed_list(value, "bizTransactionList", "bizTransaction")


def make_event(
    kind: str,
    *,
    event_id: str,
    event_time: int,
    codes: list[str],
    parent: str | None = None,
    site: str | None = None,
    source: str | None = None,
    destination: str | None = None,
    batch: str = "",
    expiry: int = 0,
    settlement: str | None = None,
    partial: bool = False,
    confidential: bytes | None = None,
    declared_at: int | None = None,
    offset: str = "+08:00",
) -> bytes:
    """Return the canonical bytes of an event of this kind.

    Args:
        kind: a row of the custody table with an EPCIS type, or `other` (written as `storing`).
        codes, parent: canonical URIs.
        expiry: yyyymmdd, or 0.
        settlement: `insured` or `self_pay`.
        confidential: the 32-byte digest of the confidential part.
        declared_at: the event never happened; seconds since the epoch when its author declared so.

    Raises:
        FormatError, CodeFault: as `parse_event`, for arguments that make no event.
    """
    rule = RULES.get(kind)
    if rule is None or not (rule.event_type or kind == "other"):
        raise FormatError("event-word", "no event has this kind")
    aggregation = rule.event_type == "AggregationEvent"
    disposition = "partially_dispensed" if partial else rule.disposition
    optional = {
        "disposition": disposition or None,
        "parentID": parent,
        "bizLocation": {"id": site} if site is not None else None,
        "sourceList": _possessing("source", source),
        "destinationList": _possessing("destination", destination),
        "pl:batch": batch or None,
        "pl:expiry": _printed_day(expiry) if expiry else None,
        "pl:settlement": settlement,
        "pl:confidential": f"sha-256:{confidential.hex()}" if confidential is not None else None,
    }
    value: dict[str, Any] = {
        "@context": _CONTEXT,
        "type": rule.event_type or "ObjectEvent",
        "eventID": event_id,
        "eventTime": iso(event_time),
        "eventTimeZoneOffset": offset,
        "action": rule.actions[0] if rule.actions else "OBSERVE",
        "bizStep": rule.steps[0] if rule.steps else "storing",
        "childEPCs" if aggregation else "epcList": codes,
    }
    value |= {name: item for name, item in optional.items() if item is not None}
    if declared_at is not None:
        value["errorDeclaration"] = {"declarationTime": iso(declared_at), "reason": "did_not_occur"}
    body = canonical.dumps(value)
    parse_event(body)
    return body


def _possessing(item_name: str, party: str | None) -> list[dict[str, str]] | None:
    return [{"type": "possessing_party", item_name: party}] if party is not None else None


def _printed_day(yyyymmdd: int) -> str:
    return f"{yyyymmdd // 10_000:04}-{yyyymmdd // 100 % 100:02}-{yyyymmdd % 100:02}"
