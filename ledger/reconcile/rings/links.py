"""Links: two cards that met, or a card and the place where packs paid for on it were seen again.

A link is a hit of a rule of grain `network`; its subject is `left~right`. With two persons it is a meeting, with
one the right side names a place. What chance or a common household explains is no link.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.reconcile.rings.chance import needed, zeros_beyond
from ledger.reconcile.rules.hit import Hit
from ledger.reconcile.rules.sentence import Number

__all__ = ["OF_LINKS", "Link", "homes_of", "link_of"]

OF_LINKS: Final = frozenset(
    {
        "chance", "counted", "elsewhere", "chance_elsewhere", "tested", "met_two", "met_three", "met_four", "met_five",
        "cents_left", "cents_right", "home_left", "home_right",
    }
)  # fmt: skip
"""What a link says of itself for the making of rings, and no ring repeats."""

_KNOWN: Final = {2: "met_two", 3: "met_three", 4: "met_four", 5: "met_five"}
_MILLION: Final = 1_000_000
# Each pair is tested twice: by two meetings a place, and by all meetings but those at one place.
_TESTS: Final = 2


class Link(msgspec.Struct, frozen=True):
    """A link that chance does not explain.

    Attributes:
        left, right: what it joins: a card and a card, or a card and a place.
        began: when its first meetings or packs were known, however many chance asks for; that never changes.
        time: when there were as many as chance does not explain.
        zeros: chance makes it in one of 10^zeros countries; 0 where the rule leaves no room for chance.
        cents: what each of its cards paid for when the others were near, or what came back of it.
    """

    hit: Hit
    left: str
    right: str
    began: int
    time: int
    zeros: int
    cents: dict[str, int]

    @property
    def is_meeting(self) -> bool:
        """Whether it joins two cards."""
        return len(self.hit.persons) == 2

    def count(self, name: str) -> int:
        """Return a number of the hit, 0 where it says none."""
        return _whole(self.hit.numbers.get(name))


def link_of(hit: Hit) -> Link | None:
    """Return the link, unless chance or a common household explains it."""
    numbers = hit.numbers
    left, _, right = hit.subject.partition("~")
    cents = {left: _whole(numbers["cents_left"])}
    if len(hit.persons) == 2:
        if numbers["home_left"] == numbers["home_right"]:
            return None
        cents[right] = _whole(numbers["cents_right"])
    if "chance" not in numbers:
        return Link(hit, left, right, hit.time, hit.time, 0, cents)
    tested = _TESTS * _whole(numbers["tested"])
    seen, expected = _whole(numbers["counted"]), _whole(numbers["chance"]) / _MILLION
    enough, zeros = needed(expected, tested), zeros_beyond(expected, seen, tested)
    times = {count: value for count, name in _KNOWN.items() if (value := numbers[name]) is not None}
    time = next((times[count] for count in sorted(times) if count >= enough), hit.time)
    if seen < enough:
        # Cards that come daily meet twice everywhere by chance; not a hundred times.
        elsewhere, expected = _whole(numbers["elsewhere"]), _whole(numbers["chance_elsewhere"]) / _MILLION
        if elsewhere < needed(expected, tested):
            return None
        time, zeros = hit.time, zeros_beyond(expected, elsewhere, tested)
    began = min(times.values(), default=hit.time)
    return Link(hit, left, right, _whole(began), _whole(time), zeros, cents)


def homes_of(hits: list[Hit]) -> dict[str, str]:
    """Return the household of each card, by the card that it goes by."""
    homes: dict[str, str] = {}
    for hit in hits:
        left, _, right = hit.subject.partition("~")
        for card, name in ((left, "home_left"), (right, "home_right")):
            home = hit.numbers[name]
            if home is not None:
                homes[card] = str(home)
    return homes


def _whole(value: Number) -> int:
    return value if isinstance(value, int) else 0
