"""Scans as sound stations send them, and the ways in which broken ones mangle them."""

from __future__ import annotations

import itertools
import string
from pathlib import Path

import pytest
from hypothesis import strategies as st

import ledger.codes
from ledger.codes import Code, read
from ledger.errors import CodeFault
from ledger.texts import PROBLEMS

SET_82 = "!\"%&'()*+,-./:;<=>?_" + string.digits + string.ascii_letters

# What the host shows, for each character that the scanner meant; written apart from the reader's own tables.
# AltGr is lost on the way: what a German scanner types as AltGr+9 (a bracket) arrives as 9.
KEYBOARDS = {
    "German keyboard, US scanner": ("yzYZ-_=+/?;:'\"[]{}()&^*<>@#\\|`", "zyZYß?´`-_öÖäÄü+Ü*)=/&(;:\"§#'^"),
    "US keyboard, German scanner": ("yzYZ-_:;/()=?+*#'\"&][}{<>", "zyZY/?><&*()_]}\\|@^9807\\|"),
    "French keyboard, US scanner": (
        "1234567890aqwzmAQWZM-_=[]{};:'\"\\,./<>?!@#$%^&*()",
        "&é\"'(-è_çàqazw,QAZW?)°=^$¨£mMù%*;:!./§1234567890",
    ),
    "US keyboard, French scanner": (
        "1234567890aqwzmAQWZM()-_/:.,;?!%&\"'*]",
        "!@#$%^&*()qazw;QAZW:5-68>.<m,M/\"134\\-",
    ),
}


def closed(digits: str) -> str:
    """Return `digits` with their check digit, reckoned digit by digit."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"


def must_refuse(text: str | bytes, fault: str = "") -> CodeFault:
    """Demand a fault (of that code, if one is given) whose span lies within the text."""
    with pytest.raises(CodeFault) as caught:
        read(text)
    if isinstance(text, str):
        assert caught.value.span is not None
        start, end = caught.value.span
        assert 0 <= start <= end <= len(text)
    if fault:
        assert caught.value.code == fault, caught.value
    return caught.value


def must_not_read_as_another(text: str, code: Code) -> None:
    """Demand that a mangled text of `code` is refused, or still names it."""
    try:
        reading = read(text)
    except CodeFault:
        return
    assert reading.key == code.key


def digits(count: int) -> st.SearchStrategy[str]:
    """Give that many ASCII digits."""
    return st.text(string.digits, min_size=count, max_size=count)


def texts_82(alphabet: str = SET_82, longest: int = 20) -> st.SearchStrategy[str]:
    """Give serials and batches."""
    return st.text(alphabet, min_size=1, max_size=longest)


TRADE = string.digits + string.ascii_uppercase  # what makers print in serials and batches
nationals = digits(19).map(lambda rest: f"8{rest}")
gtins = digits(13).map(closed)
ssccs = digits(17).map(closed)
dates = st.builds(
    lambda year, month, day: f"{year:02}{month:02}{day:02}",
    st.integers(0, 99), st.integers(1, 12), st.integers(0, 28),
)  # fmt: skip

national_keys = nationals
sgtin_codes = st.builds(
    lambda gtin, serial, batch, date: read(link(gtin, serial, batch, date)),
    gtins, texts_82(), st.just("") | texts_82(), st.just("") | dates,
)  # fmt: skip
codes = nationals.map(Code) | ssccs.map(lambda sscc: Code(f"00/{sscc}")) | sgtin_codes


def link(gtin: str, serial: str, batch: str = "", date: str = "") -> str:
    """Spell a Digital Link with every character of its values escaped."""
    escaped = ["".join(f"%{ord(character):02x}" for character in value) for value in (batch, serial)]
    path = (f"/10/{escaped[0]}" if batch else "") + f"/21/{escaped[1]}"
    return f"https://example.com/01/{gtin}{path}" + (f"?17={date}" if date else "")


def element_text(elements: tuple[tuple[str, str], ...]) -> str:
    """Join elements as a scanner sends them, a separator after each value of free length but the last."""
    text = ""
    for place, (ai, value) in enumerate(elements):
        ends = ai not in {"01", "11", "17"} and place + 1 < len(elements)
        text += ai + value + ("\x1d" if ends else "")
    return text


@st.composite
def element_scans(draw: st.DrawFn, *alphabets: str) -> str:
    """Give an element string as medicines carry it, without AIM identifier, in any order."""
    # The last alphabet is that of the identifiers: its serials look like elements as often as can be.
    alphabet = draw(st.sampled_from(alphabets or (TRADE, string.digits, "0127")))
    wanted = draw(st.sampled_from(["", "17", "17 10", "11 17 10", "17 10 240", "17 10 712"])).split()
    values = {"11": dates, "17": dates, "10": texts_82(alphabet, 12), "240": texts_82(alphabet, 12)}
    values["712"] = digits(7)
    elements = [("01", draw(gtins)), ("21", draw(texts_82(alphabet, 20)))]
    elements += [(ai, draw(values[ai])) for ai in wanted]
    return element_text(tuple(draw(st.permutations(elements))))


def marked(scan: str, aim: str = "]d2") -> str:
    """Put an AIM identifier before a scan."""
    return aim + scan


def brackets(gtin: str, serial: str, date: str, batch: str) -> str:
    """Write a code as it stands beside the symbol."""
    return f"(01){gtin}(17){date}(10){batch}(21){serial}"


links = st.builds(link, gtins, texts_82(TRADE), texts_82(TRADE), dates) | st.builds(
    lambda gtin, serial: f"https://id.gs1.org/01/{gtin}/21/{serial}", gtins, texts_82(TRADE)
)
bracketed_scans = st.builds(brackets, gtins, texts_82(TRADE), dates, texts_82(TRADE))
scans = (
    nationals
    | nationals.map(lambda text: f"]C0{text}")
    | ssccs.map(lambda text: f"00{text}")
    | element_scans()
    | element_scans().map(marked)
    | bracketed_scans
    | links
)


def reads(text: str | bytes) -> bool:
    """Say whether a text names a code; a sound scan that looks like a broken one does not."""
    try:
        read(text)
    except CodeFault:
        return False
    return True


sound_scans = scans.filter(reads)


def full_width(text: str) -> str:
    """Type `text` through an input method in full width."""
    return "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isalnum() else c for c in text)


def typed(layout: str, text: str) -> str:
    """Return what the host shows when the scanner means `text`."""
    meant, shown = KEYBOARDS[layout]
    return text.translate(str.maketrans(meant, shown))


ONE_OF_EACH = tuple(
    itertools.chain(
        ("87709840000000015538", "]C087709840000000015538", "00" + closed("09521234543210001")),
        ("010952123454321321SN0001", "]d2010952123454321321SN0001\x1d1726123110AB12"),
        ("(01)09521234543213(17)261231(10)AB12(21)SN0001", "https://example.com/01/09521234543213/21/SN0001"),
    )
)


def raised_by_codes() -> set[str]:
    """Return the faults that the reader of codes names; what stations find out by themselves is not among them."""
    sources = [path.read_text("utf-8") for path in Path(ledger.codes.__file__).parent.glob("*.py")]
    return {code for code in PROBLEMS if any(f'"{code}"' in source for source in sources)}
