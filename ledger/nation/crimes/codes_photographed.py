"""A pharmacy photographs the codes of boxes in its stock and settles other goods under them; the boxes go to a
health centre that pays in cash. The centre's doctor fills in the prescriptions afterwards, on paper, for a fee.
"""

from __future__ import annotations

from typing import Final

from ledger.nation.crimes.hand import MIDDLING, Hand
from ledger.nation.places import Place
from ledger.nation.stock import Pack

__all__ = ["DONE", "NAME", "commit"]

NAME: Final = "codes-photographed"
DONE: Final = (
    "The codes of boxes were photographed and settled for other goods on customers' cards;"
    " the boxes were sold to a health centre, which handed them out once more."
)

_BOXES_MAX: Final = 62
_BEGIN_SHARE, _END_SHARE = 0.4, 0.8
_A_DAY_MAX: Final = 4
_CARRIED_WITHIN_DAYS: Final = 10


class _Deal:
    """The pharmacy, the centre that buys, and how many boxes are still wanted."""

    def __init__(self, hand: Hand) -> None:
        home = hand.town()
        self.pharmacy: Place = hand.rng.choice(hand.pharmacies(home))
        self.centre = hand.centre(hand.near(home, 2)[-1])
        self.left = min(_BOXES_MAX, hand.size)


def commit(hand: Hand) -> None:
    """Photograph a few boxes every other day in the middle of the time, and order as many more."""
    deal = _Deal(hand)
    for goods in MIDDLING:
        hand.order(deal.pharmacy, goods, deal.left // len(MIDDLING))
    hand.at(hand.opening(hand.when(_BEGIN_SHARE)), _photograph, hand, deal)


def _photograph(hand: Hand, deal: _Deal) -> None:
    wanted = min(deal.left, hand.rng.randint(1, _A_DAY_MAX))
    boxes = hand.take(deal.pharmacy, hand.rng.choice(MIDDLING), wanted)
    deal.left -= len(boxes)
    for box in boxes:
        hand.at(hand.opening(hand.now + hand.days(0, 20)), _use, hand, deal, box)
    if boxes:
        hand.at(hand.now + hand.days(1, _CARRIED_WITHIN_DAYS), hand.put, deal.centre, boxes)
    again = hand.opening(hand.now + hand.days(1, 4))
    if deal.left and again < hand.when(_END_SHARE):
        hand.at(again, _photograph, hand, deal)


def _use(hand: Hand, deal: _Deal, box: Pack) -> None:
    card = hand.customer(deal.pharmacy.town)
    script = hand.prescribe(deal.centre, card, box.batch.goods, 1, medium="paper")
    hand.claim(deal.pharmacy, card, [box], script)
