"""From the shelf to the patient: who comes on which day and for what, and what is done for them at the counter.

Nobody's next visit is kept in memory: who takes something every day comes once in a period of days, earlier or
later by up to three, and both follow from the day and the person. Who falls ill is drawn day by day.
"""

from __future__ import annotations

from functools import partial
from random import Random
from typing import Final

from ledger.nation.country import Country, Medium
from ledger.nation.goods import PRODUCTS, Goods
from ledger.nation.noise import Noise
from ledger.nation.people import Person
from ledger.nation.places import Place
from ledger.nation.seasons import Seasons
from ledger.nation.stage import DAY
from ledger.nation.stock import Pack

__all__ = ["Care", "poisson"]

Wants = list[tuple[Goods, int]]
"""What somebody comes for: products, and how many packs of each."""

# Local opening hours, 8 to 20 o'clock at UTC+8: seconds after midnight UTC.
_OPEN_SECONDS: Final = 12 * 3_600
_EARLY_OR_LATE_DAYS: Final = 3
_NEIGHBOURS: Final = 8  # come on the same day when they come together, so that a carer makes one way of it
# Who falls ill gets two packs now and then.
_TWO_PACKS: Final = 0.25
_MEAN_PACKS: Final = 1.25
_USED_SHARE: Final = 0.95
_TRIES_MAX: Final = 3
_BULK_PACKS: Final = 2
_BULK_BUYERS: Final = 0.3
_FAR_HOSPITAL: Final = 0.5  # of the visits of those who are seen by several hospitals
_CLINIC_PATIENTS: Final = 10  # every so many people of a county's seat go to the clinic first
_FURTHER_CUSTOMERS: Final = 10
# Who pays: at health centres and hospitals nearly always the insurer, at pharmacies every second time.
_INSURED_AT_PHARMACY: Final = 0.5
_INSURED_AT_SPECIAL: Final = 0.9
_INSURED_AT_OFFICE: Final = 0.97


class Care:
    """Plays every patient's visits."""

    def __init__(self, country: Country, noise: Noise, seasons: Seasons) -> None:
        self._country = country
        self._noise = noise
        self._seasons = seasons
        self._rng = country.dice("care")
        self._first_day = 0
        self._ill_a_day: list[tuple[Goods, float]] = []
        self._specials = frozenset(place.number for place in country.places.specials)

    def plan(self, opening: int, quantities: list[int]) -> None:
        """Begin at `opening`, when shelves begin to fill; so many packs of each product are made in all."""
        midnight = opening - opening % DAY
        self._first_day = midnight // DAY
        days = max(1, (self._country.stage.end - opening) // DAY)
        self._ill_a_day = [
            (goods, quantity * _USED_SHARE / _MEAN_PACKS / days)
            for goods, quantity in zip(PRODUCTS, quantities, strict=True)
            if goods.acute
        ]
        self._country.stage.at(midnight, partial(self._day, midnight))

    # -- who comes

    def _day(self, midnight: int) -> None:
        """Put everybody who comes on that day on the agenda."""
        stage, people = self._country.stage, self._country.people
        day = midnight // DAY - self._first_day
        for period, phases in people.calendar.items():
            for slip in range(-_EARLY_OR_LATE_DAYS, _EARLY_OR_LATE_DAYS + 1):
                planned = day - slip
                if planned < 0:
                    continue
                for number in phases[planned % period]:
                    mixed = _mixed((number - 1) // _NEIGHBOURS, planned)
                    if mixed % (2 * _EARLY_OR_LATE_DAYS + 1) - _EARLY_OR_LATE_DAYS == slip:
                        time = midnight + (mixed >> 8) % (_OPEN_SECONDS - 3_600) + number % _NEIGHBOURS * 240
                        stage.at(time, partial(self._fetch, number))
        for goods, mean in self._ill_a_day:
            expected = mean * self._seasons.factor(midnight)
            for _ in range(poisson(expected, self._rng)):
                self._falls_ill(self._rng.randrange(people.count) + 1, goods, midnight)
            for county in self._seasons.epidemics(midnight):
                numbers = self._seasons.people_of(county)
                for _ in range(poisson(self._seasons.severity * expected * len(numbers) / people.count, self._rng)):
                    self._falls_ill(self._rng.choice(numbers), goods, midnight)
        stage.at(midnight + DAY, partial(self._day, midnight + DAY))

    def _falls_ill(self, number: int, goods: Goods, midnight: int) -> None:
        time = midnight + self._rng.randrange(_OPEN_SECONDS)
        count = 2 if self._rng.random() < _TWO_PACKS else 1
        self._country.stage.at(time, partial(self._ill, number, [(goods, count)]))

    def _fetch(self, number: int) -> None:
        """Somebody fetches what they take every day, for as many months as they always do."""
        people = self._country.people
        wants = [(goods, self._wanted(goods, people.months(number))) for goods in people.takes(number)]
        person = people.person(number)
        self._visit(person, wants, self._route(person, wants))

    def _wanted(self, goods: Goods, months: int) -> int:
        if self._noise.bulk_buying(goods) and self._rng.random() < _BULK_BUYERS:
            return max(months, _BULK_PACKS)
        return months

    def _ill(self, number: int, wants: Wants) -> None:
        """Somebody is ill: at home, or away from home."""
        person = self._country.people.person(number)
        places, chance = self._country.places, self._country.chances["travelling"]
        if chance.happens():
            town = chance.rng.randrange(len(places.shops))
            shops = places.shops[town][:]
            chance.rng.shuffle(shops)
            self._visit(person, wants, shops, tries=_TRIES_MAX)
        else:
            self._visit(person, wants, self._route(person, wants), tries=_TRIES_MAX)

    # -- where they go

    def _route(self, person: Person, wants: Wants) -> list[Place]:
        """Return the usual shop, then the others of the town; dear medicine is where it is prescribed."""
        places = self._country.places
        town = person.town_at(self._country.stage.now)
        shops = places.shops[town]
        route = [*shops[person.usual :], *shops[: person.usual]]
        if places.towns[town].rank == 0 and person.number % _CLINIC_PATIENTS == 0:
            route.insert(0, places.clinic_of(town))
        further = places.further.get(town, ())
        if further and person.number % _FURTHER_CUSTOMERS == 1:
            route.insert(0, further[person.number // _FURTHER_CUSTOMERS % len(further)])
        if person.roams and self._rng.random() < _FAR_HOSPITAL:
            route.insert(0, self._rng.choice(places.shops)[3])
        if any(goods.dear for goods, _ in wants):
            dear = [shops[3], places.special_of(town), shops[0]]
            first = person.number % len(dear)
            route = [*dear[first:], *dear[:first], *route]
        return route

    def _visit(self, person: Person, wants: Wants, route: list[Place], tries: int = 1) -> None:
        """Go from shop to shop until there is everything; come again some days later for what was nowhere."""
        left = wants
        for shop in route:
            packs: list[Pack] = []
            missing: Wants = []
            for goods, count in left:
                found = self._country.shelves.take(shop, goods, count)
                packs += found
                if len(found) < count:
                    missing.append((goods, count - len(found)))
            if packs:
                self._sell(person, shop, packs)
            left = missing
            if not left:
                return
        if tries < _TRIES_MAX:
            later = self._country.stage.now + self._rng.randrange(2, 6) * DAY
            self._country.stage.at(later, partial(self._visit, person, left, route, tries + 1))

    # -- at the counter

    def _sell(self, person: Person, shop: Place, packs: list[Pack]) -> None:
        country, noise = self._country, self._noise
        insured = person.insured and self._rng.random() < self._insured_share(shop)
        noise.mistaken_scan(shop, person, packs[0].batch.goods)
        late = noise.late_settlement() if insured else 0
        sale = country.dispense(
            shop,
            person,
            packs,
            insured=insured,
            minutes=self._rng.randrange(5, 40) if insured else 5,
            medium=self._medium(shop) if insured else "electronic",
            pickup=country.people.person(person.carer) if person.carer else None,
            late=late,
            site=noise.wrong_site(shop) if insured else None,
        )
        noise.double_beep(sale.deed)
        again = partial(self._once_more, person, packs)
        if not late and noise.undone_dispense(sale, again):
            return
        country.remember(sale)
        noise.doubled_settlement(sale)
        noise.bought_again(sale, again)
        noise.patient_check(sale)

    def _once_more(self, person: Person, packs: list[Pack]) -> None:
        """Come for the same packs again, once."""
        counts: dict[Goods, int] = {}
        for pack in packs:
            counts[pack.batch.goods] = counts.get(pack.batch.goods, 0) + 1
        wants = list(counts.items())
        self._visit(person, wants, self._route(person, wants), tries=_TRIES_MAX)

    def _insured_share(self, shop: Place) -> float:
        if shop.kind != "pharmacy":
            return _INSURED_AT_OFFICE
        return _INSURED_AT_SPECIAL if shop.number in self._specials else _INSURED_AT_PHARMACY

    def _medium(self, shop: Place) -> Medium:
        """Return on what a place writes its prescriptions: some places write by hand far more than others."""
        office = self._country.office_of(shop)
        kind = "centre" if office.kind not in ("hospital", "clinic") else office.kind
        habit = (office.number * 7_919 % 9 + 1) / 5  # 0.2 to 1.8 times as often as the others
        return "paper" if self._country.chances[f"paper-at-{kind}"].happens(habit) else "electronic"


def poisson(mean: float, rng: Random) -> int:
    """Return how many of many unlikely things happen, when so many are expected."""
    if mean > 30:
        return max(0, round(rng.gauss(mean, mean**0.5)))
    left, count = rng.expovariate(1.0), 0
    while left < mean:
        left += rng.expovariate(1.0)
        count += 1
    return count


def _mixed(one: int, other: int) -> int:
    """Return thirty-two bits that depend on both numbers, and on nothing else."""
    mixed = (one * 0x9E3779B1 + other * 0x85EBCA77 + 0x165667B1) & 0xFFFFFFFF
    mixed = (mixed ^ mixed >> 15) * 0x2C1B3C6D & 0xFFFFFFFF
    mixed = (mixed ^ mixed >> 12) * 0x297A2D39 & 0xFFFFFFFF
    return mixed ^ mixed >> 15
