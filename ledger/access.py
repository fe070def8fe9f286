"""API keys: given to a party for some of its roles, shown once, ended by their time or by hand.

    1. whose key is it: a registered party, and only roles that it has
    2. draw the secret; keep its digest; show it, this once

Whoever shows the secret then is that party, in those roles (`caller_of`), until the key expires or is revoked.
"""

from __future__ import annotations

from collections.abc import Collection

from ledger.clock import Randomness
from ledger.errors import Misuse
from ledger.identity.access import ACTIONS, GRANTS, ROLES, Action, Caller
from ledger.identity.credential import make_api_key, read_api_key
from ledger.limits import TEXT_CHARACTERS_MAX
from ledger.store.access import ApiKey, Whose, insert_api_key, revoke_api_key, roles_of_party
from ledger.store.database import Database

__all__ = ["caller_of", "give_api_key", "new_api_key", "revoke"]

def give_api_key(
    database: Database,
    party: str,
    *,
    roles: Collection[str],
    actions: Collection[str] = (),
    label: str,
    now: int,
    expires: int,
    random: Randomness,
) -> str:
    """Make an API key for a party, and return it; it cannot be read again.

    Args:
        database: of the ledger.
        party: its URI.
        roles: as which the key asks; at least one.
        actions: what it is limited to; none for all that the roles grant.
        label: what it is for, for those who list keys.
        now, expires: seconds since the epoch.
        random: draws the secret.

    Raises:
        Misuse: `party-unknown`, `role-not-held`, `action-unknown`, `label-too-long`.
    """
    if len(label) > TEXT_CHARACTERS_MAX:
        raise Misuse("label-too-long", f"at most {TEXT_CHARACTERS_MAX} characters")
    _require_actions(roles, actions)
    with database.write() as connection:
        found = roles_of_party(connection, party)
        if found is None:
            raise Misuse("party-unknown", party)
        number, held = found
        if not roles or not set(roles) <= set(held.split(" ")):
            raise Misuse("role-not-held", f"the party has: {held}")
        key, secret = new_api_key(
            number, roles=roles, actions=actions, label=label, now=now, expires=expires, random=random
        )
        insert_api_key(connection, key)
    return secret


def new_api_key(
    party: int,
    *,
    roles: Collection[str],
    actions: Collection[str] = (),
    label: str,
    now: int,
    expires: int,
    random: Randomness,
    station: int = 0,
) -> tuple[ApiKey, str]:
    """Return a fresh API key of a party or of its station: what the ledger keeps, and what its holder keeps."""
    secret = make_api_key(random)
    taken = read_api_key(secret)
    assert taken is not None
    key = ApiKey(
        id=taken.id, digest=taken.digest, party_number=party, station_number=station,
        roles=" ".join(sorted(roles)), actions=" ".join(sorted(actions)), label=label, made=now, expires=expires,
    )  # fmt: skip
    return key, secret


def _require_actions(roles: Collection[str], actions: Collection[str]) -> None:
    granted = {action for role in ROLES if role in roles for action in GRANTS[role]}
    for action in actions:
        if action not in ACTIONS or action not in granted:
            raise Misuse("action-unknown", f"{action}: not among what the roles grant")


def revoke(database: Database, key_id: str, now: int) -> None:
    """End an API key now.

    Raises:
        Misuse: `api-key-unknown`.
    """
    with database.write() as connection:
        if not revoke_api_key(connection, key_id, now):
            raise Misuse("api-key-unknown", key_id)


def caller_of(whose: Whose, now: int) -> Caller | None:
    """Return who shows this key now, or None when it ended; roles that the party lost count no more."""
    key = whose.key
    if now >= key.expires or (key.revoked is not None and now >= key.revoked):
        return None
    both = set(key.roles.split(" ")) & set(whose.party_roles.split(" "))
    held = frozenset(role for role in ROLES if role in both)
    limited: frozenset[Action] | None = None
    if key.actions:
        limited = frozenset(action for action in ACTIONS if action in key.actions.split(" "))
    return Caller(
        name=key.id, party=key.party_number, site=whose.site, station=key.station_number, roles=held, limited=limited
    )

