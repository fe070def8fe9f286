"""The table of identifiers and the cutting of element strings, held against another implementation."""

from __future__ import annotations

import re

import pytest
from biip import ParseConfig, ParseError
from biip.gs1_application_identifiers import GS1ApplicationIdentifier
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_messages import GS1Message
from hypothesis import assume, given

from ledger.codes import read
from ledger.codes.elements import plain_elements
from ledger.codes.identifiers import IDENTIFIERS, identifier_at
from tests.codes.scans import SET_82, element_scans, links, reads

THEIRS = {ai: GS1ApplicationIdentifier.extract(ai) for ai in IDENTIFIERS}

# Their pattern looks inside the value (a date, a flag, escapes, least lengths); ours stops at the form.
FINER = re.compile(r"1[1-7]|30|43.*|700[47]|7040|723.|725.|800[38]|8010|4[13].*|42[35]|8043")


def test_both_tables_have_the_same_identifiers() -> None:
    """None is missing and none is invented."""
    possible = [f"{number:0{width}}" for width in (2, 3, 4) for number in range(10**width)]
    assert sorted(IDENTIFIERS) == sorted(ai for ai in possible if _known(ai))


def _known(ai: str) -> bool:
    try:
        return GS1ApplicationIdentifier.extract(ai).ai == ai
    except ParseError:
        return False


@pytest.mark.parametrize("ai", sorted(IDENTIFIERS))
def test_each_identifier_ends_alike(ai: str) -> None:
    """Both agree on whether a separator ends the value, and on the values it may have."""
    ours, theirs = IDENTIFIERS[ai], THEIRS[ai]
    assert (ours.length == 0) == theirs.separator_required
    if FINER.fullmatch(ai):
        return
    for length in range(92):
        for character in "0Az#é٣ ":
            value = character * length
            agreed = re.fullmatch(theirs.pattern[1:-1], ai + value, re.ASCII) is not None
            assert (ours.value.fullmatch(value) is not None) == agreed, value


def test_no_identifier_is_the_start_of_another() -> None:
    """So the first that fits is the only one."""
    assert all(identifier_at(ai) == identifier for ai, identifier in IDENTIFIERS.items())


@given(element_scans(SET_82))
def test_element_strings_are_cut_alike(scan: str) -> None:
    """Identifiers and values are those that the other parser finds."""
    assume("<GS>" not in scan)
    message = GS1Message.parse(scan, config=ParseConfig(separator_chars=["\x1d"]))
    theirs = [(element.ai.ai, element.value) for element in message.element_strings]
    assert [(element.ai, element.value) for element in plain_elements(scan)] == theirs


@given(links)
def test_links_name_alike(text: str) -> None:
    """The canonical URI is the one that the other parser derives from the same address."""
    assume(reads(text))
    uri = GS1DigitalLinkURI.parse(text).as_canonical_uri()
    assert read(text).uri == re.sub(r"/10/[^/]*|\?.*", "", uri)
