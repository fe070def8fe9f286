"""Figures over countries: each with a 95 % interval.

A share's interval is Student's t over the countries' own shares: countries are independent, packs within one are
not. Where all countries agree it has no width, and only the pooled counts say how much was looked at. A median's
interval lies between the order statistics that the binomial distribution gives; it assumes no shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf, sqrt
from statistics import fmean, median, stdev
from typing import Final

import msgspec
from scipy.stats import binom, t

from ledger.bench.detect.marks import Part

__all__ = ["Median", "Share", "median_of", "share_of"]

_CONFIDENCE: Final = 0.95


class Share(msgspec.Struct, frozen=True):
    """The mean of the countries' shares, its interval, and the counts of all countries together."""

    mean: float
    least: float
    most: float
    pooled: Part
    countries: int


class Median(msgspec.Struct, frozen=True):
    """A median, its interval, and how many values it is of; infinite where it is beyond what was looked at."""

    median: float
    least: float
    most: float
    count: int


def share_of(parts: Iterable[Part]) -> Share | None:
    """Return the share over countries; None when no country had anything to share."""
    known = [part for part in parts if part.all]
    if not known:
        return None
    shares = [part.some / part.all for part in known]
    mean, half = fmean(shares), _half_width(shares)
    pooled = Part(sum(part.some for part in known), sum(part.all for part in known))
    return Share(mean, max(0.0, mean - half), min(1.0, mean + half), pooled, len(known))


def _half_width(values: Sequence[float]) -> float:
    if len(values) < 2:
        return 1.0
    return float(t.ppf((1 + _CONFIDENCE) / 2, len(values) - 1)) * stdev(values) / sqrt(len(values))


def median_of(values: Iterable[float | None]) -> Median | None:
    """Return the median; None among the values is longer than was looked."""
    ordered = sorted(inf if value is None else float(value) for value in values)
    if not ordered:
        return None
    count = len(ordered)
    rank = int(binom.ppf((1 - _CONFIDENCE) / 2, count, 0.5))
    least, most = (ordered[rank - 1], ordered[count - rank]) if rank >= 1 else (0.0, inf)
    return Median(median(ordered), least, most, count)
