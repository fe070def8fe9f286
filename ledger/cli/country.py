"""Commands that show what it is for: simulate, demo, bench."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from ledger import bench as benchmarks
from ledger import clock
from ledger.chain.pedigree import print_pedigree
from ledger.cli.context import DEFAULT_HOME, Command, Json, Language, command
from ledger.cli.proofs import audit_home, show_audit, show_pedigree, show_story
from ledger.cli.recording import Tally
from ledger.cli.screen import Screen
from ledger.enrol import print_registrations, registering
from ledger.errors import LedgerError, Misuse
from ledger.export import Exporter
from ledger.limits import GROUP_SUBMISSIONS_MAX
from ledger.nation import THIRTY_TONS_PACKS, Nation, build, print_truth
from ledger.opening import Ledger, create_ledger, open_ledger, open_store
from ledger.record import Recorder
from ledger.store.registry import Registry
from ledger.store.unsafe import unsafe_alter_body
from ledger.submission import UploadLine, print_line
from ledger.trace import story_of
from ledger.upload import SimulatedClock, by_time
from ledger.verify import verify_pedigree

__all__ = ["add_to"]

# 2026-01-05T00:00:00Z, a Monday: simulated trade begins there unless told otherwise.
_START: Final = 1_767_571_200
_MARK: Final = "made-by-packledger-demo"

Packs = Annotated[int, typer.Option("--packs", min=400, max=1_000_000, help="How many packs are made.")]
Months = Annotated[int, typer.Option("--months", min=1, max=24, help="How many months of trade.")]
Seed = Annotated[int, typer.Option("--seed", help="The same seed gives the same country, byte for byte.")]
Crimes = Annotated[
    str,
    typer.Option(
        "--crimes", help="all that the country has room for, none, or kinds of crime separated by commas."
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for door in (simulate, demo, bench):
        app.command(door.__name__)(door)


def simulate(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to; it must not exist.")],
    packs: Packs = 2_000,
    months: Months = 3,
    seed: Seed = 1,
    crimes: Crimes = "all",
    scenario: Annotated[
        str | None, typer.Option("--scenario", help="thirty-tons: the case behind the project, on top of it all.")
    ] = None,
    scale: Annotated[
        float,
        typer.Option("--scale", min=0.001, max=1.0, help="Of the scenario; 1 is 750,000 seized packs."),
    ] = 0.01,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Make a synthetic country: honest trade with its noise, and crimes.

    Writes registrations.json (for `enrol`), uploads.jsonl (for `record --unsafe-clock-from-file`) and
    truth.json (which crimes happened, with which packs, persons and money); with the scenario also
    seizure.txt (the list of what the police found in the warehouse, one scan a line).
    """
    with command(DEFAULT_HOME, lang, as_json=json) as run:
        if out.exists():
            raise Misuse("file-exists", f"{out} is there already")
        nation = build(packs, months, seed, _START, _kinds(crimes), thirty_tons=_seized(scenario, scale))
        out.mkdir(parents=True)
        (out / "registrations.json").write_bytes(print_registrations(nation.registrations()))
        lines = 0
        with (out / "uploads.jsonl").open("wb") as file, run.screen.progress("simulating") as progress:
            for line in nation.uploads():
                file.write(print_line(line))
                lines += 1
                progress(lines, None)
        (out / "truth.json").write_bytes(print_truth(nation.truth()))
        if scenario is not None:
            (out / "seizure.txt").write_text("".join(f"{line}\n" for line in nation.seizure_list()), "utf-8")
        run.screen.document({"out": str(out), "submissions": lines})
        run.screen.facts([("writing", str(out)), ("statements", str(lines))])


def _kinds(crimes: str) -> str | list[str]:
    return crimes if crimes in ("all", "none") else crimes.split(",")


def _seized(scenario: str | None, scale: float) -> int:
    """Return how many packs the police find in the end."""
    if scenario is None:
        return 0
    if scenario != "thirty-tons":
        raise Misuse("usage-wrong", "--scenario is thirty-tons")
    return int(scale * THIRTY_TONS_PACKS)


def demo(
    folder: Annotated[Path, typer.Option("--folder", help="Where to play; made anew each time.")] = Path(".demo"),
    packs: Packs = 2_000,
    months: Months = 3,
    seed: Seed = 1,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Play the whole story on a new ledger: trade, crime, the packs caught, a proof, and an attack found."""
    home = folder / "ledger.home"
    with command(home, lang, as_json=json) as run:
        _clear(folder)
        _Demo(run, folder, build(packs, months, seed, _START)).play()


def _clear(folder: Path) -> None:
    if folder.exists():
        if not (folder / _MARK).exists():
            raise Misuse("file-exists", f"{folder} is there already, and not from a demo")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / _MARK).touch()


class _Demo:
    """The demo, one method a step."""

    def __init__(self, run: Command, folder: Path, nation: Nation) -> None:
        self._run = run
        self._screen: Screen = run.screen
        self._folder = folder
        self._nation = nation
        self._tally = Tally(run, quiet=True)

    def play(self) -> None:
        """Play all steps, in order."""
        settings = self._run.settings
        self._step("demo-init", "packledger init --origin demo.example/2026")
        trust = create_ledger(settings, "demo.example/2026", lambda: _START, clock.random_bytes)
        self._screen.facts([("verifier-key", trust.verifier_key)])
        with open_ledger(settings) as ledger:
            self._record(ledger)
        if not self._tally.caught:
            raise Misuse("demo-nothing-caught", "another seed, or more packs")
        self._step("demo-trace", f"packledger trace {self._first_caught} --pedigree pack.pedigree.json")
        self._trace()
        self._step("demo-verify-file", f"packledger verify pack.pedigree.json --key {trust.verifier_key}")
        show_pedigree(self._run, verify_pedigree((self._folder / "pack.pedigree.json").read_bytes(), trust.vkey))
        self._step("demo-verify", "packledger verify")
        show_audit(self._run, audit_home(self._run, trust.verifier_key))
        self._step("demo-attack", "UPDATE entry SET body = … WHERE log_index = …")
        index = self._attack()
        self._step("demo-verify-again", "packledger verify")
        report = audit_home(self._run, trust.verifier_key)
        with suppress(typer.Exit):
            show_audit(self._run, report)
        if report.fault is None or report.fault[0] != index:
            raise Misuse("demo-attack-missed", f"entry {index} was altered")
        self._screen.line()
        self._screen.line(self._screen.say("demo-end"), "bold")

    @property
    def _first_caught(self) -> str:
        return next(iter(self._tally.caught))

    def _step(self, word: str, shown: str) -> None:
        self._screen.document({"message_type": "step", "step": word, "command": shown})
        self._screen.line()
        self._screen.line(f"── {self._screen.say(word)}", "bold cyan")
        self._screen.line(f"   {shown}", "dim")

    def _record(self, ledger: Ledger) -> None:
        self._step("demo-enrol", "packledger enrol registrations.json")
        simulated = SimulatedClock(_START)
        registrations = self._nation.registrations()
        with Recorder(ledger, simulated, clock.random_bytes) as recorder:
            signed = [registering(ledger.trust, ledger.key, each, _START) for each in registrations]
            for start in range(0, len(signed), GROUP_SUBMISSIONS_MAX):
                recorder.record(signed[start : start + GROUP_SUBMISSIONS_MAX])
            self._screen.facts([("recorded", str(len(signed)))])
            self._step("demo-record", "packledger record uploads.jsonl")
            with self._screen.progress("recording") as progress:
                for group in by_time(recorder, simulated, self._lines()):
                    self._tally.add(group)
                    progress(self._tally.lines, None)
        (self._folder / "truth.json").write_bytes(print_truth(self._nation.truth()))
        self._tally.show()

    def _lines(self) -> Iterator[tuple[int, UploadLine | LedgerError]]:
        with (self._folder / "uploads.jsonl").open("wb") as file:
            for number, line in enumerate(self._nation.uploads(), 1):
                file.write(print_line(line))
                yield number, line

    def _trace(self) -> None:
        settings = self._run.settings
        with open_ledger(settings) as ledger:
            key = self._first_caught
            show_story(self._run, story_of(ledger.database, Registry(), key))
            exporter = Exporter(ledger.database, ledger.trust, ledger.key)
            (self._folder / "pack.pedigree.json").write_bytes(print_pedigree(exporter.pedigree(key)))

    def _attack(self) -> int:
        """Make an insured sale look like one that the patient paid for."""
        with open_store(self._run.settings) as (database, _):
            story = story_of(database, Registry(), self._first_caught)
            index = next(step.index for step in story.steps if step.kind == "dispensing")
            if not unsafe_alter_body(database, index, b'"pl:settlement":"insured"', b'"pl:settlement":"self_pay"'):
                unsafe_alter_body(database, index, b'"pl:settlement":"self_pay"', b'"pl:settlement":"insured"')
            self._screen.facts([("entry", str(index))])
            return index


def bench(
    names: Annotated[
        list[str] | None, typer.Argument(help="one-pack, shipment, growth, trace, verify, lake; all when left out.")
    ] = None,
    scale: Annotated[str, typer.Option("--scale", help="full, or small for a quick look.")] = "full",
    database_url: Annotated[
        str | None,
        typer.Option(
            "--database-url",
            envvar="PACKLEDGER_BENCH_POSTGRES_URL",
            help="A PostgreSQL server that may make databases, to measure beside SQLite.",
        ),
    ] = None,
    write: Annotated[Path | None, typer.Option("--write", help="Write the table to this page.")] = None,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Measure this machine: each figure beside the physical limit of the same run, and their ratio.

    The full scale takes about an hour; nothing else should run meanwhile.
    """
    with command(DEFAULT_HOME, lang, as_json=json) as run:
        if scale not in ("full", "small"):
            raise Misuse("usage-wrong", "--scale is full or small")
        databases = {"sqlite": ""} | ({} if database_url is None else {"postgresql": database_url})
        with run.screen.working() as tell:
            rows = benchmarks.run(
                names or [],
                scale=benchmarks.FULL if scale == "full" else benchmarks.SMALL,
                databases=databases,
                write=write,
                progress=tell,
            )
        for row in rows:
            run.screen.document(msgspec.to_builtins(row))
        columns = ("benchmark", "database", "figure", "value", "unit", "ratio", "goal")
        run.screen.table(columns, [_measured(row) for row in rows])


def _measured(row: benchmarks.Row) -> tuple[str, ...]:
    goal = "" if row.goal is None else f"{'≥' if row.at_least else '≤'} {row.goal:g} {'✓' if row.reached else '✗'}"
    ratio = "" if row.ratio is None else f"{row.ratio.median:.2f}"
    return (row.benchmark, row.database, row.figure, f"{row.value.median:,.4g}", row.unit, ratio, goal)
