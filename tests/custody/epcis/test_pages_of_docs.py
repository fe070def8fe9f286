"""The pages of EPCIS documents, hashes and queries say what the code does."""

from __future__ import annotations

import re
from hashlib import sha256

import pytest

from ledger.custody.epcis.capture import read_capture
from ledger.custody.epcis.faults import EXCEPTIONS, VALIDATION
from ledger.custody.epcis.query.parameters import CONTROLS, PARAMETERS, PREFIXES, parse_definition, parse_query
from ledger.custody.epcis.query.patterns import identifiers
from ledger.limits import (
    CAPTURE_BYTES_MAX,
    CAPTURE_EVENTS_MAX,
    NUMBER_DIGITS_MAX,
    PAGE_EVENTS_MAX,
    XML_DEPTH_MAX,
    XML_NODES_MAX,
)
from tests.custody.epcis.pages import DEFINITION, EXAMPLES, event, parameters
from tests.docs.blocks import PAGES, rewritten, shown


@pytest.mark.parametrize("page", EXAMPLES)
def test_examples_are_what_the_code_makes(page: str) -> None:
    """Each page shows all of its examples, as they are made now."""
    assert shown(page) == {name: make() for name, make in EXAMPLES[page].items()}


def test_a_stale_example_is_found() -> None:
    """A page with one digit changed differs from what is made, and making it anew repairs it."""
    good = (PAGES / "event-hash.md").read_text("utf-8")
    stale = good.replace("eventTime=2026", "eventTime=2027", 1)
    assert stale != good
    assert rewritten(stale, EXAMPLES["event-hash.md"]) == good


def test_the_hash_can_be_made_by_hand() -> None:
    """The parts, put together, hash to what the page says; and the XML on its page has the same hash."""
    parts = shown("event-hash.md")["parts"].replace("\n", "")
    assert shown("event-hash.md")["hash"] == f"ni:///sha-256;{sha256(parts.encode()).hexdigest()}?ver=CBV2.0"
    assert shown("event-hash.md")["hash"] in shown("capture.md")["body"]
    (read,) = read_capture(shown("xml.md")["xml"].encode(), "application/xml").events
    assert read.event == event()


def test_every_parameter_pattern_and_refusal_is_explained() -> None:
    """And none that does not exist; the two spellings of the example ask the same."""
    page = (PAGES / "query.md").read_text("utf-8")
    named = set(re.findall(r"`((?:EQ|GE|LT|WD|MATCH|EXISTS)_\w+)`", page)) - {"GE_errorDeclaration_Time"}
    assert named | {"eventType"} == set(PARAMETERS)
    assert {prefix for prefix in PREFIXES if f"`{prefix}…`" not in page} == set()
    assert {control for control in CONTROLS if f"| `{control}` |" not in page} == set()
    patterns = re.findall(r"`(urn:[^`]+\*)`", page)
    assert len(patterns) > 6
    assert all(identifiers(pattern) is not None for pattern in patterns)
    refusals = re.findall(r"^\| (`query-.*`) \| `(\w+)` \|$", page, re.MULTILINE)
    told = {code: f"epcisException:{kind}" for codes, kind in refusals for code in re.findall(r"`(.+?)`", codes)}
    assert told == {code: kind for code, kind in EXCEPTIONS.items() if code.startswith("query-")}
    assert parse_definition(DEFINITION) == (DEFINITION["name"], parse_query(parameters()))
    assert VALIDATION not in EXCEPTIONS.values()


def test_the_bounds_on_the_pages_are_the_bounds() -> None:
    """In the words of the pages."""
    capture, xml, query = ((PAGES / name).read_text("utf-8") for name in ("capture.md", "xml.md", "query.md"))
    assert f"{CAPTURE_BYTES_MAX // 1_048_576} MiB and {CAPTURE_EVENTS_MAX:,} events" in capture
    assert f"to {NUMBER_DIGITS_MAX} digits" in capture
    assert f"{XML_DEPTH_MAX} elements inside each other, more than {XML_NODES_MAX:,} elements" in xml
    assert f"at most {PAGE_EVENTS_MAX:,} are sent" in query
