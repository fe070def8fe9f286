"""One event as XML of EPCIS 2.0: what `xmlread.py` reads as the same event again.

EPCIS 1.2 is read and never written: it has no Digital Links, and a URN needs to know how long a company's
prefix is, which nothing in an event tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from ledger.custody.epcis.numbers import plain
from ledger.custody.epcis.reading import EpcisEvent
from ledger.custody.epcis.shape import EVENTS, HEAD, MEMBERS, METADATA, REPORT, XML_ITEMS
from ledger.custody.epcis.words import VOCABULARIES, Spelling
from ledger.custody.epcis.xmlforeign import SCHEMA_INSTANCE

__all__ = ["element", "event_xml", "schema_namespaces"]

Attributes = Mapping[str, str]

_MDA: Final = "urn:epcglobal:cbv:mda"
_TEXT: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_IN_TEXT: Final = str.maketrans(_TEXT)
# XML 1.0 §3.3.3: a reader turns a bare line end or tab in an attribute into a space.
_IN_ATTRIBUTE: Final = str.maketrans({**_TEXT, '"': "&quot;", "\n": "&#10;", "\t": "&#9;"})
_VOCABULARY_OF: Final = {
    "transactions": "bizTransaction", "sources": "party", "destinations": "party", "bizStep": "bizStep",
    "disposition": "disposition", "measurement": "measurement", "exception": "exception", "component": "component",
}  # fmt: skip


def schema_namespaces() -> dict[str, str]:
    """Return what the document declares for the types of extension values."""
    return {"xmlns:xsi": SCHEMA_INSTANCE, "xmlns:xs": "http://www.w3.org/2001/XMLSchema"}


def element(name: str, content: str, attributes: Attributes | None = None) -> str:
    """Return an element around content that is XML already."""
    written = "".join(f' {key}="{value.translate(_IN_ATTRIBUTE)}"' for key, value in (attributes or {}).items())
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def event_xml(event: EpcisEvent, spelling: Spelling = "urn") -> str:
    """Return one event; the document around it declares `schema_namespaces()`.

    Args:
        spelling: how CBV words are spelled (GS1-CBV-XML-Format).
    """
    members = event.members
    writer = _Writer(spelling)
    order = (*HEAD, *EVENTS[members["type"]])
    parts = [writer.member(name, members[name]) for name in order if name in members]
    parts += writer.extensions(members)
    spaces = {f"xmlns:{prefix}": _MDA if prefix == "cbvmda" else space for prefix, space in event.namespaces.items()}
    return element(members["type"], "".join(parts), spaces)


class _Writer:
    def __init__(self, spelling: Spelling) -> None:
        self._spelling = spelling
        self._members: dict[str, Callable[[Any, str], Iterator[str]]] = {
            "codes": lambda value, kind: (self._leaf(XML_ITEMS[kind], each) for each in value),
            "quantities": self._quantities,
            "transactions": self._pairs,
            "sources": self._pairs,
            "destinations": self._pairs,
            "place": self._inside,
            "persistent": self._inside,
            "declaration": self._inside,
            "sensors": self._sensors,
            "extensions": self._inside,
        }

    def member(self, name: str, value: Any) -> str:
        """Return a member of the standard's."""
        kind = MEMBERS[name]
        if kind in self._members:
            return element(name, "".join(self._members[kind](value, kind)))
        values = value if kind == "addresses" else [value]
        return "".join(self._leaf(name, each, kind) for each in values)

    def extensions(self, value: Mapping[str, Any]) -> Iterator[str]:
        """Yield the extension members of an object."""
        for name in value:
            if ":" in name:
                yield from self._extension(name, value[name])

    def _leaf(self, name: str, value: Any, kind: str = "") -> str:
        return element(name, self._text(value, kind).translate(_IN_TEXT))

    def _text(self, value: Any, kind: str = "") -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | Decimal):
            return plain(value)
        vocabulary = _VOCABULARY_OF.get(kind)
        return VOCABULARIES[vocabulary].long(value, self._spelling) if vocabulary else str(value)

    def _quantities(self, value: list[dict[str, Any]], kind: str) -> Iterator[str]:
        for each in value:
            leaves = (self._leaf(name, each[name]) for name in ("epcClass", "quantity", "uom") if name in each)
            yield element(XML_ITEMS[kind], "".join(leaves))

    def _pairs(self, value: list[dict[str, str]], kind: str) -> Iterator[str]:
        name = XML_ITEMS[kind]
        for pair in value:
            types = {"type": self._text(pair["type"], kind)} if "type" in pair else {}
            yield element(name, pair[name].translate(_IN_TEXT), types)

    def _inside(self, value: dict[str, Any], _: str) -> Iterator[str]:
        """Yield what a place, a persistent disposition, an error declaration or master data hold."""
        for name, kind in (("id", ""), ("set", "disposition"), ("unset", "disposition"), ("declarationTime", "")):
            for each in value.get(name, []) if kind else [value[name]] if name in value else []:
                yield self._leaf(name, each, kind)
        if "reason" in value:
            yield element("reason", VOCABULARIES["reason"].long(value["reason"], self._spelling))
        if "correctiveEventIDs" in value:
            ids = (self._leaf("correctiveEventID", each) for each in value["correctiveEventIDs"])
            yield element("correctiveEventIDs", "".join(ids))
        yield from self.extensions(value)

    def _sensors(self, value: list[dict[str, Any]], kind: str) -> Iterator[str]:
        for each in value:
            parts = []
            if "sensorMetadata" in each:
                parts.append(self._attributed("sensorMetadata", each["sensorMetadata"], METADATA))
            parts += [self._attributed("sensorReport", report, REPORT) for report in each["sensorReport"]]
            yield element(XML_ITEMS[kind], "".join([*parts, *self.extensions(each)]))

    def _attributed(self, name: str, value: Mapping[str, Any], kinds: Mapping[str, str]) -> str:
        return element(name, "", {key: self._text(each, kinds.get(key, "")) for key, each in value.items()})

    def _extension(self, name: str, value: Any) -> Iterator[str]:
        if isinstance(value, list):
            for each in value:
                yield from self._extension(name, each)
            return
        attributes: dict[str, str] = {}
        inner, text = "", value
        if isinstance(value, dict):
            attributes = {key[1:]: self._text(each) for key, each in value.items() if key.startswith("@")}
            names = [key for key in value if key[0] not in "@#"]
            inner = "".join(part for key in names for part in self._extension(key, value[key]))
            text = value.get("#text", "")
        if not inner:
            attributes |= _type_hint(text)
            inner = self._text(text).translate(_IN_TEXT)
        yield element(name, inner, attributes)


def _type_hint(value: Any) -> dict[str, str]:
    """Say what is no text in JSON, so that it becomes none again."""
    if isinstance(value, bool):
        return {"xsi:type": "xs:boolean"}
    return {"xsi:type": "xs:decimal"} if isinstance(value, int | Decimal) else {}
