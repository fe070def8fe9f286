"""At the maker: when which batch is made, how it is numbered and packed, and to whom it is delivered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Final

from ledger.nation.country import Country
from ledger.nation.goods import PRODUCTS, Goods, quantities
from ledger.nation.numbers import national_product, national_uri, sscc_uri
from ledger.nation.orders import Taker
from ledger.nation.stage import DAY
from ledger.nation.stock import Batch, Crate, Load, Run

__all__ = ["Making"]

_BATCHES_PER_MONTH: Final = 2
_BATCH_PACKS_MIN, _BATCH_PACKS_MAX = 60, 20_000
_CODES_PER_COMMISSIONING: Final = 500
_SHELF_LIFE_YEARS: Final = 3
# So much is made ahead of use, in the first days; the last packs are made when there is time left to sell them.
_AHEAD_DAYS: Final = 40
_AHEAD_SHARE_MAX: Final = 0.45
_FILL_DAYS, _FILL_SHARE = 10, 0.15
_LAST_DAYS, _LAST_SHARE = 25, 0.4
# Each distributor gets each product about once in so many days; few enough distributors get it every time.
_DELIVERY_DAYS: Final = 7
_DELIVERED_TO_ALL: Final = 6


class Making:
    """Makes every pack of the country.

    Args:
        made: told of each batch, and whether it is its product's last.
        deliver: takes each load to who gets it.
    """

    def __init__(
        self,
        country: Country,
        made: Callable[[Batch, bool], object],
        deliver: Callable[[Taker, Load], object],
    ) -> None:
        self._country = country
        self._made = made
        self._deliver = deliver
        self._rng = country.dice("making")
        self._logistic_units = count(1)
        self._turn: dict[Goods, int] = {}

    def plan(self, packs: int, months: int, ordered: Mapping[Goods, int]) -> None:
        """Put the making of exactly so many packs on the agenda, and of what is ordered besides."""
        for goods, usual in zip(PRODUCTS, quantities(packs), strict=True):
            quantity = usual + ordered.get(goods, 0)
            runs = max(1, min(_BATCHES_PER_MONTH * months, quantity // _BATCH_PACKS_MIN))
            runs = max(runs, -(-quantity // _BATCH_PACKS_MAX))
            self._turn[goods] = self._rng.randrange(len(self._country.places.distributors))
            self._next(goods, quantity, runs, 0)

    def _next(self, goods: Goods, quantity: int, runs: int, run: int) -> None:
        """Put one batch on the agenda, and the next one after it: the batches of years are not kept waiting."""
        if run == runs:
            return
        stage = self._country.stage
        begin, end = quantity * run // runs, quantity * (run + 1) // runs
        span = stage.end - stage.start
        time = stage.start + round(span * self._moment(run / runs)) + self._rng.randrange(1, DAY)

        def make() -> None:
            batch = self._batch(goods, run)
            self._made(batch, run == runs - 1)
            self._make(batch, range(begin + 1, end + 1), interval=span // runs)
            self._next(goods, quantity, runs, run + 1)

        stage.at(time, make)

    def _moment(self, share: float) -> float:
        """Return the share of the country's time after which this share of a product is made."""
        days = (self._country.stage.end - self._country.stage.start) / DAY
        ahead = min(_AHEAD_SHARE_MAX, _AHEAD_DAYS / days)
        fill = min(_FILL_SHARE, _FILL_DAYS / days)
        last = max(_LAST_SHARE, 1 - _LAST_DAYS / days)
        if share < ahead:
            return fill * share / ahead
        return fill + (last - fill) * (share - ahead) / (1 - ahead)

    def _make(self, batch: Batch, serials: range, interval: int) -> None:
        country, goods = self._country, batch.goods
        crates = self._pack(batch, serials)
        self._commission(batch, [batch.uri(serial) for serial in serials])
        if not goods.imported:
            self._commission(batch, [crate.uri for crate in crates])
            self._commission(batch, [bundle.uri for crate in crates for bundle in crate.bundles])
        now = country.stage.now
        for at, crate in enumerate(crates):
            time = now + 3_600 + 60 * (at % 300)
            for bundle in crate.bundles:
                codes = [pack.uri for pack in bundle.packs]
                country.event(batch.maker, "packing", codes, time=time, parent=bundle.uri)
            codes = [inner.uri for inner in crate.bundles] + [pack.uri for pack in crate.packs]
            country.event(batch.maker, "packing", codes, time=time + 30, parent=crate.uri)
        ready = now + 3_600 + 60 * min(len(crates), 300)
        leaves = ready + self._rng.randrange(DAY // 2, DAY)
        country.stage.at(leaves, partial(self._send, batch, crates, interval))

    def _batch(self, goods: Goods, number: int) -> Batch:
        now = self._country.stage.now
        made = datetime.fromtimestamp(now, UTC)
        expiry = (made.year + _SHELF_LIFE_YEARS) * 10_000 + made.month * 100 + 28
        name = f"S{made:%y%m}{goods.number:02d}{number + 1:02d}"
        return Batch(goods, self._country.places.maker_of(goods.number), name, now, expiry)

    def _commission(self, batch: Batch, codes: list[str]) -> None:
        for at in range(0, len(codes), _CODES_PER_COMMISSIONING):
            some = codes[at : at + _CODES_PER_COMMISSIONING]
            self._country.event(batch.maker, "commissioning", some, batch=batch)

    def _pack(self, batch: Batch, serials: range) -> list[Crate]:
        goods, first = batch.goods, serials[0]
        bundles = [
            Crate(self._case_uri(goods, 2, first + at), _run(batch, serials[at : at + goods.bundle]))
            for at in range(0, len(serials), goods.bundle)
        ]
        if not goods.carton:
            return bundles
        size = goods.bundle * goods.carton
        return [
            Crate(
                self._case_uri(goods, 3, first + at),
                _run(batch, serials[at * goods.bundle : at * goods.bundle + size]),
                bundles[at : at + goods.carton],
            )
            for at in range(0, len(bundles), goods.carton)
        ]

    def _case_uri(self, goods: Goods, level: int, serial: int) -> str:
        if goods.imported:
            return sscc_uri(next(self._logistic_units))
        return national_uri(national_product(goods.number, level), serial)

    def _send(self, batch: Batch, crates: list[Crate], interval: int) -> None:
        """Deliver to some distributors in turn, so that each gets the product often enough."""
        distributors = self._country.places.distributors
        share = -(-len(distributors) * interval // (_DELIVERY_DAYS * DAY))
        count = min(len(distributors), len(crates), max(share, _DELIVERED_TO_ALL))
        first = self._turn[batch.goods]
        self._turn[batch.goods] = (first + count) % len(distributors)
        loads: dict[Taker, Load] = {}
        for at, crate in enumerate(crates):
            taker = self._country.orders.serve(batch.maker, batch.goods, crate.count)
            if taker is None:
                taker = distributors[(first + at % count) % len(distributors)]
            loads.setdefault(taker, Load(batch, [], [])).crates.append(crate)
        for taker, load in loads.items():
            self._deliver(taker, load)


def _run(batch: Batch, serials: range) -> Run:
    return Run(batch, serials[0], len(serials))
