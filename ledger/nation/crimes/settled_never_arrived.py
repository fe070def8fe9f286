"""A distributor invoices a pharmacy and records the shipment, but the lorry goes elsewhere. The pharmacy never
receives anything, and yet hands out and settles pack by pack what the delivery note lists; the clerk who sent
the note sells a part of the packs to a shop that asks for no papers.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from ledger.nation.crimes.hand import MIDDLING, Hand
from ledger.nation.places import Place
from ledger.nation.stage import DAY
from ledger.nation.stock import Load, Pack

__all__ = ["DONE", "NAME", "commit"]

NAME: Final = "settled-never-arrived"
DONE: Final = "Packs that were shipped and never arrived were settled from the delivery note."

_SOLD_ELSEWHERE: Final = 0.4
_SPAN_SHARE: Final = 0.3
_SCANNED: Final = 0.6


def commit(hand: Hand) -> None:
    """Order for a pharmacy in its distributor's name, as soon as there is anything to be had."""
    home = hand.town()
    shop: Place = hand.rng.choice(hand.pharmacies(home))
    friend: Place = hand.rng.choice(hand.pharmacies(hand.far(home, 1)[0]))
    for goods in hand.rng.sample(MIDDLING, 2):
        seller = hand.country.places.distributor_of(shop.town)
        hand.order_by_and_by(seller, goods, hand.size // 2, partial(_send_note, hand, shop, friend))


def _send_note(hand: Hand, shop: Place, friend: Place, distributor: Place, load: Load) -> None:
    hand.invoice(distributor, shop, load.packs)
    hand.ship(distributor, shop, load)
    span = round(hand.span * _SPAN_SHARE)
    for pack in load.packs:
        hand.at(hand.opening(hand.now + hand.rng.randrange(2 * DAY, span)), _settle, hand, shop, pack)
        if hand.rng.random() < _SOLD_ELSEWHERE:
            hand.at(hand.now + hand.rng.randrange(2 * DAY, span), hand.put, friend, [pack])


def _settle(hand: Hand, shop: Place, pack: Pack) -> None:
    card = hand.customer(shop.town)
    script = hand.prescribe(hand.country.office_of(shop), card, pack.batch.goods, 1)
    hand.claim(shop, card, [pack], script, handed_out=hand.rng.random() < _SCANNED)
