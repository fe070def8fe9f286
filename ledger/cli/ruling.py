"""Commands about rules: rules list, rules show, rules run, rules backtest."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from ledger.cli.context import DEFAULT_HOME, Command, Home, Json, LakeFolder, Language, command, lake_of
from ledger.cli.exits import Exit
from ledger.durable import read_whole
from ledger.errors import LedgerError, Misuse
from ledger.limits import KNOWN_OUTCOMES_BYTES_MAX, RULE_FILE_BYTES_MAX
from ledger.reconcile.facts import FACTS
from ledger.reconcile.lake import Lake, held_lake
from ledger.reconcile.rules.backtest import Backtest, backtest, parse_known
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.engine import Engine, Facts
from ledger.reconcile.rules.header import Said
from ledger.reconcile.rules.notice import CHECKS, checks_of
from ledger.reconcile.rules.rule import Rule, load_rule, load_rules, published, set_parameters
from ledger.reconcile.rules.run import Outcome, run_over
from ledger.reconcile.rules.spark import SparkEngine
from ledger.settings import Settings

__all__ = ["add_to"]

_RESULTS: Final = "results"

EngineName = Annotated[str, typer.Option("--engine", help="duckdb, in this process, or spark.")]
Master = Annotated[
    str, typer.Option("--master", help="For spark: local[*], or the address of a cluster, like spark://HOST:7077.")
]
LakeAddress = Annotated[
    str | None,
    typer.Option(
        "--lake-address",
        help="For spark: where its workers find the lake's folder, like s3a://BUCKET/lake; by default as here.",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", help="A parameter, like gap_minutes=20 or settled-twice.wait_days=45. May be repeated."),
]
Parameters = Annotated[
    Path | None, typer.Option("--parameters", help="TOML file of parameters: a table for each rule.")
]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    room = typer.Typer(name="rules", help="The rules by which packs, persons and institutions are found.")
    room.command("list")(list_)
    room.command("show")(show)
    room.command("run")(run)
    room.command("backtest")(try_out)
    app.add_typer(room, no_args_is_help=True)


def list_(lang: Language = None, json: Json = False) -> None:
    """List the published rules: what they are about, how grave a finding is, and their versions."""
    with command(DEFAULT_HOME, lang, as_json=json) as run_:
        rules, problems = load_rules(published())
        for rule in rules:
            run_.screen.document(_listed(rule) | {"notice_checks": checks_of(rule)})
        rows = [
            (
                rule.id, run_.screen.say(f"grain-{rule.header.grain}"), run_.screen.say(rule.header.severity),
                _said(run_, rule.header.title), rule.version[:12],
            )
            for rule in rules
        ]  # fmt: skip
        run_.screen.table(("rule", "grain", "severity", "rule-title", "version"), rows)
        checks = [
            (str(number), _said(run_, said), ", ".join(rule.id for rule in rules if number in checks_of(rule)))
            for number, said in enumerate(CHECKS, 1)
        ]
        run_.screen.line()
        run_.screen.table(("check", "checked", "rule"), checks, run_.screen.say("notice-checks"))
        _show_problems(run_, problems)


def show(
    rule: Annotated[str, typer.Argument(help="Name of a published rule, or a file.")],
    lang: Language = None,
    json: Json = False,
) -> None:
    """Show a rule: why it matters, what is not proof, its parameters, its text."""
    with command(DEFAULT_HOME, lang, as_json=json) as run_:
        found = load_rule(_path_of(rule))
        header, screen = found.header, run_.screen
        screen.document(_listed(found) | {"text": found.text})
        screen.facts(
            [
                ("rule", found.id), ("rule-title", _said(run_, header.title)),
                ("grain", screen.say(f"grain-{header.grain}")), ("severity", screen.say(header.severity)),
                ("why", _said(run_, header.why)),
                ("not-proof", _said(run_, header.not_proof)), ("source", header.source), ("version", found.version),
            ]
        )  # fmt: skip
        rows = [(name, str(each.default), each.unit, each.why) for name, each in header.parameters.items()]
        if rows:
            screen.table(("parameter", "default", "unit", "why"), rows)
        screen.line()
        screen.line(found.text)


def run(
    only: Annotated[list[str] | None, typer.Option("--only", help="Run this rule alone. May be repeated.")] = None,
    set_: Set = None,
    parameters: Parameters = None,
    anew: Annotated[bool, typer.Option("--anew", help="Compute everything, not only what changed.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write every hit to this file, one JSON a line.")] = None,
    engine: EngineName = "duckdb",
    master: Master = "local[*]",
    lake_address: LakeAddress = None,
    lake: LakeFolder = None,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Run the published rules over the lake, and show how much each found.

    What was found is kept beside the lake, so that the next run computes only what changed since. A rule that
    fails is named with file, line and cause, and stops no other.
    """
    with command(home, lang, as_json=json) as run_, _held(home, lake, lake_address) as opened:
        rules, problems = load_rules(_chosen(only))
        given = set_parameters(rules, _given(set_, parameters))
        outcomes = []
        opener = _opener(engine, master, run_.settings, opened.folder, lake_address)
        folder = home / _RESULTS
        if only:
            folder = folder / "only" / "+".join(sorted(rule.id for rule in rules))
        with run_.screen.progress("running") as progress:
            for outcome in run_over(opener, opened, rules, given, folder, anew=anew):
                outcomes.append(outcome)
                progress(len(outcomes), len(rules))
        if out is not None:
            _write(out, outcomes)
        _show_outcomes(run_, outcomes, problems)


def try_out(
    file: Annotated[Path, typer.Argument(help="The draft: a rule file.")],
    outcomes: Annotated[
        Path | None, typer.Option("--outcomes", help="JSON list of findings and how their cases ended.")
    ] = None,
    set_: Set = None,
    parameters: Parameters = None,
    engine: EngineName = "duckdb",
    master: Master = "local[*]",
    lake_address: LakeAddress = None,
    lake: LakeFolder = None,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Try a draft over all history, without publishing it.

    Shows what it finds, by month and region, what it shares with each published rule, and which past cases, by
    their outcome, it would have found.
    """
    with command(home, lang, as_json=json) as run_, _held(home, lake, lake_address) as opened:
        draft = load_rule(file)
        known = [] if outcomes is None else parse_known(read_whole(outcomes, KNOWN_OUTCOMES_BYTES_MAX))
        given = set_parameters([draft], _given(set_, parameters))[draft.id]
        rules, problems = load_rules(published())
        running = _opener(engine, master, run_.settings, opened.folder, lake_address)(opened.facts())
        try:
            with run_.screen.progress("running"):
                _show_backtest(run_, backtest(running, draft, rules, known, given))
        finally:
            running.close()
        _show_problems(run_, problems)


# -- reading


def _path_of(name: str) -> Path:
    paths = {path.stem: path for path in published()}
    if name in paths:
        return paths[name]
    if not Path(name).is_file():
        raise Misuse("rule-unknown", name)
    return Path(name)


def _chosen(only: Sequence[str] | None) -> list[Path]:
    return published() if not only else [_path_of(name) for name in only]


def _given(pairs: Sequence[str] | None, file: Path | None) -> dict[str, object]:
    given: dict[str, object] = {}
    if file is not None:
        try:
            tables = tomllib.loads(read_whole(file, RULE_FILE_BYTES_MAX).decode())
        except ValueError as error:
            raise Misuse("rule-parameter", f"{file.name}: {error}") from None
        for rule, values in tables.items():
            if not isinstance(values, dict):
                raise Misuse("rule-parameter", f"{file.name}: {rule} is no table")
            given |= {f"{rule}.{name}": value for name, value in values.items()}
    for pair in pairs or ():
        name, equals, text = pair.partition("=")
        if not equals:
            raise Misuse("rule-parameter", f"{pair} is not NAME=VALUE")
        given[name] = _value(text)
    return given


def _value(text: str) -> object:
    """Read a value as TOML does; what is no TOML is a text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _opener(
    name: str, master: str, settings: Settings, folder: Path, address: str | None
) -> Callable[[Facts], Engine]:
    if name not in ("duckdb", "spark"):
        raise Misuse("usage-wrong", "--engine is duckdb or spark")
    if name == "spark":
        return lambda facts: SparkEngine(facts if address is None else _moved(facts, folder, address), master=master)
    if address is not None:
        raise Misuse("usage-wrong", "--lake-address is for --engine spark")
    threads = settings.rules_threads or os.cpu_count() or 1
    return lambda facts: DuckEngine(facts, memory_mib=settings.rules_memory_mib, threads=threads)


def _held(home: Path, lake: Path | None, address: str | None) -> AbstractContextManager[Lake]:
    return held_lake(lake_of(home, lake), manifest_alone=address is not None)


def _moved(facts: Facts, folder: Path, address: str) -> Facts:
    """Return the files of a lake's folder as they are called at another address.

    What else there is, an earlier run's views, stays behind: a cluster computes everything.
    """
    base = address.rstrip("/")
    return {
        name: [f"{base}/{Path(str(each)).relative_to(folder).as_posix()}" for each in facts[name]] for name in FACTS
    }


# -- showing


def _said(run_: Command, said: Said) -> str:
    return run_.screen.name((said.en, said.zh))


def _listed(rule: Rule) -> dict[str, Any]:
    return {"version": rule.version, **msgspec.to_builtins(rule.header)}


def _write(path: Path, outcomes: Sequence[Outcome]) -> None:
    with path.open("wb") as file:
        for outcome in outcomes:
            for hit in outcome.hits:
                file.write(msgspec.json.encode(hit) + b"\n")


def _show_outcomes(run_: Command, outcomes: Sequence[Outcome], problems: Sequence[LedgerError]) -> None:
    rows = []
    for outcome in outcomes:
        run_.screen.document(
            {
                "rule": outcome.rule.id, "version": outcome.rule.version, "hits": outcome.rows.num_rows,
                "cents": outcome.cents,
                "seconds": round(outcome.seconds, 3), "anew": outcome.anew,
                "problem": None if outcome.problem is None else outcome.problem.code,
            }
        )  # fmt: skip
        found = str(outcome.rows.num_rows) if outcome.problem is None else "–"
        computed = run_.screen.say("everything" if outcome.anew else "what-changed")
        rows.append((outcome.rule.id, found, _money(outcome.cents), computed, f"{outcome.seconds:.2f}"))
    run_.screen.table(("rule", "found", "money", "computed", "seconds"), rows)
    _show_problems(run_, [*problems, *(each.problem for each in outcomes if each.problem is not None)])


def _show_backtest(run_: Command, found: Backtest) -> None:
    screen = run_.screen
    screen.document(msgspec.to_builtins(found))
    screen.facts([("rule", found.rule), ("found", str(found.hits)), ("money", _money(found.cents))])
    for word, tallies in (("month", found.months), ("region", found.regions)):
        screen.table((word, "found", "money"), [(each.name, str(each.hits), _money(each.cents)) for each in tallies])
    rows = [(each.rule, str(each.hits), str(each.same_subject), str(each.common_evidence)) for each in found.overlaps]
    screen.table(("rule", "found", "same-subject", "common-evidence"), rows)
    if found.outcomes:
        screen.table(("outcome", "cases", "found"), [(name, str(of), str(again)) for name, of, again in found.outcomes])


def _money(cents: int) -> str:
    return f"{cents // 100:,}.{cents % 100:02d}"


def _show_problems(run_: Command, problems: Sequence[LedgerError]) -> None:
    """Show what is wrong with rules; it makes the command end with warnings."""
    for problem in problems:
        run_.screen.problem(problem)
    if problems:
        raise typer.Exit(int(Exit.WARNINGS))
