"""EPC URNs and Digital Links come to one spelling; what is none stays as it is."""

from __future__ import annotations

import pytest
from epcis_event_hash_generator.dl_normaliser import normaliser
from hypothesis import given
from hypothesis import strategies as st

from ledger.codes import key_of
from ledger.codes.check import check_digit_holds
from ledger.custody.epcis.identifiers import canonical_urn, check_digit, constrained_link

TRANSLATED = [
    ("urn:epc:id:sgtin:9521234.054321.SN1", "https://id.gs1.org/01/09521234543213/21/SN1"),
    ("urn:epc:id:sgtin:9521234.054321.A%2FB(1)", "https://id.gs1.org/01/09521234543213/21/A%2FB%281%29"),
    ("urn:epc:id:sscc:9521234.0123456789", "https://id.gs1.org/00/095212341234567891"),
    ("urn:epc:id:sgln:9521234.00001.0", "https://id.gs1.org/414/9521234000013"),
    ("urn:epc:id:sgln:9521234.00001.7", "https://id.gs1.org/414/9521234000013/254/7"),
    ("urn:epc:id:sgln:123456789012..0", "https://id.gs1.org/414/1234567890128"),
    ("urn:epc:id:pgln:9521234.00001", "https://id.gs1.org/417/9521234000013"),
    ("urn:epc:id:gdti:9521234.00001.7", "https://id.gs1.org/253/95212340000137"),
    ("urn:epc:id:grai:9521234.00001.A-7", "https://id.gs1.org/8003/09521234000013A-7"),
    ("urn:epc:id:giai:9521234.probe7", "https://id.gs1.org/8004/9521234probe7"),
    ("urn:epc:id:gsrn:9521234.0000010253", "https://id.gs1.org/8018/952123400000102537"),
    ("urn:epc:id:gsrnp:9521234.0000010253", "https://id.gs1.org/8017/952123400000102537"),
    ("urn:epc:id:gsin:9521234.123456789", "https://id.gs1.org/402/95212341234567891"),
    ("urn:epc:id:ginc:9521234.xyz3311", "https://id.gs1.org/401/9521234xyz3311"),
    ("urn:epc:id:cpi:9521234.123ABC.123456789", "https://id.gs1.org/8010/9521234123ABC/8011/123456789"),
    ("urn:epc:id:itip:9521234.054321.01.02.SN%2F1", "https://id.gs1.org/8006/095212345432130102/21/SN%2F1"),
    ("urn:epc:id:upui:9521234.054321.51qIgY", "https://id.gs1.org/01/09521234543213/235/51qIgY"),
    ("urn:epc:id:sgcn:9521234.67890.04711", "https://id.gs1.org/255/952123467890804711"),
    ("urn:epc:class:lgtin:9521234.054321.LOT7", "https://id.gs1.org/01/09521234543213/10/LOT7"),
    ("urn:epc:idpat:sgtin:9521234.054321.*", "https://id.gs1.org/01/09521234543213"),
    ("urn:epc:idpat:gdti:9521234.00001.*", "https://id.gs1.org/253/9521234000013"),
]


@pytest.mark.parametrize(("urn", "link"), TRANSLATED)
def test_a_urn_has_one_link(urn: str, link: str) -> None:
    """And other people's program says the same one."""
    assert canonical_urn(urn) == link
    assert constrained_link(link) == link
    if "sgln:123456789012" not in urn and "cpi" not in urn:
        assert normaliser(urn) == link


KEPT = [
    "", "urn:x:1", "urn:epc:id:gid:1.2.3", "urn:epc:id:sgtin:9521234.054321", "urn:epc:id:sgtin:9521234.054321.",
    "urn:epc:id:sgtin:9521234.0543211.SN1", "urn:epc:id:sgtin:9521234.05432x.SN1", "urn:epc:id:sgtin:95212.05432111.1",
    "urn:epc:id:sgtin:9521234.054321." + "x" * 21, "urn:epc:id:sscc:9521234.012345678",
    "urn:epc:id:sscc:9521234.0123456789.1",
    "urn:epc:idpat:sgtin:9521234.*.*", "urn:epc:idpat:sgtin:9521234.054321.7", "urn:epc:id:sgtin:952123４.054321.SN1",
    "urn:epc:id:itip:9521234.054321.1.02.987", "urn:nmpa:dtc:87709840000000015538",
]  # fmt: skip


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_urn_of_a_gs1_key_stays(text: str) -> None:
    """Wrong lengths, wrong digits, other schemes."""
    assert canonical_urn(text) == text


LINKS = [
    ("https://shop.example/01/09521234543213/21/SN1", "https://id.gs1.org/01/09521234543213/21/SN1", True),
    ("http://shop.example/a/b/gtin/9521234543213/ser/SN1", "https://id.gs1.org/01/09521234543213/21/SN1", True),
    ("https://id.gs1.org/01/09521234543213/10/L/21/SN1", "https://id.gs1.org/01/09521234543213/21/SN1", False),
    ("https://id.gs1.org/01/09521234543213/21/SN1?17=281231", "https://id.gs1.org/01/09521234543213/21/SN1", False),
    ("https://id.gs1.org/01/09521234543213/22/V/10/L", "https://id.gs1.org/01/09521234543213/10/L", False),
    ("https://x.example/gdti/9521234000013A7", "https://id.gs1.org/253/9521234000013A7", True),
    ("https://x.example/giai/9521234probe7/", "https://id.gs1.org/8004/9521234probe7", True),
]


@pytest.mark.parametrize(("link", "constrained", "exact"), LINKS)
def test_a_link_is_constrained(link: str, constrained: str, exact: bool) -> None:
    """Under GS1's domain, with the finest identification alone; exactly, only where nothing is lost."""
    assert constrained_link(link) == constrained
    assert constrained_link(link, exactly=True) == (constrained if exact else link)


@pytest.mark.parametrize(
    "text",
    [
        "https://id.example.org/site/31-2", "https://x.example/01/09521234543",
        "https://x.example/01/0952123454321x/21/1",
        "https://x.example/01/09521234543213/21/" + "x" * 21, "https://x.example/00/1", "https://x.example/01",
        "urn:x:1",
        "https://x.example/01/09521234543213/99/1", "ftp://x.example/01/09521234543213",
    ],
)  # fmt: skip
def test_an_address_that_is_no_link_stays(text: str) -> None:
    """A path that only looks like one is anybody's."""
    assert constrained_link(text) == text


@given(st.integers(0, 10**6 - 1), st.from_regex(r"[!\"%-?A-Z_a-z]{1,20}", fullmatch=True))
def test_a_pack_has_one_key_in_either_spelling(item: int, serial: str) -> None:
    """Whatever characters its serial has: the link of the URN is a canonical code of the ledger."""
    escaped = "".join(each if each.isalnum() else f"%{ord(each):02X}" for each in serial)
    link = canonical_urn(f"urn:epc:id:sgtin:9521234.{item:06}.{escaped}")
    assert key_of(link).startswith(f"01/{f'{item:06}'[0]}9521234")
    assert constrained_link(link, exactly=True) == link


@given(st.from_regex(r"[0-9]{1,17}", fullmatch=True))
def test_the_digit_that_closes_a_number(digits: str) -> None:
    """Closes it."""
    assert check_digit_holds(digits + check_digit(digits))
