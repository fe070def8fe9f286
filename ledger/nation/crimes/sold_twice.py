"""A pharmacy keeps the codes of packs that it sold, and sells goods of doubtful origin under them at the same
till, weeks later, when the first customers have forgotten.
"""

from __future__ import annotations

from typing import Final

from ledger.nation.crimes.hand import Hand
from ledger.nation.places import Place
from ledger.nation.stage import DAY

__all__ = ["DONE", "NAME", "commit"]

NAME: Final = "sold-twice"
DONE: Final = "Codes of packs that a pharmacy had sold were put on other goods, and sold again at the same till."

_BEGIN_SHARE: Final = 0.6
_SPAN_SHARE: Final = 0.25


def commit(hand: Hand) -> None:
    """Copy the codes when three fifths of the time are over; sell under them for a quarter of it."""
    hand.at(hand.when(_BEGIN_SHARE), _copy, hand)


def _copy(hand: Hand) -> None:
    shop = _pharmacies(hand)[hand.number]
    yesterday = hand.now - DAY
    packs = [pack for sale in hand.country.sold[shop.number] if sale.time < yesterday for pack in sale.packs]
    for pack in packs[-hand.size :]:
        time = hand.now + hand.rng.randrange(DAY // 2, round(hand.span * _SPAN_SHARE))
        hand.at(hand.opening(time), hand.sell, shop, pack)


def _pharmacies(hand: Hand) -> list[Place]:
    """Return the pharmacies, the busiest first."""
    found = [shop for town in range(hand.town_count) for shop in hand.pharmacies(town)]
    return sorted(found, key=lambda shop: (-len(hand.country.sold[shop.number]), shop.number))
