"""A shop keeps a few codes of packs that it sold, and settles box after box under them, on its customers'
cards: whatever was really in the bag. Mostly the claim names the code's own product; now and then the till
says what was sold.
"""

from __future__ import annotations

from typing import Final

from ledger.nation.crimes.hand import MIDDLING, Hand
from ledger.nation.places import Place
from ledger.nation.stage import DAY
from ledger.nation.stock import Pack

__all__ = ["DONE", "NAME", "commit"]

NAME: Final = "code-used-for-another-box"
DONE: Final = "A few codes were kept, and boxes of other goods were settled under them again and again."

_BEGIN_SHARE: Final = 0.5
_SPAN_SHARE: Final = 0.4
_USES_MIN, _USES_MAX = 3, 8
_SCANNED: Final = 0.7
_SAYS_WHAT_IT_WAS: Final = 0.3


def commit(hand: Hand) -> None:
    """Begin with half of the time over, for two fifths of it."""
    hand.at(hand.when(_BEGIN_SHARE), _begin, hand, hand.town(remembered=True))


def _begin(hand: Hand, town: int) -> None:
    shop = hand.rng.choice([hand.centre(town), *hand.pharmacies(town)])
    kept = [pack for sale in hand.country.sold[shop.number] if sale.settlement for pack in sale.packs]
    until = round(hand.span * _SPAN_SHARE)
    left = hand.size
    for pack in hand.rng.sample(kept, min(len(kept), max(2, hand.size // _USES_MAX))):
        uses = min(left, hand.rng.randint(_USES_MIN, _USES_MAX))
        left -= uses
        for _ in range(uses):
            hand.at(hand.opening(hand.now + hand.rng.randrange(DAY, until)), _use, hand, shop, pack)


def _use(hand: Hand, shop: Place, pack: Pack) -> None:
    card = hand.customer(shop.town)
    goods = hand.rng.choice(MIDDLING) if hand.rng.random() < _SAYS_WHAT_IT_WAS else pack.batch.goods
    script = hand.prescribe(hand.country.office_of(shop), card, goods, 1)
    hand.claim(shop, card, [pack], script, handed_out=hand.rng.random() < _SCANNED, goods=goods)
