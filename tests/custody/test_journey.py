"""From the maker to the pharmacy and out of trade: who may, what is unexpected, what is wrong with goods."""

from __future__ import annotations

import pytest

from ledger.custody.judge import (
    Actor,
    ProductFacts,
)
from ledger.custody.rules import RULES
from ledger.custody.state import State
from tests.custody.trade import (
    DISTRIBUTOR,
    EXPIRES,
    FAR_PHARMACY,
    INSURER,
    MAKER,
    MEDICINE,
    OTHER_MAKER,
    PATIENT,
    PHARMACY,
    PHARMACY_BRANCH,
    POLICE,
    Story,
    at_pharmacy,
    made,
    moved,
)


def test_an_honest_pack_goes_from_its_maker_to_the_patient_without_a_word() -> None:
    """Commissioned, shipped, received, accepted, inspected, dispensed, settled: nothing is wrong."""
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


def test_a_code_that_no_maker_commissioned_stays_unknown() -> None:
    """A copied or invented code: every act is recorded and stopped, and none makes it a pack."""
    story = Story()
    acts = (("receiving", PHARMACY), ("dispensing", PHARMACY), ("inspecting", PATIENT), ("theft", MAKER))
    for kind, by in acts:
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


@pytest.mark.parametrize(
    "kind", ["dispensing", "shipping", "packing", "unpacking", "destroying", "exporting"]
)
def test_one_who_has_the_pack_in_hand_is_believed(kind: str) -> None:
    """A missing receiving record is common: a caution, and the act counts for the speaker."""
    story = made()
    parent = "case" if "pack" in kind else None
    assert "not-in-custody" in story.tell(kind, FAR_PHARMACY, to=PHARMACY, parent=parent)
    assert story.custody is not None
    if kind in ("dispensing", "shipping", "packing", "unpacking"):
        assert story.custody.holder == FAR_PHARMACY.party
    assert story.state is (RULES[kind].leads)


@pytest.mark.parametrize("kind", ["loss", "theft", "voiding-shipment"])
def test_nobody_takes_other_peoples_packs_out_of_trade_by_word_alone(kind: str) -> None:
    """Who reports as gone what another has does not have it in hand; the word changes nothing."""
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
    story.time = 1_790_006_400  # 2026-09-22T00:00:00+08:00
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
    told = story.tell("inspecting", PHARMACY, batch="LOT9", expiry=20290101)
    assert told == ("batch-mismatch", "expiry-mismatch")
    assert story.tell("inspecting", PHARMACY, batch="LOT7", expiry=EXPIRES) == ()
    story.facts = ProductFacts(known=False)
    assert story.tell("dispensing", PHARMACY) == ("product-mismatch",)
    assert story.custody is not None
    assert (story.custody.batch, story.custody.expiry) == ("LOT7", EXPIRES)
