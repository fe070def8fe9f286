"""How much benchmarks do, and what they say."""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.bench.measure import Spread

__all__ = ["FULL", "SMALL", "Row", "Scale"]


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How much work is done.

    Attributes:
        name: `full`, `small`, or another.
        rounds: of each race.
        events: one-pack events in a round.
        shipment_packs, shipments: packs in each, and shipments in a round; each is shipped and received.
        growth_links: sizes of the small and of the large ledger, in links, in which the cost of an event is measured.
        trace_packs, traces: packs in the ledger, and how many are traced.
        verify_statements, verify_links: what a ledger holds that is verified; a quarter of it comes first.
        lake_packs, lake_sales: packs that are shipped about, and how many of them are sold, into a lake.
        rules_packs, rules_months: of a country that is recorded; it is copied until there are `rules_facts`.
        seize_found, seize_months: packs that are found in the end of a thirty-tons country that is recorded, and
            its months; it is copied until `seize_packs` are found.
    """

    name: str
    rounds: int
    events: int
    shipment_packs: int
    shipments: int
    growth_links: tuple[int, int]
    trace_packs: int
    traces: int
    verify_statements: int
    verify_links: int
    lake_packs: int
    lake_sales: int
    rules_packs: int
    rules_months: int
    rules_facts: int
    seize_found: int
    seize_months: int
    seize_packs: int


FULL: Final = Scale(
    name="full", rounds=7, events=5_120, shipment_packs=10_000, shipments=4,
    growth_links=(100_000, 5_000_000), trace_packs=1_000_000, traces=2_000,
    verify_statements=200_000, verify_links=1_000_000, lake_packs=100_000, lake_sales=40_000,
    rules_packs=20_000, rules_months=12, rules_facts=10_000_000,
    seize_found=5_000, seize_months=12, seize_packs=750_000,
)  # fmt: skip
SMALL: Final = Scale(
    name="small", rounds=3, events=1_024, shipment_packs=2_000, shipments=2,
    growth_links=(20_000, 200_000), trace_packs=20_000, traces=200,
    verify_statements=4_000, verify_links=20_000, lake_packs=10_000, lake_sales=2_000,
    rules_packs=2_000, rules_months=4, rules_facts=300_000,
    seize_found=500, seize_months=8, seize_packs=10_000,
)  # fmt: skip


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One figure.

    Attributes:
        benchmark, database: what was measured, and in which kind of database.
        figure: who did it, or what it is: `packledger`, `limit`, `trigger chain` …
        value, unit: the spread of the rounds.
        ratio: to what the figure is compared with, round by round; None when there is nothing.
        goal: the bound that the median of the ratio (else of the value) is held to; None when there is none.
        at_least: whether the goal is a lower bound.
    """

    benchmark: str
    database: str
    figure: str
    value: Spread
    unit: str
    ratio: Spread | None = None
    goal: float | None = None
    at_least: bool = True

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None when there is none."""
        if self.goal is None:
            return None
        got = (self.ratio or self.value).median
        return got >= self.goal if self.at_least else got <= self.goal
