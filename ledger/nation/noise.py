"""Honest noise: what goes wrong, or merely looks odd, where nobody did wrong. One function a kind.

How often, and why so often, is told by the one table in `rates.py`. What honest people do that looks odd
(carers, movers, travellers, seasons) is in `people.py` and `care.py`; a recall is a longer story (`recall.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import msgspec

from ledger.clock import iso
from ledger.nation.bill import Bill
from ledger.nation.country import Country, Sale
from ledger.nation.deeds import EventDeed
from ledger.nation.goods import PRODUCTS, Goods
from ledger.nation.people import Person
from ledger.nation.places import Place
from ledger.nation.rates import Chance
from ledger.nation.stage import DAY, Outages, Skews
from ledger.nation.stock import Batch, Load, Pack

__all__ = ["Noise", "outages", "skews"]

# `recall.py` waits longer than any of these, so that what is sold before a hold is known before the recall.
_OUTAGE_SECONDS_MAX: Final = 3 * DAY
_UNDO_SECONDS_MAX: Final = 4 * DAY
_CHECK_SECONDS_MAX: Final = 3 * DAY
_FORTNIGHT: Final = 14 * DAY
_MONTH: Final = 30 * DAY
# Clocks go wrong and are set right at night, after closing time (UTC+8): a station's deeds keep their order.
_NIGHT: Final = 14 * 3_600
_FAST_SECONDS, _SLOW_SECONDS = (120, 600), (120, 1_200)
# A settlement may come so late; keys of the country are valid for longer.
_SETTLEMENT_LATE_SECONDS_MAX: Final = 20 * DAY
_INVOICE_LATE_SECONDS: Final = (3 * DAY, 45 * DAY)
# A shortage: how long nothing is delivered, and how long people buy ahead when they hear of it.
_SHORTAGE_DAYS: Final = (14, 28)
_RUMOUR_DAYS: Final = 8


def outages(shops: list[Place], start: int, end: int, chance: Chance) -> Outages:
    """Late offline uploads: for each shop, when its line is down; its deeds arrive when it is up again."""
    found: dict[int, list[tuple[int, int]]] = {}
    for shop in shops:
        for fortnight in range(start, end, _FORTNIGHT):
            if chance.happens():
                begin = fortnight + chance.rng.randrange(_FORTNIGHT - _OUTAGE_SECONDS_MAX)
                until = begin + chance.rng.randrange(3_600, _OUTAGE_SECONDS_MAX)
                found.setdefault(shop.number, []).append((begin, until))
    return found


def skews(shops: list[Place], start: int, end: int, chance: Chance) -> Skews:
    """Clock skew: for each shop, when its clock is wrong and by how much; fast clocks claim the future."""
    found: dict[int, list[tuple[int, int, int]]] = {}
    for shop in shops:
        for month in range(start, end, _MONTH):
            if chance.happens():
                first = month - month % DAY + chance.rng.randrange(10) * DAY + _NIGHT
                until = first + chance.rng.randrange(2, 18) * DAY
                fast = chance.rng.random() < 0.5
                seconds = chance.rng.randint(*_FAST_SECONDS) if fast else -chance.rng.randint(*_SLOW_SECONDS)
                found.setdefault(shop.number, []).append((first, until, seconds))
    return found


class Noise:
    """The other kinds; each function is asked at the moment when it could happen, and mostly does nothing."""

    def __init__(self, country: Country) -> None:
        self._country = country
        self._chances = country.chances
        self._shortages = self._plan_shortages()

    # -- at the scanner

    def double_beep(self, deed: EventDeed) -> None:
        """The scanner beeps twice: the same act again within a minute, as an event of its own."""
        chance = self._chances["double-beep"]
        if chance.happens():
            stage = self._country.stage
            again = msgspec.structs.replace(
                deed, id=stage.new_id(), time=deed.time + chance.rng.randrange(1, 60)
            )
            stage.do(again)

    def mistaken_scan(self, shop: Place, person: Person, goods: Goods) -> None:
        """The box beside the right one is scanned; minutes later the event is declared an error."""
        chance = self._chances["mistaken-scan"]
        country = self._country
        if not chance.happens():
            return
        beside = country.shelves.take(shop, goods, 1)
        if not beside:
            return
        now = country.stage.now
        deed = country.hand_out(shop, person, beside, time=now)

        def notice() -> None:
            country.take_back(deed)
            country.shelves.put(shop, beside)

        country.stage.at(now + chance.rng.randrange(60, 280), notice)

    def undone_dispense(self, sale: Sale, back: Callable[[], object]) -> bool:
        """The customer brings the packs back within days: back on the shelf, and the insurer is paid back.

        Returns whether it will happen; `back` is called when it does, with the packs for sale again.
        """
        chance = self._chances["undone-dispense"]
        if not chance.happens():
            return False
        time = sale.time + chance.rng.randrange(1_800, _UNDO_SECONDS_MAX)
        self._country.stage.at(time, partial(self._undo, sale, back))
        return True

    def _undo(self, sale: Sale, back: Callable[[], object]) -> None:
        country = self._country
        deed = country.event(sale.shop, "undoing-dispense", [pack.uri for pack in sale.packs])
        heard = country.stage.received_at(sale.shop, deed.time) + 90
        country.settle_back(sale, heard)
        country.shelves.put(sale.shop, sale.packs)
        back()

    def patient_check(self, sale: Sale) -> None:
        """A patient scans the pack at home, through the public service."""
        chance = self._chances["patient-check"]
        country = self._country
        for pack in sale.packs:
            if chance.happens():
                time = sale.time + chance.rng.randrange(600, _CHECK_SECONDS_MAX)
                country.stage.at(time, partial(country.event, country.places.app, "inspecting", [pack.uri]))

    # -- in trade

    def whole_case(self) -> bool:
        """The shop sells straight from the case and never records that it was opened."""
        return self._chances["whole-case"].happens()

    def refused_delivery(self, receiver: Place, load: Load, again: Callable[[], object]) -> bool:
        """The receiver refuses a delivery; the sender takes it back and calls `again` some days later."""
        chance = self._chances["refused-delivery"]
        if not chance.happens():
            return False
        self._country.event(receiver, "refusing", load.codes)
        self._country.stage.at(self._country.stage.now + chance.rng.randrange(2 * DAY, 4 * DAY), again)
        return True

    def wrong_count(self, receiver: Place, load: Load) -> list[str]:
        """One code of a delivery is overlooked, and received an hour or a day later; return those that are not."""
        chance = self._chances["wrong-count"]
        codes = load.codes
        if not chance.happens() or len(codes) == 1:
            return codes
        overlooked = codes.pop(chance.rng.randrange(len(codes)))
        found = self._country.stage.now + chance.rng.randrange(3_600, DAY)
        self._country.stage.at(found, partial(self._country.event, receiver, "receiving", [overlooked]))
        return codes

    def wrong_batch(self, batch: Batch) -> Batch | None:
        """The batch of a delivery is typed in, and two of its digits change places; None when it is scanned."""
        if not self._chances["wrong-batch"].happens():
            return None
        name = batch.name
        typed = next((name[:at] + name[at + 1] + name[at] for at in range(len(name) - 2, 0, -1)
                      if name[at] != name[at + 1]), name)  # fmt: skip
        typed += name[len(typed) :]
        return Batch(batch.goods, batch.maker, typed, batch.made_at, batch.expiry)

    def late_invoice(self, write: Callable[[], object]) -> None:
        """The invoice comes with the goods, or days or weeks later; of some the country's end sees nothing."""
        chance = self._chances["late-invoice"]
        if chance.happens():
            late = chance.rng.randint(*_INVOICE_LATE_SECONDS)
            self._country.stage.at(self._country.stage.now + late, write)
        else:
            write()

    def returned_stock(self, shop: Place, load: Load, bill: Bill, send: Callable[[Load], None]) -> None:
        """A shop that ordered too much sends back, after some weeks, what is left of a delivery."""
        chance = self._chances["return"]
        if not chance.happens():
            return
        country = self._country

        def send_back() -> None:
            left = country.shelves.take_these(shop, load.packs)
            if left:
                bill.send_back(len(left))
                send(Load(left[0].batch, [], left))

        country.stage.at(country.stage.now + chance.rng.randrange(10 * DAY, 20 * DAY), send_back)

    def small_trader(self, shop: Place) -> Place | None:
        """A pharmacy buys from a small trader, who buys from the distributor; None when it does not."""
        chance = self._chances["small-trader"]
        if shop.kind != "pharmacy" or not chance.happens():
            return None
        return chance.rng.choice(self._country.places.traders_near(shop.town))

    def branch_transfer(self, shop: Place, load: Load) -> None:
        """A chain evens out stock: some days later packs go to another branch, which may not scan them."""
        chance, scan = self._chances["branch-transfer"], self._chances["transfer-unscanned"]
        country = self._country
        branches = country.places.chains.get(shop.owner, ())
        if len(branches) < 2 or not chance.happens():
            return
        other = chance.rng.choice([branch for branch in branches if branch is not shop])

        def move() -> None:
            packs = country.shelves.take_these(shop, load.packs[: len(load.packs) // 2])
            if packs:
                codes = [pack.uri for pack in packs]
                country.event(shop, "shipping", codes, destination=other)
                arrival = country.stage.now + chance.rng.randrange(3_600, DAY // 3)
                country.stage.at(arrival, partial(arrive, packs, codes))

        def arrive(packs: list[Pack], codes: list[str]) -> None:
            if not scan.happens():
                country.event(other, "receiving", codes)
            country.shelves.put(other, packs)

        country.stage.at(country.stage.now + chance.rng.randrange(2 * DAY, 9 * DAY), move)

    def stock_takes(self) -> None:
        """Plan a month of stock-takes: here and there a box is missing or broken, and is written off."""
        chance, stage = self._chances["stock-loss"], self._country.stage
        for shop in self._country.places.dispensers:
            if chance.happens():
                stage.at(stage.now + chance.rng.randrange(_MONTH), partial(self._write_off, shop))
        stage.at(stage.now + _MONTH, self.stock_takes)

    def _write_off(self, shop: Place) -> None:
        rng, country = self._chances["stock-loss"].rng, self._country
        for goods in rng.sample(PRODUCTS, len(PRODUCTS)):
            packs = country.shelves.take(shop, goods, rng.choice((1, 1, 1, 2)))
            if packs:
                country.event(shop, rng.choice(("loss", "destroying")), [pack.uri for pack in packs])
                return

    def _plan_shortages(self) -> list[tuple[Goods, int, int]]:
        chance, stage = self._chances["supply-shortage"], self._country.stage
        found = []
        for year in range(stage.start, stage.end, 365 * DAY):
            if chance.happens():
                begin = year + chance.rng.randrange(365 * DAY)
                goods = chance.rng.choice([goods for goods in PRODUCTS if not goods.dear])
                found.append((goods, begin, begin + chance.rng.randint(*_SHORTAGE_DAYS) * DAY))
        return found

    def shortage_delay(self, goods: Goods) -> int:
        """A product cannot be delivered: return for how many seconds, 0 when it can."""
        now = self._country.stage.now
        return max((end - now for of, begin, end in self._shortages if of is goods and begin <= now < end), default=0)

    def bulk_buying(self, goods: Goods) -> bool:
        """People have heard that a product will be short, and buy ahead."""
        now = self._country.stage.now
        return any(
            of is goods and begin <= now < begin + _RUMOUR_DAYS * DAY for of, begin, _ in self._shortages
        )

    # -- at the insurer

    def late_settlement(self) -> int:
        """Return how many seconds late the insurer settles: mostly none."""
        chance = self._chances["late-settlement"]
        return chance.rng.randrange(DAY, _SETTLEMENT_LATE_SECONDS_MAX) if chance.happens() else 0

    def doubled_settlement(self, sale: Sale) -> None:
        """A settlement is sent again, as one of its own, and that one is taken back at the monthly check."""
        chance = self._chances["doubled-settlement"]
        if sale.settlement is None or not chance.happens():
            return
        country = self._country
        time = sale.settled_at + chance.rng.randrange(30, 3_600)
        again = msgspec.structs.replace(sale.settlement, id=country.stage.new_id(), time=iso(time))
        country.write_settlement(sale.person, time, again)
        doubled = sale._replace(settlement=again)
        back = time + chance.rng.randrange(2 * DAY, 25 * DAY)
        country.stage.at(back, lambda: country.settle_back(doubled, country.stage.now))

    def wrong_site(self, shop: Place) -> str | None:
        """Return another branch's site, chosen by mistake; None for the right one."""
        branches = self._country.places.chains.get(shop.owner, ())
        chance = self._chances["wrong-site"]
        if len(branches) < 2 or not chance.happens():
            return None
        return chance.rng.choice([branch for branch in branches if branch is not shop]).site

    # -- among people

    def bought_again(self, sale: Sale, visit: Callable[[], object]) -> None:
        """The patient loses the packs, and comes for the same again within days."""
        chance = self._chances["bought-again"]
        if chance.happens():
            self._country.stage.at(sale.time + chance.rng.randrange(DAY, 5 * DAY), visit)
