"""What stations send and are sent to work offline, as JSON; how that becomes values of the ledger, and back."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from api.reading import Decimal
from api.station_wire import WireAnswer
from ledger.enrolment import Asking, Enrolled
from ledger.errors import FormatError, Misuse, NotVerified, Refusal
from ledger.limits import NOTE_BYTES_MAX
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.keys import PublicKey
from ledger.log.spelling import read_base64
from ledger.opening import Trust

__all__ = [
    "Enrolment", "EnrolmentTold", "Seen", "SeenAnswer", "SnapshotQuery", "SnapshotTold", "asking_of", "enrolled_told",
    "seen_of",
]  # fmt: skip


class SnapshotQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From where on: the `to` of the last snapshot, 0 for the first."""

    since: Decimal = "0"


class SnapshotTold(WireAnswer, frozen=True, kw_only=True):
    """A snapshot: the ledger's own statement in base64, and the exact body that it signs, as a text."""

    statement: str
    body: str


class Enrolment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a station sends to enrol.

    Attributes:
        code: the one-time code, as typed.
        alg: COSE algorithm of the key: -8 (Ed25519) or -7 (ES256).
        public: the public key, hex.
        proof: the signature over what docs/formats/enrolment.md prescribes, base64.
    """

    code: Annotated[str, Meta(min_length=1, max_length=64)]
    alg: Literal[-8, -7]
    public: Annotated[str, Meta(pattern=r"^(?:[0-9a-f]{2}){32,65}\Z")]
    proof: Annotated[str, Meta(min_length=4, max_length=200)]


class EnrolmentTold(WireAnswer, frozen=True, kw_only=True):
    """What a station is told when it is enrolled.

    Attributes:
        station, party: whose key it is now.
        kid: the key's name, hex.
        valid_from, valid_until: seconds since the epoch.
        index: where the registration stands in the log.
        origin, verifier_key: which ledger this is; what is believed offline is signed by that key.
        api_key: for all further requests; shown this once.
    """

    station: str
    party: str
    kid: str
    valid_from: int
    valid_until: int
    index: int
    origin: str
    verifier_key: str
    api_key: str


class Seen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The newest checkpoint that somebody has seen: the whole note."""

    checkpoint: Annotated[str, Meta(min_length=1, max_length=NOTE_BYTES_MAX)]


class SeenAnswer(WireAnswer, frozen=True, kw_only=True):
    """The newest checkpoint, and the proof that it extends the one seen: hashes in base64, none between equals."""

    checkpoint: str
    consistency: list[str]


def asking_of(enrolment: Enrolment) -> Asking:
    """Return what a station asks of the ledger.

    Raises:
        FormatError: `key-malformed`, `key-weak`.
        Misuse: `request-invalid` for a proof that is not base64.
    """
    try:
        proof = read_base64(enrolment.proof)
    except ValueError as error:
        raise Misuse("request-invalid", f"proof: {error}") from None
    return Asking(enrolment.code, PublicKey.load(enrolment.alg, bytes.fromhex(enrolment.public)), proof)


def enrolled_told(enrolled: Enrolled, trust: Trust) -> EnrolmentTold:
    """Return what a station is told when it is enrolled."""
    key = enrolled.registration
    return EnrolmentTold(
        station=enrolled.station, party=enrolled.party, kid=key.kid, valid_from=key.valid_from,
        valid_until=key.valid_until, index=enrolled.index, origin=trust.origin, verifier_key=trust.verifier_key,
        api_key=enrolled.api_key,
    )  # fmt: skip


def seen_of(seen: Seen, trust: Trust) -> Checkpoint:
    """Return the checkpoint that somebody saw, which the ledger's key signed.

    Raises:
        Refusal: with the code of what is wrong with it.
    """
    try:
        return open_checkpoint(seen.checkpoint.encode(), trust.origin, trust.vkey)
    except (FormatError, NotVerified) as error:
        raise Refusal(error.code, error.detail) from None
