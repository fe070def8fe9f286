"""GS1 element strings, as a scanner sends them and as people write them, cut into their elements.

    ]d2 01 09521234543213 17 261200 10 AB12 <GS> 21 SN0001        (without the spaces)
    (01)09521234543213(17)261200(10)AB12(21)SN0001

Source: GS1 General Specifications 7.8 (processing of element strings), 4.14 (human readable interpretation).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ledger.codes.identifiers import IDENTIFIERS, SET_82, Identifier, identifier_at
from ledger.errors import CodeFault

__all__ = [
    "SEPARATOR",
    "Element",
    "bracketed_elements",
    "padded_gtin",
    "plain_elements",
    "require_value",
    "unknown_form",
]


class Element(NamedTuple):
    """One identifier with its value, and where the value stands in the text."""

    ai: str
    value: str
    span: tuple[int, int]


# FNC1 as scanners and programs show it. Of these only "<GS>" is made of characters of set 82: a serial that
# held it could not be told from two values, so `label` refuses to print one.
SEPARATOR: Final = re.compile(r"\x1d|\u241d|<GS>|\{GS\}|\^\]")

_BRACKETED: Final = re.compile(r" *\(([0-9]{2,4})\)([^()]*)")
_TEXT: Final = re.compile(f"{SET_82}+")
_GTIN_LENGTHS: Final = (8, 12, 13)


def plain_elements(text: str) -> list[Element]:
    """Cut an element string; a separator is taken after any element, before the first, and after the last.

    Raises:
        CodeFault: `code-unknown-form`, `code-unknown-element`, `code-element`, `code-characters`,
            `scanner-separator-lost`, `scanner-truncated`.
    """
    elements: list[Element] = []
    at = _after_separator(text, 0)
    while at < len(text):
        identifier = identifier_at(text, at)
        if identifier is None:
            raise _unknown(text, at)
        start = at + len(identifier.ai)
        end = start + identifier.length if identifier.length else _value_end(text, start)
        if end > len(text):
            raise CodeFault(
                "scanner-truncated",
                f"AI {identifier.ai} has {len(text) - start} of {identifier.length} characters",
                span=(at, len(text)),
            )
        value = text[start:end]
        _require_ended(identifier, value, start, len(text))
        require_value(identifier, value, (start, end))
        elements.append(Element(identifier.ai, value, (start, end)))
        at = _after_separator(text, end)
    return elements


def bracketed_elements(text: str) -> list[Element]:
    """Cut the form that people read, identifiers in parentheses; spaces are layout, since set 82 has none.

    A value can hold no parenthesis here, although set 82 has them: "(21)A(10)B" would have two readings.

    Raises:
        CodeFault: `code-unknown-form`, `code-unknown-element`, `code-element`, `code-characters`.
    """
    elements: list[Element] = []
    at = 0
    while at < len(text):
        found = _BRACKETED.match(text, at)
        if found is None:
            raise CodeFault("code-unknown-form", "expected (identifier) value", span=(at, len(text)))
        identifier = IDENTIFIERS.get(found[1])
        if identifier is None:
            raise CodeFault("code-unknown-element", f"there is no AI ({found[1]})", span=found.span(1))
        value = padded_gtin(identifier.ai, found[2].replace(" ", ""))
        require_value(identifier, value, found.span(2))
        elements.append(Element(identifier.ai, value, found.span(2)))
        at = found.end()
    return elements


def padded_gtin(ai: str, value: str) -> str:
    """Return the GTIN-8, -12 or -13 of AI 01 as 14 digits, and any other value as it is."""
    return value.rjust(14, "0") if ai == "01" and len(value) in _GTIN_LENGTHS else value


def require_value(identifier: Identifier, value: str, span: tuple[int, int]) -> None:
    """Refuse a value that its identifier's format does not allow.

    Raises:
        CodeFault: `code-characters` when a character is outside printable ASCII, else `code-element`.
    """
    if identifier.value.fullmatch(value):
        return
    stranger = re.search(r"[^!-~]", value)
    if stranger:
        raise CodeFault("code-characters", f"AI {identifier.ai} holds U+{ord(stranger[0]):04X}", span=span)
    raise CodeFault("code-element", f"AI {identifier.ai} has the form {identifier.format}", span=span)


def unknown_form(text: str) -> CodeFault:
    """Return the fault of a text that begins like no code: a character that no code has, if there is one."""
    stranger = re.search(r"[^ -~]", text)
    if stranger:
        return CodeFault("code-characters", f"U+{ord(stranger[0]):04X} is in no code", span=stranger.span())
    return CodeFault("code-unknown-form", "no known form of code begins like this", span=(0, len(text)))


def _after_separator(text: str, at: int) -> int:
    found = SEPARATOR.match(text, at)
    return found.end() if found else at


def _value_end(text: str, start: int) -> int:
    found = SEPARATOR.search(text, start)
    return found.start() if found else len(text)


def _unknown(text: str, at: int) -> CodeFault:
    if at == 0:
        return unknown_form(text)
    if len(text) - at < 4 and text[at:].isascii() and text[at:].isdigit():
        return CodeFault("scanner-truncated", "the text ends inside an identifier", span=(at, len(text)))
    return CodeFault("code-unknown-element", f"no AI begins with {text[at : at + 4]!a}", span=(at, len(text)))


def _require_ended(identifier: Identifier, value: str, start: int, text_end: int) -> None:
    """Refuse a value that shows that its end was not delivered: nothing in it, or the next element in it."""
    span = (start, start + len(value))
    if not value and start == text_end:
        raise CodeFault("scanner-truncated", f"nothing follows AI {identifier.ai}", span=(start - 2, start))
    # Some stations turn the separator into a space or another control character; neither is in set 82.
    stranger = re.search(r"[\x00-\x20\x7f]", value)
    if stranger:
        raise CodeFault("scanner-separator-lost", f"U+{ord(stranger[0]):04X} inside a value", span=span)
    if not identifier.length and not identifier.value.fullmatch(value) and _TEXT.fullmatch(value):
        raise CodeFault(
            "scanner-separator-lost",
            f"AI {identifier.ai} goes on for {len(value)} characters, beyond its form {identifier.format}",
            span=span,
        )
