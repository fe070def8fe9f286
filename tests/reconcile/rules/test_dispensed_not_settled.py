"""dispensed-not-settled: what the counter says an insurer pays, an insurer pays."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Story
from tests.reconcile.rules_kit import Cases

CASES = Cases("dispensed-not-settled")


@CASES.guilty
def never_settled(story: Story) -> str:
    """Handed out as insured, and no claim came."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3)
    story.passes(80)
    return pack


@CASES.guilty
def settlement_reversed(story: Story) -> str:
    """The claim was taken back, the pack is gone."""
    pack = story.stock(story.aspirin, story.here)
    _, settled = story.sell(pack, story.here, day=3)
    story.reverse(settled, day=20)
    story.passes(80)
    return pack


@CASES.innocent
def settled_late(story: Story) -> str:
    """The claim came seven weeks later."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3)
    story.settle(pack, story.here, day=52)
    story.passes(80)
    return pack


@CASES.innocent
def not_settled_yet(story: Story) -> str:
    """A month is not enough to say so."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3)
    story.passes(33)
    return pack


@CASES.innocent
def paid_by_the_patient(story: Story) -> str:
    """Nobody has to settle it."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3, insured=False)
    story.passes(80)
    return pack


@CASES.innocent
def undone(story: Story) -> str:
    """The pack is back on the shelf."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3)
    story.undo(pack, story.here, day=4)
    story.passes(80)
    return pack


@CASES.innocent
def double_beep(story: Story) -> str:
    """Scanned twice, settled once."""
    pack = story.stock(story.aspirin, story.here)
    story.sell(pack, story.here, day=3)
    story.beep(pack, story.here, day=3, minute=2)
    story.passes(80)
    return pack


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)
