"""A patient collects more medicine than anybody takes, all of it paid for by the insurer, and sells the packs
to a pharmacy in another town, which hands them out to its own customers.
"""

from __future__ import annotations

from typing import Final

from ledger.nation.crimes.hand import MIDDLING, Hand
from ledger.nation.people import Person
from ledger.nation.stock import Pack

__all__ = ["DONE", "NAME", "commit"]

NAME: Final = "resold-after-insured-purchase"
DONE: Final = "A patient collected insured packs, which a pharmacy of another town bought and sold again."

_BEGIN_SHARE, _END_SHARE = 0.3, 0.65
_PACKS_A_VISIT: Final = 3
_ASKED: Final = 30  # questions before the patient gives up for the day


class _Patient:
    """Whose card it is, who buys the packs, and how many are still wanted."""

    def __init__(self, hand: Hand) -> None:
        home = hand.town()
        near = hand.near(home, 3)
        self.card: Person = hand.customer(home)
        self.near = [shop for town in near[:2] for shop in hand.country.places.shops[town]]
        self.buyer = hand.pharmacies(near[-1])[0]
        self.wanted = hand.size


def commit(hand: Hand) -> None:
    """Collect from three to thirteen twentieths of the time; each pack is sold within eight days."""
    hand.at(hand.opening(hand.when(_BEGIN_SHARE)), _collect, hand, _Patient(hand))


def _collect(hand: Hand, patient: _Patient) -> None:
    """Ask for one medicine after the other, at the shops nearby, until one has it; come again soon."""
    questions = [(shop, goods) for shop in patient.near for goods in MIDDLING]
    for shop, goods in hand.rng.sample(questions, min(_ASKED, len(questions))):
        packs = hand.take(shop, goods, min(hand.rng.randint(1, _PACKS_A_VISIT), patient.wanted))
        if packs:
            hand.collect(shop, patient.card, packs)
            patient.wanted -= len(packs)
            for pack in packs:
                hand.at(hand.opening(hand.now + hand.days(2, 8)), _sell_again, hand, patient, pack)
            break
    again = hand.opening(hand.now + hand.days(1, 3))
    if patient.wanted and again < hand.when(_END_SHARE):
        hand.at(again, _collect, hand, patient)


def _sell_again(hand: Hand, patient: _Patient, pack: Pack) -> None:
    hand.sell(patient.buyer, pack)
