"""dispensed-never-received: what is handed out was sent there, or taken in there."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Story
from tests.reconcile.rules_kit import Cases

CASES = Cases("dispensed-never-received")


@CASES.guilty
def bought_from_nobody(story: Story) -> str:
    """The pack is on another's shelf, by the records."""
    pack = story.stock(story.aspirin, story.near)
    story.dispense(pack, story.here, day=5, anomalies="not-in-custody")
    story.passes(30)
    return pack


@CASES.guilty
def code_that_nobody_made(story: Story) -> str:
    """A counterfeit: no manufacturer knows the code."""
    pack = story.stock(story.aspirin, story.near)
    for table in ("custody", "pack"):
        story.rows[table] = [row for row in story.rows[table] if row["code"] != pack]
    story.dispense(pack, story.here, day=5, anomalies="unknown-pack")
    story.passes(30)
    return pack


@CASES.innocent
def received(story: Story) -> str:
    """An honest sale."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=5)
    story.passes(30)
    return pack


@CASES.innocent
def receipt_uploaded_late(story: Story) -> str:
    """The back office was offline; the ledger had remarked on the sale."""
    pack = story.pack(story.aspirin)
    story.dispense(pack, story.here, day=5, anomalies="not-in-custody")
    story.receive(pack, story.here, day=2, late_days=9)
    story.passes(30)
    return pack


@CASES.innocent
def receipt_never_scanned(story: Story) -> str:
    """It was sent there; the shop forgot to scan it in."""
    pack = story.pack(story.aspirin)
    story.ship(pack, story.aspirin.maker, story.here, day=1)
    story.dispense(pack, story.here, day=5, anomalies="not-in-custody")
    story.passes(30)
    return pack


@CASES.innocent
def from_the_other_branch(story: Story) -> str:
    """Another branch of the same party took it in."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.branch(story.here, "Branch"), day=5, anomalies="batch-mismatch")
    story.passes(30)
    return pack


@CASES.innocent
def there_is_still_time(story: Story) -> str:
    """The receipt may come."""
    pack = story.pack(story.aspirin)
    story.dispense(pack, story.here, day=5, anomalies="not-in-custody")
    story.passes(12)
    return pack


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)
