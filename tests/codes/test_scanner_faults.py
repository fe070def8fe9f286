"""What broken stations send, at random: refused, or read as the same pack; never read as another."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.codes import Code, bracketed, element_string, lookalikes, read
from ledger.errors import CodeFault
from tests.codes.scans import (
    KEYBOARDS,
    ONE_OF_EACH,
    bracketed_scans,
    closed,
    codes,
    element_scans,
    full_width,
    gtins,
    links,
    marked,
    must_not_read_as_another,
    must_refuse,
    nationals,
    reads,
    sound_scans,
    ssccs,
    typed,
)

PIECES = (
    "01", "00", "21", "10", "17", "09521234543213", "261231", "SN0001", "ab", "\x1d", "<GS>", "(01)", "(21)",
    "]d2", "]C0", "]", "https://", "example.com", "/", "?", "&", "=", "%2F", "%", "#", "urn:nmpa:dtc:",
    "\r\n", " ", "87709840000000015538", "０", "٣", "é", "+", "-", "\U0001f48a", "\ud800",
)  # fmt: skip


@given(st.text() | st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Any text is a code or a fault with a place, and nothing else."""
    try:
        code = read(text)
    except CodeFault:
        must_refuse(text)
    else:
        assert read(code.uri).key == code.key


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    """Any bytes are a code or a fault."""
    if not reads(data):
        must_refuse(data)


@given(codes)
def test_what_is_printed_reads_back(code: Code) -> None:
    """A symbol, the text beside it, and the canonical URI give the code back, batch and expiry too."""
    assert read(code.uri) == Code(code.key)
    for write, unprintable in ((element_string, "<GS>"), (bracketed, "[()]")):
        if re.search(unprintable, f"{code.serial} {code.batch}"):
            continue
        text = ("]C0" if code.scheme == "national" else "]d2") + write(code)
        if reads(text):
            assert read(text) == code
        else:  # a sound code that looks like a broken scan
            must_refuse(text, "scanner-separator-lost")


@given(gtins | ssccs, st.data())
def test_one_wrong_digit_is_always_noticed(number: str, data: st.DataObject) -> None:
    """A GTIN or SSCC with any one digit altered is refused in every form."""
    at = data.draw(st.integers(0, len(number) - 1))
    digit = data.draw(st.sampled_from("0123456789"))
    assume(digit != number[at])
    wrong = number[:at] + digit + number[at + 1 :]
    texts = (
        (f"01{wrong}21A", f"(01){wrong}(21)A", f"https://a.example/01/{wrong}/21/A")
        if len(number) == 14
        else (f"00{wrong}", f"(00){wrong}", f"https://a.example/00/{wrong}")
    )
    for text in texts:
        must_refuse(text, "code-check-digit")


@given(sound_scans)
def test_caps_lock_never_makes_another_pack(scan: str) -> None:
    """Capitals and small letters swapped: a fault, or the same code where there are no letters."""
    must_not_read_as_another(scan.swapcase(), read(scan))


@given(sound_scans)
def test_full_width_is_always_told(scan: str) -> None:
    """Digits and letters from a Chinese input method are refused by name."""
    must_refuse(full_width(scan), "scanner-full-width")


@pytest.mark.parametrize("layout", KEYBOARDS)
@given(nationals | bracketed_scans | links | element_scans().map(marked))
def test_a_foreign_keyboard_never_makes_another_pack(layout: str, scan: str) -> None:
    """With an AIM identifier, brackets, an address, or digits only, the layout shows; it is named rightly."""
    assume(reads(scan))
    code, shown = read(scan), typed(layout, scan)
    must_not_read_as_another(shown, code)
    fault = None if reads(shown) else must_refuse(shown)
    if fault and fault.code == "scanner-layout":
        assert fault.detail == f"{layout}; sound, it would read {code.key}"


@pytest.mark.parametrize("layout", KEYBOARDS)
@given(element_scans())
def test_a_foreign_keyboard_without_traces_is_found_by_lookalikes(layout: str, scan: str) -> None:
    """A bare element string may hide Y for Z; then the true code is among the look-alikes."""
    assume(reads(scan))
    code = read(scan)
    try:
        reading = read(typed(layout, scan))
    except CodeFault:
        return
    assert reading.key == code.key or ("scanner-layout", code.key) in lookalikes(reading.key)


@given(element_scans(), st.booleans())
def test_lost_separators_never_make_another_pack(scan: str, is_marked: bool) -> None:
    """Without separators, in any order of elements: a fault, or the same code."""
    scan = marked(scan) if is_marked else scan
    assume(reads(scan))
    must_not_read_as_another(scan.replace("\x1d", ""), read(scan))


@given(sound_scans, st.sampled_from(["", "\r\n", "\n", "\t", " "]), sound_scans)
def test_two_scans_in_one_never_make_a_third_pack(first: str, between: str, second: str) -> None:
    """Two scans that arrive as one text are a fault, or name the first, never something in between."""
    must_not_read_as_another(first + between + second, read(first))


@pytest.mark.parametrize("first", ONE_OF_EACH)
@pytest.mark.parametrize("second", ONE_OF_EACH)
def test_two_whole_codes_are_named(first: str, second: str) -> None:
    """Each pair of forms, joined, is refused as two codes."""
    must_refuse(first + second, "scanner-two-codes")


@given(sound_scans, st.data())
def test_a_scan_cut_short_is_never_another_product(scan: str, data: st.DataObject) -> None:
    """A cut inside the last value leaves no trace, but the product stays, and fixed lengths are tested."""
    code = read(scan)
    cut = scan[: data.draw(st.integers(0, len(scan) - 1))]
    try:
        reading = read(cut)
    except CodeFault:
        return
    assert reading.product == code.product
    assert code.scheme == "sgtin"
    assert code.serial.startswith(reading.serial)


def test_the_mangles_mangle() -> None:
    """The mangling above alters texts: else these tests could not fail."""
    scan = "]d201" + closed("0952123454321") + "21SNYA1\x1d10AB"
    assert len({scan, scan.swapcase(), full_width(scan), *(typed(layout, scan) for layout in KEYBOARDS)}) == 7
