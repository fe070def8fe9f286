"""Somebody lends their insurance card to a relation in another town, who fetches their own medicine on it while
the owner goes on fetching theirs at home.
"""

from __future__ import annotations

from typing import Final

from ledger.nation.crimes.hand import DEAR, MIDDLING, Hand
from ledger.nation.goods import Goods
from ledger.nation.people import Person

__all__ = ["DONE", "NAME", "commit"]

NAME: Final = "card-lent"
DONE: Final = "A card was lent to somebody in another town, who collected insured medicine on it for himself."

_BEGIN_SHARE, _END_SHARE = 0.3, 0.9
_PACKS_SHARE: Final = 4  # one in so many of a larger crime
_PICKED_UP: Final = 0.3


class _Loan:
    """Whose card it is, who uses it, and for what."""

    def __init__(self, hand: Hand) -> None:
        home = hand.town()
        self.card: Person = hand.customer(home)
        self.away = hand.far(home, 1)[0]
        self.borrower: Person = hand.rng.choice(hand.country.people.towns[self.away])
        self.goods: Goods = hand.rng.choice((*DEAR, *MIDDLING))
        self.left = max(4, hand.size // _PACKS_SHARE)


def commit(hand: Hand) -> None:
    """Collect every few weeks, in the town where the borrower lives."""
    hand.at(hand.opening(hand.when(_BEGIN_SHARE)), _visit, hand, _Loan(hand))


def _visit(hand: Hand, loan: _Loan) -> None:
    """Ask at the shops of the town, the hospital included; some of them write down who came."""
    shops = hand.country.places.shops[loan.away]
    for shop in hand.rng.sample(shops, len(shops)):
        packs = hand.take(shop, loan.goods, min(loan.left, hand.rng.randint(1, 2)))
        if packs:
            loan.left -= len(packs)
            script = hand.prescribe(hand.country.office_of(shop), loan.card, loan.goods, len(packs))
            pickup = loan.borrower if hand.rng.random() < _PICKED_UP else None
            hand.claim(shop, loan.card, packs, script, pickup=pickup)
            break
    again = hand.opening(hand.now + hand.days(9, 25))
    if loan.left and again < hand.when(_END_SHARE):
        hand.at(again, _visit, hand, loan)
