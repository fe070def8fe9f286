"""A patient collects more of a medicine than anybody takes, all of it paid for by the insurer, and sells the packs
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
DONE: Final = "A patient collected insured packs, and a pharmacy of another town bought them and sold them again."

_PACKS_A_VISIT: Final = 3
_INSURED: Final = 0.5
# Dear enough to be worth the trouble, ordinary enough to be had everywhere.
_WANTED: Final = tuple(goods for goods in PRODUCTS if 10_000 <= goods.cents and not goods.dear)


def commit(country: Country, record: Record) -> None:
    """Collect from two fifths of the time on; what is collected is sold within two weeks."""
    stage, towns = country.stage, country.people.towns
    home = record.rng.randrange(len(towns))
    patient = record.rng.choice([person for person in towns[home] if person.insured])
    buyer = country.places.shops[(home + len(towns) // 2) % len(towns)][1]
    begin = stage.start + (stage.end - stage.start) * 2 // 5
    stage.at(begin, partial(_collect, country, record, patient, buyer, record.size))


def _collect(country: Country, record: Record, patient: Person, buyer: Place, wanted: int) -> None:
    """Visit the shops of the home town and the next until one has packs; come again within two days."""
    stage, rng, shops = country.stage, record.rng, country.places.shops
    near = [*shops[patient.town], *shops[(patient.town + 1) % len(shops)]]
    for shop in rng.sample(near, len(near)):
        goods = rng.choice(_WANTED)
        packs = country.shelves.take(shop, goods, min(_PACKS_A_VISIT, wanted))
        if shop is not buyer and packs:
            sale = country.dispense(shop, patient, packs, insured=True, minutes=20)
            record.note(packs, [patient], [shop, buyer])
            wanted -= len(packs)
            for pack in packs:
                time = sale.time + rng.randrange(2 * DAY, 8 * DAY)
                stage.at(time, partial(_sell_again, country, record, buyer, pack))
            break
        country.shelves.put(shop, packs)
    if wanted:
        stage.at(stage.now + rng.randrange(DAY // 2, 2 * DAY), partial(_collect, country, record, patient, buyer, wanted))


def _sell_again(country: Country, record: Record, buyer: Place, pack: Pack) -> None:
    customer = record.rng.choice(country.people.towns[buyer.town])
    insured = customer.insured and record.rng.random() < _INSURED
    country.dispense(buyer, customer, [pack], insured=insured, minutes=15)
