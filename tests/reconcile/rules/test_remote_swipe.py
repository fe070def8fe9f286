"""remote-swipe: a slow product suddenly sells to people who live elsewhere."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Product, Shop, Story
from tests.reconcile.rules_kit import Cases

CASES = Cases("remote-swipe")


def sell(story: Story, shop: Shop, product: Product, counts: list[int], *, who: str) -> None:
    """Settle so many packs in each period of four weeks, each for another buyer."""
    for period, count in enumerate(counts):
        for number in range(count):
            name = f"{who} buyer {number}"
            story.settle(None, shop, product=product, to=name, day=10 + 28 * period + number % 28)


def settle_homes(story: Story, who: str, buyers: int, strangers: int) -> None:
    """Let buyers live here, but the first so many of ten in the far county."""
    for number in range(buyers):
        region = "440106" if number % 10 < strangers else "110101"
        story.lives(f"{who} buyer {number}", household=f"{who} {number}", region=region)


@CASES.guilty
def swiped_from_afar(story: Story) -> str:
    """One pack a month, then sixty, nine of ten for people of another province."""
    settle_homes(story, "Remote", 60, 9)
    settle_homes(story, "Regular", 40, 0)
    sell(story, story.here, story.aspirin, [1, 1, 2, 1, 60], who="Remote")
    sell(story, story.here, story.product("Usual"), [40] * 5, who="Regular")
    sell(story, story.far, story.aspirin, [2, 1, 2, 2, 2], who="Elsewhere")
    return story.here.text


@CASES.innocent
def station_shop(story: Story) -> str:
    """It always sold to travellers; now it has a product that everybody wants."""
    settle_homes(story, "Passenger", 60, 9)
    sell(story, story.here, story.product("Usual"), [40] * 5, who="Passenger")
    sell(story, story.here, story.aspirin, [1, 1, 2, 1, 60], who="Passenger")
    return story.here.text


@CASES.innocent
def new_product(story: Story) -> str:
    """It sells suddenly, to neighbours."""
    settle_homes(story, "Neighbour", 60, 0)
    sell(story, story.here, story.aspirin, [0, 0, 0, 0, 60], who="Neighbour")
    sell(story, story.here, story.product("Usual"), [40] * 5, who="Neighbour")
    return story.here.text


@CASES.innocent
def visiting_family(story: Story) -> str:
    """A dozen packs to people from elsewhere."""
    settle_homes(story, "Visitor", 12, 10)
    sell(story, story.here, story.aspirin, [1, 1, 1, 1, 12], who="Visitor")
    return story.here.text


@CASES.innocent
def taken_back(story: Story) -> str:
    """Sent sixty times by a broken line, and reversed."""
    settle_homes(story, "Broken", 60, 9)
    sell(story, story.here, story.product("Usual"), [20] * 5, who="Local")
    for number in range(60):
        wrong = story.settle(None, story.here, product=story.aspirin, to=f"Broken buyer {number}", day=122)
        story.reverse(wrong, day=130)
    return story.here.text


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)


def test_numbers() -> None:
    """How many, how many of them for strangers, and the money."""
    hit = CASES.tell("swiped_from_afar")
    assert hit is not None
    assert (hit.numbers["packs"], hit.numbers["strangers"], hit.cents) == (60, 54, 60 * 2_500)
