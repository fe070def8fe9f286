"""What a ledger answers, as far as clients use it; members that are not named here are passed over.

So a client goes on when the interface grows. The whole of each answer is in docs/reference/api.md.
"""

from __future__ import annotations

import msgspec

__all__ = [
    "AnomalyTold", "Consistency", "Enrolled", "Job", "Outcome", "Outcomes", "Problem", "Seen", "Snapshot", "Told",
    "Verdicts",
]  # fmt: skip


class _Answer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What all of them have in common: names in camelCase."""


class Problem(_Answer, frozen=True, kw_only=True):
    """What went wrong; `code` is the catalogue's (docs/reference/errors.md)."""

    status: int
    code: str
    detail: str = ""
    title: str = ""
    advice: str = ""


class AnomalyTold(_Answer, frozen=True, kw_only=True):
    """Something wrong with a pack, or with the statement as a whole."""

    name: str
    code: str = ""


class Outcome(_Answer, frozen=True, kw_only=True):
    """What became of one submission; `receipt` is base64."""

    status: str
    verdict: str = ""
    index: int = -1
    anomalies: list[AnomalyTold] = msgspec.field(default_factory=list)
    receipt: str = ""
    problem: Problem | None = None


class Outcomes(_Answer, frozen=True, kw_only=True):
    """One outcome for each submission, in the same order."""

    outcomes: list[Outcome]


class Told(_Answer, frozen=True, kw_only=True):
    """What is said of one code; `expiry` as 2028-12-31."""

    verdict: str = ""
    code: str = ""
    product: str = ""
    batch: str = ""
    expiry: str = ""
    anomalies: list[AnomalyTold] = msgspec.field(default_factory=list)


class Verdicts(_Answer, frozen=True, kw_only=True):
    """The gravest verdict, and what is said of each code, in the order asked."""

    verdict: str
    codes: list[Told]


class Snapshot(_Answer, frozen=True, kw_only=True):
    """What a station must know offline: the ledger's statement in base64, and the exact body that it signs."""

    statement: str
    body: str


class Seen(_Answer, frozen=True, kw_only=True):
    """The newest checkpoint, and the proof that it extends the one that was seen: hashes in base64."""

    checkpoint: str
    consistency: list[str]


class Consistency(_Answer, frozen=True, kw_only=True):
    """The proof that the tree of one size extends that of another: hashes in base64."""

    path: list[str]


class Enrolled(_Answer, frozen=True, kw_only=True):
    """What a station is told when it is enrolled; times are seconds since the epoch."""

    station: str
    party: str
    kid: str
    valid_from: int
    valid_until: int
    origin: str
    verifier_key: str
    api_key: str


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a document of EPCIS, in EPCIS's own names."""

    captureID: str  # noqa: N815
    running: bool
    success: bool
    errors: list[Problem]
