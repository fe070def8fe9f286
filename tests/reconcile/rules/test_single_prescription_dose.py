"""single-prescription-dose: one sheet for more than twelve weeks; whole packs are rounded up."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Story, person
from tests.reconcile.rules_kit import Cases

CASES = Cases("single-prescription-dose")


@CASES.guilty
def half_a_year(story: Story) -> str:
    """Six packs of thirty days on one sheet."""
    story.prescribe(story.here, story.aspirin, to="Big", packs=6, days=180)
    return person("Big")


@CASES.guilty
def few_days_many_packs(story: Story) -> str:
    """The sheet says thirty days, the packs last half a year."""
    story.prescribe(story.here, story.aspirin, to="Quiet", packs=6, days=30)
    return person("Quiet")


@CASES.innocent
def twelve_weeks_in_whole_packs(story: Story) -> str:
    """Twelve weeks are three packs of thirty days, and the doctor writes three months."""
    story.prescribe(story.here, story.aspirin, to="Long", packs=3, days=90)
    return person("Long")


@CASES.innocent
def four_packs_of_three_weeks(story: Story) -> str:
    """Exactly twelve weeks."""
    story.prescribe(story.here, story.product("Weekly", days=21), to="Exact", packs=4, days=84)
    return person("Exact")


@CASES.innocent
def one_pack_for_a_year(story: Story) -> str:
    """A pack that lasts longer than twelve weeks cannot be cut."""
    story.prescribe(story.here, story.product("Drops", days=120), to="Drop", packs=1, days=120)
    return person("Drop")


@CASES.innocent
def two_sheets(story: Story) -> str:
    """Two diseases, two long prescriptions: another rule counts what is on hand."""
    for name in ("One", "Two"):
        story.prescribe(story.here, story.product(name), to="Both", packs=3, days=90)
    return person("Both")


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)
