"""paper-prescription-peers: one writes by hand what all of its size type."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Shop, Story
from tests.reconcile.rules_kit import Cases

CASES = Cases("paper-prescription-peers")


def work(story: Story, shop: Shop, sheets: int, paper: int) -> None:
    """Write so many prescriptions in four weeks, the first of them by hand."""
    for number in range(sheets):
        story.prescribe(shop, story.aspirin, to=f"Patient {number}", day=10 + number % 28,
                        medium="paper" if number < paper else "electronic")  # fmt: skip


def peers(story: Story, papers: list[int], sheets: int = 45) -> None:
    """Let others of one size work."""
    for number, paper in enumerate(papers):
        work(story, story.pharmacy(f"Peer {number}"), sheets, paper)


@CASES.guilty
def by_hand(story: Story) -> str:
    """Forty of forty-five, where others write one in ten."""
    peers(story, [3, 5, 4, 6, 2, 5, 4, 7])
    work(story, story.here, 45, 40)
    return story.here.text


@CASES.innocent
def among_villages(story: Story) -> str:
    """Where peers differ widely, one in two is nothing."""
    peers(story, [2, 10, 18, 26, 34, 6, 14, 30])
    work(story, story.here, 45, 40)
    return story.here.text


@CASES.innocent
def small_house(story: Story) -> str:
    """A doctor of his own writes twenty sheets, all by hand."""
    peers(story, [3, 5, 4, 6, 2, 5, 4, 7])
    work(story, story.here, 20, 20)
    return story.here.text


@CASES.innocent
def few_peers(story: Story) -> str:
    """Four others make no median."""
    peers(story, [3, 5, 4, 6])
    work(story, story.here, 45, 40)
    return story.here.text


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)


def test_numbers() -> None:
    """Its own share, and the peers'."""
    hit = CASES.tell("by_hand")
    assert hit is not None
    assert [hit.numbers[name] for name in ("percent", "all_sheets", "peers")] == [89, 45, 8]
