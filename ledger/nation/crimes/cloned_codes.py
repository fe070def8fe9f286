"""Counterfeits are printed with the codes of real packs, the same few codes over and over, and a merchant sells
them cheaply, with an invoice, to pharmacies in many towns. Some of the real packs have not been sold yet.
"""

from __future__ import annotations

from typing import Final

from ledger.nation.crimes.hand import MIDDLING, Hand
from ledger.nation.goods import Goods
from ledger.nation.places import Place
from ledger.nation.stage import DAY
from ledger.nation.stock import Load, Pack

__all__ = ["DONE", "NAME", "commit"]

NAME: Final = "cloned-codes"
DONE: Final = "Counterfeits with the codes of real packs were sold to pharmacies in several towns."

_BEGIN_SHARE, _END_SHARE = 0.45, 0.8
_COPIES: Final = (3, 6)
_TOWNS_MAX: Final = 8
_PERCENT: Final = (30, 55)


class _Print:
    """The codes that were copied, and the pharmacies that buy."""

    def __init__(self, hand: Hand, home: int) -> None:
        wanted = max(2, hand.size // sum(_COPIES) * 2)
        goods = hand.rng.sample(MIDDLING, len(MIDDLING))
        seen = max((_seen(hand, home, each, wanted) for each in goods), key=len)
        copied = hand.rng.sample(seen, min(wanted, len(seen)))
        for shop, pack in copied:
            hand.copy(shop, [pack])
        self.codes = [pack for _, pack in copied]
        towns = hand.rng.sample(range(hand.town_count), min(_TOWNS_MAX, hand.town_count))
        self.shops: list[Place] = [hand.rng.choice(hand.pharmacies(town)) for town in towns]


def _seen(hand: Hand, home: int, goods: Goods, wanted: int) -> list[tuple[Place, Pack]]:
    """Return where which packs can be photographed: about half on shelves of the town, half that it sold."""
    each = 1 + wanted // 6
    found: dict[str, tuple[Place, Pack]] = {}
    for shop in (*hand.pharmacies(home), hand.centre(home)):
        standing = hand.take(shop, goods, each)
        hand.country.shelves.put(shop, standing)
        sold = [pack for sale in hand.country.sold[shop.number] for pack in sale.packs]
        sold = [pack for pack in sold if pack.batch.goods is goods][:each]
        found |= {pack.uri: (shop, pack) for pack in (*standing, *sold)}
    return list(found.values())


def commit(hand: Hand) -> None:
    """Copy when a part of the time is over; deliver a handful to one pharmacy after the other."""
    hand.at(hand.when(_BEGIN_SHARE), _begin, hand, hand.town(remembered=True))


def _begin(hand: Hand, home: int) -> None:
    printed = _Print(hand, home)
    span = hand.when(_END_SHARE) - hand.now
    handfuls: dict[Place, list[Pack]] = {}
    for pack in printed.codes:
        buyers = [hand.dealers[0].pharmacy, *printed.shops]
        for shop in hand.rng.sample(buyers, min(len(buyers), hand.rng.randint(*_COPIES))):
            handfuls.setdefault(shop, []).append(pack)
    for shop, packs in handfuls.items():
        hand.at(hand.opening(hand.now + hand.rng.randrange(DAY, span)), _deliver, hand, shop, packs)


def _deliver(hand: Hand, shop: Place, packs: list[Pack]) -> None:
    dealer = hand.dealers[0]
    hand.invoice(dealer.merchant, shop, packs, percent=hand.rng.randint(*_PERCENT), batch=False)
    arrived = Load(packs[0].batch, [], packs)
    hand.move(dealer.merchant, shop, arrived, lambda: _offer(hand, shop, packs))


def _offer(hand: Hand, shop: Place, packs: list[Pack]) -> None:
    if shop is not hand.dealers[0].pharmacy:
        hand.put(shop, packs)
        return
    for pack in packs:
        hand.at(hand.opening(hand.now + hand.days(1, 20)), hand.sell, shop, pack)
