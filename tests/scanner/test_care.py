"""Scanners that type on ten layouts: what they deliver is read right, or refused with the true cause."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ledger.codes import is_scanner_fault, read
from ledger.errors import CodeFault, FormatError
from scanner.care.calibration import (
    CALIBRATION,
    Calibration,
    calibrate,
    calibration_svg,
    load_calibration,
    save_calibration,
)
from scanner.care.strokes import GS, Stroke, characters, places
from scanner.care.text import text_from_line, text_from_strokes
from tests.scanner.keyboards import LAYOUTS, SEPARATORS, typed

NATIONAL = "87709840000000015538"
AIM = f"]d2010952123454321317281231" f"10AyZ_12{GS}" "21Sn-0/Qw"
PLAIN = AIM[3:]
PAIRS = [(scanner, host) for scanner in LAYOUTS for host in ("us", scanner)] + [("us", host) for host in LAYOUTS]


def verdict(strokes: list[Stroke], calibration: Calibration | None = None) -> str:
    """Return the key that is read, or the fault."""
    try:
        return read(text_from_strokes(strokes, calibration)).key
    except CodeFault as fault:
        return fault.code


def calibrated(scanner: str, host: str, separator: str) -> Calibration | None:
    """Return the calibration of such a scanner there, or None when it is refused for keys that are lost."""
    try:
        return calibrate(typed(CALIBRATION, scanner, host, separator=separator))
    except CodeFault as fault:
        if fault.code != "scanner-keys-lost":
            raise
        return None


@pytest.mark.parametrize("caps", [False, True], ids=["", "caps"])
@pytest.mark.parametrize("host", LAYOUTS)
@pytest.mark.parametrize("scanner", LAYOUTS)
def test_a_national_code_is_read_on_every_keyboard(scanner: str, host: str, caps: bool) -> None:
    """Digits are safe: it is read right, or not at all; with an American scanner, or equal layouts, it is read."""
    found = verdict(typed(NATIONAL, scanner, host, caps=caps))
    assert found == NATIONAL or is_scanner_fault(found), found
    if scanner == "us" or (scanner == host and not caps):
        assert found == NATIONAL


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("caps", [False, True], ids=["", "caps"])
@pytest.mark.parametrize(("scanner", "host"), sorted(set(PAIRS)))
@pytest.mark.parametrize("text", [AIM, PLAIN], ids=["aim", "plain"])
def test_letters_are_read_right_or_refused_with_the_cause(
    text: str, scanner: str, host: str, caps: bool, separator: str
) -> None:
    """Without a calibration and with one: never another pack, and never a fault that blames the pack."""
    strokes = typed(text, scanner, host, caps=caps, separator=separator)
    right = read(AIM).key
    found = verdict(strokes)
    assert found == right or is_scanner_fault(found), found
    if caps:
        assert found == "scanner-caps-lock"
    elif text == PLAIN:
        assert found in ("scanner-layout", "scanner-uncalibrated", "scanner-keys-lost")
    elif (scanner, host) == ("us", "us"):
        faults = {"lost": "scanner-separator-lost", "f8": "scanner-keys-lost"}
        assert found == faults.get(separator, right)
    calibration = calibrated(scanner, host, separator)
    if calibration is None:
        assert (scanner, host) != ("us", "us")
        return
    found = verdict(strokes, calibration)
    if caps:
        assert found == "scanner-caps-lock"
    elif text == PLAIN:
        assert found == "scanner-case-inverted"  # small letters, and only an AIM identifier shows that they are meant
    else:
        assert found == ("scanner-separator-lost" if separator == "lost" else right)


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("host", LAYOUTS)
def test_an_american_scanner_can_always_be_calibrated(host: str, separator: str) -> None:
    """Whatever the computer's layout, dead keys and all: the keys' places tell everything."""
    calibration = calibrate(typed(CALIBRATION, "us", host, separator=separator))
    assert (calibration.reads, calibration.swaps) == ("places", {})
    assert bool(calibration.separator) is (separator != "lost")
    assert verdict(typed(AIM, "us", host, separator=separator), calibration) == (
        "scanner-separator-lost" if separator == "lost" else read(AIM).key
    )


def test_most_scanners_can_be_calibrated() -> None:
    """A layout is refused only where two characters can truly not be told apart."""
    pairs = sorted(set(PAIRS))
    refused = [pair for pair in pairs if calibrated(*pair, "ctrl") is None]
    assert len(refused) <= len(pairs) // 4, refused


def test_a_german_scanner_at_an_american_computer() -> None:
    """The silent one: Z becomes Y, and nothing looks wrong. Refused until it is calibrated, then right."""
    text = "(01)09521234543213(21)"
    serial = "ZY1"
    strokes = typed(f"0109521234543213" f"21{serial}", "german", "us")
    assert "".join(characters(strokes)).endswith("YZ1")
    assert verdict(strokes) == "scanner-uncalibrated"
    calibration = calibrate(typed(CALIBRATION, "german", "us"))
    assert verdict(strokes, calibration) == read(text + serial).key


def test_caps_lock_and_input_methods_are_named() -> None:
    """Seen in the keys themselves, while calibrating and while scanning."""
    with pytest.raises(CodeFault, match="scanner-caps-lock"):
        calibrate(typed(CALIBRATION, "us", "us", caps=True))
    with pytest.raises(CodeFault, match="scanner-caps-lock"):
        calibrate(CALIBRATION.swapcase())  # a terminal shows no key, but what it shows is enough
    method = [msgspec.structs.replace(each, key="Process") for each in typed(AIM, "us", "us")]
    assert verdict(method) == "scanner-input-method"
    assert verdict(method, calibrate(typed(CALIBRATION, "us", "us"))) == read(AIM).key
    national = [msgspec.structs.replace(each, key="Process") for each in typed(NATIONAL, "us", "us")]
    assert verdict(national) == NATIONAL


def test_a_scanner_that_is_set_to_turn_capitals_round_is_learnt() -> None:
    """With Caps Lock off it does so each time; once Caps Lock is on, that is said."""
    calibration = calibrate(typed(CALIBRATION.swapcase(), "us", "us"))
    text = "(01)09521234543213(21)SN0001AB"
    assert verdict(typed(text.swapcase(), "us", "us"), calibration) == read(text).key
    assert verdict(typed(text.swapcase(), "us", "us", caps=True), calibration) == "scanner-caps-lock"


def test_full_width_and_double_scans_are_scanner_faults() -> None:
    """As the codes' own reader finds them."""
    wide = [Stroke("", chr(ord(each) + 0xFEE0)) for each in NATIONAL]
    assert is_scanner_fault(verdict(wide))
    assert verdict(typed(AIM + AIM, "us", "us"), calibrate(typed(CALIBRATION, "us", "us"))) == "scanner-two-codes"


@pytest.mark.parametrize("arrived", ["", "x", NATIONAL, CALIBRATION[:50], CALIBRATION + CALIBRATION, CALIBRATION[1:]])
def test_what_is_no_calibration_is_refused(arrived: str) -> None:
    """Another symbol, half of it, twice."""
    with pytest.raises(CodeFault, match=r"scanner-(calibration-other|keys-lost)"):
        calibrate(arrived)


def test_a_terminal_is_calibrated_by_its_text() -> None:
    """A German computer shows an American scanner's Z as Y; after calibrating, both are what was printed."""
    arrived = "".join(characters(typed(CALIBRATION, "us", "uk", separator="ctrl")))
    calibration = calibrate(arrived)
    assert read(text_from_line("".join(characters(typed(AIM, "us", "uk"))), calibration)).key == read(AIM).key
    with pytest.raises(CodeFault, match="scanner-uncalibrated"):
        text_from_line(PLAIN, None)
    assert text_from_line(NATIONAL, None) == NATIONAL


def test_a_calibration_is_kept(tmp_path: Path) -> None:
    """It reads back the same; a damaged file is told."""
    path = tmp_path / "scanner.json"
    assert load_calibration(path) is None
    calibration = calibrate(typed(CALIBRATION, "german", "us", separator="f8"))
    save_calibration(path, calibration)
    assert load_calibration(path) == calibration
    path.write_text("{}")
    with pytest.raises(FormatError, match="calibration-malformed"):
        load_calibration(path)


def test_alt_and_the_number_pad_type_characters() -> None:
    """Whatever the layout; a number that is no character is told."""
    strokes = [Stroke(f"Numpad{digit}", digit, alt=True) for digit in "029"]
    assert places(strokes) == characters(strokes) == [GS]
    assert places([Stroke(f"Numpad{digit}", digit, alt=True) for digit in "99999"]) == ["<Alt99999>"]
    assert verdict([Stroke(f"Numpad{digit}", digit, alt=True) for digit in "99999"]) == "scanner-keys-lost"


def test_the_symbol_is_an_svg() -> None:
    """For the page and for printing."""
    assert b"<svg" in calibration_svg()
