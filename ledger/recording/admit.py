"""Admission: is a submission well formed and authentic? Nothing else is asked, nothing is stored.

The first half of `record`, before the writer's lock: `present`, then the signature, then `admit`. In the end there
is an `Admitted` value, in which every claim was checked, or a `Refusal` with the reason:

    1. parse the statement (strict COSE_Sign1 with hash envelope)
    2. find the key it names; it must be registered and count at the claimed time
    3. verify the signature
    4. the body's SHA-256 is the one that was signed
    5. parse the body as what the statement says it is; issuer, subject and kind agree with it
    6. the confidential part, if the body names one, is there and has the digest named

Errors of the formats below (`FormatError`, `CodeFault`) become refusals with the same code.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import msgspec

from ledger.content import Content, parse_content, require_agreement
from ledger.custody.event import Event
from ledger.custody.series import EventReader
from ledger.errors import CodeFault, FormatError, Refusal
from ledger.identity.signer import Signer, require_valid
from ledger.limits import BODY_BYTES_MAX, CONFIDENTIAL_BYTES_MAX
from ledger.log.keys import PublicKey
from ledger.log.merkle import leaf_hash
from ledger.log.series import StatementReader
from ledger.log.statement import Statement
from ledger.papers.confidential import Confidential, parse_confidential
from ledger.papers.paper import Paper
from ledger.submission import Submission

__all__ = ["Admitted", "Door", "Presented", "admit", "open_confidential", "present"]


class Door(msgspec.Struct, frozen=True):
    """Whom admission lets in, and how it reads.

    Attributes:
        issuer, public: the ledger's own issuer URI and key.
        signer: looks a registered key up.
        statements, events: remember how these are written; threads may share them.
    """

    issuer: str
    public: PublicKey
    signer: Callable[[bytes], Signer | None]
    statements: StatementReader
    events: EventReader


class Presented(msgspec.Struct, frozen=True, gc=False):
    """A submission after step 2: a statement, and the key that it names; `signer` is None for the ledger's own."""

    submission: Submission
    statement: Statement
    signer: Signer | None
    issuer: str
    public: PublicKey


class Admitted(msgspec.Struct, frozen=True, gc=False):
    """A submission in which every claim was checked; `signer` is None for the ledger's own key."""

    submission: Submission
    leaf: bytes
    statement: Statement
    signer: Signer | None
    content: Content
    confidential: Confidential | None


def present(submission: Submission, door: Door) -> Presented:
    """Take the first two steps: who says that they signed this?

    Raises:
        Refusal: with the code of the step that failed.
    """
    # 1.
    try:
        statement = door.statements.read(submission.statement)
    except FormatError as error:
        raise Refusal(error.code, error.detail) from None
    # 2.
    if statement.kid == door.public.thumbprint():
        return Presented(submission, statement, None, door.issuer, door.public)
    signer = door.signer(statement.kid)
    if signer is None:
        raise Refusal("key-unknown", f"kid {statement.kid.hex()[:16]}…")
    require_valid(signer, statement.issued_at)
    return Presented(submission, statement, signer, signer.party_uri, signer.public)


def admit(presented: Presented, door: Door, *, is_signed: bool) -> Admitted:
    """Take the other steps, given whether the signature holds (`recording.verifiers` found out).

    Raises:
        Refusal: with the code of the step that failed.
    """
    # 3.
    if not is_signed:
        raise Refusal("signature-wrong")
    try:
        return _admit(presented, door)
    except (FormatError, CodeFault) as error:
        raise Refusal(error.code, error.detail, span=error.span) from None


def _admit(presented: Presented, door: Door) -> Admitted:
    submission, statement = presented.submission, presented.statement
    # 4.
    body = submission.body
    if len(body) > BODY_BYTES_MAX:
        raise Refusal("body-too-large", f"{len(body)} bytes, at most {BODY_BYTES_MAX}")
    if sha256(body).digest() != statement.digest:
        raise Refusal("body-mismatch")
    # 5.
    content = parse_content(statement, body, door.events.read)
    require_agreement(statement, content, own=presented.signer is None)
    if statement.issuer != presented.issuer:
        raise Refusal("issuer-mismatch", "the statement names another party than the one that holds the key")
    # 6.
    confidential = open_confidential(content, submission.confidential)
    return Admitted(
        submission=submission,
        leaf=leaf_hash(submission.statement),
        statement=statement,
        signer=presented.signer,
        content=content,
        confidential=confidential,
    )


def open_confidential(content: Content, part: bytes | None) -> Confidential | None:
    """Return the confidential part of a body, None when it names none.

    Raises:
        Refusal: `confidential-…` when it is not the one that the body names, or missing, or not asked for.
        FormatError: as `parse_confidential`.
    """
    named = content.confidential if isinstance(content, Event | Paper) else None
    if named is None and part is None:
        return None
    if part is None:
        raise Refusal("confidential-missing", "the body names a confidential part")
    if named is None:
        raise Refusal("confidential-unexpected", "the body names no confidential part")
    if len(part) > CONFIDENTIAL_BYTES_MAX:
        raise Refusal("confidential-too-large", f"{len(part)} bytes, at most {CONFIDENTIAL_BYTES_MAX}")
    if sha256(part).digest() != named:
        raise Refusal("confidential-mismatch", "its digest is not the one that the body names")
    return parse_confidential(part)
