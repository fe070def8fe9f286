"""Hospital wards: a pack is opened, and several inpatients are given of it on different days."""

from __future__ import annotations

from functools import partial
from typing import Final

from ledger.nation.country import Country
from ledger.nation.goods import PRODUCTS
from ledger.nation.people import Person
from ledger.nation.places import Place
from ledger.nation.stage import DAY
from ledger.nation.stock import Pack

__all__ = ["Wards"]

_WEEK: Final = 7 * DAY
_OPEN_SECONDS: Final = 10 * 3_600
_PARTS: Final = 3


class Wards:
    """Splits packs, week by week, in every hospital."""

    def __init__(self, country: Country) -> None:
        self._country = country
        self._chance = country.chances["split-pack"]
        places = country.places
        self._hospitals = list({town[3].number: town[3] for town in places.shops}.values())

    def week(self) -> None:
        """Plan a week."""
        stage, rng = self._country.stage, self._chance.rng
        midnight = stage.now - stage.now % DAY
        for hospital in self._hospitals:
            if self._chance.happens():
                time = midnight + rng.randrange(1, 4) * DAY + rng.randrange(_OPEN_SECONDS)
                stage.at(time, partial(self._open, hospital))
        stage.at(stage.now + _WEEK, self.week)

    def _open(self, hospital: Place) -> None:
        country, rng = self._country, self._chance.rng
        packs = country.shelves.take(hospital, rng.choice([goods for goods in PRODUCTS if not goods.dear]), 1)
        if packs:
            patients = [country.people.person(rng.randrange(country.people.count) + 1) for _ in range(_PARTS)]
            for at, patient in enumerate(patients):
                time = country.stage.now + at * DAY // 2
                country.stage.at(time, partial(self._give, hospital, patient, packs, at == _PARTS - 1))

    def _give(self, hospital: Place, patient: Person, packs: list[Pack], is_last: bool) -> None:
        """Hand out a part; the last one empties the pack."""
        country = self._country
        script = country.prescribe(hospital, patient, packs[0].batch.goods, 1)
        time = country.stage.now + 600
        country.hand_out(hospital, patient, packs, time=time, script=script, partial=not is_last)
        settled_at = country.stage.received_at(hospital, time) + 60
        country.settle(hospital, patient, packs, time=settled_at, script=script, parts=_PARTS)
