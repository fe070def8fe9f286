"""A pharmacy swipes cards whose owners never come: their numbers and payment codes arrive by telephone, mostly
from elsewhere. A drug that it sold a few times a year sells by the hundred, and never leaves the shelf.
"""

from __future__ import annotations

from typing import Final

from ledger.nation.crimes.hand import DEAR, Hand
from ledger.nation.goods import Goods
from ledger.nation.people import Person
from ledger.nation.places import Place

__all__ = ["DONE", "NAME", "commit"]

NAME: Final = "remote-swipe"
DONE: Final = "A slow drug was settled by the hundred on the cards of people who were never there."

_PACKS_MAX: Final = 300
_BEGIN_SHARE, _END_SHARE = 0.5, 0.85
_FROM_ELSEWHERE: Final = 0.8
_PACKS_A_CARD: Final = 4
_SWIPES_A_DAY: Final = 6
_SCANNED: Final = 0.4


class _Swipe:
    """The shop, its drug, and the cards that are sent to it."""

    def __init__(self, hand: Hand) -> None:
        home = hand.town()
        self.shop: Place = hand.rng.choice(hand.pharmacies(home))
        self.goods: Goods = hand.rng.choice(DEAR)
        self.left = min(_PACKS_MAX, hand.size)
        count = max(2, self.left // _PACKS_A_CARD)
        elsewhere = hand.far(home, max(2, count // 10))
        away = round(count * _FROM_ELSEWHERE)
        self.cards: list[Person] = hand.lenders(elsewhere, away) + hand.lenders([home], count - away)


def commit(hand: Hand) -> None:
    """Stock up early; swipe on some days of the second half, a handful a day, never all at once."""
    swipe = _Swipe(hand)
    hand.order(swipe.shop, swipe.goods, swipe.left)
    hand.at(hand.opening(hand.when(_BEGIN_SHARE)), _day, hand, swipe)


def _day(hand: Hand, swipe: _Swipe) -> None:
    for card in hand.rng.sample(swipe.cards, min(len(swipe.cards), hand.rng.randint(1, _SWIPES_A_DAY))):
        hand.at(hand.now + hand.rng.randrange(3_600 * 4), _swipe, hand, swipe, card)
    again = hand.opening(hand.now + hand.days(1, 4))
    if swipe.left and again < hand.when(_END_SHARE):
        hand.at(again, _day, hand, swipe)


def _swipe(hand: Hand, swipe: _Swipe, card: Person) -> None:
    packs = hand.take(swipe.shop, swipe.goods, min(swipe.left, hand.rng.randint(1, 2)))
    if not packs:
        return
    swipe.left -= len(packs)
    script = hand.prescribe(hand.country.office_of(swipe.shop), card, swipe.goods, len(packs))
    hand.claim(swipe.shop, card, packs, script, handed_out=hand.rng.random() < _SCANNED)
