"""The signature suites: one row an algorithm, by its COSE number.

A suite joins as one more row: ML-DSA-44 (-48, RFC 9964: key type 7) with 1,312-byte keys and 2,420-byte
signatures, for which `statement` must then read the signature's length from here; SM2 with SM3 once COSE has
a number for it. Nothing else in the house compares algorithms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from nacl.bindings import (
    crypto_core_ed25519_is_valid_point,
    crypto_sign,
    crypto_sign_open,
    crypto_sign_seed_keypair,
)
from nacl.exceptions import BadSignatureError

from ledger.errors import FormatError

__all__ = ["EDDSA", "ES256", "SUITES", "PrivateHandle", "PublicHandle", "Suite", "ed25519_all_hold"]

EDDSA: Final = -8  # RFC 9053 §2.2; here always with Ed25519
ES256: Final = -7  # RFC 9053 §2.1; here always with P-256

PrivateHandle = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
PublicHandle = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class Suite:
    """How one algorithm works on raw bytes.

    Attributes:
        name: as people know it.
        public_bytes: length of a raw public key.
        check: raises FormatError unless a raw public key of that length is a sound one.
        verify: (public, signature, message) -> whether it holds; the signature has any length.
        signer: seed -> raw public key, and the function from message to signature.
        cose_key: raw public key -> its deterministic COSE_Key with the required members only (RFC 9679 §4).
        load_private: seed -> the library's key, for writing PEM.
        load_public: raw public key -> the library's key, for writing PEM.
    """

    name: str
    public_bytes: int
    check: Callable[[bytes], None]
    verify: Callable[[bytes, bytes, bytes], bool]
    signer: Callable[[bytes], tuple[bytes, Callable[[bytes], bytes]]]
    cose_key: Callable[[bytes], bytes]
    load_private: Callable[[bytes], PrivateHandle]
    load_public: Callable[[bytes], PublicHandle]


# -- Ed25519 (RFC 8032), by libsodium: it verifies twice as fast, and refuses S >= L and weak points.


def _ed25519_check(raw: bytes) -> None:
    # A small-order key accepts signatures that nobody made; a point spelled twice has two thumbprints.
    if not crypto_core_ed25519_is_valid_point(raw):
        raise FormatError("key-weak", "no canonical point of the prime-order group")


def _ed25519_verify(raw: bytes, signature: bytes, message: bytes) -> bool:
    if len(signature) != 64:
        return False
    try:
        crypto_sign_open(signature + message, raw)
    except BadSignatureError:
        return False
    return True


def ed25519_all_hold(signed: Iterable[tuple[bytes, bytes]]) -> bool:
    """Tell whether all signatures hold: pairs of a raw public key, and a signature with its message after it."""
    try:
        for raw, signature_and_message in signed:
            crypto_sign_open(signature_and_message, raw)
    except BadSignatureError:
        return False
    return True


def _ed25519_signer(seed: bytes) -> tuple[bytes, Callable[[bytes], bytes]]:
    public, secret = crypto_sign_seed_keypair(seed)
    return public, lambda message: crypto_sign(message, secret)[:64]


def _ed25519_cose_key(raw: bytes) -> bytes:
    return b"\xa3\x01\x01\x20\x06\x21\x58\x20" + raw  # {1: 1 (OKP), -1: 6 (Ed25519), -2: x}


# -- ECDSA on P-256 with SHA-256 (FIPS 186-5), by OpenSSL. COSE writes r || s, not DER (RFC 9053 §2.1).

# (r, s) and (r, n - s) both satisfy ECDSA, so anyone could make a second statement out of one that was seen.
# Only the smaller s counts here; whoever signs with other tools takes n - s where s is the larger.
_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_ECDSA = ec.ECDSA(SHA256())
_ECDSA_DETERMINISTIC = ec.ECDSA(SHA256(), deterministic_signing=True)  # RFC 6979


def _es256_check(raw: bytes) -> None:
    try:
        _es256_public(raw)
    except ValueError:
        raise FormatError("key-malformed", "not a point of P-256") from None


@lru_cache(maxsize=4096)
def _es256_public(raw: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)


def _es256_verify(raw: bytes, signature: bytes, message: bytes) -> bool:
    if len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if s > _P256_ORDER // 2:
        return False
    try:
        _es256_public(raw).verify(encode_dss_signature(r, s), message, _ECDSA)
    except InvalidSignature:
        return False
    return True


def _es256_private(seed: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        return ec.derive_private_key(int.from_bytes(seed, "big"), ec.SECP256R1())
    except ValueError:
        raise FormatError("key-malformed", "not a private key of P-256") from None


def _es256_signer(seed: bytes) -> tuple[bytes, Callable[[bytes], bytes]]:
    private = _es256_private(seed)

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(message, _ECDSA_DETERMINISTIC))
        s = min(s, _P256_ORDER - s)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint), sign


def _es256_cose_key(raw: bytes) -> bytes:
    # {1: 2 (EC2), -1: 1 (P-256), -2: x, -3: y}
    return b"\xa4\x01\x02\x20\x01\x21\x58\x20" + raw[1:33] + b"\x22\x58\x20" + raw[33:]


SUITES: Final[dict[int, Suite]] = {
    EDDSA: Suite(
        "Ed25519", 32, _ed25519_check, _ed25519_verify, _ed25519_signer, _ed25519_cose_key,
        ed25519.Ed25519PrivateKey.from_private_bytes, ed25519.Ed25519PublicKey.from_public_bytes,
    ),
    ES256: Suite(
        "ECDSA P-256", 65, _es256_check, _es256_verify, _es256_signer, _es256_cose_key,
        _es256_private, _es256_public,
    ),
}  # fmt: skip
