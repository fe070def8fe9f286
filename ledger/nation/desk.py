"""The desk: writes a deed down as its author would, and signs it with the author's own station key."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from ledger import canonical
from ledger.custody.event import MEDIA_TYPE, make_event
from ledger.log.statement import sign_statement
from ledger.nation.deeds import Deed, EventDeed, PaperDeed
from ledger.papers.confidential import make_confidential
from ledger.papers.contents import Prescription, Settlement
from ledger.papers.paper import make_paper, media_type
from ledger.submission import Submission

__all__ = ["sign"]


def sign(deed: Deed) -> Submission:
    """Return the signed submission of a deed; the same deed gives the same bytes."""
    part = None if deed.personal is None else make_confidential(deed.personal, _salt(deed.id))
    digest = None if part is None else canonical.digest(part)
    body = _event(deed, digest) if isinstance(deed, EventDeed) else _paper(deed, digest)
    statement = sign_statement(
        deed.place.key,
        issuer=deed.place.party,
        subject=deed.id,
        issued_at=deed.time,
        kind=deed.kind,
        media_type=MEDIA_TYPE if isinstance(deed, EventDeed) else media_type(deed.kind),
        digest=canonical.digest(body),
    )
    return Submission(statement, body, part)


def _event(deed: EventDeed, digest: bytes | None) -> bytes:
    return make_event(
        deed.kind,
        event_id=deed.id,
        event_time=deed.time if deed.happened is None else deed.happened,
        codes=deed.codes,
        parent=deed.parent,
        site=deed.place.site,
        destination=deed.destination,
        batch=deed.batch,
        expiry=deed.expiry,
        settlement=deed.settlement,
        partial=deed.partial,
        confidential=digest,
        declared_at=None if deed.happened is None else deed.time,
    )


def _paper(deed: PaperDeed, digest: bytes | None) -> bytes:
    content = deed.content
    if digest is not None:
        assert isinstance(content, Settlement | Prescription)
        content = msgspec.structs.replace(content, confidential=f"sha-256:{digest.hex()}")
    return make_paper(content)


def _salt(identifier: str) -> bytes:
    # Real parts have random salts; these only need to differ, and to be the same in every run.
    return sha256(f"packledger synthetic salt {identifier}".encode()).digest()[:16]
