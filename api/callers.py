"""Who asks: the `Authorization` header, and what the ledger knows of the key or token in it.

    Authorization: Bearer plk_…     an API key of the ledger (`ledger.access`)
    Authorization: Bearer eyJ…      a token of the sign-on service that the settings name (`api.tokens`)

Whoever shows nothing is the public. A key or token that is wrong, expired or revoked is refused, whatever the door: it
is not taken for none. What was found of a key is remembered for CALLER_SECONDS_MAX; a token is verified each time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from api.batching import Batcher
from api.tokens import Tokens
from ledger.access import caller_of
from ledger.clock import Clock
from ledger.errors import Denied, LedgerError
from ledger.identity.access import PUBLIC, Caller
from ledger.identity.credential import ApiKeySecret, is_api_key, read_api_key
from ledger.limits import CALLER_SECONDS_MAX, CALLERS_REMEMBERED_MAX, HEADER_CHARACTERS_MAX, LOOKUPS_PER_QUERY_MAX
from ledger.store.access import Whose, find_api_keys
from ledger.store.database import Database

__all__ = ["Callers"]


class Callers:
    """Knows callers by what they show.

    Args:
        database: where API keys are kept.
        clock: decides whether a key has expired.
        tokens: verifies tokens; None when no sign-on service is believed.
    """

    def __init__(self, database: Database, clock: Clock, tokens: Tokens | None) -> None:
        self._database = database
        self._clock = clock
        self._known: OrderedDict[ApiKeySecret, tuple[Whose, int]] = OrderedDict()
        self._lookups: Batcher[ApiKeySecret, Whose | None] = Batcher(
            "callers", self._look_up, batch_max=LOOKUPS_PER_QUERY_MAX
        )
        self._tokens: Batcher[str, Caller | LedgerError] | None = None
        if tokens is not None:
            self._tokens = Batcher("tokens", tokens.callers_of, batch_max=LOOKUPS_PER_QUERY_MAX)

    async def caller_of(self, authorization: str | None) -> Caller:
        """Return who shows this header.

        Raises:
            Denied: `access-unknown`.
            Unavailable: `token-keys-unavailable`; the database failed.
        """
        if authorization is None:
            return PUBLIC
        scheme, _, shown = authorization.partition(" ")
        if scheme.lower() != "bearer" or len(authorization) > HEADER_CHARACTERS_MAX:
            raise Denied("access-unknown", "show an API key: Authorization: Bearer plk_…")
        if self._tokens is not None and not is_api_key(shown):
            caller = await self._tokens.ask(shown.strip())
            if isinstance(caller, LedgerError):
                raise caller
            return caller
        secret = read_api_key(shown.strip())
        if secret is None:
            raise Denied("access-unknown", "this has not the form of an API key")
        return await self._holder(secret)

    async def _holder(self, secret: ApiKeySecret) -> Caller:
        now = self._clock()
        whose, until = self._known.get(secret, (None, 0))
        if whose is None or now >= until:
            whose = await self._lookups.ask(secret)
            if whose is None:
                raise Denied("access-unknown", "there is no such API key")
            self._remember(secret, whose, now)
        caller = caller_of(whose, now)
        if caller is None:
            raise Denied("access-unknown", "this API key has ended")
        return caller

    def _remember(self, secret: ApiKeySecret, whose: Whose, now: int) -> None:
        self._known[secret] = (whose, now + CALLER_SECONDS_MAX)
        self._known.move_to_end(secret)
        if len(self._known) > CALLERS_REMEMBERED_MAX:
            self._known.popitem(last=False)

    def _look_up(self, secrets: Sequence[ApiKeySecret]) -> Sequence[Whose | None]:
        with self._database.read() as connection:
            found = find_api_keys(connection, [secret.id for secret in secrets])
        return [
            whose if (whose := found.get(secret.id)) is not None and secret.is_kept_as(whose.key.digest) else None
            for secret in secrets
        ]

    def close(self) -> None:
        """Stop."""
        self._lookups.close()
        if self._tokens is not None:
            self._tokens.close()
