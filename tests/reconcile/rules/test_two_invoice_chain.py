"""two-invoice-chain: from maker to institution there are two invoices."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Story
from tests.reconcile.rules_kit import Cases

CASES = Cases("two-invoice-chain")


@CASES.guilty
def through_a_second_distributor(story: Story) -> str:
    """Maker, first distributor, second distributor, institution: three invoices."""
    second = story.distributor("Second")
    story.invoice(story.aspirin.maker, story.wholesaler, story.aspirin, packs=40, batch="B1", day=1)
    story.invoice(story.wholesaler, second, story.aspirin, packs=40, batch="B1", day=2)
    story.invoice(second, story.here, story.aspirin, packs=20, batch="B1", day=3)
    story.invoice(second, story.near, story.aspirin, packs=20, batch="B1", day=3)
    return second.text


@CASES.innocent
def two_invoices(story: Story) -> str:
    """Maker, distributor, institution."""
    story.invoice(story.aspirin.maker, story.wholesaler, story.aspirin, packs=40, batch="B1", day=1)
    story.invoice(story.wholesaler, story.here, story.aspirin, packs=40, batch="B1", day=2)
    return story.wholesaler.text


@CASES.innocent
def lent_a_few(story: Story) -> str:
    """A box borrowed from a neighbour on a busy day."""
    second = story.distributor("Second")
    story.invoice(story.wholesaler, second, story.aspirin, packs=5, batch="B1", day=2)
    story.invoice(second, story.here, story.aspirin, packs=5, batch="B1", day=3)
    return second.text


@CASES.innocent
def bought_from_the_maker_too(story: Story) -> str:
    """What the second distributor sold, it had from the maker; what it borrowed, it still has."""
    second = story.distributor("Second")
    story.invoice(story.aspirin.maker, second, story.aspirin, packs=40, batch="B1", day=1)
    story.invoice(story.wholesaler, second, story.aspirin, packs=20, batch="B1", day=2)
    story.invoice(second, story.here, story.aspirin, packs=40, batch="B1", day=3)
    return second.text


@CASES.innocent
def reversed_the_same_day(story: Story) -> str:
    """Sent to the wrong buyer, and taken back."""
    second = story.distributor("Second")
    wrong = story.invoice(story.wholesaler, second, story.aspirin, packs=40, batch="B1", day=2)
    story.invoice(story.wholesaler, second, story.aspirin, packs=40, batch="B1", day=2, reverses=wrong)
    story.invoice(second, story.here, story.aspirin, packs=40, batch="B1", day=3)
    return second.text


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)


def test_packs_and_buyers() -> None:
    """It is told how many packs went that way, and to how many."""
    hit = CASES.tell("through_a_second_distributor")
    assert hit is not None
    assert (hit.numbers["packs"], hit.numbers["buyers"], hit.numbers["batches"]) == (40, 2, 1)
