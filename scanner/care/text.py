"""From what a scanner typed to what the barcode holds: right, or refused with the true cause, never changed in silence.

Digits are safe: no layout makes another digit of a digit. Letters and marks are not, and a wrong one may well be
another pack's serial: a German scanner's Z is an American Y, and nothing looks wrong. So without a calibration they
count only behind a canary: an AIM identifier or the head of an address, whose marks no other layout would let through.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ledger.errors import CodeFault
from scanner.care.calibration import Calibration
from scanner.care.strokes import GS, End, Stroke, characters, is_mixed, places

__all__ = ["text_from_line", "text_from_strokes"]

_NATIONAL: Final = re.compile(r"8[0-9]{19}")
_DIGITS: Final = re.compile(r"[0-9\x1d]*")
_CANARY: Final = re.compile(r"\][A-Za-z][0-9]|[a-z]{1,8}://")
_BY_NUMBER: Final = re.compile(r"<Alt([0-9]{1,4})>")
_SWALLOWED: Final = frozenset({"<Process>", "<Unidentified>"})


def text_from_strokes(strokes: Sequence[Stroke], calibration: Calibration | None, end: End = "key") -> str:
    """Return the text that a scanner typed into a page.

    1. the rest of a scan is none; and twenty digits are a national code, however they are read
    2. what no key ended may be cut off, unless the scanner was calibrated and sends none;
       Caps Lock turns capitals into small letters; some scanners see it and turn them back, others do not
    3. a calibrated scanner is read as it was calibrated
    4. else places and characters must agree, and a canary must have come through alive

    Args:
        strokes: the keys, in order.
        calibration: of this scanner, if it has one.
        end: how the page knew that the scan was over.

    Raises:
        CodeFault: `scanner-end-lost`, `scanner-caps-lock`, `scanner-input-method`, `scanner-layout`,
            `scanner-keys-lost`, `scanner-uncalibrated`.
    """
    # 1.
    if end == "torn":
        raise CodeFault("scanner-end-lost", "the rest of a scan that came in pieces")
    by_place, by_character = places(strokes), characters(strokes)
    for typed in (by_place, by_character):
        if len(typed) == 20 and _NATIONAL.fullmatch("".join(typed)):
            return "".join(typed)
    # 2.
    if end == "silence" and (calibration is None or calibration.ends):
        raise CodeFault("scanner-end-lost", "no Enter or Tab after it")
    if any(stroke.caps for stroke in strokes):
        raise CodeFault("scanner-caps-lock", "Caps Lock is on")
    # 3.
    if calibration is not None:
        return _translated(by_place if calibration.reads == "places" else by_character, calibration)
    # 4.
    if _SWALLOWED & set(by_character):
        raise CodeFault("scanner-input-method", "an input method takes the keys")
    if by_place != by_character:
        raise CodeFault("scanner-layout", "the keys' places and their characters differ")
    if is_mixed(strokes):
        raise CodeFault("scanner-uncalibrated", "its layout has no key for some characters")
    return _with_canary(_whole(by_place))


def text_from_line(line: str, calibration: Calibration | None) -> str:
    """Return the text that a scanner typed into a terminal.

    Raises:
        CodeFault: `scanner-keys-lost`, `scanner-uncalibrated`.
    """
    if _NATIONAL.fullmatch(line):
        return line
    if calibration is None or calibration.reads != "characters":
        return _with_canary(line)
    return _translated(list(line), calibration)


def _with_canary(text: str) -> str:
    if not (_DIGITS.fullmatch(text) or _CANARY.match(text)):
        raise CodeFault("scanner-uncalibrated", "letters, and no AIM identifier before them")
    return text


def _translated(typed: list[str], calibration: Calibration) -> str:
    token = list(calibration.separator)
    text: list[str] = []
    at = 0
    while at < len(typed):
        if token and typed[at : at + len(token)] == token:
            text.append(GS)
            at += len(token)
        else:
            text.append(calibration.swaps.get(typed[at], typed[at]))
            at += 1
    return _whole(text)


def _whole(typed: list[str]) -> str:
    text = [chr(int(found[1])) if (found := _BY_NUMBER.fullmatch(each)) else each for each in typed]
    lost = next((each for each in text if len(each) > 1), None)
    if lost is not None:
        raise CodeFault("scanner-keys-lost", f"{lost} types no character here")
    return "".join(text)
