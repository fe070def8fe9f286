"""GS1 Digital Link: a web address whose path says what the barcode would.

    https://example.com/any/path/01/09521234543213/10/AB12/21/SN0001?17=261200

Any domain counts the same: the domain says who answers, not which pack it is. Dates and other attributes
stand in the query; its other parameters belong to the web server and are passed over, as is a fragment.
Source: GS1 Digital Link Standard: URI Syntax 1.4, sections 4 to 6.
"""

from __future__ import annotations

import re
from typing import Final

from ledger.codes.elements import Element, padded_gtin, require_value
from ledger.codes.identifiers import IDENTIFIERS
from ledger.errors import CodeFault

__all__ = ["link_elements"]

_LINK: Final = re.compile(
    r"(?:https?|HTTPS?)://[A-Za-z0-9.-]+(?::[0-9]{1,5})?"  # scheme and domain
    r"(/[!-\"$->@-~]*)(?:\?([!-\"$-~]*))?(?:#[!-~]*)?"  # path, query, fragment
)
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})?")

# The key qualifiers, which stand in the path after their key (URI Syntax 1.4, section 4.9).
_QUALIFIERS: Final = {"00": frozenset[str](), "01": frozenset(("10", "21", "22"))}


def link_elements(text: str) -> list[Element]:
    """Cut a GS1 Digital Link into its elements, those of the path first.

    Raises:
        CodeFault: `code-unknown-form` when it is another web address, `code-characters`, `code-element`,
            `scanner-two-codes` when a second address begins inside, `scanner-case-inverted` when an address
            in capitals holds letters in its values.
    """
    if text.count("://") > 1:
        second = (text.rindex("://"), len(text))
        raise CodeFault("scanner-two-codes", "a second address stands here", span=second)
    found = _LINK.fullmatch(text)
    if found is None:
        raise CodeFault("code-unknown-form", "not a web address that a code can have", span=(0, len(text)))
    elements = _path_elements(text, *found.span(1))
    if found[2] is not None:
        elements += _query_elements(text, *found.span(2))
    if text.startswith("H"):
        _require_caseless(elements)
    return elements


def _path_elements(text: str, start: int, end: int) -> list[Element]:
    parts: list[tuple[str, int]] = []
    at = start + 1
    for part in text[start + 1 : end].split("/"):
        parts.append((part, at))
        at += len(part) + 1
    for first, (part, _) in enumerate(parts):
        rest = parts[first:]
        if part not in _QUALIFIERS or len(rest) % 2:
            continue
        if all(name in _QUALIFIERS[part] for name, _ in rest[2::2]):
            return [_element(rest[i][0], *rest[i + 1]) for i in range(0, len(rest), 2)]
    raise CodeFault("code-unknown-form", "the address names no GTIN and no SSCC", span=(start, end))


def _query_elements(text: str, start: int, end: int) -> list[Element]:
    elements = []
    at = start
    for parameter in text[start:end].split("&"):
        name, equals, value = parameter.partition("=")
        if equals and name in IDENTIFIERS:
            elements.append(_element(name, value, at + len(name) + 1))
        at += len(parameter) + 1
    return elements


def _element(ai: str, escaped: str, at: int) -> Element:
    span = (at, at + len(escaped))
    if any(found[1] is None for found in _ESCAPE.finditer(escaped)):
        raise CodeFault("code-element", "a percent sign that escapes nothing", span=span)
    value = padded_gtin(ai, _ESCAPE.sub(lambda found: chr(int(found[1], 16)), escaped))
    require_value(IDENTIFIERS[ai], value, span)
    return Element(ai, value, span)


def _require_caseless(elements: list[Element]) -> None:
    """Refuse letters in an address in capitals: it is a dense QR code, or Caps Lock was on."""
    for element in elements:
        if element.value != element.value.swapcase():
            raise CodeFault(
                "scanner-case-inverted",
                "the address is in capitals, so the case of the letters in it is not known",
                span=element.span,
            )
