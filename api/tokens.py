"""Tokens of other sign-on services: JWTs as OpenID Connect gives them, verified by the keys that the settings name.

    1. signed by one of the service's keys, by an algorithm of ours, never one that the token chooses
    2. issued by that service, for us, and in time
    3. its claims name a registered party and roles: of these, those count that the party has

The claims are `packledger_party`, the party's URI, and `packledger_roles`, a list. Who the person is stays with the
service: here they have a name made of a hash of issuer and subject, for rates and the journal.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import jwt
from jwt import PyJWK, PyJWKClient, PyJWKSet

from ledger.clock import Clock
from ledger.errors import Denied, LedgerError, Misuse, Unavailable
from ledger.identity.access import ROLES, Caller
from ledger.limits import CLOCK_SKEW_SECONDS_MAX
from ledger.settings import Settings
from ledger.store.access import roles_of_party
from ledger.store.database import Connection, Database

__all__ = ["PARTY_CLAIM", "ROLES_CLAIM", "Tokens"]

PARTY_CLAIM: Final = "packledger_party"
ROLES_CLAIM: Final = "packledger_roles"
_ALGORITHMS: Final = ("ES256", "EdDSA", "RS256", "PS256")
_REQUIRED: Final = ("aud", "exp", "iss", "sub")
_KEYS_SECONDS: Final = 600
_FETCH_SECONDS: Final = 5


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
        self._client: PyJWKClient | None = None
        if settings.oidc_keys.startswith("https://"):
            self._client = PyJWKClient(settings.oidc_keys, lifespan=_KEYS_SECONDS, timeout=_FETCH_SECONDS)
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
        except jwt.PyJWKClientConnectionError:
            raise Unavailable("token-keys-unavailable") from None
        except jwt.PyJWTError as error:
            raise Denied("access-unknown", f"token: {type(error).__name__}") from None
        self._require_in_time(claims)
        return claims

    def _key(self, token: str) -> PyJWK:
        if self._client is not None:
            return self._client.get_signing_key_from_jwt(token)
        assert self._file is not None
        kid = jwt.get_unverified_header(token).get("kid")
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
        return PyJWKSet.from_json(path.read_text("utf-8"))
    except (OSError, ValueError, jwt.PyJWTError) as error:
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
    return Caller(name=f"token-{name}", party=number, roles=counting)
