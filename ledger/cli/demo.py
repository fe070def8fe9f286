"""The command that shows what it is for: demo. Its second half is in `demo_case.py`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final

import typer

from ledger import clock
from ledger.chain.pedigree import print_pedigree
from ledger.cli.context import Command, Json, Language, command
from ledger.cli.country import START, Months, Packs, Seed
from ledger.cli.demo_case import Found, play_case
from ledger.cli.proofs import audit_home, show_audit, show_pedigree, show_story
from ledger.cli.recording import Tally
from ledger.cli.screen import Screen
from ledger.enrol import registering
from ledger.errors import LedgerError, Misuse
from ledger.export import Exporter
from ledger.limits import GROUP_SUBMISSIONS_MAX
from ledger.log.statement import parse_statement
from ledger.nation import Nation, build, print_truth
from ledger.opening import Ledger, create_ledger, open_ledger, open_store
from ledger.record import Recorder
from ledger.store.registry import Registry
from ledger.store.unsafe import unsafe_alter_body
from ledger.submission import UploadLine, print_line
from ledger.trace import story_of
from ledger.upload import SimulatedClock, by_time
from ledger.verify import verify_pedigree

__all__ = ["add_to"]

_MARK: Final = "made-by-packledger-demo"
_INSURED: Final = b'"pl:settlement":"insured"'
_SELF_PAY: Final = b'"pl:settlement":"self_pay"'


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("demo")(demo)


def demo(
    folder: Annotated[Path, typer.Option("--folder", help="Where to play; made anew each time.")] = Path(".demo"),
    packs: Packs = 6_000,
    months: Months = 8,
    seed: Seed = 1,
    seized: Annotated[
        int, typer.Option("--seized", min=100, help="How many packs the police find in the warehouse, about.")
    ] = 2_000,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Play the whole story on a new ledger: trade, crime, the packs caught, a proof, an attack found, a gang's case."""
    home = folder / "ledger.home"
    with command(home, lang, as_json=json) as run:
        _clear(folder)
        _Demo(run, folder, build(packs, months, seed, START, thirty_tons=seized)).play()


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
        self._now = START
        self._swapped = _INSURED, _SELF_PAY

    def play(self) -> None:
        """Play all steps, in order."""
        settings = self._run.settings
        self._step("demo-init", "packledger init --origin demo.example/2026")
        trust = create_ledger(settings, "demo.example/2026", lambda: START, clock.random_bytes)
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
        self._restore(index)
        play_case(self._run, self._step, Found(self._folder, self._nation, trust, self._now))
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
        simulated = SimulatedClock(START)
        registrations = self._nation.registrations()
        with Recorder(ledger, simulated, clock.random_bytes) as recorder:
            signed = [registering(ledger.trust, ledger.key, each, START) for each in registrations]
            for start in range(0, len(signed), GROUP_SUBMISSIONS_MAX):
                recorder.record(signed[start : start + GROUP_SUBMISSIONS_MAX])
            self._screen.facts([("recorded", str(len(signed)))])
            self._step("demo-record", "packledger record uploads.jsonl")
            with self._screen.progress("recording") as progress:
                for group in by_time(recorder, simulated, self._lines()):
                    self._tally.add(group)
                    progress(self._tally.lines, None)
        self._now = simulated.time
        (self._folder / "truth.json").write_bytes(print_truth(self._nation.truth()))
        self._tally.show()

    def _lines(self) -> Iterator[tuple[int, UploadLine | LedgerError]]:
        """Pass on everybody's uploads but the police's own list, which comes in by `seize`."""
        with (self._folder / "uploads.jsonl").open("wb") as file:
            for number, line in enumerate(self._nation.uploads(), 1):
                if parse_statement(line.submission.statement).kind != "seizure":
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
            if not unsafe_alter_body(database, index, *self._swapped):
                self._swapped = _SELF_PAY, _INSURED
                unsafe_alter_body(database, index, *self._swapped)
            self._screen.facts([("entry", str(index))])
            return index

    def _restore(self, index: int) -> None:
        """Put the row back, as from a sound copy."""
        old, new = self._swapped
        with open_store(self._run.settings) as (database, _):
            unsafe_alter_body(database, index, new, old)
