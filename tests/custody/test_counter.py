"""At the counter: dispensing, insurers' marks, returns, double beeps, split packs."""

from __future__ import annotations

import pytest

from ledger.custody.anomalies import Verdict, verdict_of
from ledger.custody.judge import (
    Actor,
    ProductFacts,
)
from ledger.custody.state import State
from ledger.limits import OFFLINE_SECONDS_MAX, UNDO_DISPENSE_SECONDS_MAX
from tests.custody.trade import (
    DAY,
    DISTRIBUTOR,
    FAR_PHARMACY,
    HOUR,
    INSURER,
    MAKER,
    MINUTE,
    PATIENT,
    PHARMACY,
    PHARMACY_BRANCH,
    POLICE,
    at_pharmacy,
    dispensed,
    made,
)


def test_a_pack_handed_out_twice_at_one_counter_is_a_caution() -> None:
    """An hour later it is no double beep; the first dispensing stands, the second is counted."""
    story = dispensed()
    assert story.custody is not None
    first = story.custody.dispensed_at
    assert story.tell("dispensing", PHARMACY) == ("already-dispensed-here",)
    assert (story.custody.dispensed_at, story.custody.dispensings) == (first, 2)


@pytest.mark.parametrize("elsewhere", [FAR_PHARMACY, PHARMACY_BRANCH])
def test_a_pack_handed_out_again_elsewhere_is_stopped(elsewhere: Actor) -> None:
    """Another pharmacy, and another branch of the same one, are elsewhere."""
    story = dispensed()
    assert story.tell("dispensing", elsewhere) == ("already-dispensed-elsewhere",)
    assert story.custody is not None
    assert story.custody.dispensed_site == PHARMACY.site


@pytest.mark.parametrize(
    "kind", ["receiving", "accepting", "shipping", "packing", "dispensing", "inspecting"]
)
def test_a_pack_that_the_insurer_paid_for_cannot_come_back_into_trade(kind: str) -> None:
    """The collector's round: bought on cards, resold to a far pharmacy, whatever it does with it."""
    story = dispensed(insured=True)
    anomalies = story.tell(kind, FAR_PHARMACY, parent="case" if kind == "packing" else None)
    assert anomalies == ("already-dispensed-elsewhere", "dispensed-under-insurance")
    assert verdict_of(anomalies) is Verdict.STOP
    assert story.state is State.DISPENSED


def test_a_settlement_alone_marks_the_pack() -> None:
    """The code was settled from a photograph and the box sold on: whoever dispenses the box is stopped."""
    story = at_pharmacy()
    assert story.tell("settling", INSURER, to=PHARMACY) == ()
    assert story.state is State.ACTIVE
    honest = story.so_far()
    assert honest.tell("dispensing", PHARMACY) == ()
    assert story.tell("receiving", FAR_PHARMACY) == ("received-never-shipped", "dispensed-under-insurance")
    assert story.tell("dispensing", FAR_PHARMACY) == ("dispensed-under-insurance",)
    assert story.state is State.DISPENSED


def test_the_first_settlement_stands() -> None:
    """Two institutions claim a pack that nobody has dispensed: the second is told, the first remains."""
    story = at_pharmacy()
    story.tell("settling", INSURER, to=PHARMACY)
    assert story.tell("settling", INSURER, to=FAR_PHARMACY) == ("dispensed-under-insurance",)
    assert story.custody is not None
    assert story.custody.settled_party == PHARMACY.party


def test_a_counter_that_says_later_that_the_insurer_pays_is_believed() -> None:
    """Only of what it dispensed itself; the second dispensing counts for nothing else."""
    story = dispensed()
    story.tell("dispensing", FAR_PHARMACY, insured=True)
    assert story.custody is not None
    assert not story.custody.insured
    assert story.tell("dispensing", PHARMACY, insured=True) == ("already-dispensed-here",)
    assert story.custody.insured


def test_a_station_from_the_future_does_not_close_its_own_return() -> None:
    """Dispensed by a clock a year ahead, returned the next day by a right one: undone."""
    story = at_pharmacy()
    story.tell("dispensing", PHARMACY, after=365 * DAY, heard_after=-365 * DAY)
    assert story.tell("undoing-dispense", PHARMACY, after=-364 * DAY) == ()


def test_a_code_settled_for_two_institutions_is_caught_at_the_second() -> None:
    """The first settlement stands; the insurer is told while settling the second."""
    story = dispensed()
    assert story.tell("settling", INSURER, to=PHARMACY) == ()
    assert story.tell("settling", INSURER, to=FAR_PHARMACY) == (
        "already-dispensed-elsewhere",
        "dispensed-under-insurance",
    )
    assert story.custody is not None
    assert story.custody.settled_party == PHARMACY.party


def test_only_the_insurer_takes_a_settlement_back() -> None:
    """A reversed settlement clears the mark; the pharmacy's own word does not, nor a reversal for another."""
    story = dispensed(insured=True)
    story.tell("settling", INSURER, to=PHARMACY)
    assert story.tell("unsettling", PHARMACY, to=PHARMACY) == ("not-authorised",)
    assert story.tell("unsettling", INSURER, to=FAR_PHARMACY) == ()
    assert story.custody is not None
    assert story.custody.insured
    assert story.tell("unsettling", INSURER, to=PHARMACY) == ()
    assert (story.custody.insured, story.custody.settled) == (False, False)


def test_a_pharmacy_settles_for_itself_only() -> None:
    """It cannot mark a pack as paid to somebody else."""
    story = at_pharmacy()
    assert story.tell("settling", PHARMACY, to=FAR_PHARMACY) == ("not-authorised",)
    assert story.tell("settling", PHARMACY, to=PHARMACY) == ()


def test_a_late_settlement_of_a_pack_that_was_seized_meanwhile_is_honest() -> None:
    """For the institution that dispensed it; for another one, money was claimed for evidence."""
    story = dispensed()
    story.tell("seizing", POLICE)
    assert story.so_far().tell("settling", INSURER, to=PHARMACY) == ()
    assert story.tell("settling", INSURER, to=FAR_PHARMACY) == ("after-final-state",)


def test_a_return_within_ten_days_undoes_the_dispense() -> None:
    """Same pharmacy, same counter, last second: the pack is in stock again and nothing counts."""
    story = dispensed(insured=True)
    assert story.tell("undoing-dispense", PHARMACY, after=UNDO_DISPENSE_SECONDS_MAX) == ()
    custody = story.custody
    assert custody is not None
    assert (custody.state, custody.insured, custody.dispensings) == (State.ACTIVE, False, 0)
    assert story.tell("dispensing", PHARMACY) == ()


@pytest.mark.parametrize(
    ("by", "after", "told"),
    [
        (PHARMACY, UNDO_DISPENSE_SECONDS_MAX + 1, ("already-dispensed-here",)),
        (PHARMACY_BRANCH, HOUR, ("already-dispensed-elsewhere",)),
        (FAR_PHARMACY, HOUR, ("already-dispensed-elsewhere", "dispensed-under-insurance")),
        (DISTRIBUTOR, HOUR, ("already-dispensed-elsewhere", "dispensed-under-insurance")),
    ],
)
def test_a_return_too_late_or_elsewhere_undoes_nothing(by: Actor, after: int, told: tuple[str, ...]) -> None:
    """It is a receiving of a dispensed pack, and the dispensing stands."""
    story = dispensed(insured=True)
    assert story.tell("undoing-dispense", by, after=after) == told
    assert story.state is State.DISPENSED


def test_an_undo_cannot_be_set_back_beyond_what_an_upload_can_be_late() -> None:
    """A claim from the day of the dispense, heard eleven days after the ten, is no return in time."""
    story = dispensed()
    heard = UNDO_DISPENSE_SECONDS_MAX + OFFLINE_SECONDS_MAX
    assert story.so_far().tell("undoing-dispense", PHARMACY, after=HOUR, heard_after=heard) == (
        "already-dispensed-here",
    )
    assert story.tell("undoing-dispense", PHARMACY, after=HOUR, heard_after=heard - HOUR) == ()


def test_an_undone_dispense_does_not_wash_off_a_settlement() -> None:
    """Paid by the insurer, returned to the shelf, moved on: the next pharmacy is stopped."""
    story = dispensed(insured=True)
    story.tell("settling", INSURER, to=PHARMACY)
    assert story.tell("undoing-dispense", PHARMACY) == ()
    assert story.tell("shipping", PHARMACY, to=FAR_PHARMACY) == ()
    assert story.tell("receiving", FAR_PHARMACY) == ("dispensed-under-insurance",)


def test_goods_sent_back_by_a_customer_to_the_distributor_are_a_receiving() -> None:
    """Disposition `returned` on a pack that was never dispensed is an ordinary receiving."""
    story = at_pharmacy()
    story.tell("shipping", PHARMACY, to=DISTRIBUTOR)
    assert story.tell("undoing-dispense", DISTRIBUTOR) == ()
    assert story.custody is not None
    assert (story.state, story.custody.holder) == (State.ACTIVE, DISTRIBUTOR.party)


def test_a_double_beep_counts_once_and_is_a_caution_from_the_third() -> None:
    """Second scan: ok. Third and later: caution. Never a second dispensing."""
    story = at_pharmacy()
    told = [story.tell("dispensing", PHARMACY, after=after) for after in (HOUR, 2, 3, MINUTE)]
    assert told == [(), ("repeat-scan",), ("repeat-scan-often",), ("repeat-scan-often",)]
    assert [verdict_of(anomalies) for anomalies in told] == [0, 0, 1, 1]
    assert story.custody is not None
    assert (story.custody.dispensings, story.custody.repeats) == (1, 3)


def test_ten_minutes_are_counted_from_the_first_scan() -> None:
    """Beeping every nine minutes does not keep the window open."""
    story = dispensed()
    assert story.tell("dispensing", PHARMACY, after=600) == ("repeat-scan",)
    assert story.tell("dispensing", PHARMACY, after=1) == ("already-dispensed-here",)


def test_scanning_again_does_not_turn_a_stop_green() -> None:
    """A double beep is answered as the first scan was."""
    story = dispensed(insured=True)
    first = story.tell("receiving", FAR_PHARMACY)
    again = story.tell("receiving", FAR_PHARMACY, after=5)
    assert again == (*first, "repeat-scan")
    assert verdict_of(again) is Verdict.STOP


def test_a_recall_that_arrives_between_two_beeps_is_told() -> None:
    """What is looked up is looked up at each scan."""
    story = dispensed()
    story.facts = ProductFacts(known=True, maker=MAKER.party, recalled=frozenset({"LOT7"}))
    assert story.tell("dispensing", PHARMACY, after=5) == ("recalled", "repeat-scan")


def test_the_till_may_correct_itself_to_insured_within_the_minute() -> None:
    """A double beep never loses an insurer's mark."""
    story = dispensed()
    assert story.tell("dispensing", PHARMACY, after=20, insured=True) == ("repeat-scan",)
    assert story.custody is not None
    assert story.custody.insured


def test_what_the_insurer_paid_for_is_not_sold_again_as_a_double_beep() -> None:
    """Within the minute, at the same till: whoever pays for it himself gets a pack that is paid for already."""
    story = dispensed(insured=True)
    assert story.tell("dispensing", PHARMACY, after=20, insured=True) == ("repeat-scan",)
    assert story.tell("dispensing", PHARMACY, after=20) == ("already-dispensed-here",)
    assert story.tell("dispensing", PHARMACY, after=1) == ("already-dispensed-here", "repeat-scan")
    assert story.custody is not None
    assert (story.custody.dispensings, story.custody.insured) == (2, True)


def test_another_station_of_the_pharmacy_is_no_double_beep() -> None:
    """Only the same station's scan repeats; and a party without stations never repeats."""
    story = dispensed()
    neighbour = Actor(PHARMACY.party, PHARMACY.site, 39, PHARMACY.roles)
    assert story.tell("dispensing", neighbour, after=5) == ("already-dispensed-here",)
    office = Actor(PHARMACY.party, PHARMACY.site, 0, PHARMACY.roles)
    assert story.tell("dispensing", office, after=5) == ("already-dispensed-here",)
    assert story.tell("dispensing", office, after=5) == ("already-dispensed-here",)


def test_a_shipment_sent_elsewhere_within_minutes_is_a_new_act() -> None:
    """The second destination counts, or the receiver would be told that it was misdirected."""
    story = made()
    assert story.tell("shipping", MAKER, to=DISTRIBUTOR) == ()
    assert story.tell("shipping", MAKER, to=PHARMACY, after=30) == ()
    assert story.tell("shipping", MAKER, to=PHARMACY, after=30) == ("repeat-scan",)
    assert story.tell("receiving", PHARMACY) == ()


def test_a_split_pack_goes_to_several_patients_of_one_pharmacy() -> None:
    """Each part is dispensed without a word, also within a minute; another party is stopped."""
    story = at_pharmacy()
    assert story.tell("dispensing", PHARMACY, partial=True) == ()
    assert story.state is State.PARTIALLY_DISPENSED
    assert story.tell("dispensing", PHARMACY, partial=True, after=30) == ()
    assert story.so_far().tell("dispensing", FAR_PHARMACY, partial=True) == ("already-dispensed-elsewhere",)
    assert story.tell("dispensing", PHARMACY) == ()
    assert story.custody is not None
    assert (story.state, story.custody.dispensings) == (State.DISPENSED, 1)


def test_patients_are_told_of_stolen_goods_but_not_of_their_own_purchase() -> None:
    """Most dispensed packs that patients check are their own."""
    for patient in (PATIENT, Actor(80, 81, 82, frozenset({"public"}))):
        assert dispensed(insured=True).tell("inspecting", patient) == ()
    assert dispensed(insured=True).tell("inspecting", FAR_PHARMACY) != ()
    story = at_pharmacy()
    story.tell("theft", PHARMACY)
    assert story.tell("inspecting", PATIENT) == ("after-final-state",)
