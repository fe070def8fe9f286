"""From the shelf to the patient: people come when their medicine runs out, and shops hand it out."""

from __future__ import annotations

from functools import partial
from typing import Final

from ledger.nation.country import Country, Sale
from ledger.nation.noise import Noise
from ledger.nation.people import Need
from ledger.nation.places import Place
from ledger.nation.stage import DAY
from ledger.nation.stock import Pack

__all__ = ["Care"]

# Local opening hours, 8 to 20 o'clock at UTC+8: seconds after midnight UTC.
_OPEN_SECONDS: Final = 12 * 3_600
_TWO_PACKS: Final = 0.25
# Who pays: at health centres and hospitals nearly always the insurer, at pharmacies every second time.
_INSURED_AT_PHARMACY: Final = 0.5
_INSURED_AT_OFFICE: Final = 0.97


class Care:
    """Plays every patient's visits."""

    def __init__(self, country: Country, noise: Noise) -> None:
        self._country = country
        self._noise = noise
        self._rng = country.dice("care")

    def plan(self, opening: int) -> None:
        """Put everybody's first visit on the agenda; shelves begin to fill at `opening`."""
        rest_days = max(1, (self._country.stage.end - opening) // DAY)
        for need in self._country.people.needs:
            first = self._rng.randrange(min(need.goods.days, rest_days))
            self._come(need, opening + first * DAY)

    def _come(self, need: Need, time: int) -> None:
        midnight = time - time % DAY
        time = midnight + self._rng.randrange(_OPEN_SECONDS)
        self._country.stage.at(time, partial(self._visit, need))

    def _visit(self, need: Need) -> None:
        now = self._country.stage.now
        found = self._look(need)
        if found is None:
            self._come(need, now + self._rng.randrange(2, 6) * DAY)
            return
        sale = self._sell(need, *found)
        days = need.goods.days * len(sale.packs)
        # People come some days before they run out, or some after.
        self._come(need, now + max(1, days + self._rng.randrange(-3, 4)) * DAY)

    def _visit_once(self, need: Need) -> None:
        found = self._look(need)
        if found is not None:
            self._sell(need, *found)

    def _look(self, need: Need) -> tuple[Place, list[Pack]] | None:
        """Go to the usual shop, then to the others of the town, until one has the medicine."""
        person, goods = need.person, need.goods
        shops = self._country.places.shops[person.town]
        count = 2 if self._rng.random() < _TWO_PACKS else 1
        for at in range(len(shops)):
            shop = shops[(person.usual + at) % len(shops)]
            packs = self._country.shelves.take(shop, goods, count)
            if packs:
                return shop, packs
        return None

    def _sell(self, need: Need, shop: Place, packs: list[Pack]) -> Sale:
        share = _INSURED_AT_PHARMACY if shop.kind == "pharmacy" else _INSURED_AT_OFFICE
        insured = need.person.insured and self._rng.random() < share
        minutes = self._rng.randrange(5, 40) if insured else 0
        sale = self._country.dispense(shop, need.person, packs, insured=insured, minutes=minutes)
        self._noise.double_beep(sale.deed)
        if self._noise.undone_dispense(sale, partial(self._visit_once, need)):
            return sale
        self._country.sold[shop.number].append(sale)
        self._noise.bought_again(sale, partial(self._visit_once, need))
        self._noise.patient_check(sale)
        return sale
