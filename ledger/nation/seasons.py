"""When people fall ill: the seasons of the year, and a week of influenza here and there in winter."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from typing import Final

from ledger.nation.land import Town
from ledger.nation.people import People
from ledger.nation.rates import Chance
from ledger.nation.stage import DAY

__all__ = ["Seasons"]

# How often people fall ill in each month, from January on, against the mean of the year.
_MONTHS: Final = (1.45, 1.30, 1.10, 0.95, 0.85, 0.75, 0.75, 0.75, 0.80, 0.95, 1.10, 1.25)
_WINTER: Final = (12, 1, 2)
_WEEK_DAYS: Final = 8
_WEEKS_IN_WINTER: Final = 11
_SEVERITY: Final = 3


class Seasons:
    """The seasons, and the epidemics of one country.

    Attributes:
        severity: how many times as many fall ill in an epidemic, beyond the usual ones.
    """

    severity: Final = _SEVERITY

    def __init__(self, towns: list[Town], people: People, start: int, end: int, chance: Chance) -> None:
        self._people: list[range] = []
        for _, neighbours in groupby(range(len(towns)), key=lambda town: towns[town].county):
            numbers = [people.numbers(town) for town in neighbours]
            self._people.append(range(numbers[0].start, numbers[-1].stop))
        months = [datetime.fromtimestamp(day, UTC) for day in range(start - start % DAY, end, DAY)]
        self._mean = sum(_MONTHS[day.month - 1] for day in months) / max(1, len(months))
        self._weeks: dict[int, list[int]] = {}
        winters = [day for day in months if day.month in _WINTER and (day.month == 12 and day.day == 1)]
        winters += [months[0]] if months[0].month in _WINTER else []
        for winter in winters:
            for county in range(len(self._people)):
                if chance.happens():
                    first = int(winter.timestamp()) // DAY + 7 * chance.rng.randrange(_WEEKS_IN_WINTER)
                    for day in range(first, first + _WEEK_DAYS):
                        self._weeks.setdefault(day, []).append(county)

    def factor(self, time: int) -> float:
        """Return how often people fall ill on a day, against the mean of the country's whole time."""
        return _MONTHS[datetime.fromtimestamp(time, UTC).month - 1] / self._mean

    def epidemics(self, time: int) -> list[int]:
        """Return the counties that have influenza on a day."""
        return self._weeks.get(time // DAY, [])

    def people_of(self, county: int) -> range:
        """Return the numbers of the people of a county."""
        return self._people[county]
