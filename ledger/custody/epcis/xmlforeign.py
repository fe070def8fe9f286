"""Extensions in XML: elements of other namespaces, as the tree that they are in JSON.

    <ext:weight unit="KGM">3.5</ext:weight>      "ext:weight": {"#text": "3.5", "@unit": "KGM"}
    <ext:day>1</ext:day><ext:day>2</ext:day>     "ext:day": ["1", "2"]
    <ext:n xsi:type="xsd:integer">7</ext:n>      "ext:n": 7
"""

from __future__ import annotations

from typing import Any, Final

from ledger.custody.epcis.faults import CaptureFault
from ledger.custody.epcis.numbers import number
from ledger.custody.epcis.xmltree import Element, Name
from ledger.limits import EXTENSION_NAMESPACES_MAX

__all__ = ["SCHEMA_INSTANCE", "Prefixes", "add", "foreign", "is_schema_hint"]

SCHEMA_INSTANCE: Final = "http://www.w3.org/2001/XMLSchema-instance"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_NUMBERS: Final = frozenset({"integer", "int", "long", "short", "decimal", "double", "float"})


class Prefixes:
    """One prefix for each namespace of an event, whatever its author bound where."""

    def __init__(self) -> None:
        self.declared: dict[str, str] = {}

    def spelled(self, name: Name) -> str:
        """Return a name in a namespace as JSON writes it: `prefix:local`.

        Raises:
            CaptureFault: `epcis-name` for more namespaces than an event may have.
        """
        known = next((prefix for prefix, space in self.declared.items() if space == name.space), None)
        if known is not None:
            return f"{known}:{name.local}"
        if len(self.declared) == EXTENSION_NAMESPACES_MAX:
            raise CaptureFault("epcis-name", f"more than {EXTENSION_NAMESPACES_MAX} namespaces")
        prefix = name.prefix
        if not prefix or prefix in self.declared:
            numbered = (f"n{number}" for number in range(1, EXTENSION_NAMESPACES_MAX + 2))
            prefix = next(each for each in numbered if each not in self.declared)
        self.declared[prefix] = name.space
        return f"{prefix}:{name.local}"


def is_schema_hint(name: Name) -> bool:
    """Tell an attribute that speaks to parsers: of XML Schema's instance namespace, or `xml:space` and its kin."""
    return name.space == SCHEMA_INSTANCE or (name.space == _XML and name.local != "lang")


def foreign(element: Element, prefixes: Prefixes, *, without_id: bool = False) -> Any:
    """Return what an element holds, as JSON.

    Args:
        without_id: leave out the attribute `id`, which names an attribute of master data.
    """
    value: dict[str, Any] = {}
    for name, text in element.attributes:
        if is_schema_hint(name) or (without_id and name[:2] == ("", "id")):
            continue
        value["@" + _spelled(name, prefixes)] = text
    for child in element.children:
        add(value, _spelled(child.name, prefixes), foreign(child, prefixes))
    if element.children:
        return value
    text = _typed(element)
    return value | {"#text": text} if value else text


def add(value: dict[str, Any], name: str, found: Any) -> None:
    """Add a member; XML repeats an element where JSON has a list."""
    if name not in value:
        value[name] = found
    elif isinstance(value[name], list):
        value[name].append(found)
    else:
        value[name] = [value[name], found]


def _spelled(name: Name, prefixes: Prefixes) -> str:
    if name.space == _XML:
        return f"xml:{name.local}"
    return prefixes.spelled(name) if name.space else name.local


def _typed(element: Element) -> Any:
    """Return the text as the number or truth value that `xsi:type` says it is."""
    hint = next((each.value for each in element.attributes if each.name[:2] == (SCHEMA_INSTANCE, "type")), "")
    kind = hint.rpartition(":")[2]
    found: Any = element.text
    if kind in _NUMBERS:
        found = number(element.text)
    elif kind == "boolean":
        found = {"true": True, "1": True, "false": False, "0": False}.get(element.text)
    if found is None:
        raise CaptureFault("epcis-value", f"not of the type {kind}", path=element.name.local[:64], line=element.line)
    return found
