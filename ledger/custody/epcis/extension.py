"""Values of extension members: any tree that both JSON and XML can carry, in one spelling.

| in JSON | means the same as |
|---|---|
| `["x"]` | `"x"`: XML repeats an element, and one is not repeated |
| `{}` | `""`: an element with nothing in it |
| `[]`, `null` | the member's absence |
| `"@unit"` in an object | the attribute `unit` of its element |
| `"#text"` in an object | the text beside attributes |
| `7`, `true` as an attribute | `"7"`, `"true"`: attributes are texts |

Space around a text means nothing (CBV 2.0 §8.9 rule 5) and is cut off.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from ledger.custody.epcis.faults import CaptureFault
from ledger.custody.epcis.names import Names
from ledger.custody.epcis.numbers import number, plain
from ledger.limits import JSON_DEPTH_MAX, URI_CHARACTERS_MAX

__all__ = ["ABSENT", "as_attribute", "extension", "text_of"]

ABSENT: Final = object()
"""What an extension without a value reads as."""

_LOCAL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*")
_XML_SPACE: Final = " \t\r\n"
# XML 1.0 §2.2: what a document can hold; halves of surrogate pairs are refused by the JSON reader.
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text_of(value: Any, path: str) -> str:
    """Return a text without the space around it.

    Raises:
        CaptureFault: `epcis-value` when it is none, or XML could not carry it.
    """
    if type(value) is not str:
        raise CaptureFault("epcis-value", "not a text", path=path)
    if not value.isprintable() and _NO_XML.search(value):
        raise CaptureFault("epcis-value", "a character that XML cannot carry", path=path)
    return value.strip(_XML_SPACE)


def as_attribute(value: Any) -> str:
    """Return a single value as an XML attribute has it: as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else plain(value)


def extension(value: Any, names: Names, path: str, depth: int = 0) -> Any:
    """Return an extension's value in its one spelling, or ABSENT.

    Raises:
        CaptureFault: `epcis-extension` for lists in lists, trees without end and too many values; `epcis-name`,
            `epcis-value`.
    """
    names.count_value(path)
    if depth > JSON_DEPTH_MAX // 2:  # the other half is left to what stands around it
        raise CaptureFault("epcis-extension", f"nested deeper than {JSON_DEPTH_MAX // 2}", path=path)
    if value is None:
        return ABSENT
    if isinstance(value, dict):
        return _members(value, names, path, depth)
    if isinstance(value, list):
        return _items(value, names, path, depth)
    if isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        found = number(value)
        if found is None:
            raise CaptureFault("epcis-value", "a number with too many digits", path=path)
        return found
    return text_of(value, path)


def _items(values: list[Any], names: Names, path: str, depth: int) -> Any:
    if any(isinstance(each, list) for each in values):
        raise CaptureFault("epcis-extension", "a list in a list", path=path)
    read = [extension(each, names, path, depth + 1) for each in values]
    kept = [each for each in read if each is not ABSENT]
    if not kept:
        return ABSENT
    return kept[0] if len(kept) == 1 else kept


def _members(value: dict[str, Any], names: Names, path: str, depth: int) -> Any:
    read: dict[str, Any] = {}
    for name, member in value.items():
        spelled = _inner_name(name, names, path)
        found = extension(member, names, f"{path}.{spelled}", depth + 1)
        if found is ABSENT:
            continue
        if spelled in read or (spelled[0] in "@#" and isinstance(found, dict | list)):
            raise CaptureFault("epcis-extension", "a name twice, or an attribute with parts", path=path)
        read[spelled] = as_attribute(found) if spelled[0] == "@" else found
    if read.keys() <= {"#text"}:
        return read.get("#text", "")
    if read.get("#text") == "":
        del read["#text"]
    if "#text" in read and any(name[0] not in "@#" for name in read):
        raise CaptureFault("epcis-extension", "a text beside parts", path=path)
    return read


def _inner_name(name: str, names: Names, path: str) -> str:
    """Return the name of a member inside an extension: there, a name may be in no namespace."""
    if name == "#text":
        return name
    mark = "@" if name.startswith("@") else ""
    bare = name[len(mark) :]
    if bare == "xmlns":
        raise CaptureFault("epcis-name", "a name that XML keeps for itself", path=path)
    if _LOCAL.fullmatch(bare) and bare != "context" and len(bare) <= URI_CHARACTERS_MAX:
        return mark + bare
    if bare == "xml:lang" and mark:
        return name
    return mark + names.spelled(bare, path)
