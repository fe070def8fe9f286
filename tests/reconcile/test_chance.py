"""How often strangers meet: the arithmetic beside a seeded play of honest people, and beside days that are shuffled."""

from __future__ import annotations

from random import Random

import pytest

from ledger.reconcile.rings.chance import CHANCE_MAX, needed, zeros_beyond
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.rule import CATALOGUE, load_rule
from ledger.reconcile.rules.run import run_rule
from tests.reconcile.facts_kit import Shop, Story

DAYS, PEOPLE, VISITS = 200, 60, 14


def honest_town(seed: int) -> Story:
    """Let people go to two counters, on any day and more on Mondays, in the morning more than in the evening."""
    story, dice = Story(), Random(seed)
    shops: list[Shop] = [story.pharmacy(f"Counter {number}") for number in range(2)]
    mondays = [day for day in range(DAYS) if day % 7 == 0]
    for number in range(PEOPLE):
        for _ in range(VISITS):
            day = dice.choice(mondays) if dice.random() < 0.3 else dice.randrange(DAYS)
            hour = min(dice.randrange(8, 18), dice.randrange(8, 18))
            story.dispense(story.pack(story.aspirin, day=0), dice.choice(shops), to=f"Citizen {number}", day=day,
                           hour=hour, minute=dice.randrange(60))  # fmt: skip
    return story


def pairs_of(story: Story) -> list[tuple[int, float]]:
    """Return (meetings, expected by chance) of each pair that met at all."""
    engine = DuckEngine(story.facts(), memory_mib=512, threads=2)
    try:
        hits = run_rule(engine, load_rule(CATALOGUE / "card-ring.sql"), {"meetings_min": 1, "places_min": 1})
    finally:
        engine.close()
    return [(int(hit.numbers["meetings"] or 0), int(hit.numbers["chance"] or 0) / 1e6) for hit in hits]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_expected_is_what_honest_people_do(seed: int) -> None:
    """All meetings of a town are as many as the arithmetic expects: within a seventh."""
    pairs = pairs_of(honest_town(seed))
    # Pairs that never met are no rows; what was expected of them is that of the others, on the average.
    all_pairs = PEOPLE * (PEOPLE - 1) / 2
    met, expected = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs) / len(pairs) * all_pairs
    assert met / expected == pytest.approx(1, abs=0.15)


def test_the_luckiest_of_all_pairs_is_no_link() -> None:
    """In five honest towns no pair meets as often as is needed: one in a hundred towns would show one."""
    for seed in range(10, 15):
        for met, expected in pairs_of(honest_town(seed)):
            assert met < needed(expected, PEOPLE * (PEOPLE - 1) // 2)


def test_shuffled_days_have_the_same_tail() -> None:
    """Permuting each counter's visit days keeps habits and crowds, and makes meetings as rare as the arithmetic says.

    The share of pairs beyond their own threshold at one per cent, over many shufflings, is at most about one per
    cent: Poisson is right, or says too little, but never sees rings where there are none.
    """
    dice = Random(5)
    days = [dice.randrange(100) for _ in range(40 * 10)]
    owners = [number for number in range(40) for _ in range(10)]
    beyond = pairs = 0
    for _ in range(30):
        dice.shuffle(days)
        where = [{day for day, owner in zip(days, owners, strict=True) if owner == number} for number in range(40)]
        crowd = [days.count(day) for day in range(100)]
        same_day = sum(count * count for count in crowd) / len(days) ** 2
        for one in range(40):
            for other in range(one):
                pairs += 1
                expected = len(where[one]) * len(where[other]) * same_day
                beyond += len(where[one] & where[other]) >= needed(expected, 1)
    assert beyond / pairs < 1.5 * CHANCE_MAX


def test_more_pairs_need_more_meetings() -> None:
    """Among many pairs one is lucky; who is expected to meet often must meet more often."""
    assert needed(0.1, 1) < needed(0.1, 1_000) < needed(0.1, 10**9)
    assert needed(0.1, 1_000) < needed(2.0, 1_000) < needed(40.0, 1_000)
    assert needed(0.0, 10**12) >= 3


@pytest.mark.parametrize("tested", [1, 1_000, 10**9])
@pytest.mark.parametrize("expected", [0.0, 0.05, 1.0, 25.0])
def test_needed_is_the_least(expected: float, tested: int) -> None:
    """So many leave two zeros and more; one fewer would not: the two functions are of one mind."""
    least = needed(expected, tested)
    assert zeros_beyond(expected, least, tested) >= 2
    assert zeros_beyond(expected, least - 1, tested) < 2


def test_beyond_what_a_double_holds() -> None:
    """Ten thousand meetings of people who should never meet are as rare as numbers go, and no error."""
    assert zeros_beyond(0.0, 10_000, 10**12) == 300
