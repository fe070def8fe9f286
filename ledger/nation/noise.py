"""Honest noise: what goes wrong, or merely looks odd, where nobody did wrong. One function a kind.

A recall is a longer story and has its own file (`recall.py`).

Rates are per thousand of what the row names. They are guesses of the right size, gathered in one table so
that they can be argued with; where a published figure stands behind one, its reason says so.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Final, NamedTuple

import msgspec

from ledger.nation.country import Country, Sale
from ledger.nation.deeds import EventDeed
from ledger.nation.places import Place
from ledger.nation.stage import DAY, Outages
from ledger.nation.stock import Load, Pack

__all__ = ["RATES", "Noise", "Rate", "outages"]


class Rate(NamedTuple):
    """How often something happens: so many times per thousand of what, and why so often."""

    per_thousand: int
    of: str
    reason: str


RATES: Final[dict[str, Rate]] = {
    "double-beep": Rate(
        10, "dispensings and receivings", "systems that count repeats saw 1 to 5 % in their first years"
    ),
    "offline": Rate(40, "fortnights of a shop", "a village line fails about once a year, for hours or days"),
    "undone-dispense": Rate(8, "dispensings", "wrong strength, wrong customer, changed mind: under 1 %"),
    "whole-case": Rate(
        500, "cases that a shop receives", "half of the shops never record that they opened a case"
    ),
    "return": Rate(20, "deliveries", "2 to 3 % of what wholesalers sell comes back saleable"),
    "refused-delivery": Rate(10, "deliveries", "damaged or not ordered: noticed at one door in a hundred"),
    "bought-again": Rate(8, "dispensings", "lost, wet, left in a bus: a pack in a hundred and twenty"),
    "patient-check": Rate(30, "packs sold", "one patient in thirty is curious enough to scan the pack"),
    "recall": Rate(1_000, "countries", "one batch in every country: none is worth testing without a recall"),
}

# `recall.py` waits longer than any of these, so that what is sold before a hold is known before the recall.
_OUTAGE_SECONDS_MAX: Final = 3 * DAY
_FORTNIGHT: Final = 14 * DAY
_UNDO_SECONDS_MAX: Final = 4 * DAY
_CHECK_SECONDS_MAX: Final = 3 * DAY


def outages(shops: list[Place], start: int, end: int, rng: Random) -> Outages:
    """Late offline uploads: for each shop, when its line is down; its deeds arrive when it is up again."""
    found: dict[int, list[tuple[int, int]]] = {}
    for shop in shops:
        for fortnight in range(start, end, _FORTNIGHT):
            if _happens("offline", rng):
                begin = fortnight + rng.randrange(_FORTNIGHT - _OUTAGE_SECONDS_MAX)
                until = begin + rng.randrange(3_600, _OUTAGE_SECONDS_MAX)
                found.setdefault(shop.number, []).append((begin, until))
    return found


class Noise:
    """The other kinds; each function is asked at the moment when it could happen, and mostly does nothing."""

    def __init__(self, country: Country) -> None:
        self._country = country
        self._dice = {kind: country.dice(f"noise/{kind}") for kind in RATES}

    def double_beep(self, deed: EventDeed) -> None:
        """The scanner beeps twice: the same act again within a minute, as an event of its own."""
        rng = self._dice["double-beep"]
        if _happens("double-beep", rng):
            stage = self._country.stage
            again = msgspec.structs.replace(deed, id=stage.new_id(), time=deed.time + rng.randrange(1, 60))
            stage.do(again)

    def undone_dispense(self, sale: Sale, back: Callable[[], object]) -> bool:
        """The customer brings the packs back within days: back on the shelf, and the insurer is paid back.

        Returns whether it will happen; `back` is called when it does, with the packs for sale again.
        """
        rng = self._dice["undone-dispense"]
        if not _happens("undone-dispense", rng):
            return False
        time = sale.time + rng.randrange(1_800, _UNDO_SECONDS_MAX)
        self._country.stage.at(time, partial(self._undo, sale, back))
        return True

    def _undo(self, sale: Sale, back: Callable[[], object]) -> None:
        country = self._country
        deed = country.event(sale.shop, "undoing-dispense", [pack.uri for pack in sale.packs])
        heard = country.stage.received_at(sale.shop, deed.time) + 90
        country.settle_back(sale, heard)
        country.shelves.put(sale.shop, sale.packs)
        back()

    def whole_case(self) -> bool:
        """The shop sells straight from the case and never records that it was opened."""
        return _happens("whole-case", self._dice["whole-case"])

    def refused_delivery(self, receiver: Place, load: Load, again: Callable[[], object]) -> bool:
        """The receiver refuses a delivery; the sender takes it back and calls `again` some days later."""
        rng = self._dice["refused-delivery"]
        if not _happens("refused-delivery", rng):
            return False
        self._country.event(receiver, "refusing", load.codes)
        self._country.stage.at(self._country.stage.now + rng.randrange(2 * DAY, 4 * DAY), again)
        return True

    def returned_stock(self, shop: Place, packs: list[Pack], send: Callable[[Load], None]) -> None:
        """A shop that ordered too much sends back, after some weeks, what is left of a delivery."""
        rng = self._dice["return"]
        if not _happens("return", rng):
            return
        country = self._country

        def send_back() -> None:
            left = country.shelves.take_these(shop, packs)
            if left:
                send(Load(left[0].batch, [], left))

        country.stage.at(country.stage.now + rng.randrange(10 * DAY, 20 * DAY), send_back)

    def bought_again(self, sale: Sale, visit: Callable[[], object]) -> None:
        """The patient loses the packs, and comes for the same again within days."""
        rng = self._dice["bought-again"]
        if _happens("bought-again", rng):
            self._country.stage.at(sale.time + rng.randrange(DAY, 5 * DAY), visit)

    def patient_check(self, sale: Sale) -> None:
        """A patient scans the pack at home, through the public service."""
        rng = self._dice["patient-check"]
        country = self._country
        for pack in sale.packs:
            if _happens("patient-check", rng):
                time = sale.time + rng.randrange(600, _CHECK_SECONDS_MAX)
                country.stage.at(time, partial(country.event, country.places.app, "inspecting", [pack.uri]))


def _happens(kind: str, rng: Random) -> bool:
    return rng.randrange(1_000) < RATES[kind].per_thousand
