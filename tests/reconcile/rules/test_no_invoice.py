"""no-invoice: who has packs of a batch was invoiced for them."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Shop, Story
from tests.reconcile.rules_kit import Cases

CASES = Cases("no-invoice")


def traded(story: Story, packs: int, *, invoiced: int, batch: str | None = "B1", day: float = 2) -> Shop:
    """Let a wholesaler deliver so many packs to a shop, and invoice so many."""
    story.invoice(story.aspirin.maker, story.wholesaler, story.aspirin, packs=packs, batch="B1", day=1)
    for _ in range(packs):
        pack = story.stock(story.aspirin, story.wholesaler)
        story.deliver(pack, story.here, day=day, sender=story.wholesaler)
    if invoiced:
        story.invoice(story.wholesaler, story.here, story.aspirin, packs=invoiced, batch=batch, day=day + 20)
    return story.here


@CASES.guilty
def half_of_it_without(story: Story) -> str:
    """Twelve packs came, six were invoiced."""
    shop = traded(story, 12, invoiced=6)
    story.passes(90)
    return shop.text


@CASES.guilty
def bought_from_a_collector(story: Story) -> str:
    """Packs that others were invoiced for are sold here."""
    shop = traded(story, 6, invoiced=6)
    for _ in range(7):
        pack = story.stock(story.aspirin, story.near)
        story.receive(pack, story.far, day=9, anomalies="received-never-shipped")
    story.invoice(story.aspirin.maker, story.near, story.aspirin, packs=7, batch="B1", day=1)
    story.passes(90)
    assert shop is story.here
    return story.far.text


@CASES.innocent
def all_of_it(story: Story) -> str:
    """An honest delivery, invoiced three weeks later."""
    shop = traded(story, 12, invoiced=12)
    story.passes(90)
    return shop.text


@CASES.innocent
def invoice_on_its_way(story: Story) -> str:
    """The month's invoice has not come yet."""
    shop = traded(story, 12, invoiced=0)
    story.passes(40)
    return shop.text


@CASES.innocent
def invoice_without_a_batch(story: Story) -> str:
    """The wholesaler writes no batches."""
    shop = traded(story, 12, invoiced=12, batch=None)
    story.passes(90)
    return shop.text


@CASES.innocent
def miscounted(story: Story) -> str:
    """Two packs more than the invoice says."""
    shop = traded(story, 12, invoiced=10)
    story.passes(90)
    return shop.text


@CASES.innocent
def returned_and_credited(story: Story) -> str:
    """The goods went back, and the invoice was reversed."""
    shop = traded(story, 6, invoiced=6)
    billed = story.rows["invoice"][-1]["log_index"]
    for code in story.packs_of(story.aspirin):
        story.deliver(code, story.wholesaler, day=30, sender=story.here)
    story.invoice(story.wholesaler, story.here, story.aspirin, packs=6, batch="B1", day=31, reverses=billed)
    story.passes(120)
    return shop.text


@CASES.innocent
def between_two_branches(story: Story) -> str:
    """One party moves its own stock."""
    shop = traded(story, 6, invoiced=6)
    branch = story.branch(story.here, "Branch")
    for code in story.packs_of(story.aspirin):
        story.deliver(code, branch, day=30, sender=story.here)
    story.passes(120)
    return shop.text


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)
