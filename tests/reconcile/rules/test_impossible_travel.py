"""impossible-travel: one pack is not at two distant places within hours."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Story
from tests.reconcile.rules_kit import Cases

CASES = Cases("impossible-travel")


@CASES.guilty
def sold_in_two_provinces_on_one_day(story: Story) -> str:
    """1,900 kilometres in five hours."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3, hour=9)
    story.dispense(pack, story.far, day=3, hour=14)
    return pack


@CASES.guilty
def received_there_while_sold_here(story: Story) -> str:
    """The picture of a code travels faster than a box."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3, hour=9)
    story.receive(pack, story.far, day=3, hour=8)
    return pack


@CASES.innocent
def two_days_later(story: Story) -> str:
    """There was time; that it was sold twice is another rule's."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3)
    story.dispense(pack, story.far, day=5)
    return pack


@CASES.innocent
def in_the_same_city(story: Story) -> str:
    """Ten kilometres."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3, hour=9)
    story.dispense(pack, story.near, day=3, hour=10)
    return pack


@CASES.innocent
def place_without_a_location(story: Story) -> str:
    """Nobody knows how far that is."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3, hour=9)
    story.dispense(pack, story.pharmacy("Nowhere"), day=3, hour=10)
    return pack


@CASES.innocent
def delivered_and_sold_on_one_day(story: Story) -> str:
    """A lorry from a wholesaler 100 kilometres away, in the morning."""
    store = story.distributor("Store", at=(39.1, 117.2))
    pack = story.stock(story.aspirin, store)
    story.ship(pack, store, story.here, day=2, hour=20)
    story.receive(pack, story.here, day=3, hour=8)
    story.dispense(pack, story.here, day=3, hour=9)
    return pack


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)


def test_distance() -> None:
    """Beijing to Canton is some 1,890 kilometres along the great circle."""
    hit = CASES.tell("sold_in_two_provinces_on_one_day")
    assert hit is not None
    assert 1_880 <= int(str(hit.numbers["km"])) <= 1_900
    assert hit.numbers["minutes"] == 300
