"""Links: each statement about a pack commits to every earlier one.

    link bytes = salt(16) ‖ seq(u32 BE) ‖ prev(32) ‖ leaf hash of the statement(32) ‖ code URI (UTF-8)
    link hash  = SHA-256(0x00 ‖ link bytes)

`prev` is the pack's previous link hash, 32 zero bytes at seq 0. A link hash is thereby also the RFC 6962
leaf hash of the link bytes, so that the links of a batch form a Merkle tree without further hashing.

The links of one statement are ordered by code (byte by byte), and the salt of the i-th one is
`SHAKE-256(statement salt)[16·i : 16·i + 16]`; the statement salt is 32 random bytes that only the store
holds. Whoever sees one link learns nothing about its neighbours: not their codes, not even a guess to test.

>>> link_hash(link_bytes(bytes(16), 0, ZERO_HASH, bytes(32), "urn:nmpa:dtc:87709840000000015538")).hex()[:16]
'c5e35f0e9a6b1f6f'
"""

from __future__ import annotations

from hashlib import sha256, shake_256
from typing import Final

__all__ = ["SALT_BYTES", "STATEMENT_SALT_BYTES", "ZERO_HASH", "link_bytes", "link_hash", "salts_of"]

SALT_BYTES: Final = 16
STATEMENT_SALT_BYTES: Final = 32
ZERO_HASH: Final = bytes(32)


def salts_of(statement_salt: bytes, count: int) -> bytes:
    """Return the salts of a statement's `count` links, 16 bytes each, in one run of bytes."""
    return shake_256(statement_salt).digest(SALT_BYTES * count)


def link_bytes(salt: bytes, seq: int, prev: bytes, leaf: bytes, uri: str) -> bytes:
    """Return the bytes that a link hashes; hashes are 32 bytes, `seq` counts from 0."""
    return salt + seq.to_bytes(4, "big") + prev + leaf + uri.encode()


def link_hash(data: bytes) -> bytes:
    """Return the 32-byte hash of link bytes."""
    return sha256(b"\0" + data).digest()
