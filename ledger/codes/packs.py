"""From elements to the one code they name, or to the reason why they name none.

A GS1 parser alone cannot tell a lost separator: in `…10AB1221SN0001` the batch `AB1221SN0001` is a correct
reading. Knowledge of packs can: a pack has a serial, and a code with a date has a batch. Where one of these
is missing and could be hiding inside a value, the scan is refused rather than read as another pack.
"""

from __future__ import annotations

import calendar
import re
from typing import Final

from ledger.codes.check import check_digit_holds
from ledger.codes.code import Code, sgtin_key
from ledger.codes.elements import Element
from ledger.codes.identifiers import IDENTIFIERS, identifier_at
from ledger.errors import CodeFault

__all__ = ["code_of", "date_of"]

_DATES: Final = frozenset(("11", "13", "15", "16", "17"))
_DATED: Final = re.compile(r"(?=(1[13567][0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])))")
_SECOND_CODE: Final = re.compile(r"(?=01([0-9]{14})21.)")


def code_of(elements: list[Element], *, delimited: bool) -> Code:
    """Return the pack or case that these elements name.

    `delimited` says that the text itself marked where each value ends (brackets, a URL), so that no separator
    could be lost.

    Raises:
        CodeFault: `code-not-a-pack`, `code-check-digit`, `code-date`, `code-ambiguous`, `scanner-two-codes`,
            `scanner-separator-lost`.
    """
    by_ai = _by_identifier(elements)
    gtin, sscc, serial = by_ai.get("01"), by_ai.get("00"), by_ai.get("21")
    if gtin and sscc:
        # GS1 General Specifications 4.13: AI 00 and AI 01 never stand in one message.
        raise CodeFault("scanner-two-codes", "a pack and a logistic unit in one text", span=sscc.span)
    if sscc:
        _require_check_digit(sscc)
        return Code(f"00/{sscc.value}")
    if gtin is None:
        raise CodeFault("code-not-a-pack", "neither a GTIN (01) nor an SSCC (00)", span=_whole(elements))
    _require_check_digit(gtin)
    _require_single(elements, gtin)
    if not delimited:
        _require_separated(by_ai, elements)
    if serial is None:
        raise CodeFault("code-not-a-pack", "a GTIN without a serial names a product", span=_whole(elements))
    batch, expiry = by_ai.get("10"), by_ai.get("17")
    return Code(
        sgtin_key(gtin.value, serial.value),
        batch.value if batch else "",
        date_of(expiry) if expiry else 0,
    )


def date_of(element: Element) -> int:
    """Return a GS1 date YYMMDD as the number yyyymmdd; day 00 is the last of its month.

    Every year is of 2000 to 2099. GS1 General Specifications 7.12 slides the century with the clock, so that
    one printed date would mean two days at two times; medicines were serialised after 2000 and expire within
    a few years, so a fixed century is right until 2090 and a code reads the same for ever.

    Raises:
        CodeFault: `code-date` when there is no such day.
    """
    year, month, day = 2000 + int(element.value[:2]), int(element.value[2:4]), int(element.value[4:])
    last = calendar.monthrange(year, month)[1] if 1 <= month <= 12 else 0
    if day > last or not last:
        raise CodeFault("code-date", f"there is no day {element.value} (YYMMDD)", span=element.span)
    return year * 10_000 + month * 100 + (day or last)


def _by_identifier(elements: list[Element]) -> dict[str, Element]:
    by_ai: dict[str, Element] = {}
    for element in elements:
        if element.ai in by_ai:
            fault = "scanner-two-codes" if element.ai in {"00", "01", "21"} else "code-ambiguous"
            raise CodeFault(fault, f"AI {element.ai} stands twice", span=element.span)
        by_ai[element.ai] = element
    return by_ai


def _require_check_digit(element: Element) -> None:
    if not check_digit_holds(element.value):
        raise CodeFault("code-check-digit", f"AI {element.ai}: the check digit is wrong", span=element.span)


def _require_single(elements: list[Element], gtin: Element) -> None:
    """Refuse a value that holds another barcode's text: a whole pack code, or this product's own EAN-13."""
    for element in elements:
        inside = _SECOND_CODE.search(element.value)
        if inside and check_digit_holds(inside[1]):
            raise CodeFault("scanner-two-codes", f"AI {element.ai} holds another code", span=element.span)
        ean13 = gtin.value[1:]
        if element.ai in {"10", "21"} and element.value.endswith(ean13) and element.value != ean13:
            detail = f"AI {element.ai} ends in the product's EAN"
            raise CodeFault("scanner-two-codes", detail, span=element.span)


def _require_separated(by_ai: dict[str, Element], elements: list[Element]) -> None:
    """Refuse a value that may have swallowed an element which a pack's code has and this one lacks."""
    serial, batch = by_ai.get("21"), by_ai.get("10")
    if serial is None:
        swallowed = next((e for e in elements if "21" in e.value[1:-1] and not _is_predefined(e)), None)
    elif batch is None and "10" in serial.value[1:-1] and not _DATES.isdisjoint(by_ai):
        # A medicine's code that tells a date tells the batch too.
        swallowed = serial
    elif "17" not in by_ai:
        # A bare serial is common, so two digits raise no doubt; a whole date, well placed, does.
        swallowed = next((e for e in (serial, batch) if e and _holds_date(e.value)), None)
    else:
        swallowed = None
    if swallowed:
        raise CodeFault(
            "scanner-separator-lost",
            f"AI {swallowed.ai} may hold the element that is missing after it",
            span=swallowed.span,
        )


def _is_predefined(element: Element) -> bool:
    return IDENTIFIERS[element.ai].length > 0


def _holds_date(value: str) -> bool:
    """Say whether a date's element could begin inside `value` and end with it or before another element."""
    return any(
        found.start() > 0 and (found.end(1) == len(value) or identifier_at(value, found.end(1)) is not None)
        for found in _DATED.finditer(value)
    )


def _whole(elements: list[Element]) -> tuple[int, int]:
    return (0, elements[-1].span[1]) if elements else (0, 0)
