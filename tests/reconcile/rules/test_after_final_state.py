"""after-final-state: what was destroyed, exported, sampled, stolen or seized moves no more."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Story
from tests.reconcile.rules_kit import Cases

CASES = Cases("after-final-state")


@CASES.guilty
def sold_after_it_was_destroyed(story: Story) -> str:
    """The record of its end was false."""
    pack = story.stock(story.aspirin, story.here)
    story.event("destroying", pack, story.here, day=3)
    story.dispense(pack, story.near, day=9)
    return pack


@CASES.guilty
def stolen_goods(story: Story) -> str:
    """Stolen from a wholesaler, received by a shop."""
    pack = story.stock(story.aspirin, story.wholesaler)
    story.event("theft", pack, story.wholesaler, day=3)
    story.receive(pack, story.near, day=9)
    return pack


@CASES.guilty
def lost_here_found_there(story: Story) -> str:
    """Reported lost by one, sold by another."""
    pack = story.stock(story.aspirin, story.wholesaler)
    story.event("loss", pack, story.wholesaler, day=3)
    story.dispense(pack, story.near, day=9)
    return pack


@CASES.innocent
def lost_and_found(story: Story) -> str:
    """A stock-take missed it; it stood behind another box."""
    pack = story.stock(story.aspirin, story.here)
    story.event("loss", pack, story.here, day=3)
    story.dispense(pack, story.here, day=9)
    return pack


@CASES.innocent
def sale_uploaded_after_its_end(story: Story) -> str:
    """The sale came first; the counter was offline."""
    pack = story.stock(story.aspirin, story.here)
    story.event("seizing", pack, story.near, day=6)
    story.dispense(pack, story.here, day=3, late_days=8)
    return pack


@CASES.innocent
def wrong_pack_on_the_list(story: Story) -> str:
    """The list of destroyed packs named it by mistake, and was corrected."""
    pack = story.stock(story.aspirin, story.here)
    wrong = story.event("destroying", pack, story.near, day=3)
    story.correct(wrong, day=4)
    story.dispense(pack, story.here, day=9)
    return pack


@CASES.innocent
def loss_that_was_not_believed(story: Story) -> str:
    """A party that does not have the pack reports it lost; the pack stands where it stood."""
    pack = story.stock(story.aspirin, story.here)
    story.event("loss", pack, story.far, day=3, state="active", anomalies="not-in-custody")
    story.dispense(pack, story.here, day=9)
    return pack


@CASES.innocent
def seized_then_destroyed(story: Story) -> str:
    """One end follows another."""
    pack = story.stock(story.aspirin, story.here)
    story.event("seizing", pack, story.here, day=3)
    story.event("destroying", pack, story.here, day=30)
    return pack


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)
