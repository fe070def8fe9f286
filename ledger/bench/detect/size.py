"""How much `bench detect` measures."""

from __future__ import annotations

from typing import Final

import msgspec

__all__ = ["FULL", "SMALL", "Size"]


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """The countries that are measured.

    Attributes:
        name: `full`, `small`, or another.
        packs, months: of each country.
        seeds: how many countries with all the crimes they have room for, of seeds 1 …
        honest_seeds: how many of the same without any crime.
    """

    name: str
    packs: int
    months: int
    seeds: int
    honest_seeds: int


FULL: Final = Size(name="full", packs=20_000, months=12, seeds=20, honest_seeds=20)
SMALL: Final = Size(name="small", packs=1_200, months=3, seeds=2, honest_seeds=1)
