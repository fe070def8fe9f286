"""invoice-custody-mismatch: what is invoiced comes."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Shop, Story
from tests.reconcile.rules_kit import Cases

CASES = Cases("invoice-custody-mismatch")


def billed(story: Story, packs: int, *, came: int, late_days: float = 0) -> Shop:
    """Let a wholesaler invoice so many packs to a shop, of which so many come."""
    story.invoice(story.wholesaler, story.here, story.aspirin, packs=packs, batch="B1", day=2)
    for _ in range(came):
        pack = story.stock(story.aspirin, story.wholesaler)
        story.ship(pack, story.wholesaler, story.here, day=2)
        story.receive(pack, story.here, day=3, late_days=late_days)
    return story.wholesaler


@CASES.guilty
def paper_without_goods(story: Story) -> str:
    """Thirty packs invoiced, five came."""
    seller = billed(story, 30, came=5)
    story.passes(60)
    return seller.text


@CASES.innocent
def all_came(story: Story) -> str:
    """An honest delivery."""
    seller = billed(story, 12, came=12)
    story.passes(60)
    return seller.text


@CASES.innocent
def on_the_way(story: Story) -> str:
    """A fortnight after the invoice."""
    seller = billed(story, 30, came=0)
    story.passes(16)
    return seller.text


@CASES.innocent
def came_late(story: Story) -> str:
    """The shop was offline when they came."""
    seller = billed(story, 12, came=12, late_days=9)
    story.passes(60)
    return seller.text


@CASES.innocent
def cancelled(story: Story) -> str:
    """The order was cancelled, and the invoice reversed."""
    seller = billed(story, 30, came=0)
    wrong = story.rows["invoice"][-1]["log_index"]
    story.invoice(story.wholesaler, story.here, story.aspirin, packs=30, batch="B1", day=9, reverses=wrong)
    story.passes(60)
    return seller.text


@CASES.innocent
def called_back_on_the_way(story: Story) -> str:
    """The batch was recalled before it was delivered."""
    seller = billed(story, 30, came=0)
    story.recall(story.aspirin, story.aspirin.maker, batch="B1", day=2)
    story.passes(60)
    return seller.text


@CASES.innocent
def refused_at_the_door(story: Story) -> str:
    """They came and were refused; the sender has them."""
    seller = billed(story, 12, came=0)
    for _ in range(12):
        pack = story.stock(story.aspirin, story.wholesaler)
        story.ship(pack, story.wholesaler, story.here, day=2)
        story.event("refusing", pack, story.here, day=3)
    story.passes(60)
    return seller.text


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)
