"""A doctor prescribes one drug to a few patients far beyond what they can take, visit after visit, for as long
as the country lasts; the centre orders what he prescribes, and the patients sell what they do not need.
"""

from __future__ import annotations

from typing import Final

from ledger.nation.crimes.hand import DEAR, MIDDLING, Hand
from ledger.nation.goods import Goods
from ledger.nation.people import Person
from ledger.nation.places import Place
from ledger.nation.stage import DAY

__all__ = ["DONE", "NAME", "commit"]

NAME: Final = "over-prescribing-doctor"
DONE: Final = "A doctor prescribed a drug to a few patients far beyond need, visit after visit."

_BEGIN_SHARE, _END_SHARE = 0.1, 0.97
_PACKS_PER_PATIENT: Final = 25  # one patient for so many packs of an ordinary crime's
_VISIT_PACKS: Final = (2, 4)
_VISIT_DAYS: Final = (12, 25)
_DAYS_SAID: Final = 14  # a single prescription is written for a fortnight, whatever is in the bag


class _Practice:
    """The doctor's name, the centre or hospital, the drug, and the patients."""

    def __init__(self, hand: Hand) -> None:
        town = hand.town()
        self.office: Place = hand.rng.choice([hand.centre(town), hand.hospital(town)])
        self.goods: Goods = hand.rng.choice((*DEAR, *MIDDLING))
        count = max(2, hand.size // _PACKS_PER_PATIENT)
        self.patients: list[Person] = hand.lenders(hand.near(town, 2), count)
        self.doctor = hand.doctor(self.office, self.patients[0], self.goods)
        visits = hand.span // (sum(_VISIT_DAYS) // 2 * DAY)
        self.left = max(6, len(self.patients) * visits * sum(_VISIT_PACKS) // 2)


def commit(hand: Hand) -> None:
    """Each patient comes every two to four weeks, from nearly the beginning to nearly the end."""
    practice = _Practice(hand)
    hand.order(practice.office, practice.goods, practice.left)
    for patient in practice.patients:
        hand.at(hand.opening(hand.when(_BEGIN_SHARE) + hand.days(0, 14)), _visit, hand, practice, patient)


def _visit(hand: Hand, practice: _Practice, patient: Person) -> None:
    packs = hand.take(practice.office, practice.goods, min(hand.rng.randint(*_VISIT_PACKS), practice.left))
    if packs:
        practice.left -= len(packs)
        script = hand.prescribe(
            practice.office, patient, practice.goods, len(packs), days=_DAYS_SAID, prescriber=practice.doctor
        )
        hand.claim(practice.office, patient, packs, script)
    again = hand.opening(hand.now + hand.days(*_VISIT_DAYS))
    if practice.left and again < hand.when(_END_SHARE):
        hand.at(again, _visit, hand, practice, patient)
