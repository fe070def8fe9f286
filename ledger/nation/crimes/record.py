"""What a crime leaves behind for the truth file, written down while it is committed."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from ledger.nation.people import Person
from ledger.nation.places import Place
from ledger.nation.stock import Pack
from ledger.nation.truth import Crime

__all__ = ["Record"]


class Record:
    """One crime's packs, persons, institutions and times.

    Attributes:
        number: counts the crimes of one kind in one country from 0.
        size: about how many packs it is to be done with.
    """

    def __init__(self, name: str, number: int, size: int, rng: Random) -> None:
        self.name = name
        self.number = number
        self.size = size
        self.rng = rng
        self._packs: set[str] = set()
        self._cents = 0
        self._milligrams = 0
        self._persons: set[str] = set()
        self._prescribers: set[str] = set()
        self._institutions: set[str] = set()
        self._times: tuple[int, int] | None = None

    def note(
        self,
        time: int,
        packs: Iterable[Pack] = (),
        persons: Iterable[Person] = (),
        institutions: Iterable[Place] = (),
        prescribers: Iterable[str] = (),
    ) -> None:
        """Write down when, with which packs, on whose cards, where and in which doctor's name it was done."""
        begin, end = self._times or (time, time)
        self._times = min(begin, time), max(end, time)
        for pack in packs:
            if pack.uri not in self._packs:
                self._packs.add(pack.uri)
                self._cents += pack.batch.goods.cents
                self._milligrams += pack.batch.goods.milligrams
        self._persons |= {person.card for person in persons}
        self._institutions |= {place.party for place in institutions}
        self._prescribers |= set(prescribers)

    def crime(self) -> Crime | None:
        """Return what the truth file says; None when nothing came of it."""
        if self._times is None:
            return None
        grams = self._milligrams // 1_000
        return Crime(
            name=self.name,
            packs=sorted(self._packs),
            persons=sorted(self._persons),
            prescribers=sorted(self._prescribers),
            institutions=sorted(self._institutions),
            cents=self._cents,
            kilograms=f"{grams // 1_000}.{grams % 1_000:03d}",
            begin=self._times[0],
            end=self._times[1],
        )
