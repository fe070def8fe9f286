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
    """One crime's packs, persons and institutions; `number` counts the crimes of one country from 0."""

    def __init__(self, name: str, done: str, number: int, size: int, rng: Random) -> None:
        self.number = number
        self.size = size
        self.rng = rng
        self._name = name
        self._done = done
        self._packs: dict[str, Pack] = {}
        self._persons: set[str] = set()
        self._institutions: set[str] = set()

    def note(self, packs: Iterable[Pack], persons: Iterable[Person], institutions: Iterable[Place]) -> None:
        """Write down with which packs, on whose cards and where something was done."""
        self._packs |= {pack.uri: pack for pack in packs}
        self._persons |= {person.card for person in persons}
        self._institutions |= {place.party for place in institutions}

    def crime(self) -> Crime:
        """Return what the truth file says."""
        goods = [pack.batch.goods for pack in self._packs.values()]
        grams = sum(each.milligrams for each in goods) // 1_000
        return Crime(
            name=self._name,
            done=self._done,
            packs=sorted(self._packs),
            persons=sorted(self._persons),
            institutions=sorted(self._institutions),
            cents=sum(each.cents for each in goods),
            kilograms=f"{grams // 1_000}.{grams % 1_000:03d}",
        )
