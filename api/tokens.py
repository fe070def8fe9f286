"""Tokens of other sign-on services: JWTs as OpenID Connect gives them, verified by the keys that the settings name.

    1. signed by one of the service's keys, by an algorithm of ours, never one that the token chooses
    2. issued by that service, for us, and in time
    3. its claims name a registered party and roles: of these, those count that the party has

The keys come from a file in the home, or from the service's address: https alone, but for this machine itself; one
answer of bounded size within bounded time, no redirection, asked for again after KEYS_SECONDS_MAX, or sooner, when a
token names a key that is not among them: then at most once in KEYS_SECONDS_MIN, whatever tokens come.

The claims are `packledger_party`, the party's URI, and `packledger_roles`, a list; an officer's token names in
`packledger_station` the station of that party as which they act. Who the person is stays with the
service: here they have a name made of a hash of issuer and subject, for rates and the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

import jwt
from jwt import PyJWK, PyJWKSet

from ledger.clock import Clock
from ledger.durable import read_whole
from ledger.errors import Denied, LedgerError, Misuse, Unavailable
from ledger.identity.access import ROLES, Caller
from ledger.limits import (
    CLOCK_SKEW_SECONDS_MAX,
    KEY_SET_BYTES_MAX,
    KEY_SET_SECONDS_MAX,
    KEYS_SECONDS_MAX,
    KEYS_SECONDS_MIN,
)
from ledger.settings import Settings
from ledger.store.access import roles_of_party, site_of_station, station_of
from ledger.store.database import Connection, Database
from ledger.web import Web, require_url

__all__ = ["PARTY_CLAIM", "ROLES_CLAIM", "STATION_CLAIM", "KeySet", "Tokens"]

PARTY_CLAIM: Final = "packledger_party"
STATION_CLAIM: Final = "packledger_station"
ROLES_CLAIM: Final = "packledger_roles"
_ALGORITHMS: Final = ("ES256", "EdDSA", "RS256", "PS256")
_REQUIRED: Final = ("aud", "exp", "iss", "sub")


class KeySet:
    """The keys of a sign-on service, from its address; for one thread at a time.

    Args:
        url: where its JWK set is.
        timer: seconds that only ever grow.

    Raises:
        Misuse: `settings-malformed` for an address that others on the way could answer.
    """

    def __init__(self, url: str, timer: Callable[[], float] = monotonic) -> None:
        _require_private(url)
        self._url = url
        self._timer = timer
        self._web = Web(seconds=KEY_SET_SECONDS_MAX, attempts=1)
        self._keys: list[PyJWK] = []
        self._fetched: float | None = None
        self._tried: float | None = None

    def find(self, kid: str | None) -> PyJWK:
        """Return the key of this name.

        Raises:
            Denied: `access-unknown` when the service has none of this name, or several.
            Unavailable: `token-keys-unavailable` when the keys had to be asked for, and were not given.
        """
        now = self._timer()
        found = self._named(kid)
        is_old = self._fetched is None or now - self._fetched >= KEYS_SECONDS_MAX
        may_ask = self._tried is None or now - self._tried >= KEYS_SECONDS_MIN
        if (is_old or not found) and may_ask:
            self._tried = now
            self._keys = self._fetch()
            self._fetched = now
            found = self._named(kid)
        elif is_old:
            raise Unavailable("token-keys-unavailable", "asked a moment ago")
        if len(found) != 1:
            raise Denied("access-unknown", "token: no such key")
        return found[0]

    def _named(self, kid: str | None) -> list[PyJWK]:
        return [key for key in self._keys if key.key_id == kid and kid is not None]

    def _fetch(self) -> list[PyJWK]:
        try:
            answer = self._web.get(self._url, KEY_SET_BYTES_MAX)
            if answer.status != 200:
                raise Unavailable("token-keys-unavailable", f"status {answer.status}")
            return list(PyJWKSet.from_json(answer.content.decode()).keys)
        except LedgerError as error:
            raise Unavailable("token-keys-unavailable", error.detail or error.code) from None
        except (ValueError, TypeError, AttributeError, RecursionError, jwt.PyJWTError) as error:
            raise Unavailable("token-keys-unavailable", type(error).__name__) from None


def _require_private(url: str) -> None:
    """Refuse an address at which anybody on the way could answer in the service's name."""
    try:
        require_url(url)
        parts = urlsplit(url)
        if parts.scheme == "https" or parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback:
            return
    except (LedgerError, ValueError):
        pass
    raise Misuse("settings-malformed", "oidc_keys: an https:// address; http:// for this machine alone")


class Tokens:
    """Verifies tokens; slow, for threads: keys may have to be fetched.

    Args:
        settings: the service's issuer, its keys, and our name as audience.
        database: where parties are registered.
        clock: decides whether a token is in time.

    Raises:
        Misuse: `settings-malformed` when the file of keys is none.
    """

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self._issuer, self._audience = settings.oidc_issuer, settings.oidc_audience
        self._database = database
        self._clock = clock
        self._file: PyJWKSet | None = None
        self._service: KeySet | None = None
        if settings.oidc_keys.startswith(("https:", "http:")):
            self._service = KeySet(settings.oidc_keys)
        else:
            self._file = _read_keys(settings.home / settings.oidc_keys)

    def callers_of(self, tokens: Sequence[str]) -> list[Caller | LedgerError]:
        """Return who shows each of these tokens, or why it does not count."""
        with self._database.read() as connection:
            return [self._caller(connection, token) for token in tokens]

    def _caller(self, connection: Connection, token: str) -> Caller | LedgerError:
        try:
            # 1. 2.
            claims = self._claims(token)
            # 3.
            return _holder(connection, claims)
        except LedgerError as error:
            return error

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            key = self._key(token)
            claims: dict[str, Any] = jwt.decode(
                token, key, algorithms=list(_ALGORITHMS), audience=self._audience, issuer=self._issuer,
                options={
                    "require": list(_REQUIRED), "verify_exp": False, "verify_nbf": False, "verify_iat": False,
                    "enforce_minimum_key_length": True,
                },
            )  # fmt: skip
        except jwt.PyJWTError as error:
            raise Denied("access-unknown", f"token: {type(error).__name__}") from None
        self._require_in_time(claims)
        return claims

    def _key(self, token: str) -> PyJWK:
        kid = jwt.get_unverified_header(token).get("kid")
        if self._service is not None:
            return self._service.find(kid)
        assert self._file is not None
        found = [key for key in self._file.keys if key.key_id == kid and kid is not None]
        if len(found) != 1:
            raise Denied("access-unknown", "token: no such key")
        return found[0]

    def _require_in_time(self, claims: dict[str, Any]) -> None:
        """Hold a token's times against the ledger's own clock, with what clocks may differ by."""
        now = self._clock()
        expires, begins = claims["exp"], claims.get("nbf", 0)
        if not all(isinstance(each, int | float) for each in (expires, begins)):
            raise Denied("access-unknown", "token: its times are no numbers")
        if now >= expires or begins > now + CLOCK_SKEW_SECONDS_MAX:
            raise Denied("access-unknown", "token: not now")


def _read_keys(path: Path) -> PyJWKSet:
    try:
        return PyJWKSet.from_json(read_whole(path, KEY_SET_BYTES_MAX).decode())
    except (LedgerError, OSError, ValueError, jwt.PyJWTError) as error:
        raise Misuse("settings-malformed", f"oidc_keys: {type(error).__name__}") from None


def _holder(connection: Connection, claims: dict[str, Any]) -> Caller:
    party, roles = claims.get(PARTY_CLAIM), claims.get(ROLES_CLAIM)
    if not isinstance(party, str) or not isinstance(roles, list):
        raise Denied("access-unknown", f"token: without {PARTY_CLAIM} and {ROLES_CLAIM}")
    found = roles_of_party(connection, party)
    if found is None:
        raise Denied("access-unknown", "token: no such party")
    number, held = found
    counting = frozenset(role for role in ROLES if role in roles and role in held.split(" "))
    name = sha256(f"{claims['iss']}\n{claims['sub']}".encode()).hexdigest()[:16]
    station, site = _place(connection, claims.get(STATION_CLAIM), number)
    return Caller(name=f"token-{name}", party=number, site=site, station=station, roles=counting)


def _place(connection: Connection, uri: object, party: int) -> tuple[int, int]:
    """Return the numbers of the station that a token names and of its site; zeros when it names none."""
    if uri is None:
        return 0, 0
    found = station_of(connection, uri) if isinstance(uri, str) else None
    if found is None or found[1] != party:
        raise Denied("access-unknown", "token: no such station of this party")
    return found[0], site_of_station(connection, found[0])
