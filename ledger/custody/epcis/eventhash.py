"""The EPCIS event hash of CBV 2.0 §8.9: an id that anybody can compute from the event's own words.

    eventType=ObjectEvent eventTime=2026-11-22T04:37:00.000Z eventTimeZoneOffset=+08:00 epcList epc=https://…
    -> SHA-256 -> ni:///sha-256;2f3c…?ver=CBV2.0

The string that is hashed holds every field but the event's id, its record time and its error declaration, in
one order, with one spelling of each value; so JSON and XML of one event have one hash, and so has its error
declaration. `docs/formats/event-hash.md` has the rules, and where other programs differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP
from hashlib import sha256
from typing import Any, Final

from ledger.custody.epcis.identifiers import canonical_urn, constrained_link
from ledger.custody.epcis.names import STANDARD
from ledger.custody.epcis.numbers import exact_time, number, plain
from ledger.custody.epcis.reading import EpcisEvent
from ledger.custody.epcis.shape import MEMBERS, METADATA, REPORT
from ledger.custody.epcis.words import VOCABULARIES

__all__ = ["event_hash", "pre_hash"]

# CBV 2.0 §8.9, table of the canonical property order. The table has no certificationInfo; its author's own
# program puts it here.
_ORDER: Final = (
    "eventTime", "eventTimeZoneOffset", "certificationInfo", "epcList", "parentID", "inputEPCList", "childEPCs",
    "quantityList", "childQuantityList", "inputQuantityList", "outputEPCList", "outputQuantityList", "action",
    "transformationID", "bizStep", "disposition", "persistentDisposition", "readPoint", "bizLocation",
    "bizTransactionList", "sourceList", "destinationList", "sensorElementList", "ilmd",
)  # fmt: skip
_LEFT_OUT: Final = frozenset({"type", "eventID", "recordTime", "errorDeclaration", "rdfs:comment"})
_WORDS: Final = {
    "bizStep": "bizStep", "disposition": "disposition", "set": "disposition", "unset": "disposition",
    "component": "component", "exception": "exception",
}  # fmt: skip
_PAIRS: Final = {"transactions": "bizTransaction", "sources": "source", "destinations": "destination"}
# XML writes the namespace of CBV master data without the colon that JSON-LD needs behind it.
_NAMESPACES: Final = STANDARD | {"cbvmda": "urn:epcglobal:cbv:mda"}
_TIMES: Final = frozenset({"eventTime", "time", "startTime", "endTime"})


def event_hash(event: EpcisEvent) -> str:
    """Return the event's hash as its id: `ni:///sha-256;…?ver=CBV2.0` (RFC 6920)."""
    digest = sha256(pre_hash(event).encode("utf-8")).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"


def pre_hash(event: EpcisEvent, join: str = "") -> str:
    """Return the string that is hashed; `join` stands between its parts, for people."""
    return _Printer({**_NAMESPACES, **event.namespaces, "cbvmda": _NAMESPACES["cbvmda"]}, join).event(event.members)


class _Printer:
    """Prints parts of an event; a name is printed with the first thing that it holds."""

    def __init__(self, namespaces: Mapping[str, str], join: str) -> None:
        self._namespaces = namespaces
        self._join = join

    def event(self, members: Mapping[str, Any]) -> str:
        parts = [f"eventType={members['type']}"]
        parts += [self._member(name, members[name]) for name in _ORDER if name in members]
        parts += self._extensions(members)
        return self._join.join(part for part in parts if part)

    def _member(self, name: str, value: Any) -> str:
        kind = MEMBERS[name]
        if kind in {"codes", "quantities", "transactions", "sources", "destinations", "sensors"}:
            return self._holding(name, (self._item(kind, each) for each in value))
        if kind == "addresses":
            return self._join.join(sorted(self._leaf(name, each) for each in value))
        if kind in {"extensions", "persistent", "place"}:
            return self._holding(name, [*self._inside(kind, value), *self._extensions(value)], ordered=True)
        return self._leaf(name, value)

    def _item(self, kind: str, value: Any) -> str:
        if kind == "codes":
            return self._leaf("epc", value)
        if kind == "quantities":
            return self._ordered("quantityElement", _QUANTITY, value)
        return self._sensor(value) if kind == "sensors" else self._pair(kind, value)

    def _inside(self, kind: str, value: Mapping[str, Any]) -> list[str]:
        """Print what a place or a persistent disposition holds besides extensions."""
        if kind == "place":
            return [self._leaf("id", value["id"])]
        lists = (sorted(self._leaf(each, item) for item in value.get(each, [])) for each in ("set", "unset"))
        return [part for listed in lists for part in listed]

    def _pair(self, kind: str, pair: Mapping[str, str]) -> str:
        """Print type and identifier; rule 13 says otherwise, and all programs print the type first."""
        vocabulary = VOCABULARIES["bizTransaction" if kind == "transactions" else "party"]
        parts = [f"type={vocabulary.long(pair['type'])}"] if "type" in pair else []
        return self._join.join([*parts, self._leaf(_PAIRS[kind], pair[_PAIRS[kind]])])

    def _sensor(self, element: Mapping[str, Any]) -> str:
        metadata = element.get("sensorMetadata")
        parts = [self._ordered("sensorMetadata", METADATA, metadata)] if metadata else []
        parts += sorted(self._ordered("sensorReport", REPORT, each) for each in element["sensorReport"])
        return self._holding("sensorElement", [*parts, *self._extensions(element)], ordered=True)

    def _ordered(self, name: str, order: Iterable[str], value: Mapping[str, Any]) -> str:
        parts = [self._leaf(each, value[each]) for each in order if each in value]
        return self._holding(name, [*parts, *self._extensions(value)], ordered=True)

    def _holding(self, name: str, parts: Iterable[str], *, ordered: bool = False) -> str:
        printed = [part for part in parts if part]
        if not printed:
            return ""
        return name + self._join.join(printed if ordered else sorted(printed))

    def _leaf(self, name: str, value: Any) -> str:
        """Print a field of the standard's; one that is empty is left out (rule 4)."""
        if name in _TIMES:
            return f"{name}={_milliseconds(value)}"
        if name == "type":
            return f"{name}={VOCABULARIES['measurement'].long(value)}"
        if name in _WORDS:
            return f"{name}={VOCABULARIES[_WORDS[name]].long(value)}"
        printed = self._value(value)
        return f"{name}={printed}" if printed else ""

    def _extensions(self, value: Mapping[str, Any]) -> list[str]:
        """Print the extensions that an object holds, sorted (rules 19 to 21)."""
        names = [name for name in value if ":" in name and name not in _LEFT_OUT]
        return sorted(part for name in names for part in self._extension(name, value[name]))

    def _extension(self, name: str, value: Any) -> list[str]:
        if isinstance(value, list):
            return [part for each in value for part in self._extension(name, each)]
        full = self._full_name(name)
        if not isinstance(value, dict):
            printed = self._value(value)
            return [f"{full}={printed}" if printed else full]
        text = self._value(value["#text"]) if "#text" in value else ""
        inner = [part for each in value if each != "#text" for part in self._extension(each, value[each])]
        return [full + (f"={text}" if text else "") + self._join.join(sorted(inner))]

    def _full_name(self, name: str) -> str:
        prefix, colon, local = name.removeprefix("@").partition(":")
        return f"{{{self._namespaces.get(prefix, prefix)}}}{local}" if colon else prefix

    def _value(self, value: Any) -> str:
        """Print a value in its one spelling (rules 5 to 8 and 14 to 18)."""
        if isinstance(value, bool):
            return "true" if value else "false"
        found = number(value)
        if found is not None:
            return plain(found)
        text = str(value)
        for vocabulary in VOCABULARIES.values():
            if vocabulary.urn and text.startswith(vocabulary.urn):
                return vocabulary.web + text[len(vocabulary.urn) :]
        prefix, colon, rest = text.partition(":")
        if colon and prefix in self._namespaces and not rest.startswith("//"):
            return self._namespaces[prefix] + rest
        return constrained_link(canonical_urn(text))


_QUANTITY: Final = ("epcClass", "quantity", "uom")


def _milliseconds(text: str) -> str:
    """Print a time in UTC with milliseconds (rules 8 and 9); the fourth digit rounds."""
    seconds, thousandths = divmod(exact_time(text, ROUND_HALF_UP), 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{thousandths:03}Z"
