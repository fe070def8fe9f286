"""Goods in the synthetic country: batches, cases inside cases, and what stands on the shelves.

Stock is kept as runs of serials, not as packs: a country of a hundred million packs has some hundred thousand
runs on its shelves at any time. A `Pack` is made when somebody takes it into the hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from ledger.nation.goods import Goods
from ledger.nation.numbers import national_uri, sgtin_uri
from ledger.nation.places import Place

__all__ = ["Batch", "Crate", "Load", "Pack", "Run", "Shelves"]


@dataclass(eq=False, slots=True)
class Batch:
    """A batch of one product; while it is `held`, honest people neither ship nor sell any of it.

    `made_at` is in seconds since the epoch, `expiry` is yyyymmdd; `kept` is what was about to be shipped from
    a place when the hold began.
    """

    goods: Goods
    maker: Place
    name: str
    made_at: int
    expiry: int
    held: bool = False
    kept: list[tuple[Place, Load]] = field(default_factory=list)

    def uri(self, serial: int) -> str:
        """Return the code of one pack of it."""
        number = sgtin_uri if self.goods.imported else national_uri
        return number(self.goods.product, serial)


class Pack(NamedTuple):
    """One pack."""

    batch: Batch
    serial: int

    @property
    def uri(self) -> str:
        """Its code."""
        return self.batch.uri(self.serial)


class Run(NamedTuple):
    """Packs of one batch with serials that follow each other."""

    batch: Batch
    first: int
    size: int

    @property
    def packs(self) -> list[Pack]:
        """Each of them."""
        return [Pack(self.batch, serial) for serial in range(self.first, self.first + self.size)]


@dataclass(frozen=True, eq=False, slots=True)
class Crate:
    """A case: a bundle of packs, or a carton of bundles; `run` is all that is inside."""

    uri: str
    run: Run
    bundles: list[Crate] = field(default_factory=list)

    @property
    def packs(self) -> list[Pack]:
        """What lies in it and in no case inside it."""
        return [] if self.bundles else self.run.packs

    @property
    def count(self) -> int:
        """How many packs are in it, at any depth."""
        return self.run.size


@dataclass(frozen=True, eq=False, slots=True)
class Load:
    """What is moved together: cases, closed, and loose packs, all of one batch."""

    batch: Batch
    crates: list[Crate]
    loose: list[Pack]

    @property
    def codes(self) -> list[str]:
        """The codes that a shipping names: a case stands for what is in it."""
        return [crate.uri for crate in self.crates] + [pack.uri for pack in self.loose]

    @property
    def count(self) -> int:
        """How many packs it is."""
        return sum(crate.run.size for crate in self.crates) + len(self.loose)

    @property
    def packs(self) -> list[Pack]:
        """Every pack, those inside cases included."""
        return [pack for crate in self.crates for pack in crate.run.packs] + self.loose


class Shelves:
    """What shops have for sale, first in, first out."""

    def __init__(self) -> None:
        self._runs: dict[tuple[int, int], list[Run]] = {}

    def put(self, shop: Place, packs: Iterable[Pack]) -> None:
        """Put packs on a shop's shelf."""
        for batch, serial in packs:
            shelf = self._runs.setdefault((shop.number, batch.goods.number), [])
            if shelf and shelf[-1].batch is batch and shelf[-1].first + shelf[-1].size == serial:
                shelf[-1] = Run(batch, shelf[-1].first, shelf[-1].size + 1)
            else:
                shelf.append(Run(batch, serial, 1))

    def put_load(self, shop: Place, load: Load) -> None:
        """Put all that was delivered on a shop's shelf."""
        for crate in load.crates:
            self._runs.setdefault((shop.number, load.batch.goods.number), []).append(crate.run)
        self.put(shop, load.loose)

    def count(self, shop: Place, goods: Goods) -> int:
        """Return how many packs of a product stand there, held ones included."""
        return sum(run.size for run in self._runs.get((shop.number, goods.number), ()))

    def take(self, shop: Place, goods: Goods, count: int) -> list[Pack]:
        """Take up to `count` packs of a product that may be sold."""
        shelf = self._runs.get((shop.number, goods.number), [])
        taken: list[Pack] = []
        at = 0
        while at < len(shelf) and len(taken) < count:
            run = shelf[at]
            if run.batch.held:
                at += 1
                continue
            some = min(run.size, count - len(taken))
            taken += Run(run.batch, run.first, some).packs
            if some == run.size:
                del shelf[at]
            else:
                shelf[at] = Run(run.batch, run.first + some, run.size - some)
        return taken

    def take_these(self, shop: Place, packs: Iterable[Pack]) -> list[Pack]:
        """Take those of these packs that are still there and may be sold."""
        return [pack for pack in packs if not pack.batch.held and self._take_one(shop, pack)]

    def _take_one(self, shop: Place, pack: Pack) -> bool:
        batch, serial = pack
        shelf = self._runs.get((shop.number, batch.goods.number), [])
        for at, (of, first, size) in enumerate(shelf):
            if of is batch and first <= serial < first + size:
                left = (Run(batch, first, serial - first), Run(batch, serial + 1, first + size - serial - 1))
                shelf[at : at + 1] = [run for run in left if run.size]
                return True
        return False

    def clear(self, shop: Place, batch: Batch) -> list[Pack]:
        """Take every pack of a batch, held or not."""
        shelf = self._runs.get((shop.number, batch.goods.number), [])
        found = [pack for run in shelf if run.batch is batch for pack in run.packs]
        shelf[:] = [run for run in shelf if run.batch is not batch]
        return found
