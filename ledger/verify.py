"""`verify` of one file, without a ledger: the numbered steps by which a pedigree is believed.

Needs no database and no network; the one thing that must come from elsewhere is the ledger's key.

    1. the file is what its format says, bit by bit
    2. the checkpoint is signed by the ledger's key
    3. the seal is a statement by the ledger, over the body given, and its receipt proves it under that head
    4. every registration is a statement by the ledger and lies in the log under the same head
    5. each link's statement is signed by a registered key that counted when it was made
    6. each body has the digest that was signed, and names this pack, or a case that an earlier body put it in
    7. the links form one chain from seq 0, and its last hash is among those that the seal commits to

What holds afterwards: these statements, in this order, and no others make up the chain that the seal commits to.
What does not follow: that no later statement exists; that the ledger left no statement, and no second chain of
this pack, out (`ledger.audit` shows that); that no key was revoked, where the file keeps quiet about it;
that a body which is withheld names this pack.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from typing import Final, TypeVar

import msgspec

from ledger.chain.link import ZERO_HASH, link_bytes, link_hash
from ledger.chain.pedigree import Pedigree, PedigreeLink, ProvenRegistration, hashes_of, parse_pedigree
from ledger.chain.seal import SEAL_KIND, Seal, parse_seal
from ledger.codes import key_of
from ledger.content import parse_content, require_agreement
from ledger.custody.event import Event
from ledger.errors import CodeFault, FormatError, LedgerError, NotVerified, Refusal
from ledger.identity.directory import Directory
from ledger.identity.signer import Signer
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.merkle import leaf_hash, verify_inclusion
from ledger.log.note import VerifierKey
from ledger.log.receipt import parse_receipt, verify_receipt
from ledger.log.spelling import read_base64
from ledger.log.statement import Statement, parse_statement, verify_statement
from ledger.papers.paper import Paper

__all__ = [
    "PedigreeReport", "VerifiedStep", "own_statement_of", "signed_content", "signed_statement", "verify_pedigree",
]  # fmt: skip

_T = TypeVar("_T")
_WITHHELD: Final = "body-withheld"
_IN_CASE: Final = "named-by-case"
_COMPROMISED: Final = "key-compromised-since"


class VerifiedStep(msgspec.Struct, frozen=True):
    """One statement of a verified pedigree.

    Attributes:
        statement: what was signed.
        party: name of the signer's party, (en, zh); empty when its registration is not in the file.
        event_time: the author's claim, seconds since the epoch; None when the body is withheld.
        warnings: `body-withheld`, `named-by-case` (the body names the case, not this pack),
            `key-compromised-since` (the key was declared compromised later).
        corrects: its body declares an act of its author an error; False when the body is withheld.
        taken_back: its author declared it an error, so that it no longer counts.
    """

    statement: Statement
    party: tuple[str, str]
    event_time: int | None
    warnings: tuple[str, ...]
    corrects: bool
    taken_back: bool = False


class PedigreeReport(msgspec.Struct, frozen=True):
    """What a verified pedigree says.

    Attributes:
        code: the pack's URI.
        checkpoint: the head under which all was proven.
        recorded_at: when the last statement was sealed, by the ledger's word; seconds since the epoch.
        steps: the statements, oldest first.
    """

    code: str
    checkpoint: Checkpoint
    recorded_at: int
    steps: tuple[VerifiedStep, ...]

    @property
    def warnings(self) -> frozenset[str]:
        """Every warning of any step."""
        return frozenset(warning for step in self.steps for warning in step.warnings)


def verify_pedigree(data: bytes, vkey: VerifierKey) -> PedigreeReport:
    """Believe a pedigree, or say why not, by the numbered steps above.

    Args:
        data: the file.
        vkey: the ledger's key, known from elsewhere; its name is the ledger's origin.

    Raises:
        NotVerified: the code names what does not hold; the detail says which link or registration.
        FormatError: the file, or a part of it, is not what it should be.
    """
    # 1.
    pedigree = parse_pedigree(data)
    names = _Names(_placed("code", partial(key_of, pedigree.code)))
    # 2.
    checkpoint = open_checkpoint(pedigree.checkpoint.encode(), vkey.name, vkey)
    # 3.
    seal = _seal(pedigree, checkpoint, vkey)
    # 4.
    directory = Directory()
    for number, proven in enumerate(pedigree.registrations):
        _placed(f"registration {number}", partial(_register, proven, checkpoint, vkey, directory))
    # 5. 6.
    steps: list[VerifiedStep] = []
    previous = ZERO_HASH
    for seq, link in enumerate(pedigree.links):
        step, leaf = _placed(f"link {seq}", partial(_step, link, names, directory))
        steps.append(step)
        # 7.
        previous = link_hash(link_bytes(bytes.fromhex(link.salt), seq, previous, leaf, pedigree.code))
    last = pedigree.last
    if last.links != seal.links:
        raise NotVerified("links-altered", "the seal counts other links than the file")
    verify_inclusion(previous, last.position, last.links, hashes_of(last.path), bytes.fromhex(seal.links_root))
    return PedigreeReport(pedigree.code, checkpoint, seal.recorded_at, _with_errors_declared(steps))


def _with_errors_declared(steps: Sequence[VerifiedStep]) -> tuple[VerifiedStep, ...]:
    declared = {step.statement.name for step in steps if step.corrects}
    return tuple(
        msgspec.structs.replace(step, taken_back=not step.corrects and step.statement.name in declared)
        for step in steps
    )


def _placed(place: str, check: Callable[[], _T]) -> _T:
    """Run a check; an error from it also says where in the file it struck, and that a file is at fault."""
    try:
        return check()
    except LedgerError as error:
        detail = f"{place}: {error.detail}" if error.detail else place
        kind = {Refusal: NotVerified, CodeFault: FormatError}.get(type(error), type(error))
        raise kind(error.code, detail, span=error.span, index=error.index) from None


def _decoded(text: str) -> bytes:
    try:
        return read_base64(text)
    except ValueError as error:
        raise FormatError("pedigree-malformed", str(error)) from None


def _seal(pedigree: Pedigree, checkpoint: Checkpoint, vkey: VerifierKey) -> Seal:
    data = _decoded(pedigree.seal.statement)
    body = pedigree.seal.body.encode()
    statement = own_statement_of(data, body, vkey)
    if statement.kind != SEAL_KIND:
        raise NotVerified("seal-not-the-ledgers", f"a {statement.kind} stands in its place")
    receipt = parse_receipt(_decoded(pedigree.seal.receipt))
    verify_receipt(receipt, leaf_hash(data), vkey.key)
    if receipt.size != checkpoint.size:
        raise NotVerified("receipt-of-another-head", f"size {receipt.size}, the checkpoint's is {checkpoint.size}")
    verify_inclusion(leaf_hash(data), receipt.index, receipt.size, receipt.path, checkpoint.root)
    return parse_seal(body)


def own_statement_of(data: bytes, body: bytes, vkey: VerifierKey) -> Statement:
    """Return a statement that the ledger itself made over this body.

    Raises:
        NotVerified: `signature-wrong`, `issuer-mismatch`, `body-altered`.
        FormatError: `statement-…`.
    """
    statement = parse_statement(data)
    if statement.kid != vkey.key.thumbprint() or not verify_statement(statement, vkey.key):
        raise NotVerified("signature-wrong", "not by the ledger's key")
    if statement.issuer != f"https://{vkey.name}":
        raise NotVerified("issuer-mismatch", "not in the ledger's name")
    if sha256(body).digest() != statement.digest:
        raise NotVerified("body-altered")
    return statement


def _register(
    proven: ProvenRegistration, checkpoint: Checkpoint, vkey: VerifierKey, directory: Directory
) -> None:
    data = _decoded(proven.statement)
    body = proven.body.encode()
    statement = own_statement_of(data, body, vkey)
    verify_inclusion(leaf_hash(data), proven.index, checkpoint.size, hashes_of(proven.path), checkpoint.root)
    content = parse_content(statement, body)
    require_agreement(statement, content, own=True)
    assert not isinstance(content, Event | Paper)
    directory.add(content, proven.index)


class _Names:
    """The names under which bodies may speak of the pack: its own, and those of cases it was put into."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._names = {key}
        self._complete = True

    def withhold(self) -> None:
        """Go on without a body: it may have put the pack into any case."""
        self._complete = False

    def read(self, content: Event | Paper) -> bool:
        """Say whether a body names the pack itself.

        Raises:
            NotVerified: `pack-not-named` when it names neither the pack nor a case that it was put into.
        """
        parent = content.parent if isinstance(content, Event) else None
        named = {*content.codes, parent}
        if self._complete and self._names.isdisjoint(named):
            raise NotVerified("pack-not-named", "neither the pack nor a case that it was put into")
        if content.kind == "packing" and parent is not None and not self._names.isdisjoint(content.codes):
            self._names.add(parent)
        return self._key in named


def _step(link: PedigreeLink, names: _Names, directory: Directory) -> tuple[VerifiedStep, bytes]:
    data = _decoded(link.statement)
    # 5.
    statement, signer, warnings = signed_statement(data, directory)
    # 6.
    event_time, corrects = None, False
    if link.body is None:
        warnings += (_WITHHELD,)
        names.withhold()
    else:
        content = signed_content(statement, link.body.encode())
        if isinstance(content, Event):
            event_time, corrects = content.event_time, content.corrects
        else:
            event_time = content.paper_time
        if not names.read(content):
            warnings += (_IN_CASE,)
    step = VerifiedStep(statement, directory.party_name(signer.party), event_time, warnings, corrects)
    return step, leaf_hash(data)


def signed_statement(data: bytes, directory: Directory) -> tuple[Statement, Signer, tuple[str, ...]]:
    """Return a statement, whose registered key signed it, and remarks about that key.

    Raises:
        NotVerified: `key-unknown`, `key-outside-validity`, `key-retired`, `signature-wrong`, `issuer-mismatch`.
        FormatError: `statement-…`.
    """
    statement = parse_statement(data)
    signer = directory.signer(statement.kid)
    if signer is None:
        raise NotVerified("key-unknown", "no registration of this key in the file")
    warnings = _validity(signer, statement)
    if not verify_statement(statement, signer.public):
        raise NotVerified("signature-wrong")
    if statement.issuer != signer.party_uri:
        raise NotVerified("issuer-mismatch")
    return statement, signer, warnings


def _validity(signer: Signer, statement: Statement) -> tuple[str, ...]:
    if not signer.valid_from <= statement.issued_at <= signer.valid_until:
        raise NotVerified("key-outside-validity")
    revoked = signer.revoked
    if revoked is None:
        return ()
    if revoked.reason == "compromised":
        # It was recorded before the key was declared so, or the ledger would have refused it; whether the
        # thief made it is what the suspect window is for.
        return (_COMPROMISED,)
    if statement.issued_at > revoked.since:
        raise NotVerified("key-retired")
    return ()


def signed_content(statement: Statement, body: bytes) -> Event | Paper:
    """Return what a statement's body says, once it is the body that was signed.

    Raises:
        NotVerified: `body-altered`.
        Refusal, FormatError, CodeFault: as the parsers of bodies.
    """
    if sha256(body).digest() != statement.digest:
        raise NotVerified("body-altered")
    content = parse_content(statement, body)
    require_agreement(statement, content, own=False)
    assert isinstance(content, Event | Paper)
    return content
