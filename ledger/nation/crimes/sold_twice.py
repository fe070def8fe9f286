"""A pharmacy copies the codes of packs that it sold, and sells other goods under them: at its own till, where
nobody looks, and through the second pharmacy of the town.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from ledger.nation.country import Country
from ledger.nation.crimes.record import Record
from ledger.nation.places import Place
from ledger.nation.stage import DAY
from ledger.nation.stock import Pack

__all__ = ["DONE", "NAME", "commit"]

NAME: Final = "sold-twice"
DONE: Final = "Codes of packs that a pharmacy had sold were put on other goods, sold there and next door."

_INSURED: Final = 0.5


def commit(country: Country, record: Record) -> None:
    """Copy the codes when three fifths of the time are over; sell under them for a quarter of it."""
    stage = country.stage
    stage.at(stage.start + (stage.end - stage.start) * 3 // 5, partial(_copy, country, record))


def _copy(country: Country, record: Record) -> None:
    first, second = _pharmacies(country)[record.number]
    yesterday = country.stage.now - DAY
    packs = [pack for sale in country.sold[first.number] if sale.time < yesterday for pack in sale.packs]
    span = (country.stage.end - country.stage.start) // 4
    for at, pack in enumerate(packs[-record.size :]):
        shop = (second, first)[at % 2]
        time = country.stage.now + record.rng.randrange(DAY // 2, span)
        country.stage.at(time, partial(_sell_again, country, record, first, shop, pack))


def _pharmacies(country: Country) -> list[tuple[Place, Place]]:
    """Return pairs of a pharmacy and its neighbour, the busiest first."""
    pairs = []
    for town in country.places.shops:
        pairs += [(town[1], town[2]), (town[2], town[1])]
    return sorted(pairs, key=lambda pair: (-len(country.sold[pair[0].number]), pair[0].number))


def _sell_again(country: Country, record: Record, first: Place, shop: Place, pack: Pack) -> None:
    customer = record.rng.choice(country.people.towns[shop.town])
    insured = customer.insured and record.rng.random() < _INSURED
    country.dispense(shop, customer, [pack], insured=insured, minutes=15)
    record.note([pack], [], [first, shop])
