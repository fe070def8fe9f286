"""card-lent: two places at once, to and fro for a strange medicine, or in a stranger's pile; families are none."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Product, Shop, Story, person
from tests.reconcile.rules_kit import Cases

CASES = Cases("card-lent")


def buy(story: Story, name: str, shop: Shop, day: int, *, product: Product | None = None, home: str = "110101",
        **more: object) -> int:  # fmt: skip
    """Hand out a pack; the statement says where the card's owner lives."""
    code = story.pack(product or story.aspirin, day=day)
    sold = story.dispense(code, shop, to=name, day=day, **more)
    return story.lives(name, household=f"home of {name}", region=home, said_in=sold)


@CASES.guilty
def in_two_places_at_once(story: Story) -> str:
    """Twice within the hour at counters 1,900 kilometres apart."""
    for day in (3, 30):
        buy(story, "Twin", story.here, day, hour=9)
        buy(story, "Twin", story.far, day, hour=10)
    return person("Twin")


@CASES.guilty
def to_and_fro(story: Story) -> str:
    """The owner stays at home; three times meanwhile the card collects a dear medicine in the south."""
    dear = story.product("Dear", cents=90_000)
    for day in (3, 33, 63):
        buy(story, "Lender", story.here, day)
        buy(story, "Lender", story.far, day + 10, product=dear)
    return person("Lender")


@CASES.guilty
def in_a_collectors_pile(story: Story) -> str:
    """The sixth card of six households that one stranger carries in a month."""
    for number in range(6):
        buy(story, f"Neighbour {number}", story.here, 3 + 5 * number, pickup="Collector")
    return person("Neighbour 5")


@CASES.innocent
def daughter_of_two_pairs(story: Story) -> str:
    """She collects for her parents and her husband's, month after month."""
    for day in range(3, 200, 28):
        for parent in ("Mother", "Father", "Mother in law", "Father in law"):
            buy(story, parent, story.here, day, pickup="Daughter")
    return person("Mother")


@CASES.innocent
def one_wrong_clock(story: Story) -> str:
    """A till whose clock is half a day fast makes one impossible journey."""
    buy(story, "Unlucky", story.here, 3, hour=9)
    buy(story, "Unlucky", story.far, 3, hour=10)
    buy(story, "Unlucky", story.here, 40)
    return person("Unlucky")


@CASES.innocent
def journey(story: Story) -> str:
    """Ill in the south in spring and in autumn, at home before and after."""
    other = story.product("Cold pills")
    for day in (3, 103):
        buy(story, "Traveller", story.here, day)
        buy(story, "Traveller", story.far, day + 10, product=other)
        buy(story, "Traveller", story.here, day + 30)
    return person("Traveller")


@CASES.innocent
def moved_house(story: Story) -> str:
    """A new medicine in a new town, where she now lives."""
    new = story.product("New")
    for day in (3, 31, 59):
        buy(story, "Mover", story.here, day)
    for day in (87, 115, 143, 171):
        buy(story, "Mover", story.far, day, product=new, home="440106")
    return person("Mover")


@CASES.innocent
def works_far_away(story: Story) -> str:
    """He collects the same medicine where he works and where he lives."""
    for day in range(3, 200, 40):
        buy(story, "Commuter", story.here, day)
        buy(story, "Commuter", story.far, day + 20)
    return person("Commuter")


@CASES.innocent
def next_county(story: Story) -> str:
    """New medicines in the next county of the same province are a walk."""
    for day in (3, 33, 63, 93):
        buy(story, "Walker", story.here, day)
        buy(story, "Walker", story.near, day + 10, product=story.product(f"New {day}"))
    return person("Walker")


@CASES.innocent
def village_nurse(story: Story) -> str:
    """She collects for many, but for few within a season."""
    for number in range(8):
        buy(story, f"Villager {number}", story.here, 3 + 60 * number, pickup="Nurse")
    return person("Villager 7")


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)


def test_numbers() -> None:
    """What each kind of trace says of itself."""
    hits = {name: CASES.tell(name) for name in ("in_two_places_at_once", "to_and_fro", "in_a_collectors_pile")}
    assert [hit and (hit.numbers["journeys"], hit.numbers["swings"], hit.numbers["strangers"])
            for hit in hits.values()] == [(2, 0, 0), (0, 3, 0), (0, 0, 5)]  # fmt: skip
