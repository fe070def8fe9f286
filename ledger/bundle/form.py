"""What a bundle holds: names, members, the index. `docs/formats/bundle.md` shows them.

    index.json              the index: every other member with its size and digest
    index.cose              the ledger's statement over the index (COSE_Sign1)
    index.html              a page for people
    case.json               where the case stands, and its actions
    findings.json           the findings
    rules/ID.VERSION.sql    the rules that made them
    evidence/NNNNNN.jsonl   statements with their bodies, in the order of the log
    proof.json              that all of them are in the log, in one proof
    facts/TABLE.jsonl       what the lake says of them
    pedigrees/NNNNNN.json   whole chains of the packs
    tracing.json, tracing.csv   of what was seized: the summary, and a row for each pack

Everything is canonical JSON but the page, the rules and the table.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from ledger import canonical
from ledger.errors import FormatError
from ledger.limits import BUNDLE_MEMBERS_MAX, NOTE_BYTES_MAX, PROOF_HASHES_MAX
from ledger.papers.case import Case
from ledger.reconcile.findings.finding import Finding

__all__ = [
    "ACTIONS_KIND", "BUNDLE_FORMAT", "BUNDLE_KIND", "BUNDLE_MEDIA_TYPE", "CASE", "EVIDENCE", "FACTS", "FINDINGS",
    "INDEX", "NAME", "PAGE", "PEDIGREES", "PROOF", "RULES", "SIGNATURE", "TRACED", "TRACING", "WRITER",
    "ActionRow", "CaseFile", "EvidenceLine", "FindingsFile", "Found", "Index", "Member", "ProofFile", "lines_of",
    "numbered", "parse", "print_lines", "print_member", "rule_member",
]  # fmt: skip

BUNDLE_FORMAT: Final = "packledger-bundle/1"
BUNDLE_KIND: Final = "bundle"
BUNDLE_MEDIA_TYPE: Final = "application/vnd.packledger.bundle+json"
ACTIONS_KIND: Final = "action"

WRITER: Final = "packledger page 3"
"""What made the page; another version makes another page of the same members."""

INDEX, SIGNATURE, PAGE = "index.json", "index.cose", "index.html"
CASE, FINDINGS, PROOF, TRACING, TRACED = "case.json", "findings.json", "proof.json", "tracing.json", "tracing.csv"
EVIDENCE, FACTS, PEDIGREES, RULES = "evidence/", "facts/", "pedigrees/", "rules/"

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9_-]+)*(?:/[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9_-]+)*)?")
"""The names that a member can have: no way leads out of the archive."""

_Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
_Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
_T = TypeVar("_T")


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Strict, as everything that is read here."""


class Member(_Part, frozen=True, kw_only=True):
    """One member: its name, how many bytes, SHA-256 in hex."""

    name: str
    bytes: _Count
    digest: _Hash


class Index(_Part, frozen=True, kw_only=True):
    """The index.

    Attributes:
        number, case: which case it is; the id of the action that opened it.
        origin: whose ledger.
        made_at: the time of the newest seal below the checkpoint, seconds since the epoch.
        writer: what made the page.
        checkpoint: the signed head that every proof leads to.
        members: all but the index and its signature, by name.
    """

    format: Literal["packledger-bundle/1"] = BUNDLE_FORMAT
    number: Annotated[int, Meta(ge=1)]
    case: str
    origin: str
    made_at: _Count
    writer: Annotated[str, Meta(max_length=80)]
    checkpoint: Annotated[str, Meta(max_length=NOTE_BYTES_MAX)]
    members: Annotated[list[Member], Meta(max_length=BUNDLE_MEMBERS_MAX)]


class ActionRow(_Part, frozen=True, kw_only=True):
    """An action about the case: its log index, and why it does not count (empty when it does)."""

    index: _Count
    fault: str


class CaseFile(_Part, frozen=True, kw_only=True):
    """Where the case stands, and every action about it in the order of the log."""

    number: _Count
    case: Case
    actions: list[ActionRow]


class Found(_Part, frozen=True, kw_only=True):
    """A finding, and the log that its present form was computed from: size and root; when it was first seen."""

    finding: Finding
    tree_size: _Count
    root: _Hash
    first_seen: _Count


class FindingsFile(_Part, frozen=True, kw_only=True):
    """The findings of the case by id, and the ids of those that are kept no more."""

    findings: list[Found]
    missing: list[str]


class EvidenceLine(_Part, frozen=True, kw_only=True):
    """A statement: its log index, its bytes in base64, its body as text."""

    index: _Count
    statement: str
    body: str


class ProofFile(_Part, frozen=True, kw_only=True):
    """The hashes that lead from all of the evidence to the root of the checkpoint, from left to right."""

    hashes: Annotated[list[_Hash], Meta(max_length=BUNDLE_MEMBERS_MAX * PROOF_HASHES_MAX)]


def numbered(folder: str, number: int, ending: str) -> str:
    """Return the name of the `number`-th member of a folder."""
    return f"{folder}{number:06d}{ending}"


def rule_member(rule: str, version: str) -> str:
    """Return the name of a rule's text."""
    return f"{RULES}{rule}.{version[:16]}.sql"


def print_member(value: object) -> bytes:
    """Return a member in its one spelling."""
    return canonical.dumps(msgspec.to_builtins(value))


def print_lines(values: list[Any]) -> bytes:
    """Return a member of many lines, each in its one spelling."""
    return b"".join(canonical.dumps(msgspec.to_builtins(value)) + b"\n" for value in values)


def parse(data: bytes, kind: type[_T], name: str) -> _T:
    """Read a member, or a line of one; it must be in its one spelling.

    Raises:
        FormatError: `casefile-malformed`, with the member's name.
    """
    try:
        value = msgspec.convert(canonical.loads(data), kind)
        if print_member(value) == data:
            return value
    except (msgspec.ValidationError, FormatError) as error:
        raise FormatError("casefile-malformed", f"{name}: {error}") from None
    raise FormatError("casefile-malformed", f"{name}: not in canonical form")


def lines_of(data: bytes, name: str) -> list[bytes]:
    """Return the lines of a member of many.

    Raises:
        FormatError: `casefile-malformed` when the last line has no end.
    """
    *lines, rest = data.split(b"\n")
    if rest:
        raise FormatError("casefile-malformed", f"{name}: the last line has no end")
    return lines
