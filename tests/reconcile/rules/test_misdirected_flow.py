"""misdirected-flow: what was sent to one region is not traded in another."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reconcile.facts_kit import Shop, Story
from tests.reconcile.rules_kit import Cases

CASES = Cases("misdirected-flow")


def diverted(story: Story, packs: int, *, there: Shop, **told: Any) -> Shop:
    """Let a maker's packs, sent to a wholesaler, turn up at a shop."""
    for _ in range(packs):
        pack = story.pack(story.aspirin)
        story.ship(pack, story.aspirin.maker, story.wholesaler, day=1)
        story.receive(pack, there, day=6, **({"anomalies": "misdirected"} | told))
    return story.wholesaler


@CASES.guilty
def sent_here_found_there(story: Story) -> str:
    """Eight packs for one province are sold in another."""
    return diverted(story, 8, there=story.far).text


@CASES.guilty
def received_then_gone(story: Story) -> str:
    """The wholesaler had them; they turn up in another province without a shipment."""
    for _ in range(6):
        pack = story.stock(story.aspirin, story.wholesaler)
        story.dispense(pack, story.far, day=9, anomalies="not-in-custody")
    return story.wholesaler.text


@CASES.innocent
def in_the_same_city(story: Story) -> str:
    """Two shops of one city; a mix-up on the lorry."""
    return diverted(story, 8, there=story.near).text


@CASES.innocent
def too_few_to_tell(story: Story) -> str:
    """One bundle fell off."""
    return diverted(story, 4, there=story.far).text


@CASES.innocent
def sold_on_by_the_wholesaler(story: Story) -> str:
    """It went on with a shipment of its own, uploaded late."""
    for _ in range(8):
        pack = story.stock(story.aspirin, story.wholesaler)
        story.receive(pack, story.far, day=6, anomalies="received-never-shipped")
        story.ship(pack, story.wholesaler, story.far, day=5, late_days=7)
    return story.wholesaler.text


@CASES.innocent
def back_from_patients(story: Story) -> str:
    """Packs that were sold here and turn up there are a matter of patients, not of trade."""
    for _ in range(8):
        pack = story.stock(story.aspirin, story.here)
        story.dispense(pack, story.here, day=3)
        story.receive(pack, story.far, day=30, anomalies="already-dispensed-elsewhere,not-in-custody")
    return story.here.text


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)
