"""How cases, proposals and what was traced are shown."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from ledger.casework import require_case
from ledger.cli.casedeeds import case_facts, decision_told, document_of, done_in, show_done
from ledger.cli.context import SHOWN_MAX, Command
from ledger.cli.looking import asked, money, shown_finding, subject_told
from ledger.cli.screen import Screen
from ledger.codes.code import keys_of
from ledger.papers.case import Case
from ledger.papers.contents import Seizure
from ledger.papers.paper import parse_paper
from ledger.reconcile.cases.opening import criterion_met
from ledger.reconcile.cases.proposal import Proposal, stake_of
from ledger.reconcile.findings.finding import Finding, decode_finding
from ledger.reconcile.seizure.listing import SeizureList
from ledger.reconcile.seizure.traced import TracedBy, Tracing
from ledger.reconcile.seizure.tracing import trace_packs
from ledger.store import tables
from ledger.store.cases import cases_in_order, office_of, scan_office_papers
from ledger.store.database import Connection, Database
from ledger.store.findings import findings_by_id
from ledger.store.registry import Registry

__all__ = ["show_case", "show_cases", "show_proposals", "show_tracing"]

_SHOWN_ROWS: Final = 10


def show_cases(run: Command, connection: Connection, state: str | None, office: str | None, now: int) -> None:
    """Show the queue: what is past its deadline first, then by deadline, then by number."""
    screen, registry = run.screen, Registry()
    wanted = office_of(connection, office) if office else 0
    cases = [
        each for each in cases_in_order(connection)
        if state in (None, each.case.state) and (not office or each.case.office == wanted)
    ]  # fmt: skip
    cases.sort(key=lambda each: (each.case.state == "closed", each.case.deadline or 2**62, each.number))
    rows = []
    for number, case in cases:
        late = case.deadline is not None and case.deadline < now and case.state != "closed"
        cents = stake_of(_findings(connection, case))
        name = screen.name(registry.name(connection, tables.party, case.office))
        screen.document(
            {
                "case": number, "title": case.title, "state": case.state, "office": case.office,
                "officer": case.officer or None, "deadline": case.deadline, "late": late,
                "findings": len(case.findings), "cents": cents, "uri": case.uri,
            }
        )  # fmt: skip
        until = "" if case.deadline is None else screen.time(case.deadline)
        until += f" {screen.say('late')}" if late else ""
        rows.append(
            (
                str(number), case.title, screen.say(case.state), name, until,
                str(len(case.findings)), money(cents),
            )
        )  # fmt: skip
    screen.table(("case", "title", "state", "office", "deadline", "findings", "money"), rows)


def show_proposals(run: Command, proposals: Sequence[Proposal]) -> None:
    """Show what belongs together and is in no case, and which of it opens by itself."""
    screen = run.screen
    rows = []
    for number, each in enumerate(proposals):
        criterion = criterion_met(each)
        screen.document(
            {
                "findings": [finding.id for finding in each.findings], "rules": each.rules, "severity": each.severity,
                "score": each.score, "cents": each.cents, "persons": len(each.persons), "packs": len(each.packs),
                "opens": None if criterion is None else criterion.name,
            }
        )  # fmt: skip
        if number < SHOWN_MAX:
            opens = "" if criterion is None else screen.say(criterion.name)
            rows.append(
                (
                    each.findings[0].id[:12], ", ".join(each.rules), screen.say(each.severity), str(each.score),
                    str(len(each.findings)), str(len(each.persons)), money(each.cents), opens,
                )
            )  # fmt: skip
    columns = ("finding", "rule", "severity", "score", "findings", "persons", "money", "opens")
    screen.table(columns, rows)
    _show_left(screen, len(proposals))


def show_case(run: Command, database: Database, number: int, lake: Path | None) -> None:
    """Show one case, whole."""
    screen, registry = run.screen, Registry()
    with database.read() as connection:
        case = require_case(connection, number)
        found = _findings(connection, case)
        done = done_in(screen, connection, registry, number)
        codes = _seized(database, connection, case)
        office = screen.name(registry.name(connection, tables.party, case.office))
        subjects = [subject_told(screen, connection, each.seen) for each in found[:SHOWN_MAX]]
    screen.document(
        {
            "case": number, **msgspec.to_builtins(case), "found": [shown_finding(each) for each in found],
            "done": [document_of(office, each) for office, each in done],
        }
    )  # fmt: skip
    screen.facts([*case_facts(screen, number, case, office), ("money", money(stake_of(found)))])
    rows = [
        (each.id[:12], each.seen.rule, about, screen.say(each.seen.severity), str(each.seen.score),
         screen.name((each.seen.sentence.en, each.seen.sentence.zh)),
         "" if each.closing is None else screen.say(each.closing.reason),
         decision_told(screen, case.decision_of(each.id)))
        for each, about in zip(found[:SHOWN_MAX], subjects, strict=True)
    ]  # fmt: skip
    columns = ("finding", "rule", "subject", "severity", "score", "what-was-seen", "closed-because", "outcome")
    screen.table(columns, rows)
    _show_left(screen, len(found))
    show_done(run, done)
    if codes and lake is not None:
        with asked(run.settings, lake) as (opened, engine):
            tracing, _ = trace_packs(engine, codes, opened.manifest.size)
        show_tracing(run, database, tracing)


def _show_left(screen: Screen, count: int) -> None:
    """Say how many rows of a table were left out."""
    if count > SHOWN_MAX:
        screen.line(f"… {count - SHOWN_MAX}")


def _findings(connection: Connection, case: Case) -> list[Finding]:
    rows = findings_by_id(connection, [bytes.fromhex(each) for each in case.findings])
    return [decode_finding(row.data) for row in rows]


def _seized(database: Database, connection: Connection, case: Case) -> list[str]:
    if not case.seizures:
        return []
    rows = scan_office_papers(database, connection, "seizure")
    papers = (parse_paper("seizure", body).content for _, _, body in rows)
    wanted = set(case.seizures)
    lists = (paper.codes or [] for paper in papers if isinstance(paper, Seizure) and paper.id in wanted)
    return sorted({code for uris in lists for code in keys_of(uris)})


def show_tracing(
    run: Command, database: Database, tracing: Tracing, listed: SeizureList | None = None, unreadable: int = 0
) -> None:
    """Show what was traced of what was seized; with the list, also which of its lines are at fault."""
    screen, registry = run.screen, Registry()
    with database.read() as connection:
        names = {
            each.name: screen.name(registry.name(connection, tables.party, int(each.name)))
            for each in tracing.by_institution[:_SHOWN_ROWS]
        }
    faults = [] if listed is None else listed.faults
    screen.document(
        {
            "tracing": msgspec.to_builtins(tracing), "lines": 0 if listed is None else listed.lines,
            "faults": msgspec.to_builtins(faults), "unreadable": unreadable,
        }
    )  # fmt: skip
    total, traced = tracing.total, tracing.traced
    screen.facts(
        [
            ("seized-packs", f"{total.packs:,}"), ("kilograms", f"{total.milligrams / 1e6:,.3f}"),
            ("traced", f"{traced.packs:,} ({tracing.traced_permille / 10:.1f} %)"),
            ("persons", f"{traced.persons:,}"), ("institutions", f"{traced.institutions:,}"),
            ("money", money(total.cents)), ("fund", money(total.fund_cents)),
            ("insured-packs", f"{tracing.insured:,}"), ("sold-again", f"{tracing.sold_again:,}"),
        ]
    )  # fmt: skip
    reasons = [(screen.say(reason), f"{count:,}") for reason, count in tracing.untraced.items()]
    reasons += [(screen.say("unreadable"), f"{unreadable:,}")] if unreadable else []
    screen.table(("untraced", "packs"), reasons)
    for word, rows in (("by-institution", tracing.by_institution), ("by-person", tracing.by_person)):
        top = [_row(row, names) for row in rows[:_SHOWN_ROWS]]
        screen.table(("subject", "packs", "money", "fund"), top, screen.say(word))
    shown = [(str(each.line), each.fault, each.text or "") for each in islice(faults, SHOWN_MAX)]
    if shown:
        screen.table(("line", "problem", "detail"), shown, screen.counted("faulty-lines", len(faults)))
    _show_left(screen, len(faults))


def _row(row: TracedBy, names: dict[str, str]) -> tuple[str, ...]:
    return names.get(row.name) or row.name, f"{row.packs:,}", money(row.cents), money(row.fund_cents)
