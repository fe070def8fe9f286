"""The people of the synthetic country: households in streets, what each takes every day, and how they fetch it.

Of each person four bytes are kept; a `Person` is made when somebody comes to a counter. Cards are numbered
town by town, street by street, household by household, so neighbours have neighbouring numbers.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random
from typing import Final, overload

from ledger.nation.goods import PRODUCTS, Goods, quantities
from ledger.nation.land import Town
from ledger.nation.numbers import card
from ledger.nation.rates import Chance
from ledger.nation.stage import DAY

__all__ = ["DAILY", "People", "Person", "populate"]

DAILY: Final = tuple(goods for goods in PRODUCTS if not goods.acute)
"""The products that people take every day."""

# People who take something every day take 1.3 medicines, and every second person is one of them.
_PEOPLE_PER_NEED: Final = 1.25
# People use somewhat less than is made: some packs stay on shelves.
_USED_SHARE: Final = 0.95
# The dear products are slow: a good part of them waits on the shelves of health centres.
_USED_SHARE_DEAR: Final = 0.45
# Old people are a fifth, and take three times as much as the others.
_OLD_WEIGHT: Final = 3
_MEAN_WEIGHT: Final = 1.5
_TAKES_MAX: Final = 0.9
_INSURED: Final = 0.95  # as many people as have the public insurance, about
_OLD_COUPLE: Final = 0.5  # of the households of two
_OLD_ALONE: Final = 0.6  # of the households of one
# How many months people fetch at once; more than twelve weeks may not be prescribed.
_MONTHS: Final = (1, 1, 1, 1, 1, 1, 2, 2, 2, 3)
_USUAL: Final = (0, 0, 0, 1, 1, 2, 2, 3, 3)

# Eight neighbours and the households that they live in.
_NEIGHBOURS: Final = 8
_HOUSEHOLDS: Final = ((3, 2, 2, 1), (4, 2, 2), (2, 3, 1, 2), (1, 2, 2, 3), (4, 3, 1), (2, 4, 2))
_STREET_PEOPLE: Final = 48
_STREETS_MAX: Final = 90
_YEAR: Final = 365 * DAY

_IS_INSURED, _IS_OLD, _ROAMS, _IS_CARED_FOR, _USUAL_SHIFT = 1, 2, 4, 8, 4


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an insurance card; two are the same when their numbers are.

    Attributes:
        number: counts people from 1.
        card: the card's number.
        town: the town where they live at first.
        usual: the place of their usual shop in their town's list.
        insured: an insurer pays for them.
        household: the number by which the insurer knows their household.
        residence: the division code of the street or village, nine digits.
        roams: gravely ill, and seen by several hospitals.
        carer: the number of the person who fetches their medicine, or 0.
        moves_at, new_town, new_residence: when they move and to where; 0 for never.
    """

    number: int
    card: str = field(compare=False)
    town: int = field(compare=False)
    usual: int = field(compare=False)
    insured: bool = field(compare=False)
    household: str = field(compare=False)
    residence: str = field(compare=False)
    roams: bool = field(compare=False, default=False)
    carer: int = field(compare=False, default=0)
    moves_at: int = field(compare=False, default=0)
    new_town: int = field(compare=False, default=0)
    new_residence: str = field(compare=False, default="")

    def town_at(self, time: int) -> int:
        """Return the town where they live at that time."""
        return self.new_town if 0 < self.moves_at <= time else self.town

    def residence_at(self, time: int) -> str:
        """Return the division code of the street where they live at that time."""
        return self.new_residence if 0 < self.moves_at <= time else self.residence


class _Residents(Sequence[Person]):
    """The people of one town, made when they are asked for."""

    def __init__(self, people: People, numbers: range) -> None:
        self._people = people
        self._numbers = numbers

    @overload
    def __getitem__(self, at: int) -> Person: ...
    @overload
    def __getitem__(self, at: slice) -> list[Person]: ...
    def __getitem__(self, at: int | slice) -> Person | list[Person]:
        if isinstance(at, slice):
            return [self._people.person(number) for number in self._numbers[at]]
        return self._people.person(self._numbers[at])

    def __len__(self) -> int:
        return len(self._numbers)


class People:
    """Everybody.

    Attributes:
        towns: the people of each town, neighbours beside each other.
        count: how many people there are; they are numbered from 1.
        calendar: for each period in days, who comes on which day of it, by number.
    """

    def __init__(self, towns: list[Town], households_of_eight: Sequence[int]) -> None:
        """Found towns of so many times eight people, who take nothing yet."""
        self._towns = towns
        self._ends = [_NEIGHBOURS * eights for eights in accumulate(households_of_eight)]
        self.count = self._ends[-1]
        self._traits = array("B", bytes(self.count))
        self._takes = array("H", bytes(2 * self.count))
        self._months = array("B", bytes(self.count))
        self._patterns = array("B", bytes(self.count // _NEIGHBOURS))
        self._moves: dict[int, tuple[int, int]] = {}
        self.calendar: dict[int, list[array[int]]] = {}
        self.towns: list[Sequence[Person]] = [_Residents(self, self.numbers(town)) for town in range(len(towns))]

    def numbers(self, town: int) -> range:
        """Return the numbers of the people who live in a town at first."""
        return range((self._ends[town - 1] if town else 0) + 1, self._ends[town] + 1)

    def person(self, number: int) -> Person:
        """Return the person with that number."""
        at = number - 1
        town = bisect_right(self._ends, at)
        traits = self._traits[at]
        home, carer = self._household(at)
        moves_at, new_town = self._moves.get(number, (0, 0))
        return Person(
            number,
            card(number),
            town,
            traits >> _USUAL_SHIFT,
            bool(traits & _IS_INSURED),
            f"SYN-H-{home + 1:06d}",
            self._residence(at, town),
            bool(traits & _ROAMS),
            carer + 1 if traits & _IS_CARED_FOR else 0,
            moves_at,
            new_town,
            self._residence(number % self._ends[0], new_town, moved=True) if moves_at else "",
        )

    def takes(self, number: int) -> list[Goods]:
        """Return what a person takes every day."""
        taken = self._takes[number - 1]
        return [goods for at, goods in enumerate(DAILY) if taken >> at & 1]

    def months(self, number: int) -> int:
        """Return for how many months a person fetches medicine at once."""
        return self._months[number - 1]

    def _household(self, at: int) -> tuple[int, int]:
        """Return the first of somebody's household, and the first of the household next door."""
        block = at // _NEIGHBOURS
        sizes = _HOUSEHOLDS[self._patterns[block]]
        first = block * _NEIGHBOURS
        before = first + sizes[0]  # the first household is looked after by the second
        for size in sizes:
            if at < first + size:
                break
            before, first = first, first + size
        return first, before

    def _residence(self, at: int, town: int, *, moved: bool = False) -> str:
        numbers = self.numbers(town)
        size = max(_STREET_PEOPLE, -(-len(numbers) // _STREETS_MAX))
        within = at % len(numbers) if moved else at - numbers[0] + 1
        return f"{self._towns[town].region}{self._towns[town].rank * _STREETS_MAX + within // size + 1:03d}"


def populate(
    packs: int, selling_days: int, towns: list[Town], span: range, rng: Random, chances: dict[str, Chance]
) -> People:
    """Return as many people as use up what a country of that many packs makes in so many days of selling.

    Args:
        span: the seconds in which the country is played.
        chances: of the table of rates, those that are about people.
    """
    needs = _needs(packs, selling_days)
    weights = [town.weight for town in towns]
    eights = max(2 * sum(weights), round(sum(needs) * _PEOPLE_PER_NEED / _NEIGHBOURS))
    shares = [eights * end // sum(weights) for end in accumulate(weights)]
    people = People(towns, [end - begin for begin, end in zip([0, *shares], shares, strict=False)])
    _Settlers(people, [count / people.count / _MEAN_WEIGHT for count in needs], span, rng, chances).come()
    return people


def _needs(packs: int, selling_days: int) -> list[int]:
    """Return how many people take each of the daily products."""
    counts = []
    for goods, quantity in zip(PRODUCTS, quantities(packs), strict=True):
        if not goods.acute:
            share = _USED_SHARE_DEAR if goods.dear else _USED_SHARE
            counts.append(max(1, round(share * quantity * min(1.0, goods.days / selling_days))))
    return counts


class _Settlers:
    """Draws what everybody is like, neighbours after neighbours."""

    def __init__(
        self, people: People, takes: list[float], span: range, rng: Random, chances: dict[str, Chance]
    ) -> None:
        self._people = people
        self._takes = takes
        self._span = span
        self._rng = rng
        self._chances = chances

    def come(self) -> None:
        for block, _ in enumerate(self._people._patterns):
            self._people._patterns[block] = self._rng.randrange(len(_HOUSEHOLDS))
            first = block * _NEIGHBOURS
            for size in _HOUSEHOLDS[self._people._patterns[block]]:
                self._move_in(first, size)
                first += size
        self._leave_home()

    def _move_in(self, first: int, size: int) -> None:
        rng = self._rng
        old = size < 3 and rng.random() < (_OLD_COUPLE if size == 2 else _OLD_ALONE)
        together = old and size == 2 and self._chances["carer"].happens()
        months, phase = rng.choice(_MONTHS), rng.random()
        usual = rng.choice(_USUAL)
        for at in range(first, first + size):
            if not together:
                months, phase, usual = rng.choice(_MONTHS), rng.random(), rng.choice(_USUAL)
            self._draw(at, old=old, together=together, months=months, phase=phase, usual=usual)

    def _draw(self, at: int, *, old: bool, together: bool, months: int, phase: float, usual: int) -> None:
        people, random = self._people, self._rng.random
        weight = _OLD_WEIGHT if old else 1
        taken = 0
        for bit, share in enumerate(self._takes):
            if random() < min(_TAKES_MAX, share * weight):
                taken |= 1 << bit
        traits = usual << _USUAL_SHIFT
        traits |= _IS_INSURED if random() < _INSURED else 0
        traits |= (_IS_OLD if old else 0) | (_IS_CARED_FOR if together else 0)
        if taken:
            traits |= _ROAMS if self._chances["many-institutions"].happens() else 0
            days = months * max(goods.days for bit, goods in enumerate(DAILY) if taken >> bit & 1)
            if days not in people.calendar:
                people.calendar[days] = [array("I") for _ in range(days)]
            people.calendar[days][int(phase * days)].append(at + 1)
        people._traits[at], people._takes[at], people._months[at] = traits, taken, months

    def _leave_home(self) -> None:
        people, rng, moving = self._people, self._rng, self._chances["moving-house"]
        years = len(self._span) / _YEAR
        for number in range(1, people.count + 1):
            whole, part = int(years), years % 1
            moves = any(moving.happens() for _ in range(whole)) or (rng.random() < part and moving.happens())
            if moves and len(people.towns) > 1:
                people._moves[number] = rng.choice(self._span), rng.randrange(len(people.towns))
