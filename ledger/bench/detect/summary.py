"""The figures that are aimed at, and whether they are reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from ledger.bench.detect.marks import Part
from ledger.bench.detect.result import Result
from ledger.bench.detect.spread import Median, Share, median_of, share_of

__all__ = ["Figure", "Findings", "figures"]


class Findings(msgspec.Struct, frozen=True):
    """All that was measured: countries with crimes, countries without any, and larger ones with as many crimes."""

    with_crimes: list[Result]
    honest: list[Result]
    rare: list[Result]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure.

    Attributes:
        name: what it is.
        value: a share, a median in days, or a count; None when nothing of the kind was there.
        goal: the bound; None for what stands beside for comparison.
        at_least: whether the goal is a lower bound.
        unit: how it is shown.
    """

    name: str
    value: Share | Median | int | None
    goal: float | None = None
    at_least: bool = True
    unit: Literal["percent", "days", "count"] = "percent"

    @property
    def number(self) -> float | None:
        """The mean, the median or the count; what the goal is held against."""
        if isinstance(self.value, Share):
            return self.value.mean
        return self.value.median if isinstance(self.value, Median) else self.value

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None without a goal or a value."""
        if self.goal is None or self.number is None:
            return None
        return self.number >= self.goal if self.at_least else self.number <= self.goal


def figures(found: Findings) -> list[Figure]:
    """Return all figures, in the order of the page."""
    return [*_packs(found), *_rings(found.with_crimes), *_money(found), *_honest(found), *_cases(found)]


def _packs(found: Findings) -> list[Figure]:
    results = found.with_crimes
    return [
        Figure(name="packs sold or settled twice, or back after an insured sale: recall",
               value=share_of(each.again.recall for each in results), goal=1.0),
        Figure(name="the same: precision", value=share_of(each.again.precision for each in results), goal=0.99),
        Figure(name="the same, in schemes that nobody told rule authors of: recall",
               value=share_of(each.again_hidden for each in results)),
        Figure(name="packs that the same rules find in honest countries", unit="count",
               value=sum(each.again.precision.all for each in found.honest) if found.honest else None),
        Figure(name="baseline, a plain count of at least 2: recall",
               value=share_of(each.counted_twice.recall for each in results)),
        Figure(name="the same baseline: precision", value=share_of(each.counted_twice.precision for each in results)),
    ]  # fmt: skip


def _rings(results: Sequence[Result]) -> list[Figure]:
    delays = [delay for each in results for delay in each.delays if not delay.hidden]
    hidden = [delay for each in results for delay in each.delays if delay.hidden]
    return [
        Figure(name="rings, persons: precision", value=share_of(each.rings.precision for each in results), goal=0.9),
        Figure(name="rings, persons: recall", value=share_of(each.rings.recall for each in results), goal=0.8),
        Figure(name="hidden rings, persons: recall", value=share_of(each.rings_hidden for each in results)),
        Figure(name="persons in networks who belong to any crime", value=share_of(each.rings_any for each in results)),
        Figure(name="baseline, four prescribers and four dispensers: precision",
               value=share_of(each.many_providers.precision for each in results)),
        Figure(name="the same baseline: recall", value=share_of(each.many_providers.recall for each in results)),
        Figure(name="days from a ring's beginning to its first finding", goal=7, at_least=False, unit="days",
               value=median_of(delay.days for delay in delays)),
        Figure(name="days to the first finding about the ring itself", unit="days",
               value=median_of(delay.network_days for delay in delays)),
        Figure(name="days to the first finding, hidden rings", unit="days",
               value=median_of(delay.days for delay in hidden)),
    ]  # fmt: skip


def _money(found: Findings) -> list[Figure]:
    return [
        figure
        for where, results in (("", found.with_crimes), (", where crime is rare", found.rare))
        for figure in (
            Figure(name=f"money of the crimes on the first 1 % of persons by score{where}", goal=0.9,
                   value=share_of(Part(each.money.first, each.money.all) for each in results)),
            Figure(name=f"the same for somebody who knows the truth{where}: the most that there is",
                   value=share_of(Part(each.money.ideal, each.money.all) for each in results)),
            Figure(name=f"ours of that most{where}",
                   value=share_of(Part(each.money.first, each.money.ideal) for each in results)),
        )
    ]  # fmt: skip


def _honest(found: Findings) -> list[Figure]:
    everywhere = [*found.with_crimes, *found.honest, *found.rare]
    return [
        Figure(name="honest persons with a grave finding about themselves", goal=0.000_3, at_least=False,
               value=share_of(each.honest_persons for each in everywhere)),
        Figure(name="honest scans that were answered `stop`", goal=0.000_5, at_least=False,
               value=share_of(each.honest_scans for each in everywhere)),
        Figure(name="the same, of sales alone", value=share_of(each.honest_sales for each in everywhere)),
    ]  # fmt: skip


def _cases(found: Findings) -> list[Figure]:
    return [
        Figure(name="cases that open by themselves in honest countries", goal=0, at_least=False, unit="count",
               value=sum(each.cases for each in found.honest) if found.honest else None),
        Figure(name="cases that open by themselves in countries with crimes, and no crime in them", unit="count",
               value=sum(each.cases_wrong for each in (*found.with_crimes, *found.rare))),
        Figure(name="cases that open by themselves in countries with crimes, all", unit="count",
               value=sum(each.cases for each in (*found.with_crimes, *found.rare))),
        Figure(name="findings of a crime that lie in one proposal, the largest part of each crime's",
               value=share_of(each.in_one for each in found.with_crimes)),
        Figure(name="findings in a proposal that are of one crime, the largest part of each proposal's",
               value=share_of(each.unmixed for each in found.with_crimes)),
    ]  # fmt: skip
