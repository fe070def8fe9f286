"""A pharmacy's people hand medicine out to friends on their cards, record it as brought back a day or two later,
and never tell the insurer: the packs stand on the shelf again, paid for, and are sold a second time.
"""

from __future__ import annotations

from typing import Final

from ledger.nation.crimes.hand import MIDDLING, Hand
from ledger.nation.people import Person
from ledger.nation.places import Place
from ledger.nation.stock import Pack

__all__ = ["DONE", "NAME", "commit"]

NAME: Final = "returned-not-refunded"
DONE: Final = "Insured sales were recorded as undone, the insurer was not paid back, and the packs were sold again."

_BEGIN_SHARE, _END_SHARE = 0.4, 0.85


class _Till:
    """The pharmacy, the friends' cards, and how many packs are still to be turned over."""

    def __init__(self, hand: Hand) -> None:
        home = hand.town()
        self.shop: Place = hand.rng.choice(hand.pharmacies(home))
        self.friends: list[Person] = hand.lenders([home], max(2, hand.size // 8))
        self.left = hand.size


def commit(hand: Hand) -> None:
    """Once or twice a week, from two fifths of the time on."""
    till = _Till(hand)
    for goods in MIDDLING:
        hand.order(till.shop, goods, till.left // len(MIDDLING))
    hand.at(hand.opening(hand.when(_BEGIN_SHARE)), _sale, hand, till)


def _sale(hand: Hand, till: _Till) -> None:
    packs = hand.take(till.shop, hand.rng.choice(MIDDLING), min(till.left, hand.rng.randint(1, 2)))
    if packs:
        till.left -= len(packs)
        time = hand.collect(till.shop, hand.rng.choice(till.friends), packs)
        hand.at(time + hand.days(0.5, 4), _bring_back, hand, till, packs)
    again = hand.opening(hand.now + hand.days(1, 5))
    if till.left and again < hand.when(_END_SHARE):
        hand.at(again, _sale, hand, till)


def _bring_back(hand: Hand, till: _Till, packs: list[Pack]) -> None:
    hand.event(till.shop, "undoing-dispense", packs)
    hand.put(till.shop, packs)
