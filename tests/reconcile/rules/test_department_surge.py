"""department-surge: one department multiplies what it writes; seasons, epidemics and wild departments do not count."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Shop, Story
from tests.reconcile.rules_kit import Cases

CASES = Cases("department-surge")


def write(story: Story, shop: Shop, counts: list[int], *, department: str = "oncology", days: int = 30) -> None:
    """Write so many sheets in each period of four weeks, one after the other."""
    for period, count in enumerate(counts):
        for number in range(count):
            story.prescribe(shop, story.aspirin, to=f"Patient {number}", department=department, days=days,
                            day=10 + 28 * period + number % 28)  # fmt: skip


@CASES.guilty
def broker(story: Story) -> str:
    """Two sheets a month, then forty, for people whom somebody brought."""
    write(story, story.here, [2, 1, 3, 2, 40])
    write(story, story.far, [5, 6, 5, 4, 5])
    return story.here.text


@CASES.guilty
def out_of_nothing(story: Story) -> str:
    """The hospital works all year; its oncology wrote nothing until now."""
    write(story, story.here, [20, 22, 19, 21, 20], department="cardiology")
    write(story, story.here, [0, 0, 0, 0, 40])
    write(story, story.far, [5, 6, 5, 4, 5])
    return story.here.text


@CASES.innocent
def epidemic_in_the_county(story: Story) -> str:
    """All counters of the county are full."""
    write(story, story.here, [10, 11, 9, 10, 32], department="general practice")
    write(story, story.pharmacy("Centre"), [12, 10, 11, 12, 38], department="respiratory")
    write(story, story.far, [20, 22, 19, 21, 20], department="general practice")
    return story.here.text


@CASES.innocent
def winter(story: Story) -> str:
    """The same department is full everywhere."""
    for number in range(4):
        shop = story.pharmacy(f"Hospital {number}", region=f"44010{number}")
        write(story, shop, [10, 11, 9, 10, 30], department="respiratory")
    return story.here.text


@CASES.innocent
def short_courses(story: Story) -> str:
    """Influenza in one hospital's town: each patient gets pills for a week."""
    write(story, story.here, [2, 1, 3, 2, 40], department="respiratory", days=7)
    write(story, story.far, [5, 6, 5, 4, 5], department="respiratory", days=7)
    return story.here.text


@CASES.innocent
def wild(story: Story) -> str:
    """A department whose months differ as much as this one does."""
    write(story, story.here, [2, 25, 4, 30, 1, 28, 3, 38])
    return story.here.text


@CASES.innocent
def small_numbers(story: Story) -> str:
    """From nothing to fifteen."""
    write(story, story.here, [1, 0, 1, 1, 15])
    return story.here.text


@CASES.innocent
def new_hospital(story: Story) -> str:
    """It opened last month."""
    write(story, story.here, [10, 50])
    return story.here.text


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)


def test_numbers() -> None:
    """Which department, how many, and how many its past lets be expected."""
    hit = CASES.tell("broker")
    assert hit is not None
    assert [hit.numbers[name] for name in ("department", "sheets", "expected")] == ["oncology", 40, 2]
