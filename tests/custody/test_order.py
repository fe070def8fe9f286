"""Order and time: late uploads, wrong clocks, corrections, many packs at once."""

from __future__ import annotations

import pytest

from ledger.custody.judge import (
    CASE,
    Act,
    Actor,
    Circumstances,
    Part,
    ProductFacts,
    Step,
    judge,
    judge_all,
    remarks,
    replay,
)
from ledger.custody.state import State
from ledger.limits import CLOCK_SKEW_SECONDS_MAX, OFFLINE_SECONDS_MAX
from tests.custody.trade import (
    DAY,
    FAR_PHARMACY,
    HOUR,
    MAKER,
    MINUTE,
    MORNING,
    PHARMACY,
    PHARMACY_BRANCH,
    PRODUCT,
    at_pharmacy,
    dispensed,
    made,
)


def test_a_sender_who_uploads_after_the_receiver_changes_nothing() -> None:
    """The nightly upload of the day's shipping: the receiver has the pack, and nothing is wrong."""
    story = made()
    assert story.tell("receiving", PHARMACY, after=4 * HOUR) == ("received-never-shipped",)
    before = story.custody
    assert story.tell("shipping", MAKER, to=PHARMACY, after=-HOUR, heard_after=12 * HOUR) == ()
    assert story.custody == before
    assert story.tell("dispensing", PHARMACY, after=2 * HOUR) == ()


def test_a_late_upload_has_a_limit_and_is_no_way_around_a_dispensing() -> None:
    """Older than any outage, or heard at once, the claim is judged as of now; a dispensing always is."""
    uploads = (("receiving", OFFLINE_SECONDS_MAX + 1), ("receiving", 10), ("dispensing", 5 * HOUR))
    for kind, heard_after in uploads:
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

    packed = at_pharmacy()
    packed.tell("packing", PHARMACY, parent="case")
    befores = [None, packed.custody, made().custody, at_pharmacy().custody, dispensed(insured=True).custody]
    keys = ["87709840000000015538", "81111110000000015538", "00/095212345432100010"]
    parts: tuple[Part, ...] = ("named", "inside")
    packs = [(key, before, part) for key in keys for before in befores for part in parts] * 3
    time = MORNING + 9 * HOUR
    act, circumstances = Act("dispensing", time), Circumstances(FAR_PHARMACY, 0, time)
    rulings = judge_all(act, circumstances, facts_of, packs)
    facts = {"8770984": PRODUCT, "8111111": ProductFacts(known=False), "00/0952": CASE}
    alone = [judge(act, circumstances, facts[key[:7]], before, part) for key, before, part in packs]
    assert rulings == alone
    assert sorted(asked) == ["8111111", "8770984"]
