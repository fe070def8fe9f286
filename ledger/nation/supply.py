"""From the maker to the shelf: commissioning, packing, shipping, receiving, unpacking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Final

from ledger.nation.country import Country
from ledger.nation.goods import PRODUCTS, Goods, quantities
from ledger.nation.noise import Noise
from ledger.nation.numbers import national_product, national_uri, sgtin_uri, sscc_uri
from ledger.nation.orders import Taker
from ledger.nation.places import Place
from ledger.nation.stage import DAY
from ledger.nation.stock import Batch, Crate, Load, Pack

__all__ = ["MADE_SHARE", "Supply"]

# Packs are made in this first part of the country's time; the rest is for selling them.
MADE_SHARE: Final = 0.4
_BATCHES_PER_MONTH: Final = 2
_BATCH_PACKS_MIN: Final = 60
_CODES_PER_COMMISSIONING: Final = 500
_SHELF_LIFE_YEARS: Final = 3
# Prices along the chain, in per cent of the list price.
_MAKER_PERCENT: Final = 70
_DISTRIBUTOR_PERCENT: Final = 85
# Some hospitals are large enough for a whole carton, and some shops too small for a whole bundle.
_CARTON_TO_HOSPITAL: Final = 0.15
_BUNDLE_SPLIT: Final = 0.3


class Supply:
    """Makes every pack of the country and brings it to a shop."""

    def __init__(self, country: Country, noise: Noise) -> None:
        self._country = country
        self._noise = noise
        self._rng = country.dice("supply")
        self._logistic_units = count(1)
        self._turns: dict[tuple[int, int], Iterator[Place]] = {}

    def plan(self, packs: int, months: int) -> list[Batch]:
        """Put the making of exactly so many packs on the agenda; return the batches."""
        stage, rng = self._country.stage, self._rng
        made = round((stage.end - stage.start) * MADE_SHARE)
        batches = []
        for goods, quantity in zip(PRODUCTS, quantities(packs), strict=True):
            runs = max(1, min(_BATCHES_PER_MONTH * months, quantity // _BATCH_PACKS_MIN))
            first_serial = 1
            for run in range(runs):
                size = quantity * (run + 1) // runs - quantity * run // runs
                time = stage.start + made * run // runs + rng.randrange(1, DAY)
                batch = self._batch(goods, run, time)
                stage.at(time, partial(self._make, batch, first_serial, size))
                first_serial += size
                batches.append(batch)
        return batches

    def _batch(self, goods: Goods, run: int, time: int) -> Batch:
        made = datetime.fromtimestamp(time, UTC)
        expiry = (made.year + _SHELF_LIFE_YEARS) * 10_000 + made.month * 100 + 28
        name = f"S{made:%y%m}{goods.number:02d}{run + 1:02d}"
        return Batch(goods, self._country.places.maker_of(goods.number), name, time, expiry)

    # -- at the maker

    def _make(self, batch: Batch, first_serial: int, size: int) -> None:
        country, goods = self._country, batch.goods
        serials = range(first_serial, first_serial + size)
        number = sgtin_uri if goods.imported else national_uri
        packs = [Pack(number(goods.product, serial), batch) for serial in serials]
        crates = self._pack(batch, packs, first_serial)
        now = country.stage.now
        self._commission(batch, [pack.uri for pack in packs])
        if not goods.imported:
            self._commission(batch, [crate.uri for crate in crates])
            self._commission(batch, [bundle.uri for crate in crates for bundle in crate.bundles])
        for at, crate in enumerate(crates):
            time = now + 3_600 + 60 * at
            for bundle in crate.bundles:
                codes = [pack.uri for pack in bundle.packs]
                country.event(batch.maker, "packing", codes, time=time, parent=bundle.uri)
            codes = [inner.uri for inner in crate.bundles] + [pack.uri for pack in crate.packs]
            country.event(batch.maker, "packing", codes, time=time + 30, parent=crate.uri)
        ready = now + 3_600 + 60 * len(crates)
        country.stage.at(ready + self._rng.randrange(DAY // 2, DAY), partial(self._deliver, batch, crates))

    def _commission(self, batch: Batch, codes: list[str]) -> None:
        for at in range(0, len(codes), _CODES_PER_COMMISSIONING):
            some = codes[at : at + _CODES_PER_COMMISSIONING]
            self._country.event(batch.maker, "commissioning", some, batch=batch)

    def _pack(self, batch: Batch, packs: list[Pack], first_serial: int) -> list[Crate]:
        goods = batch.goods
        bundles = [
            Crate(self._case_uri(goods, 2, first_serial + at), packs[at : at + goods.bundle])
            for at in range(0, len(packs), goods.bundle)
        ]
        if not goods.carton:
            return bundles
        return [
            Crate(self._case_uri(goods, 3, first_serial + at), [], bundles[at : at + goods.carton])
            for at in range(0, len(bundles), goods.carton)
        ]

    def _case_uri(self, goods: Goods, level: int, serial: int) -> str:
        if goods.imported:
            return sscc_uri(next(self._logistic_units))
        return national_uri(national_product(goods.number, level), serial)

    def _deliver(self, batch: Batch, crates: list[Crate]) -> None:
        distributors = self._country.places.distributors
        first = self._rng.randrange(len(distributors))
        orders: dict[Taker, Load] = {}
        for turn in range(len(distributors)):
            for crate in crates[turn :: len(distributors)]:
                ordered = self._country.orders.serve(batch.maker, batch.goods, crate.count)
                usual = distributors[(first + turn) % len(distributors)]
                _add(orders, usual if ordered is None else ordered, batch).crates.append(crate)
        for taker, load in orders.items():
            if isinstance(taker, Place):
                self._sell(batch.maker, taker, load, _MAKER_PERCENT, partial(self._arrive, taker, load))
            else:
                taker(batch.maker, load)

    # -- on the road

    def _sell(
        self, seller: Place, buyer: Place, load: Load, percent: int, arrived: Callable[[], object]
    ) -> None:
        if not load.batch.held:
            self._country.invoice(
                seller, buyer, load.batch.goods, batch=load.batch, packs=len(load.packs), percent=percent
            )
        self.ship(seller, buyer, load, arrived)

    def ship(self, sender: Place, receiver: Place, load: Load, arrived: Callable[[], object]) -> None:
        """Ship a load, and call `arrived` when the receiver has it; of a batch on hold, keep it instead."""
        if load.batch.held:
            load.batch.kept.append((sender, load))
            return
        self._country.event(sender, "shipping", load.codes, destination=receiver)
        arrival = self._country.stage.now + self._rng.randrange(DAY // 4, DAY)
        self._country.stage.at(arrival, partial(self._receive, sender, receiver, load, arrived))

    def _receive(self, sender: Place, receiver: Place, load: Load, arrived: Callable[[], object]) -> None:
        again = partial(self.ship, sender, receiver, load, arrived)
        if self._noise.refused_delivery(receiver, load, again):
            return
        deed = self._country.event(receiver, "receiving", load.codes)
        self._noise.double_beep(deed)
        arrived()

    # -- at the distributor

    def _arrive(self, distributor: Place, load: Load) -> None:
        dwell = self._rng.randrange(DAY // 2, 2 * DAY)
        stage = self._country.stage
        stage.at(stage.now + dwell, partial(self._distribute, distributor, load))

    def _distribute(self, distributor: Place, load: Load) -> None:
        batch = load.batch
        if batch.held:
            batch.kept.append((distributor, load))
            return
        orders: dict[Taker, Load] = {}
        for crate in load.crates:
            self._open(distributor, batch, crate, orders)
        for pack in load.loose:
            _add(orders, self._next_shop(distributor, batch.goods), batch).loose.append(pack)
        for taker, order in orders.items():
            if isinstance(taker, Place):
                stocked = partial(self._stock, taker, distributor, order)
                self._sell(distributor, taker, order, _DISTRIBUTOR_PERCENT, stocked)
            else:
                taker(distributor, order)

    def _open(self, distributor: Place, batch: Batch, crate: Crate, orders: dict[Taker, Load]) -> None:
        """Assign a case, or what is in it, to shops; it is unpacked as far as they need."""
        if not crate.bundles:
            self._open_bundle(distributor, batch, crate, orders)
        elif self._rng.random() < _CARTON_TO_HOSPITAL:
            hospital = self._country.places.shops[self._next_shop(distributor, batch.goods).town][-1]
            _add(orders, hospital, batch).crates.append(crate)
        else:
            codes = [bundle.uri for bundle in crate.bundles]
            self._country.event(distributor, "unpacking", codes, parent=crate.uri)
            for bundle in crate.bundles:
                self._open_bundle(distributor, batch, bundle, orders)

    def _open_bundle(
        self, distributor: Place, batch: Batch, bundle: Crate, orders: dict[Taker, Load]
    ) -> None:
        ordered = self._country.orders.serve(distributor, batch.goods, len(bundle.packs))
        if ordered is not None:
            _add(orders, ordered, batch).crates.append(bundle)
            return
        shop = self._next_shop(distributor, batch.goods)
        if len(bundle.packs) == 1 or self._rng.random() >= _BUNDLE_SPLIT:
            _add(orders, shop, batch).crates.append(bundle)
            return
        self._country.event(distributor, "unpacking", [], parent=bundle.uri)
        half = len(bundle.packs) // 2
        _add(orders, shop, batch).loose.extend(bundle.packs[:half])
        _add(orders, self._next_shop(distributor, batch.goods), batch).loose.extend(bundle.packs[half:])

    def _next_shop(self, distributor: Place, goods: Goods) -> Place:
        """Return whose turn it is: the distributor's shops in a shuffled round, one for each product.

        Dear products go to health centres and hospitals, where they are prescribed.
        """
        turn = (distributor.number, goods.number)
        if turn not in self._turns:
            self._turns[turn] = self._rounds(distributor, goods)
        return next(self._turns[turn])

    def _rounds(self, distributor: Place, goods: Goods) -> Iterator[Place]:
        places = self._country.places
        towns = [town for at, town in enumerate(places.shops) if places.distributor_of(at) is distributor]
        while True:
            for town in self._rng.sample(towns, len(towns)):
                yield from (town[0], town[-1]) if goods.dear else town[:3]

    # -- at the shop

    def _stock(self, shop: Place, distributor: Place, load: Load) -> None:
        for crate in load.crates:
            if not self._noise.whole_case():
                opened = self._country.stage.now + 1_800
                self._country.event(shop, "unpacking", [], time=opened, parent=crate.uri)
        self._country.shelves.put(shop, load.packs)
        self._noise.returned_stock(shop, load.packs, partial(self._send_back, shop, distributor))

    def _send_back(self, shop: Place, distributor: Place, load: Load) -> None:
        self.ship(shop, distributor, load, partial(self._arrive, distributor, load))


def _add(orders: dict[Taker, Load], taker: Taker, batch: Batch) -> Load:
    return orders.setdefault(taker, Load(batch, [], []))
