"""Commands about findings: findings update, findings publish, findings list, findings show."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from ledger import clock
from ledger.casework import Desk, fresh_id
from ledger.cli.context import DEFAULT_HOME, SHOWN_MAX, Command, Home, Json, LakeFolder, Language, command, lake_of
from ledger.cli.exits import Exit
from ledger.cli.files import load_key
from ledger.cli.screen import Screen
from ledger.errors import LedgerError, Misuse
from ledger.log.checkpoint import open_checkpoint
from ledger.opening import Trust, open_ledger, open_store
from ledger.papers.contents import Publication
from ledger.papers.paper import PAPERS
from ledger.reconcile.findings.explain import explain
from ledger.reconcile.findings.finding import Finding, Seen, decode_finding
from ledger.reconcile.findings.observe import names_in, observe
from ledger.reconcile.findings.update import Changes, Run, update_findings
from ledger.reconcile.lake import Lake, held_lake
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.engine import Facts
from ledger.reconcile.rules.rule import load_rules, published
from ledger.reconcile.rules.run import run_over
from ledger.record import Recorder
from ledger.settings import Settings
from ledger.store import tables
from ledger.store.database import Connection, Database
from ledger.store.findings import events_of, finding_runs, findings_between, open_findings
from ledger.store.registry import Registry

__all__ = ["add_to", "asked", "finding_named", "money", "run_over_lake", "shown_finding", "subject_told"]

_RESULTS: Final = "results"  # the same as `rules run` keeps: what either computed, the other need not
_ID_DIGITS: Final = 32  # of a finding
_CARD_DIGITS: Final = 12  # of a pseudonym, which a table shows as it shows ids


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    room = typer.Typer(name="findings", help="What the rules found: each with its evidence, open or closed.")
    for door in (update, publish, list_, show):
        room.command(door.__name__.rstrip("_"))(door)
    app.add_typer(room, no_args_is_help=True)


def update(
    lake: LakeFolder = None,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Run the published rules over the lake, and bring the findings to what they see.

    What is seen as before stays as it is; what is gone is closed with the reason; what comes back is reopened.
    A rule that fails is named, and closes nothing. Interrupted, the findings are as they were.
    """
    with command(home, lang, as_json=json) as run, open_store(run.settings) as (database, trust):
        with asked(run.settings, lake_of(home, lake)) as (opened, engine):
            changes, problems = run_over_lake(run, database, trust, opened, engine)
        run.screen.document(msgspec.to_builtins(changes))
        run.screen.facts([(name, str(count)) for name, count in msgspec.to_builtins(changes).items() if count])
        for problem in problems:
            run.screen.problem(problem)
        if problems:
            raise typer.Exit(int(Exit.WARNINGS))


def publish(
    key: Annotated[Path, typer.Option("--key", help="Private key of the office's station: it signs.")],
    only: Annotated[list[str] | None, typer.Option("--only", help="This rule alone. May be repeated.")] = None,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Put the rules into force as they are now: a statement in the log for each, with the digest of its text."""
    with (
        command(home, lang, as_json=json) as run,
        open_ledger(run.settings) as ledger,
        Recorder(ledger, clock.now, clock.random_bytes) as recorder,
    ):
        if strange := sorted(set(only or ()) - {path.stem for path in published()}):
            raise Misuse("rule-unknown", strange[0])
        rules, _ = load_rules([path for path in published() if not only or path.stem in only])
        desk = Desk(ledger, recorder, load_key(key), clock.now, clock.random_bytes)
        if PAPERS["rule"].roles.isdisjoint(desk.signer.roles):
            raise Misuse("publishing-not-authorised", "")
        papers = [
            Publication(
                id=fresh_id(clock.random_bytes), time=clock.iso(clock.now()), rule=rule.id,
                version=f"sha-256:{rule.version}",
            )
            for rule in rules
        ]  # fmt: skip
        indexes = desk.record(papers)
        for rule, index in zip(rules, indexes, strict=True):
            run.screen.document({"rule": rule.id, "version": rule.version, "entry": index})
        rows = [(rule.id, rule.version[:16], str(index)) for rule, index in zip(rules, indexes, strict=True)]
        run.screen.table(("rule", "version", "entry"), rows)


@contextmanager
def asked(settings: Settings, folder: Path) -> Iterator[tuple[Lake, DuckEngine]]:
    """Open a lake, and the embedded engine over it."""
    with held_lake(folder) as lake:
        engine = _engine(settings, lake.facts())
        try:
            yield lake, engine
        finally:
            engine.close()


def _engine(settings: Settings, facts: Facts) -> DuckEngine:
    threads = settings.rules_threads or os.cpu_count() or 1
    return DuckEngine(facts, memory_mib=settings.rules_memory_mib, threads=threads)


def run_over_lake(
    run: Command, database: Database, trust: Trust, lake: Lake, engine: DuckEngine
) -> tuple[Changes, list[LedgerError]]:
    """Run the published rules, and update the findings; return what changed, and the problems of rules."""
    rules, problems = load_rules(published())
    files = {path.stem: path for path in published()}
    with run.screen.working() as tell:
        outcomes = []
        for outcome in run_over(partial(_engine, run.settings), lake, rules, {}, run.settings.home / _RESULTS):
            tell(outcome.rule.id)
            outcomes.append(outcome)
        observed = observe(outcomes, files, names_in(engine))
        head = open_checkpoint(lake.manifest.checkpoint.encode(), trust.origin, trust.vkey)
        this = Run(
            at=clock.now(), tree_size=head.size, root=head.root, rules=observed.rules, standing=frozenset(files),
        )  # fmt: skip
        changes = update_findings(database, this, lambda gone, since: explain(engine, gone, since))
    return changes, [*problems, *observed.problems.values()]


def list_(
    rule: Annotated[str | None, typer.Option("--rule", help="Only those of this rule.")] = None,
    severity: Annotated[str | None, typer.Option("--severity", help="Only high, medium or low ones.")] = None,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """List the open findings: the gravest first, then the surest, then the dearest."""
    with command(home, lang, as_json=json) as run, open_store(run.settings) as (database, _):
        rows = []
        count = 0
        with database.read() as connection:
            for row in open_findings(connection):
                finding = decode_finding(row.data)
                seen = finding.seen
                if rule not in (None, seen.rule) or severity not in (None, seen.severity):
                    continue
                count += 1
                run.screen.document(shown_finding(finding))
                if count <= SHOWN_MAX:
                    sentence = run.screen.name((seen.sentence.en, seen.sentence.zh))
                    about = subject_told(run.screen, connection, seen)
                    rows.append((seen.id[:12], seen.rule, about, run.screen.say(seen.severity), str(seen.score),
                                 money(seen.cents), sentence))  # fmt: skip
        run.screen.table(("finding", "rule", "subject", "severity", "score", "money", "what-was-seen"), rows)
        if count > len(rows):
            run.screen.line(f"… {count - len(rows)}")


def show(
    finding: Annotated[str, typer.Argument(help="Id of the finding, or the first digits of it.")],
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Show one finding: what was seen, on which evidence, when it came, and why it is closed."""
    with command(home, lang, as_json=json) as run, open_store(run.settings) as (database, _):
        with database.read() as connection:
            found = finding_named(connection, finding)
            events = events_of(connection, bytes.fromhex(found.id))
            runs = finding_runs(connection)
        seen, screen = found.seen, run.screen
        history = [(runs[number].at, what, reason) for number, what, reason in events]
        told = [{"at": at, "what": what, "reason": reason} for at, what, reason in history]
        screen.document(shown_finding(found) | {"history": told})
        screen.line(screen.name((seen.sentence.en, seen.sentence.zh)), "bold")
        screen.facts(
            [
                ("finding", seen.id), ("rule", seen.rule), ("version", seen.version[:16]),
                ("severity", screen.say(seen.severity)), ("score", str(seen.score)), ("money", money(seen.cents)),
                ("subject", seen.subject), ("evidence", ", ".join(map(str, seen.evidence[:SHOWN_MAX]))),
                ("persons", ", ".join(seen.persons[:SHOWN_MAX])),
                ("institutions", ", ".join(map(str, seen.institutions[:SHOWN_MAX]))),
            ]
        )  # fmt: skip
        closing = found.closing
        if closing is not None:
            explained = ", ".join(map(str, closing.new))
            screen.facts([("closed-because", f"{screen.say(closing.reason)} {explained}".strip())])
        rows = [(screen.time(at), screen.say(what), screen.say(reason)) for at, what, reason in history]
        screen.table(("when", "what", "remarks"), rows)


def finding_named(connection: Connection, name: str) -> Finding:
    """Return the finding whose id alone among the open ones begins so, or else alone among those that are closed.

    Raises:
        Misuse: `finding-unknown`.
    """
    try:
        bounds = [bytes.fromhex(name.ljust(_ID_DIGITS, digit)) for digit in "0f"]
    except ValueError:
        raise Misuse("finding-unknown", name) from None
    rows = findings_between(connection, bounds[0], bounds[1], 2) if name else []
    if not rows or (len(rows) > 1 and rows[0].is_open == rows[1].is_open):
        raise Misuse("finding-unknown", name)
    return decode_finding(rows[0].data)


def shown_finding(finding: Finding) -> dict[str, Any]:
    """Return a finding as a document for machines."""
    value: dict[str, Any] = msgspec.to_builtins(finding.seen)
    closing = None if finding.closing is None else msgspec.to_builtins(finding.closing)
    return value | {"open": finding.is_open, "closing": closing}


def subject_told(screen: Screen, connection: Connection, seen: Seen) -> str:
    """Return what a finding is about, as a table has room for: a pack, a party's name, the first digits of a card."""
    if seen.grain == "pack":
        return seen.subject
    if seen.grain == "network":
        first, *others = (person[:_CARD_DIGITS] for person in seen.persons) if seen.persons else ("",)
        return f"{first} … +{len(others)}" if others else first
    if seen.party is not None:
        return screen.name(Registry().name(connection, tables.party, seen.party))
    return seen.subject[:_CARD_DIGITS]


def money(cents: int) -> str:
    """Print an amount."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"
