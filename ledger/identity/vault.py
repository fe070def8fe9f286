"""Personal data: pseudonyms, encryption per person, erasure.

Each person has one random data key. It is stored only wrapped by the master key; confidential parts are
encrypted under it. Destroying the wrapped key makes every part of that person unreadable for good, while
statements, links and proofs stay valid: they commit to the SHA-256 of the part, which carries a random salt.

A pseudonym is HMAC-SHA-256 of the person's identifier, cut to 16 bytes. Whoever lacks the key can neither
make pseudonyms nor test guesses against them.

Sealed part: `nonce(12) ‖ AES-256-GCM(data key, part, associated data = leaf hash of the statement)`.
Wrapped key: `nonce(12) ‖ AES-256-GCM(wrapping key, data key, associated data = pseudonym)`.
"""

from __future__ import annotations

import hmac
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger.clock import Randomness
from ledger.errors import Misuse, NotVerified

__all__ = ["MASTER_KEY_BYTES", "Vault"]

MASTER_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_PSEUDONYM_BYTES: Final = 16


class Vault:
    """Holds the two keys derived from the master key; gives out nothing but ciphertext and pseudonyms."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != MASTER_KEY_BYTES:
            raise Misuse("master-key-malformed", f"{len(master_key)} bytes instead of {MASTER_KEY_BYTES}")
        self._pseudonyms = _derive(master_key, b"packledger pseudonyms v1")
        self._wrapping = AESGCM(_derive(master_key, b"packledger wrapping v1"))

    def __repr__(self) -> str:
        return "Vault()"  # never the keys

    def pseudonym(self, id_type: str, id_number: str) -> bytes:
        """Return the 16-byte name under which rules and tables know this person."""
        message = f"{len(id_type)}:{id_type}{id_number}".encode()
        return hmac.digest(self._pseudonyms, message, "sha256")[:_PSEUDONYM_BYTES]

    def new_person(self, pseudonym: bytes, random: Randomness) -> bytes:
        """Return a fresh data key for this person, wrapped."""
        nonce = random(_NONCE_BYTES)
        return nonce + self._wrapping.encrypt(nonce, random(32), pseudonym)

    def data_key(self, pseudonym: bytes, wrapped: bytes) -> AESGCM:
        """Unwrap a person's data key.

        Raises:
            NotVerified: `person-key-altered` when the wrapped key is not this person's, or was edited.
        """
        return AESGCM(_decrypt(self._wrapping, wrapped, pseudonym, "person-key-altered"))

    @staticmethod
    def seal(key: AESGCM, part: bytes, leaf: bytes, random: Randomness) -> bytes:
        """Encrypt a confidential part for the statement with this leaf hash."""
        nonce = random(_NONCE_BYTES)
        return nonce + key.encrypt(nonce, part, leaf)

    @staticmethod
    def open(key: AESGCM, sealed: bytes, leaf: bytes) -> bytes:
        """Decrypt a confidential part.

        Raises:
            NotVerified: `confidential-altered` when the ciphertext was edited, moved to another statement,
                or belongs to a key that was destroyed.
        """
        return _decrypt(key, sealed, leaf, "confidential-altered")


def _derive(master_key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(master_key)


def _decrypt(key: AESGCM, sealed: bytes, associated: bytes, code: str) -> bytes:
    try:
        return key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], associated)
    except (InvalidTag, ValueError):
        raise NotVerified(code) from None
