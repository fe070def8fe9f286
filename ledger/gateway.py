"""`gateway`: signs for parties that do not sign themselves, once they are known by an authenticated connection.

A party that lets the gateway sign has a station for it in the log, `https://<origin>/gateway/<number of the party>`.
So a statement that the gateway signed is one like every other: issued by the party, by a key of a station of that
party, whose name says that it was the gateway. Whoever verifies needs no rule for it, and a party's gateway can be
revoked alone. Decision: docs/decisions/0038-the-gateway-is-a-station.md.

Keys come from one secret of the gateway: one a station and year, good in that year alone. What is signed claims the
time of its body, so that the same body, handed in again at any time, becomes the same statement, to the byte; and the
ledger answers it as the first time.
"""

from __future__ import annotations

from calendar import timegm
from collections.abc import Callable, Sequence
from time import gmtime
from typing import Final

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger import canonical
from ledger.enrol import registering
from ledger.errors import LedgerError, Misuse, Refusal
from ledger.identity.registration import Key, Party, Registration, Site, Station
from ledger.identity.signer import require_valid
from ledger.log.keys import EDDSA, PrivateKey
from ledger.log.statement import sign_statement
from ledger.opening import Trust, issuer_of
from ledger.recording.outcome import Outcome
from ledger.store.access import roles_of_party, station_of
from ledger.store.database import Database
from ledger.store.registry import Registry, owner_of_site
from ledger.submission import Submission

__all__ = ["PATIENTS", "Gateway", "Patients", "Signed"]

PATIENTS: Final = "patients"
"""The last part of the URI of the party in whose name packs are checked by whoever holds them."""

_EARLIEST_YEAR: Final = 2000


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """What a statement is to say: as `sign_statement` takes it, but for issuer, key and digest."""

    subject: str
    kind: str
    media_type: str
    time: int
    body: bytes
    confidential: bytes | None = None


class Patients(msgspec.Struct, frozen=True):
    """In whose name patients check packs: numbers of party and station, URI of the site."""

    party: int
    station: int
    site: str


class Gateway:
    """Signs; safe to share between threads.

    Args:
        database: where the ledger lies; only read.
        trust, key: the ledger's name and key, which registers the gateway's keys.
        secret: the gateway's own, 32 bytes; all its keys come from it.
        record: records a registration.
        clock: now, in seconds since the epoch.
    """

    def __init__(
        self,
        database: Database,
        trust: Trust,
        key: PrivateKey,
        secret: bytes,
        record: Callable[[Submission], Outcome],
        clock: Callable[[], int],
    ) -> None:
        self._database = database
        self._trust = trust
        self._key = key
        self._secret = secret
        self._record = record
        self._clock = clock
        self._registry = Registry()

    def __repr__(self) -> str:
        return "Gateway()"  # never the secret

    def open_for(self, site: str) -> str:
        """Let the gateway sign for the party of this site, as a station there; return the station's URI.

        Raises:
            Misuse: `site-unknown`.
            Unavailable: as `Recorder.record`.
        """
        with self._database.read() as connection:
            party = owner_of_site(connection, site)
        if not party:
            raise Misuse("site-unknown", site)
        self._register(Station(uri=self._station(party), site=site))
        return self._station(party)

    def patients(self) -> Patients:
        """Return in whose name patients check packs; it is registered when it is not yet.

        Raises:
            Unavailable: as `Recorder.record`.
        """
        uri = f"{issuer_of(self._trust.origin)}/{PATIENTS}"
        site = f"{uri}/page"
        found = self._patients(uri, site)
        if found is None:
            names = {"name_en": "Checks by patients", "name_zh": "公众查验", "region": "000000"}
            self._register(Party(uri=uri, roles=("public",), **names))
            self._register(Site(uri=site, party=uri, **names))
            self.open_for(site)
            found = self._patients(uri, site)
        assert found is not None  # registrations stay
        return found

    def _patients(self, uri: str, site: str) -> Patients | None:
        with self._database.read() as connection:
            party = roles_of_party(connection, uri)
            place = None if party is None else station_of(connection, self._station(party[0]))
        return None if place is None else Patients(place[1], place[0], site)

    def sign(self, party: int, bodies: Sequence[Signed]) -> list[Submission]:
        """Return a statement of the party with this number over each body, ready to be recorded.

        Raises:
            Misuse: `gateway-closed` when this party does not let the gateway sign.
            Refusal: `key-outside-validity` for a time in no year of the gateway's; `key-…` when its key was revoked.
            Unavailable: as `Recorder.record`; nothing was signed.
        """
        station = self._station(party)
        with self._database.read() as connection:
            place = station_of(connection, station)
        if place is None or place[1] != party:
            raise Misuse("gateway-closed", "no station of the gateway is registered for this party")
        years = sorted({gmtime(each.time).tm_year for each in bodies})
        keys = {year: self._counting_key(station, year) for year in years}
        return [_sign(keys[gmtime(each.time).tm_year], place[2], each) for each in bodies]

    def _station(self, party: int) -> str:
        return f"{issuer_of(self._trust.origin)}/gateway/{party}"

    def _counting_key(self, station: str, year: int) -> PrivateKey:
        """Return the station's key of a year; it is registered, and counts."""
        if not _EARLIEST_YEAR <= year <= gmtime(self._clock()).tm_year + 1:
            raise Refusal("key-outside-validity", f"the gateway signs for no time in {year}")
        key = self._derived(station, year)
        with self._database.read() as connection:
            self._registry.refresh(connection)
            signer = self._registry.signer(connection, key.public.thumbprint())
        if signer is None:
            self._register(_registration(key, station, year))
        else:
            require_valid(signer, signer.valid_until)
        return key

    def _derived(self, station: str, year: int) -> PrivateKey:
        info = f"packledger gateway v1\0{station}\0{year}".encode()
        seed = HKDF(SHA256(), 32, salt=None, info=info).derive(self._secret)
        return PrivateKey.from_seed(EDDSA, seed)

    def _register(self, registration: Registration) -> None:
        outcome = self._record(registering(self._trust, self._key, registration, self._clock()))
        problem: LedgerError | None = outcome.problem
        if problem is not None and problem.code != "registration-exists":  # another process was first: as good
            raise problem


def _sign(key: PrivateKey, issuer: str, signed: Signed) -> Submission:
    statement = sign_statement(
        key, issuer=issuer, subject=signed.subject, issued_at=signed.time, kind=signed.kind,
        media_type=signed.media_type, digest=canonical.digest(signed.body),
    )  # fmt: skip
    return Submission(statement, signed.body, signed.confidential)


def _registration(key: PrivateKey, station: str, year: int) -> Key:
    public = key.public
    return Key(
        kid=public.thumbprint().hex(), station=station, alg=public.alg, public=public.raw.hex(),  # type: ignore[arg-type]
        valid_from=timegm((year, 1, 1, 0, 0, 0)), valid_until=timegm((year + 1, 1, 1, 0, 0, 0)) - 1,
    )  # fmt: skip
