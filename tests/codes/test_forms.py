"""Each form in which a code is delivered, read; and each look-alike of it, refused by name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ledger.codes import Code, bracketed, element_string, is_scanner_fault, lookalikes, read
from ledger.errors import CodeFault
from tests.codes.scans import closed, must_refuse, raised_by_codes

GTIN = "09521234543213"
PACK = f"01/{GTIN}/21/SN0001"
FULL = Code(PACK, "AB12", 20261231)
NATIONAL = "87709840000000015538"
SSCC = closed("09521234543210001")


@pytest.mark.parametrize("text", [
    NATIONAL,
    f"{NATIONAL}\r\n",
    f"\t {NATIONAL} ",
    f"]C0{NATIONAL}",
    f"]d1{NATIONAL}",
    f"]Q1{NATIONAL}\r",
    "8770984 000000001 5538",
    "8770-9840-0000-0001-5538",
    f"urn:nmpa:dtc:{NATIONAL}",
    NATIONAL.encode(),
])  # fmt: skip
def test_a_national_code_is_read_in_each_form(text: str | bytes) -> None:
    """Twenty digits, with what stations and people put around and between them."""
    assert read(text) == Code(NATIONAL)


@pytest.mark.parametrize("text", [
    f"01{GTIN}1726123110AB12\x1d21SN0001",
    f"\x1d01{GTIN}1726123110AB12\x1d21SN0001\x1d",
    f"]C101{GTIN}21SN0001\x1d1726120010AB12",
    f"]d201{GTIN}10AB12<GS>1726123121SN0001",
    f"]Q317261231\x1d10AB12{{GS}}01{GTIN}21SN0001",
    f"01{GTIN}21SN0001^]10AB12^]17261231",
    f"01{GTIN}21SN0001\u241d10AB12\u241d17261231",
    f"(01){GTIN}(17)261231(10)AB12(21)SN0001",
    " (01) 9 521234 543213 (17) 26 12 00 (10) AB12 (21) SN 0001",
    f"https://example.com/01/{GTIN}/10/AB12/21/SN0001?17=261231",
    "]Q1http://x.example:8080/a/b/01/9521234543213/21/SN0001?linkType=all&10=AB12&17=261200#top",
    f"https://id.gs1.org/01/{GTIN}/21/%53N0001?17=261231&10=AB%312",
])  # fmt: skip
def test_a_gs1_code_is_read_in_each_form(text: str) -> None:
    """Element strings with any sign for FNC1, the bracketed form, and web addresses name the same pack."""
    assert read(text) == FULL


@pytest.mark.parametrize("text", [f"00{SSCC}", f"]C100{SSCC}", f"(00) {SSCC}", f"https://id.gs1.org/00/{SSCC}"])
def test_a_case_is_read_in_each_form(text: str) -> None:
    """A logistic unit's SSCC has no product, and is its own serial."""
    code = read(text)
    assert (code.key, code.scheme, code.product, code.serial) == (f"00/{SSCC}", "sscc", "", SSCC)


def test_the_parts_of_a_code_are_told() -> None:
    """Scheme, product and serial follow from the key."""
    national, sgtin = Code(NATIONAL), Code(f"01/{GTIN}/21/A%2FB%25")
    assert (national.scheme, national.product, national.serial) == ("national", "8770984", "000000001")
    assert (sgtin.scheme, sgtin.product, sgtin.serial) == ("sgtin", GTIN, "A/B%")
    assert sgtin.uri == f"https://id.gs1.org/01/{GTIN}/21/A%2FB%25"


def test_serials_keep_their_case() -> None:
    """Two serials that differ in case are two packs, where the text shows which is meant."""
    assert read(f"]d201{GTIN}21aB").key != read(f"]d201{GTIN}21Ab").key


def test_day_00_is_the_end_of_the_month() -> None:
    """An expiry without a day holds to the month's end, in leap years too; the century is always 20."""
    expected = {"280200": 20280229, "270200": 20270228, "261100": 20261130}
    expected |= {"991231": 20991231, "000101": 20000101}
    assert {date: read(f"01{GTIN}21S\x1d17{date}").expiry for date in expected} == expected


@pytest.mark.parametrize(("text", "fault"), [
    ("", "code-empty"),
    (" \r\n", "code-empty"),
    (b"", "code-empty"),
    ("8" * 1025, "code-too-long"),
    (b"8" * 5000, "code-too-long"),
    (b"\xff" * 5000, "code-too-long"),
    (b"\xff\xff", "code-characters"),
    ("药品".encode("gb18030"), "code-characters"),
    ("٨٧٧٠٩٨٤٠٠٠٠٠٠٠٠١٥٥٣٨", "code-characters"),
    ("8770984000000001553٨", "code-characters"),
    ("hello", "code-unknown-form"),
    ("77709840000000015538", "code-unknown-form"),
    (f"{NATIONAL}1", "code-unknown-form"),
    (f"8002{'0' * 16}10A\x1d01{GTIN}21SN0001", "code-unknown-form"),
    ("8770 9840-0000 0001 5538", "code-unknown-form"),
    ("8770  9840 0000 0001 5538", "code-unknown-form"),
    ("877_0984_0000_0001_5538", "code-unknown-form"),
    ("]X987709840000000015538", "code-unknown-form"),
    ("https://example.com/", "code-unknown-form"),
    (f"https://example.com/01/{GTIN}/21/SN0001/", "code-unknown-form"),
    (f"https://user@example.com/01/{GTIN}/21/SN0001", "code-unknown-form"),
    (f"https://example.com/00/{SSCC}/21/SN0001", "code-unknown-form"),
    ("6901234567892", "code-not-a-pack"),
    ("]E06901234567892", "code-not-a-pack"),
    (GTIN, "code-not-a-pack"),
    (f"01{GTIN}", "code-not-a-pack"),
    (f"(01){GTIN}(10)AB12", "code-not-a-pack"),
    (f"02{GTIN}3710", "code-not-a-pack"),
    (f"https://example.com/01/{GTIN}", "code-not-a-pack"),
    ("010952123454321421SN0001", "code-check-digit"),
    (f"00{SSCC[:-1]}{(int(SSCC[-1]) + 1) % 10}", "code-check-digit"),
    (f"01{GTIN}17261331" + "21SN0001", "code-date"),
    (f"(01){GTIN}(21)SN0001(17)270229", "code-date"),
    (f"01{GTIN}8999X", "code-unknown-element"),
    (f"(01){GTIN}(021)SN0001", "code-unknown-element"),
    (f"(01){GTIN}(21){'A' * 21}", "code-element"),
    (f"(01){GTIN}(21)A#B", "code-element"),
    (f"https://example.com/01/{GTIN}/21/A%4", "code-element"),
    (f"https://example.com/01/{GTIN}/21/%C3%A9", "code-characters"),
    (f"(01){GTIN}(21)SN٠", "code-characters"),
    (f"]d2{NATIONAL}", "code-carrier"),
    (f"]d101{GTIN}21SN0001", "code-carrier"),
    (f"]d2https://example.com/01/{GTIN}/21/SN0001", "code-carrier"),
    (f"01{GTIN}10A\x1d10B\x1d21SN0001", "code-ambiguous"),
    (f"urn:nmpa:dtc:{NATIONAL[:-1]}", "code-uri"),
])  # fmt: skip
def test_what_is_no_code_is_refused_by_name(text: str | bytes, fault: str) -> None:
    """The pack or its label is the reason: no scanner setting would help."""
    assert not is_scanner_fault(must_refuse(text, fault).code)


@pytest.mark.parametrize(("text", "fault"), [
    (f"01{GTIN}1726123110AB1221SN0001", "scanner-separator-lost"),
    (f"]d201{GTIN}21SN000117261231", "scanner-separator-lost"),
    (f"01{GTIN}1726123121SN000110AB12", "scanner-separator-lost"),
    (f"01{GTIN}21SN000110AB1217261231", "scanner-separator-lost"),
    (f"01{GTIN}10AB12 21SN0001", "scanner-separator-lost"),
    (f"01{GTIN}1126010121SN000110AB12", "scanner-separator-lost"),
    (f"01{GTIN}21SN0001\x1d10AB1217261231", "scanner-separator-lost"),
    (f"01{GTIN}21{'A' * 21}", "scanner-separator-lost"),
    (f"01{GTIN}1726123110ab12\x1d21sn0001", "scanner-case-inverted"),
    (f"]D201{GTIN}21sn0001", "scanner-case-inverted"),
    (f"]c0{NATIONAL}", "scanner-case-inverted"),
    (f"URN:NMPA:DTC:{NATIONAL}", "scanner-case-inverted"),
    (f"HTTPS://EXAMPLE.COM/01/{GTIN}/21/SN0001", "scanner-case-inverted"),
    (f"+d201{GTIN}21SNY001", "scanner-layout"),
    (f")01={GTIN})21=SNY001", "scanner-layout"),
    (f"httpsÖ--example.com-01-{GTIN}-21-SN0001", "scanner-layout"),
    ("_èèàç_'àààààààà&((\"_", "scanner-layout"),
    (f"{NATIONAL}{NATIONAL}", "scanner-two-codes"),
    (f"{NATIONAL}\r\n{NATIONAL}", "scanner-two-codes"),
    (f"{NATIONAL}\x1d01{GTIN}21SN0001", "scanner-two-codes"),
    (f"8002{'0' * 16}01{GTIN}21SN0001", "scanner-two-codes"),
    (f"01{GTIN}21SN000101{GTIN}21SN0002", "scanner-two-codes"),
    (f"01{GTIN}21A01{GTIN}21B", "scanner-two-codes"),
    (f"01{GTIN}21SN01{GTIN[1:]}", "scanner-two-codes"),
    (f"01{GTIN}21SN0001\x1d00{SSCC}", "scanner-two-codes"),
    (f"https://a.example/01/{GTIN}/21/Ahttps://a.example/01/{GTIN}/21/B", "scanner-two-codes"),
    ("８７７０９８４００００００００１５５３８", "scanner-full-width"),
    ("8770984000000001553８", "scanner-full-width"),
    ("８７７０".encode(), "scanner-full-width"),
    ("８７７０".encode("gb18030"), "scanner-full-width"),
    (NATIONAL[:-1], "scanner-truncated"),
    (f"01{GTIN[:-2]}", "scanner-truncated"),
    (f"01{GTIN}21", "scanner-truncated"),
    (f"01{GTIN}172612", "scanner-truncated"),
    (f"01{GTIN}2", "scanner-truncated"),
])  # fmt: skip
def test_a_station_at_fault_is_told_apart(text: str | bytes, fault: str) -> None:
    """The station is the reason: the same pack reads elsewhere."""
    assert is_scanner_fault(must_refuse(text, fault).code)


@pytest.mark.parametrize(("text", "place"), [
    (f" 01{GTIN[:-1]}421SN0001", GTIN[:-1] + "4"),
    (f"01{GTIN}17261331" + "21SN0001", "261331"),
    (f"https://example.com/01/{GTIN}/21/SN0001?17=261331", "261331"),
    (f" {NATIONAL}٨", "٨"),
    (f"{NATIONAL}01{GTIN}21SN0001", f"01{GTIN}21SN0001"),
])  # fmt: skip
def test_a_fault_shows_its_place(text: str, place: str) -> None:
    """The span is in characters of the text as it came, whatever stood before the code."""
    span = must_refuse(text).span
    assert span is not None
    assert text[slice(*span)] == place


def test_what_only_resembles_a_fault_is_read() -> None:
    """A serial that begins with a date has swallowed nothing; a GS1 symbol may begin with AI 8018."""
    assert read(f"01{GTIN}2117261231").serial == "17261231"
    assert read(f"]d28018{SSCC}\x1d01{GTIN}21SN0001").key == PACK


def test_two_possible_readings_suggest_none() -> None:
    """A reading is offered only where there is no other; small letters may be meant."""
    assert "SNZ001" in must_refuse(f"+d201{GTIN}21SNY001").detail
    assert "01/" not in must_refuse(f"01{GTIN}21sn0001").detail


def test_an_unknown_pack_has_lookalikes() -> None:
    """What leaves no trace in the text is found from the other side: the codes that the barcode may hold."""
    assert (("scanner-layout", f"01/{GTIN}/21/SNZ1")) in lookalikes(f"01/{GTIN}/21/SNY1")
    assert (("scanner-case-inverted", f"01/{GTIN}/21/sn")) in lookalikes(f"01/{GTIN}/21/SN")
    assert (("scanner-separator-lost", f"01/{GTIN}/21/SN")) in lookalikes(f"01/{GTIN}/21/SN10AB12")
    assert lookalikes(NATIONAL) == lookalikes(f"00/{SSCC}") == ()


def test_an_order_that_hides_no_fault_is_printed() -> None:
    """Labels put the serial last, so that a station without separators is found out at its first scan."""
    text = element_string(FULL)
    assert text == f"01{GTIN}1726123110AB12\x1d21SN0001"
    must_refuse(text.replace("\x1d", ""), "scanner-separator-lost")


def test_each_fault_has_its_words() -> None:
    """The reader names no fault that the cases above do not try."""
    tried = {
        fault
        for test in (test_what_is_no_code_is_refused_by_name, test_a_station_at_fault_is_told_apart)
        for _, fault in test.pytestmark[0].args[1]  # type: ignore[attr-defined]
    }
    assert raised_by_codes() - {"code-key"} == tried


@pytest.mark.parametrize(("write", "serial"), [(element_string, "A%3CGS%3EB"), (bracketed, "A%2810%29B")])
def test_a_label_with_two_readings_is_not_printed(write: Callable[[Code], str], serial: str) -> None:
    """A serial that holds the sign of a separator, or brackets, is not written where it would be cut."""
    with pytest.raises(CodeFault) as caught:
        write(Code(f"01/{GTIN}/21/{serial}"))
    assert caught.value.code == "code-element"
