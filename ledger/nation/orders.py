"""Orders out of turn: who asked a seller for more of a product than the round of shops would bring them.

An order is served before the round, a case at a time, from whatever comes through the seller's door next.
What is made does not grow by it: others get less, or later.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from ledger.nation.goods import Goods
from ledger.nation.places import Place
from ledger.nation.stock import Load

__all__ = ["Order", "Orders", "Taker"]

Taker = Place | Callable[[Place, Load], object]
"""Who gets the goods: a place, which buys them as every day, or what else is done with the seller's load."""


@dataclass(eq=False, slots=True)
class Order:
    """So many packs are still wanted."""

    wanted: int
    taker: Taker


class Orders:
    """The orders that are open, by seller and product, first come, first served."""

    def __init__(self) -> None:
        self._open: defaultdict[tuple[int, int], deque[Order]] = defaultdict(deque)

    def place(self, seller: Place, goods: Goods, packs: int, taker: Taker) -> None:
        """Ask a maker or a distributor for packs of a product."""
        self._open[seller.number, goods.number].append(Order(packs, taker))

    def serve(self, seller: Place, goods: Goods, packs: int) -> Taker | None:
        """Return who gets a case with so many packs, if anybody waits for it."""
        waiting = self._open.get((seller.number, goods.number))
        if not waiting:
            return None
        order = waiting[0]
        order.wanted -= packs
        if order.wanted <= 0:
            waiting.popleft()
        return order.taker
