"""How often would this happen by accident?

Two cards that visit the same institutions meet now and then. From how often each of them comes, how an institution's
visits spread over days, and over the hours of a day, follows how many meetings chance makes (`expected`, in SQL).
In the same way: of a card's packs, so many are seen again at one place as of everybody's. Such accidents are rare
and nearly independent, so that their number is Poisson; what is asked is the chance of as many or more, for the
best of all that were tested (Bonferroni): a country has millions of pairs, and one of them is always the luckiest.
"""

from __future__ import annotations

from math import log10
from typing import Final

from scipy.special import pdtrc

__all__ = ["CHANCE_MAX", "needed", "zeros_beyond"]

CHANCE_MAX: Final = 0.01
"""One accidental link among all pairs of a country in a hundred such countries."""

_ZEROS_MAX: Final = 300
# Nobody's habits are known so well that fewer than this would be expected: one chance meeting in a thousand tries.
_EXPECTED_MIN: Final = 0.001


def needed(expected: float, tested: int) -> int:
    """Return the least number that chance does not explain.

    Args:
        expected: of this pair, by chance.
        tested: how many pairs could have shown it.
    """
    mean, chance = max(expected, _EXPECTED_MIN), CHANCE_MAX / max(1, tested)
    number = int(mean)
    while pdtrc(number, mean) > chance:  # the chance of more than that many
        number += 1
    return number + 1


def zeros_beyond(expected: float, seen: int, tested: int) -> int:
    """Return how unlikely so many are anywhere in the country: chance does it in one of 10^zeros countries."""
    alone = float(pdtrc(seen - 1, max(expected, _EXPECTED_MIN))) if seen else 1.0
    if not alone:  # beyond what a double holds
        return _ZEROS_MAX
    return int(max(0.0, min(_ZEROS_MAX, -log10(alone) - log10(max(1, tested)))))
