"""A ring borrows insurance cards by households and streets, and sends couriers with a batch of them along
routes of health centres, to collect slow, dear medicine dose by dose on the insurer's account. A dealer buys
all of it through a firm of his, and brings it back into trade.
"""

from __future__ import annotations

from typing import Final

from ledger.nation.crimes.fence import STREET_PERCENT, bring_back
from ledger.nation.crimes.hand import DEAR, MIDDLING, Hand
from ledger.nation.people import Person
from ledger.nation.places import Place
from ledger.nation.stage import DAY
from ledger.nation.stock import Pack

__all__ = ["DONE", "NAME", "commit"]

NAME: Final = "card-ring"
DONE: Final = (
    "Borrowed cards were used along routes of health centres to collect dear medicine,"
    " which a dealer bought and brought back into trade."
)

_BEGIN_SHARE, _END_SHARE = 0.33, 0.75
_CARDS_MIN, _CARDS_MAX = 4, 105  # as many as the police found in one hand
_PEOPLE_PER_CARD: Final = 70  # one card of so many people's, in a small country
_PACKS_A_CARD: Final = 20
_CARDS_PER_COURIER: Final = 12
_STOPS_MIN, _STOPS_MAX = 3, 12
_BATCH: Final = (3, 6)
_REST_DAYS: Final = 4  # the same card is not used again sooner
_MIDDLING: Final = 0.25  # visits for ordinary medicine, which is easier to sell
_INTERRUPTED: Final = 0.15
_SOLD_OFF_EVERY_DAYS: Final = 21
_KEPT: Final = 0.2  # of the packs leave the country, or are never sold


class _Ring:
    """The cards, the centres, and the cellar where packs wait."""

    def __init__(self, hand: Hand) -> None:
        towns, rng = hand.country.people.towns, hand.rng
        people = sum(len(town) for town in towns)
        home = hand.town()
        wanted = max(_CARDS_MIN, min(_CARDS_MAX, people // _PEOPLE_PER_CARD))
        self.cards: list[Person] = hand.lenders(hand.near(home, 1 + wanted // 12), wanted)
        stops = max(_STOPS_MIN, min(_STOPS_MAX, len(self.cards) // 3))
        self.centres: list[Place] = [hand.centre(town) for town in hand.near(home, stops)]
        self.couriers = max(1, len(self.cards) // _CARDS_PER_COURIER)
        self.left = max(hand.size, len(self.cards) * _PACKS_A_CARD)
        self.used: dict[str, int] = {}
        self.buyer, self.dealer = hand.dealers
        self.shops = [shop for town in hand.far(home, 3) for shop in hand.pharmacies(town)]
        self.cellar: list[Pack] = []
        self.until = hand.when(_END_SHARE - rng.uniform(0, 0.05))

    def batch(self, hand: Hand) -> list[Person]:
        """Return a few cards that have rested, from one end of the pile: households stay together."""
        rested = [card for card in self.cards if self.used.get(card.card, 0) < hand.now - _REST_DAYS * DAY]
        at = hand.rng.randrange(max(1, len(rested)))
        return (rested[at:] + rested[:at])[: hand.rng.randint(*_BATCH)]


def commit(hand: Hand) -> None:
    """The centres order what is going to be collected; couriers travel from a third of the time on."""
    ring = _Ring(hand)
    for centre in ring.centres:
        for goods in DEAR:
            hand.order(centre, goods, ring.left // len(ring.centres) // len(DEAR))
    for _ in range(ring.couriers):
        hand.at(hand.opening(hand.when(hand.rng.uniform(_BEGIN_SHARE, _BEGIN_SHARE + 0.05))), _tour, hand, ring)
    hand.at(hand.when(_BEGIN_SHARE) + _SOLD_OFF_EVERY_DAYS * DAY, _sell_off, hand, ring)


def _tour(hand: Hand, ring: _Ring) -> None:
    """Drive to a few centres in a row with a batch of cards; some days it does not go well."""
    cards = ring.batch(hand)
    first = hand.rng.randrange(len(ring.centres))
    stops = (ring.centres[first:] + ring.centres[:first])[: hand.rng.randint(2, 4)]
    if hand.rng.random() < _INTERRUPTED:
        stops = stops[:1]
    time = hand.now
    for centre in stops:
        for card in cards:
            hand.at(time, _ask, hand, ring, centre, card)
            time += 60 * hand.rng.randint(3, 12)
        time += 60 * hand.rng.randint(20, 60)
    again = hand.opening(hand.now + hand.days(2, 7))
    if ring.left > 0 and again < ring.until:
        hand.at(again, _tour, hand, ring)


def _ask(hand: Hand, ring: _Ring, centre: Place, card: Person) -> None:
    """Show a card; now and then two medicines at once, and never more packs than a doctor would write."""
    for _ in range(hand.rng.choice((1, 1, 2))):
        goods = hand.rng.choice(MIDDLING if hand.rng.random() < _MIDDLING else DEAR)
        packs = hand.take(centre, goods, min(hand.rng.randint(1, 3), max(0, ring.left)))
        if packs:
            hand.collect(centre, card, packs)
            ring.used[card.card] = hand.now
            ring.cellar += packs
            ring.left -= len(packs)


def _sell_off(hand: Hand, ring: _Ring) -> None:
    """The dealer's firm buys what is in the cellar, and he invoices himself; most of it goes to shops."""
    hand.rng.shuffle(ring.cellar)
    kept = round(len(ring.cellar) * _KEPT)
    packs, ring.cellar = ring.cellar[kept:], []
    for goods in (*DEAR, *MIDDLING):
        some = [pack for pack in packs if pack.batch.goods is goods]
        if some:
            percent = hand.rng.randint(*STREET_PERCENT)
            hand.invoice(ring.buyer.merchant, ring.dealer.merchant, some, percent=percent, batch=False)
    half = len(packs) // 4
    bring_back(hand, packs[:half], ring.buyer, [])
    bring_back(hand, packs[half:], ring.dealer, ring.shops)
    again = hand.now + _SOLD_OFF_EVERY_DAYS * DAY
    if again < ring.until + _SOLD_OFF_EVERY_DAYS * DAY:
        hand.at(again, _sell_off, hand, ring)
