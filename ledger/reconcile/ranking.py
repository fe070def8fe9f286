"""Persons in the order in which an office should look at them.

    score = the most, over rules, of the sum over the rule's findings that touch the person, of
            confidence (0 to 1) x money at stake / persons whom the finding touches

Within a rule, findings are about different things, and add up. Between rules they are largely about the same money:
the rule that says most speaks for all. A finding that touches many persons says little about each of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from ledger.reconcile.findings.finding import Seen

__all__ = ["Ranked", "ranking"]


class Ranked(msgspec.Struct, frozen=True):
    """A person's place: the pseudonym, and the score in hundredths of the currency, expected."""

    person: str
    cents: int


def ranking(seen: Iterable[Seen]) -> list[Ranked]:
    """Return everybody whom a finding touches, the dearest first."""
    scores: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for each in seen:
        for person in each.persons:
            scores[person][each.rule] += each.score * max(0, each.cents) // (100 * len(each.persons))
    found = [Ranked(person, max(by_rule.values())) for person, by_rule in scores.items()]
    return sorted(found, key=lambda each: (-each.cents, each.person))
