"""A distributor's salesman sells to two pharmacies off the books: the packs are scanned out and in, as the law
demands, but there is no invoice and no tax.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from ledger.nation.crimes.hand import MIDDLING, Hand
from ledger.nation.places import Place
from ledger.nation.stock import Load

__all__ = ["DONE", "NAME", "commit"]

NAME: Final = "goods-without-invoice"
DONE: Final = "Packs were shipped to pharmacies and sold there, and nobody wrote an invoice."


def commit(hand: Hand) -> None:
    """Take a few bundles of several products on the way, until there are enough."""
    shops = hand.pharmacies(hand.town())[:2]
    for shop in shops:
        for goods in hand.rng.sample(MIDDLING, 3):
            seller = hand.country.places.distributor_of(shop.town)
            hand.order_by_and_by(seller, goods, hand.size // 6, partial(_send, hand, shop))


def _send(hand: Hand, shop: Place, distributor: Place, load: Load) -> None:
    hand.move(distributor, shop, load, partial(hand.put, shop, load.packs))
