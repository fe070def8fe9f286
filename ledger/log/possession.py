"""Proof of possession: whoever shows a public key also signs, with the private half, what it is for.

    packledger possession v1\\n
    <the log's origin>\\n
    <SHA-256 of the one-time code, hex>\\n
    <the key's thumbprint, hex>\\n

The first line keeps these bytes apart from all else that the key will ever sign; the second from other ledgers;
the third from other enrolments.
"""

from __future__ import annotations

from ledger.log.keys import PublicKey

__all__ = ["possession_bytes"]


def possession_bytes(origin: str, challenge: bytes, key: PublicKey) -> bytes:
    """Return what the holder of a key signs to show that it holds the private half."""
    return f"packledger possession v1\n{origin}\n{challenge.hex()}\n{key.thumbprint().hex()}\n".encode()
