"""A distributor and a hospital put a firm between them that does nothing but write a third invoice, at a price
that the insurer pays in the end; the goods go straight to the hospital, or around by the firm's cellar.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from ledger.nation.crimes.hand import DEAR, Hand
from ledger.nation.places import Place
from ledger.nation.stock import Load

__all__ = ["DONE", "NAME", "commit"]

NAME: Final = "three-invoice-chain"
DONE: Final = "A firm between distributor and hospital wrote a third invoice, at a higher price."

_INFLATED_PERCENT: Final = (105, 130)  # of the list price
_STRAIGHT: Final = 0.5
_TO_ITS_PHARMACY: Final = 0.2  # of what comes by, the firm's owner keeps some for his own shop


def commit(hand: Hand) -> None:
    """Order dear goods for the hospital through the firm, in small lots."""
    hospital = hand.hospital(hand.town())
    seller = hand.country.places.distributor_of(hospital.town)
    for goods in DEAR:
        hand.order_by_and_by(seller, goods, hand.size // len(DEAR), partial(_write, hand, hospital))


def _write(hand: Hand, hospital: Place, distributor: Place, load: Load) -> None:
    firm = hand.dealers[0].merchant
    if hand.rng.random() < _TO_ITS_PHARMACY:
        hand.invoice(distributor, firm, load.packs)
        hand.move(distributor, firm, load, partial(_keep, hand, load))
        return
    hand.invoice(distributor, firm, load.packs)
    percent = hand.rng.randint(*_INFLATED_PERCENT)
    if hand.rng.random() < _STRAIGHT:
        hand.invoice(firm, hospital, load.packs, percent=percent)
        hand.move(distributor, hospital, load, partial(hand.put, hospital, load.packs))
    else:
        hand.move(distributor, firm, load, partial(_send_on, hand, hospital, load, percent))


def _send_on(hand: Hand, hospital: Place, load: Load, percent: int) -> None:
    firm = hand.dealers[0].merchant
    hand.invoice(firm, hospital, load.packs, percent=percent)
    hand.move(firm, hospital, load, partial(hand.put, hospital, load.packs))


def _keep(hand: Hand, load: Load) -> None:
    firm, pharmacy = hand.dealers[0]
    hand.invoice(firm, pharmacy, load.packs)
    hand.move(firm, pharmacy, load, partial(_sell, hand, pharmacy, load))


def _sell(hand: Hand, pharmacy: Place, load: Load) -> None:
    for pack in load.packs:
        hand.at(hand.opening(hand.now + hand.days(1, 60)), hand.sell, pharmacy, pack)
