"""Thirty tons: the case behind the project. Cards borrowed by whole streets, couriers with batches of them at
many health centres, dose by dose for most of a year; a damp warehouse; a part sold on by dealers; and at the
end the police, who find the rest.

It is a `card-ring` grown to an enterprise: cells of couriers work regions of their own, and fill one warehouse.
Its goods are made and ordered on top of the country's trade, as centres order what their doctors prescribe.
"""

from __future__ import annotations

from typing import Final

from ledger.clock import iso
from ledger.nation.crimes.fence import STREET_PERCENT, bring_back
from ledger.nation.crimes.hand import DEAR, MIDDLING, Dealer, Hand
from ledger.nation.crimes.seizure import seize
from ledger.nation.goods import Goods
from ledger.nation.people import Person
from ledger.nation.places import Place
from ledger.nation.stage import DAY
from ledger.nation.stock import Pack

__all__ = ["DONE", "NAME", "PACKS", "Enterprise", "dealers", "made_for"]

NAME: Final = "thirty-tons"
DONE: Final = (
    "Cards borrowed by whole streets were used at many health centres for most of a year;"
    " a part of the packs was sold on, and the police found the rest in a warehouse."
)
# What was found at full size, at some forty grams a pack.
PACKS: Final = 750_000

_BEGIN_SHARE, _END_SHARE, _FOUND_SHARE = 0.06, 0.88, 0.93
_SOLD_SHARE: Final = 0.15
_PACKS_PER_CARD: Final = 300  # a year: ten times what one person takes
_CARDS_MIN: Final = 8
_CARDS_PER_COURIER: Final = 12
_CARDS_PER_CENTRE: Final = 5
_CARDS_PER_DEALER: Final = 400
_CENTRES_MIN: Final = 4
_BATCH: Final = (3, 6)
_STOPS: Final = (2, 4)
_SHOWN: Final = 0.7  # how often a card is used at a stop: never all of them everywhere
_INTERRUPTED: Final = 0.1
_ORDER_DAYS: Final = 14
_SOLD_OFF_DAYS: Final = 30
_SLACK: Final = 1.15  # more is ordered than will be collected
# What is wanted: small boxes of what people take for years; the dear ones are not to be had every day.
_LIGHT_MILLIGRAMS: Final = 60_000
_WANTED: Final = {
    goods: 1 if goods.dear else 4
    for goods in (*DEAR, *MIDDLING)
    if not goods.acute and goods.milligrams < _LIGHT_MILLIGRAMS
}
_CHOICE: Final = tuple(goods for goods, share in _WANTED.items() for _ in range(share))


def dealers(packs: int) -> int:
    """Return how many dealers it takes when so many packs are found in the end."""
    return max(1, _cards(packs) // _CARDS_PER_DEALER)


def made_for(packs: int) -> dict[Goods, int]:
    """Return what is made on top of the country's trade, when so many packs are found in the end."""
    return {goods: count * 11 // 10 for goods, count in _wanted(packs).items()}


def _cards(packs: int) -> int:
    return max(_CARDS_MIN, _collected(packs) // _PACKS_PER_CARD)


def _collected(packs: int) -> int:
    return round(packs / (1 - _SOLD_SHARE))


def _wanted(packs: int) -> dict[Goods, int]:
    shares = sum(_WANTED.values())
    return {goods: round(_collected(packs) * _SLACK * share / shares) for goods, share in _WANTED.items()}


class _Cell:
    """A few couriers, the cards that they share, and the centres of their region."""

    def __init__(self, cards: list[Person], centres: list[Place]) -> None:
        self.cards = cards
        self.centres = centres
        self.at = 0

    def batch(self, hand: Hand) -> list[Person]:
        """Return the next few cards of the pile, batch by batch: households stay together."""
        count = hand.rng.randint(*_BATCH)
        cards = (self.cards[self.at :] + self.cards[: self.at])[:count]
        self.at = (self.at + count) % len(self.cards)
        return cards


class Enterprise:
    """Whoever runs it: the cells, the warehouse, and what the police will write down.

    Attributes:
        found: the packs that were in the warehouse; empty until the police come.
    """

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        self._left = _collected(hand.size)
        self._arrived: list[Pack] = []
        self._warehouse: list[Pack] = []
        self.found: list[Pack] = []
        self._cells = self._recruit(_cards(hand.size))
        self._until = hand.when(_END_SHARE)
        self._orders = _wanted(hand.size)

    def begin(self) -> None:
        """Put the year on the agenda."""
        hand = self._hand
        hand.at(hand.country.stage.start + DAY, self._order, 0)
        for cell in self._cells:
            for _ in range(max(1, len(cell.cards) // _CARDS_PER_COURIER)):
                hand.at(hand.opening(hand.when(hand.rng.uniform(_BEGIN_SHARE, 2 * _BEGIN_SHARE))), self._tour, cell)
        hand.at(hand.when(2 * _BEGIN_SHARE) + _SOLD_OFF_DAYS * DAY, self._sell_off)
        hand.at(hand.opening(hand.when(_FOUND_SHARE)), self._found)

    def _recruit(self, count: int) -> list[_Cell]:
        """Borrow cards street by street in many towns, and give each cell those of one neighbourhood."""
        hand = self._hand
        cells = max(1, count // (4 * _CARDS_PER_COURIER))
        per_cell = -(-count // cells)
        stops = max(_CENTRES_MIN, per_cell // _CARDS_PER_CENTRE)
        found = []
        for at in range(cells):
            home = (hand.town() + at * max(1, hand.town_count // cells)) % hand.town_count
            towns = hand.near(home, stops)
            cards = hand.lenders(towns, per_cell)
            if cards:
                found.append(_Cell(cards, [hand.centre(town) for town in towns]))
        return found

    # -- goods

    def _order(self, number: int) -> None:
        """Every fortnight the centres order what is going to be prescribed."""
        hand = self._hand
        last = max(1, round((self._until - hand.country.stage.start) / DAY / _ORDER_DAYS) - 1)
        centres = [centre for cell in self._cells for centre in cell.centres]
        for goods, packs in self._orders.items():
            some = packs * (number + 1) // last - packs * number // last
            lots = max(1, min(len(centres), some // (2 * goods.bundle)))
            for at, centre in enumerate(hand.rng.sample(centres, lots)):
                hand.order(centre, goods, some * (at + 1) // lots - some * at // lots)
        if number + 1 < last:
            hand.at(hand.now + _ORDER_DAYS * DAY, self._order, number + 1)

    # -- collecting

    def _tour(self, cell: _Cell) -> None:
        """Drive to some centres of the region with a batch of cards; some days it does not go well."""
        hand, rng = self._hand, self._hand.rng
        cards = cell.batch(hand)
        first = rng.randrange(len(cell.centres))
        stops = (cell.centres[first:] + cell.centres[:first])[: rng.randint(*_STOPS)]
        if rng.random() < _INTERRUPTED:
            stops = stops[:1]
        time = hand.now
        for centre in stops:
            for card in cards:
                if rng.random() < _SHOWN:
                    hand.at(time, self._ask, centre, card)
                    time += 60 * rng.randint(2, 9)
            time += 60 * rng.randint(20, 60)
        again = hand.opening(hand.now + hand.days(1, 3))
        if self._left > 0 and again < self._until:
            hand.at(again, self._tour, cell)

    def _ask(self, centre: Place, card: Person) -> None:
        """Show a card, for a medicine or two, and a few packs of each: less than a doctor would wonder at."""
        hand, rng = self._hand, self._hand.rng
        for goods in {rng.choice(_CHOICE): None for _ in range(rng.choice((1, 1, 2)))}:
            packs = hand.take(centre, goods, min(rng.randint(2, 4), max(0, self._left)))
            if packs:
                hand.collect(centre, card, packs)
                self._left -= len(packs)
                self._arrived += packs

    # -- selling and losing

    def _sell_off(self) -> None:
        """Every month the dealers take their share of what has come in, and the rest is stored."""
        hand, dealers = self._hand, self._hand.dealers
        hand.rng.shuffle(self._arrived)
        sold = round(len(self._arrived) * _SOLD_SHARE)
        packs, stored = self._arrived[:sold], self._arrived[sold:]
        self._arrived = []
        self._warehouse += stored
        for number, dealer in enumerate(dealers):
            self._deal(packs[number :: len(dealers)], dealer, dealers[(number + 1) % len(dealers)])
        if hand.now + _SOLD_OFF_DAYS * DAY < self._until:
            hand.at(hand.now + _SOLD_OFF_DAYS * DAY, self._sell_off)

    def _deal(self, packs: list[Pack], firm: Dealer, dealer: Dealer) -> None:
        """One dealer's firm invoices the next one's, who sells to shops far away."""
        hand = self._hand
        if firm is not dealer:
            for goods in _WANTED:
                some = [pack for pack in packs if pack.batch.goods == goods]
                if some:
                    percent = hand.rng.randint(*STREET_PERCENT)
                    hand.invoice(firm.merchant, dealer.merchant, some, percent=percent, batch=False)
        shops = [shop for town in hand.far(dealer.merchant.town, 6) for shop in hand.pharmacies(town)]
        bring_back(hand, packs, dealer, shops)

    def _found(self) -> None:
        """The police open the warehouse."""
        self.found = self._warehouse + self._arrived
        seize(self._hand, self.found, f"SYN-{iso(self._hand.now)[:4]}-30T")
