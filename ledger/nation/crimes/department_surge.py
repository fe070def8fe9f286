"""A broker brings people from all over the county to one department of its hospital, which prescribes them one
dear drug, as never before, for a quarter of a year; he buys the packs in the car park.
"""

from __future__ import annotations

from typing import Final

from ledger.nation.crimes.fence import bring_back
from ledger.nation.crimes.hand import DEAR, Hand
from ledger.nation.goods import Goods
from ledger.nation.people import Person
from ledger.nation.stage import DAY
from ledger.nation.stock import Pack

__all__ = ["DONE", "NAME", "commit"]

NAME: Final = "department-surge"
DONE: Final = "A department prescribed a dear drug to people whom a broker brought, and who sold it to him."

_BEGIN_SHARE: Final = 0.45
_DAYS: Final = 90
_SPAN_SHARE: Final = 0.3
_PACKS_A_CARD: Final = 4
_A_DAY: Final = (1, 5)


class _Department:
    """The hospital, the drug of its department, the people who are brought, and the broker's car."""

    def __init__(self, hand: Hand) -> None:
        home = hand.town()
        self.hospital = hand.hospital(home)
        self.goods: Goods = hand.rng.choice(DEAR)
        self.left = max(hand.size, 6)
        self.cards: list[Person] = hand.lenders(hand.near(home, 3), max(3, self.left // _PACKS_A_CARD))
        self.until = hand.when(_BEGIN_SHARE) + min(_DAYS * DAY, round(hand.span * _SPAN_SHARE))
        self.shops = [shop for town in hand.far(home, 2) for shop in hand.pharmacies(town)]
        self.bought: list[Pack] = []


def commit(hand: Hand) -> None:
    """Stock up early; bring a few people on most working days; sell half of it on at the end."""
    department = _Department(hand)
    hand.order(department.hospital, department.goods, department.left)
    hand.at(hand.opening(hand.when(_BEGIN_SHARE)), _day, hand, department)
    hand.at(department.until, _sell_on, hand, department)


def _day(hand: Hand, department: _Department) -> None:
    for card in hand.rng.sample(department.cards, min(len(department.cards), hand.rng.randint(*_A_DAY))):
        hand.at(hand.now + hand.rng.randrange(3_600 * 3), _prescribe, hand, department, card)
    again = hand.opening(hand.now + hand.days(1, 3))
    if department.left and again < department.until:
        hand.at(again, _day, hand, department)


def _prescribe(hand: Hand, department: _Department, card: Person) -> None:
    packs = hand.take(department.hospital, department.goods, min(hand.rng.randint(1, 3), department.left))
    if not packs:
        return
    department.left -= len(packs)
    script = hand.prescribe(department.hospital, card, department.goods, len(packs))
    hand.claim(department.hospital, card, packs, script)
    department.bought += packs


def _sell_on(hand: Hand, department: _Department) -> None:
    bring_back(hand, department.bought[::2], hand.dealers[0], department.shops)
