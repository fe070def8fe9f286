"""Who is who in the synthetic country: organisations, each with one site, one station and one signing key."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from ledger.identity.registration import Key, Party, Registration, Role, Site, Station
from ledger.log.keys import EDDSA, PrivateKey
from ledger.nation.numbers import party_uri, region, site_uri, station_uri

__all__ = ["Office", "Place", "Places", "Trade", "registrations", "settle"]

Trade = Literal["maker", "distributor", "hospital", "centre", "pharmacy", "merchant"]
Office = Literal["insurer", "regulator", "app"]

_ROLES: dict[Trade | Office, Role] = {
    "maker": "manufacturer",
    "distributor": "distributor",
    "merchant": "distributor",
    "hospital": "dispenser",
    "centre": "dispenser",
    "pharmacy": "dispenser",
    "insurer": "insurer",
    "regulator": "medicine",
    "app": "public",
}
_NAMES: dict[Trade | Office, tuple[str, str]] = {
    "maker": ("Synthetic Pharma {}", "合成制药{}"),
    "distributor": ("Synthetic Distributor {}", "合成医药配送{}"),
    "merchant": ("Synthetic Merchant {}", "合成商贸{}"),
    "hospital": ("Synthetic Hospital {}", "合成医院{}"),
    "centre": ("Synthetic Health Centre {}", "合成卫生院{}"),
    "pharmacy": ("Synthetic Pharmacy {}", "合成药房{}"),
    "insurer": ("Synthetic Insurance Fund {}", "合成医保中心{}"),
    "regulator": ("Synthetic Medicine Authority {}", "合成药监局{}"),
    "app": ("Synthetic Pack Check {}", "合成扫码查询{}"),
}

# A country of this many packs has one more town, and so one more health centre and two more pharmacies.
_PACKS_PER_TOWN = 700
_TOWNS_MIN, _TOWNS_MAX = 3, 300
_TOWNS_PER_COUNTY = 3
_COUNTIES_PER_PROVINCE = 33  # three provinces hold every county of the largest country
_TOWNS_PER_DISTRIBUTOR = 6
_DISTRIBUTORS_MIN = 2
_MAKERS = 4


@dataclass(frozen=True, eq=False, slots=True)
class Place:
    """An organisation at its one place.

    Attributes:
        kind: what it is; decides its role.
        number: counts places of the country; names and URIs come from it.
        town: the town it is in, counted from 0; neighbours have neighbouring numbers.
        key: the station's private key, made from the seed of the country and therefore no secret.
    """

    kind: Trade | Office
    number: int
    town: int
    key: PrivateKey

    @property
    def party(self) -> str:
        """The organisation's URI."""
        return party_uri(self.number)

    @property
    def site(self) -> str:
        """The URI of its place."""
        return site_uri(self.number)

    @property
    def region(self) -> str:
        """The division code of its town."""
        county = self.town // _TOWNS_PER_COUNTY
        province, within = divmod(county, _COUNTIES_PER_PROVINCE)
        return region(province, within + 1, self.town % _TOWNS_PER_COUNTY + 1)


@dataclass(frozen=True, slots=True)
class Places:
    """Every place of the country; `shops[town]` are those that hand out medicine to its people.

    A town's shops are its health centre, two pharmacies and the hospital of its county, in this order.
    """

    makers: list[Place]
    distributors: list[Place]
    shops: list[list[Place]]
    insurer: Place
    regulator: Place
    app: Place
    merchants: list[Place]
    backrooms: list[Place]

    def maker_of(self, number: int) -> Place:
        """Return the maker of the product with that number."""
        return self.makers[number % len(self.makers)]

    def distributor_of(self, town: int) -> Place:
        """Return the distributor that delivers to that town."""
        return self.distributors[town * len(self.distributors) // len(self.shops)]

    def all(self) -> list[Place]:
        """Return each place once, in the order of their numbers."""
        shops = {shop.number: shop for town in self.shops for shop in town}
        rest = [*self.makers, *self.distributors, self.insurer, self.regulator, self.app]
        rest += [*self.merchants, *self.backrooms]
        return sorted([*shops.values(), *rest], key=lambda place: place.number)


class _Land:
    """Gives out places, one number after the other."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._number = 0

    def found(self, kind: Trade | Office, town: int = 0) -> Place:
        self._number += 1
        secret = sha256(f"packledger synthetic station {self._seed} {self._number}".encode()).digest()
        return Place(kind, self._number, town, PrivateKey.from_seed(EDDSA, secret))


def settle(packs: int, seed: int, merchants: int) -> Places:
    """Found the places of a country of that many packs, with so many merchants who own a pharmacy each."""
    land = _Land(seed)
    towns = max(_TOWNS_MIN, min(_TOWNS_MAX, packs // _PACKS_PER_TOWN))
    offices = [land.found(kind) for kind in ("insurer", "regulator", "app")]
    makers = [land.found("maker") for _ in range(_MAKERS)]
    distributing = max(_DISTRIBUTORS_MIN, towns // _TOWNS_PER_DISTRIBUTOR)
    distributors = [land.found("distributor", at * towns // distributing) for at in range(distributing)]
    shops = []
    for town in range(towns):
        if town % _TOWNS_PER_COUNTY == 0:
            hospital = land.found("hospital", town)
        centre, first, second = (land.found(kind, town) for kind in ("centre", "pharmacy", "pharmacy"))
        shops.append([centre, first, second, hospital])
    return Places(
        makers=makers,
        distributors=distributors,
        shops=shops,
        insurer=offices[0],
        regulator=offices[1],
        app=offices[2],
        merchants=[land.found("merchant", town % towns) for town in range(merchants)],
        backrooms=[land.found("pharmacy", (town + towns // 2) % towns) for town in range(merchants)],
    )


def registrations(places: list[Place], valid_from: int, valid_until: int) -> list[Registration]:
    """Return parties, then sites, stations and keys: each refers to earlier ones only."""
    parties, sites, stations, keys = [], [], [], []
    for place in places:
        name_en, name_zh = (name.format(place.number) for name in _NAMES[place.kind])
        public = place.key.public
        parties.append(
            Party(
                uri=place.party,
                name_en=name_en,
                name_zh=name_zh,
                roles=(_ROLES[place.kind],),
                region=place.region,
            )
        )
        sites.append(
            Site(uri=place.site, party=place.party, name_en=name_en, name_zh=name_zh, region=place.region)
        )
        stations.append(Station(uri=station_uri(place.number), site=place.site))
        keys.append(
            Key(
                kid=public.thumbprint().hex(),
                station=station_uri(place.number),
                alg=EDDSA,
                public=public.raw.hex(),
                valid_from=valid_from,
                valid_until=valid_until,
            )
        )
    return [*parties, *sites, *stations, *keys]
