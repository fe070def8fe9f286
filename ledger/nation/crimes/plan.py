"""Which crimes a country has, how many of each, and their truth once it was played."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from ledger.errors import Misuse
from ledger.nation.country import Country
from ledger.nation.crimes import thirty_tons
from ledger.nation.crimes.hand import Dealer, Hand
from ledger.nation.crimes.kinds import CRIMES
from ledger.nation.crimes.record import Record
from ledger.nation.truth import Crime, Kind

__all__ = ["Choice", "Committed", "choose", "commit", "dealers", "told"]

# The most of one kind; shops to do it in run out long before a country of a hundred million packs does.
_CRIMES_MAX: Final = 100
# One crime is done with so many packs: one in two hundred of a small country's, a hundred at most.
_PACKS_SHARE: Final = 200
_PACKS_MIN, _PACKS_MAX = 8, 100

Choice = dict[str, int]
"""How many crimes of which kind; in the order of the table, none of them 0."""


class Committed(NamedTuple):
    """What is being committed in a country: the records that are written, and whoever runs the great case."""

    records: list[Record]
    enterprise: thirty_tons.Enterprise | None


def choose(crimes: str | Sequence[str], packs: int) -> Choice:
    """Return what a country of that many packs has: `all`, `none`, or the kinds that are named.

    Raises:
        Misuse: `nation-crime` for a name that is no kind of crime.
    """
    if crimes == "none":
        return {}
    if crimes == "all":
        names = [name for name, row in CRIMES.items() if packs >= row.packs_min]
    else:
        asked = [crimes] if isinstance(crimes, str) else crimes
        for name in asked:
            if name not in CRIMES:
                raise Misuse("nation-crime", f"{name} is none of: {', '.join(_open_names())}")
        names = [name for name in CRIMES if name in asked]
    return {name: max(1, min(_CRIMES_MAX, packs // CRIMES[name].packs_per)) for name in names}


def _open_names() -> list[str]:
    return [name for name, row in CRIMES.items() if not row.hidden]


def dealers(choice: Choice, seized: int) -> int:
    """Return how many merchants with a pharmacy the chosen crimes take, and the great case with so many packs."""
    great = thirty_tons.dealers(seized) if seized else 0
    return sum(CRIMES[name].dealers * count for name, count in choice.items()) + great


def commit(country: Country, choice: Choice, packs: int, seized: int) -> Committed:
    """Put the crimes on the agenda; with `seized`, also the case in which the police find so many packs."""
    size = max(_PACKS_MIN, min(_PACKS_MAX, packs // _PACKS_SHARE))
    waiting = list(map(Dealer, country.places.merchants, country.places.backrooms))
    records = []
    for name, count in choice.items():
        row = CRIMES[name]
        for number in range(count):
            record = Record(name, number, size, country.dice(f"crimes/{name}/{number}"))
            row.commit(Hand(country, record, [waiting.pop(0) for _ in range(row.dealers)]))
            records.append(record)
    if not seized:
        return Committed(records, None)
    record = Record(thirty_tons.NAME, 0, seized, country.dice("crimes/thirty-tons"))
    enterprise = thirty_tons.Enterprise(Hand(country, record, waiting))
    enterprise.begin()
    return Committed([*records, record], enterprise)


def told(committed: Committed) -> tuple[list[Kind], list[Crime]]:
    """Return what the truth file says of crimes of which something came, once the country was played."""
    crimes = [crime for crime in (record.crime() for record in committed.records) if crime is not None]
    names = dict.fromkeys(crime.name for crime in crimes)
    return [_kind(name) for name in names], crimes


def _kind(name: str) -> Kind:
    if name == thirty_tons.NAME:
        return Kind(name=name, done=thirty_tons.DONE, hidden=False)
    return Kind(name=name, done=CRIMES[name].done, hidden=CRIMES[name].hidden)
