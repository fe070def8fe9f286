"""Content: what the body of a statement is, by the kind that the statement claims."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ledger.chain.claim import NO_CLAIM, Claim, encode_claim
from ledger.chain.seal import SEAL_KIND, Seal
from ledger.custody.event import Event, parse_event
from ledger.custody.judge import Act
from ledger.errors import Refusal
from ledger.identity.registration import (
    REGISTRATIONS,
    Registration,
    media_type_of,
    parse_registration,
    subject_of,
)
from ledger.log.statement import Statement
from ledger.papers.paper import PAPERS, Paper, parse_paper

__all__ = [
    "EVENT_MEDIA_TYPE", "GENESIS_KIND", "Content", "act_of", "claim_of", "parse_content", "require_agreement",
]  # fmt: skip

EVENT_MEDIA_TYPE: Final = "application/ld+json"
GENESIS_KIND: Final = "genesis"

Content = Event | Paper | Registration


def parse_content(
    statement: Statement, body: bytes, read_event: Callable[[bytes], Event] = parse_event
) -> Content:
    """Parse a body as what its statement says it is.

    Args:
        statement, body: the two.
        read_event: `parse_event`, or `EventReader.read`, which knows what it has read before.

    Raises:
        Refusal: `media-type-mismatch`, `kind-unknown`.
        FormatError, CodeFault: as the parsers of events, papers and registrations.
    """
    kind = statement.kind
    if kind in REGISTRATIONS or kind in PAPERS:
        if statement.media_type != media_type_of(kind):
            raise Refusal("media-type-mismatch", f"{kind} is {media_type_of(kind)}")
        return parse_registration(kind, body) if kind in REGISTRATIONS else parse_paper(kind, body)
    if kind in (SEAL_KIND, GENESIS_KIND):
        raise Refusal("kind-reserved", f"only the ledger itself writes a {kind}")
    if statement.media_type != EVENT_MEDIA_TYPE:
        raise Refusal("media-type-mismatch", f"an event is {EVENT_MEDIA_TYPE}")
    return read_event(body)


def act_of(content: Event | Paper) -> Act:
    """Return what the custody rules need of an event or a paper."""
    if isinstance(content, Event):
        return content.act
    return Act(content.act, content.paper_time, insured=content.insured)


def claim_of(content: Content | Seal) -> bytes:
    """Return what the log's row holds beside a body (`ledger.chain.claim`)."""
    match content:
        case Event():
            return encode_claim(Claim(content.event_time, content.site, content.insured, content.corrects))
        case Paper():
            return encode_claim(Claim(content.paper_time, None, content.insured))
        case Seal():
            return encode_claim(Claim(content.recorded_at))
        case _:
            return NO_CLAIM


def require_agreement(statement: Statement, content: Content, *, own: bool) -> None:
    """Require that a statement speaks of the body that it stands over, and that the right hand signed it.

    Args:
        statement, content: the two.
        own: it was signed by the ledger's own key.

    Raises:
        Refusal: `not-the-registrar`, `kind-mismatch`, `subject-mismatch`.
    """
    match content:
        case Event():
            kind, subject, registers = content.kind, content.event_id, False
        case Paper():
            kind, subject, registers = content.kind, content.paper_id, False
        case _:
            kind, subject, registers = statement.kind, subject_of(content), True
    if registers != own:
        raise Refusal("not-the-registrar", "registrations, and nothing else, are signed by the ledger's key")
    if statement.kind != kind:
        raise Refusal("kind-mismatch", f"the statement says {statement.kind}, the body is {kind}")
    if statement.subject != subject:
        raise Refusal("subject-mismatch", "the statement names another id than the body")
