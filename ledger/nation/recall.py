"""A recall, as honest trade goes through one: a hold by telephone, the paper, the way back, the end.

The batch is held first, and the paper is published eight days later: by then nothing of the batch is under
way and every outbox is empty (one day on the road and three offline, or four until a pack is brought back and
three offline). So no honest act on the batch is recorded after the recall but those that obey it.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from ledger.clock import iso
from ledger.nation.country import Country
from ledger.nation.goods import PRODUCTS
from ledger.nation.places import Place
from ledger.nation.stage import DAY
from ledger.nation.stock import Batch
from ledger.papers.contents import Recall

__all__ = ["Recalls"]

_FIRST_SHARE: Final = 0.1
# Three days after it was made, a batch is everywhere: on the road, in cases, and on shelves.
_FAULT_SECONDS: Final = 3 * DAY
_HOLD_SECONDS: Final = 8 * DAY
_ROAD_SECONDS: Final = DAY
_DESTROY_SECONDS: Final = 3 * DAY


class Recalls:
    """Calls one batch of the commonest product back: the first that is not among the very first."""

    def __init__(self, country: Country) -> None:
        self._country = country
        self._waits = True

    def consider(self, batch: Batch, is_last: bool) -> None:
        """Put the recall of a batch that was just made on the agenda, if it is the one."""
        stage = self._country.stage
        early = stage.now < stage.start + (stage.end - stage.start) * _FIRST_SHARE
        if batch.goods is not PRODUCTS[0] or not self._waits or (early and not is_last):
            return
        self._waits = False
        hold = batch.made_at + _FAULT_SECONDS
        stage.at(hold, partial(_hold, batch))
        stage.at(hold + _HOLD_SECONDS, partial(_publish, self._country, batch))


def _hold(batch: Batch) -> None:
    batch.held = True


def _publish(country: Country, batch: Batch) -> None:
    now = country.stage.now
    content = Recall(
        id=country.stage.new_id(),
        time=iso(now),
        product=batch.goods.product,
        level=2,
        reason="Synthetic: the tablets dissolve too slowly",
        batches=[batch.name],
    )
    country.paper(country.places.regulator, "recall", now, content)
    for place, codes in _stock_of(country, batch):
        country.stage.at(now + DAY + place.number % DAY, partial(_send_back, country, batch, place, codes))


def _stock_of(country: Country, batch: Batch) -> list[tuple[Place, list[str]]]:
    """Return who has what of the batch: whole cases by their codes, what is on shelves by single packs."""
    found = [(place, load.codes) for place, load in batch.kept]
    for shop in country.places.dispensers:
        packs = country.shelves.clear(shop, batch)
        if packs:
            found.append((shop, [pack.uri for pack in packs]))
    return found


def _send_back(country: Country, batch: Batch, place: Place, codes: list[str]) -> None:
    now = country.stage.now
    if place is not batch.maker:
        country.event(place, "shipping", codes, destination=batch.maker)
        country.stage.at(now + _ROAD_SECONDS, partial(country.event, batch.maker, "receiving", codes))
    country.stage.at(now + _DESTROY_SECONDS, partial(country.event, batch.maker, "destroying", codes))
