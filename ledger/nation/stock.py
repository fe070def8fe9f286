"""Goods in the synthetic country: batches, cases inside cases, and what stands on the shelves."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field

from ledger.nation.goods import Goods
from ledger.nation.places import Place

__all__ = ["Batch", "Crate", "Load", "Pack", "Shelves"]


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


@dataclass(frozen=True, eq=False, slots=True)
class Pack:
    """One pack, by the URI of its code."""

    uri: str
    batch: Batch


@dataclass(frozen=True, eq=False, slots=True)
class Crate:
    """A case: a bundle of packs, or a carton of bundles."""

    uri: str
    packs: list[Pack]
    bundles: list[Crate] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many packs are in it, at any depth."""
        return len(_inside(self))


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
    def packs(self) -> list[Pack]:
        """Every pack, those inside cases included."""
        inside = [pack for crate in self.crates for pack in _inside(crate)]
        return inside + self.loose


def _inside(crate: Crate) -> list[Pack]:
    return crate.packs + [pack for bundle in crate.bundles for pack in _inside(bundle)]


class Shelves:
    """What shops have for sale, first in, first out."""

    def __init__(self) -> None:
        self._packs: defaultdict[tuple[int, int], deque[Pack]] = defaultdict(deque)

    def put(self, shop: Place, packs: list[Pack]) -> None:
        """Put packs on a shop's shelf."""
        for pack in packs:
            self._packs[shop.number, pack.batch.goods.number].append(pack)

    def take(self, shop: Place, goods: Goods, count: int) -> list[Pack]:
        """Take up to `count` packs of a product that may be sold."""
        shelf = self._packs[shop.number, goods.number]
        taken: list[Pack] = []
        held: list[Pack] = []
        while shelf and len(taken) < count:
            pack = shelf.popleft()
            (held if pack.batch.held else taken).append(pack)
        shelf.extendleft(reversed(held))
        return taken

    def take_these(self, shop: Place, packs: list[Pack]) -> list[Pack]:
        """Take those of these packs that are still there and may be sold."""
        found = []
        for pack in packs:
            shelf = self._packs[shop.number, pack.batch.goods.number]
            if not pack.batch.held and pack in shelf:
                shelf.remove(pack)
                found.append(pack)
        return found

    def clear(self, shop: Place, batch: Batch) -> list[Pack]:
        """Take every pack of a batch, held or not."""
        shelf = self._packs[shop.number, batch.goods.number]
        found = [pack for pack in shelf if pack.batch is batch]
        for pack in found:
            shelf.remove(pack)
        return found
