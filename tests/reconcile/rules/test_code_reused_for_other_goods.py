"""code-reused-for-other-goods: a code settles the product that it belongs to."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Story
from tests.reconcile.rules_kit import Cases

CASES = Cases("code-reused-for-other-goods")


@CASES.guilty
def toothpaste_on_the_card(story: Story) -> str:
    """The code at hand pays for something dearer."""
    dear = story.product("Ointment", cents=90_000)
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3)
    story.settle(pack, story.here, day=3, product=dear)
    return pack


@CASES.innocent
def its_own_product(story: Story) -> str:
    """An honest sale."""
    pack = story.stock(story.aspirin, story.here)
    story.sell(pack, story.here, day=3)
    return pack


@CASES.innocent
def wrong_line_reversed(story: Story) -> str:
    """The clerk picked the wrong line, and took it back."""
    other = story.product("Ointment")
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3)
    wrong = story.settle(pack, story.here, day=3, product=other)
    story.reverse(wrong, day=3)
    story.settle(pack, story.here, day=3, hour=15)
    return pack


@CASES.innocent
def line_without_codes(story: Story) -> str:
    """Old stock settles without a code."""
    pack = story.stock(story.aspirin, story.here)
    story.settle(None, story.here, day=3, product=story.product("Old stock"), packs=2)
    return pack


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)
