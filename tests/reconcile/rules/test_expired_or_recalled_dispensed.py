"""expired-or-recalled-dispensed: what is past its date or called back is not handed out."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Story
from tests.reconcile.rules_kit import Cases

CASES = Cases("expired-or-recalled-dispensed")


@CASES.guilty
def past_its_date(story: Story) -> str:
    """Hoarded too long."""
    pack = story.pack(story.aspirin, expiry=20)
    story.deliver(pack, story.here)
    story.dispense(pack, story.here, day=21, anomalies="expired")
    return pack


@CASES.guilty
def called_back_a_week_before(story: Story) -> str:
    """The notice was out for a week."""
    pack = story.stock(story.aspirin, story.here)
    story.recall(story.aspirin, story.wholesaler, batch="B1", level=1, day=5)
    story.dispense(pack, story.here, day=12, anomalies="recalled")
    return pack


@CASES.innocent
def on_its_last_day(story: Story) -> str:
    """The last day counts; the ledger's remark came from a clock of another zone."""
    pack = story.pack(story.aspirin, expiry=20)
    story.deliver(pack, story.here)
    story.dispense(pack, story.here, day=20, hour=23, anomalies="expired")
    return pack


@CASES.innocent
def not_heard_of_yet(story: Story) -> str:
    """A recall of level three may take a week to reach a village."""
    pack = story.stock(story.aspirin, story.here)
    story.recall(story.aspirin, story.wholesaler, batch="B1", level=3, day=5)
    story.dispense(pack, story.here, day=9, anomalies="recalled")
    return pack


@CASES.innocent
def another_batch(story: Story) -> str:
    """The batch was typed wrongly at the counter; the pack's own is not called back."""
    pack = story.stock(story.aspirin, story.here)
    story.recall(story.aspirin, story.wholesaler, batch="B2", level=1, day=5)
    story.dispense(pack, story.here, day=12, anomalies="batch-mismatch,recalled")
    return pack


@CASES.innocent
def sold_before_the_recall(story: Story) -> str:
    """Uploaded after it."""
    pack = story.stock(story.aspirin, story.here)
    story.recall(story.aspirin, story.wholesaler, level=1, day=5)
    story.dispense(pack, story.here, day=4, late_days=6, anomalies="recalled")
    return pack


@CASES.innocent
def in_date(story: Story) -> str:
    """An honest sale."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=4)
    return pack


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)
