"""The page docs/formats/code.md says what the reader does: each of its examples is read."""

from __future__ import annotations

import doctest
from pathlib import Path

import ledger.codes
from ledger.codes import Code, key_of, read, uri_of
from ledger.limits import SCAN_CHARACTERS_MAX
from tests.codes.scans import must_refuse, raised_by_codes

PAGE = (Path(__file__).parents[2] / "docs" / "formats" / "code.md").read_text("utf-8")


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without its head and without the marks of code."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.split("\n") if line.startswith("|")][2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def test_keys_and_uris_are_as_the_page_says() -> None:
    """Every scheme has a row, and in each row key and URI name each other."""
    table = rows("One spelling")
    assert {scheme for scheme, _, _ in table} == {"national", "sgtin", "sscc"}
    for scheme, key, uri in table:
        assert (key_of(uri), uri_of(key), Code(key).scheme) == (key, uri, scheme)


def test_each_form_reads_as_the_page_says() -> None:
    """Every example gives the key, the batch and the expiry beside it."""
    table = rows("Forms that are read")
    assert len(table) > 10
    for _, text, key, batch, expiry in table:
        assert read(text) == Code(key, batch, int(expiry or "0")), text


def test_each_fault_is_as_the_page_says() -> None:
    """Every fault has a row; every example is refused with the fault beside it."""
    table = rows("Faults")
    assert {fault for fault, _, _ in table} == raised_by_codes()
    assert {fault for fault, text, _ in table if not text} == {"code-empty", "code-too-long", "code-key"}
    for fault, text, _ in table:
        if text:
            must_refuse(text, fault)
    assert f"more than {SCAN_CHARACTERS_MAX:,} characters" in PAGE


def test_what_the_page_says_of_reach_holds() -> None:
    """The blind spots are where the page puts them, not elsewhere."""
    assert read("010952123454321321SNY1") != read("010952123454321321SNZ1")
    assert read("010952123454321321SN10AB").serial == "SN10AB"
    must_refuse("01095212345432131726123121SN10AB", "scanner-separator-lost")
    assert read("(01)09521234543213(17)261231(21)SN10AB").serial == "SN10AB"


def test_the_rooms_own_example_holds() -> None:
    """What a newcomer reads first, in the room's docstring, runs as written."""
    result = doctest.testmod(ledger.codes)
    assert result.attempted > 3
    assert result.failed == 0
