"""A seizure list, line by line; and its packs traced through the lake."""

from __future__ import annotations

import io
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pytest

from ledger.errors import Misuse
from ledger.limits import SCAN_CHARACTERS_MAX
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.seizure.listing import FaultyLine, SeizureList, read_list
from ledger.reconcile.seizure.traced import Tracing
from ledger.reconcile.seizure.tracing import trace_packs
from tests.reconcile.facts_kit import FIRST_DAY, Story, person

PACK = "87709840000000015538"


def listed(text: str | bytes) -> SeizureList:
    """Read a list from memory."""
    return read_list(io.BytesIO(text.encode() if isinstance(text, str) else text))


def test_every_line_is_kept_with_its_fault() -> None:
    """Codes in their order; a line doubled, too short, mangled by the scanner; blank lines are none."""
    text = f"{PACK}\n\n87709840000000015539\r\n{PACK}\n12345\n８７７０９８４００００００００１５５４０\n"
    got = listed(text)
    assert got.codes == [PACK, "87709840000000015539"]
    assert got.lines == 5
    assert got.digest == sha256(text.encode()).digest()
    assert [(fault.line, fault.fault) for fault in got.faults] == [
        (4, "doubled"), (5, "code-unknown-form"), (6, "scanner-full-width"),
    ]  # fmt: skip
    assert [fault.text for fault in got.faults] == [PACK, "12345", None]


def test_the_same_pack_in_another_form_is_doubled() -> None:
    """A URI, a national code with its prefix: one pack is one pack."""
    assert listed(f"{PACK}\nurn:nmpa:dtc:{PACK}\n").faults == [FaultyLine(2, "doubled", f"urn:nmpa:dtc:{PACK}")]


def test_a_spreadsheets_list_and_a_last_line_without_end_are_read() -> None:
    """The mark that spreadsheets put first is no part of a code."""
    assert listed(b"\xef\xbb\xbf" + PACK.encode()).codes == [PACK]


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-be"])
def test_a_list_in_two_bytes_a_character_is_read(coding: str) -> None:
    """What an office program calls Unicode text: codes and faults as in any other list, the digest that of the file."""
    data = ("" if coding == "utf-16" else "\ufeff") + f"追溯码\r\n{PACK}\r\n\r\n{PACK}\r\n"
    got = listed(data.encode(coding))
    assert got.codes == [PACK]
    assert [(fault.line, fault.fault) for fault in got.faults] == [(1, "code-characters"), (4, "doubled")]
    assert got.digest == sha256(data.encode(coding)).digest()
    assert listed(data.encode(coding)[:-3]).codes == [PACK]  # cut in the middle of a character


def test_a_list_of_another_coding_is_read() -> None:
    """GB 18030 is ASCII where the codes are; the heading is a faulty line."""
    got = listed(f"追溯码清单\n{PACK}\n".encode("gb18030"))
    assert (got.codes, [fault.line for fault in got.faults]) == ([PACK], [1])


def test_lines_may_end_as_old_programs_end_them() -> None:
    """A carriage return alone ends a line."""
    assert listed(f"{PACK}\r87709840000000015539\r{PACK}\r").faults == [FaultyLine(3, "doubled", PACK)]


def test_endless_lines_and_bytes_that_are_no_text_break_nothing() -> None:
    """Each is one faulty line, however long; the lines after it are read."""
    got = listed(b"8" * (50 * SCAN_CHARACTERS_MAX) + b"\n\x00\xff\x81\n" + PACK.encode())
    assert [fault.line for fault in got.faults] == [1, 2]
    assert got.faults[0].fault == "code-too-long"
    assert got.codes == [PACK]


def test_an_empty_list_is_refused() -> None:
    """Nothing was seized."""
    with pytest.raises(Misuse, match="seizure-empty"):
        listed("\n \n")


def traced(story: Story, codes: list[str]) -> tuple[Tracing, dict[str, dict[str, Any]]]:
    """Trace on the embedded engine; rows by code."""
    engine = DuckEngine(story.facts(), memory_mib=256, threads=1)
    try:
        summary, rows = trace_packs(engine, codes, story.size)
    finally:
        engine.close()
    assert isinstance(rows, pa.Table)
    return summary, {row["code"]: row for row in rows.to_pylist()}


def test_a_pack_is_traced_to_who_sold_it_to_whom_and_on_whose_card() -> None:
    """The sale that the insurer paid for, and its settlement; money from the settlement, weight from the product."""
    story = Story()
    shop, goods = story.pharmacy("Linden"), story.product(cents=2_500)
    pack = story.stock(goods, shop)
    sold, settled = story.sell(pack, shop, to="Li", day=3)
    summary, rows = traced(story, [pack])
    row = rows[pack]
    assert (row["sold_index"], row["settled_index"]) == (sold, settled)
    assert (row["institution"], row["person"], row["reason"]) == (shop.party, person("Li"), "")
    assert row["day"] == FIRST_DAY + 3
    assert (summary.total.packs, summary.traced.packs, summary.traced_permille) == (1, 1, 1_000)
    assert (summary.total.cents, summary.total.fund_cents, summary.insured) == (2_500, 1_750, 1)
    assert summary.by_person[0].name == person("Li")
    assert summary.by_institution[0].name == shop.text
    assert [each.name for each in summary.by_month] == ["2026-01"]


def test_why_a_pack_cannot_be_traced_is_told_and_counted() -> None:
    """Never recorded; in trade and never sold; sold to nobody that the record names."""
    story = Story()
    shop, goods = story.pharmacy("Linden"), story.product()
    shelf, cash, sold = (story.stock(goods, shop) for _ in range(3))
    story.sell(cash, shop, to=None, insured=False)  # type: ignore[arg-type]
    story.sell(sold, shop, to="Li")
    summary, rows = traced(story, [shelf, cash, sold, PACK])
    reasons = {code: row["reason"] for code, row in rows.items()}
    assert reasons == {shelf: "never-dispensed", cash: "nobody-named", sold: "", PACK: "never-recorded"}
    assert summary.untraced == {"never-recorded": 1, "never-dispensed": 1, "nobody-named": 1}
    assert sum(summary.untraced.values()) + summary.traced.packs == summary.total.packs
    assert [(each.name, each.packs) for each in summary.by_holder] == [(shop.text, 1)]


def test_the_card_that_paid_is_named_although_the_pack_was_sold_again() -> None:
    """Insured, brought back into trade, sold for cash: the card is the first buyer's."""
    story = Story()
    shop, other, goods = story.pharmacy("Linden"), story.pharmacy("Acer"), story.product()
    pack = story.stock(goods, shop)
    story.sell(pack, shop, to="Li", day=1)
    story.sell(pack, other, to=None, day=9, insured=False)  # type: ignore[arg-type]
    summary, rows = traced(story, [pack])
    assert (rows[pack]["person"], rows[pack]["institution"]) == (person("Li"), shop.party)
    assert summary.sold_again == 1


def test_what_was_taken_back_counts_nowhere() -> None:
    """A sale undone and its settlement reversed: the pack was never dispensed."""
    story = Story()
    shop, goods = story.pharmacy("Linden"), story.product()
    pack = story.stock(goods, shop)
    _, settled = story.sell(pack, shop, day=1)
    story.undo(pack, shop, day=2)
    story.reverse(settled, day=2)
    assert traced(story, [pack])[1][pack]["reason"] == "never-dispensed"


def test_the_seizure_itself_does_not_make_a_pack_known() -> None:
    """A lake that has the seizure already says the same."""
    story = Story()
    story.event("seizing", [PACK], story.party("Police", "police"))
    assert traced(story, [PACK])[1][PACK]["reason"] == "never-recorded"
