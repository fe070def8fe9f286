"""What a verifier must hold from elsewhere: the ledger's key."""

from __future__ import annotations

from typing import Final

from ledger.errors import Misuse, NotVerified
from ledger.home import load_signing_key
from ledger.log.note import VerifierKey, parse_vkey
from ledger.opening import open_store, vkey_of
from ledger.settings import Settings

__all__ = ["anchor_of"]

_NO_LEDGER: Final = ("ledger-missing", "secret-missing")


def anchor_of(settings: Settings, vkey: str | None) -> VerifierKey:
    """Return the key given, else that of the ledger at home.

    Raises:
        FormatError: `vkey-malformed`.
        NotVerified: `anchor-missing` when there is neither.
        Misuse: there is a ledger, but it cannot be asked for its key: `store-needs-migration`, `secret-exposed`.
    """
    if vkey is not None:
        return parse_vkey(vkey)
    try:
        with open_store(settings) as (_, trust):
            key = load_signing_key(settings)
            return vkey_of(trust.origin, key.public)
    except Misuse as error:
        if error.code not in _NO_LEDGER:
            raise
        raise NotVerified("anchor-missing", "no --key, and no ledger at home") from None
