"""The hand behind a crime: what it can see and do, with everything that it does written into the record.

It does nothing that somebody at a real station could not do: it takes what stands on shelves, uses cards, and
makes stations say what their owners want them to say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import Final, NamedTuple

from ledger.nation.country import Country, Medium, Script
from ledger.nation.crimes.record import Record
from ledger.nation.deeds import EventDeed
from ledger.nation.goods import PRODUCTS, Goods
from ledger.nation.people import Person
from ledger.nation.places import Place
from ledger.nation.staff import prescriber_at
from ledger.nation.stage import DAY
from ledger.nation.stock import Load, Pack

__all__ = ["DEAR", "MIDDLING", "Dealer", "Hand"]

# Local opening hours, 8 to 20 o'clock at UTC+8: seconds after midnight UTC.
_OPEN_SECONDS: Final = 12 * 3_600
# Customers of a pharmacy who pay with their card, when nobody asks them to.
_INSURED: Final = 0.5
# In the shortest countries nothing is made any more after this; whoever orders later may get nothing.
_MADE_SHARE: Final = 0.35
# Neighbours who lend their cards together, and how many doors are knocked at for one card.
_NEIGHBOURS_MAX: Final = 5
_ASKED_PER_LENDER: Final = 8
# Village doctors write one prescription in ten by hand.
_PAPER: Final = 0.1
_LOT_PACKS: Final = 10
_DEAL_PERCENT: Final = 85  # of the list price: what an honest distributor takes

# Slow and worth a lot; and dear enough to be worth the trouble, ordinary enough to be had everywhere.
DEAR: Final = tuple(goods for goods in PRODUCTS if goods.dear)
MIDDLING: Final = tuple(goods for goods in PRODUCTS if goods.cents >= 3_000 and not goods.dear)


class Dealer(NamedTuple):
    """A merchant who asks no questions, and the pharmacy that he owns."""

    merchant: Place
    pharmacy: Place


class Hand:
    """Whoever commits one crime."""

    def __init__(self, country: Country, record: Record, dealers: Sequence[Dealer]) -> None:
        self.country = country
        self.dealers = dealers
        self._record = record
        self._aside: defaultdict[tuple[int, int], list[Pack]] = defaultdict(list)

    @property
    def rng(self) -> Random:
        """The dice of this crime alone."""
        return self._record.rng

    @property
    def number(self) -> int:
        """Which crime of its kind it is, from 0: so that two crimes do not choose the same shop."""
        return self._record.number

    @property
    def size(self) -> int:
        """About how many packs it is to be done with."""
        return self._record.size

    # -- time

    @property
    def now(self) -> int:
        """Seconds since the epoch."""
        return self.country.stage.now

    @property
    def span(self) -> int:
        """How many seconds the country lasts."""
        return self.country.stage.end - self.country.stage.start

    def when(self, share: float) -> int:
        """Return the moment at which this share of the country's time is over."""
        return self.country.stage.start + round(self.span * share)

    def at(self, time: int, act: Callable[..., object], *arguments: object) -> None:
        """Put something on the agenda."""
        self.country.stage.at(time, partial(act, *arguments))

    def opening(self, time: int) -> int:
        """Return a moment within the opening hours of that day, not before now."""
        return max(self.now, time - time % DAY + self.rng.randrange(_OPEN_SECONDS))

    def days(self, least: float, most: float) -> int:
        """Return a number of seconds between so many days."""
        return self.rng.randrange(round(least * DAY), round(most * DAY))

    # -- who and where

    @property
    def town_count(self) -> int:
        """How many towns there are."""
        return len(self.country.places.shops)

    def town(self, *, remembered: bool = False) -> int:
        """Return a town that no other crime of this kind begins with, while there are enough of them.

        With `remembered`, one whose shops can look back on what they sold.
        """
        towns = [at for at in range(self.town_count) if not remembered or self.country.remembers(at)]
        first = self.country.dice(f"crimes/{self._record.name}/towns").randrange(len(towns))
        step = max(1, len(towns) * 2 // 5) | 1
        return towns[(first + self._record.number * step) % len(towns)]

    def far(self, town: int, count: int, *, remembered: bool = False) -> list[int]:
        """Return so many towns of other provinces, in random order."""
        towns = self.country.places.towns
        here = towns[town].province
        there = [
            at
            for at, each in enumerate(towns)
            if each.province != here and (not remembered or self.country.remembers(at))
        ]
        return self.rng.sample(there, min(count, len(there)))

    def near(self, town: int, count: int) -> list[int]:
        """Return a town and those next to it, as many as asked for if there are."""
        return [(town + at) % self.town_count for at in range(min(count, self.town_count))]

    def centre(self, town: int) -> Place:
        """Return a town's health centre."""
        return next(shop for shop in self.country.places.shops[town] if shop.kind == "centre")

    def hospital(self, town: int) -> Place:
        """Return the hospital of a town's county."""
        return next(shop for shop in self.country.places.shops[town] if shop.kind == "hospital")

    def pharmacies(self, town: int) -> list[Place]:
        """Return a town's pharmacies."""
        return [shop for shop in self.country.places.shops[town] if shop.kind == "pharmacy"]

    def customer(self, town: int) -> Person:
        """Return somebody of a town who has a card."""
        people = self.country.people.towns[town]
        person = self.rng.choice(people)
        while not person.insured:
            person = self.rng.choice(people)
        return person

    def lenders(self, towns: Sequence[int], count: int) -> list[Person]:
        """Return so many card holders: by households and streets, as word goes round among neighbours."""
        found: dict[str, Person] = {}
        for _ in range(_ASKED_PER_LENDER * count):
            people = self.country.people.towns[self.rng.choice(towns)]
            at = self.rng.randrange(len(people))
            some = people[at : at + self.rng.randint(1, _NEIGHBOURS_MAX)]
            found |= {person.card: person for person in some if person.insured}
            if len(found) >= count:
                break
        return list(found.values())[:count]

    def doctor(self, office: Place, person: Person, goods: Goods) -> str:
        """Return the number of the doctor whom somebody sees at a place for a product."""
        return prescriber_at(office, person, goods)

    # -- goods

    def order(self, shop: Place, goods: Goods, packs: int) -> None:
        """Let a shop order more than the round would bring it, through the books, and put it aside.

        It is no part of the crime yet: that begins with what is done with it.
        """
        seller = self.country.places.distributor_of(shop.town)
        self.order_from(self.country.places.maker_of(goods.number), goods, packs, seller)
        self.order_from(seller, goods, packs, partial(self._stock_up, shop))

    def _stock_up(self, shop: Place, seller: Place, load: Load) -> None:
        country, goods = self.country, load.batch.goods
        country.invoice(
            seller, shop, goods, batch=load.batch, packs=len(load.packs), percent=_DEAL_PERCENT
        )
        country.event(seller, "shipping", load.codes, destination=shop)
        self.at(self.now + self.days(0.25, 1), self._put_aside, shop, load)

    def _put_aside(self, shop: Place, load: Load) -> None:
        self.country.event(shop, "receiving", load.codes)
        for crate in load.crates:
            self.country.event(shop, "unpacking", [], time=self.now + 1_800, parent=crate.uri)
        self._aside[shop.number, load.batch.goods.number] += load.packs

    def order_from(
        self, seller: Place, goods: Goods, packs: int, taker: Place | Callable[[Place, Load], object]
    ) -> None:
        """Order from a maker or a distributor; `taker` gets the seller and the load."""
        self.country.orders.place(seller, goods, packs, taker)

    def order_by_and_by(
        self, seller: Place, goods: Goods, packs: int, taker: Place | Callable[[Place, Load], object]
    ) -> None:
        """Order a lot now and then while goods are still being made, so that it does not show."""
        lots = max(1, packs // _LOT_PACKS)
        for lot in range(lots):
            share = self.rng.uniform(0, _MADE_SHARE)
            some = packs * (lot + 1) // lots - packs * lot // lots
            self.at(self.when(share), self.order_from, seller, goods, some, taker)

    def take(self, shop: Place, goods: Goods, count: int) -> list[Pack]:
        """Take packs of a product at a shop: those that were put aside, or else from its shelf."""
        aside = self._aside[shop.number, goods.number]
        taken = [pack for pack in aside if not pack.batch.held][:count]
        for pack in taken:
            aside.remove(pack)
        return taken or self.country.shelves.take(shop, goods, count)

    def put(self, shop: Place, packs: list[Pack]) -> None:
        """Put packs on a shop's shelf: its people will sell them to whoever comes."""
        self._record.note(self.now, packs, institutions=[shop])
        self.country.shelves.put(shop, packs)

    def copy(self, shop: Place, packs: list[Pack]) -> None:
        """Copy the codes of packs that a shop has or had, whether or not its people notice."""
        self._record.note(self.now, packs, institutions=[shop])

    # -- what stations are made to say

    def event(
        self, place: Place, kind: str, packs: list[Pack], *, delay: int = 0, destination: Place | None = None
    ) -> EventDeed:
        """Record an event about loose packs."""
        codes = [pack.uri for pack in packs]
        deed = self.country.event(place, kind, codes, time=self.now + delay, destination=destination)
        self._record.note(deed.time, packs, institutions=[place])
        return deed

    def move(self, sender: Place, receiver: Place, load: Load, arrived: Callable[[], object]) -> None:
        """Ship a load, by its cases, and receive it within the day."""
        self.ship(sender, receiver, load)
        self.at(self.now + self.days(0.25, 1), self._receive, receiver, load, arrived)

    def ship(self, sender: Place, receiver: Place, load: Load) -> None:
        """Record that a load was shipped."""
        self.country.event(sender, "shipping", load.codes, destination=receiver)
        self._record.note(self.now, load.packs, institutions=[sender, receiver])

    def _receive(self, receiver: Place, load: Load, arrived: Callable[[], object]) -> None:
        self.receive(receiver, load)
        arrived()

    def receive(self, receiver: Place, load: Load) -> None:
        """Record that a load was received, whether or not it was ever sent."""
        self.country.event(receiver, "receiving", load.codes)
        self._record.note(self.now, load.packs, institutions=[receiver])

    def invoice(
        self, seller: Place, buyer: Place, packs: list[Pack], *, percent: int = _DEAL_PERCENT, batch: bool = True
    ) -> None:
        """Invoice packs of one product; what comes out of a cellar is invoiced without its batch."""
        goods = packs[0].batch.goods
        named = packs[0].batch if batch else None
        self.country.invoice(seller, buyer, goods, batch=named, packs=len(packs), percent=percent)
        self._record.note(self.now, packs, institutions=[seller, buyer])

    # -- what is done on cards

    def collect(self, shop: Place, card: Person, packs: list[Pack], minutes: int | None = None) -> int:
        """Collect packs on a card as an insured patient would; return when they were handed out."""
        minutes = self.rng.randrange(5, 40) if minutes is None else minutes
        sale = self.country.dispense(
            shop, card, packs, insured=True, minutes=minutes, medium=self._medium()
        )
        office = self.country.office_of(shop)
        doctor = sale.deed.personal.prescriber if sale.deed.personal is not None else None
        self._record.note(self.now, packs, [card], [shop, office], [] if doctor is None else [doctor])
        self._record.note(sale.time)
        return sale.time

    def prescribe(
        self,
        office: Place,
        card: Person,
        goods: Goods,
        packs: int,
        *,
        days: int | None = None,
        prescriber: str | None = None,
        medium: Medium | None = None,
    ) -> Script:
        """Write a prescription now, as such places do when nothing else is said."""
        script = self.country.prescribe(
            office, card, goods, packs, days=days, prescriber=prescriber, medium=medium or self._medium()
        )
        self._record.note(self.now, (), [card], [office], [script.prescriber])
        return script

    def claim(
        self,
        shop: Place,
        card: Person,
        packs: list[Pack],
        script: Script,
        *,
        handed_out: bool = True,
        goods: Goods | None = None,
        pickup: Person | None = None,
        minutes: int | None = None,
    ) -> None:
        """Let the insurer pay for packs on a prescription, whatever was handed out, if anything.

        Args:
            handed_out: the till says so too.
            goods: what the settlement calls the packs, when not what they are.
            minutes: how long after the prescription, when it matters.
        """
        country = self.country
        time = self.now + 60 * (self.rng.randrange(5, 40) if minutes is None else minutes)
        if handed_out:
            country.hand_out(shop, card, packs, time=time, script=script, pickup=pickup)
        settled_at = country.stage.received_at(shop, time) + 60
        country.settle(shop, card, packs, time=settled_at, script=script, goods=goods, pickup=pickup)
        self._record.note(time, packs, [card], [shop])

    def _medium(self) -> Medium:
        return "paper" if self.rng.random() < _PAPER else "electronic"

    def sell(self, shop: Place, pack: Pack) -> None:
        """Sell a pack to a customer who knows nothing of all this."""
        customer = self.rng.choice(self.country.people.towns[shop.town])
        insured = customer.insured and self.rng.random() < _INSURED
        sale = self.country.dispense(shop, customer, [pack], insured=insured, minutes=15)
        self._record.note(sale.time, [pack], institutions=[shop])
