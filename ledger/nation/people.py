"""The people of the synthetic country: a card, a town, a usual shop, and what they take every day."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ledger.nation.goods import PRODUCTS, Goods, quantities

__all__ = ["Need", "People", "Person", "populate"]

# Most people take one medicine, some two: 1.5 on average.
_PEOPLE_PER_NEED = 2 / 3
# People use somewhat less than is made: some packs stay on shelves.
_USED_SHARE = 0.9
# The dear products are slow: a good part of them waits on the shelves of health centres.
_USED_SHARE_DEAR = 0.45


@dataclass(frozen=True, eq=False, slots=True)
class Person:
    """Somebody with an insurance card; `usual` is the place of their usual shop in their town's list."""

    card: str
    town: int
    usual: int
    insured: bool


@dataclass(frozen=True, eq=False, slots=True)
class Need:
    """One person takes one product for as long as the country lasts."""

    person: Person
    goods: Goods


@dataclass(frozen=True, slots=True)
class People:
    """Everybody, by town, and what each takes."""

    towns: list[list[Person]]
    needs: list[Need]


def populate(packs: int, days: int, towns: int, rng: Random) -> People:
    """Return as many people as use up what a country of that many packs makes in so many days of selling."""
    counts = []
    for goods, quantity in zip(PRODUCTS, quantities(packs), strict=True):
        share = _USED_SHARE_DEAR if goods.dear else _USED_SHARE
        counts.append(max(1, round(share * quantity * min(1.0, goods.days / days))))
    persons = [
        Person(
            card=f"SYN-{number:06d}",
            town=number % towns,
            usual=rng.choice((0, 0, 1, 2, 2, 3)),
            insured=rng.random() < 0.95,  # as many people as have the public insurance, about
        )
        for number in range(1, max(towns * 4, round(sum(counts) * _PEOPLE_PER_NEED)) + 1)
    ]
    needs = [
        Need(person, goods)
        for goods, count in zip(PRODUCTS, counts, strict=True)
        for person in rng.sample(persons, min(count, len(persons)))
    ]
    by_town: list[list[Person]] = [[] for _ in range(towns)]
    for person in persons:
        by_town[person.town].append(person)
    return People(by_town, needs)
