"""How often honest trade and honest people do what looks odd: one table, with a reason beside each rate.

Rates are per thousand of what the row names. They are guesses of the right size, gathered here so that they
can be argued with; where a published figure stands behind one, its reason says so. No rule of reconciliation
is chosen by them, nor they by one.
"""

from __future__ import annotations

from random import Random
from typing import Final, NamedTuple

__all__ = ["RATES", "Chance", "Rate"]


class Rate(NamedTuple):
    """How often something happens: so many times per thousand of what, and why so often."""

    per_thousand: int
    of: str
    reason: str


RATES: Final[dict[str, Rate]] = {
    # -- at the scanner
    "double-beep": Rate(
        10, "dispensings and receivings", "systems that count repeats saw 1 to 5 % in their first years"
    ),
    "offline": Rate(40, "fortnights of a shop", "a village line fails about once a year, for hours or days"),
    "clock-skew": Rate(
        5, "months of a shop", "a till's clock is set wrong once in sixteen years, and is noticed within weeks"
    ),
    "mistaken-scan": Rate(2, "dispensings", "the box beside the right one is scanned, and taken back in minutes"),
    "undone-dispense": Rate(8, "dispensings", "wrong strength, wrong customer, changed mind: under 1 %"),
    "patient-check": Rate(30, "packs sold", "one patient in thirty is curious enough to scan the pack"),
    # -- in trade
    "whole-case": Rate(500, "cases that a shop receives", "half of the shops never record that they opened a case"),
    "return": Rate(20, "deliveries", "2 to 3 % of what wholesalers sell comes back saleable"),
    "refused-delivery": Rate(10, "deliveries", "damaged or not ordered: noticed at one door in a hundred"),
    "wrong-count": Rate(5, "deliveries", "one box is overlooked when a delivery is scanned, and found next day"),
    "wrong-batch": Rate(3, "deliveries", "somebody types a batch instead of scanning it, and two digits change places"),
    "late-invoice": Rate(40, "invoices", "monthly accounts: one in twenty-five comes days or weeks after the goods"),
    "small-trader": Rate(
        40, "deliveries to pharmacies", "some come through a small trader, which only public institutions may not"
    ),
    "branch-transfer": Rate(8, "deliveries to a branch", "chains even out stock among their branches"),
    "transfer-unscanned": Rate(300, "transfers between branches", "inside one firm, the second scan is often left out"),
    "stock-loss": Rate(60, "months of a shop", "a stock-take finds a box missing or broken every year and a half"),
    "supply-shortage": Rate(600, "years", "a product cannot be had for some weeks, and people buy ahead of it"),
    "recall": Rate(1_000, "countries", "one batch in every country: none is worth testing without a recall"),
    # -- at the insurer
    "late-settlement": Rate(15, "settlements", "hand-written slips and broken lines: settled days or weeks later"),
    "doubled-settlement": Rate(3, "settlements", "sent again after a time-out, and taken back at the monthly check"),
    "wrong-site": Rate(2, "settlements of a chain", "the branch is chosen from a list, and the line above is hit"),
    # -- among people
    "bought-again": Rate(8, "dispensings", "lost, wet, left in a bus: a pack in a hundred and twenty"),
    "carer": Rate(250, "old couples", "a daughter fetches her parents' medicine together: every fourth couple's"),
    "moving-house": Rate(25, "persons a year", "one person in forty moves to another town"),
    "travelling": Rate(20, "illnesses", "one in fifty falls ill away from home"),
    "many-institutions": Rate(
        8, "chronic patients", "the gravely ill see several hospitals; studies of doctor shopping name cancer patients"
    ),
    "paper-at-hospital": Rate(15, "prescriptions", "electronic prescriptions are the rule"),
    "paper-at-centre": Rate(120, "prescriptions", "village doctors write by hand; double that in some places"),
    "paper-at-clinic": Rate(350, "prescriptions", "a doctor of his own often has no system for it"),
    "split-pack": Rate(100, "weeks of a hospital ward", "wards open a box for several inpatients"),
    "epidemic": Rate(800, "county winters", "most counties have a week of influenza: a few times as many ill"),
}


class Chance:
    """Asks the table, and counts how often it was asked and how often something happened."""

    def __init__(self, rng: Random, kind: str) -> None:
        self.rng = rng
        self.asked = 0
        self.happened = 0
        self._per_thousand = RATES[kind].per_thousand

    def happens(self, factor: float = 1.0) -> bool:
        """Draw once, where it happens so many times as often as on average."""
        self.asked += 1
        drawn = self.rng.random() * 1_000 < self._per_thousand * factor
        self.happened += drawn
        return drawn
