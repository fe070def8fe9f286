"""The forms in which a code is delivered, one row each, and which barcode may carry which.

A scanner that sends AIM identifiers (ISO/IEC 15424: `]`, a letter, a modifier) says what symbol it read. That
decides between the two families: GS1 symbols carry element strings, plain ones carry anything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple, NoReturn

from ledger.codes.check import check_digit_holds
from ledger.codes.code import Code, key_of
from ledger.codes.elements import SEPARATOR, bracketed_elements, plain_elements, unknown_form
from ledger.codes.links import link_elements
from ledger.codes.packs import code_of
from ledger.errors import CodeFault

__all__ = ["parse"]

# What scanners and people put around a code: the end of line or the tab that a scanner types after it.
_PADDING: Final = " \t\r\n"

# GS1 General Specifications 5.1.2, figure of symbology identifiers; ]d5 and ]Q4 are the same with an ECI.
_CARRIERS: Final = {
    **dict.fromkeys(("]C1", "]d2", "]d5", "]Q3", "]Q4", "]e0", "]J1"), "gs1"),
    **dict.fromkeys(("]C0", "]d1", "]d4", "]Q0", "]Q1", "]Q2"), "plain"),
    **dict.fromkeys(("]E0", "]E1", "]E2", "]E3", "]E4", "]I0", "]I1"), "product"),
}


class _Form(NamedTuple):
    """One form of text: what it looks like, which family of symbols carries it, and how it is read.

    The family `unmarked` counts only without an AIM identifier: people typed it, or a station is at fault.
    """

    pattern: re.Pattern[str]
    family: str
    read: Callable[[str], Code]


def parse(text: str) -> Code:
    """Return the code that `text` names, taking the text at its word: as if the station were sound.

    Raises:
        CodeFault: with the span in `text`.
    """
    body = text.strip(_PADDING)
    if not body:
        raise CodeFault("code-empty", "there is no text", span=(0, len(text)))
    at = len(text) - len(text.lstrip(_PADDING))
    carrier = ""
    if body.startswith("]"):
        carrier, body, at = _carrier(body, at), body[3:], at + 3
    try:
        return _parse_body(body, carrier)
    except CodeFault as fault:
        start, end = fault.span or (0, len(body))
        raise CodeFault(fault.code, fault.detail, span=(start + at, end + at)) from None


def _carrier(body: str, at: int) -> str:
    carrier = _CARRIERS.get(body[:3])
    if carrier is None:
        prefix = body[:3]
        detail = f"no code stands in a symbol {prefix!a}"
        raise CodeFault("code-unknown-form", detail, span=(at, at + len(prefix)))
    if carrier == "product":
        raise CodeFault("code-not-a-pack", "this symbol names a product", span=(at, at + len(body)))
    return carrier


def _parse_body(body: str, carrier: str) -> Code:
    forms = (form for form in _FORMS if not (carrier and form.family == "unmarked"))
    form = next((form for form in forms if form.pattern.match(body)), None)
    if form is None:
        raise unknown_form(body)
    if carrier and form.family != carrier:
        detail = f"this text does not belong in a {carrier} symbol"
        raise CodeFault("code-carrier", detail, span=(0, len(body)))
    if form.family == "gs1" and not carrier:
        _require_sure_case(body)
    return form.read(body)


def _require_sure_case(body: str) -> None:
    """Refuse small letters: Caps Lock makes them, and only an AIM identifier can show that they are meant."""
    small = re.search(r"[a-z]+", body)
    if small:
        detail = "small letters, and no AIM identifier to show that they are meant"
        raise CodeFault("scanner-case-inverted", detail, span=small.span())


def _national(body: str) -> Code:
    return Code(re.sub(r"[ -]", "", body))


def _uri(body: str) -> Code:
    return Code(key_of(body))


def _short(body: str) -> NoReturn:
    whole = (0, len(body))
    if len(body) in {8, 12, 13, 14} and check_digit_holds(body):
        raise CodeFault("code-not-a-pack", f"the GTIN-{len(body)} of a product, without a serial", span=whole)
    if body.startswith(("8", "00", "01")):
        raise CodeFault("scanner-truncated", f"{len(body)} digits, the beginning of a code", span=whole)
    raise CodeFault("code-unknown-form", f"{len(body)} digits are no code", span=whole)


def _long(body: str) -> NoReturn:
    raise CodeFault("code-unknown-form", "more follows a national code's 20 digits", span=(20, len(body)))


def _elements(body: str) -> Code:
    return code_of(plain_elements(body), delimited=False)


def _brackets(body: str) -> Code:
    return code_of(bracketed_elements(body), delimited=True)


def _link(body: str) -> Code:
    return code_of(link_elements(body), delimited=True)


_FORMS: Final = (
    _Form(re.compile(r"8[0-9]{19}\Z"), "plain", _national),
    # As people write it: groups of digits, one space or one hyphen between, 20 digits together.
    _Form(
        re.compile(r"(?=(?:[ -]?[0-9]){20}\Z)8[0-9]*(?:(?: [0-9]+)+|(?:-[0-9]+)+)\Z"), "unmarked", _national
    ),
    _Form(re.compile(r"(?:[0-9]{1,15}|8[0-9]{15,18})\Z"), "plain", _short),
    # An element string can begin so too (AI 8002), but then a national code and another scan are likelier.
    _Form(re.compile(r"8[0-9]{19}"), "unmarked", _long),
    _Form(re.compile(r"urn:"), "plain", _uri),
    _Form(re.compile(r"[A-Za-z]{1,8}://"), "plain", _link),
    _Form(re.compile(r"\([0-9]"), "gs1", _brackets),
    _Form(re.compile(rf"(?:{SEPARATOR.pattern})?[0-9]{{2}}"), "gs1", _elements),
)
