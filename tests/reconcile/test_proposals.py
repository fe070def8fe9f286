"""Proposals: which findings belong together, and which of them open a case by themselves."""

from __future__ import annotations

from hashlib import sha256
from itertools import count
from typing import Any

from ledger.reconcile.cases.grouping import group
from ledger.reconcile.cases.opening import CRITERIA, criterion_met, independent_rules
from ledger.reconcile.cases.proposal import Proposal
from ledger.reconcile.findings.finding import Finding, Grain, Seen, Sentence, Severity, finding_id

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
