"""What the members of a bundle say, each checked against the statements and against the others.

    1. the statements are believed (`evidence`)
    2. the case stands where its actions, folded anew, lead; none is left out, none is of another case
    3. the findings are those of the case; each has the id of its rule and subject, the text of its rule is there
       and has the digest that is its version, and its evidence is among the statements
    4. each pedigree is verified by itself, is of a pack that a finding is about or that was seized, and leads to
       the same signed head
    5. each fact is a row of a table of the lake, about a statement that is there, at the time that it says
    6. the table of what was seized has the packs of the seizure papers, each once, and adds up to its summary
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from itertools import zip_longest
from typing import Any, Final

import msgspec

from ledger import canonical
from ledger.bundle.archive import Archive
from ledger.bundle.evidence import Evidence, Office, read_evidence
from ledger.bundle.form import (
    ACTIONS_KIND,
    CASE,
    FACTS,
    FINDINGS,
    PEDIGREES,
    TRACED,
    TRACING,
    ActionRow,
    CaseFile,
    FindingsFile,
    lines_of,
    parse,
    rule_member,
)
from ledger.codes.code import keys_of
from ledger.errors import FormatError, LedgerError, NotVerified
from ledger.limits import DECIMAL_DIGITS_MAX
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import VerifierKey
from ledger.papers.case import Case, Officer, begin, step
from ledger.papers.contents import Action, Opening, Publication, Seizure
from ledger.papers.paper import OFFICES, PAPERS
from ledger.reconcile.findings.finding import Seen, finding_id
from ledger.reconcile.seizure.traced import TRACED_COLUMNS, Tracing
from ledger.verify import verify_pedigree

__all__ = ["Dossier", "read_dossier"]

_PERSON_ERASED: Final = "person-erased"
_RULE_UNPUBLISHED: Final = "rule-unpublished"


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """A case as its bundle tells it; everything in it was checked.

    Attributes:
        checkpoint: the head under which all was proven.
        evidence: the statements.
        case: the case, and its actions; `done`: the papers of those actions, in the same order.
        findings: the findings, and which are missing.
        facts: rows of the lake about the evidence, by table.
        tracing: what was traced of what was seized; None when nothing was.
        packs: keys of the packs with a pedigree.
        warnings: what is no fault, but should be known.
    """

    checkpoint: Checkpoint
    evidence: Evidence
    case: CaseFile
    done: list[Office]
    findings: FindingsFile
    facts: dict[str, list[dict[str, Any]]]
    tracing: Tracing | None
    packs: list[str]
    warnings: frozenset[str]


def read_dossier(archive: Archive, checkpoint: Checkpoint, note: str, vkey: VerifierKey) -> Dossier:
    """Read and check the members of a bundle, by the steps above.

    Args:
        archive: the bundle.
        checkpoint, note: the signed head that it names, and its text.
        vkey: the ledger's key.

    Raises:
        NotVerified, FormatError: what does not hold; the detail names the member, the index a statement.
    """
    # 1.
    evidence = read_evidence(archive, checkpoint, vkey)
    # 2.
    case = parse(archive.read(CASE), CaseFile, CASE)
    done = _folded(case, evidence)
    # 3.
    findings = parse(archive.read(FINDINGS), FindingsFile, FINDINGS)
    warnings = {*evidence.warnings, *_check_findings(archive, case.case, findings, evidence)}
    seized = _seized(case.case, evidence)
    # 4.
    subjects = {found.finding.seen.subject for found in findings.findings} | set(seized)
    packs = _pedigrees(archive, note, vkey, subjects)
    # 5.
    facts = {name: _facts(archive, name, evidence) for name in archive.below(FACTS)}
    # 6.
    tracing = _tracing(archive, seized)
    return Dossier(
        checkpoint=checkpoint, evidence=evidence, case=case, done=done, findings=findings,
        facts={name.removeprefix(FACTS).removesuffix(".jsonl"): rows for name, rows in facts.items()},
        tracing=tracing, packs=packs, warnings=frozenset(warnings),
    )  # fmt: skip


def _folded(file: CaseFile, evidence: Evidence) -> list[Office]:
    """Fold the case's actions anew; return their papers."""

    def office_of(uri: str) -> int:
        number, party = evidence.directory.party(uri) or (0, None)
        return number if party is not None and not OFFICES.isdisjoint(party.roles) else 0

    about = [
        each for each in evidence.offices
        if isinstance(each.content, Action) and each.content.case == file.case.uri
    ]  # fmt: skip
    case: Case | None = None
    rows = []
    for each in about:
        action, signer = each.content, each.signer
        assert isinstance(action, Action)
        officer = Officer(signer.party, signer.station, signer.roles)
        if case is None:
            made = begin(action, officer, each.index) if isinstance(action.do, Opening) else "case-unknown"
        else:
            made = step(case, action, officer, each.index, office_of)
        case = made if isinstance(made, Case) else case
        rows.append(ActionRow(index=each.index, fault="" if isinstance(made, Case) else made))
    if rows != file.actions:
        raise NotVerified("bundle-case-wrong", f"{CASE}: other actions than the statements have")
    if case != file.case:
        raise NotVerified("bundle-case-wrong", f"{CASE}: the actions lead elsewhere")
    if len(about) != sum(isinstance(each.content, Action) for each in evidence.offices):
        raise NotVerified("bundle-case-wrong", f"{CASE}: a statement of kind {ACTIONS_KIND} is of another case")
    return about


def _check_findings(archive: Archive, case: Case, file: FindingsFile, evidence: Evidence) -> set[str]:
    ids = [found.finding.id for found in file.findings]
    if sorted([*ids, *file.missing]) != list(case.findings) or ids != sorted(ids):
        raise NotVerified("bundle-findings-wrong", f"{FINDINGS}: other findings than the case has")
    published = {
        (each.content.rule, each.content.version.removeprefix("sha-256:"))
        for each in evidence.offices
        if isinstance(each.content, Publication) and not PAPERS["rule"].roles.isdisjoint(each.signer.roles)
    }
    warnings = set()
    for found in file.findings:
        seen = found.finding.seen
        if not seen.subject:
            warnings.add(_PERSON_ERASED)
        elif seen.id != finding_id(seen.rule, seen.subject):
            raise NotVerified("bundle-findings-wrong", f"{FINDINGS}: {seen.id} is the id of another rule or subject")
        _check_rule(archive, seen)
        if (seen.rule, seen.version) not in published:
            warnings.add(_RULE_UNPUBLISHED)
        missing = [index for index in seen.evidence if index not in evidence.stated]
        if missing:
            raise NotVerified("bundle-evidence-missing", f"{FINDINGS}: of {seen.id}", index=missing[0])
    return warnings


def _check_rule(archive: Archive, seen: Seen) -> None:
    name = rule_member(seen.rule, seen.version)
    if sha256(archive.read(name)).hexdigest() != seen.version:
        raise NotVerified("bundle-rule-wrong", f"{name}: not the text of the version that found {seen.id}")


def _seized(case: Case, evidence: Evidence) -> list[str]:
    """Return the packs that the case's seizure papers name, ascending."""
    papers = {each.content.id: each.content for each in evidence.offices if isinstance(each.content, Seizure)}
    missing = [name for name in case.seizures if name not in papers]
    if missing:
        raise NotVerified("bundle-evidence-missing", f"{CASE}: the seizure {missing[0]}")
    return sorted({code for name in case.seizures for code in keys_of(papers[name].codes or [])})


def _pedigrees(archive: Archive, note: str, vkey: VerifierKey, subjects: set[str]) -> list[str]:
    packs = []
    for name in archive.below(PEDIGREES):
        data = archive.read(name)
        try:
            report = verify_pedigree(data, vkey)
        except LedgerError as error:
            raise type(error)(error.code, f"{name}: {error.detail}", index=error.index) from None
        (key,) = keys_of([report.code])
        if key not in subjects:
            raise NotVerified("bundle-pedigree-wrong", f"{name}: of a pack that the case is not about")
        if canonical.loads(data)["checkpoint"] != note:
            raise NotVerified("bundle-pedigree-wrong", f"{name}: proven under another head")
        packs.append(key)
    return packs


def _facts(archive: Archive, name: str, evidence: Evidence) -> list[dict[str, Any]]:
    # The table's columns are written out, so that checking needs no library that reads a lake.
    rows = [parse(line, dict[str, Any], name) for line in lines_of(archive.read(name), name)]
    for row in rows:
        index, time = row.get("log_index"), row.get("time")
        stated = evidence.stated.get(index) if isinstance(index, int) else None
        if stated is None:
            raise NotVerified("bundle-facts-wrong", f"{name}: about a statement that is not here")
        if stated.time != time:
            raise NotVerified("bundle-facts-wrong", f"{name}: not the time that the statement says", index=index)
    return rows


def _tracing(archive: Archive, seized: list[str]) -> Tracing | None:
    if not seized and TRACING not in archive.names:
        return None
    tracing = parse(archive.read(TRACING), Tracing, TRACING)
    summed: Counter[str] = Counter()
    count = 0
    for code, row in zip_longest(seized, _table(archive.read(TRACED))):
        if row is None or row["code"] != code:
            raise NotVerified("bundle-tracing-wrong", f"{TRACED}: other packs than were seized")
        count += 1
        summed[row["reason"]] += 1
        summed.update({name: _whole(row[name]) for name in ("cents", "fund_cents", "milligrams")})
    total = tracing.total
    said = {
        "": tracing.traced.packs, "cents": total.cents, "fund_cents": total.fund_cents, "milligrams": total.milligrams,
    } | tracing.untraced  # fmt: skip
    if count != total.packs or +summed != +Counter(said):
        raise NotVerified("bundle-tracing-wrong", f"{TRACING}: not the sum of {TRACED}")
    return tracing


def _table(data: bytes) -> Iterator[dict[str, str]]:
    try:
        rows = csv.DictReader(io.StringIO(data.decode("utf-8"), newline=""), strict=True)
        if tuple(rows.fieldnames or ()) != TRACED_COLUMNS:
            raise FormatError("casefile-malformed", f"{TRACED}: other columns")
        for row in rows:
            if len(row) != len(TRACED_COLUMNS) or None in row.values():
                raise FormatError("casefile-malformed", f"{TRACED}: a row has other columns")
            yield row
    except (csv.Error, UnicodeDecodeError) as error:
        raise FormatError("casefile-malformed", f"{TRACED}: {error}") from None


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= DECIMAL_DIGITS_MAX):
        raise FormatError("casefile-malformed", f"{TRACED}: no whole number")
    return int(text)
