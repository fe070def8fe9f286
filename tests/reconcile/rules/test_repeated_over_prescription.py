"""repeated-over-prescription: one early prescription is a journey, a row of them is a stock."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Story, person
from tests.reconcile.rules_kit import Cases, found

CASES = Cases("repeated-over-prescription")


def write(story: Story, name: str, *days: int, packs: int = 1) -> None:
    """Write prescriptions of 30 days a pack."""
    for day in days:
        story.prescribe(story.here, story.aspirin, to=name, packs=packs, days=30 * packs, day=day)


@CASES.guilty
def every_ten_days(story: Story) -> str:
    """A month's supply three times a month."""
    write(story, "Frequent", *range(1, 80, 10))
    return person("Frequent")


@CASES.guilty
def by_several_doctors(story: Story) -> str:
    """Each doctor sees only his own."""
    for number, day in enumerate(range(1, 80, 10)):
        story.prescribe(story.here, story.aspirin, to="Shopper", by=f"Dr {number}", packs=1, days=30, day=day)
    return person("Shopper")


@CASES.innocent
def every_month(story: Story) -> str:
    """Each prescription two days before the last is used up."""
    write(story, "Steady", *range(1, 360, 28))
    return person("Steady")


@CASES.innocent
def lost_once(story: Story) -> str:
    """Packs lost and prescribed again leave a surplus on paper for ever; the visits after it are not early."""
    write(story, "Loser", 1, 3, *range(91, 700, 90), packs=3)
    return person("Loser")


@CASES.innocent
def early_before_holidays(story: Story) -> str:
    """Three early ones before a journey."""
    write(story, "Tourist", 1, 11, 21, 31, 41)
    return person("Tourist")


@CASES.innocent
def early_once_a_season(story: Story) -> str:
    """Four early ones, but over more than half a year."""
    for start in (1, 101, 201, 301):
        write(story, "Seasonal", start, start + 1, start + 8)
    return person("Seasonal")


@CASES.innocent
def changed_medicine(story: Story) -> str:
    """The first four were of no use: each time another product."""
    for day, number in enumerate(range(6)):
        story.prescribe(story.here, story.product(f"Try {number}"), to="Tried", packs=1, days=30, day=1 + 5 * day)
    return person("Tried")


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)


def test_a_limit_can_be_tried() -> None:
    """With three instead of four the tourist is found too."""
    story = Story()
    early_before_holidays(story)
    assert [hit.numbers["times"] for hit in found("repeated-over-prescription", story, times_min=3)] == [3]
