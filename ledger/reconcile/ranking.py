"""Which persons to look at first: by the money that their findings can expect to get back.

    worth = (1 - product over rules of (1 - confidence)) * stake

    confidence   of one rule about the person: the best score of its findings, as a part of 1. A finding about a pack,
                 an institution or a trade touches several persons, and speaks of each with one share only
    stake        the most that any one rule counts for the person: rules see the same packs, and sums would count
                 them twice. Within a rule, findings add up; a finding about several persons is shared evenly,
                 and rounded down

So many weak signs make one strong one, money decides among the sure, and doubt among the dear. Whole numbers come
out, and the same findings give the same order. The page is `docs/reference/rings.md`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Final, Protocol

import msgspec

__all__ = ["Ranked", "Touching", "ranked"]

# Who is the subject, or one of a ring, is meant; others are touched by what was found about something else.
_MEANT: Final = frozenset({"person", "network"})


class Touching(Protocol):
    """What is asked of a hit, or of a finding."""

    @property
    def rule(self) -> str:
        """The rule's name."""

    @property
    def score(self) -> int:
        """How sure, 0 to 100."""

    @property
    def cents(self) -> int:
        """Money at stake."""

    @property
    def persons(self) -> Sequence[str]:
        """Who is touched."""


class Ranked(msgspec.Struct, frozen=True, kw_only=True):
    """One person's place.

    Attributes:
        person: the pseudonym.
        worth: confidence times stake, hundredths of the currency, rounded down.
        percent: how sure all rules together are.
        cents: the stake.
        rules: which found something, ascending.
    """

    person: str
    worth: int
    percent: int
    cents: int
    rules: tuple[str, ...]


class _Sign(msgspec.Struct):
    """What one rule says of one person."""

    doubt: float = 1.0
    cents: int = 0


def ranked(findings: Iterable[Touching], grains: Mapping[str, str]) -> list[Ranked]:
    """Return everybody whom findings touch, the first to be looked at first; equals in order of pseudonym.

    Args:
        findings: hits of a run, or open findings.
        grains: what each of their rules is about, by name.
    """
    signs: defaultdict[str, defaultdict[str, _Sign]] = defaultdict(lambda: defaultdict(_Sign))
    for finding in findings:
        share = 1 if grains[finding.rule] in _MEANT else len(finding.persons)
        for person in finding.persons:
            sign = signs[person][finding.rule]
            sign.doubt = min(sign.doubt, 1 - finding.score / 100 / share)
            sign.cents += finding.cents // len(finding.persons)
    found = [_ranked(person, rules) for person, rules in signs.items()]
    return sorted(found, key=lambda each: (-each.worth, each.person))


def _ranked(person: str, signs: Mapping[str, _Sign]) -> Ranked:
    sure = 1 - prod(signs[rule].doubt for rule in sorted(signs))
    cents = max(sign.cents for sign in signs.values())
    return Ranked(
        person=person,
        worth=int(sure * cents),
        percent=int(100 * sure),
        cents=cents,
        rules=tuple(sorted(signs)),
    )
