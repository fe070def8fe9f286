"""A whole synthetic country: who is registered, what everybody uploads, and what was really done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

from ledger.errors import Misuse
from ledger.identity.registration import Product, Registration
from ledger.limits import (
    NATION_MONTHS_MAX,
    NATION_PACKS_MAX,
    NATION_PACKS_MIN,
    NATION_SEED_MAX,
    NATION_START_SECONDS_MAX,
)
from ledger.log.keys import PrivateKey
from ledger.nation.care import Care
from ledger.nation.country import Country
from ledger.nation.crimes import Choice, Committed, choose, commit, dealers, list_lines, made_for, told
from ledger.nation.goods import PRODUCTS, Goods, quantities
from ledger.nation.noise import Noise, outages, skews
from ledger.nation.numbers import national_product
from ledger.nation.people import populate
from ledger.nation.places import Place, registrations, settle
from ledger.nation.rates import RATES, Chance
from ledger.nation.seasons import Seasons
from ledger.nation.signing import signed
from ledger.nation.stage import DAY, Stage
from ledger.nation.stock import Pack
from ledger.nation.supply import Supply
from ledger.nation.truth import Truth
from ledger.nation.ward import Wards
from ledger.submission import UploadLine

__all__ = ["MONTH_DAYS", "Nation", "build"]

MONTH_DAYS: Final = 30
# Keys outlast the country by the longest that anything is under way.
_KEY_SLACK_SECONDS: Final = 30 * DAY
# The first packs reach shelves about this long after they were made.
_PIPELINE_SECONDS: Final = 4 * DAY


class Nation:
    """A synthetic country; the same arguments give the same bytes, everywhere and every time.

    It is played anew for each call of `uploads`; both can be asked at any time, in any order.
    """

    def __init__(self, packs: int, months: int, seed: int, start: int, choice: Choice, thirty_tons: int) -> None:
        self._packs = packs
        self._months = months
        self._seed = seed
        self._start = start
        self._choice = choice
        self._thirty_tons = thirty_tons
        self._places = settle(packs, seed, merchants=dealers(choice, thirty_tons))
        self._truth: Truth | None = None
        self._found: list[Pack] = []

    @property
    def _end(self) -> int:
        return self._start + self._months * MONTH_DAYS * DAY

    @property
    def police(self) -> PrivateKey:
        """The key of the police's station, to seize with."""
        return self._places.police.key

    @property
    def regulator(self) -> PrivateKey:
        """The key of the medicine regulator's station, to publish rules with."""
        return self._places.regulator.key

    def registrations(self) -> Iterator[Registration]:
        """Yield parties, sites, stations, keys and products, each after what it refers to.

        The ledger signs them at enrolment. The private keys of these stations follow from the seed, so a
        ledger that holds them is for demonstration and nothing else.
        """
        valid_from, valid_until = max(0, self._start - DAY), self._end + _KEY_SLACK_SECONDS
        yield from registrations(self._places.all(), valid_from, valid_until)
        for goods in PRODUCTS:
            yield from _products(goods, self._places.maker_of(goods.number))

    def uploads(self, processes: int = 0) -> Iterator[UploadLine]:
        """Yield every signed submission in the order in which it reaches the ledger, `received` with each.

        Nothing is kept but what is under way: stock, a day's visits, and offline stations' outboxes.

        Args:
            processes: how many sign beside this one; the bytes are the same.
        """
        country, committed = self._set_up()
        yield from signed(country.stage.play(), processes)
        self._tell(committed)

    def day(self, line: UploadLine) -> int:
        """Return on which day of the country a submission reaches the ledger, from 0."""
        return ((line.received or self._start) - self._start) // DAY

    def truth(self) -> Truth:
        """Return what was done; the country is played for it, without a signature, unless it was to the end."""
        if self._truth is not None:
            return self._truth
        country, committed = self._set_up()
        for _ in country.stage.play():
            pass
        return self._tell(committed)

    def seizure_list(self) -> Iterator[str]:
        """Yield the lines of the police's list of what was in the warehouse; none without the great case."""
        self.truth()
        yield from list_lines(self._found, _dice(self._seed, "seizure list"))

    def _tell(self, committed: Committed) -> Truth:
        """Remember what was done, now that the country was played to its end."""
        kinds, crimes = told(committed)
        self._found = [] if committed.enterprise is None else committed.enterprise.found
        self._truth = Truth(
            packs=self._packs,
            months=self._months,
            seed=self._seed,
            start=self._start,
            thirty_tons=self._thirty_tons,
            asked=list(self._choice),
            kinds=kinds,
            crimes=crimes,
        )
        return self._truth

    def _set_up(self) -> tuple[Country, Committed]:
        """Return the country with everything on its agenda, and the records that its crimes will write."""
        country = self._settled()
        country.looked_back_on = bool(self._choice or self._thirty_tons)
        start, end = self._start, self._end
        noise = Noise(country)
        seasons = Seasons(self._places.towns, country.people, start, end, country.chances["epidemic"])
        ordered = made_for(self._thirty_tons) if self._thirty_tons else {}
        Supply(country, noise).plan(self._packs, self._months, ordered)
        Care(country, noise, seasons).plan(start + _PIPELINE_SECONDS, quantities(self._packs))
        country.stage.at(start + _PIPELINE_SECONDS, Wards(country).week)
        country.stage.at(start + _PIPELINE_SECONDS, noise.stock_takes)
        return country, commit(country, self._choice, self._packs, self._thirty_tons)

    def _settled(self) -> Country:
        """Return the country before anything happens in it."""
        places, start, end = self._places, self._start, self._end
        chances = {kind: Chance(_dice(self._seed, f"noise/{kind}"), kind) for kind in RATES}
        selling_days = max(1, (end - start - _PIPELINE_SECONDS) // DAY)
        people = populate(
            self._packs, selling_days, places.towns, range(start, end), _dice(self._seed, "people"), chances
        )
        name = f"packledger nation/{self._seed}/{self._packs}/{self._months}/{start}"
        down = outages(places.dispensers, start, end, chances["offline"])
        wrong = skews(places.dispensers, start, end, chances["clock-skew"])
        return Country(places, people, Stage(name, start, end, down, wrong), self._seed, chances)


def build(
    packs: int,
    months: int,
    seed: int,
    start: int,
    crimes: str | Sequence[str] = "all",
    *,
    thirty_tons: int = 0,
    crimes_of_packs: int | None = None,
) -> Nation:
    """Return a country that makes exactly `packs` packs in so many months of 30 days from `start` on.

    Args:
        start: seconds since the epoch.
        crimes: `all` that the country has room for, `none`, or the kinds that shall be committed.
        thirty_tons: play the great case too, in which the police find about so many packs in the end; what
            is collected for it is made on top of `packs`.
        crimes_of_packs: have the crimes of a country of so many packs, kinds and counts; by default its own.
            Fewer than `packs` make crime as rare as it is in the world.

    Raises:
        Misuse: `nation-crime` for an unknown kind;
            `nation-size` when there are too few packs for a trade with crimes in it, or too many packs
            or months for the numbers that the country gives out.
    """
    if not NATION_PACKS_MIN <= packs <= NATION_PACKS_MAX:
        raise Misuse("nation-size", f"{packs} packs, not {NATION_PACKS_MIN:,} to {NATION_PACKS_MAX:,}")
    if not 1 <= months <= NATION_MONTHS_MAX:
        raise Misuse("nation-size", f"{months} months, not 1 to {NATION_MONTHS_MAX}")
    if not 0 <= seed <= NATION_SEED_MAX:
        raise Misuse("nation-size", f"seed {seed}, not 0 to {NATION_SEED_MAX}")
    if not 0 <= start <= NATION_START_SECONDS_MAX:
        raise Misuse("nation-size", f"a start at {start}, not 0 to {NATION_START_SECONDS_MAX}")
    if not 0 <= thirty_tons <= packs:
        raise Misuse("nation-size", f"{thirty_tons} packs in a warehouse, not 0 to {packs:,}")
    return Nation(packs, months, seed, start, choose(crimes, crimes_of_packs or packs), thirty_tons)


def _dice(seed: int, purpose: str) -> Random:
    return Random(f"{seed}/{purpose}")  # noqa: S311 - a game, not a secret


def _products(goods: Goods, maker: Place) -> list[Product]:
    """Return the product and, for national codes, its cases: each level has a product code of its own."""
    sizes = [1]
    if not goods.imported:
        sizes.append(goods.bundle)
        if goods.carton:
            sizes.append(goods.bundle * goods.carton)
    return [
        Product(
            id=goods.product if level == 1 else national_product(goods.number, level),
            maker=maker.party,
            name_en=f"Synthetic Medicine {goods.number}" + ("" if level == 1 else f", case of {size}"),
            name_zh=f"合成药品{goods.number}号" + ("" if level == 1 else f"（{size}盒装）"),
            price_cents=goods.cents * size,
            weight_milligrams=goods.milligrams * size,
            supply_days=goods.days * size,
        )
        for level, size in enumerate(sizes, 1)
    ]
