"""Officers: people who act for an office through the ledger's own door, each as a station of that office.

    1. the station is registered, for an office
    2. the gateway's key for it is registered, unless one counts already
    3. an API key, bound to that station, is what the officer shows

Whoever shows that key then acts as that station: the gateway signs (`identity.officer_keys`).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from ledger.access import new_api_key
from ledger.casework import Desk, record_papers
from ledger.clock import Clock, Randomness
from ledger.enrol import registering
from ledger.errors import Denied, Misuse
from ledger.identity.access import Caller
from ledger.identity.officer_keys import OfficerKeys
from ledger.identity.registration import Key
from ledger.log.keys import EDDSA, PrivateKey
from ledger.opening import Ledger
from ledger.papers.paper import OFFICES
from ledger.record import Recorder
from ledger.store.access import insert_api_key, keys_of_station, station_of
from ledger.store.database import Connection
from ledger.store.registry import Registry

__all__ = ["Appointed", "Officers"]

_VALID_SECONDS: Final = 5 * 365 * 86_400


class Appointed(NamedTuple):
    """What an officer is told: the station as which they act, its key's thumbprint, the API key, shown this once."""

    station: str
    kid: bytes
    api_key: str


class Officers:
    """Knows the officers of one open ledger.

    Args:
        ledger, recorder: where they act.
        keys: those that the gateway keeps for them.
        clock, random: times and ids of what they do.
    """

    def __init__(
        self, ledger: Ledger, recorder: Recorder, keys: OfficerKeys, clock: Clock, random: Randomness
    ) -> None:
        self._ledger = ledger
        self._recorder = recorder
        self._keys = keys
        self._clock = clock
        self._random = random

    def appoint(self, station: str, roles: Collection[str], label: str, expires: int) -> Appointed:
        """Let somebody act as a station of an office, in some of its roles.

        Raises:
            Misuse: `station-unknown`; `role-not-held` when the party has them not, or they are no office's.
        """
        now = self._clock()
        with self._ledger.database.read() as connection:
            # 1.
            place = station_of(connection, station)
            if place is None:
                raise Misuse("station-unknown", station)
            number, party, _, held = place
            if not roles or not set(roles) <= OFFICES & set(held.split(" ")):
                raise Misuse("role-not-held", f"the party has: {held}")
            private = self._key(connection, number, now)
        # 2.
        if private is None:
            private = self._keys.key(station, now)
            public = private.public
            registration = Key(
                kid=public.thumbprint().hex(), station=station, alg=EDDSA, public=public.raw.hex(),
                valid_from=now, valid_until=now + _VALID_SECONDS, keeper="gateway",
            )  # fmt: skip
            own = registering(self._ledger.trust, self._ledger.key, registration, now)
            record_papers(self._recorder, [own])
        # 3.
        key, secret = new_api_key(
            party, station=number, roles=roles, label=label, now=now, expires=expires, random=self._random
        )
        with self._ledger.database.write() as connection:
            insert_api_key(connection, key)
        return Appointed(station, private.public.thumbprint(), secret)

    def desk(self, caller: Caller) -> Desk:
        """Return the desk of the officer who asks.

        Raises:
            Denied: `officer-unknown` when the key or token is no officer's, or the gateway's key for them ended.
        """
        with self._ledger.database.read() as connection:
            private = self._key(connection, caller.station, self._clock()) if caller.station else None
        if private is None:
            raise Denied("officer-unknown")
        return Desk(self._ledger, self._recorder, private, self._clock, self._random)

    def _key(self, connection: Connection, station: int, now: int) -> PrivateKey | None:
        """Return the gateway's newest key for a station that counts now."""
        for uri, kid, valid_from in keys_of_station(connection, station):
            private = self._keys.key(uri, valid_from)
            signer = Registry().signer(connection, kid)  # what another process revoked counts at once
            assert signer is not None  # its row was just read
            if private.public.thumbprint() == kid and signer.revoked is None and now <= signer.valid_until:
                return private
        return None
