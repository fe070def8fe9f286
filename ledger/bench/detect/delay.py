"""How long a ring goes on before anything of it is found.

The facts are cut at what was recorded by a time, and the rules run over what is left: at the ring's beginning, and
at the ends of days after it. What was there before the ring began does not count; nor do findings about
institutions and trade, nor mild ones: those who work cases would not begin with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from ledger.bench.detect.country import Done
from ledger.bench.detect.watch import Facts, seen_by
from ledger.reconcile.findings.finding import Seen
from ledger.reconcile.rules.rule import Rule

__all__ = ["DAYS", "Delay", "delay_of"]

DAYS: Final = (1, 2, 3, 4, 5, 6, 7, 10, 14, 21, 28, 42, 56, 84)
_DAY_SECONDS: Final = 86_400


class Delay(msgspec.Struct, frozen=True, kw_only=True):
    """A ring's time in the dark.

    Attributes:
        kind, hidden: the ring's.
        days: until the first finding about one of its packs, cards, or at least two of its cards; None for longer
            than the last of DAYS.
        rules: that saw it first.
        network_days: until the first finding about a network of its cards.
    """

    kind: str
    hidden: bool
    days: int | None
    rules: list[str]
    network_days: int | None


def delay_of(crime: Done, facts: Facts, rules: Sequence[Rule]) -> Delay:
    """Return how long a ring stayed in the dark."""
    near = [rule for rule in rules if rule.header.grain in ("pack", "person", "network")]
    known = {seen.id for seen in seen_by(facts, crime.begin, near)}
    days = network_days = None
    first: list[str] = []
    for day in DAYS:
        looking = near if days is None else [rule for rule in near if rule.header.grain == "network"]
        new = [
            seen for seen in seen_by(facts, crime.begin + day * _DAY_SECONDS, looking)
            if seen.id not in known and seen.severity != "low" and _is_about(seen, crime)
        ]  # fmt: skip
        if new and days is None:
            days, first = day, sorted({seen.rule for seen in new})
        if any(seen.grain == "network" for seen in new):
            network_days = day
            break
    return Delay(kind=crime.name, hidden=crime.hidden, days=days, rules=first, network_days=network_days)


def _is_about(seen: Seen, crime: Done) -> bool:
    if seen.grain == "pack":
        return seen.subject in crime.packs
    if seen.grain == "person":
        return seen.subject in crime.persons
    return len(crime.persons.intersection(seen.persons)) > 1
