"""The statements of a bundle: read in the order of the log, proven to be in it, believed one by one.

    1. each line is what its format says; log indexes ascend
    2. registrations are the ledger's own statements; they say whose keys and parties the others name
    3. all statements together lead, by the one proof, to the root of the signed head
    4. every other statement is signed by a registered key that counted, over the body given

Registrations are read first, so that a key's revocation, which comes later in the log, is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from ledger.bundle.archive import Archive
from ledger.bundle.form import EVIDENCE, PROOF, EvidenceLine, ProofFile, lines_of, parse
from ledger.content import parse_content, require_agreement
from ledger.custody.event import Event
from ledger.errors import CodeFault, FormatError, LedgerError, NotVerified, Refusal
from ledger.identity.directory import Directory
from ledger.identity.registration import REGISTRATIONS, Product
from ledger.identity.signer import Signer
from ledger.limits import BUNDLE_CHUNK_STATEMENTS_MAX
from ledger.log.checkpoint import Checkpoint
from ledger.log.merkle import leaf_hash, root_from_many
from ledger.log.note import VerifierKey
from ledger.log.spelling import read_base64
from ledger.log.statement import parse_statement
from ledger.papers.contents import Action, Publication, Seizure
from ledger.papers.paper import Paper
from ledger.verify import own_statement_of, signed_content, signed_statement

__all__ = ["Evidence", "Office", "Stated", "read_evidence"]

class Stated(msgspec.Struct, frozen=True):
    """What is kept of a statement: its kind, the author's time (seconds since the epoch), the author's party."""

    kind: str
    time: int
    party: int


class Office(msgspec.Struct, frozen=True):
    """A paper of an office, who signed it, and where in the log it is."""

    index: int
    signer: Signer
    content: Action | Publication | Seizure


class Evidence(msgspec.Struct, frozen=True):
    """All statements of a bundle, believed.

    Attributes:
        directory: who was registered; products: names (English, Chinese) by id.
        stated: by log index, registrations aside.
        offices: papers of offices, in the order of the log.
        warnings: `key-compromised-since` when a key was declared compromised later.
    """

    directory: Directory
    products: dict[str, tuple[str, str]]
    stated: dict[int, Stated]
    offices: list[Office]
    warnings: frozenset[str]


def read_evidence(archive: Archive, checkpoint: Checkpoint, vkey: VerifierKey) -> Evidence:
    """Read and believe the statements of a bundle, by the steps above.

    Raises:
        NotVerified: what does not hold, at the statement's log index.
        FormatError: `casefile-malformed`, and as the parsers of statements and bodies.
    """
    directory = Directory()
    products: dict[str, tuple[str, str]] = {}
    indexes: list[int] = []
    leaves: list[bytes] = []
    # 1. 2.
    for line in _lines(archive):
        if indexes and line.index <= indexes[-1]:
            raise FormatError("casefile-malformed", f"{EVIDENCE}: log index {line.index} stands out of order")
        data = _statement(line)
        indexes.append(line.index)
        leaves.append(leaf_hash(data))
        with _placed(line.index):
            _register(line, data, vkey, directory, products)
    # 3.
    proof = parse(archive.read(PROOF), ProofFile, PROOF)
    root = root_from_many(indexes, leaves, checkpoint.size, [bytes.fromhex(each) for each in proof.hashes])
    if root != checkpoint.root:
        raise NotVerified("inclusion-proof-wrong", "the evidence leads to another root")
    # 4.
    stated: dict[int, Stated] = {}
    offices: list[Office] = []
    warnings: set[str] = set()
    for line in _lines(archive):
        with _placed(line.index):
            _believe(line, directory, stated, offices, warnings)
    return Evidence(directory, products, stated, offices, frozenset(warnings))


def _lines(archive: Archive) -> Iterator[EvidenceLine]:
    for name in archive.below(EVIDENCE):
        lines = lines_of(archive.read(name), name)
        if len(lines) > BUNDLE_CHUNK_STATEMENTS_MAX:
            raise FormatError("casefile-malformed", f"{name}: {len(lines)} lines")
        for line in lines:
            yield parse(line, EvidenceLine, name)


def _statement(line: EvidenceLine) -> bytes:
    try:
        return read_base64(line.statement)
    except ValueError as error:
        raise FormatError("casefile-malformed", f"statement {line.index}: {error}") from None


def _register(
    line: EvidenceLine, data: bytes, vkey: VerifierKey, directory: Directory, products: dict[str, tuple[str, str]]
) -> None:
    statement = parse_statement(data)
    if statement.kind not in REGISTRATIONS:
        return
    body = line.body.encode()
    own_statement_of(data, body, vkey)
    content = parse_content(statement, body)
    require_agreement(statement, content, own=True)
    assert not isinstance(content, Event | Paper)
    directory.add(content, line.index)
    if isinstance(content, Product):
        products[content.id] = (content.name_en, content.name_zh)


def _believe(
    line: EvidenceLine, directory: Directory, stated: dict[int, Stated], offices: list[Office], warnings: set[str]
) -> None:
    data = _statement(line)
    if parse_statement(data).kind in REGISTRATIONS:
        return
    statement, signer, remarks = signed_statement(data, directory)
    content = signed_content(statement, line.body.encode())
    time = content.event_time if isinstance(content, Event) else content.paper_time
    stated[line.index] = Stated(content.kind, time, signer.party)
    warnings.update(remarks)
    if isinstance(content, Paper) and isinstance(content.content, Action | Publication | Seizure):
        offices.append(Office(line.index, signer, content.content))


@contextmanager
def _placed(index: int) -> Iterator[None]:
    """Let an error also say at which log index it struck, and that the file is at fault."""
    try:
        yield
    except LedgerError as error:
        kind = {Refusal: NotVerified, CodeFault: FormatError}.get(type(error), type(error))
        raise kind(error.code, error.detail, span=error.span, index=index) from None
