"""settled-twice: the fund pays once for a pack; what was reversed, split or sent twice is given its due."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Story
from tests.reconcile.rules_kit import Cases, found

CASES = Cases("settled-twice")


@CASES.guilty
def in_two_provinces(story: Story) -> str:
    """Settled here in autumn, and there in winter."""
    pack = story.stock(story.aspirin, story.here)
    story.sell(pack, story.here, day=3, to="Li")
    story.settle(pack, story.far, day=68, to="Mo")
    return pack


@CASES.guilty
def for_two_persons_at_one_clinic(story: Story) -> str:
    """One code at hand, scanned for everybody."""
    pack = story.stock(story.aspirin, story.here)
    for hour, name in enumerate(("Li", "Mo", "Nie"), 9):
        story.settle(pack, story.here, day=3, hour=hour, to=name)
    return pack


@CASES.guilty
def sent_twice_and_never_reversed(story: Story) -> str:
    """A month is enough to notice."""
    pack = story.stock(story.aspirin, story.here)
    story.sell(pack, story.here, day=3)
    story.settle(pack, story.here, day=3, minute=2)
    story.passes(40)
    return pack


@CASES.innocent
def settled_once(story: Story) -> str:
    """A sale, and its settlement a week later."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3)
    story.settle(pack, story.here, day=10)
    story.passes(60)
    return pack


@CASES.innocent
def sent_twice_just_now(story: Story) -> str:
    """The network failed, the claim was sent again; the insurer will reverse it."""
    pack = story.stock(story.aspirin, story.here)
    story.sell(pack, story.here, day=3)
    story.settle(pack, story.here, day=3, minute=2)
    story.passes(9)
    return pack


@CASES.innocent
def sent_twice_and_reversed(story: Story) -> str:
    """The second claim was taken back."""
    pack = story.stock(story.aspirin, story.here)
    story.sell(pack, story.here, day=3)
    double = story.settle(pack, story.here, day=3, minute=2)
    story.reverse(double, day=20)
    story.passes(60)
    return pack


@CASES.innocent
def reversed_then_settled(story: Story) -> str:
    """The sale was undone and its settlement reversed; then the pack was sold to somebody else."""
    pack = story.stock(story.aspirin, story.here)
    _, settled = story.sell(pack, story.here, day=3)
    story.undo(pack, story.here, day=4)
    story.reverse(settled, day=4)
    story.sell(pack, story.here, day=6, to="Mo")
    story.passes(60)
    return pack


@CASES.innocent
def undone_and_not_yet_reversed(story: Story) -> str:
    """The pack was sold again before the insurer heard that the first sale was undone."""
    pack = story.stock(story.aspirin, story.here)
    story.sell(pack, story.here, day=3)
    story.undo(pack, story.here, day=4)
    story.sell(pack, story.here, day=6, to="Mo")
    story.passes(10)
    return pack


@CASES.innocent
def split_pack(story: Story) -> str:
    """A hospital opened the pack for three patients."""
    pack = story.stock(story.aspirin, story.here)
    for day, name in enumerate(("Li", "Mo", "Nie"), 3):
        story.settle(pack, story.here, day=day, to=name, split=True, cents=800)
    story.passes(60)
    return pack


@CASES.innocent
def paid_by_the_patient(story: Story) -> str:
    """Receipts that the insurer does not pay are no settlements by the fund."""
    pack = story.stock(story.aspirin, story.here)
    story.sell(pack, story.here, day=3)
    story.settle(pack, story.far, day=20, insured=False)
    return pack


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)


def test_numbers() -> None:
    """Money is what the fund paid too much; places and provinces are told."""
    hit = CASES.tell("in_two_provinces")
    assert hit is not None
    assert hit.cents == 1_750
    assert hit.numbers == {"settlements": 2, "places": 2, "provinces": 2, "days": 65}


def test_nobody_reverses_another_s_settlement() -> None:
    """A reversal by another institution takes nothing back."""
    story = Story()
    pack = in_two_provinces(story)
    row = next(row for row in story.rows["settlement"] if row["institution"] == story.far.party)
    taken = story.reverse(row["log_index"], day=70)
    story.rows["settlement"][-1]["institution"] = story.near.party
    assert taken
    assert [hit.subject for hit in found("settled-twice", story)] == [pack]
