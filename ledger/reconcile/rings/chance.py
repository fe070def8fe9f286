"""How often would these cards meet by accident?

Two cards that visit the same institutions meet now and then. From how often each of them comes, how an institution's
visits spread over days, and over the hours of a day, follows how many meetings chance makes (`expected`, in SQL).
The meetings of strangers are rare and nearly independent, so that their number is Poisson; what is asked is the
chance of as many meetings or more, for the best of all pairs that could have met (Bonferroni): a country has
millions of pairs, and one of them is always the luckiest.
"""

from __future__ import annotations

from typing import Final

from scipy.stats import poisson

__all__ = ["CHANCE_MAX", "excess_digits", "meetings_needed"]

CHANCE_MAX: Final = 0.01
"""One accidental link among all pairs of a country in a hundred such countries."""

_DIGITS_MAX: Final = 300
# Nobody's habits are known so well that fewer than this would be expected: one chance meeting in a thousand tries.
_EXPECTED_MIN: Final = 0.001


def meetings_needed(expected: float, pairs: int) -> int:
    """Return the least number of meetings that chance does not explain.

    Args:
        expected: meetings of this pair by chance.
        pairs: how many pairs could have met.
    """
    return int(poisson.isf(CHANCE_MAX / max(1, pairs), max(expected, _EXPECTED_MIN))) + 1


def excess_digits(expected: float, meetings: int) -> int:
    """Return how unlikely so many meetings are: the number of zeros of the chance, at most 300."""
    chance = float(poisson.logsf(meetings - 1, max(expected, _EXPECTED_MIN)))
    return min(_DIGITS_MAX, int(-chance / 2.302585092994046))
