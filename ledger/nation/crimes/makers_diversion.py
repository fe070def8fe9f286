"""A maker's salesman sells to a distributor who gets the region's price, on paper; the lorry goes to a merchant
in another region, who sells the cases to the pharmacies there.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from ledger.nation.crimes.hand import MIDDLING, Dealer, Hand
from ledger.nation.places import Place
from ledger.nation.stock import Crate, Load

__all__ = ["DONE", "NAME", "commit"]

NAME: Final = "makers-diversion"
DONE: Final = "Cases that were shipped to one distributor came into trade in another region."

_MAKER_PERCENT: Final = 60
_MERCHANT_PERCENT: Final = (70, 80)


def commit(hand: Hand) -> None:
    """Order in the name of the home town's distributor; the merchant's shops are far from it."""
    home = hand.town()
    goods = hand.rng.choice(MIDDLING)
    named = hand.country.places.distributor_of(home)
    shops = [shop for town in hand.far(home, 3) for shop in hand.pharmacies(town)]
    maker = hand.country.places.maker_of(goods.number)
    hand.order_by_and_by(maker, goods, hand.size, partial(_send, hand, named, shops))


def _send(hand: Hand, named: Place, shops: list[Place], maker: Place, load: Load) -> None:
    """Ship to the one, drive to the other; the merchant opens what is too large for one shop."""
    hand.invoice(maker, named, load.packs, percent=_MAKER_PERCENT)
    hand.ship(maker, named, load)
    crates = [bundle for crate in load.crates for bundle in (crate.bundles or [crate])]
    for crate in crates:
        time = hand.opening(hand.now + hand.days(2, 25))
        keeper = hand.rng.choice([hand.dealers[0].pharmacy, *shops])
        hand.at(time, _sell, hand, hand.dealers[0], keeper, load, crate)


def _sell(hand: Hand, dealer: Dealer, keeper: Place, load: Load, crate: Crate) -> None:
    case = Load(load.batch, [crate], [])
    hand.invoice(dealer.merchant, keeper, case.packs, percent=hand.rng.randint(*_MERCHANT_PERCENT))
    hand.move(dealer.merchant, keeper, case, partial(_offer, hand, dealer, keeper, case))


def _offer(hand: Hand, dealer: Dealer, keeper: Place, case: Load) -> None:
    if keeper is not dealer.pharmacy:
        hand.put(keeper, case.packs)
        return
    for pack in case.packs:
        hand.at(hand.opening(hand.now + hand.days(1, 40)), hand.sell, keeper, pack)
