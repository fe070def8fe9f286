"""Where collected packs go: a collector pays for them in cash, and a dealer brings them back into trade.

What the street pays is published: 40 to 50 % of the list price. A dealer who wants papers has one of his
firms invoice the other at that price, and sells to shops for less than a distributor would.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ledger.nation.crimes.hand import Dealer, Hand
from ledger.nation.places import Place
from ledger.nation.stage import DAY
from ledger.nation.stock import Load, Pack

__all__ = ["STREET_PERCENT", "bring_back"]

STREET_PERCENT: Final = (40, 50)  # of the list price: what collectors pay
_DEALER_PERCENT: Final = (55, 70)  # what dealers ask of shops
_LOT_MIN, _LOT_MAX = 3, 12
_OFF_THE_BOOKS: Final = 0.25  # lots that a shop takes without invoice
_UNSCANNED: Final = 0.2  # lots whose arrival the shop records nowhere
_SOLD_WITHIN_DAYS: Final = 40


def bring_back(hand: Hand, packs: Sequence[Pack], dealer: Dealer, shops: Sequence[Place]) -> None:
    """Bring packs from a dealer's cellar to his own pharmacy, and in lots to others' shops, over some weeks."""
    shop = dealer.pharmacy  # the first lot, before anybody else has a look
    for lot in _lots(hand, packs):
        hand.at(hand.opening(hand.now + hand.days(1, 20)), _deliver, hand, lot, dealer, shop)
        shop = hand.rng.choice([dealer.pharmacy, *shops])


def _lots(hand: Hand, packs: Sequence[Pack]) -> Iterator[list[Pack]]:
    """Yield the packs in handfuls of one batch."""
    waiting = sorted(packs, key=lambda pack: (pack.batch.goods.number, pack.batch.name, pack.uri))
    at = 0
    while at < len(waiting):
        most = hand.rng.randint(_LOT_MIN, _LOT_MAX)
        lot = [pack for pack in waiting[at : at + most] if pack.batch is waiting[at].batch]
        at += len(lot)
        yield lot


def _deliver(hand: Hand, lot: list[Pack], dealer: Dealer, shop: Place) -> None:
    """Ship a lot with papers as if it were goods; not every shop wants the papers."""
    if hand.rng.random() >= _OFF_THE_BOOKS:
        percent = hand.rng.randint(*_DEALER_PERCENT)
        hand.invoice(dealer.merchant, shop, lot, percent=percent, batch=False)
    load = Load(lot[0].batch, [], lot)
    hand.ship(dealer.merchant, shop, load)
    if hand.rng.random() >= _UNSCANNED:
        hand.at(hand.now + hand.days(0.1, 1), hand.receive, shop, load)
    hand.at(hand.now + DAY, _offer, hand, lot, dealer, shop)


def _offer(hand: Hand, lot: list[Pack], dealer: Dealer, shop: Place) -> None:
    if shop is not dealer.pharmacy:
        hand.put(shop, lot)
        return
    rest = min(_SOLD_WITHIN_DAYS * DAY, hand.country.stage.end - hand.now - DAY)
    for pack in lot:
        if rest > DAY:
            hand.at(hand.opening(hand.now + hand.rng.randrange(DAY // 2, rest)), hand.sell, shop, pack)
