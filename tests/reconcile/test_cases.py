"""Cases: what officers do, what counts, what belongs together, what opens by itself, what outcomes say."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

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
from ledger.reconcile.cases.grouping import group
from ledger.reconcile.cases.opening import CRITERIA, criterion_met, independent_rules
from ledger.reconcile.cases.proposal import Proposal
from ledger.reconcile.findings.finding import Finding, Grain, Seen, Sentence, Severity, finding_id
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


# -- what belongs together


_numbers = count(1)


def finding(
    subject: str = "", *, rule: str = "dispensed-twice", grain: Grain = "pack", severity: Severity = "high",
    score: int = 95, persons: tuple[str, ...] = (), parties: tuple[int, ...] = (), evidence: tuple[int, ...] = (),
    cents: int = 100,
) -> Finding:  # fmt: skip
    """Return a finding, about a pack of its own and resting on a statement of its own unless said otherwise."""
    number = next(_numbers)
    subject = subject or f"8770984{number:013d}"
    seen = Seen(
        id=finding_id(rule, subject), rule=rule, version=sha256().hexdigest(), grain=grain, severity=severity,
        subject=subject, time=0, score=score, cents=cents, evidence=evidence or (1_000_000 + number,),
        persons=tuple(sorted(persons)), institutions=parties, numbers={}, sentence=Sentence("Seen.", "发现。"),
    )  # fmt: skip
    return Finding(seen=seen, first_run=1, run=1)


def sizes(findings: list[Finding]) -> list[int]:
    """Return how many findings each proposal has, largest first."""
    return sorted((len(each.findings) for each in group(findings)), reverse=True)


def test_the_same_person_and_the_same_pack_hold_findings_together() -> None:
    """Also over several steps."""
    pack = "87709840000000999999"
    chain = [
        finding(pack, persons=("a",)), finding(pack, rule="settled-twice"),
        finding("a", rule="card-lent", grain="person", persons=("a",)), finding(persons=("b",)),
    ]  # fmt: skip
    assert sizes(chain) == [3, 1]


def two_gangs() -> list[Finding]:
    """Return what two gangs of a hundred packs and three cards did, and an honest patient who bought one of each."""
    deeds = [
        finding(persons=(f"card {gang} {number % 3}",), parties=(100 + gang,))
        for gang in range(2) for number in range(100)
    ]  # fmt: skip
    return [*deeds, *(finding(persons=(f"card {gang} 0", "patient"), parties=(100 + gang,)) for gang in range(2))]


def test_a_patient_of_two_gangs_does_not_make_them_one() -> None:
    """Two packs that came back were sold to the same person: that joins nobody else."""
    assert sizes(two_gangs()) == [101, 101]


def test_who_is_in_two_rings_goes_with_the_one_that_is_named_more() -> None:
    """Two rings stay two, though one pack went through cards of both; a common member makes them one."""
    left, right = tuple("abcd"), tuple("efgh")
    rings = [finding(cards[0], rule="card-ring", grain="network", persons=cards) for cards in (left, right)]
    assert sizes([*rings, finding(persons=("a", "e", "f"))]) == [2, 1]
    joined = finding("d", rule="collector-route", grain="network", persons=("d", "e", "x"))
    assert sizes([*rings, finding(persons=("a", "e", "f")), joined]) == [4]


def test_a_country_does_not_hang_together() -> None:
    """A hundred shops with their own customers, each of which shares one of them with the next, stay a hundred."""
    findings = [
        finding(persons=(f"person {shop} {number % 4}",) if number else (f"person {shop} 0", f"person {shop + 1} 0"),
                parties=(100 + shop,))
        for shop in range(100) for number in range(16)
    ]  # fmt: skip
    assert max(sizes(findings)) < 60


def test_the_order_in_which_findings_come_changes_nothing() -> None:
    """Proposals are read by people from day to day: they must not move by themselves."""
    findings = two_gangs()
    told = [[each.id for each in proposal.findings] for proposal in group(findings)]
    assert [[each.id for each in proposal.findings] for proposal in group(reversed(findings))] == told


def test_a_busy_hospital_glues_nothing_together() -> None:
    """Fifty gangs that all use one hospital, each with shops of its own, stay fifty."""
    hospital = 1
    findings = [
        finding(persons=(f"person {gang}",), parties=(hospital, 100 + gang)) for gang in range(50) for _ in range(3)
    ]
    assert sizes(findings) == [3] * 50


def test_one_way_of_trade_is_one_proposal() -> None:
    """Sixty codes used for other goods at one shop, sold to nobody in particular; mild ones are left alone."""
    codes = [finding(rule="code-reused-for-other-goods", parties=(7,)) for _ in range(60)]
    mild = [finding(rule="dispensed-not-settled", severity="low", parties=(7,)) for _ in range(60)]
    assert sizes(codes) == [60]
    assert sizes(mild) == [1] * 60


def test_a_shipment_that_many_findings_rest_on_says_nothing() -> None:
    """Two that rest on one sale belong together; thirty that rest on one shipment need not."""
    assert sizes([finding(evidence=(5,)), finding(evidence=(5,))]) == [2]
    assert sizes([finding(evidence=(5, 100 + number)) for number in range(30)]) == [1] * 30


def test_a_ring_gathers_what_its_cards_did() -> None:
    """However many it names; a place that names as many does not."""
    cards = tuple(f"card {number}" for number in range(105))
    deeds = [finding(persons=(card,)) for card in cards]
    assert sizes([finding("card 0", rule="card-ring", grain="network", persons=cards), *deeds]) == [106]
    assert sizes([finding("9", rule="remote-swipe", grain="institution", persons=cards), *deeds]) == [1] * 106


def test_a_proposal_tells_its_gravest_and_counts_a_pack_once() -> None:
    """Severity and score of the gravest; money of each pack once, or of the larger finding around them."""
    pack = "87709840000000888888"
    (proposal,) = group([
        finding(pack, persons=("a",), cents=500, score=91), finding(pack, rule="settled-twice", cents=700, score=99),
        finding("a", rule="excess-supply", grain="person", persons=("a",), severity="medium", cents=600, score=100),
    ])  # fmt: skip
    assert (proposal.severity, proposal.score, proposal.cents) == ("high", 99, 700)
    assert (proposal.packs, proposal.persons) == ((pack,), ("a",))
    assert proposal.rules == ("dispensed-twice", "excess-supply", "settled-twice")


# -- what opens by itself


def proposed(*findings: Finding) -> Proposal:
    """Return these findings as one proposal."""
    whole = group(findings)[0]
    return Proposal(**{name: getattr(whole, name) for name in whole.__struct_fields__} | {"findings": findings})


def met(*findings: Finding) -> str:
    """Return the name of the criterion that these findings meet, or nothing."""
    criterion = criterion_met(proposed(*findings))
    return "" if criterion is None else criterion.name


def test_one_finding_alone_opens_nothing_but_a_ring_does() -> None:
    """However grave and sure: one pack may be one slip."""
    assert met(finding(score=100)) == ""
    assert met(finding("a", rule="card-ring", grain="network", persons=("a", "b", "c"), score=85)) == "ring"
    assert met(finding("a", rule="card-ring", grain="network", persons=("a", "b", "c"), score=79)) == ""


def test_five_packs_by_one_way_open_a_case() -> None:
    """Four do not, nor do five that are less than sure."""
    assert met(*(finding(parties=(7,)) for _ in range(5))) == "repeated"
    assert met(*(finding(parties=(7,)) for _ in range(4))) == ""
    assert met(*(finding(parties=(7,), score=89) for _ in range(9))) == ""


def test_three_rules_open_a_case_only_when_they_rest_on_different_statements() -> None:
    """One faulty statement can make three rules shout: that is one witness."""
    rules = ("excess-supply", "many-institutions", "card-lent")

    def three(evidence: Any) -> list[Finding]:
        return [
            finding("a" if at else "b", rule=rule, grain="person", severity="medium", persons=("a",), score=75,
                    evidence=evidence(at))
            for at, rule in enumerate(rules)
        ]  # fmt: skip

    assert independent_rules(three(lambda at: (at, 50 + at))) == 3
    assert met(*three(lambda at: (at, 50 + at))) == "corroborated"
    assert independent_rules(three(lambda at: (at, 50))) == 1
    assert met(*three(lambda at: (at, 50))) == ""


def test_rules_that_speak_of_different_ones_do_not_agree() -> None:
    """A traveller, an invoice and a patient of many doctors, who share a pharmacy, are three stories."""

    def three(*persons: str) -> list[Finding]:
        one, other = persons
        return [
            finding("a", rule="card-lent", grain="person", persons=(one,), parties=(7,)),
            finding("b", rule="many-institutions", grain="person", persons=(other,), parties=(7,)),
            finding("16", rule="two-invoice-chain", grain="trade", persons=(one,), parties=(7, 8)),
        ]

    assert len(group(three("a", "b"))) == 1
    assert met(*three("a", "b")) == ""
    assert met(*three("a", "a")) == "corroborated"


def test_every_criterion_says_why_in_both_languages() -> None:
    """A table that decides over people gives its reasons."""
    assert len({each.name for each in CRITERIA}) == len(CRITERIA)
    assert all(each.en and each.zh for each in CRITERIA)


# -- what outcomes say


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
