"""The rules in the trade's words: every kind of act and every anomaly has at least one story here."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ledger.custody.anomalies import ANOMALIES, Verdict, verdict_of
from ledger.custody.judge import (
    CASE,
    Act,
    Actor,
    Circumstances,
    ProductFacts,
    Step,
    judge,
    judge_all,
    remarks,
    replay,
)
from ledger.custody.rules import ROLES, RULES
from ledger.custody.state import Custody, State
from ledger.limits import CLOCK_SKEW_SECONDS_MAX, OFFLINE_SECONDS_MAX, UNDO_DISPENSE_SECONDS_MAX
from tests.custody.trade import (
    DAY,
    DISTRIBUTOR,
    EXPIRES,
    FAR_PHARMACY,
    HOUR,
    INSURER,
    MAKER,
    MEDICINE,
    MINUTE,
    MORNING,
    OTHER_MAKER,
    PATIENT,
    PHARMACY,
    PHARMACY_BRANCH,
    POLICE,
    PRODUCT,
    Story,
    at_pharmacy,
    dispensed,
    made,
    moved,
    new_case,
)


def test_an_honest_pack_goes_from_its_maker_to_the_patient_without_a_word() -> None:
    """Commissioned, shipped, received, accepted, inspected, dispensed, settled: nothing is wrong, all is known."""
    story = made()
    assert story.custody is not None
    assert (story.custody.holder, story.custody.site) == (MAKER.party, MAKER.site)
    assert (story.custody.batch, story.custody.expiry) == ("LOT7", EXPIRES)
    assert story.tell("shipping", MAKER, to=DISTRIBUTOR) == ()
    assert story.custody.destination == DISTRIBUTOR.party
    assert story.state is State.IN_TRANSIT
    assert story.tell("receiving", DISTRIBUTOR) == ()
    assert story.custody.destination == 0
    assert story.tell("accepting", DISTRIBUTOR) == ()
    moved(story, DISTRIBUTOR, PHARMACY)
    assert story.tell("inspecting", PHARMACY) == ()
    assert story.tell("other", PHARMACY) == ()
    assert story.state is State.ACTIVE
    assert story.tell("dispensing", PHARMACY, insured=True) == ()
    assert story.tell("settling", INSURER, to=PHARMACY) == ()
    assert story.tell("mentioning", PHARMACY) == ()
    assert story.tell("inspecting", PATIENT) == ()
    custody = story.custody
    assert custody.state is State.DISPENSED
    assert (custody.dispensed_party, custody.dispensed_site) == (PHARMACY.party, PHARMACY.site)
    assert (custody.insured, custody.settled, custody.settled_party) == (True, True, PHARMACY.party)
    assert custody.dispensings == 1


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


@pytest.mark.parametrize("kind", ["receiving", "accepting", "shipping", "packing", "dispensing", "inspecting"])
def test_a_pack_that_the_insurer_paid_for_cannot_come_back_into_trade(kind: str) -> None:
    """The collector's round: bought on cards, resold to a far pharmacy, whatever that pharmacy does with it."""
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


def test_a_code_that_no_maker_commissioned_stays_unknown() -> None:
    """A copied or invented code: every act is recorded and stopped, and none makes it a pack."""
    story = Story()
    for kind, by in (("receiving", PHARMACY), ("dispensing", PHARMACY), ("inspecting", PATIENT), ("theft", MAKER)):
        assert story.tell(kind, by) == ("unknown-pack",)
        assert story.state is State.UNKNOWN


def test_a_false_pack_can_be_seized() -> None:
    """It is unknown, and evidence all the same."""
    story = Story()
    story.tell("receiving", FAR_PHARMACY)
    assert story.tell("seizing", POLICE) == ("unknown-pack",)
    assert story.state is State.SEIZED


def test_only_the_maker_commissions_its_product() -> None:
    """Not another maker, not a distributor; a product whose maker is not enrolled takes any manufacturer."""
    for stranger in (OTHER_MAKER, DISTRIBUTOR):
        story = Story()
        assert story.tell("commissioning", stranger) == ("not-authorised",)
        assert story.state is State.UNKNOWN
    orphan = Story(facts=ProductFacts(known=True))
    assert orphan.so_far().tell("commissioning", DISTRIBUTOR) == ("not-authorised",)
    assert orphan.tell("commissioning", OTHER_MAKER) == ()


def test_a_code_is_commissioned_once() -> None:
    """The same code on other goods is stopped, and the first commissioning stands."""
    story = at_pharmacy()
    told = story.tell("commissioning", MAKER, batch="LOT8", expiry=EXPIRES)
    assert told == ("already-commissioned", "batch-mismatch")
    assert story.custody is not None
    assert (story.custody.holder, story.custody.batch) == (PHARMACY.party, "LOT7")
    story.tell("destroying", PHARMACY)
    assert story.tell("commissioning", MAKER) == ("already-commissioned", "after-final-state")


@pytest.mark.parametrize(
    ("kind", "by", "state"),
    [
        ("destroying", PHARMACY, State.DESTROYED),
        ("destroying", MEDICINE, State.DESTROYED),
        ("sampling", MEDICINE, State.SAMPLED),
        ("sampling", PHARMACY, State.SAMPLED),
        ("exporting", PHARMACY, State.EXPORTED),
        ("loss", PHARMACY, State.LOST),
        ("theft", PHARMACY, State.STOLEN),
        ("theft", POLICE, State.STOLEN),
        ("seizing", POLICE, State.SEIZED),
        ("seizing", MEDICINE, State.SEIZED),
    ],
)
def test_what_has_left_trade_does_not_come_back(kind: str, by: Actor, state: State) -> None:
    """Holder or authority ends it without a word; whoever offers it afterwards is stopped."""
    story = at_pharmacy()
    assert story.tell(kind, by) == ()
    assert story.state is state
    for act in ("receiving", "shipping", "dispensing", "inspecting"):
        assert story.tell(act, FAR_PHARMACY) == ("after-final-state",)
        assert story.state is state


def test_patients_are_told_of_stolen_goods_but_not_of_their_own_purchase() -> None:
    """Most dispensed packs that patients check are their own."""
    assert dispensed(insured=True).tell("inspecting", PATIENT) == ()
    assert dispensed(insured=True).tell("inspecting", FAR_PHARMACY) != ()
    story = at_pharmacy()
    story.tell("theft", PHARMACY)
    assert story.tell("inspecting", PATIENT) == ("after-final-state",)


@pytest.mark.parametrize("kind", ["dispensing", "shipping", "packing", "unpacking", "destroying", "exporting"])
def test_one_who_has_the_pack_in_hand_is_believed(kind: str) -> None:
    """A missing receiving record is common: a caution, and the act counts for the speaker."""
    story = made()
    assert "not-in-custody" in story.tell(kind, FAR_PHARMACY, to=PHARMACY, parent="case" if "pack" in kind else None)
    assert story.custody is not None
    if kind in ("dispensing", "shipping", "packing", "unpacking"):
        assert story.custody.holder == FAR_PHARMACY.party
    assert story.state is (RULES[kind].leads)


@pytest.mark.parametrize("kind", ["loss", "theft", "voiding-shipment"])
def test_nobody_takes_other_peoples_packs_out_of_trade_by_word_alone(kind: str) -> None:
    """One who reports as gone what another has does not have it in hand; it is recorded, and changes nothing."""
    story = at_pharmacy()
    story.tell("shipping", PHARMACY, to=PHARMACY_BRANCH)
    assert story.tell(kind, FAR_PHARMACY) == ("not-in-custody",)
    assert story.state is State.IN_TRANSIT


def test_a_parcel_at_the_wrong_door_and_a_parcel_nobody_sent() -> None:
    """Misdirected, received though never shipped: cautions, and the receiver has it."""
    story = made()
    story.tell("shipping", MAKER, to=PHARMACY)
    assert story.tell("receiving", FAR_PHARMACY) == ("misdirected",)
    assert story.tell("receiving", PHARMACY) == ("received-never-shipped",)
    assert story.tell("accepting", DISTRIBUTOR) == ("received-never-shipped",)
    assert story.custody is not None
    assert story.custody.holder == DISTRIBUTOR.party


def test_a_shipment_without_a_named_receiver_may_be_received_by_anyone() -> None:
    """No destination, nothing to be misdirected from."""
    story = made()
    story.tell("shipping", MAKER)
    assert story.tell("receiving", PHARMACY) == ()


def test_refused_goods_stay_with_the_sender() -> None:
    """Both are told; a stranger's refusal, or of what was never sent, changes nothing."""
    story = made()
    story.tell("shipping", MAKER, to=PHARMACY)
    assert story.tell("refusing", FAR_PHARMACY) == ("misdirected", "refused")
    assert story.state is State.IN_TRANSIT
    assert story.tell("refusing", PHARMACY) == ("refused",)
    assert story.custody is not None
    assert (story.state, story.custody.holder, story.custody.destination) == (State.ACTIVE, MAKER.party, 0)
    before = story.custody
    assert story.tell("refusing", PHARMACY) == ("received-never-shipped", "refused")
    assert story.custody.moved_at == before.moved_at


def test_a_voided_shipment_never_left() -> None:
    """The sender has it again."""
    story = made()
    story.tell("shipping", MAKER, to=PHARMACY)
    assert story.tell("voiding-shipment", MAKER) == ()
    assert story.custody is not None
    assert (story.state, story.custody.destination) == (State.ACTIVE, 0)


def test_a_pack_past_its_day_is_stopped_at_the_counter() -> None:
    """On the last day it may be handed out, by the wall clock of the counter; a day later not."""
    story = Story()
    story.tell("commissioning", MAKER, batch="LOT7", expiry=20260921)
    story.time = 1_790_006_400 - 8 * HOUR  # midnight in China, before 2026-09-22
    assert story.so_far().tell("dispensing", PHARMACY, after=-1) == ("not-in-custody",)
    assert story.tell("dispensing", PHARMACY, after=0) == ("not-in-custody", "expired")
    assert story.state is State.DISPENSED


def test_a_recalled_batch_is_stopped_everywhere_but_on_its_way_back() -> None:
    """Of the named batch or of all; the maker takes it back without a word."""
    for batches in ({"LOT7"}, {"*"}):
        story = at_pharmacy()
        story.facts = ProductFacts(known=True, maker=MAKER.party, recalled=frozenset(batches))
        assert story.so_far().tell("dispensing", PHARMACY) == ("recalled",)
        assert story.so_far().tell("inspecting", PATIENT) == ("recalled",)
        assert story.so_far().tell("shipping", PHARMACY, to=FAR_PHARMACY) == ("recalled",)
        assert story.tell("shipping", PHARMACY, to=MAKER) == ()
        assert story.tell("receiving", MAKER) == ()
    story = at_pharmacy()
    story.facts = ProductFacts(known=True, maker=MAKER.party, recalled=frozenset({"LOT8"}))
    assert story.tell("dispensing", PHARMACY) == ()


def test_labels_that_differ_from_the_makers_record() -> None:
    """Product, batch, expiry: cautions; the maker's record stands."""
    story = at_pharmacy()
    assert story.tell("inspecting", PHARMACY, batch="LOT9", expiry=20290101) == ("batch-mismatch", "expiry-mismatch")
    assert story.tell("inspecting", PHARMACY, batch="LOT7", expiry=EXPIRES) == ()
    story.facts = ProductFacts(known=False)
    assert story.tell("dispensing", PHARMACY) == ("product-mismatch",)
    assert story.custody is not None
    assert (story.custody.batch, story.custody.expiry) == ("LOT7", EXPIRES)


def test_packing_makes_a_case_and_puts_packs_into_it() -> None:
    """The case comes into being where it is packed; shipping it moves what is inside, and nothing leaves it."""
    case, pack = new_case(), made()
    assert case.tell("packing", MAKER, parent="00/1", part="parent") == ()
    assert pack.tell("packing", MAKER, parent="00/1") == ()
    assert pack.custody is not None
    assert case.custody is not None
    assert (case.state, case.custody.holder, case.custody.parent) == (State.ACTIVE, MAKER.party, None)
    assert pack.custody.parent == "00/1"
    for kind, by, to in (("shipping", MAKER, PHARMACY), ("receiving", PHARMACY, None)):
        assert case.tell(kind, by, to=to) == ()
        assert pack.tell(kind, by, to=to, part="inside") == ()
        assert pack.custody.parent == "00/1"
    assert pack.tell("unpacking", PHARMACY, parent="00/1") == ()
    assert case.tell("unpacking", PHARMACY, parent="00/1", part="parent") == ()
    assert pack.custody.parent is None


def test_cases_inside_cases_keep_their_packs() -> None:
    """Packing a case into a pallet does not take the packs out of the case; nor does emptying the pallet."""
    pack = made()
    pack.tell("packing", MAKER, parent="case")
    pack.tell("packing", MAKER, parent="pallet", part="inside")
    pack.tell("unpacking", MAKER, parent="pallet", part="inside")
    assert pack.custody is not None
    assert pack.custody.parent == "case"
    pack.tell("unpacking", MAKER, parent="case", part="inside")
    assert pack.custody.parent is None


@pytest.mark.parametrize("kind", ["dispensing", "shipping", "receiving", "destroying", "loss", "seizing"])
def test_a_pack_that_is_named_alone_leaves_its_case(kind: str) -> None:
    """Silently: somebody opened the case, and that is no crime."""
    by = {"seizing": POLICE}.get(kind, PHARMACY)
    story = at_pharmacy()
    story.tell("packing", PHARMACY, parent="case")
    if kind == "receiving":
        story.tell("shipping", DISTRIBUTOR, to=PHARMACY, part="inside")
    assert "parent-unknown" not in story.tell(kind, by)
    assert story.custody is not None
    assert story.custody.parent is None


@pytest.mark.parametrize("kind", ["inspecting", "other", "settling", "mentioning"])
def test_looking_at_a_pack_or_writing_of_it_leaves_it_in_its_case(kind: str) -> None:
    """Nothing moved."""
    story = at_pharmacy()
    story.tell("packing", PHARMACY, parent="case")
    story.tell(kind, INSURER if kind == "settling" else PHARMACY, to=PHARMACY)
    assert story.custody is not None
    assert story.custody.parent == "case"


def test_wrong_cases() -> None:
    """In another case still; not in the case that is unpacked; a case that nobody packed: cautions, all count."""
    story = at_pharmacy()
    story.tell("packing", PHARMACY, parent="one")
    assert story.tell("packing", PHARMACY, parent="two") == ("child-has-parent",)
    assert story.tell("packing", PHARMACY, parent="two") == ()
    assert story.custody is not None
    assert story.custody.parent == "two"
    assert story.tell("unpacking", PHARMACY, parent="one") == ("parent-unknown",)
    assert story.custody.parent is None
    assert new_case().tell("unpacking", PHARMACY, parent="00/1", part="parent") == ("parent-unknown",)


def test_a_false_pack_cannot_be_made_genuine_by_calling_it_a_case() -> None:
    """Only a logistic unit comes into being by packing; a product's code comes from its maker."""
    story = Story()
    assert story.tell("packing", FAR_PHARMACY, parent="8", part="parent") == ("unknown-pack",)
    assert story.state is State.UNKNOWN


def test_filling_a_case_pack_by_pack_is_no_double_beep_of_the_case() -> None:
    """The case is named with every pack."""
    case = new_case()
    for _ in range(5):
        assert case.tell("packing", MAKER, parent="00/1", part="parent", after=5) == ()


def test_a_sender_who_uploads_after_the_receiver_changes_nothing() -> None:
    """The nightly upload of yesterday's shipping: the receiver has it, and nobody is told that anything is wrong."""
    story = made()
    assert story.tell("receiving", PHARMACY, after=4 * HOUR) == ("received-never-shipped",)
    before = story.custody
    assert story.tell("shipping", MAKER, to=PHARMACY, after=-HOUR, heard_after=12 * HOUR) == ()
    assert story.custody == before
    assert story.tell("dispensing", PHARMACY, after=2 * HOUR) == ()


def test_a_late_upload_has_a_limit_and_is_no_way_around_a_dispensing() -> None:
    """Older than any outage, or heard at once, the claim is judged as of now; a dispensing always is."""
    for kind, heard_after in (("receiving", OFFLINE_SECONDS_MAX + 1), ("receiving", 10), ("dispensing", 5 * HOUR)):
        story = dispensed()
        assert story.tell(kind, FAR_PHARMACY, after=-MINUTE, heard_after=heard_after) == (
            "already-dispensed-elsewhere",
        )
    assert dispensed().tell("receiving", PHARMACY_BRANCH, after=-MINUTE, heard_after=5 * HOUR) == ()


def test_a_station_from_the_future_does_not_make_all_others_late() -> None:
    """A clock a year ahead is held to the time of receipt."""
    story = made()
    story.tell("shipping", MAKER, to=PHARMACY, after=365 * DAY, heard_after=-365 * DAY)
    assert story.tell("receiving", PHARMACY, after=-364 * DAY, heard_after=HOUR) == ()
    assert story.state is State.ACTIVE


@pytest.mark.parametrize(
    ("kind", "age", "told"),
    [
        ("dispensing", -CLOCK_SKEW_SECONDS_MAX, ()),
        ("dispensing", -CLOCK_SKEW_SECONDS_MAX - 1, ("clock-skew",)),
        ("dispensing", OFFLINE_SECONDS_MAX, ()),
        ("dispensing", OFFLINE_SECONDS_MAX + 1, ("clock-skew",)),
        ("settling", OFFLINE_SECONDS_MAX + 1, ()),
        ("settling", -CLOCK_SKEW_SECONDS_MAX - 1, ("clock-skew",)),
    ],
)
def test_clocks(kind: str, age: int, told: tuple[str, ...]) -> None:
    """The future is remarked, and a past beyond any outage; papers may be old."""
    act, circumstances = Act(kind, MORNING), Circumstances(PHARMACY, 0, MORNING + age)
    assert remarks(act, circumstances) == told


def test_each_kind_is_refused_to_every_role_that_its_row_does_not_name() -> None:
    """The attempt has one anomaly and no effect, also on a pack never seen."""
    before = at_pharmacy().custody
    for rule in RULES.values():
        for role in ROLES - rule.roles:
            actor = Actor(PHARMACY.party, PHARMACY.site, PHARMACY.station, frozenset({role}))
            circumstances = Circumstances(actor, PHARMACY.party, MORNING)
            act = Act(rule.kind, MORNING)
            assert judge(act, circumstances, PRODUCT, before, "named").anomalies == ("not-authorised",)
            assert judge(act, circumstances, PRODUCT, before, "named").after == before
            assert judge(act, circumstances, PRODUCT, None, "named").after == Custody()


def test_a_correction_leaves_out_what_never_happened() -> None:
    """Without the mistaken dispense, the honest one is the first."""
    before = at_pharmacy().custody
    mistaken = _step("dispensing", PHARMACY, HOUR)
    honest = _step("dispensing", FAR_PHARMACY, 2 * HOUR)
    with_both = replay(before, [mistaken, honest])
    corrected = replay(before, [honest])
    assert with_both is not None
    assert corrected is not None
    assert (with_both.dispensed_party, corrected.dispensed_party) == (PHARMACY.party, FAR_PHARMACY.party)
    assert replay(None, []) is None
    assert replay(before, []) is before


def _step(kind: str, by: Actor, after: int) -> Step:
    time = MORNING + 30 * HOUR + after
    return Step(Act(kind, time), Circumstances(by, 0, time), PRODUCT)


def test_many_packs_are_judged_as_each_alone() -> None:
    """Alike packs share a ruling, different ones never; each product is asked for once, a case never."""
    asked: list[str] = []

    def facts_of(product: str) -> ProductFacts:
        asked.append(product)
        return PRODUCT if product == "8770984" else ProductFacts(known=False)

    befores = [None, made().custody, at_pharmacy().custody, dispensed(insured=True).custody]
    keys = ["87709840000000015538", "81111110000000015538", "00/095212345432100018"]
    packs = [(key, before, part) for key in keys for before in befores for part in ("named", "inside")] * 3
    act, circumstances = Act("dispensing", MORNING + 9 * HOUR), Circumstances(FAR_PHARMACY, 0, MORNING + 9 * HOUR)
    rulings = judge_all(act, circumstances, facts_of, packs)  # type: ignore[arg-type]
    facts = {"8770984": PRODUCT, "8111111": ProductFacts(known=False), "00/0952": CASE}
    alone = [judge(act, circumstances, facts[key[:7]], before, part) for key, before, part in packs]  # type: ignore[arg-type]
    assert rulings == alone
    assert sorted(asked) == ["8111111", "8770984"]


def test_every_kind_and_every_anomaly_has_a_story() -> None:
    """The words of both tables stand in this file, but those that only the recorder says."""
    texts = {
        node.value
        for node in ast.walk(ast.parse(Path(__file__).read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert RULES.keys() - texts == set()
    assert ANOMALIES.keys() - texts == {"already-recorded", "nothing-to-correct"}
