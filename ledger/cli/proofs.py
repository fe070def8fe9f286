"""Commands that tell and prove: trace, verify, suspect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer

from ledger import clock
from ledger.audit import AuditReport, audit
from ledger.bundle.archive import is_zip
from ledger.bundle.verify import BundleReport, verify_bundle
from ledger.chain.pedigree import print_pedigree
from ledger.cli.anchor import anchor_of
from ledger.cli.context import DEFAULT_HOME, Command, Home, Json, Language, command
from ledger.cli.exits import Exit, exit_of
from ledger.codes import read
from ledger.codes.code import uri_of
from ledger.durable import read_whole, write_whole
from ledger.errors import CodeFault, Misuse, NotVerified, Unavailable
from ledger.events import compare
from ledger.export import Exporter
from ledger.home import load_master_key, load_signing_key, read_checkpoint, read_cosigned
from ledger.limits import PEDIGREE_BYTES_MAX
from ledger.opening import Trust, open_store
from ledger.store.registry import Registry
from ledger.suspect import suspect_window
from ledger.trace import Story, StoryStep, story_of
from ledger.verify import PedigreeReport, VerifiedStep, verify_pedigree

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for door in (trace, verify, suspect):
        app.command(door.__name__)(door)


def trace(
    code: Annotated[str, typer.Argument(help="The pack's code, as scanned or typed.")],
    pedigree: Annotated[
        Path | None, typer.Option("--pedigree", help="Write the pack's chain with proofs to this file.")
    ] = None,
    withhold_bodies: Annotated[
        bool, typer.Option("--withhold-bodies", help="Leave the bodies out of the pedigree; proofs still hold.")
    ] = False,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Tell a pack's story: who did what, where and when, and what was wrong. Optionally write its pedigree."""
    with command(home, lang, as_json=json) as run:
        key = _key_asked(code)
        with open_store(run.settings) as (database, trust):
            story = story_of(database, Registry(), key)
            if pedigree is not None:
                exporter = Exporter(
                    database, trust, load_signing_key(run.settings), lambda: read_cosigned(run.settings)
                )
                write_whole(pedigree, print_pedigree(exporter.pedigree(key, withhold_bodies=withhold_bodies)))
        show_story(run, story)
        if pedigree is not None:
            run.screen.line(str(pedigree))


def _key_asked(text: str) -> str:
    """Return the key that a text names: a code as scanned, or the key as our own tables show it."""
    try:
        uri_of(text)
    except CodeFault:
        return read(text).key
    return text


def show_story(run: Command, story: Story) -> None:
    """Print a story as a table."""
    screen = run.screen
    custody = story.custody
    named = msgspec.structs.asdict(custody) | {"state": custody.state.word}  # in the tables it goes by places
    screen.document(msgspec.to_builtins(story) | {"custody": named})
    facts = [("code", story.code), ("product", screen.name(story.product)), ("now", screen.say(custody.state.word))]
    if custody.batch:
        facts.append(("batch", custody.batch))
    if custody.expiry:
        facts.append(("expiry", _day(custody.expiry)))
    screen.facts(facts)
    columns = ("entry", "when", "what", "who", "where", "state", "anomalies")
    screen.table(columns, [_row(run, step) for step in story.steps])


def _day(yyyymmdd: int) -> str:
    digits = f"{yyyymmdd:08d}"
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"


def _row(run: Command, step: StoryStep) -> tuple[str, ...]:
    screen = run.screen
    what = [screen.say(step.kind)]
    what += [screen.say("insured")] if step.insured else []
    what += [screen.say("inside-case")] if step.inside else []
    what += [screen.say("corrects")] if step.corrects else []
    what += [screen.say("taken-back")] if step.taken_back else []
    return (
        str(step.index),
        screen.time(step.claimed_at),
        screen.listed(what),
        screen.name(step.party),
        screen.name(step.site),
        screen.say(step.state),
        ", ".join(step.anomalies),
    )


def verify(
    file: Annotated[
        Path | None, typer.Argument(help="A pedigree, a case's zip or a lake's folder; else the ledger.")
    ] = None,
    vkey: Annotated[
        str | None, typer.Option("--key", help="The ledger's verifier key, known from elsewhere.")
    ] = None,
    processes: Annotated[
        int, typer.Option("--processes", min=0, help="How many to use; one a processor by default.")
    ] = 0,
    index: Annotated[
        bool, typer.Option("--index", help="Of the ledger: also the index that queries of events are answered from.")
    ] = False,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Verify a pedigree, the bundle of a case, a lake, or the whole ledger.

    A pedigree or a bundle needs no ledger and no network: only the file and the ledger's verifier key (--key).
    Nor does a lake: its files are held against its manifest, whose checkpoint that key signed.
    The whole ledger: every signature, body digest, link, seal, tree hash and checkpoint, and every table of
    evidence against what the log says. The first wrong entry is named. Without --key, the ledger's own is used,
    from its home. With --index, what queries of events are answered from is then held against the log: it is no
    evidence, but a row that is gone there hides an event from them. `packledger reindex` makes it again. When the
    database fails amid that, what was verified of the log is told, then the failure; the exit code is 2.
    """
    with command(home, lang, as_json=json) as run:
        if file is not None and index:
            raise Misuse("usage-wrong", "--index is of the whole ledger, not of a file")
        if file is None:
            report = audit_home(run, vkey, processes)
            show_audit(run, report, _compare_index(run) if index and report.fault is None else None)
        elif file.is_dir():
            # Not before: what reads a lake takes as long to load as all the rest.
            from ledger.cli.reconciling import show_lake_report  # noqa: PLC0415

            show_lake_report(run, file, anchor_of(run.settings, vkey))
        elif file.is_file() and is_zip(file):
            show_bundle(run, verify_bundle(file, anchor_of(run.settings, vkey)))
        else:
            data = read_whole(file, PEDIGREE_BYTES_MAX)
            show_pedigree(run, verify_pedigree(data, anchor_of(run.settings, vkey)))


def audit_home(run: Command, vkey: str | None, processes: int = 0) -> AuditReport:
    """Verify the whole ledger of this home."""
    settings = run.settings
    anchor = anchor_of(settings, vkey)
    # With a thread beside it, `audit` could not make copies of this process.
    with run.screen.progress("verifying", ticking=False) as progress:
        return audit(
            settings.database_url,
            Trust(anchor.name, str(anchor)),
            kept_checkpoint=read_checkpoint(settings),
            master_key=load_master_key(settings),
            token_key=clock.random_bytes(32),
            processes=processes,
            progress=progress,
        )


def _compare_index(run: Command) -> int | NotVerified | Unavailable:
    """Hold the index of events against the log.

    Returns:
        How many events it holds, or where it first says otherwise, or why that could not be found out.
    """
    try:
        with open_store(run.settings) as (database, _), run.screen.progress("verifying-index") as progress:
            return compare(database, progress)
    except (NotVerified, Unavailable) as fault:
        return fault


def show_audit(run: Command, report: AuditReport, indexed: int | NotVerified | Unavailable | None = None) -> None:
    """Print what an audit found; a fault of the log, else one of the index, decides the exit code, else warnings do.

    Args:
        indexed: how many events of the index were held against the log, or its fault, or what
            failed meanwhile; None when it was not looked at.

    Raises:
        Unavailable: what failed, after all that was verified is told.
        typer.Exit: unless everything holds, without a warning.
    """
    screen = run.screen
    screen.document(msgspec.to_builtins(report) | _index_told(indexed))
    for code, part in report.warnings:
        screen.line(f"{screen.say(code)}: {part}", "yellow")
    if report.fault is not None:
        index, code, detail = report.fault
        _end_at(run, "not-valid", NotVerified(code, detail, index=index if index >= 0 else None))
    names = ("statements", "links", "packs", "checkpoints")
    counts = [(name, str(getattr(report, name))) for name in names]
    screen.facts([*counts, ("events-indexed", str(indexed))] if isinstance(indexed, int) else counts)
    if not report.confidential_checked:
        screen.line(screen.say("not-opened"))
    if isinstance(indexed, Unavailable):
        raise indexed
    if isinstance(indexed, NotVerified):
        _end_at(run, "index-not-valid", indexed)
    if report.warnings:
        screen.line(screen.say("valid-with-warnings"), "bold yellow")
        raise typer.Exit(int(Exit.WARNINGS))
    screen.line(screen.say("valid"), "bold green")


def _index_told(indexed: int | NotVerified | Unavailable | None) -> dict[str, Any]:
    if indexed is None:
        return {}
    if isinstance(indexed, int):
        return {"events_indexed": indexed, "index_fault": None}
    at = -1 if indexed.index is None else indexed.index
    return {"events_indexed": None, "index_fault": (at, indexed.code, indexed.detail)}


def _end_at(run: Command, word: str, fault: NotVerified) -> NoReturn:
    """Print what does not hold, and where first; end with the exit code of that."""
    screen = run.screen
    where = "" if fault.index is None else f" {screen.counted('first-wrong', fault.index)}"
    screen.line(f"{screen.say(word)}{where}", "bold red")
    screen.problem(fault)
    raise typer.Exit(int(exit_of(fault)))


def show_pedigree(run: Command, report: PedigreeReport) -> None:
    """Print what a verified pedigree says; warnings decide the exit code."""
    screen = run.screen
    checkpoint = report.checkpoint
    screen.document(
        {
            "code": report.code, "origin": checkpoint.origin, "size": checkpoint.size,
            "recordedAt": report.recorded_at, "warnings": sorted(report.warnings),
            "steps": [
                {
                    "kind": step.statement.kind, "issuer": step.statement.issuer,
                    "issuedAt": step.statement.issued_at, "warnings": step.warnings,
                    "corrects": step.corrects, "takenBack": step.taken_back,
                }
                for step in report.steps
            ],
        }
    )  # fmt: skip
    screen.facts([("code", report.code), ("origin", checkpoint.origin), ("statements", str(checkpoint.size))])
    rows = [
        (
            screen.time(step.statement.issued_at if step.event_time is None else step.event_time),
            screen.say(step.statement.kind),
            screen.name(step.party),
            screen.listed(map(screen.say, _remarks(step))),
        )
        for step in report.steps
    ]
    screen.table(("when", "what", "who", "remarks"), rows)
    serious = report.warnings - {"named-by-case"}
    screen.line(screen.say("valid-with-warnings" if serious else "valid"), "bold yellow" if serious else "bold green")
    if serious:
        raise typer.Exit(int(Exit.WARNINGS))


def _remarks(step: VerifiedStep) -> Iterator[str]:
    yield from step.warnings
    if step.corrects:
        yield "corrects"
    if step.taken_back:
        yield "taken-back"


def show_bundle(run: Command, report: BundleReport) -> None:
    """Print what a verified bundle says; warnings decide the exit code."""
    screen = run.screen
    screen.document(
        {
            "case": report.number, "title": report.title, "origin": report.checkpoint.origin,
            "size": report.checkpoint.size, "madeAt": report.made_at, "members": report.members,
            "statements": report.statements, "actions": report.actions, "findings": report.findings,
            "pedigrees": report.pedigrees, "seized": report.seized, "traced": report.traced,
            "warnings": report.warnings,
        }
    )  # fmt: skip
    counts = ("members", "statements", "actions", "findings", "pedigrees", "seized", "traced")
    screen.facts(
        [
            ("case", f"{report.number}: {report.title}"), ("origin", report.checkpoint.origin),
            *((name, f"{getattr(report, name):,}") for name in counts),
        ]
    )  # fmt: skip
    for warning in report.warnings:
        screen.line(screen.say(warning), "yellow")
    serious = report.warnings
    screen.line(screen.say("valid-with-warnings" if serious else "valid"), "bold yellow" if serious else "bold green")
    if serious:
        raise typer.Exit(int(Exit.WARNINGS))


def suspect(
    kid: Annotated[str, typer.Argument(help="Thumbprint of the compromised key, 64 hexadecimal digits.")],
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """List what a compromised key signed between the theft and its declaration."""
    with command(home, lang, as_json=json) as run:
        try:
            thumbprint = bytes.fromhex(kid)
        except ValueError:
            raise Misuse("usage-wrong", "KID is hexadecimal") from None
        with open_store(run.settings) as (database, _):
            window = suspect_window(database, thumbprint)
        rows = []
        for each in window:
            document = {
                "index": each.index, "issuedAt": each.issued_at, "kind": each.kind, "subject": each.subject,
            }  # fmt: skip
            run.screen.document(document)
            rows.append((str(each.index), run.screen.time(each.issued_at), run.screen.say(each.kind), each.subject))
        run.screen.table(("entry", "when", "what", "subject"), rows)
