"""A directory in memory: registrations of one file, by the same names as the store's registry has them."""

from __future__ import annotations

from typing import TypeVar

from ledger.errors import NotVerified
from ledger.identity.registration import (
    Erasure,
    Key,
    Party,
    Product,
    Registration,
    Revocation,
    Site,
    Station,
)
from ledger.identity.signer import Revoked, Signer
from ledger.log.keys import PublicKey

__all__ = ["Directory"]

_Name = TypeVar("_Name")
_Value = TypeVar("_Value")


class Directory:
    """Registrations enter one by one, each after what it refers to; then signers can be asked for."""

    def __init__(self) -> None:
        self._parties: dict[str, tuple[int, Party]] = {}
        self._sites: dict[str, tuple[int, Site]] = {}
        self._stations: dict[str, tuple[int, Station]] = {}
        self._keys: dict[bytes, tuple[int, Key]] = {}
        self._revocations: dict[bytes, Revoked] = {}

    def add(self, registration: Registration, number: int) -> None:
        """Enter a registration with its log index.

        Raises:
            NotVerified: `registration-reference-unknown`, `registration-exists`.
        """
        match registration:
            case Party():
                _enter(self._parties, registration.uri, (number, registration))
            case Site():
                _require(self._parties, registration.party)
                _enter(self._sites, registration.uri, (number, registration))
            case Station():
                _require(self._sites, registration.site)
                _enter(self._stations, registration.uri, (number, registration))
            case Key():
                _require(self._stations, registration.station)
                _enter(self._keys, bytes.fromhex(registration.kid), (number, registration))
            case Revocation():
                kid = bytes.fromhex(registration.kid)
                _require(self._keys, kid)
                _enter(self._revocations, kid, Revoked(number, registration.reason, registration.since))
            case Product() | Erasure():
                pass

    def signer(self, kid: bytes) -> Signer | None:
        """Return the key with this thumbprint, or None when no registration names it."""
        found = self._keys.get(kid)
        if found is None:
            return None
        number, key = found
        station_number, station = self._stations[key.station]
        site_number, site = self._sites[station.site]
        party_number, party = self._parties[site.party]
        return Signer(
            number=number,
            kid=kid,
            public=PublicKey.load(key.alg, bytes.fromhex(key.public)),
            valid_from=key.valid_from,
            valid_until=key.valid_until,
            station=station_number,
            site=site_number,
            party=party_number,
            party_uri=party.uri,
            roles=frozenset(party.roles),
            revoked=self._revocations.get(kid),
        )

    def party(self, uri: str) -> tuple[int, Party] | None:
        """Return number and registration of the party with this URI, or None when none has it."""
        return self._parties.get(uri)

    def party_numbered(self, number: int) -> Party | None:
        """Return the party that the registration at this log index made."""
        return next((party for at, party in self._parties.values() if at == number), None)

    def party_name(self, number: int) -> tuple[str, str]:
        """Return (English, Chinese) name of the party with this number; empty texts when it is unknown."""
        party = self.party_numbered(number)
        return ("", "") if party is None else (party.name_en, party.name_zh)


def _enter(table: dict[_Name, _Value], name: _Name, value: _Value) -> None:
    if name in table:
        raise NotVerified("registration-exists", "registered twice")
    table[name] = value


def _require(table: dict[_Name, _Value], name: _Name) -> None:
    if name not in table:
        raise NotVerified("registration-reference-unknown")
