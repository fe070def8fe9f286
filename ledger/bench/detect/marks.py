"""What rules saw, held against what was done.

A finding is right when its subject belongs to a crime: the pack was used for it, the card, the institution where
it was done; a network is as right as its cards are, so that each card counts for itself. It is meant when that
crime is of a kind that the rule is meant to find. A kind is found as far as its packs, its cards, or (rules about
institutions and trade) its crimes have a finding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from ledger.bench.detect.country import Answer, Done
from ledger.bench.detect.meant import MEANT
from ledger.reconcile.findings.finding import Grain, Seen
from ledger.reconcile.rules.rule import Rule

__all__ = ["KindMark", "Part", "RuleMark", "kind_marks", "rule_marks", "subjects"]


class Part(msgspec.Struct, frozen=True):
    """So many of so many."""

    some: int
    all: int

    @property
    def share(self) -> float | None:
        """The share; None of nothing."""
        return self.some / self.all if self.all else None


class RuleMark(msgspec.Struct, frozen=True, kw_only=True):
    """One rule in one country.

    Attributes:
        right: of its subjects, those that belong to a crime of any kind.
        meant: those that belong to a crime of a kind that it is meant to find.
        kinds: by kind that it is meant to find: how much of it was found.
    """

    rule: str
    grain: Grain
    right: Part
    meant: Part
    kinds: dict[str, Part]

    @property
    def recall(self) -> Part:
        """Of all kinds together that it is meant to find."""
        return Part(sum(part.some for part in self.kinds.values()), sum(part.all for part in self.kinds.values()))


class KindMark(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of crime in one country: crimes of which anything was found, their packs, their cards.

    Attributes:
        grave: crimes with a finding of high or medium severity; a mild one is a remark.
    """

    kind: str
    hidden: bool
    crimes: Part
    grave: Part
    packs: Part
    persons: Part


Subject = str | int


def subjects(seen: Iterable[Seen]) -> set[Subject]:
    """Return what findings are about: keys of packs, pseudonyms, numbers of parties."""
    found: set[Subject] = set()
    for each in seen:
        if each.grain == "network":
            found.update(each.persons)
        elif each.grain in ("institution", "trade"):
            found.add(int(each.subject))
        else:
            found.add(each.subject)
    return found


def rule_marks(rules: Sequence[Rule], seen: Sequence[Seen], answer: Answer) -> list[RuleMark]:
    """Return the mark of each rule."""
    by_rule = _by_rule(seen)
    return [_rule_mark(rule, subjects(by_rule[rule.id]), answer) for rule in rules]


def _by_rule(seen: Sequence[Seen]) -> dict[str, list[Seen]]:
    found: dict[str, list[Seen]] = defaultdict(list)
    for each in seen:
        found[each.rule].append(each)
    return found


def _rule_mark(rule: Rule, found: set[Subject], answer: Answer) -> RuleMark:
    grain, kinds = rule.header.grain, MEANT[rule.id].kinds
    of_any = {subject for crime in answer.crimes for subject in _of(crime, grain)}
    own = [crime for crime in answer.crimes if crime.name in kinds]
    of_own = {subject for crime in own for subject in _of(crime, grain)}
    parts: dict[str, Part] = {}
    for kind in kinds:
        crimes = [crime for crime in own if crime.name == kind]
        parts[kind] = _found(crimes, grain, found)
    return RuleMark(
        rule=rule.id, grain=grain, right=Part(len(found & of_any), len(found)),
        meant=Part(len(found & of_own), len(found)), kinds=parts,
    )  # fmt: skip


def _found(crimes: Sequence[Done], grain: Grain, found: set[Subject]) -> Part:
    if grain in ("institution", "trade"):
        return Part(sum(not found.isdisjoint(crime.institutions) for crime in crimes), len(crimes))
    there = {subject for crime in crimes for subject in _of(crime, grain)}
    return Part(len(found & there), len(there))


def _of(crime: Done, grain: Grain) -> frozenset[str] | frozenset[int]:
    if grain == "pack":
        return crime.packs
    return crime.persons if grain in ("person", "network") else crime.institutions


def kind_marks(seen: Sequence[Seen], answer: Answer) -> list[KindMark]:
    """Return the mark of each kind of crime, by all rules together; findings about institutions count for none."""
    close = [each for each in seen if each.grain in ("pack", "person", "network")]
    found = subjects(close)
    grave = subjects(each for each in close if each.severity != "low")
    marks = []
    for kind in dict.fromkeys(crime.name for crime in answer.crimes):
        crimes = [crime for crime in answer.crimes if crime.name == kind]
        packs = {pack for crime in crimes for pack in crime.packs}
        persons = {person for crime in crimes for person in crime.persons}
        marks.append(
            KindMark(
                kind=kind, hidden=crimes[0].hidden,
                crimes=_touched(crimes, found), grave=_touched(crimes, grave),
                packs=Part(len(packs & found), len(packs)), persons=Part(len(persons & found), len(persons)),
            )
        )  # fmt: skip
    return marks


def _touched(crimes: Sequence[Done], found: set[Subject]) -> Part:
    return Part(sum(not found.isdisjoint(crime.packs | crime.persons) for crime in crimes), len(crimes))
