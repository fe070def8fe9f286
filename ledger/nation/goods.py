"""The medicines of the synthetic country, and how many packs of each a country of N packs makes.

Half of the trade is cheap daily medicine; three products are dear and slow, the kind that is worth stealing.
The shares add up to 1,000; prices, weights and days of supply are invented, of ordinary size.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ledger.nation.numbers import gtin, national_product

__all__ = ["PRODUCTS", "Goods", "quantities"]


class Goods(NamedTuple):
    """One product.

    Attributes:
        number: its place in the table, from 1.
        share: how many of 1,000 packs are this product.
        cents, milligrams, days: price, gross weight and supply of one pack.
        bundle: packs in the smallest case; carton: bundles in a carton, 0 when there are no cartons.
        department: of the hospital, where it is prescribed.
        acute: bought when somebody falls ill; everything else is taken every day.
        imported: numbered by GTIN and serial, in logistic units, instead of by national codes.
        dear: slow-moving and worth a lot.
    """

    number: int
    share: int
    cents: int
    milligrams: int
    days: int
    bundle: int
    carton: int
    department: str
    acute: bool = False
    imported: bool = False
    dear: bool = False

    @property
    def product(self) -> str:
        """What the register calls it: seven digits of a national code, or a GTIN-14."""
        return gtin(self.number) if self.imported else national_product(self.number, 1)


PRODUCTS: Final = (
    Goods(1, 160, 1_890, 42_000, 14, 10, 6, "respiratory", acute=True),
    Goods(2, 140, 2_450, 55_000, 28, 10, 6, "cardiology"),
    Goods(3, 130, 990, 38_000, 7, 20, 0, "emergency", acute=True),
    Goods(4, 110, 3_680, 41_000, 28, 10, 4, "endocrinology"),
    Goods(5, 100, 5_200, 37_000, 28, 10, 0, "cardiology"),
    Goods(6, 80, 7_950, 120_000, 30, 8, 4, "endocrinology"),
    Goods(7, 70, 12_400, 85_000, 30, 8, 0, "neurology"),
    Goods(8, 50, 16_800, 210_000, 15, 6, 0, "infectious diseases", acute=True),
    Goods(9, 60, 9_900, 34_000, 28, 10, 0, "endocrinology", imported=True),
    Goods(10, 40, 68_000, 46_000, 30, 5, 0, "rheumatology", dear=True),
    Goods(11, 30, 94_500, 38_000, 30, 5, 0, "oncology", dear=True),
    Goods(12, 30, 128_000, 42_000, 30, 5, 0, "oncology", dear=True),
)


def quantities(packs: int) -> list[int]:
    """Return how many packs each product has, in the order of the table; together exactly `packs`."""
    whole = [packs * goods.share // 1_000 for goods in PRODUCTS]
    rests = sorted(range(len(PRODUCTS)), key=lambda at: (-(packs * PRODUCTS[at].share % 1_000), at))
    for at in rests[: packs - sum(whole)]:
        whole[at] += 1
    return whole
