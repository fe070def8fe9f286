"""The country is played in bounded memory: what grows with it is stock and people, in arrays and runs."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

from ledger.nation import build
from ledger.nation.country import Country
from tests.nation.conftest import START


def nothing(_: Country) -> None:
    """Leave the country as it is."""


def peak(packs: int, months: int, prepare: Callable[[Country], None] = nothing) -> int:
    """Return the most memory, in bytes, that playing a country without signatures takes at any moment."""
    tracemalloc.start()
    country, _ = build(packs, months, 1, START, crimes="none")._set_up()
    prepare(country)
    for _ in country.stage.play():
        pass
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_a_larger_country_takes_little_more_memory() -> None:
    """Eight thousand packs more take a hundred bytes each at most: no pack is kept as an object."""
    peak(400, 1)  # what is remembered for good, of products and keys
    assert (peak(12_000, 3) - peak(4_000, 3)) / 8_000 < 100


def test_a_longer_country_takes_little_more_memory() -> None:
    """The same trade for four times as long keeps no record of what is over."""
    peak(400, 1)
    assert peak(12_000, 12) < 2 * peak(3_000, 3)


def test_a_record_of_every_sale_would_be_seen() -> None:
    """Where sales are remembered, as crimes want it, the bound above does not hold: it can fail."""

    def remember(country: Country) -> None:
        country.looked_back_on = True

    assert (peak(4_000, 3, remember) - peak(4_000, 3)) / 4_000 > 300


def test_people_are_kept_in_bytes() -> None:
    """A person takes a few bytes, not an object: everything about them is made when they are asked for."""
    people = build(60_000, 3, 1, START)._settled().people
    kept = sum(
        array.itemsize * len(array)
        for array in (people._traits, people._takes, people._months, people._patterns)
    )
    assert kept / people.count < 5
    assert people.person(people.count).number == people.count
