"""`verify` of a bundle, on a machine without the ledger: the numbered steps by which a case file is believed.

Needs no database and no network; the one thing that must come from elsewhere is the ledger's key.

    1. the file is a zip within bounds, with members of the names that a bundle has
    2. the index is the ledger's word: its statement over just these bytes, for just this case
    3. every member is listed, with its size and digest, and nothing listed is missing
    4. the checkpoint is signed by the ledger
    5. what the members say holds, each by itself and together (`dossier`)
    6. the page is the one that these members make

What does not follow: that no later statement exists; that a statement is true; that a finding is a crime.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import msgspec

from ledger.bundle.archive import Archive, opened
from ledger.bundle.dossier import Dossier, read_dossier
from ledger.bundle.form import BUNDLE_KIND, BUNDLE_MEDIA_TYPE, INDEX, PAGE, RULES, SIGNATURE, WRITER, Index, parse
from ledger.bundle.page import page_of
from ledger.errors import FormatError, NotVerified
from ledger.limits import BUNDLE_INDEX_BYTES_MAX, STATEMENT_BYTES_MAX
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.note import VerifierKey
from ledger.verify import own_statement_of

__all__ = ["BundleReport", "bundle_subject", "rule_texts", "verify_bundle"]

_OTHER_WRITER = "page-of-another-version"


class BundleReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a verified bundle says.

    Attributes:
        number, title: which case.
        checkpoint: the head under which all was proven.
        made_at: the time of the newest seal below it, seconds since the epoch.
        members, statements, actions, findings, pedigrees: how many there are.
        seized, traced: packs that were seized, and of those traced to a person.
        warnings: `key-compromised-since`, `person-erased`, `rule-unpublished` (no statement puts a rule's text into
            force), `page-of-another-version` (the page was not made anew, only its digest was compared).
    """

    number: int
    title: str
    checkpoint: Checkpoint
    made_at: int
    members: int
    statements: int
    actions: int
    findings: int
    pedigrees: int
    seized: int
    traced: int
    warnings: tuple[str, ...]


def verify_bundle(path: Path, vkey: VerifierKey) -> BundleReport:
    """Believe a bundle, or say why not, by the numbered steps above.

    Args:
        path: the zip.
        vkey: the ledger's key, known from elsewhere; its name is the ledger's origin.

    Raises:
        NotVerified: the code names what does not hold; the detail names the member.
        FormatError: the file, or a member, is not what it should be.
    """
    # 1.
    with opened(path) as archive:
        # 2.
        data = archive.read(INDEX, BUNDLE_INDEX_BYTES_MAX)
        index = parse(data, Index, INDEX)
        _require_signed(archive.read(SIGNATURE, STATEMENT_BYTES_MAX), data, index, vkey)
        # 3.
        _require_members(archive, index)
        # 4.
        checkpoint = open_checkpoint(index.checkpoint.encode(), vkey.name, vkey)
        # 5.
        dossier = read_dossier(archive, checkpoint, index.checkpoint, vkey)
        if (dossier.case.number, dossier.case.case.uri, vkey.name) != (index.number, index.case, index.origin):
            raise NotVerified("bundle-case-wrong", f"{INDEX}: of another case")
        # 6.
        warnings = set(dossier.warnings)
        if index.writer != WRITER:
            warnings.add(_OTHER_WRITER)
        elif archive.read(PAGE) != page_of(index, dossier, rule_texts(archive)):
            raise NotVerified("bundle-page-wrong", f"{PAGE}: not the page that these members make")
        return _report(index, dossier, warnings)


def bundle_subject(issuer: str, number: int) -> str:
    """Return what the ledger's statement over an index is about."""
    return f"{issuer}/case:{number}"


def rule_texts(archive: Archive) -> dict[str, str]:
    """Return the texts of the rules of a bundle, by version."""
    texts = (archive.read(name) for name in archive.below(RULES))
    return {sha256(text).hexdigest(): text.decode("utf-8", "replace") for text in texts}


def _require_signed(data: bytes, body: bytes, index: Index, vkey: VerifierKey) -> None:
    try:
        statement = own_statement_of(data, body, vkey)
    except NotVerified as error:
        raise NotVerified(error.code, f"{SIGNATURE}: {error.detail}") from None
    if (statement.kind, statement.media_type) != (BUNDLE_KIND, BUNDLE_MEDIA_TYPE):
        raise NotVerified("bundle-index-wrong", f"{SIGNATURE}: a {statement.kind} stands in its place")
    if statement.subject != bundle_subject(statement.issuer, index.number):
        raise NotVerified("bundle-index-wrong", f"{SIGNATURE}: of another case")


def _require_members(archive: Archive, index: Index) -> None:
    listed = [member.name for member in index.members]
    if listed != sorted(set(listed)):
        raise FormatError("casefile-malformed", f"{INDEX}: members out of order, or one twice")
    known = {*listed, INDEX, SIGNATURE}
    for name in archive.names:
        if name not in known:
            raise NotVerified("bundle-member-unlisted", name)
    for member in index.members:
        data = archive.read(member.name)
        if len(data) != member.bytes or sha256(data).hexdigest() != member.digest:
            raise NotVerified("bundle-member-altered", member.name)


def _report(index: Index, dossier: Dossier, warnings: set[str]) -> BundleReport:
    tracing = dossier.tracing
    return BundleReport(
        number=index.number, title=dossier.case.case.title, checkpoint=dossier.checkpoint, made_at=index.made_at,
        members=len(index.members), statements=len(dossier.evidence.stated), actions=len(dossier.case.actions),
        findings=len(dossier.findings.findings), pedigrees=len(dossier.packs),
        seized=0 if tracing is None else tracing.total.packs, traced=0 if tracing is None else tracing.traced.packs,
        warnings=tuple(sorted(warnings)),
    )  # fmt: skip
