"""What made a finding go away: the statements that were recorded since and concern it, and no others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

import pytest

from ledger.reconcile.findings.explain import explain
from ledger.reconcile.findings.finding import Finding, Grain, Seen, Sentence, finding_id
from ledger.reconcile.rules.duck import DuckEngine
from tests.reconcile.facts_kit import Story, person


def about(subject: str, *evidence: int, grain: Grain = "pack") -> Finding:
    """Return a finding about a subject."""
    seen = Seen(
        id=finding_id("rule", subject), rule="rule", version=sha256().hexdigest(), grain=grain, severity="high",
        subject=subject, time=0, score=90, cents=0, evidence=evidence, persons=(), institutions=(), numbers={},
        sentence=Sentence("Seen.", "发现。"),
    )  # fmt: skip
    return Finding(seen=seen, first_run=1, run=1)


class Lake:
    """A story, and what it explains."""

    def __init__(self) -> None:
        self.story = Story()
        self.shop, self.other = self.story.pharmacy("Linden"), self.story.pharmacy("Acer")
        self.goods = self.story.product()
        self.pack = self.story.stock(self.goods, self.shop)
        self.neighbour = self.story.stock(self.goods, self.shop)

    def explains(self, *gone: Finding, since: int) -> Mapping[str, Sequence[int]]:
        """Ask the embedded engine."""
        engine = DuckEngine(self.story.facts(), memory_mib=256, threads=1)
        try:
            return explain(engine, gone, since)
        finally:
            engine.close()


@pytest.fixture
def lake() -> Iterator[Lake]:
    """Return a lake in which two packs lie in a shop."""
    return Lake()


def test_a_late_upload_about_the_pack_explains_it(lake: Lake) -> None:
    """The taking back, uploaded afterwards, is named; what was there before, and what others say, is not."""
    sold, _ = lake.story.sell(lake.pack, lake.shop, day=1)
    since = lake.story.size
    undone = lake.story.undo(lake.pack, lake.shop, day=2, late_days=5)
    lake.story.sell(lake.neighbour, lake.shop, day=3)
    gone = about(lake.pack, sold)
    assert lake.explains(gone, since=since) == {gone.id: [undone]}


def test_a_correction_and_a_reversal_of_the_evidence_explain_it(lake: Lake) -> None:
    """Whatever the finding is about: here, a person."""
    sold, paid = lake.story.sell(lake.pack, lake.shop, to="Li", day=1)
    since = lake.story.size
    corrected = lake.story.correct(sold, day=2)
    reversed_ = lake.story.reverse(paid, day=2)
    gone = about(person("somebody else"), sold, paid, grain="person")
    assert lake.explains(gone, since=since) == {gone.id: [corrected, reversed_]}


def test_what_is_said_of_the_person_explains_it(lake: Lake) -> None:
    """A prescription that came late."""
    sold, _ = lake.story.sell(lake.pack, lake.shop, to="Li", day=1)
    since = lake.story.size
    lake.story.prescribe(lake.shop, lake.goods, to="Li", day=0, late_days=4)
    lake.story.prescribe(lake.shop, lake.goods, to="Wang", day=0, late_days=4)
    gone = about(person("Li"), sold, grain="person")
    assert lake.explains(gone, since=since) == {gone.id: [since]}


def test_goods_and_invoices_that_came_late_explain_a_shop(lake: Lake) -> None:
    """To either side of the sale; not the neighbours."""
    since = lake.story.size
    invoiced = lake.story.invoice(lake.goods.maker, lake.shop, lake.goods, day=9)
    lake.story.invoice(lake.goods.maker, lake.other, lake.goods, day=9)
    gone, maker = about(lake.shop.text, 1, grain="trade"), about(lake.goods.maker.text, 1, grain="trade")
    found = lake.explains(gone, maker, since=since)
    assert found == {gone.id: [invoiced], maker.id: [invoiced, invoiced + 1]}


def test_nothing_new_explains_nothing(lake: Lake) -> None:
    """No row, no reason; a subject that is no number breaks nothing."""
    gone = about("", 1, grain="institution")
    assert lake.explains(gone, about(lake.pack, 1), since=lake.story.size) == {}
