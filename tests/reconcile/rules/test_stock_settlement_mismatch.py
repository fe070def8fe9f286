"""stock-settlement-mismatch: more is settled than ever came in."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Shop, Story
from tests.reconcile.rules_kit import Cases

CASES = Cases("stock-settlement-mismatch")


def receive(story: Story, shop: Shop, packs: int, *, day: int = 1) -> list[str]:
    """Make packs and deliver them."""
    codes = [story.pack(story.aspirin) for _ in range(packs)]
    story.deliver(codes, shop, day=day)
    return codes


def settle(story: Story, shop: Shop, packs: int, *, day: int = 5, **more: object) -> int:
    """Settle packs without naming codes."""
    return story.settle(None, shop, product=story.aspirin, packs=packs, to=f"Buyer {day}", day=day, **more)


@CASES.guilty
def never_arrived(story: Story) -> str:
    """Ten packs came in, thirty are settled."""
    receive(story, story.here, 10)
    for day in range(5, 35):
        settle(story, story.here, 1, day=day)
    return story.here.text


@CASES.guilty
def sent_on(story: Story) -> str:
    """What came in went to a branch, and is settled here all the same."""
    codes = receive(story, story.here, 20)
    story.ship(codes, story.here, story.near, day=3)
    story.receive(codes, story.near, day=4)
    settle(story, story.here, 20, day=9)
    return story.here.text


@CASES.innocent
def sold_out(story: Story) -> str:
    """All that came in, and no more."""
    receive(story, story.here, 20)
    settle(story, story.here, 20)
    return story.here.text


@CASES.innocent
def unscanned_case(story: Story) -> str:
    """A case of ten that nobody scanned."""
    receive(story, story.here, 20)
    settle(story, story.here, 30)
    return story.here.text


@CASES.innocent
def split_packs(story: Story) -> str:
    """Packs that are handed out in parts are settled part by part."""
    receive(story, story.here, 5)
    for day in range(5, 35):
        settle(story, story.here, 1, day=day, split=True)
    return story.here.text


@CASES.innocent
def no_scanner(story: Story) -> str:
    """Who scans nothing that comes in has no stock to compare with."""
    settle(story, story.here, 50)
    return story.here.text


@CASES.innocent
def taken_back(story: Story) -> str:
    """Settled twice by mistake, and taken back."""
    receive(story, story.here, 20)
    settle(story, story.here, 20)
    story.reverse(settle(story, story.here, 20, day=6), day=8)
    return story.here.text


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)


def test_numbers() -> None:
    """Settled, received, and what is missing beyond what may be explained."""
    hit = CASES.tell("never_arrived")
    assert hit is not None
    assert [hit.numbers[name] for name in ("settled", "received", "allowed", "missing")] == [30, 10, 11, 9]
