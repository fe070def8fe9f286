"""prescriber-surge: patients come early to every doctor, but not all of one doctor's."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Story, person
from tests.reconcile.rules_kit import Cases

CASES = Cases("prescriber-surge")


def practice(story: Story, doctor: str, patients: int, every: int, *, where: str = "", start: int = 1) -> str:
    """Let a doctor write a month's supply to each patient, every so many days for half a year."""
    shop = story.pharmacy(where or f"Practice of {doctor}")
    for patient in range(patients):
        for day in range(start + patient, start + 169, every):
            story.prescribe(shop, story.aspirin, to=f"{doctor} patient {patient}", by=doctor, packs=1, days=30, day=day)
    return shop.text


@CASES.guilty
def pill_mill(story: Story) -> str:
    """Four patients every ten days; a dozen colleagues once a month; in years when no other story is told."""
    for number in range(12):
        practice(story, f"Colleague {number}", 5, 28, start=1101)
    return practice(story, "Dr Mill", 4, 10, start=1101)


@CASES.innocent
def three_difficult_patients(story: Story) -> str:
    """A few early ones each."""
    for number in range(6):
        practice(story, f"Dr {number}", 5, 28)
    shop = story.pharmacy("Patient doctor")
    for patient in range(3):
        for day in (1, 11, 21, 31, 41, 51):
            story.prescribe(shop, story.aspirin, to=f"Difficult {patient}", by="Dr Kind", packs=1, days=30, day=day)
    return shop.text


@CASES.innocent
def before_the_holidays(story: Story) -> str:
    """Everybody comes early to everybody: that is the season, not the doctor; two years later, a season of its own."""
    for number in range(6):
        shop = practice(story, f"Holiday doctor {number}", 4, 10, start=731)
    return shop


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)


def test_whom_it_touches() -> None:
    """The prescriber and the patients."""
    hit = CASES.tell("pill_mill")
    assert hit is not None
    assert person("Dr Mill") in hit.persons
    assert hit.numbers["patients"] == 4
