"""Cases, and cases inside cases."""

from __future__ import annotations

import pytest

from ledger.custody.anomalies import ANOMALIES, Verdict
from ledger.custody.state import State
from tests.custody.trade import (
    DISTRIBUTOR,
    FAR_PHARMACY,
    INSURER,
    MAKER,
    PATIENT,
    PHARMACY,
    POLICE,
    Story,
    at_pharmacy,
    made,
    new_case,
)


def test_packing_makes_a_case_and_puts_packs_into_it() -> None:
    """The case comes into being where it is packed; shipping it moves what is inside."""
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


def test_the_carton_and_then_the_bundle_are_two_acts() -> None:
    """Emptying a carton, and minutes later the bundle that was in it, is no double beep."""
    pack = made()
    pack.tell("packing", MAKER, parent="bundle")
    pack.tell("packing", MAKER, parent="carton", part="inside")
    assert pack.tell("unpacking", MAKER, parent="carton", part="inside") == ()
    assert pack.tell("unpacking", MAKER, parent="bundle", after=60) == ()
    assert pack.custody is not None
    assert pack.custody.parent is None
    assert pack.tell("unpacking", MAKER, parent="bundle", after=60) == ("repeat-scan",)


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


def test_a_case_stays_on_its_pallet_while_it_is_filled_and_emptied() -> None:
    """What happens in it does not move it."""
    case = new_case()
    case.tell("packing", MAKER, parent="00/1", part="parent")
    case.tell("packing", MAKER, parent="00/2")
    for kind in ("packing", "unpacking"):
        assert case.tell(kind, MAKER, parent="00/1", part="parent") == ()
        assert case.custody is not None
        assert case.custody.parent == "00/2"


def test_anyone_in_trade_may_announce_a_case() -> None:
    """A logistic unit has no maker; a customer may not."""
    assert new_case().tell("commissioning", DISTRIBUTOR) == ()
    assert new_case().tell("commissioning", PATIENT) == ("not-authorised",)


def test_wrong_cases() -> None:
    """Still in another case; not in the one unpacked; a case that nobody packed: cautions, all count."""
    story = at_pharmacy()
    story.tell("packing", PHARMACY, parent="one")
    assert story.tell("packing", PHARMACY, parent="two") == ("child-has-parent",)
    assert story.tell("packing", PHARMACY, parent="two") == ()
    assert story.custody is not None
    assert story.custody.parent == "two"
    assert story.tell("unpacking", PHARMACY, parent="one") == ("parent-unknown",)
    assert story.custody.parent is None
    assert new_case().tell("unpacking", PHARMACY, parent="00/1", part="parent") == ("parent-unknown",)


def test_a_case_whose_packing_comes_late_is_a_caution() -> None:
    """It may be an honest distributor's slow upload; nothing is done to packs that nobody knows to be in it."""
    case = new_case()
    for kind, by in (("shipping", DISTRIBUTOR), ("receiving", PHARMACY), ("inspecting", PATIENT)):
        assert case.tell(kind, by) == ("unknown-case",)
        assert case.state is State.UNKNOWN
    assert ANOMALIES["unknown-case"].verdict is Verdict.CAUTION
    assert case.tell("packing", DISTRIBUTOR, parent="00/1", part="parent") == ()
    assert case.tell("shipping", DISTRIBUTOR) == ()


def test_a_case_that_nobody_packed_can_be_seized() -> None:
    """It is evidence, as a false pack is."""
    case = new_case()
    assert case.tell("seizing", POLICE) == ("unknown-case",)
    assert case.state is State.SEIZED


def test_a_false_pack_cannot_be_made_genuine_by_calling_it_a_case() -> None:
    """Only a logistic unit comes into being by packing; a product's code comes from its maker."""
    story = Story()
    assert story.tell("packing", FAR_PHARMACY, parent="8", part="parent") == ("unknown-pack",)
    assert story.state is State.UNKNOWN


def test_filling_or_emptying_a_case_pack_by_pack_is_no_double_beep() -> None:
    """The case is named with every pack."""
    case = new_case()
    for kind in ["packing"] * 4 + ["unpacking"] * 4:
        assert case.tell(kind, MAKER, parent="00/1", part="parent", after=5) == ()
