"""Signing keys: a public key that cannot be a bad one, and a private key that does not print itself.

Both are an algorithm and raw bytes; what an algorithm does with them is a row of `ledger.log.suites`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from ledger.errors import FormatError
from ledger.log.cbor import print_blob
from ledger.log.suites import EDDSA, ES256, SUITES

__all__ = ["EDDSA", "ES256", "PrivateKey", "PublicKey"]

SEED_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key, checked when it is made.

    Attributes:
        alg: COSE algorithm, -8 (EdDSA) or -7 (ES256).
        raw: for EdDSA the 32 bytes of RFC 8032; for ES256 the uncompressed point 04 || x || y, 65 bytes.

    Raises:
        FormatError: `key-malformed`; `key-weak` for an Ed25519 point outside the prime-order group.
    """

    alg: int
    raw: bytes

    def __post_init__(self) -> None:
        suite = SUITES.get(self.alg)
        if suite is None:
            raise FormatError("key-malformed", "an algorithm that is not known here")
        if len(self.raw) != suite.public_bytes:
            raise FormatError("key-malformed", f"a public key of {suite.name} has {suite.public_bytes} bytes")
        suite.check(self.raw)

    @staticmethod
    def load(alg: int, raw: bytes) -> PublicKey:
        """Return the key; the same few keys come again and again, and their check is remembered.

        Raises:
            FormatError: as for the class.
        """
        return _load(alg, raw)

    @staticmethod
    def from_pem(data: bytes) -> PublicKey:
        """Read a PEM file that holds a SubjectPublicKeyInfo (RFC 5280, RFC 8410).

        Raises:
            FormatError: `key-malformed`, `key-weak`.
        """
        try:
            handle = load_pem_public_key(data)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise FormatError("key-malformed", "not a public key in PEM") from None
        if isinstance(handle, ed25519.Ed25519PublicKey):
            return PublicKey.load(EDDSA, handle.public_bytes_raw())
        if isinstance(handle, ec.EllipticCurvePublicKey) and isinstance(handle.curve, ec.SECP256R1):
            return PublicKey.load(ES256, handle.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        raise FormatError("key-malformed", "neither an Ed25519 nor a P-256 key")

    def to_pem(self) -> bytes:
        """Return the key as a PEM file (SubjectPublicKeyInfo)."""
        handle = SUITES[self.alg].load_public(self.raw)
        return handle.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Tell whether `signature` is this key's over `message`; any bytes may be asked about."""
        return SUITES[self.alg].verify(self.raw, signature, message)

    def named_cose_key(self) -> bytes:
        """Return the key as a COSE_Key that names itself: with its thumbprint as `kid` (RFC 9052 §7.1)."""
        plain = SUITES[self.alg].cose_key(self.raw)
        # One pair more, and right after the key's type: 2 is the next label of the deterministic order.
        return bytes((plain[0] + 1,)) + plain[1:3] + b"\x02" + print_blob(self.thumbprint()) + plain[3:]

    def thumbprint(self) -> bytes:
        """Return the COSE key thumbprint, 32 bytes: the `kid` of everything this key signs (RFC 9679)."""
        return _thumbprint(self.alg, self.raw)


@lru_cache(maxsize=4096)
def _load(alg: int, raw: bytes) -> PublicKey:
    return PublicKey(alg, raw)


@lru_cache(maxsize=4096)
def _thumbprint(alg: int, raw: bytes) -> bytes:
    return sha256(SUITES[alg].cose_key(raw)).digest()


class PrivateKey:
    """A private key. It neither prints nor compares its secret, and is not for pickling."""

    __slots__ = ("_seed", "_sign", "public")

    def __init__(self, alg: int, seed: bytes) -> None:
        suite = SUITES.get(alg)
        if suite is None:
            raise FormatError("key-malformed", "an algorithm that is not known here")
        if len(seed) != SEED_BYTES:
            raise FormatError("key-malformed", f"a private key has {SEED_BYTES} bytes")
        raw, self._sign = suite.signer(seed)
        self._seed = seed
        self.public = PublicKey.load(alg, raw)

    @classmethod
    def from_seed(cls, alg: int, seed: bytes) -> PrivateKey:
        """Return the key of 32 secret bytes: the seed of RFC 8032, or the scalar of P-256, big-endian.

        Raises:
            FormatError: `key-malformed` for another length or algorithm, or a scalar outside P-256's order.
        """
        return cls(alg, seed)

    @classmethod
    def from_pem(cls, data: bytes) -> PrivateKey:
        """Read an unencrypted PEM file (PKCS #8; RFC 5958, RFC 8410).

        Raises:
            FormatError: `key-malformed`.
        """
        try:
            handle = load_pem_private_key(data, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise FormatError("key-malformed", "not an unencrypted private key in PEM") from None
        if isinstance(handle, ed25519.Ed25519PrivateKey):
            return cls(EDDSA, handle.private_bytes_raw())
        if isinstance(handle, ec.EllipticCurvePrivateKey) and isinstance(handle.curve, ec.SECP256R1):
            return cls(ES256, handle.private_numbers().private_value.to_bytes(SEED_BYTES, "big"))
        raise FormatError("key-malformed", "neither an Ed25519 nor a P-256 key")

    def to_pem(self) -> bytes:
        """Return the key as an unencrypted PEM file (PKCS #8); who writes it sees to the file's mode."""
        handle = SUITES[self.public.alg].load_private(self._seed)
        return handle.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def sign(self, message: bytes) -> bytes:
        """Return the signature over `message`, 64 bytes; the same message gives the same signature."""
        return self._sign(message)

    def __repr__(self) -> str:
        return f"PrivateKey(public={self.public!r})"
