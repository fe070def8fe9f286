"""EPCIS 1.2 and 2.0 documents as XML: taken apart into what the same events are in JSON-LD.

EPCIS 1.2 wraps what came after 1.0 into `extension` and `baseExtension`; here they are seen through.
`docs/formats/xml.md` has the table of what becomes what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from ledger.custody.epcis.faults import CaptureFault
from ledger.custody.epcis.jsonld import Raw, RawDocument, require_version
from ledger.custody.epcis.names import EPCIS_SPACES, Names
from ledger.custody.epcis.numbers import number
from ledger.custody.epcis.shape import EVENTS, HEAD, MEMBERS, REPORT, XML_ITEMS
from ledger.custody.epcis.xmlforeign import SCHEMA_INSTANCE, Prefixes, add, foreign, is_schema_hint
from ledger.custody.epcis.xmlmaster import master_data
from ledger.custody.epcis.xmltree import Element, parse_xml
from ledger.limits import CAPTURE_EVENTS_MAX

__all__ = ["raw_xml"]

# Root namespace to the versions that schemaVersion may then name.
_ROOTS: Final = {
    ("urn:epcglobal:epcis:xsd:1", "EPCISDocument"): ("1.",),
    ("urn:epcglobal:epcis:xsd:2", "EPCISDocument"): ("2.",),
    ("urn:epcglobal:epcis-query:xsd:1", "EPCISQueryDocument"): ("1.",),
    ("urn:epcglobal:epcis-query:xsd:2", "EPCISQueryDocument"): ("2.",),
}
_WRAPPERS: Final = frozenset({"extension", "baseExtension"})


def raw_xml(data: bytes) -> RawDocument:
    """Take an XML document apart.

    Raises:
        CaptureFault: `epcis-xml`, `epcis-xml-forbidden`, `epcis-too-large`, `epcis-document`,
            `epcis-too-many-events`.
    """
    root = parse_xml(data)
    versions = _ROOTS.get((root.name.space, root.name.local))
    if versions is None:
        raise CaptureFault("epcis-document", "no document of EPCIS 1.2 or 2.0", line=root.line)
    require_version(_attribute(root, "schemaVersion"), *versions)
    parts = {child.name.local: child for child in root.children if child.name.space == ""}
    if parts.keys() - {"EPCISHeader", "EPCISBody", "extension"}:
        raise CaptureFault("epcis-document", "an element that no document has", line=root.line)
    body = parts.get("EPCISBody")
    holder = _event_list(body, root.name.local == "EPCISQueryDocument") if body is not None else None
    if holder is None:
        raise CaptureFault("epcis-document", "no EventList", line=root.line)
    events = list(_inside(holder))
    if len(events) > CAPTURE_EVENTS_MAX:
        raise CaptureFault("epcis-too-many-events", f"{len(events)}, at most {CAPTURE_EVENTS_MAX}")
    return RawDocument([_raw(event) for event in events], master_data(parts.get("EPCISHeader")))


def _event_list(body: Element, of_query: bool) -> Element | None:
    path = ("QueryResults", "resultsBody", "EventList") if of_query else ("EventList",)
    at: Element | None = body
    for name in path:
        found = [child for child in at.children if child.name.local == name] if at else []
        at = found[0] if len(found) == 1 else None
    return at


def _inside(element: Element) -> Iterator[Element]:
    """Yield what an element holds; wrappers are seen through."""
    for child in element.children:
        if child.name.space == "" and child.name.local in _WRAPPERS:
            yield from _inside(child)
        else:
            yield child


def _raw(element: Element) -> Raw:
    prefixes = Prefixes()
    try:
        value = _event(element, prefixes)
    except CaptureFault as fault:
        return Raw(None, Names(prefixes.declared), element.line, fault)
    return Raw(value, Names(prefixes.declared), element.line)


def _event(element: Element, prefixes: Prefixes) -> dict[str, Any]:
    event_type = element.name.local
    _require_plain(element, event_type)
    value: dict[str, Any] = {"type": event_type}
    allowed = {*HEAD, *EVENTS.get(event_type, ())}
    for child in _inside(element):
        name = child.name.local
        if child.name.space:
            _add_foreign(value, child, prefixes)
        elif name not in allowed:
            raise CaptureFault("epcis-member", f"no element of {event_type}", path=name[:64], line=child.line)
        elif MEMBERS[name] == "addresses":
            value.setdefault(name, []).append(_text(child))
        elif name in value:
            raise CaptureFault("epcis-member", "given twice", path=name, line=child.line)
        else:
            value[name] = _SHAPES.get(MEMBERS[name], _scalar)(child, MEMBERS[name], prefixes)
    return value


def _add_foreign(value: dict[str, Any], element: Element, prefixes: Prefixes) -> None:
    if element.name.space in EPCIS_SPACES:
        raise CaptureFault("epcis-xml", "a standard's element must have no namespace", line=element.line)
    add(value, prefixes.spelled(element.name), foreign(element, prefixes))


def _require_plain(element: Element, path: str, *attributes: str) -> None:
    """Refuse attributes that an element does not have; hints to schema validators are passed over."""
    for attribute in element.attributes:
        known = attribute.name.space == "" and attribute.name.local in attributes
        if not known and not is_schema_hint(attribute.name):
            raise CaptureFault("epcis-member", "an attribute that it cannot have", path=path[:64], line=element.line)


def _attribute(element: Element, name: str) -> str | None:
    return next((each.value for each in element.attributes if each.name[:2] == ("", name)), None)


def _text(element: Element, *attributes: str) -> str:
    _require_plain(element, element.name.local, *attributes)
    if element.children:
        raise CaptureFault("epcis-member", "not a text", path=element.name.local[:64], line=element.line)
    return element.text


def _scalar(element: Element, _: str, __: Prefixes) -> str:
    return _text(element)


def _items(element: Element, kind: str) -> Iterator[Element]:
    """Yield the items of a list; what is no item of it is refused."""
    _require_plain(element, element.name.local)
    if element.text:
        raise CaptureFault("epcis-member", "text in a list", path=element.name.local, line=element.line)
    for child in _inside(element):
        if child.name[:2] != ("", XML_ITEMS[kind]):
            raise CaptureFault("epcis-member", "no item of it", path=element.name.local, line=child.line)
        yield child


def _codes(element: Element, kind: str, _: Prefixes) -> list[str]:
    return [_text(each) for each in _items(element, kind)]


def _quantities(element: Element, kind: str, _: Prefixes) -> list[dict[str, Any]]:
    read = []
    for item in _items(element, kind):
        quantity: dict[str, Any] = {child.name.local: _text(child) for child in _inside(item) if not _is_nil(child)}
        if "quantity" in quantity:
            quantity["quantity"] = _number(quantity["quantity"])
        read.append(quantity)
    return read


def _is_nil(element: Element) -> bool:
    """Tell a quantity that XML Schema's `xsi:nil` says is not there."""
    nil = next((each.value for each in element.attributes if each.name[:2] == (SCHEMA_INSTANCE, "nil")), "false")
    if nil.strip() not in ("true", "1") or element.name.local != "quantity":
        return False
    if element.text or element.children:
        raise CaptureFault("epcis-member", "nil, and yet there", path="quantity", line=element.line)
    return True


def _number(text: str) -> Any:
    found = number(text)
    return text if found is None else found  # the reader says of a text that it is no number


def _pairs(element: Element, kind: str, _: Prefixes) -> list[dict[str, str]]:
    read = []
    for item in _items(element, kind):
        word = _attribute(item, "type")
        pair = {XML_ITEMS[kind]: _text(item, "type")}
        read.append(pair if word is None else pair | {"type": word})
    return read


def _extended(
    element: Element, prefixes: Prefixes, lists: tuple[str, ...] = (), **readers: Callable[[Element], Any]
) -> dict[str, Any]:
    """Read an element that holds known ones and extensions; those of `lists` may come again."""
    _require_plain(element, element.name.local)
    if element.text:
        raise CaptureFault("epcis-member", "not a text", path=element.name.local, line=element.line)
    value: dict[str, Any] = {}
    for child in _inside(element):
        name = child.name.local
        if child.name.space:
            _add_foreign(value, child, prefixes)
        elif name in lists:
            value.setdefault(name, []).append(readers[name](child))
        elif name not in readers or name in value:
            raise CaptureFault("epcis-member", "not known here, or twice", path=name[:64], line=child.line)
        else:
            value[name] = readers[name](child)
    return value


def _place(element: Element, _: str, prefixes: Prefixes) -> dict[str, Any]:
    return _extended(element, prefixes, id=_text)


def _persistent(element: Element, _: str, prefixes: Prefixes) -> dict[str, Any]:
    return _extended(element, prefixes, ("set", "unset"), set=_text, unset=_text)


def _corrective(element: Element) -> list[str]:
    return [_text(child) for child in _inside(element) if child.name.local == "correctiveEventID"]


def _declaration(element: Element, _: str, prefixes: Prefixes) -> dict[str, Any]:
    return _extended(element, prefixes, declarationTime=_text, reason=_text, correctiveEventIDs=_corrective)


def _sensors(element: Element, kind: str, prefixes: Prefixes) -> list[dict[str, Any]]:
    def attributes(child: Element) -> dict[str, Any]:
        return _attributes(child, prefixes)

    return [
        _extended(item, prefixes, ("sensorReport",), sensorMetadata=attributes, sensorReport=attributes)
        for item in _items(element, kind)
    ]


def _attributes(element: Element, prefixes: Prefixes) -> dict[str, Any]:
    if element.children or element.text:
        raise CaptureFault("epcis-member", "holds more than attributes", path=element.name.local, line=element.line)
    value: dict[str, Any] = {}
    for name, text in element.attributes:
        if is_schema_hint(name):
            continue
        kind = REPORT.get(name.local, "") if name.space == "" else ""
        spelled = prefixes.spelled(name) if name.space else name.local
        value[spelled] = text
        if kind == "number":
            value[spelled] = _number(text)
        elif kind == "boolean":
            value[spelled] = {"true": True, "1": True, "false": False, "0": False}.get(text, text)
    return value


_SHAPES: Final[dict[str, Callable[[Element, str, Prefixes], Any]]] = {
    "codes": _codes,
    "quantities": _quantities,
    "transactions": _pairs,
    "sources": _pairs,
    "destinations": _pairs,
    "place": _place,
    "persistent": _persistent,
    "declaration": _declaration,
    "sensors": _sensors,
    "extensions": lambda element, _, prefixes: _extended(element, prefixes),
}
