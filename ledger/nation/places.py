"""Who is who in the synthetic country: organisations, their places, and one station with one key at each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from random import Random
from typing import Final, Literal

from ledger.identity.registration import Key, Party, Registration, Role, Site, Station
from ledger.log.keys import EDDSA, PrivateKey
from ledger.nation.land import Point, Town, nearby, survey
from ledger.nation.numbers import party_uri, site_uri, station_uri

__all__ = ["Office", "Place", "Places", "Trade", "registrations", "settle"]

Trade = Literal["maker", "distributor", "hospital", "centre", "clinic", "pharmacy", "merchant"]
Office = Literal["insurer", "regulator", "app", "commerce", "tax", "police"]

_ROLES: Final[dict[Trade | Office, Role]] = {
    "maker": "manufacturer",
    "distributor": "distributor",
    "merchant": "distributor",
    "hospital": "dispenser",
    "centre": "dispenser",
    "clinic": "dispenser",
    "pharmacy": "dispenser",
    "insurer": "insurer",
    "regulator": "medicine",
    "app": "public",
    "commerce": "commerce",
    "tax": "tax",
    "police": "police",
}
_NAMES: Final[dict[Trade | Office, tuple[str, str]]] = {
    "maker": ("Synthetic Pharma {}", "合成制药{}"),
    "distributor": ("Synthetic Distributor {}", "合成医药配送{}"),
    "merchant": ("Synthetic Merchant {}", "合成商贸{}"),
    "hospital": ("Synthetic Hospital {}", "合成医院{}"),
    "centre": ("Synthetic Health Centre {}", "合成卫生院{}"),
    "clinic": ("Synthetic Clinic {}", "合成诊所{}"),
    "pharmacy": ("Synthetic Pharmacy {}", "合成药房{}"),
    "insurer": ("Synthetic Insurance Fund {}", "合成医保中心{}"),
    "regulator": ("Synthetic Medicine Authority {}", "合成药监局{}"),
    "app": ("Synthetic Pack Check {}", "合成扫码查询{}"),
    "commerce": ("Synthetic Commerce Office {}", "合成商务局{}"),
    "tax": ("Synthetic Tax Office {}", "合成税务局{}"),
    "police": ("Synthetic Police {}", "合成公安局{}"),
}

# A country of this many packs has one more town; beyond so many towns, towns grow instead.
_PACKS_PER_TOWN: Final = 700
_PACKS_PER_LATER_TOWN: Final = 10_000
_TOWNS_MIN, _TOWNS_QUICK = 4, 300
_TOWNS_PER_DISTRIBUTOR, _TOWNS_PER_LATER_DISTRIBUTOR = 6, 30
_DISTRIBUTORS_MIN: Final = 2
_TOWNS_PER_TRADER: Final = 20
_MAKERS: Final = 4
_TOWNS_PER_CHAIN: Final = 6
_IN_CHAIN: Final = 0.6
_KEYS_REMEMBERED: Final = 65_536  # as many as the largest country has stations, and more


@dataclass(frozen=True, eq=False, slots=True)
class Place:
    """One place of an organisation.

    Attributes:
        kind: what it is; decides its role.
        number: counts places of the country; names and URIs come from it.
        town: the town it is in, counted from 0.
        region: the division code of its county.
        point: where it stands.
        owner: the number that the organisation's URI comes from: its own, or that of its chain's first branch.
        party, site: the organisation's URI, and that of the place.
        secret: what the station's private key is made from; it follows from the country's seed, so it is none.
    """

    kind: Trade | Office
    number: int
    town: int
    region: str
    point: Point
    owner: int
    party: str
    site: str
    secret: bytes

    @property
    def key(self) -> PrivateKey:
        """The station's private key."""
        return _key(self.secret)


@lru_cache(maxsize=_KEYS_REMEMBERED)
def _key(secret: bytes) -> PrivateKey:
    return PrivateKey.from_seed(EDDSA, secret)


@dataclass(frozen=True)
class Places:
    """Every place of the country; `shops[town]` are those that hand out medicine to its people.

    A town's shops are its health centre, two pharmacies and the hospital of its county, in this order; the
    second pharmacy often belongs to a chain. Each county also has a pharmacy for special medicine beside its
    hospital, and a doctor's clinic around the corner.
    """

    towns: list[Town]
    makers: list[Place]
    distributors: list[Place]
    shops: list[list[Place]]
    specials: list[Place]
    clinics: list[Place]
    insurer: Place
    regulator: Place
    app: Place
    commerce: Place
    tax: Place
    police: Place
    traders: list[Place]
    merchants: list[Place]
    backrooms: list[Place]

    def maker_of(self, number: int) -> Place:
        """Return the maker of the product with that number."""
        return self.makers[number % len(self.makers)]

    def distributor_of(self, town: int) -> Place:
        """Return the distributor that delivers to that town."""
        return self.distributors[town * len(self.distributors) // len(self.shops)]

    def served_by(self, distributor: Place) -> range:
        """Return the towns that a distributor delivers to: the inverse of `distributor_of`."""
        at, count, towns = self.distributors.index(distributor), len(self.distributors), len(self.shops)
        return range(-(-at * towns // count), -(-(at + 1) * towns // count))

    def special_of(self, town: int) -> Place:
        """Return the special-medicine pharmacy of a town's county."""
        return self.specials[self.towns[town].county]

    def clinic_of(self, town: int) -> Place:
        """Return the doctor's clinic of a town's county."""
        return self.clinics[self.towns[town].county]

    def traders_near(self, town: int) -> list[Place]:
        """Return the two wholesalers nearest to a town: small traders, and the merchants of those who deal."""
        return sorted([*self.traders, *self.merchants], key=lambda place: abs(place.town - town))[:2]

    @cached_property
    def further(self) -> dict[int, list[Place]]:
        """By town, the pharmacies that are not among its usual shops; honest people go there, too."""
        found: dict[int, list[Place]] = {}
        for place in self.backrooms:
            found.setdefault(place.town, []).append(place)
        return found

    @cached_property
    def chains(self) -> dict[int, list[Place]]:
        """The chains: by owner, the branches of those who have several."""
        found: dict[int, list[Place]] = {}
        for place in self.dispensers:
            found.setdefault(place.owner, []).append(place)
        return {owner: branches for owner, branches in found.items() if len(branches) > 1}

    @cached_property
    def dispensers(self) -> list[Place]:
        """Each place that hands out medicine, once, in the order of their numbers."""
        shops = {shop.number: shop for town in self.shops for shop in town}
        found = [*shops.values(), *self.specials, *self.clinics, *self.backrooms]
        return sorted(found, key=lambda place: place.number)

    def all(self) -> list[Place]:
        """Return each place once, in the order of their numbers."""
        offices = [self.insurer, self.regulator, self.app, self.commerce, self.tax, self.police]
        found = [*offices, *self.makers, *self.distributors, *self.traders, *self.merchants, *self.dispensers]
        return sorted(found, key=lambda place: place.number)


class _Founder:
    """Founds places, one number after the other."""

    def __init__(self, seed: int, towns: list[Town], rng: Random) -> None:
        self._seed = seed
        self._towns = towns
        self._rng = rng
        self._number = 0

    def found(self, kind: Trade | Office, town: int = 0, owner: int | None = None) -> Place:
        self._number += 1
        owner = self._number if owner is None else owner
        return Place(
            kind=kind,
            number=self._number,
            town=town,
            region=self._towns[town].region,
            point=nearby(self._towns[town].point, self._rng),
            owner=owner,
            party=party_uri(owner),
            site=site_uri(self._number),
            secret=sha256(f"packledger synthetic station {self._seed} {self._number}".encode()).digest(),
        )


class _Counties(_Founder):
    """Founds what hands out medicine, county by county."""

    def __init__(self, seed: int, towns: list[Town], rng: Random) -> None:
        super().__init__(seed, towns, rng)
        self.shops: list[list[Place]] = []
        self.specials: list[Place] = []
        self.clinics: list[Place] = []
        self._heads: dict[int, int] = {}

    def settle(self) -> None:
        for at, town in enumerate(self._towns):
            if town.rank == 0:
                hospital = self.found("hospital", at)
                self.specials.append(self._branch(at))
                self.clinics.append(self.found("clinic", at))
            self.shops.append([self.found("centre", at), self.found("pharmacy", at), self._branch(at), hospital])

    def _branch(self, town: int) -> Place:
        """Found a pharmacy that may belong to the chain of its neighbourhood."""
        if self._rng.random() >= _IN_CHAIN:
            return self.found("pharmacy", town)
        place = self.found("pharmacy", town, self._heads.get(town // _TOWNS_PER_CHAIN))
        self._heads.setdefault(town // _TOWNS_PER_CHAIN, place.number)
        return place


def settle(packs: int, seed: int, merchants: int) -> Places:
    """Found the places of a country of that many packs, with so many merchants who own a pharmacy each."""
    rng = Random(f"{seed}/land")  # noqa: S311 - a game, not a secret
    towns = survey(_town_count(packs), rng)
    land = _Counties(seed, towns, rng)
    count = len(towns)
    offices = [land.found(kind) for kind in ("insurer", "regulator", "app", "commerce", "tax", "police")]
    makers = [land.found("maker") for _ in range(_MAKERS)]
    quick = min(count, _TOWNS_QUICK) // _TOWNS_PER_DISTRIBUTOR
    later = max(0, count - _TOWNS_QUICK) // _TOWNS_PER_LATER_DISTRIBUTOR
    distributing = max(_DISTRIBUTORS_MIN, quick + later)
    distributors = [land.found("distributor", at * count // distributing) for at in range(distributing)]
    traders = [land.found("merchant", town) for town in range(0, count, _TOWNS_PER_TRADER)]
    land.settle()
    return Places(
        towns=towns,
        makers=makers,
        distributors=distributors,
        shops=land.shops,
        specials=land.specials,
        clinics=land.clinics,
        insurer=offices[0],
        regulator=offices[1],
        app=offices[2],
        commerce=offices[3],
        tax=offices[4],
        police=offices[5],
        traders=traders,
        merchants=[land.found("merchant", town % count) for town in range(merchants)],
        backrooms=[land.found("pharmacy", (town + count // 2) % count) for town in range(merchants)],
    )


def _town_count(packs: int) -> int:
    quick = packs // _PACKS_PER_TOWN
    if quick <= _TOWNS_QUICK:
        return max(_TOWNS_MIN, quick)
    return _TOWNS_QUICK + (packs - _TOWNS_QUICK * _PACKS_PER_TOWN) // _PACKS_PER_LATER_TOWN


def registrations(places: list[Place], valid_from: int, valid_until: int) -> Iterator[Registration]:
    """Yield parties, then sites, stations and keys: each refers to earlier ones only."""
    for place in places:
        if place.owner == place.number:
            name_en, name_zh = _names(place)
            yield Party(
                uri=place.party, name_en=name_en, name_zh=name_zh, roles=(_ROLES[place.kind],), region=place.region
            )
    for place in places:
        name_en, name_zh = _names(place)
        yield Site(
            uri=place.site,
            party=place.party,
            name_en=name_en,
            name_zh=name_zh,
            region=place.region,
            location=place.point.location,
        )
    for place in places:
        yield Station(uri=station_uri(place.number), site=place.site)
    for place in places:
        public = place.key.public
        yield Key(
            kid=public.thumbprint().hex(),
            station=station_uri(place.number),
            alg=EDDSA,
            public=public.raw.hex(),
            valid_from=valid_from,
            valid_until=valid_until,
        )


def _names(place: Place) -> tuple[str, str]:
    name_en, name_zh = _NAMES[place.kind]
    return name_en.format(place.number), name_zh.format(place.number)
