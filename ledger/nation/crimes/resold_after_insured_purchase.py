"""A patient collects more medicine than anybody takes, all of it paid for by the insurer, and sells the packs
to a pharmacy in another town, which hands them out to its own customers.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from ledger.nation.country import Country
from ledger.nation.crimes.record import Record
from ledger.nation.goods import PRODUCTS
from ledger.nation.people import Person
from ledger.nation.places import Place
from ledger.nation.stage import DAY
from ledger.nation.stock import Pack

__all__ = ["DONE", "NAME", "commit"]

NAME: Final = "resold-after-insured-purchase"
DONE: Final = "A patient collected insured packs, which a pharmacy of another town bought and sold again."

_PACKS_A_VISIT: Final = 3
_ASKED: Final = 30  # questions before the patient gives up for the day
_INSURED: Final = 0.5
# Dear enough to be worth the trouble, ordinary enough to be had everywhere.
_WANTED: Final = tuple(goods for goods in PRODUCTS if goods.cents >= 3_000 and not goods.dear)


class _Patient:
    """Whose card it is, who buys the packs, and how many are still wanted."""

    def __init__(self, country: Country, record: Record) -> None:
        towns, shops, stage = country.people.towns, country.places.shops, country.stage
        home = record.rng.randrange(len(towns))
        self.card: Person = record.rng.choice([person for person in towns[home] if person.insured])
        self.near = [*shops[home], *shops[(home + 1) % len(shops)]]
        self.buyer = shops[(home + 2) % len(shops)][1]
        self.wanted = record.size
        self.until = stage.start + (stage.end - stage.start) * 13 // 20


def commit(country: Country, record: Record) -> None:
    """Collect from three to thirteen twentieths of the time; each pack is sold within eight days."""
    stage = country.stage
    begin = stage.start + (stage.end - stage.start) * 3 // 10
    stage.at(begin, partial(_collect, country, record, _Patient(country, record)))


def _collect(country: Country, record: Record, patient: _Patient) -> None:
    """Ask for one medicine after the other, at the shops nearby, until one has it; come again soon."""
    stage, rng = country.stage, record.rng
    for shop, goods in rng.sample([(shop, goods) for shop in patient.near for goods in _WANTED], _ASKED):
        packs = country.shelves.take(shop, goods, min(_PACKS_A_VISIT, patient.wanted))
        if packs:
            sale = country.dispense(shop, patient.card, packs, insured=True, minutes=20)
            record.note(packs, [patient.card], [shop, patient.buyer])
            patient.wanted -= len(packs)
            for pack in packs:
                time = sale.time + rng.randrange(2 * DAY, 8 * DAY)
                stage.at(time, partial(_sell_again, country, record, patient.buyer, pack))
            break
    again = stage.now + rng.randrange(DAY // 2, 2 * DAY)
    if patient.wanted and again < patient.until:
        stage.at(again, partial(_collect, country, record, patient))


def _sell_again(country: Country, record: Record, buyer: Place, pack: Pack) -> None:
    customer = record.rng.choice(country.people.towns[buyer.town])
    insured = customer.insured and record.rng.random() < _INSURED
    country.dispense(buyer, customer, [pack], insured=insured, minutes=15)
