"""One country's figures: everything that is measured in it, before anything is summed up.

    1. all rules over the whole lake
    2. marks of rules and kinds
    3. packs that were seen again; persons of rings; money by rank; honest persons and scans
    4. findings grouped into proposals, and which of them open a case by themselves
    5. how long each ring stayed in the dark
    6. what people would write first, on the same facts
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ledger.bench.detect import facts as counts
from ledger.bench.detect.country import Answer, Country, engine_over
from ledger.bench.detect.delay import Delay, delay_of
from ledger.bench.detect.marks import KindMark, Part, RuleMark, kind_marks, rule_marks, subjects
from ledger.bench.detect.meant import RINGS, SEEN_AGAIN
from ledger.bench.detect.together import together
from ledger.bench.detect.watch import Facts, seen_in
from ledger.reconcile.cases.grouping import group
from ledger.reconcile.cases.opening import criterion_met
from ledger.reconcile.findings.finding import Finding, Seen
from ledger.reconcile.ranking import ranked
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.rule import Rule

__all__ = ["Money", "Pair", "Result", "measured", "result_of"]

_FIRST_SHARE = 100  # one person in so many


class Pair(msgspec.Struct, frozen=True):
    """Precision and recall, as counts: of what was found, and of what was there."""

    precision: Part
    recall: Part


class Money(msgspec.Struct, frozen=True):
    """Money of the crimes, in hundredths.

    Attributes:
        first: on the cards of the first hundredth of persons by rank.
        ideal: on as many cards that somebody who knows the truth would take.
        all: on all cards that the crimes were done with.
    """

    first: int
    ideal: int
    all: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One country's figures.

    Attributes:
        seed: the country's.
        rules, kinds: marks.
        again: packs that were sold or settled twice, or came back; `again_hidden`: the same, only the kinds of crime
            that rule authors were not told of (its precision is empty).
        rings, rings_hidden: cards of rings; a card in a network that belongs to no ring is wrong.
        rings_any: cards in networks that belong to any crime at all.
        money: by rank.
        honest_persons: those with a grave finding about themselves, of all who are in no crime.
        honest_scans, honest_sales: those that were answered `stop`.
        refused: submissions that the ledger refused.
        proposals, cases: of the findings; `cases_wrong`: cases that no crime is in.
        in_one: findings of crimes that lie in the proposal where most of their crime's lie.
        unmixed: findings of crimes that lie in a proposal most of whose findings are of their crime.
        delays: of each ring.
        counted_twice: the plain count; many_providers: persons of rings, by the commonest published definition.
    """

    seed: int
    rules: list[RuleMark]
    kinds: list[KindMark]
    again: Pair
    again_hidden: Part
    rings: Pair
    rings_hidden: Part
    rings_any: Part
    money: Money
    honest_persons: Part
    honest_scans: Part
    honest_sales: Part
    refused: int
    proposals: int
    cases: int
    cases_wrong: int
    in_one: Part
    unmixed: Part
    delays: list[Delay]
    counted_twice: Pair
    many_providers: Pair


def measured(country: Country, rules: Sequence[Rule]) -> Result:
    """Run rules over a country, and measure everything."""
    found = result_of(country, rules, seen_in(country.lake, rules))  # 1.
    return msgspec.structs.replace(found, delays=_delays(country, rules))  # 5.


def result_of(country: Country, rules: Sequence[Rule], seen: Sequence[Seen]) -> Result:
    """Return the figures of what rules saw in a country, without delays: these take runs of their own."""
    lake, answer = country.lake, country.answer
    engine = engine_over(lake)
    try:
        people, criminal = counts.people(engine), _packs(answer)
        cast = {person for crime in answer.crimes for person in crime.persons}
        again = _again(engine, answer)
        told = {pack for crime in answer.crimes if not crime.hidden for pack in crime.packs}
        twice = subjects(each for each in seen if each.rule in SEEN_AGAIN)
        rings = {person for crime in answer.crimes if crime.name in RINGS for person in crime.persons}
        netted = subjects(each for each in seen if each.grain == "network")
        scans, sales = counts.scans(engine, criminal)
        stops = [index for index, codes in answer.stops if criminal.isdisjoint(codes)]
        proposals = group(Finding(seen=each, first_run=1, run=1) for each in seen)  # 4.
        cases = [each for each in proposals if criterion_met(each) is not None]
        in_one, unmixed = together(proposals, answer)
        grave = subjects(each for each in seen if (each.grain, each.severity) == ("person", "high"))
        hidden = {person for crime in answer.crimes if crime.name in RINGS and crime.hidden for person in crime.persons}
        return Result(
            seed=answer.seed, rules=rule_marks(rules, seen, answer), kinds=kind_marks(seen, answer),
            again=Pair(_part(twice, criminal), _part(again & told, twice)),
            again_hidden=_part(again - told, twice),
            rings=Pair(_part(netted, rings), _part(rings - hidden, netted)),
            rings_hidden=_part(hidden, netted), rings_any=_part(netted, cast),
            money=_money(engine, answer, seen, len(people)),
            honest_persons=_part(people - cast, grave),
            honest_scans=Part(len(stops), scans), honest_sales=Part(len(stops), sales),
            refused=answer.refused, proposals=len(proposals), cases=len(cases),
            cases_wrong=sum(criminal.isdisjoint(each.packs) and cast.isdisjoint(each.persons) for each in cases),
            in_one=in_one, unmixed=unmixed,
            delays=[],
            counted_twice=_pair(counts.counted_twice(engine), criminal, again),
            many_providers=_pair(counts.many_providers(engine), rings, rings),
        )  # fmt: skip
    finally:
        engine.close()


def _packs(answer: Answer) -> set[str]:
    return {pack for crime in answer.crimes for pack in crime.packs}


def _part(of: set[str] | set[str | int], found: set[str] | set[str | int]) -> Part:
    """Return how many of the first are among the second."""
    return Part(sum(each in found for each in of), len(of))


def _pair(found: set[str], right: set[str], there: set[str]) -> Pair:
    return Pair(_part(found, right), _part(there, found))


def _again(engine: DuckEngine, answer: Answer) -> set[str]:
    return counts.back(engine, _packs(answer))


def _money(engine: DuckEngine, answer: Answer, seen: Sequence[Seen], people: int) -> Money:
    """Share each crime's money among its packs, and lay it on the cards on which these were first bought."""
    bought = counts.bought(engine, _packs(answer))
    on_card: dict[str, int] = {}
    for crime in answer.crimes:
        for pack in crime.packs:
            card = bought.get(pack)
            if card in crime.persons:
                on_card[card] = on_card.get(card, 0) + crime.cents // len(crime.packs)
    count = max(1, people // _FIRST_SHARE)
    first = [each.person for each in ranked(seen, {each.rule: each.grain for each in seen})[:count]]
    return Money(
        first=sum(on_card.get(person, 0) for person in first),
        ideal=sum(sorted(on_card.values(), reverse=True)[:count]),
        all=sum(on_card.values()),
    )


def _delays(country: Country, rules: Sequence[Rule]) -> list[Delay]:
    rings = [crime for crime in country.answer.crimes if crime.name in RINGS]
    if not rings:
        return []
    held = Facts(country.lake)
    return [delay_of(crime, held, rules) for crime in rings]
