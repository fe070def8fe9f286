"""A scanner's calibration: how what it types is turned back into what the barcode holds.

    1. the symbol of `CALIBRATION` is scanned; its content is known
    2. what arrived is laid beside it: places first, since no layout and no Caps Lock changes them, then characters
    3. what stands for each character becomes a map, what stands for the separator a token
    4. what cannot be told apart is refused, with its cause: a map that guesses would change codes in silence
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec
import zxingcpp

from ledger.errors import CodeFault, FormatError
from scanner.care.strokes import GS, Stroke, characters, places
from scanner.home import write_private

__all__ = ["CALIBRATION", "Calibration", "calibrate", "calibration_svg", "load_calibration", "save_calibration"]

_DIGITS: Final = "0123456789"
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# The rest of GS1's character set 82, and what AIM identifiers and addresses need besides.
_MARKS: Final = "!\"%&'()*+,-./:;<=>?_][#@"
CALIBRATION: Final = f"{_DIGITS}{GS}{_LETTERS}{GS}{_MARKS}{GS}{_DIGITS}"
_SEPARATORS: Final = CALIBRATION.count(GS)
_MEANT: Final = CALIBRATION.replace(GS, "")
_TOKEN_MAX: Final = 6  # strokes that may stand for one separator: `{GS}` and the like


class Calibration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one scanner types at one computer.

    Attributes:
        reads: by the keys' places, or by their characters.
        separator: what arrives for GS; () when nothing does: then only codes that need none are read.
        swaps: what arrives for another character, arrived -> meant.
        ends: Enter or Tab comes after each scan; one without is cut off.
    """

    reads: Literal["places", "characters"]
    separator: tuple[str, ...]
    swaps: dict[str, str]
    ends: bool = True


def calibrate(arrived: Sequence[Stroke] | str) -> Calibration:
    """Return the calibration that a scan of the calibration symbol shows.

    Args:
        arrived: keystrokes from a browser, or the text that a terminal got.

    Raises:
        CodeFault: `scanner-caps-lock`, `scanner-input-method`, `scanner-keys-lost`, `scanner-calibration-other`.
    """
    if isinstance(arrived, str):
        found = _laid_beside(list(arrived), "characters")
        if all(found.swaps.get(letter) == letter.swapcase() for letter in _LETTERS):
            raise CodeFault("scanner-caps-lock", "while calibrating")  # a terminal shows no key, but this is enough
        return found
    if any(stroke.caps for stroke in arrived):
        raise CodeFault("scanner-caps-lock", "while calibrating")
    # Caps Lock is off: a scanner that turns capitals and small letters round all the same is set so, and stays so.
    try:
        return _laid_beside(places(arrived), "places")
    except CodeFault as by_places:
        try:
            return _laid_beside(characters(arrived), "characters")
        except CodeFault as fault:
            raise (by_places if fault.code == "scanner-calibration-other" else fault) from None


def _laid_beside(typed: list[str], reads: Literal["places", "characters"]) -> Calibration:
    if "<Process>" in typed:
        raise CodeFault("scanner-input-method", "an input method takes the keys")
    separator, rest = _separator_of(typed)
    if rest is None:
        swallowed = sum(each == "<Dead>" for each in typed)
        if swallowed or abs(len(typed) - len(CALIBRATION)) <= _TOKEN_MAX * _SEPARATORS:
            raise CodeFault("scanner-keys-lost", f"{len(typed)} arrived of {len(_MEANT)} and {_SEPARATORS} separators")
        raise CodeFault("scanner-calibration-other", f"{len(typed)} characters, not {len(CALIBRATION)}")
    meant_by: dict[str, str] = {}
    for meant, each in zip(_MEANT, rest, strict=True):
        if meant_by.setdefault(each, meant) != meant or each == "<Dead>":
            raise CodeFault("scanner-keys-lost", f"{each!a} stands for more than one character")
    if set(separator) & set(rest) and len(separator) == 1:
        raise CodeFault("scanner-keys-lost", "the separator cannot be told from a character")
    swaps = {each: meant for each, meant in meant_by.items() if each != meant}
    return Calibration(reads=reads, separator=tuple(separator), swaps=swaps)


def _separator_of(typed: list[str]) -> tuple[list[str], list[str] | None]:
    """Return what stands for the separator, and the rest; None for the rest when the lengths do not fit."""
    over = len(typed) - len(_MEANT)
    if over < 0 or over % _SEPARATORS or over // _SEPARATORS > _TOKEN_MAX:
        return [], None
    width = over // _SEPARATORS
    parts = CALIBRATION.split(GS)
    token = typed[len(parts[0]) : len(parts[0]) + width]
    rest: list[str] = []
    at = 0
    for number, part in enumerate(parts):
        if number:
            if typed[at : at + width] != token:
                return [], None
            at += width
        rest += typed[at : at + len(part)]
        at += len(part)
    return token, rest


def calibration_svg() -> bytes:
    """Return the symbol to scan: a Data Matrix, which every scanner for medicine reads."""
    barcode = zxingcpp.create_barcode(CALIBRATION, zxingcpp.BarcodeFormat.DataMatrix, force_square=True)
    return str(barcode.to_svg(scale=6, add_quiet_zones=True)).encode()


def load_calibration(path: Path) -> Calibration | None:
    """Return the calibration in a file, or None when there is none.

    Raises:
        FormatError: `calibration-malformed`.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Calibration)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError:
        raise FormatError("calibration-malformed", str(path)) from None


def save_calibration(path: Path, calibration: Calibration) -> None:
    """Keep a calibration; on disk when this returns."""
    write_private(path, msgspec.json.encode(calibration))
