"""Receipts: proof that a leaf is in the log, as a COSE receipt (RFC 9942) of the kind RFC9162_SHA256.

    18([ << {1: alg, 4: kid, 15: {1: issuer, 2: subject}, 395: 1} >>,
         {396: {-1: [ << [size, index, [path hash, ...]] >> ]}}, nil, signature ])

The signature covers the root, which is not in the receipt: the verifier computes it from the leaf and the
path. So one signature serves every receipt of one head, and the subject is the log's origin in all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ledger.errors import FormatError, Misuse, NotVerified
from ledger.limits import LOG_SIZE_MAX, PROOF_HASHES_MAX, RECEIPT_BYTES_MAX, URI_CHARACTERS_MAX
from ledger.log.cbor import (
    ARRAY,
    INTEGER,
    NEGATIVE,
    head,
    print_blob,
    print_integer,
    print_text,
    read_blob,
    read_fixed,
    read_head,
    read_text,
    what_stopped,
)
from ledger.log.keys import PrivateKey, PublicKey
from ledger.log.merkle import HASH_BYTES, root_from_path
from ledger.log.suites import SUITES

__all__ = ["Receipt", "SignedRoot", "make_receipt", "parse_receipt", "sign_root", "verify_receipt"]


class SignedRoot(msgspec.Struct, frozen=True):
    """The log's signature over one root, with the headers it covers: what all receipts of a head share."""

    protected: bytes
    signature: bytes


class Receipt(msgspec.Struct, frozen=True):
    """A receipt taken apart; nothing of it is believed before it is verified.

    Attributes:
        alg: COSE algorithm of the signature.
        kid: thumbprint of the log's key, 32 bytes.
        issuer: URI of the log's operator.
        subject: the log's origin.
        size: leaves in the tree of the head.
        index: of the leaf.
        path: hashes from the leaf's sibling upward.
        protected: the signed headers as they stand in the receipt.
        signature: over the root.
    """

    alg: int
    kid: bytes
    issuer: str
    subject: str
    size: int
    index: int
    path: tuple[bytes, ...]
    protected: bytes
    signature: bytes


_TAG_AND_ARRAY = b"\xd2\x84"  # 18([
_ALG = b"\xa4\x01"  # {1:
_KID = b"\x04\x58\x20"  # 4: 32 bytes
_ISSUER = b"\x0f\xa2\x01"  # 15: {1:
_SUBJECT = b"\x02"  # 2:
_STRUCTURE = b"\x19\x01\x8b\x01"  # 395: 1 (RFC9162_SHA256)
_PROOFS = b"\xa1\x19\x01\x8c\xa1\x20\x81"  # {396: {-1: [one inclusion proof
_PROOF = b"\x83"  # [size, index, path]
_DETACHED_AND_SIGNATURE = b"\xf6\x58\x40"  # nil, 64 bytes
_CONTEXT = b"\x84\x6aSignature1"  # RFC 9052 §4.4
_NO_AAD_AND_ROOT = b"\x40\x58\x20"


def sign_root(key: PrivateKey, *, issuer: str, subject: str, root: bytes) -> SignedRoot:
    """Sign the root of a head, for all its receipts.

    Raises:
        Misuse: `log-value-unfit` for a text that is not 1 to 256 printable ASCII characters, or another root.
    """
    for text in (issuer, subject):
        if not (0 < len(text) <= URI_CHARACTERS_MAX and text.isascii() and text.isprintable()):
            raise Misuse("log-value-unfit", "a text is not of 1 to 256 printable ASCII characters")
    if len(root) != HASH_BYTES:
        raise Misuse("log-value-unfit", "a root has 32 bytes")
    protected = b"".join((
        _ALG, print_integer(key.public.alg),
        _KID, key.public.thumbprint(),
        _ISSUER, print_text(issuer),
        _SUBJECT, print_text(subject),
        _STRUCTURE,
    ))  # fmt: skip
    return SignedRoot(protected, key.sign(_to_sign(protected, root)))


def _to_sign(protected: bytes, root: bytes) -> bytes:
    return _CONTEXT + print_blob(protected) + _NO_AAD_AND_ROOT + root


def make_receipt(signed_root: SignedRoot, size: int, index: int, path: Sequence[bytes]) -> bytes:
    """Return the receipt of leaf `index` in the tree of `size` leaves whose root was signed."""
    proof = b"".join((
        _PROOF, head(INTEGER, size), head(INTEGER, index),
        head(ARRAY, len(path)), *map(print_blob, path),
    ))  # fmt: skip
    return b"".join((
        _TAG_AND_ARRAY, print_blob(signed_root.protected),
        _PROOFS, print_blob(proof),
        _DETACHED_AND_SIGNATURE, signed_root.signature,
    ))  # fmt: skip


def parse_receipt(data: bytes) -> Receipt:
    """Take a receipt apart, accepting only the bytes that `make_receipt` would write.

    Raises:
        FormatError: `receipt-malformed`; the detail says what was expected.
    """
    if len(data) > RECEIPT_BYTES_MAX:
        raise FormatError("receipt-malformed", f"more than {RECEIPT_BYTES_MAX} bytes")
    try:
        return _walk(data)
    except (IndexError, ValueError) as error:
        raise FormatError("receipt-malformed", what_stopped(error)) from None


def _walk(data: bytes) -> Receipt:
    at = read_fixed(data, 0, _TAG_AND_ARRAY, "not a tagged COSE_Sign1")
    protected, at = read_blob(data, at)
    alg, kid, issuer, subject = _walk_protected(protected)
    at = read_fixed(data, at, _PROOFS, "the unprotected header is not one inclusion proof")
    proof, at = read_blob(data, at)
    size, index, path = _walk_proof(proof)
    at = read_fixed(data, at, _DETACHED_AND_SIGNATURE, "no detached payload and signature of 64 bytes")
    if len(data) != at + 64:
        raise ValueError("the bytes do not end with the signature")
    return Receipt(alg, kid, issuer, subject, size, index, path, protected, data[at:])


def _walk_protected(data: bytes) -> tuple[int, bytes, str, str]:
    at = read_fixed(data, 0, _ALG, "the protected header is not a map of four that begins with alg")
    alg, at = -1 - (data[at] - NEGATIVE), at + 1
    if alg not in SUITES:
        raise ValueError("an algorithm that is not known here")
    at = read_fixed(data, at, _KID, "no kid of 32 bytes")
    kid, at = data[at : at + 32], at + 32
    at = read_fixed(data, at, _ISSUER, "no claims of two, beginning with the issuer")
    issuer, at = read_text(data, at, URI_CHARACTERS_MAX)
    at = read_fixed(data, at, _SUBJECT, "no subject after the issuer")
    subject, at = read_text(data, at, URI_CHARACTERS_MAX)
    if data[at:] != _STRUCTURE:
        raise ValueError("the protected header does not end with the tree kind RFC9162_SHA256")
    return alg, kid, issuer, subject


def _walk_proof(data: bytes) -> tuple[int, int, tuple[bytes, ...]]:
    at = read_fixed(data, 0, _PROOF, "the inclusion proof is not an array of three")
    size, at = read_head(data, at, INTEGER)
    index, at = read_head(data, at, INTEGER)
    count, at = read_head(data, at, ARRAY)
    if not index < size <= LOG_SIZE_MAX or count > PROOF_HASHES_MAX:
        raise ValueError("an index outside the tree, or a tree or path too large")
    path = []
    for _ in range(count):
        value, at = read_blob(data, at)
        if len(value) != HASH_BYTES:
            raise ValueError("a hash that is not 32 bytes")
        path.append(value)
    if at != len(data):
        raise ValueError("the inclusion proof does not end with its path")
    return size, index, tuple(path)


def verify_receipt(receipt: Receipt, leaf_hash: bytes, key: PublicKey) -> None:
    """Verify that the log with this key holds this leaf at the receipt's index (RFC 9942 §5.2).

    1. The receipt names this key.
    2. The path leads from the leaf, at its place, to some root.
    3. The key signed that root under the receipt's headers.

    What is proved is that the leaf is in a tree that the log signed. Size and index are in no signed header
    (RFC 9942 §5.2), and a path alone does not pin them: leaf 2 of 3 and leaf 1 of 2 share one walk. Who needs
    the place takes it from a checkpoint of that root. The caller decides which key belongs to which log.

    Raises:
        NotVerified: `receipt-wrong-key`, `inclusion-proof-wrong`, `receipt-wrong`, each with the log index.
    """
    # 1. kid and alg.
    if receipt.alg != key.alg or receipt.kid != key.thumbprint():
        raise NotVerified("receipt-wrong-key", "signed by another key", index=receipt.index)
    # 2. RFC 9942 §5.2: the detached payload is the root that the proof gives.
    root = root_from_path(leaf_hash, receipt.index, receipt.size, receipt.path)
    # 3. RFC 9052 §4.4.
    if not key.verify(receipt.signature, _to_sign(receipt.protected, root)):
        raise NotVerified("receipt-wrong", "the signature is not over this leaf's root", index=receipt.index)
