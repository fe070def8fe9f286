"""Registrations: the ledger's own statements about who may sign, and what a product is.

Parties, sites, stations, keys and products enter the ledger as statements signed by the ledger's key,
through the same door and into the same log as every event. So the tables of `store` that hold them are
derived, and verification compares every row with the statement that made it.

The body of a registration is canonical JSON (`ledger.canonical`), media type
`application/vnd.packledger.<kind>+json`:

>>> body = make_registration(Site(uri="https://id.gs1.org/414/6901234000016", party="https://id.gs1.org/417/"
...     "6901234000009", name_en="Shop 1", name_zh="一店", region="610800"))
>>> body.decode()[:54]
'{"name_en":"Shop 1","name_zh":"一店","party":"https://id'
>>> parse_registration("site", body).region
'610800'
"""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from ledger import canonical
from ledger.errors import FormatError
from ledger.limits import URI_CHARACTERS_MAX
from ledger.log.keys import PublicKey

__all__ = [
    "REGISTRATIONS",
    "Erasure",
    "Key",
    "Party",
    "Product",
    "Registration",
    "Revocation",
    "Site",
    "Station",
    "is_uri",
    "kind_of",
    "make_registration",
    "media_type_of",
    "parse_registration",
    "subject_of",
]

_URI: Final = r"^[a-z][a-z0-9+.-]*:[!-~]+\Z"
Uri = Annotated[str, Meta(pattern=_URI, max_length=URI_CHARACTERS_MAX)]
Name = Annotated[str, Meta(min_length=1, max_length=120)]
Hex32 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Hex16 = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
Region = Annotated[str, Meta(pattern=r"^[0-9]{6}\Z")]
# RFC 5870 without its optional parts; six decimals are a hand's breadth.
Location = Annotated[str, Meta(pattern=r"^geo:-?[0-9]{1,2}(?:\.[0-9]{1,6})?,-?[0-9]{1,3}(?:\.[0-9]{1,6})?\Z")]
Seconds = Annotated[int, Meta(ge=0, le=2**40)]
Role = Literal[
    "manufacturer", "distributor", "dispenser", "insurer", "medicine", "commerce", "tax", "police",
    "auditor", "operator", "public",
]  # fmt: skip


class Party(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An organisation, and what it may do."""

    uri: Uri
    name_en: Name
    name_zh: Name
    roles: Annotated[tuple[Role, ...], Meta(min_length=1, max_length=11)]
    region: Region


class Site(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One place of a party; `region` is the six-digit division code (GB/T 2260), `location` where it stands."""

    uri: Uri
    party: Uri
    name_en: Name
    name_zh: Name
    region: Region
    location: Location | None = None

    @property
    def degrees(self) -> tuple[float, float] | None:
        """Latitude and longitude (WGS 84), when the registration tells them."""
        if self.location is None:
            return None
        latitude, longitude = self.location.removeprefix("geo:").split(",")
        return float(latitude), float(longitude)


class Station(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One device at a site."""

    uri: Uri
    site: Uri


class Key(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A station's public key: `kid` is its thumbprint (RFC 9679), times are seconds since the epoch.

    `keeper` says that not the station has the private half, but the ledger's gateway, which signs for its officer.
    """

    kid: Hex32
    station: Uri
    alg: Literal[-8, -7]
    public: Annotated[str, Meta(pattern=r"^([0-9a-f]{2}){32,65}\Z")]
    valid_from: Seconds
    valid_until: Seconds
    keeper: Literal["gateway"] | None = None


class Revocation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key ends: `retired` in good order, or `compromised`, that is in others' hands `since` that time."""

    kid: Hex32
    reason: Literal["retired", "compromised"]
    since: Seconds


class Product(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the first seven digits of a national code, or a GTIN-14, stand for; `strength` as printed on it."""

    id: Annotated[str, Meta(pattern=r"^(8[0-9]{6}|[0-9]{14})\Z")]
    maker: Uri
    name_en: Name
    name_zh: Name
    price_cents: Annotated[int, Meta(ge=0, le=10**9)]
    weight_milligrams: Annotated[int, Meta(ge=1, le=10**9)]
    supply_days: Annotated[int, Meta(ge=1, le=3650)]
    strength: Name | None = None


class Erasure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person's data key was destroyed; `person` is the pseudonym."""

    person: Hex16
    reason: Name


Registration = Party | Site | Station | Key | Revocation | Product | Erasure

REGISTRATIONS: Final[dict[str, type[Registration]]] = {
    "party": Party,
    "site": Site,
    "station": Station,
    "key": Key,
    "key-revocation": Revocation,
    "product": Product,
    "erasure": Erasure,
}
_KINDS: Final = {registration: kind for kind, registration in REGISTRATIONS.items()}


def is_uri(text: str) -> bool:
    """Tell whether a party, a site or a station may have this name."""
    return len(text) <= URI_CHARACTERS_MAX and re.match(_URI, text) is not None


def kind_of(registration: Registration) -> str:
    """Return the kind that its statement claims."""
    return _KINDS[type(registration)]


def media_type_of(kind: str) -> str:
    """Return the media type of a registration's body."""
    return f"application/vnd.packledger.{kind}+json"


def subject_of(registration: Registration) -> str:
    """Return the URI that its statement names as subject."""
    match registration:
        case Key() | Revocation():
            return f"urn:packledger:key:{registration.kid}"
        case Product():
            return f"urn:packledger:product:{registration.id}"
        case Erasure():
            return f"urn:packledger:person:{registration.person}"
        case _:
            return registration.uri


def make_registration(registration: Registration) -> bytes:
    """Return the canonical body.

    Raises:
        FormatError: `json-profile` when a text is not NFC.
    """
    return canonical.dumps(msgspec.to_builtins(registration))


def parse_registration(kind: str, body: bytes) -> Registration:
    """Read the body of a registration of that kind.

    Raises:
        FormatError: `registration-malformed` when a field is missing, unknown or out of its bounds, or the
            body is not canonical; `key-malformed`, `key-weak` for a public key that cannot be one.
    """
    value = canonical.loads(body)
    try:
        registration: Registration = msgspec.convert(value, REGISTRATIONS[kind])
    except msgspec.ValidationError as error:
        raise FormatError("registration-malformed", f"{kind}: {error}") from None
    if make_registration(registration) != body:
        raise FormatError("registration-malformed", f"{kind}: not in canonical form")
    if isinstance(registration, Site) and not _on_earth(registration.degrees):
        raise FormatError("registration-malformed", "site: location is not on earth")
    if isinstance(registration, Key):
        public = PublicKey.load(registration.alg, bytes.fromhex(registration.public))
        if public.thumbprint().hex() != registration.kid:
            raise FormatError("registration-malformed", "key: kid is not the key's thumbprint")
    return registration


def _on_earth(degrees: tuple[float, float] | None) -> bool:
    return degrees is None or (abs(degrees[0]) <= 90 and abs(degrees[1]) <= 180)
