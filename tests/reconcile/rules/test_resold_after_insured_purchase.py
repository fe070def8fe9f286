"""resold-after-insured-purchase: what an insurer paid for does not come back into trade."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Story
from tests.reconcile.rules_kit import Cases

CASES = Cases("resold-after-insured-purchase")


@CASES.guilty
def sold_again_elsewhere(story: Story) -> str:
    """Bought with a card here, sold for cash there."""
    pack = story.stock(story.aspirin, story.here)
    story.sell(pack, story.here, day=3)
    story.dispense(pack, story.far, day=40, insured=False, to=None)
    return pack


@CASES.guilty
def received_by_another(story: Story) -> str:
    """A clinic takes it into stock; nobody has sold it yet."""
    pack = story.stock(story.aspirin, story.here)
    story.sell(pack, story.here, day=3)
    story.receive(pack, story.far, day=40)
    return pack


@CASES.guilty
def marked_as_paid_by_the_patient(story: Story) -> str:
    """The counter said self-pay, and the insurer was billed all the same."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3, insured=False)
    story.settle(pack, story.here, day=3)
    story.receive(pack, story.far, day=40)
    return pack


@CASES.guilty
def insured_sale_uploaded_late(story: Story) -> str:
    """The second counter was quicker to upload."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.far, day=6, to=None, insured=False)
    story.dispense(pack, story.here, day=3, late_days=8)
    return pack


@CASES.guilty
def bought_back_by_the_shop(story: Story) -> str:
    """The shop buys it from the patient, and sells it a second time."""
    pack = story.stock(story.aspirin, story.here)
    story.sell(pack, story.here, day=3)
    story.sell(pack, story.here, day=30, to="Mo")
    return pack


@CASES.innocent
def self_paid(story: Story) -> str:
    """No insurer paid: that a pack came back is another rule's."""
    pack = story.stock(story.aspirin, story.here)
    story.sell(pack, story.here, day=3, insured=False)
    story.receive(pack, story.far, day=40)
    return pack


@CASES.innocent
def brought_back_and_sent_back(story: Story) -> str:
    """The sale was undone; the shop returned the pack to its wholesaler, who sold it to another."""
    pack = story.stock(story.aspirin, story.here)
    _, settled = story.sell(pack, story.here, day=3)
    story.undo(pack, story.here, day=4)
    story.reverse(settled, day=4)
    story.deliver(pack, story.wholesaler, day=20, sender=story.here)
    story.deliver(pack, story.near, day=22, sender=story.wholesaler)
    story.sell(pack, story.near, day=30)
    return pack


@CASES.innocent
def way_to_the_shop_uploaded_late(story: Story) -> str:
    """The delivery was recorded after the sale, by its own clock before it."""
    pack = story.pack(story.aspirin)
    story.dispense(pack, story.here, day=3)
    story.ship(pack, story.aspirin.maker, story.here, day=1, late_days=6)
    story.receive(pack, story.here, day=2, late_days=6)
    return pack


@CASES.innocent
def counter_with_a_slow_clock(story: Story) -> str:
    """The counter's clock stands two days back, so that the sale seems to come before the delivery."""
    pack = story.pack(story.aspirin)
    story.ship(pack, story.aspirin.maker, story.here, day=3)
    story.dispense(pack, story.here, day=2, late_days=2)
    return pack


@CASES.innocent
def double_beep(story: Story) -> str:
    """Scanned twice."""
    pack = story.stock(story.aspirin, story.here)
    story.sell(pack, story.here, day=3)
    story.beep(pack, story.here, day=3, minute=5)
    return pack


@CASES.innocent
def checked_by_its_owner(story: Story) -> str:
    """A patient scans it at home; a pharmacist looks it up for them."""
    pack = story.stock(story.aspirin, story.here)
    story.sell(pack, story.here, day=3)
    story.event("inspecting", pack, story.far, day=5, state="dispensed")
    return pack


@CASES.innocent
def split(story: Story) -> str:
    """The rest of an opened pack."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3, split=True)
    story.dispense(pack, story.here, day=9)
    return pack


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)


def test_numbers() -> None:
    """It is told where it was paid for, where it came back, and how long that took."""
    hit = CASES.tell("sold_again_elsewhere")
    assert hit is not None
    assert (hit.numbers["days"], hit.numbers["sales"], hit.numbers["moves"]) == (37, 1, 0)
    assert set(hit.institutions) == {hit.numbers["first_party"], hit.numbers["again_party"]}
    assert len(hit.evidence) == 2
