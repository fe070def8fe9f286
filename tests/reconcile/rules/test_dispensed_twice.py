"""dispensed-twice: one code has one sale; beeps, returns, splits and corrections are none."""

from __future__ import annotations

import pytest

from tests.reconcile.facts_kit import Story, person
from tests.reconcile.rules_kit import Cases

CASES = Cases("dispensed-twice")


@CASES.guilty
def sold_at_two_places(story: Story) -> str:
    """The same code at two pharmacies, six days apart."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3, to="Li")
    story.dispense(pack, story.near, day=9, to="Mo")
    return pack


@CASES.guilty
def sold_twice_in_one_shop(story: Story) -> str:
    """The code of a pack that is gone covers another box, an hour later."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3, hour=10)
    story.dispense(pack, story.here, day=3, hour=11)
    return pack


@CASES.guilty
def sold_for_cash_after_the_insurer_paid(story: Story) -> str:
    """Within minutes, at the same till; the code is scanned once more for somebody who pays."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3)
    story.dispense(pack, story.here, day=3, minute=5, insured=False, anomalies="already-dispensed-here")
    return pack


@CASES.guilty
def first_sale_uploaded_late(story: Story) -> str:
    """The first counter was offline; its sale came into the record after the second."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.near, day=5)
    story.dispense(pack, story.here, day=3, late_days=8)
    return pack


@CASES.guilty
def undone_when_it_was_too_late(story: Story) -> str:
    """The first sale is undone only after the pack was sold elsewhere."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3)
    story.dispense(pack, story.near, day=5)
    story.undo(pack, story.here, day=6)
    return pack


@CASES.guilty
def undone_by_another(story: Story) -> str:
    """Another pharmacy's return is not allowed, and leaves the pack sold."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3)
    story.undo(pack, story.near, day=4, state="dispensed", anomalies="already-dispensed-elsewhere")
    story.dispense(pack, story.near, day=5)
    return pack


@CASES.guilty
def split_pack_sold_elsewhere(story: Story) -> str:
    """A pack opened here cannot be sold there."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3, split=True)
    story.dispense(pack, story.far, day=4, split=True)
    return pack


@CASES.innocent
def sold_once(story: Story) -> str:
    """A sale."""
    pack = story.stock(story.aspirin, story.here)
    story.sell(pack, story.here, day=3)
    return pack


@CASES.innocent
def double_beeps(story: Story) -> str:
    """The scanner beeps three times within minutes, as events of their own."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3)
    for minute in (2, 9):
        story.beep(pack, story.here, day=3, minute=minute)
    return pack


@CASES.innocent
def undone_then_sold_again(story: Story) -> str:
    """The customer brought it back; the next one bought it."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3)
    story.undo(pack, story.here, day=4)
    story.dispense(pack, story.here, day=6)
    return pack


@CASES.innocent
def undone_after_a_double_beep(story: Story) -> str:
    """One return takes back a sale that was scanned twice."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=3)
    story.beep(pack, story.here, day=3, minute=1)
    story.undo(pack, story.here, day=4)
    story.dispense(pack, story.here, day=6)
    return pack


@CASES.innocent
def undone_offline(story: Story) -> str:
    """Sale and return were uploaded after the second sale; by the counter's clock all is well."""
    pack = story.stock(story.aspirin, story.here)
    story.dispense(pack, story.here, day=6)
    story.dispense(pack, story.here, day=3, late_days=5)
    story.undo(pack, story.here, day=4, late_days=4)
    return pack


@CASES.innocent
def corrected(story: Story) -> str:
    """The first counter scanned a neighbour's pack, and said so."""
    pack = story.stock(story.aspirin, story.here)
    wrong = story.dispense(pack, story.near, day=3)
    story.correct(wrong, day=3)
    story.dispense(pack, story.here, day=4)
    return pack


@CASES.innocent
def one_of_two_scans_corrected(story: Story) -> str:
    """The pack was scanned twice; the first scan is declared an error, and the other stands for the sale."""
    pack = story.stock(story.aspirin, story.here)
    wrong = story.dispense(pack, story.here, day=3)
    story.beep(pack, story.here, day=3, minute=1)
    story.beep(pack, story.here, day=3, minute=2)
    story.correct(wrong, day=3)
    return pack


@CASES.innocent
def split_pack(story: Story) -> str:
    """A hospital hands out a pack in three parts."""
    pack = story.stock(story.aspirin, story.here)
    for day in (3, 10, 17):
        story.dispense(pack, story.here, day=day, split=day < 17)
    return pack


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)


def test_evidence_and_numbers() -> None:
    """Both sales are the evidence; it could be found when the second was recorded; one pack is at stake."""
    hit = CASES.tell("sold_at_two_places")
    assert hit is not None
    assert len(hit.evidence) == 2
    assert set(hit.persons) == {person("Li"), person("Mo")}
    assert hit.numbers["sales"] == 2
    assert hit.numbers["days"] == 6
    assert hit.cents == 2_500


def test_found_when_the_late_upload_came() -> None:
    """A late upload dates the finding, not the time that it claims."""
    story = Story()
    first_sale_uploaded_late(story)
    hit = CASES.tell("first_sale_uploaded_late")
    assert hit is not None
    assert hit.time == max(row["recorded"] for row in story.rows["custody"])
