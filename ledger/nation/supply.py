"""From the maker to the shelf: shipping, receiving, unpacking, and an invoice for each sale on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from ledger.nation.bill import Bill
from ledger.nation.country import Country
from ledger.nation.goods import Goods
from ledger.nation.making import Making
from ledger.nation.noise import Noise
from ledger.nation.orders import Taker
from ledger.nation.places import Place
from ledger.nation.recall import Recalls
from ledger.nation.round import Round, Rounds
from ledger.nation.stage import DAY
from ledger.nation.stock import Batch, Crate, Load

__all__ = ["Supply"]

# Prices along the chain, in per cent of the list price; contracts differ by some points.
_MAKER_PERCENT: Final = (66, 74)
_DISTRIBUTOR_PERCENT: Final = (82, 88)
_TRADER_PERCENT: Final = 4
# Some hospitals are large enough for a whole carton, and some shops too small for a whole bundle.
_CARTON_TO_HOSPITAL: Final = 0.15
_BUNDLE_SPLIT: Final = 0.3


class Supply:
    """Brings every pack of the country to a shop."""

    def __init__(self, country: Country, noise: Noise) -> None:
        self._country = country
        self._noise = noise
        self._rng = country.dice("supply")
        self._rounds = Rounds(country)

    def plan(self, packs: int, months: int, ordered: Mapping[Goods, int]) -> None:
        """Put the making and delivering of exactly so many packs on the agenda, and of what is ordered besides."""
        recalls = Recalls(self._country)
        Making(self._country, recalls.consider, self._from_maker).plan(packs, months, ordered)

    # -- on the road

    def _from_maker(self, taker: Taker, load: Load) -> None:
        maker = load.batch.maker
        if not isinstance(taker, Place):
            taker(maker, load)
            return
        wait = self._noise.shortage_delay(load.batch.goods)
        if wait:
            self._country.stage.at(self._country.stage.now + wait, partial(self._from_maker, taker, load))
            return
        self._sell(maker, taker, load, self._rng.randint(*_MAKER_PERCENT), lambda bill: self._arrive(taker, load))

    def _sell(
        self, seller: Place, buyer: Place, load: Load, percent: int, arrived: Callable[[Bill], object]
    ) -> None:
        bill = Bill(self._country, seller, buyer, load.batch, load.count, percent)
        if not load.batch.held:
            self._noise.late_invoice(bill.write)
        self.ship(seller, buyer, load, partial(arrived, bill))

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
        codes = self._noise.wrong_count(receiver, load)
        deed = self._country.event(receiver, "receiving", codes, batch=self._noise.wrong_batch(load.batch))
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
        shops = self._rounds.begin(distributor, batch.goods)
        for crate in load.crates:
            self._open(distributor, batch, crate, orders, shops)
        for pack in load.loose:
            _add(orders, shops.next(1), batch).loose.append(pack)
        for taker, order in orders.items():
            if isinstance(taker, Place):
                self._to_shop(distributor, taker, order)
            else:
                taker(distributor, order)

    def _to_shop(self, distributor: Place, shop: Place, order: Load) -> None:
        """Sell to a shop, or to the small trader from whom the shop buys at the usual price."""
        percent = self._rng.randint(*_DISTRIBUTOR_PERCENT)
        trader = self._noise.small_trader(shop)
        if trader is None:
            self._sell(distributor, shop, order, percent, partial(self._stock, shop, distributor, order))
            return

        def sell_on(_: Bill) -> None:
            self._sell(trader, shop, order, percent, partial(self._stock, shop, trader, order))

        self._sell(distributor, trader, order, percent - _TRADER_PERCENT, sell_on)

    def _open(
        self, distributor: Place, batch: Batch, crate: Crate, orders: dict[Taker, Load], shops: Round
    ) -> None:
        """Assign a case, or what is in it, to shops; it is unpacked as far as they need."""
        if not crate.bundles:
            self._open_bundle(distributor, batch, crate, orders, shops)
        elif self._rng.random() < _CARTON_TO_HOSPITAL:
            _add(orders, shops.hospital(crate.count), batch).crates.append(crate)
        else:
            codes = [bundle.uri for bundle in crate.bundles]
            self._country.event(distributor, "unpacking", codes, parent=crate.uri)
            for bundle in crate.bundles:
                self._open_bundle(distributor, batch, bundle, orders, shops)

    def _open_bundle(
        self, distributor: Place, batch: Batch, bundle: Crate, orders: dict[Taker, Load], shops: Round
    ) -> None:
        ordered = self._country.orders.serve(distributor, batch.goods, bundle.count)
        if ordered is not None:
            _add(orders, ordered, batch).crates.append(bundle)
            return
        if bundle.count == 1 or self._rng.random() >= _BUNDLE_SPLIT:
            _add(orders, shops.next(bundle.count), batch).crates.append(bundle)
            return
        self._country.event(distributor, "unpacking", [], parent=bundle.uri)
        packs = bundle.run.packs
        half = len(packs) // 2
        for some in (packs[:half], packs[half:]):
            _add(orders, shops.next(len(some)), batch).loose.extend(some)

    # -- at the shop

    def _stock(self, shop: Place, seller: Place, load: Load, bill: Bill) -> None:
        for crate in load.crates:
            if not self._noise.whole_case():
                opened = self._country.stage.now + 1_800
                self._country.event(shop, "unpacking", [], time=opened, parent=crate.uri)
        self._country.shelves.put_load(shop, load)
        self._rounds.arrived(shop, load)
        self._noise.branch_transfer(shop, load)
        self._noise.returned_stock(shop, load, bill, partial(self._send_back, shop, seller))

    def _send_back(self, shop: Place, seller: Place, load: Load) -> None:
        self.ship(shop, seller, load, partial(self._returned, seller, load))

    def _returned(self, seller: Place, load: Load) -> None:
        """A distributor shares out again what came back; a small trader sells it to the pharmacy next door."""
        if seller.kind == "distributor":
            self._arrive(seller, load)
            return
        pharmacy = self._country.places.shops[seller.town][1]
        self._rounds.expect(pharmacy, load)
        percent = self._rng.randint(*_DISTRIBUTOR_PERCENT)
        self._sell(seller, pharmacy, load, percent, partial(self._stock, pharmacy, seller, load))


def _add(orders: dict[Taker, Load], taker: Taker, batch: Batch) -> Load:
    return orders.setdefault(taker, Load(batch, [], []))
