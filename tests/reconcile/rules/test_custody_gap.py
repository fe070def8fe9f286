"""custody-gap: goods change hands on the record."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Story
from tests.reconcile.rules_kit import Cases

CASES = Cases("custody-gap")


@CASES.guilty
def from_nowhere(story: Story) -> str:
    """A shop takes in what nobody sent there."""
    pack = story.stock(story.aspirin, story.near)
    story.receive(pack, story.here, day=5, anomalies="received-never-shipped")
    story.passes(30)
    return pack


@CASES.innocent
def shipment_uploaded_late(story: Story) -> str:
    """The sender was offline."""
    pack = story.pack(story.aspirin)
    story.receive(pack, story.here, day=5, anomalies="received-never-shipped")
    story.ship(pack, story.aspirin.maker, story.here, day=4, late_days=8)
    story.passes(30)
    return pack


@CASES.innocent
def shipment_scanned_in_the_evening(story: Story) -> str:
    """The lorry had arrived before the sender scanned the note."""
    pack = story.pack(story.aspirin)
    story.receive(pack, story.here, day=5, hour=14, anomalies="received-never-shipped")
    story.ship(pack, story.aspirin.maker, story.here, day=5, hour=19)
    story.passes(30)
    return pack


@CASES.innocent
def refused_and_sent_again(story: Story) -> str:
    """What was refused stays with its sender, who sends it again."""
    pack = story.stock(story.aspirin, story.wholesaler)
    story.ship(pack, story.wholesaler, story.here, day=3)
    story.event("refusing", pack, story.here, day=4)
    story.ship(pack, story.wholesaler, story.here, day=6)
    story.receive(pack, story.here, day=7)
    story.passes(30)
    return pack


@CASES.innocent
def there_is_still_time(story: Story) -> str:
    """The sender may be offline."""
    pack = story.pack(story.aspirin)
    story.receive(pack, story.here, day=5, anomalies="received-never-shipped")
    story.passes(12)
    return pack


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)
