"""Which shop gets the next case: the one that has least for the number of people who come to it."""

from __future__ import annotations

import heapq
from collections import defaultdict
from random import Random

from ledger.nation.country import Country
from ledger.nation.goods import Goods
from ledger.nation.places import Place, Places
from ledger.nation.stock import Load

__all__ = ["Round", "Rounds"]

# How many of a town's people come to which of its shops, in shares of a town's weight.
_CENTRE, _PHARMACY, _HOSPITAL, _CLINIC, _FURTHER = 3, 2, 2, 1, 1


class Round:
    """One load to be shared out: the shops of a distributor, the emptiest first."""

    def __init__(
        self,
        stocks: list[tuple[Place, int, int]],
        coming: dict[tuple[int, int], int],
        goods: Goods,
        rng: Random,
    ) -> None:
        """`stocks` tells of each shop how many packs it has or gets, and how many people come to it."""
        self._waiting = [
            (stock / weight, rng.random(), at, weight) for at, (_, stock, weight) in enumerate(stocks)
        ]
        heapq.heapify(self._waiting)
        self._shops = [shop for shop, _, _ in stocks]
        self._coming = coming
        self._goods = goods

    def next(self, packs: int) -> Place:
        """Return who gets the next so many packs."""
        cover, tie, at, weight = self._waiting[0]
        heapq.heapreplace(self._waiting, (cover + packs / weight, tie, at, weight))
        return self._given(self._shops[at], packs)

    def hospital(self, packs: int) -> Place:
        """Return the hospital that gets so many: the emptiest."""
        cover, tie, at, weight = min(
            (each for each in self._waiting if self._shops[each[2]].kind == "hospital"), default=self._waiting[0]
        )
        self._waiting.remove((cover, tie, at, weight))
        heapq.heapify(self._waiting)
        heapq.heappush(self._waiting, (cover + packs / weight, tie, at, weight))
        return self._given(self._shops[at], packs)

    def _given(self, shop: Place, packs: int) -> Place:
        self._coming[shop.number, self._goods.number] += packs
        return shop


class Rounds:
    """Knows the shops of each distributor, and what is on its way to them."""

    def __init__(self, country: Country) -> None:
        self._country = country
        self._rng = country.dice("rounds")
        self._coming: defaultdict[tuple[int, int], int] = defaultdict(int)
        self._customers: dict[tuple[int, bool], list[tuple[Place, int]]] = {}

    def begin(self, distributor: Place, goods: Goods) -> Round:
        """Return the round for one load of a product."""
        key = (distributor.number, goods.dear)
        if key not in self._customers:
            self._customers[key] = _customers(self._country.places, distributor, dear=goods.dear)
        shelves = self._country.shelves
        stocks = [
            (shop, shelves.count(shop, goods) + self._coming[shop.number, goods.number], weight)
            for shop, weight in self._customers[key]
        ]
        return Round(stocks, self._coming, goods, self._rng)

    def expect(self, shop: Place, load: Load) -> None:
        """Note that a load is on its way to a shop."""
        self._coming[shop.number, load.batch.goods.number] += load.count

    def arrived(self, shop: Place, load: Load) -> None:
        """Note that a load is on its way no more."""
        self._coming[shop.number, load.batch.goods.number] -= load.count


def _customers(places: Places, distributor: Place, *, dear: bool) -> list[tuple[Place, int]]:
    """Return a distributor's shops, each with how many people come to it.

    Dear products go where they are prescribed, and to the special-medicine pharmacies beside hospitals.
    """
    found: dict[Place, int] = {}
    for town in places.served_by(distributor):
        weight = places.towns[town].weight
        centre, first, second, hospital = places.shops[town]
        if dear:
            shares = [(centre, 1), (hospital, 1), (places.special_of(town), 1)]
        else:
            shares = [(centre, _CENTRE), (first, _PHARMACY), (second, _PHARMACY), (hospital, _HOSPITAL)]
            if places.towns[town].rank == 0:
                shares.append((places.clinic_of(town), _CLINIC))
            shares += [(pharmacy, _FURTHER) for pharmacy in places.further.get(town, ())]
        for shop, share in shares:
            found[shop] = found.get(shop, 0) + weight * share
    return list(found.items())
