"""Empty boxes of insured sales are bought up in one part of the country; months later a shop far away settles
their codes again, on its own customers' cards, without a delivery note or an invoice for any of it.
"""

from __future__ import annotations

from typing import Final

from ledger.nation.crimes.hand import Hand
from ledger.nation.places import Place
from ledger.nation.stage import DAY
from ledger.nation.stock import Pack

__all__ = ["DONE", "NAME", "commit"]

NAME: Final = "settled-twice-across-provinces"
DONE: Final = "Codes that had been settled in one part of the country were settled again in another."

_CODES_MAX: Final = 72
_BEGIN_SHARE: Final = 0.6
_SPAN_SHARE: Final = 0.3
_TOWNS: Final = 3
_SCANNED: Final = 0.5


def commit(hand: Hand) -> None:
    """Buy up the boxes when three fifths of the time are over, and use them for three tenths of it."""
    hand.at(hand.when(_BEGIN_SHARE), _buy_up, hand, hand.town())


def _buy_up(hand: Hand, home: int) -> None:
    shop = hand.rng.choice([hand.centre(home), *hand.pharmacies(home)])
    sold = hand.country.sold
    boxes = [
        (seller, pack)
        for town in hand.far(home, _TOWNS, remembered=True)
        for seller in hand.country.places.shops[town]
        for sale in sold[seller.number]
        if sale.settlement
        for pack in sale.packs
    ]
    boxes = list({pack.uri: (seller, pack) for seller, pack in boxes}.values())  # towns share a hospital
    span = round(hand.span * _SPAN_SHARE)
    for seller, box in hand.rng.sample(boxes, min(len(boxes), _CODES_MAX, hand.size)):
        hand.copy(seller, [box])
        hand.at(hand.opening(hand.now + hand.rng.randrange(DAY, span)), _settle_again, hand, shop, box)


def _settle_again(hand: Hand, shop: Place, box: Pack) -> None:
    card = hand.customer(shop.town)
    script = hand.prescribe(hand.country.office_of(shop), card, box.batch.goods, 1)
    hand.claim(shop, card, [box], script, handed_out=hand.rng.random() < _SCANNED)
