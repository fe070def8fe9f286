"""Cases: what officers do, what counts, what outcomes say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.casework import Desk
from ledger.clock import iso
from ledger.errors import FormatError, Misuse, Refusal
from ledger.papers.case import Case, decode_case
from ledger.papers.contents import (
    Action,
    Adding,
    Claim,
    Deadline,
    Deed,
    HandOver,
    Note,
    Opening,
    Outcome,
)
from ledger.papers.paper import make_paper
from ledger.reconcile.cases.feedback import feedback
from ledger.store.cases import actions_of, cases_in_order
from tests import kit
from tests.kit import World
from tests.reconcile.bureau import Bureau

FIRST, SECOND = "0" * 31 + "1", "0" * 31 + "2"


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    """Return a world with offices."""
    with World(tmp_path / "home", database_url) as world:
        yield world


def desk(world: World, name: str) -> Desk:
    """Return an office at work."""
    return Desk(world.ledger, world.recorder, getattr(world, name).key, world.clock, world.chance)


def case_of(world: World, number: int = 1) -> Case:
    """Return where a case stands."""
    with world.ledger.database.read() as connection:
        return dict(cases_in_order(connection))[number]


def must_refuse(code: str, by: Desk, do: Deed, number: int = 1) -> None:
    """Require that the office is told that this would not count, and that nothing is recorded."""
    with by.ledger.database.read() as connection:
        before = actions_of(connection, number)
    with pytest.raises((Misuse, FormatError)) as caught:
        by.act(do, number)
    assert caught.value.code == code
    with by.ledger.database.read() as connection:
        assert actions_of(connection, number) == before


def test_a_case_from_its_opening_to_its_outcome(world: World) -> None:
    """Opened, claimed, a deadline set, added to, noted, decided: each action is in the log, and the whole verifies."""
    police, insurer = desk(world, "police"), desk(world, "insurer")
    assert police.open("Two packs", [SECOND, FIRST]).number == 1
    assert case_of(world).state == "waiting"
    police.act(Claim(), 1)
    assert (case_of(world).state, case_of(world).officer) == ("working", police.signer.station)
    police.act(Deadline(until="2027-01-01T00:00:00Z"), 1)
    insurer.act(Adding(findings=["f" * 32]), 1)
    insurer.act(Note(text="Card holders were written to.\nNo answer yet."), 1)
    police.act(Outcome(result="false-alarm", cause="family", findings=[FIRST]), 1)
    police.act(Outcome(result="confirmed"), 1)
    case = case_of(world)
    assert case.findings == (FIRST, SECOND, "f" * 32)
    assert (case.state, case.deadline, case.actions) == ("closed", 1_798_761_600, 7)
    decided = {each: case.decision_of(each) for each in case.findings}
    assert [decision and decision.result for decision in decided.values()] == ["false-alarm", "confirmed", "confirmed"]
    assert world.audit().fault is None


def test_a_deadline_lies_ahead(world: World) -> None:
    """A moment that is gone, or this one, is refused before it is signed; signed elsewhere it does not count."""
    police = desk(world, "police")
    police.open("Packs", [FIRST])
    for gone in (0, world.now - 86_400, world.now):
        must_refuse("deadline-past", police, Deadline(until=iso(gone)))
    own = Action(
        id=world.fresh_id(), time=iso(world.now), case=case_of(world).uri, do=Deadline(until=iso(world.now - 1))
    )
    index = world.one(world.paper(world.police, own)).index
    with world.ledger.database.read() as connection:
        assert dict(actions_of(connection, 1))[index] == "deadline-past"
    assert case_of(world).deadline is None
    ahead = world.now + 60
    police.act(Deadline(until=iso(ahead)), 1)
    assert case_of(world).deadline == ahead
    assert world.audit().fault is None


def test_a_case_is_handed_to_another_office(world: World) -> None:
    """The one that had it decides nothing any more; the one that has it must claim it first to be known as working."""
    police, insurer = desk(world, "police"), desk(world, "insurer")
    insurer.open("One card")
    insurer.act(Claim(), 1)
    insurer.act(HandOver(to=world.police.party, reason="beyond our office"), 1)
    assert (case_of(world).office, case_of(world).officer) == (police.signer.party, 0)
    must_refuse("case-elsewhere", insurer, Outcome(result="confirmed"))
    police.act(Claim(), 1)
    assert case_of(world).officer == police.signer.station


def test_what_does_not_fit_is_told_before_it_is_signed(world: World) -> None:
    """Another office's case, a closed one, one that is not, an office that is none, a finding of another case."""
    police, insurer = desk(world, "police"), desk(world, "insurer")
    police.open("Packs", [FIRST])
    must_refuse("case-elsewhere", insurer, Claim())
    must_refuse("case-unknown", police, Claim(), 2)
    must_refuse("office-unknown", police, HandOver(to=world.pharmacy.party, reason="?"))
    must_refuse("office-unknown", police, HandOver(to="https://nobody.example/", reason="?"))
    must_refuse("finding-elsewhere", police, Outcome(result="unresolved", findings=[SECOND]))
    must_refuse("paper-member", police, Outcome(result="confirmed", cause="family"))
    must_refuse("paper-member", police, Outcome(result="false-alarm"))
    must_refuse("paper-member", police, Adding())
    must_refuse("paper-time", police, Deadline(until="2027-02-30T00:00:00Z"))
    police.act(Outcome(result="unresolved"), 1)
    must_refuse("case-closed", police, Adding(findings=[SECOND]))
    must_refuse("case-closed", police, Outcome(result="confirmed"))
    police.act(Note(text="a witness came"), 1)
    police.act(Claim(), 1)
    assert (case_of(world).state, case_of(world).decision) == ("working", None)


def test_somebody_who_is_no_office_opens_nothing(world: World) -> None:
    """What a pharmacy signs is recorded as what it is, and makes no case."""
    with pytest.raises(Misuse, match="case-not-authorised"):
        desk(world, "pharmacy").open("Competitors")
    assert world.one(world.act(world.pharmacy, Opening(title="Competitors"))).status == "recorded"
    with world.ledger.database.read() as connection:
        assert list(cases_in_order(connection)) == []
    assert world.audit().fault is None


def test_who_comes_too_late_is_told(world: World) -> None:
    """Two offices act at once: the second action is recorded, does not count, and its officer hears of it."""
    police, insurer = desk(world, "police"), desk(world, "insurer")
    insurer.open("Cards")
    case = case_of(world).uri
    handed = world.act(world.insurer, HandOver(to=world.police.party, reason="yours"), case)
    late = world.act(world.insurer, Outcome(result="confirmed"), case)
    world.record(handed, late)
    with world.ledger.database.read() as connection:
        assert [fault for _, fault in actions_of(connection, 1)] == ["", "", "case-elsewhere"]
    assert (case_of(world).state, case_of(world).office) == ("waiting", police.signer.party)
    assert world.audit().fault is None


def test_nobody_takes_a_colleagues_case_unseen(world: World) -> None:
    """Of two claims at once the first counts; who wants it all the same names what they saw last, or is told."""
    second = kit.desk("police", 2)
    world.record(*(world.register(each) for each in world.enrolment(second, "police")[2:]))
    one, two = desk(world, "police"), Desk(world.ledger, world.recorder, second.key, world.clock, world.chance)
    one.open("Packs")
    case = case_of(world).uri
    world.record(world.act(world.police, Claim(), case), world.act(second, Claim(), case))
    with world.ledger.database.read() as connection:
        assert [fault for _, fault in actions_of(connection, 1)] == ["", "", "case-taken"]
    with pytest.raises(Misuse, match=f"{world.police.station} has it") as told:
        two.act(Claim(), 1)
    assert told.value.code == "case-taken"
    one.act(Claim(), 1)  # it is theirs
    two.act(Claim(), 1, after=case_of(world).last)
    assert case_of(world).officer == two.signer.station
    must_refuse("case-taken", one, Claim())
    two.act(Outcome(result="unresolved"), 1)
    one.act(Claim(), 1)  # nobody works on a case that is closed
    assert case_of(world).officer == one.signer.station
    assert world.audit().fault is None


def test_an_id_that_was_used_opens_no_second_case(world: World) -> None:
    """The first opening stands, whoever signs the same id again."""
    first = Action(id="urn:example:1", time=world.stamp(), case="urn:example:1", do=Opening(title="Mine"))
    world.one(world.paper(world.police, first))
    again = Action(id="urn:example:1", time=world.stamp(), case="urn:example:1", do=Opening(title="Yours"))
    world.one(world.paper(world.insurer, again))
    assert case_of(world).title == "Mine"
    with world.ledger.database.read() as connection:
        assert [fault for _, fault in actions_of(connection, 1)] == ["", "case-exists"]


def test_a_key_that_is_not_registered_or_ended_acts_no_more(world: World) -> None:
    """The station is known by its key; a retired key is refused before anything is signed."""
    with pytest.raises(Misuse, match="key-not-enrolled"):
        Desk(world.ledger, world.recorder, kit.desk("stranger").key, world.clock, world.chance)
    world.one(world.revoke(world.police, "retired", since=world.now - 1))
    with pytest.raises(Refusal, match="key-retired"):
        desk(world, "police")


def test_an_action_names_the_case_that_opened_it() -> None:
    """An opening is its own case; nothing else is."""
    for do, case in ((Opening(title="x"), "urn:example:2"), (Claim(), "urn:example:1")):
        with pytest.raises(FormatError, match="paper-member"):
            make_paper(Action(id="urn:example:1", time="2026-11-22T04:37:00Z", case=case, do=do))


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x80", b"\x93\x01\x02\x03"])
def test_a_damaged_state_is_told(data: bytes) -> None:
    """Bytes that are no case end in a code."""
    with pytest.raises(FormatError, match="case-malformed"):
        decode_case(data)








def test_outcomes_are_each_rules_report(tmp_path: Path) -> None:
    """Confirmed, false with its cause, pending: counted for the version that saw it."""
    with Bureau(tmp_path) as bureau:
        packs = bureau.stock(3)
        bureau.sell_twice(packs)
        bureau.look("dispensed-twice")
        first, second, third = (bureau.about(pack)[0] for pack in packs)
        bureau.police.open("Packs", [first, second])
        bureau.insurer.open("One more", [third])
        bureau.police.act(Outcome(result="false-alarm", cause="scanner", findings=[first]), 1)
        bureau.police.act(Outcome(result="confirmed"), 1)
        with bureau.world.ledger.database.read() as connection:
            (report,) = feedback(connection)
        assert (report.rule, report.confirmed, report.false_alarms, report.pending) == ("dispensed-twice", 1, 1, 1)
        assert (report.causes, report.false_alarm_percent) == ({"scanner": 1}, 50)
