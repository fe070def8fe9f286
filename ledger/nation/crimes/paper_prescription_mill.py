"""A health centre writes paper prescriptions by the block, a stack after closing time, for people from the
villages around who were never there; a pharmacy of the town settles them one after the other.
"""

from __future__ import annotations

from typing import Final

from ledger.nation.crimes.hand import MIDDLING, Hand
from ledger.nation.people import Person
from ledger.nation.places import Place
from ledger.nation.stage import DAY

__all__ = ["DONE", "NAME", "commit"]

NAME: Final = "paper-prescription-mill"
DONE: Final = "Paper prescriptions were written by the block for people who never came, and settled at a pharmacy."

_BEGIN_SHARE, _END_SHARE = 0.35, 0.75
_PRESCRIPTIONS_A_CARD: Final = 3
_STACK: Final = (4, 12)


class _Mill:
    """The centre, the pharmacy, the doctors whose block it is, and the cards."""

    def __init__(self, hand: Hand) -> None:
        home = hand.town()
        self.centre = hand.centre(home)
        self.pharmacy: Place = hand.rng.choice(hand.pharmacies(home))
        self.left = max(hand.size, 6)
        self.cards: list[Person] = hand.lenders(hand.near(home, 3), max(3, self.left // _PRESCRIPTIONS_A_CARD))
        self.doctors = [hand.doctor(self.centre, card, MIDDLING[0]) for card in self.cards[:2]]


def commit(hand: Hand) -> None:
    """Write a stack every few days in the middle of the time; the pharmacy orders more than ever."""
    mill = _Mill(hand)
    for goods in MIDDLING:
        hand.order(mill.pharmacy, goods, mill.left // len(MIDDLING))
    hand.at(_evening(hand, hand.when(_BEGIN_SHARE)), _write, hand, mill)


def _evening(hand: Hand, time: int) -> int:
    """Return some minutes after eight o'clock of that day."""
    return time - time % DAY + 12 * 3_600 + 60 * hand.rng.randrange(5, 60)


def _write(hand: Hand, mill: _Mill) -> None:
    doctor = hand.rng.choice(mill.doctors)
    cards = hand.rng.sample(mill.cards, min(len(mill.cards), mill.left, hand.rng.randint(*_STACK)))
    for at, card in enumerate(cards):
        hand.at(hand.now + 60 * at, _fill, hand, mill, doctor, card)
    again = _evening(hand, hand.now + hand.days(2, 6))
    if mill.left and again < hand.when(_END_SHARE):
        hand.at(again, _write, hand, mill)


def _fill(hand: Hand, mill: _Mill, doctor: str, card: Person) -> None:
    """Write one prescription for what the pharmacy has; it is settled within two hours."""
    goods = hand.rng.choice(MIDDLING)
    packs = hand.take(mill.pharmacy, goods, min(hand.rng.randint(1, 3), mill.left))
    if not packs:
        return
    mill.left -= len(packs)
    script = hand.prescribe(mill.centre, card, goods, len(packs), prescriber=doctor, medium="paper")
    hand.claim(mill.pharmacy, card, packs, script, minutes=hand.rng.randint(20, 120))
