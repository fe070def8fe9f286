"""The land of the synthetic country: provinces, counties and towns, and how far they are from each other.

It lies in the empty middle of the northern Pacific, so that no place of it is anybody's. Counties are squares of
forty kilometres side by side; a province is a block of them, a day's drive from the next. The first town of a
county is its seat: twice as many people live there, and the hospital is there.

Positions are whole ten-thousandths of a degree (about ten metres), so that every machine computes the same.
"""

from __future__ import annotations

from math import isqrt
from random import Random
from typing import Final, NamedTuple

from ledger.nation.numbers import region

__all__ = ["Point", "Town", "kilometres", "nearby", "survey"]

_TOWNS_PER_COUNTY_MIN, _TOWNS_PER_COUNTY_MAX = 2, 10
_PROVINCES_MAX: Final = 3
_COUNTIES_PER_PREFECTURE: Final = 8
_COUNTIES_PER_ROW: Final = 20
# In ten-thousandths of a degree: where the land begins, how large a county is, how far the next province is.
_SOUTH, _WEST = 380_000, -1_750_000
_COUNTY_HEIGHT, _COUNTY_WIDTH, _PROVINCE_WIDTH = 3_600, 5_000, 120_000
_KILOMETRES_PER_DEGREE_NORTH: Final = 111
_KILOMETRES_PER_DEGREE_EAST: Final = 78  # at 45 degrees north


class Point(NamedTuple):
    """A position, in ten-thousandths of a degree north and east."""

    north: int
    east: int

    @property
    def location(self) -> str:
        """As a registration says it (RFC 5870)."""
        return f"geo:{_degrees(self.north)},{_degrees(self.east)}"


class Town(NamedTuple):
    """One town.

    Attributes:
        county: counts the counties of the country; the towns of one have neighbouring numbers.
        province: counts the provinces.
        rank: its place in the county, 0 for the seat.
        region: the division code of the county, six digits.
        point: where its centre is.
    """

    county: int
    province: int
    rank: int
    region: str
    point: Point

    @property
    def weight(self) -> int:
        """How many people live there, in shares."""
        return 2 if self.rank == 0 else 1


def survey(count: int, rng: Random) -> list[Town]:
    """Return so many towns, county by county."""
    per_county = max(_TOWNS_PER_COUNTY_MIN, min(_TOWNS_PER_COUNTY_MAX, isqrt(count)))
    counties = -(-count // per_county)
    provinces = min(_PROVINCES_MAX, counties)
    towns = []
    for town in range(count):
        county, rank = divmod(town, per_county)
        province = county * provinces // counties
        within = county - -(-province * counties // provinces)
        prefecture, at = divmod(within, _COUNTIES_PER_PREFECTURE)
        code = region(province, prefecture + 1, at + 1)
        towns.append(Town(county, province, rank, code, _point(province, within, rank, rng)))
    return towns


def nearby(centre: Point, rng: Random) -> Point:
    """Return a point of the same town, about a kilometre away."""
    return Point(centre.north + rng.randint(-100, 100), centre.east + rng.randint(-130, 130))


def kilometres(one: Point, other: Point) -> int:
    """Return the distance as the crow flies, good to some per cent."""
    north = (one.north - other.north) * _KILOMETRES_PER_DEGREE_NORTH
    east = (one.east - other.east) * _KILOMETRES_PER_DEGREE_EAST
    return isqrt(north * north + east * east) // 10_000


def _point(province: int, county: int, rank: int, rng: Random) -> Point:
    row, column = divmod(county, _COUNTIES_PER_ROW)
    north = _SOUTH + row * _COUNTY_HEIGHT
    east = _WEST + province * _PROVINCE_WIDTH + column * _COUNTY_WIDTH
    if rank:  # ten to twenty kilometres from the seat, in one of eight directions
        way_north, way_east = ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))[rank % 8]
        north += way_north * rng.randint(800, 1_500)
        east += way_east * rng.randint(1_100, 2_100)
    return Point(north, east)


def _degrees(value: int) -> str:
    sign = "-" if value < 0 else ""
    whole, rest = divmod(abs(value), 10_000)
    return f"{sign}{whole}.{rest:04d}"
