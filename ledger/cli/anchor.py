"""What a verifier must hold from elsewhere: the ledger's key."""

from __future__ import annotations

from ledger.errors import Misuse, NotVerified
from ledger.home import load_signing_key
from ledger.log.note import VerifierKey, parse_vkey
from ledger.opening import open_store, vkey_of
from ledger.settings import Settings

__all__ = ["anchor_of"]


def anchor_of(settings: Settings, vkey: str | None) -> VerifierKey:
    """Return the key given, else that of the ledger at home.

    Raises:
        FormatError: `vkey-malformed`.
        NotVerified: `anchor-missing` when there is neither.
    """
    if vkey is not None:
        return parse_vkey(vkey)
    try:
        with open_store(settings) as (_, trust):
            key = load_signing_key(settings)
            return vkey_of(trust.origin, key.public)
    except Misuse:
        raise NotVerified("anchor-missing", "no --key, and no ledger at home") from None
