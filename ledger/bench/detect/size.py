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
        rarity, rare_seeds: how many countries so many times as large, with no more crimes than those, so that who is
            in a crime is rare.
    """

    name: str
    packs: int
    months: int
    seeds: int
    honest_seeds: int
    rarity: int
    rare_seeds: int

    @property
    def rare_packs(self) -> int:
        """Packs of each country in which crime is rare."""
        return self.packs * self.rarity


FULL: Final = Size(name="full", packs=20_000, months=12, seeds=20, honest_seeds=20, rarity=20, rare_seeds=1)
SMALL: Final = Size(name="small", packs=1_200, months=3, seeds=2, honest_seeds=1, rarity=2, rare_seeds=1)
