"""Who asks: the `Authorization` header, and what the ledger knows of the key or token in it.

    Authorization: Bearer plk_…     an API key of the ledger (`ledger.access`)

Whoever shows nothing is the public. A key that is wrong, expired or revoked is refused, whatever the door: it is not
taken for none. What was found of a key is remembered for CALLER_SECONDS_MAX.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from api.batching import Batcher
from ledger.access import caller_of
from ledger.clock import Clock
from ledger.errors import Denied
from ledger.identity.access import PUBLIC, Caller
from ledger.identity.credential import ApiKeySecret, read_api_key
from ledger.limits import CALLER_SECONDS_MAX, CALLERS_REMEMBERED_MAX, HEADER_CHARACTERS_MAX, LOOKUPS_PER_QUERY_MAX
from ledger.store.access import Whose, find_api_keys
from ledger.store.database import Database

__all__ = ["Callers"]


class Callers:
    """Knows callers by what they show.

    Args:
        database: where API keys are kept.
        clock: decides whether a key has expired.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: OrderedDict[ApiKeySecret, tuple[Whose, int]] = OrderedDict()
        self._lookups: Batcher[ApiKeySecret, Whose | None] = Batcher(
            "callers", self._look_up, batch_max=LOOKUPS_PER_QUERY_MAX
        )

    async def caller_of(self, authorization: str | None) -> Caller:
        """Return who shows this header.

        Raises:
            Denied: `access-unknown`.
        """
        if authorization is None:
            return PUBLIC
        scheme, _, shown = authorization.partition(" ")
        if scheme.lower() != "bearer" or len(authorization) > HEADER_CHARACTERS_MAX:
            raise Denied("access-unknown", "show an API key: Authorization: Bearer plk_…")
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
