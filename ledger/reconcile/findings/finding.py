"""A finding: what one rule saw about one subject, from the day it was first seen.

    id = hex of the first 16 bytes of SHA-256("packledger finding" 0x00 rule 0x00 subject)

So there is one for each rule and subject: it grows, closes and reopens, and never doubles. `docs/formats/finding.md`
has every member. What was seen (`Seen`) can be computed again by anybody from the lake and the rule's version.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from ledger.errors import FormatError

__all__ = [
    "SEVERITIES",
    "Closing",
    "Finding",
    "Grain",
    "Reason",
    "Seen",
    "Sentence",
    "Severity",
    "decode_finding",
    "encode_finding",
    "finding_id",
]  # fmt: skip

Grain = Literal["pack", "person", "institution", "trade", "network"]
Severity = Literal["low", "medium", "high"]
SEVERITIES: Final[tuple[Severity, ...]] = ("low", "medium", "high")
"""From the mildest to the gravest; the place is what the store sorts by."""

Reason = Literal["new-facts", "rule-changed", "rule-withdrawn", "person-erased", "time-passed"]
"""Why a finding is closed: statements that were recorded since explain it; the rule has another text, or is no more;
a person was erased; or nothing of that, and the rule no longer sees it, because it looks at the time that passed."""

_Hex32 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
_Index = Annotated[int, Meta(ge=0, le=2**53 - 1)]
_Whole = Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]


def finding_id(rule: str, subject: str) -> str:
    """Return the id of what a rule finds about a subject, 32 hexadecimal digits.

    >>> finding_id("dispensed-twice", "87709840000000015538")
    '7ef52fa32063b097c305405696f9d074'
    """
    return sha256(f"packledger finding\0{rule}\0{subject}".encode()).hexdigest()[:32]


class Sentence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was seen, in one sentence, in English and Chinese."""

    en: str
    zh: str


class Seen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a rule saw about a subject.

    Attributes:
        id: the finding's.
        rule, version: the rule, and the SHA-256 of its text, hex.
        grain: what the subject is.
        severity: how grave such a finding is.
        subject: a pack's key, a person's pseudonym, a party's number as text; empty when the person was erased.
        time: when the last fact needed was recorded, seconds since the epoch: the earliest it could be found.
        score: 0 to 100, how sure.
        cents: money at stake.
        evidence: log indexes, ascending.
        persons: pseudonyms of who is touched, ascending; institutions: numbers of parties, ascending.
        numbers: what explains it, by name.
        sentence: the same in words.
    """

    id: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
    rule: str
    version: _Hex32
    grain: Grain
    severity: Severity
    subject: str
    time: _Index
    score: Annotated[int, Meta(ge=0, le=100)]
    cents: _Whole
    evidence: tuple[_Index, ...]
    persons: tuple[str, ...]
    institutions: tuple[_Index, ...]
    numbers: dict[str, _Whole | str | None]
    sentence: Sentence

    @property
    def party(self) -> int | None:
        """The number of the party that it is about, if it is about one."""
        is_party = self.grain in ("institution", "trade") and self.subject.isascii() and self.subject.isdigit()
        return int(self.subject) if is_party else None


class Closing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a finding is closed; `new` are the log indexes of the statements that explain it, the first of many."""

    reason: Reason
    new: tuple[_Index, ...] = ()


class Finding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A finding as it is kept.

    Attributes:
        seen: what was seen, when it was last seen.
        first_run: the run that saw it first.
        run: the run that gave it its present form.
        closing: why it is closed; None while it is open.
    """

    seen: Seen
    first_run: int
    run: int
    closing: Closing | None = None

    @property
    def id(self) -> str:
        """The finding's id."""
        return self.seen.id

    @property
    def is_open(self) -> bool:
        """Whether the rule still sees it."""
        return self.closing is None


_encode = msgspec.msgpack.Encoder(order="sorted").encode
_decode = msgspec.msgpack.Decoder(Finding).decode


def encode_finding(finding: Finding) -> bytes:
    """Return the stored bytes of a finding."""
    return _encode(finding)


def decode_finding(data: bytes) -> Finding:
    """Read the stored bytes of a finding.

    Raises:
        FormatError: `finding-malformed`.
    """
    try:
        return _decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError("finding-malformed", str(error)) from None
