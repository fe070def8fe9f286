"""paper-prescription-volume: sheets multiply against an institution's own past, and not because it is winter."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Shop, Story
from tests.reconcile.rules_kit import Cases

CASES = Cases("paper-prescription-volume")
FIRST = 10  # the first day of a period of four weeks


def write(story: Story, shop: Shop, counts: list[int], *, medium: str = "paper") -> None:
    """Write so many sheets in each period of four weeks, one after the other."""
    for period, count in enumerate(counts):
        for number in range(count):
            story.prescribe(shop, story.aspirin, to=f"Patient {number}", medium=medium,
                            day=FIRST + 28 * period + number % 28)  # fmt: skip


@CASES.guilty
def mill(story: Story) -> str:
    """Five sheets a month, then eighty."""
    write(story, story.here, [5, 6, 4, 5, 80])
    write(story, story.near, [5, 5, 6, 5, 5])
    return story.here.text


@CASES.innocent
def influenza(story: Story) -> str:
    """Every clinic writes twice as much this month."""
    for number in range(5):
        write(story, story.pharmacy(f"Clinic {number}"), [20, 21, 19, 20, 40])
    return story.here.text


@CASES.innocent
def small_numbers(story: Story) -> str:
    """From one sheet to twenty: a broken computer."""
    write(story, story.here, [1, 1, 0, 1, 20])
    return story.here.text


@CASES.innocent
def always_on_paper(story: Story) -> str:
    """A village that writes sixty sheets a month, more or less."""
    write(story, story.here, [60, 70, 52, 66, 75])
    return story.here.text


@CASES.innocent
def new_clinic(story: Story) -> str:
    """Without a past of its own nothing is compared."""
    write(story, story.here, [60, 90])
    return story.here.text


@CASES.innocent
def typed(story: Story) -> str:
    """Many more, but in the system."""
    write(story, story.here, [2, 2, 2, 2, 2])
    write(story, story.here, [0, 0, 0, 0, 100], medium="electronic")
    return story.here.text


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)


def test_found_before_the_month_is_over() -> None:
    """The sheet that was one too many dates it; all sheets of the month are evidence."""
    hit = CASES.tell("mill")
    assert hit is not None
    assert (hit.numbers["sheets"], hit.numbers["expected"]) == (80, 5)
    assert len(hit.evidence) == 80
    story = Story()
    mill(story)
    assert hit.time < max(row["recorded"] for row in story.rows["prescription"])
