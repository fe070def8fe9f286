"""collector-route: cards that stop together at three counters on one day are being driven."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Shop, Story, person
from tests.reconcile.rules_kit import Cases, found

CASES = Cases("collector-route")


def drive(story: Story, cards: list[str], shops: list[Shop], day: int, *, apart: int = 5) -> str:
    """Collect with each card at each counter, so many minutes after the one before; return the ring's card."""
    for stop, shop in enumerate(shops):
        for number, card in enumerate(cards):
            story.dispense(story.pack(story.aspirin, day=0), shop, to=card, day=day, hour=8 + 3 * stop,
                           minute=apart * number)  # fmt: skip
    return min(person(card) for card in cards)


def counters(story: Story, name: str, count: int = 3) -> list[Shop]:
    """Return places of a town."""
    return [story.pharmacy(f"{name} counter {number}") for number in range(count)]


@CASES.guilty
def tour(story: Story) -> str:
    """Four strangers' cards, three counters, one day."""
    return drive(story, [f"Driven {number}" for number in range(4)], counters(story, "Tour"), 9)


@CASES.innocent
def bus_to_the_hospital(story: Story) -> str:
    """A free bus brings a street to one hospital, and to the pharmacy beside it."""
    return drive(story, [f"Bus {number}" for number in range(8)], counters(story, "Bus", 2), 9)


@CASES.innocent
def one_family(story: Story) -> str:
    """A household's cards at three counters: looking for a medicine that is short."""
    for number in range(4):
        story.lives(f"Kin {number}", household="Kin")
    return drive(story, [f"Kin {number}" for number in range(4)], counters(story, "Kin"), 9)


@CASES.innocent
def friends(story: Story) -> str:
    """Two households look together."""
    return drive(story, ["Friend one", "Friend two"], counters(story, "Friends"), 9)


@CASES.innocent
def hours_apart(story: Story) -> str:
    """Four strangers happen to look for the same medicine on one day, each in his own time."""
    return drive(story, [f"Seeker {number}" for number in range(3)], counters(story, "Seeking"), 9, apart=59 * 2)


@CASES.innocent
def own_money(story: Story) -> str:
    """Who pays himself may shop where he likes."""
    for number in range(4):
        for stop, shop in enumerate(counters(story, f"Cash {number}")):
            story.dispense(story.pack(story.aspirin), shop, to=f"Cash {number}", insured=False, day=9, hour=8 + stop)
    return person("Cash 0")


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)


def test_known_on_the_day_of_the_tour() -> None:
    """One tour is enough, on the evening of that day; a second one changes neither subject nor date."""
    story = Story()
    subject = tour(story)
    [first] = found("collector-route", story)
    drive(story, [f"Driven {number}" for number in range(4)], counters(story, "Second tour"), 40)
    [again] = found("collector-route", story)
    assert (first.subject, first.time) == (again.subject, again.time)
    assert first.subject == subject
    assert (first.numbers["meetings"], again.numbers["meetings"]) == (18, 36)
