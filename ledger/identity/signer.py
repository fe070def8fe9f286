"""Who signed: a key, the station that holds it, and whether it counted at the time."""

from __future__ import annotations

import msgspec

from ledger.errors import LedgerError, Refusal
from ledger.log.keys import PublicKey

__all__ = ["Revoked", "Signer", "require_valid"]


class Revoked(msgspec.Struct, frozen=True):
    """The end of a key: log index of the revocation, `retired` or `compromised`, and since when."""

    number: int
    reason: str
    since: int


class Signer(msgspec.Struct, frozen=True):
    """A registered key with all that judging needs; numbers are log indexes of registrations."""

    number: int
    kid: bytes
    public: PublicKey
    valid_from: int
    valid_until: int
    station: int
    site: int
    party: int
    party_uri: str
    roles: frozenset[str]
    revoked: Revoked | None


def require_valid(
    signer: Signer,
    issued_at: int,
    index: int | None = None,
    *,
    error: type[LedgerError] = Refusal,
) -> None:
    """Require that a signature by this key, claimed to be made at `issued_at`, counts.

    1. The key was registered before the statement was recorded.
    2. The claimed time lies within the key's validity.
    3. A retired key counts for what it signed until it was retired, also when that arrives later.
    4. A compromised key counts for nothing that arrives after it was declared so: whoever holds it can
       claim any time. What had arrived before stays in the log; `suspect` lists it.

    Args:
        signer: the key.
        issued_at: the statement's claimed time, seconds since the epoch.
        index: the statement's log index; None while it is being recorded, after everything.
        error: what to raise.

    Raises:
        LedgerError: `key-not-yet-registered`, `key-outside-validity`, `key-retired`, `key-compromised`.
    """
    if index is not None and signer.number >= index:
        raise error("key-not-yet-registered", index=index)
    if not signer.valid_from <= issued_at <= signer.valid_until:
        raise error("key-outside-validity", index=index)
    revoked = signer.revoked
    if revoked is None or (index is not None and revoked.number >= index):
        return
    if revoked.reason == "compromised":
        raise error("key-compromised", index=index)
    if issued_at > revoked.since:
        raise error("key-retired", index=index)
