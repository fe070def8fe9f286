"""`export` of a case: gathered from the ledger and its lake, checked as any verifier would, signed.

    1. one snapshot of the ledger; the newest signed head that it has
    2. the case, its findings, the rules' texts
    3. what was seized is traced in the lake
    4. which statements are evidence: the case's actions, its findings' evidence, seizures, publications of its rules,
       sales and settlements of what was seized; and the registrations of everyone who signed or is named
    5. the statements, in order, and one proof for all of them
    6. pedigrees of the packs, facts of the lake
    7. all of it is read back and checked; the page is made from what was read
    8. the index, signed by the ledger's key

The same case under the same head makes the same bytes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from ledger.bundle.archive import Writer, opened, writing
from ledger.bundle.dossier import read_dossier
from ledger.bundle.form import (
    BUNDLE_KIND,
    BUNDLE_MEDIA_TYPE,
    CASE,
    EVIDENCE,
    FACTS,
    FINDINGS,
    INDEX,
    PAGE,
    PEDIGREES,
    PROOF,
    SIGNATURE,
    TRACED,
    TRACING,
    WRITER,
    ActionRow,
    CaseFile,
    EvidenceLine,
    FindingsFile,
    Found,
    Index,
    ProofFile,
    numbered,
    print_lines,
    print_member,
    rule_member,
)
from ledger.bundle.page import page_of
from ledger.bundle.verify import rule_texts
from ledger.casework import require_case
from ledger.chain.pedigree import print_pedigree
from ledger.chain.seal import parse_seal
from ledger.codes.code import keys_of
from ledger.errors import Misuse
from ledger.export import Exporter
from ledger.home import read_cosigned
from ledger.limits import (
    BUNDLE_CHUNK_STATEMENTS_MAX,
    BUNDLE_PEDIGREES_MAX,
    BUNDLE_TRACED_STATEMENTS_MAX,
    RULE_SECONDS_MAX,
)
from ledger.log.checkpoint import Checkpoint
from ledger.log.spelling import print_base64
from ledger.log.statement import parse_statement
from ledger.log.tree import prove_many
from ledger.opening import Ledger, own_statement
from ledger.papers.case import Case
from ledger.papers.contents import Action, HandOver, Publication, Seizure
from ledger.papers.paper import parse_paper
from ledger.reconcile.findings.finding import Finding, decode_finding
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.views import query_of
from ledger.reconcile.seizure.traced import TRACED_COLUMNS, Tracing
from ledger.reconcile.seizure.tracing import trace_packs
from ledger.store.cases import actions_of, scan_office_papers
from ledger.store.findings import finding_runs, findings_by_id, rule_text
from ledger.store.log import get_entries, next_seal, tile_reader
from ledger.store.packs import heads_of
from ledger.store.registry import product_number, registration_chain, registration_of

__all__ = ["Lake", "write_bundle"]

# Tables of facts about statements; the registers are proven by the registrations themselves.
_FACT_TABLES: Final = ("custody", "settlement", "prescription", "invoice")
_NEW: Final = ".new"


class Lake:
    """A lake to take facts from: an engine over it, and how far in the log it reaches."""

    def __init__(self, engine: DuckEngine, size: int) -> None:
        self.engine = engine
        self.size = size


def write_bundle(
    ledger: Ledger,
    number: int,
    path: Path,
    lake: Lake | None = None,
    *,
    everything: bool = False,
    progress: Callable[[str], None] = lambda part: None,
) -> Index:
    """Write the bundle of a case.

    Args:
        ledger: the open ledger: its key signs.
        number: the case's.
        path: the file; it appears when it is whole.
        lake: facts, and what was seized is traced there; without one a case with seizures has no bundle.
        everything: also every sale and settlement of what was seized, however many.
        progress: called with the name of each part.

    Raises:
        Misuse: `case-unknown`; `lake-needed`; `lake-behind` when the lake does not reach the newest evidence.
        FormatError: `bundle-too-large`.
        NotVerified: the ledger's own evidence does not hold.
    """
    fresh = path.with_name(path.name + _NEW)
    try:
        index = _Bundle(ledger, number, lake, progress).write(fresh, everything=everything)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return index


class _Bundle:
    def __init__(self, ledger: Ledger, number: int, lake: Lake | None, progress: Callable[[str], None]) -> None:
        self._ledger = ledger
        self._number = number
        self._lake = lake
        self._progress = progress
        self._exporter = Exporter(
            ledger.database, ledger.trust, ledger.key, lambda: read_cosigned(ledger.settings)
        )

    def write(self, path: Path, *, everything: bool) -> Index:
        # 1.
        with self._ledger.database.read() as connection:
            self._connection = connection
            self._head, note = self._exporter.head(connection)
            with writing(path) as writer:
                self._gather(writer, everything=everything)
        # 7. 8.
        return self._seal(path, writer, note.decode())

    def _gather(self, writer: Writer, *, everything: bool) -> None:
        connection = self._connection
        # 2.
        case = require_case(connection, self._number)
        rows = actions_of(connection, self._number)
        actions = [ActionRow(index=index, fault=fault) for index, fault in rows if index < self._head.size]
        writer.add(CASE, print_member(CaseFile(number=self._number, case=case, actions=actions)))
        found = self._findings(writer, case)
        # 3.
        papers = list(self._papers(case, found))
        traced = self._trace(writer, papers)
        # 4.
        proofs = {row.index for row in actions} | {index for each in found for index in each.seen.evidence}
        proofs |= {index for index, _ in papers}
        extra = _statements_of(traced)
        if everything or len(extra) <= BUNDLE_TRACED_STATEMENTS_MAX:
            proofs |= extra
        named = self._named(case, rows, found, traced)
        # 5.
        self._evidence(writer, proofs, named)
        # 6.
        packs = [each.seen.subject for each in found if each.seen.grain == "pack" and each.seen.subject]
        self._pedigrees(writer, packs)
        self._facts(writer, found)

    def _findings(self, writer: Writer, case: Case) -> list[Finding]:
        self._progress("findings")
        runs = finding_runs(self._connection)
        ids = [bytes.fromhex(each) for each in case.findings]
        found = [decode_finding(row.data) for row in findings_by_id(self._connection, ids)]
        files = [
            Found(
                finding=each, tree_size=runs[each.run].tree_size, root=runs[each.run].root.hex(),
                first_seen=runs[each.first_run].at,
            )
            for each in found
        ]  # fmt: skip
        missing = sorted(set(case.findings) - {each.id for each in found})
        writer.add(FINDINGS, print_member(FindingsFile(findings=files, missing=missing)))
        for rule, version in sorted({(each.seen.rule, each.seen.version) for each in found}):
            kept = rule_text(self._connection, bytes.fromhex(version))
            if kept is None:
                raise Misuse("rule-text-missing", f"{rule} {version[:16]}")
            writer.add(rule_member(rule, version), kept[1])
        return found

    def _papers(self, case: Case, found: Sequence[Finding]) -> Iterator[tuple[int, Seizure | Publication]]:
        """Iterate over the case's seizures and the publications of its rules, with their log indexes."""
        wanted = set(case.seizures)
        versions = {(each.seen.rule, f"sha-256:{each.seen.version}") for each in found}
        for kind in ("seizure", "rule"):
            for index, _, body in scan_office_papers(self._ledger.database, self._connection, kind):
                content = parse_paper(kind, body).content
                match content:
                    case Seizure(id=name) if name in wanted:
                        yield index, content
                    case Publication(rule=rule, version=version) if (rule, version) in versions:
                        yield index, content

    def _trace(self, writer: Writer, papers: Iterable[tuple[int, Seizure | Publication]]) -> pa.Table | None:
        lists = [paper.codes or [] for _, paper in papers if isinstance(paper, Seizure)]
        codes = sorted({code for uris in lists for code in keys_of(uris)})
        if not codes:
            return None
        if self._lake is None:
            raise Misuse("lake-needed", "packs were seized; they are traced in the lake")
        self._progress("tracing")
        tracing, rows = trace_packs(self._lake.engine, codes, self._lake.size)
        writer.add(TRACED, _csv(rows))
        writer.add(TRACING, print_member(tracing))
        self._tracing: Tracing = tracing
        return rows

    def _named(
        self, case: Case, rows: Sequence[tuple[int, str]], found: Sequence[Finding], traced: pa.Table | None
    ) -> set[int]:
        """Return the log indexes of the registrations of parties and products that are named, and sign nothing."""
        numbers = {case.office, *(party for each in found for party in each.seen.institutions)}
        products: set[str] = set()
        if traced is not None:
            shown = [*self._tracing.by_institution, *self._tracing.by_holder]
            numbers.update(int(each.name) for each in shown)
            products.update(each.name for each in self._tracing.by_product)
        for _, _, _, _, _, body in get_entries(self._connection, [index for index, _ in rows]):
            action = parse_paper("action", body).content
            if isinstance(action, Action) and isinstance(action.do, HandOver):
                numbers.add(registration_of(self._connection, action.do.to))
        numbers.update(number for each in products if (number := product_number(self._connection, each)))
        return {number for number in numbers if 0 < number < self._head.size}

    def _evidence(self, writer: Writer, proofs: set[int], named: set[int]) -> None:
        self._progress("evidence")
        beyond = [index for index in proofs if index >= self._head.size]
        if beyond:
            raise Misuse("proof-impossible", f"entry {min(beyond)} is under no signed head yet")
        kids = {
            parse_statement(statement).kid
            for _, _, _, _, statement, _ in get_entries(self._connection, sorted(proofs))
        }
        chains = {index for kid in kids for index in registration_chain(self._connection, kid)}
        indexes = sorted(index for index in proofs | named | chains if index < self._head.size)
        for number, start in enumerate(range(0, len(indexes), BUNDLE_CHUNK_STATEMENTS_MAX)):
            some = indexes[start : start + BUNDLE_CHUNK_STATEMENTS_MAX]
            lines = [
                EvidenceLine(index=index, statement=print_base64(statement), body=body.decode())
                for index, _, _, _, statement, body in sorted(get_entries(self._connection, some))
            ]
            writer.add(numbered(EVIDENCE, number, ".jsonl"), print_lines(lines))
        path = prove_many(indexes, self._head.size, tile_reader(self._connection))
        writer.add(PROOF, print_member(ProofFile(hashes=[each.hex() for each in path])))

    def _pedigrees(self, writer: Writer, packs: Iterable[str]) -> None:
        self._progress("pedigrees")
        some = sorted(set(packs))[:BUNDLE_PEDIGREES_MAX]
        known = heads_of(self._ledger.database, self._connection, some)
        for number, code in enumerate(sorted(known)):
            pedigree = self._exporter.pedigree_at(self._connection, code)
            writer.add(numbered(PEDIGREES, number, ".json"), print_pedigree(pedigree))

    def _facts(self, writer: Writer, found: Sequence[Finding]) -> None:
        if self._lake is None or not found:
            return
        self._progress("facts")
        engine = self._lake.engine
        proofs = sorted({index for each in found for index in each.seen.evidence})
        packs = sorted({each.seen.subject for each in found if each.seen.grain == "pack"})
        engine.give("proof", pa.table({"log_index": pa.array(proofs, pa.int64())}))
        engine.give("pack_of_case", pa.table({"code": pa.array(packs, pa.string())}))
        for table in _FACT_TABLES:
            rows = engine.ask(query_of(_facts_of(table)), RULE_SECONDS_MAX).to_pylist()
            if rows:
                writer.add(f"{FACTS}{table}.jsonl", print_lines(rows))

    def _seal(self, path: Path, before: Writer, note: str) -> Index:
        self._progress("checking")
        with opened(path) as archive:
            checkpoint: Checkpoint = self._head
            dossier = read_dossier(archive, checkpoint, note, self._ledger.trust.vkey)
            texts = rule_texts(archive)
        index = Index(
            number=self._number, case=dossier.case.case.uri, origin=self._ledger.trust.origin,
            made_at=self._made_at(), writer=WRITER, checkpoint=note, members=[],
        )  # fmt: skip
        with writing(path, before) as writer:
            writer.add(PAGE, page_of(index, dossier, texts))
            members = sorted(writer.members, key=lambda member: member.name)
            whole = Index(**{name: getattr(index, name) for name in index.__struct_fields__} | {"members": members})
            data = print_member(whole)
            writer.add(INDEX, data)
            signature = own_statement(
                self._ledger.trust, self._ledger.key, whole.made_at, BUNDLE_KIND, BUNDLE_MEDIA_TYPE,
                f"case:{self._number}", data,
            )  # fmt: skip
            writer.add(SIGNATURE, signature)
        return whole

    def _made_at(self) -> int:
        """Return the time of the newest seal below the head: the head stands behind it."""
        with self._ledger.database.read() as connection:
            seal = next_seal(connection, self._head.size - 1, self._head.size)
            ((_, _, _, _, _, body),) = get_entries(connection, [seal])
            return parse_seal(body).recorded_at


def _statements_of(traced: pa.Table | None) -> set[int]:
    if traced is None:
        return set()
    columns = (traced.column("sold_index"), traced.column("settled_index"))
    return {index for column in columns for index in column.to_pylist() if index is not None}


def _csv(rows: pa.Table) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(TRACED_COLUMNS)
    columns: list[list[Any]] = [rows.column(name).to_pylist() for name in TRACED_COLUMNS]
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue().encode()


def _facts_of(table: str) -> str:
    """Return the query for the facts of a table that the evidence states, and that are about the case.

    A statement about a shipment has a row for every pack in it; only the case's packs, and rows that name a person
    or no pack at all, are facts of the case.
    """
    about = {
        "custody": "WHERE person IS NOT NULL OR code IN (SELECT code FROM pack_of_case)",
        "settlement": "WHERE person IS NOT NULL OR code IS NULL OR code IN (SELECT code FROM pack_of_case)",
    }.get(table, "")
    return f"SELECT {table}.* FROM {table} JOIN proof USING (log_index) {about} ORDER BY ALL"  # noqa: S608  our own names
