"""excess-supply: half a year's stock on one card is nobody's medicine; a lost bag, holidays and whole packs are."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Story, person
from tests.reconcile.rules_kit import Cases, found

CASES = Cases("excess-supply")


def collect(story: Story, *days: int, packs: int = 3, name: str = "Li", **more: object) -> list[int]:
    """Settle packs of 30 days each on these days."""
    here, aspirin = story.here, story.aspirin
    return [story.settle(None, here, product=aspirin, packs=packs, to=name, day=day, **more) for day in days]


@CASES.guilty
def hoarder(story: Story) -> str:
    """Twelve weeks' supply every three weeks."""
    collect(story, 1, 21, 41, 61, name="Hoarder")
    return person("Hoarder")


@CASES.guilty
def hoarder_at_several_counters(story: Story) -> str:
    """No counter sees more than one long prescription."""
    for day, shop in ((1, story.here), (8, story.near), (15, story.far)):
        story.settle(None, shop, product=story.aspirin, packs=3, to="Traveller", day=day)
    return person("Traveller")


@CASES.innocent
def on_time(story: Story) -> str:
    """A long prescription every twelve weeks, for two years."""
    collect(story, *range(1, 700, 84), name="Punctual")
    return person("Punctual")


@CASES.innocent
def lost_and_collected_again(story: Story) -> str:
    """The bag with all three packs is left in a bus; afterwards every collection is thirty days early."""
    collect(story, 1, 4, *range(61, 700, 90), name="Forgetful")
    return person("Forgetful")


@CASES.innocent
def lost_every_other_year(story: Story) -> str:
    """What was lost long ago is forgotten."""
    for year in range(0, 2_200, 720):
        collect(story, year + 1, year + 4, *range(year + 94, year + 700, 90), name="Unlucky")
    return person("Unlucky")


@CASES.innocent
def taken_back(story: Story) -> str:
    """A line fails, and the same settlement is sent again and again; all but one are taken back."""
    first, *again = collect(story, 1, 2, 3, 4, name="Doubled")
    assert first
    for settlement in again:
        story.reverse(settlement, day=20)
    return person("Doubled")


@CASES.innocent
def own_money(story: Story) -> str:
    """Who pays himself may hoard."""
    collect(story, 1, 2, 3, 4, name="Rich", insured=False)
    return person("Rich")


@CASES.innocent
def several_medicines(story: Story) -> str:
    """Four chronic diseases, each with its long prescription."""
    for product in (story.product(f"Medicine {number}") for number in range(4)):
        story.settle(None, story.here, product=product, packs=3, to="Ill", day=1)
    return person("Ill")


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)


@pytest.mark.parametrize(("last", "guilty"), [(60, False), (59, True)])
def test_the_last_day_that_is_allowed(last: int, guilty: bool) -> None:
    """Two long prescriptions in whole packs and thirty days more: 210 days of 30-day packs, and not one more."""
    story = Story()
    collect(story, 0, 0, last)
    assert [hit.numbers["on_hand"] for hit in found("excess-supply", story)] == ([211] if guilty else [])


def test_known_when_the_packs_are_too_many() -> None:
    """It could be found at the third collection; the money is of what is beyond one long prescription ahead."""
    hit = CASES.tell("hoarder")
    assert hit is not None
    assert hit.numbers == {"packs": 12, "product": hit.numbers["product"], "on_hand": 300, "allowed": 120}
    assert hit.cents == 3 * 3 * 2_500
    story = Story()
    third = collect(story, 1, 21, 41, 61)[2]
    assert found("excess-supply", story)[0].time == next(
        row["recorded"] for row in story.rows["settlement"] if row["log_index"] == third
    )


def test_what_was_lost_long_ago_is_forgotten() -> None:
    """Were it remembered for ever, whoever loses a bag every other year would be found."""
    story = Story()
    lost_every_other_year(story)
    assert found("excess-supply", story) == []
    assert found("excess-supply", story, lookback_days=3_650) != []
