"""settled-not-dispensed: what the fund paid for was handed out, sooner or later."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Story
from tests.reconcile.rules_kit import Cases

CASES = Cases("settled-not-dispensed")


@CASES.guilty
def never_handed_out(story: Story) -> str:
    """Swiped from afar; the pack stays on the shelf."""
    pack = story.stock(story.aspirin, story.here)
    story.settle(pack, story.here, day=3)
    story.passes(30)
    return pack


@CASES.guilty
def handed_out_by_another(story: Story) -> str:
    """Settled here, sold there."""
    pack = story.stock(story.aspirin, story.near)
    story.settle(pack, story.here, day=3)
    story.dispense(pack, story.near, day=5, insured=False)
    story.passes(30)
    return pack


@CASES.guilty
def undone_and_kept_the_money(story: Story) -> str:
    """The sale was undone, the settlement stands."""
    pack = story.stock(story.aspirin, story.here)
    story.sell(pack, story.here, day=3)
    story.undo(pack, story.here, day=4)
    story.passes(30)
    return pack


@CASES.innocent
def sold(story: Story) -> str:
    """An honest sale."""
    pack = story.stock(story.aspirin, story.here)
    story.sell(pack, story.here, day=3)
    story.passes(30)
    return pack


@CASES.innocent
def sale_not_uploaded_yet(story: Story) -> str:
    """The counter is offline; there is time."""
    pack = story.stock(story.aspirin, story.here)
    story.settle(pack, story.here, day=3)
    story.passes(12)
    return pack


@CASES.innocent
def sale_uploaded_late(story: Story) -> str:
    """The counter was offline for ten days."""
    pack = story.stock(story.aspirin, story.here)
    story.settle(pack, story.here, day=3)
    story.dispense(pack, story.here, day=3, late_days=10)
    story.passes(30)
    return pack


@CASES.innocent
def at_another_branch(story: Story) -> str:
    """The settlement names the wrong branch of the same party."""
    branch = story.branch(story.here, "Branch")
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, branch, day=3)
    story.settle(pack, story.here, day=3)
    story.passes(30)
    return pack


@CASES.innocent
def undone_and_reversed(story: Story) -> str:
    """Both were taken back."""
    pack = story.stock(story.aspirin, story.here)
    _, settled = story.sell(pack, story.here, day=3)
    story.undo(pack, story.here, day=4)
    story.reverse(settled, day=9)
    story.passes(30)
    return pack


@CASES.innocent
def corrected_and_told_again(story: Story) -> str:
    """The sale was told with a mistake, taken back, and told rightly."""
    pack = story.stock(story.aspirin, story.here)
    wrong, _ = story.sell(pack, story.here, day=3)
    story.correct(wrong, day=3)
    story.dispense(pack, story.here, day=3, hour=12)
    story.passes(30)
    return pack


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)
