"""A few borrowed cards travel a route of health centres and collect slow, dear medicine on the insurer's
account; a merchant buys all of it, and his own pharmacy sells it again.
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

NAME: Final = "card-ring"
DONE: Final = (
    "Borrowed cards were used along a route of health centres to collect dear medicine,"
    " which a merchant bought and sold again through his pharmacy."
)

_CARDS_MIN, _CARDS_MAX = 3, 6
_STOPS_MAX: Final = 5
_PACKS_A_CARD: Final = 2
_CARDS_A_STOP: Final = 2
_INSURED: Final = 0.5
_PRICE_PERCENT: Final = 60  # of the list price, by the merchant's own invoice
_WANTED: Final = tuple(goods for goods in PRODUCTS if goods.dear)


class _Ring:
    """The cards, the route, and the cellar where the packs wait."""

    def __init__(self, country: Country, record: Record) -> None:
        towns, rng = country.people.towns, record.rng
        home = rng.randrange(len(towns))
        lenders = [person for person in towns[home] if person.insured]
        count = min(len(lenders), rng.randint(_CARDS_MIN, _CARDS_MAX))
        stops = range(home, home + min(_STOPS_MAX, len(towns)))
        self.cards: list[Person] = rng.sample(lenders, count)
        self.route: list[Place] = [country.places.shops[town % len(towns)][0] for town in stops]
        self.merchant = country.places.merchants[record.number]
        self.pharmacy = country.places.backrooms[record.number]
        self.cellar: list[Pack] = []


def commit(country: Country, record: Record) -> None:
    """Collect from a third to two thirds of the time; sell it all on after three quarters."""
    stage = country.stage
    span = stage.end - stage.start
    ring = _Ring(country, record)
    until = stage.start + span * 2 // 3
    stage.at(stage.start + span // 3, partial(_tour, country, record, ring, until))
    stage.at(stage.start + span * 3 // 4, partial(_sell_on, country, record, ring))


def _tour(country: Country, record: Record, ring: _Ring, until: int) -> None:
    """Send the courier along the route, one stop every hour; the next tour begins after some days."""
    stage = country.stage
    for at, centre in enumerate(ring.route):
        stage.at(stage.now + 3_600 * (at + 1), partial(_stop, country, record, ring, centre))
    again = stage.now + record.rng.randrange(DAY, 3 * DAY)
    if again < until and len(ring.cellar) < record.size:
        stage.at(again, partial(_tour, country, record, ring, until))


def _stop(country: Country, record: Record, ring: _Ring, centre: Place) -> None:
    rng = record.rng
    for card in rng.sample(ring.cards, _CARDS_A_STOP):
        wanted = min(_PACKS_A_CARD, record.size - len(ring.cellar))
        packs = country.shelves.take(centre, rng.choice(_WANTED), wanted)
        if packs:
            country.dispense(centre, card, packs, insured=True, minutes=rng.randrange(10, 30))
            ring.cellar += packs
            record.note(packs, [card], [centre])


def _sell_on(country: Country, record: Record, ring: _Ring) -> None:
    """Bring the packs from the merchant's cellar to his pharmacy, with papers as if they were goods."""
    codes = [pack.uri for pack in ring.cellar]
    if not codes:
        return
    record.note([], [], [ring.merchant, ring.pharmacy])
    for goods in _WANTED:
        count = sum(pack.batch.goods is goods for pack in ring.cellar)
        if count:
            country.invoice(
                ring.merchant, ring.pharmacy, goods, batch=None, packs=count, percent=_PRICE_PERCENT
            )
    country.event(ring.merchant, "shipping", codes, destination=ring.pharmacy)
    now = country.stage.now
    country.event(ring.pharmacy, "receiving", codes, time=now + DAY // 4)
    rest = (country.stage.end - now) * 4 // 5
    for pack in ring.cellar:
        time = now + record.rng.randrange(DAY // 2, rest)
        country.stage.at(time, partial(_sell_again, country, record, ring.pharmacy, pack))


def _sell_again(country: Country, record: Record, pharmacy: Place, pack: Pack) -> None:
    customer = record.rng.choice(country.people.towns[pharmacy.town])
    insured = customer.insured and record.rng.random() < _INSURED
    country.dispense(pharmacy, customer, [pack], insured=insured, minutes=15)
