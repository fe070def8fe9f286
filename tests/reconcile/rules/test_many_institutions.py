"""many-institutions: many doctors and counters for one medicine, and more of it than the days could use."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Story, person
from tests.reconcile.rules_kit import Cases

CASES = Cases("many-institutions")


def tour(story: Story, name: str, *, every: int, doctors: int = 5, shops: int = 5, visits: int = 8) -> str:
    """Collect a month's supply, each time from the next doctor at the next counter."""
    counters = [story.pharmacy(f"{name} counter {number}") for number in range(shops)]
    for visit in range(visits):
        counter, day = counters[visit % shops], 1 + every * visit
        sheet = story.prescribe(counter, story.aspirin, to=name, by=f"{name} doctor {visit % doctors}", day=day)
        story.settle(None, counter, product=story.aspirin, to=name, day=day, prescription=sheet)
    return person(name)


@CASES.guilty
def doctor_shopper(story: Story) -> str:
    """Five doctors, five counters, a month's supply each ten days."""
    return tour(story, "Doctor shopper", every=10)


@CASES.innocent
def gravely_ill(story: Story) -> str:
    """As many doctors and counters, but no more medicine than one takes."""
    return tour(story, "Gravely ill", every=28)


@CASES.innocent
def one_group_practice(story: Story) -> str:
    """Many counters, three doctors."""
    return tour(story, "Group practice", every=10, doctors=3)


@CASES.innocent
def one_counter(story: Story) -> str:
    """Many doctors of one hospital, three counters."""
    return tour(story, "One hospital", every=10, shops=3)


@CASES.innocent
def over_the_years(story: Story) -> str:
    """A new doctor and a new counter every two months."""
    return tour(story, "Nomad", every=61)


@CASES.innocent
def several_diseases(story: Story) -> str:
    """Each doctor treats another disease."""
    for number in range(6):
        counter, product = story.pharmacy(f"Clinic {number}"), story.product(f"Medicine {number}")
        for day in (1, 11, 21):
            sheet = story.prescribe(counter, product, to="Multimorbid", by=f"Specialist {number}", day=day)
            story.settle(None, counter, product=product, to="Multimorbid", day=day, prescription=sheet)
    return person("Multimorbid")


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)


def test_numbers() -> None:
    """Five and five, three months' supply in one."""
    hit = CASES.tell("doctor_shopper")
    assert hit is not None
    assert (hit.numbers["prescribers"], hit.numbers["dispensers"], hit.numbers["percent"]) == (5, 5, 300)
