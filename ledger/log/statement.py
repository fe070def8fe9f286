"""Statements: an author's signature over the digest of a body, as COSE_Sign1 (RFC 9052, 9943, 9995).

    18([ << {1: alg, 4: kid, 15: {1: issuer, 2: subject, 6: issued_at, "kind": kind},
             258: -16, 259: media_type} >>,
         {}, digest, signature ])

Nothing in it is optional and its CBOR is deterministic, so its values have one spelling, and it is read
by walking over it once. `docs/formats/statement.md` shows one byte by byte.

Everything here is on the path of every submission: parsing costs some microseconds, verifying fifty.
"""

from __future__ import annotations

import msgspec

from ledger.errors import FormatError, Misuse
from ledger.limits import STATEMENT_BYTES_MAX, TIME_SECONDS_MAX, URI_CHARACTERS_MAX
from ledger.log.cbor import (
    BYTES,
    INTEGER,
    NEGATIVE,
    head,
    print_integer,
    print_text,
    read_blob,
    read_fixed,
    read_head,
    read_text,
    what_stopped,
)
from ledger.log.keys import PrivateKey, PublicKey
from ledger.log.suites import SUITES

__all__ = [
    "CONTEXT", "NO_AAD_AND_DIGEST", "Statement", "kid_of", "parse_statement", "sign_statement", "signed_bytes",
    "verify_statement",
]  # fmt: skip


class Statement(msgspec.Struct, frozen=True):
    """A statement taken apart; nothing of it is believed before its signature is verified.

    Attributes:
        alg: COSE algorithm of the signature, -8 or -7.
        kid: thumbprint of the author's key, 32 bytes (RFC 9679).
        issuer: URI of the party that speaks.
        subject: id of the event or paper spoken about.
        issued_at: the time that the author claims, in seconds since the epoch.
        kind: what the body is.
        media_type: of the body.
        digest: SHA-256 of the body.
        signature: 64 bytes.
        protected: the signed headers as they stand in the statement.
    """

    alg: int
    kid: bytes
    issuer: str
    subject: str
    issued_at: int
    kind: str
    media_type: str
    digest: bytes
    signature: bytes
    protected: bytes

    @property
    def name(self) -> tuple[str, str]:
        """Who speaks, about what: an act has it in common with the declaration that it was an error."""
        return self.issuer, self.subject


# The fixed stretches between the values. RFC 8949 §4.2.1 orders the keys of each map by their encoded bytes:
# 1, 4, 15, 258, 259 and 1, 2, 6, "kind".
_TAG_AND_ARRAY = b"\xd2\x84"  # 18([
_ALG = b"\xa5\x01"  # {1:
_KID = b"\x04\x58\x20"  # 4: 32 bytes
_ISSUER = b"\x0f\xa4\x01"  # 15: {1:
_SUBJECT = b"\x02"  # 2:
_ISSUED_AT = b"\x06"  # 6:
_KIND = b"\x64kind"  # "kind":
_MEDIA_TYPE = b"\x19\x01\x02\x2f\x19\x01\x03"  # 258: -16 (SHA-256), 259:
_UNPROTECTED_AND_DIGEST = b"\xa0\x58\x20"  # {}, 32 bytes
_SIGNATURE = b"\x58\x40"  # 64 bytes
_TAIL_BYTES = len(_UNPROTECTED_AND_DIGEST) + 32 + len(_SIGNATURE) + 64

# Sig_structure (RFC 9052 §4.4): ["Signature1", protected, external_aad, payload].
CONTEXT = b"\x84\x6aSignature1"
NO_AAD_AND_DIGEST = b"\x40\x58\x20"


def sign_statement(
    key: PrivateKey,
    *,
    issuer: str,
    subject: str,
    issued_at: int,
    kind: str,
    media_type: str,
    digest: bytes,
) -> bytes:
    """Return a new statement over `digest` (SHA-256 of the body), signed by `key`.

    Raises:
        Misuse: `log-value-unfit` when a value has no place in a statement.
    """
    if not all(text.isascii() for text in (issuer, subject, kind, media_type)):
        raise Misuse("log-value-unfit", "a text is not ASCII")
    if not 0 <= issued_at <= TIME_SECONDS_MAX:
        raise Misuse("log-value-unfit", "a time before 1970 or after 9999")
    protected = b"".join((
        _ALG, print_integer(key.public.alg),
        _KID, key.public.thumbprint(),
        _ISSUER, print_text(issuer),
        _SUBJECT, print_text(subject),
        _ISSUED_AT, head(INTEGER, issued_at),
        _KIND, print_text(kind),
        _MEDIA_TYPE, print_text(media_type),
    ))  # fmt: skip
    signature = key.sign(_to_sign(protected, digest))
    statement = b"".join((
        _TAG_AND_ARRAY, head(BYTES, len(protected)), protected,
        _UNPROTECTED_AND_DIGEST, digest,
        _SIGNATURE, signature,
    ))  # fmt: skip
    try:
        parse_statement(statement)
    except FormatError as error:
        raise Misuse("log-value-unfit", error.detail) from None
    return statement


def parse_statement(data: bytes) -> Statement:
    """Take a statement apart, accepting only the bytes that `sign_statement` would write.

    Raises:
        FormatError: `statement-malformed`; the detail says what was expected.
    """
    if len(data) > STATEMENT_BYTES_MAX:
        raise FormatError("statement-malformed", f"more than {STATEMENT_BYTES_MAX} bytes")
    try:
        return _walk(data)
    except (IndexError, ValueError) as error:
        raise FormatError("statement-malformed", what_stopped(error)) from None


def _walk(data: bytes) -> Statement:
    at = read_fixed(data, 0, _TAG_AND_ARRAY, "not a tagged COSE_Sign1")
    protected, at = read_blob(data, at)
    if len(data) != at + _TAIL_BYTES:
        raise ValueError("what follows the protected header is too short or too long")
    at = read_fixed(data, at, _UNPROTECTED_AND_DIGEST, "an unprotected header, or a digest not of 32 bytes")
    digest = data[at : at + 32]
    at = read_fixed(data, at + 32, _SIGNATURE, "a signature that is not 64 bytes")
    return _walk_protected(protected, digest, data[at:])


def _walk_protected(data: bytes, digest: bytes, signature: bytes) -> Statement:
    at = read_fixed(data, 0, _ALG, "the protected header is not a map of five that begins with alg")
    alg = -1 - (data[at] - NEGATIVE)
    if alg not in SUITES:
        raise ValueError("an algorithm that is not known here")
    at = read_fixed(data, at + 1, _KID, "no kid of 32 bytes")
    kid = data[at : at + 32]
    at = read_fixed(data, at + 32, _ISSUER, "no claims of four, beginning with the issuer")
    issuer, at = read_text(data, at, URI_CHARACTERS_MAX)
    at = read_fixed(data, at, _SUBJECT, "no subject after the issuer")
    subject, at = read_text(data, at, URI_CHARACTERS_MAX)
    at = read_fixed(data, at, _ISSUED_AT, "no time after the subject")
    issued_at, at = read_head(data, at, INTEGER)
    if issued_at > TIME_SECONDS_MAX:
        raise ValueError("a time after the year 9999")
    at = read_fixed(data, at, _KIND, "no kind after the time")
    kind, at = read_text(data, at, URI_CHARACTERS_MAX)
    at = read_fixed(data, at, _MEDIA_TYPE, "no hash envelope of SHA-256 after the claims")
    media_type, at = read_text(data, at, URI_CHARACTERS_MAX)
    if at != len(data):
        raise ValueError("the protected header does not end with the media type")
    return Statement(alg, kid, issuer, subject, issued_at, kind, media_type, digest, signature, data)


def kid_of(data: bytes) -> bytes:
    """Return the kid of a recorded statement, which was taken apart when it came in; nothing is tested."""
    # Before it stand the tag, a head of at most three bytes and alg: the label cannot occur earlier.
    at = data.index(_KID) + len(_KID)
    return data[at : at + 32]


def signed_bytes(statement: Statement) -> bytes:
    """Return what the signature covers: the Sig_structure of RFC 9052 §4.4."""
    return _to_sign(statement.protected, statement.digest)


def _to_sign(protected: bytes, digest: bytes) -> bytes:
    return CONTEXT + head(BYTES, len(protected)) + protected + NO_AAD_AND_DIGEST + digest


def verify_statement(statement: Statement, key: PublicKey) -> bool:
    """Tell whether `key` is the key that the statement names, and signed it."""
    return (
        statement.alg == key.alg
        and statement.kid == key.thumbprint()
        and key.verify(statement.signature, signed_bytes(statement))
    )
