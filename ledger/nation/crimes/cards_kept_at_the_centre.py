"""Old people leave their cards at the health centre, so as not to forget them. Somebody there adds one pack to
what they need, a month apart on each card and never the same day twice, and has a dealer fetch the packs.
"""

from __future__ import annotations

from typing import Final

from ledger.nation.crimes.fence import bring_back
from ledger.nation.crimes.hand import DEAR, MIDDLING, Hand
from ledger.nation.goods import Goods
from ledger.nation.people import Person
from ledger.nation.stage import DAY
from ledger.nation.stock import Pack

__all__ = ["DONE", "NAME", "commit"]

NAME: Final = "cards-kept-at-the-centre"
DONE: Final = "One pack a month was collected on each of the cards that patients had left at a health centre."

_BEGIN_SHARE, _END_SHARE = 0.2, 0.9
_PACKS_A_CARD: Final = 6
_FETCHED_EVERY_DAYS: Final = 45
_DEAR: Final = 0.3


class _Drawer:
    """The centre, the cards in the drawer, and the packs behind them."""

    def __init__(self, hand: Hand) -> None:
        home = hand.town()
        self.centre = hand.centre(home)
        self.cards: list[Person] = hand.lenders([home], max(3, hand.size // _PACKS_A_CARD))
        self.doctor = hand.doctor(self.centre, self.cards[0], MIDDLING[0])
        self.shops = [shop for town in hand.far(home, 2) for shop in hand.pharmacies(town)]
        self.left = hand.size
        self.packs: list[Pack] = []


def commit(hand: Hand) -> None:
    """Each card about once a month, from a fifth of the time to nine tenths of it."""
    drawer = _Drawer(hand)
    for card in drawer.cards:
        hand.at(hand.opening(hand.when(_BEGIN_SHARE) + hand.days(0, 20)), _add, hand, drawer, card)
    hand.at(hand.when(_BEGIN_SHARE) + _FETCHED_EVERY_DAYS * DAY, _fetch, hand, drawer)


def _add(hand: Hand, drawer: _Drawer, card: Person) -> None:
    for goods in _likely(hand):
        packs = hand.take(drawer.centre, goods, min(1, drawer.left))
        if not packs:
            continue
        drawer.left -= 1
        script = hand.prescribe(drawer.centre, card, goods, 1, prescriber=drawer.doctor)
        hand.claim(drawer.centre, card, packs, script)
        drawer.packs += packs
        break
    again = hand.opening(hand.now + hand.days(26, 35))
    if drawer.left and again < hand.when(_END_SHARE):
        hand.at(again, _add, hand, drawer, card)


def _likely(hand: Hand) -> list[Goods]:
    """Return what could be added, in the order in which it is thought of."""
    dear, middling = hand.rng.sample(DEAR, len(DEAR)), hand.rng.sample(MIDDLING, len(MIDDLING))
    return [*dear, *middling] if hand.rng.random() < _DEAR else [*middling, *dear]


def _fetch(hand: Hand, drawer: _Drawer) -> None:
    fetched, drawer.packs = drawer.packs, []
    bring_back(hand, fetched, hand.dealers[0], drawer.shops)
    again = hand.now + _FETCHED_EVERY_DAYS * DAY
    if again < hand.country.stage.end:
        hand.at(again, _fetch, hand, drawer)
