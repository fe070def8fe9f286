"""Commands of officers: case open, claim, note, deadline, hand-over, close; case list, show, export; seize."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from ledger import clock
from ledger.bundle.write import Lake, write_bundle
from ledger.casework import Acted, Desk, require_case
from ledger.cli.caselist import show_case, show_cases, show_proposals, show_tracing
from ledger.cli.context import DEFAULT_HOME, Command, Home, Json, LakeFolder, Language, command, lake_of
from ledger.cli.files import load_key
from ledger.cli.looking import asked, finding_named
from ledger.errors import Misuse
from ledger.opening import open_ledger, open_store
from ledger.papers.contents import Adding, Cause, Claim, Deadline, Deed, HandOver, Note, Outcome
from ledger.reconcile.cases.feedback import decisions
from ledger.reconcile.cases.grouping import group
from ledger.reconcile.cases.opening import criterion_met
from ledger.reconcile.cases.proposal import Proposal
from ledger.reconcile.findings.finding import decode_finding
from ledger.reconcile.seizure.listing import read_list
from ledger.record import Recorder
from ledger.seize import Place, seize
from ledger.store.database import Connection
from ledger.store.findings import open_findings

__all__ = ["add_to", "proposals"]

_RESULTS = ("confirmed", "false-alarm", "unresolved")
_DAY_LENGTH = len("2026-11-22")

Number = Annotated[int, typer.Argument(help="Number of the case.")]
Key = Annotated[Path, typer.Option("--key", help="Private key of the office's station: it signs what is done.")]
Findings = Annotated[
    list[str] | None, typer.Option("--finding", help="Id of a finding, or its first digits. May be repeated.")
]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    room = typer.Typer(name="case", help="Findings that belong together, worked by people; each action is signed.")
    for name, door in (
        ("list", list_), ("show", show), ("open", open_), ("add", add), ("claim", claim), ("note", note),
        ("deadline", deadline), ("hand-over", hand_over), ("close", close), ("export", export),
    ):  # fmt: skip
        room.command(name)(door)
    app.add_typer(room, no_args_is_help=True)
    app.command("seize")(seize_list)


def list_(
    state: Annotated[str | None, typer.Option("--state", help="Only waiting, working or closed ones.")] = None,
    office: Annotated[str | None, typer.Option("--office", help="Only those of this party (URI).")] = None,
    proposed: Annotated[
        bool, typer.Option("--proposed", help="What belongs together and is in no case yet, instead.")
    ] = False,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Show the queue: cases, who has them, until when, for how much; those past their deadline first."""
    with (
        command(home, lang, as_json=json) as run,
        open_store(run.settings) as (database, _),
        database.read() as connection,
    ):
        if proposed:
            show_proposals(run, proposals(connection))
        else:
            show_cases(run, connection, state, office, clock.now())


def show(
    number: Number,
    lake: LakeFolder = None,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Show a case: where it stands, what was found, what was done; what was seized, traced in the lake."""
    with command(home, lang, as_json=json) as run, open_store(run.settings) as (database, _):
        folder = lake_of(home, lake)
        show_case(run, database, number, folder if folder.is_dir() else None)


def open_(
    key: Key,
    title: Annotated[str, typer.Option("--title", help="What the case is called; no personal data.")] = "",
    findings: Findings = None,
    proposed: Annotated[
        bool, typer.Option("--proposed", help="Open every proposal that is sure enough by itself, instead.")
    ] = False,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Open a case with some findings; or, for the office's duty desk, all cases that open by themselves.

    When a proposal opens by itself is a table with reasons: docs/reference/opening.md.
    """
    with _at_work(home, lang, key, as_json=json) as (run, desk):
        with desk.ledger.database.read() as connection:
            ids = sorted(finding_named(connection, each).id for each in findings or ())
            sure = [each for each in proposals(connection) if criterion_met(each)] if proposed else []
        if not proposed:
            if not title:
                raise Misuse("usage-wrong", "a case has a --title")
            _show(run, desk.open(title, ids))
        for each in sure:
            _show(run, desk.open(_title(run, each), [finding.id for finding in each.findings]))
        if proposed and not sure:
            run.screen.line(run.screen.say("nothing-opens"))


def _title(run: Command, proposal: Proposal) -> str:
    return f"{', '.join(map(run.screen.say, proposal.rules[:3]))}: {len(proposal.findings)}"


def add(
    number: Number, findings: Findings, key: Key, home: Home = DEFAULT_HOME, lang: Language = None, json: Json = False
) -> None:
    """Put more findings into a case; any office may."""
    with _at_work(home, lang, key, as_json=json) as (run, desk):
        with desk.ledger.database.read() as connection:
            ids = sorted({finding_named(connection, each).id for each in findings or ()})
        _show(run, desk.act(Adding(findings=ids), number))


def claim(
    number: Number,
    key: Key,
    take_over: Annotated[bool, typer.Option("--take-over", help="Also from a colleague who works on it.")] = False,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Take a case of your office upon yourself; a closed case is open again."""
    with _at_work(home, lang, key, as_json=json) as (run, desk):
        last = None
        if take_over:
            with desk.ledger.database.read() as connection:
                last = require_case(connection, number).last
        _show(run, desk.act(Claim(), number, after=last))


def note(
    number: Number,
    text: Annotated[str, typer.Argument(help="What others must know. It stays for good: no personal data.")],
    key: Key,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Write a note into a case; any office may."""
    _act(number, Note(text=text), key, home, lang, as_json=json)


def deadline(
    number: Number,
    until: Annotated[str, typer.Argument(help="UTC, like 2026-12-31 or 2026-12-31T16:00:00Z.")],
    key: Key,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Say by when a case must be decided."""
    moment = f"{until}T23:59:59Z" if len(until) == _DAY_LENGTH else until
    _act(number, Deadline(until=moment), key, home, lang, as_json=json)


def hand_over(
    number: Number,
    to: Annotated[str, typer.Option("--to", help="URI of the other office.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; no personal data.")],
    key: Key,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Hand a case to another office: insurer, medicine, commerce, tax or police."""
    _act(number, HandOver(to=to, reason=reason), key, home, lang, as_json=json)


def close(
    number: Number,
    result: Annotated[str, typer.Option("--result", help="confirmed, false-alarm or unresolved.")],
    key: Key,
    cause: Annotated[
        str | None, typer.Option("--cause", help=f"Of a false alarm: {', '.join(get_args(Cause))}.")
    ] = None,
    text: Annotated[str | None, typer.Option("--text", help="The reasons in words; no personal data.")] = None,
    findings: Findings = None,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Decide a case, or with --finding only some of its findings; each rule's false alarms are counted from this."""
    if result not in _RESULTS or cause not in (None, *get_args(Cause)):
        raise typer.BadParameter("see --help for the words that --result and --cause take")
    with _at_work(home, lang, key, as_json=json) as (run, desk):
        with desk.ledger.database.read() as connection:
            ids = sorted({finding_named(connection, each).id for each in findings or ()})
        outcome = Outcome(
            result=result, cause=cast("Cause | None", cause), findings=ids or None, text=text,  # type: ignore[arg-type]
        )
        _show(run, desk.act(outcome, number))


def export(
    number: Number,
    out: Annotated[Path | None, typer.Option("--out", help="The file; by default case-NUMBER.zip.")] = None,
    everything: Annotated[
        bool, typer.Option("--everything", help="Also every sale and settlement of what was seized, however many.")
    ] = False,
    lake: LakeFolder = None,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Write a case file for a court: one zip that `packledger verify` checks on any machine, without the ledger."""
    with command(home, lang, as_json=json) as run, open_ledger(run.settings) as ledger:
        path = Path(f"case-{number}.zip") if out is None else out
        folder = lake_of(home, lake)
        with run.screen.working() as tell:
            if folder.is_dir():
                with asked(run.settings, folder) as (opened, engine):
                    facts = Lake(engine, opened.manifest.size)
                    index = write_bundle(ledger, number, path, facts, everything=everything, progress=tell)
            else:
                index = write_bundle(ledger, number, path, everything=everything, progress=tell)
        run.screen.document({"file": str(path), "case": number, "members": len(index.members)})
        run.screen.facts([("written", str(path)), ("members", str(len(index.members)))])


def seize_list(
    file: Annotated[Path, typer.Argument(help="The list: one code a line, as scanned or typed.")],
    key: Key,
    file_number: Annotated[str, typer.Option("--file-number", help="The office's own number of the case.")],
    place: Annotated[str, typer.Option("--place", help="Where it was; no personal data.")],
    title: Annotated[str | None, typer.Option("--title", help="What the case is called.")] = None,
    unreadable: Annotated[int, typer.Option("--unreadable", min=0, help="Packs whose codes are gone.")] = 0,
    grams: Annotated[int | None, typer.Option("--grams", min=0, help="What all of it weighs.")] = None,
    lake: LakeFolder = None,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Record what was seized, trace every pack, and open the case.

    Every line of the list is kept: codes as seized packs, the others with what is wrong with them. The packs are
    traced in the lake: who sold them, to whom, on whose card, for how much money, and why some cannot be traced.
    """
    with _at_work(home, lang, key, as_json=json) as (run, desk), asked(run.settings, lake_of(home, lake)) as opened:
        with file.open("rb") as lines:
            listed = read_list(lines)
        about = Place(
            file_number=file_number, place=place, title=title or f"{file_number}: {place}", unreadable=unreadable,
            grams=grams,
        )  # fmt: skip
        manifest, engine = opened[0].manifest, opened[1]
        with run.screen.working() as tell:
            done = seize(
                desk, engine, manifest.size, listed, about, clock.now, clock.random_bytes,
                lambda stage: tell(run.screen.say(stage)),
            )  # fmt: skip
        show_tracing(run, desk.ledger.database, done.tracing, listed, unreadable)
        _show(run, done.acted)


def proposals(connection: Connection) -> list[Proposal]:
    """Return what belongs together among the open findings that are in no case."""
    taken = decisions(connection)
    return group(decode_finding(row.data) for row in open_findings(connection) if row.id.hex() not in taken)


@contextmanager
def _at_work(home: Path, language: str | None, key: Path, *, as_json: bool) -> Iterator[tuple[Command, Desk]]:
    with (
        command(home, language, as_json=as_json) as run,
        open_ledger(run.settings) as ledger,
        Recorder(ledger, clock.now, clock.random_bytes) as recorder,
    ):
        private = load_key(key)
        yield run, Desk(ledger, recorder, private, clock.now, clock.random_bytes)


def _act(number: int, do: Deed, key: Path, home: Path, language: str | None, *, as_json: bool) -> None:
    with _at_work(home, language, key, as_json=as_json) as (run, desk):
        _show(run, desk.act(do, number))


def _show(run: Command, acted: Acted) -> None:
    case = acted.case
    run.screen.document({"case": acted.number, "entry": acted.index, "state": case.state, "uri": case.uri})
    run.screen.facts(
        [
            ("case", str(acted.number)), ("title", case.title), ("state", run.screen.say(case.state)),
            ("findings", str(len(case.findings))), ("entry", str(acted.index)),
        ]
    )  # fmt: skip
