"""The second half of the demo: the gang behind a warehouse becomes one case, and the case a file for a court."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from ledger import clock
from ledger.bench.detect.country import Country, answered
from ledger.bench.detect.marks import Part, RuleMark
from ledger.bench.detect.result import Result, result_of
from ledger.bench.detect.watch import rules_of
from ledger.bundle.verify import verify_bundle
from ledger.bundle.write import Lake, write_bundle
from ledger.casework import Desk, fresh_id
from ledger.cli.caselist import show_tracing
from ledger.cli.context import Command
from ledger.cli.looking import asked, run_over_lake
from ledger.cli.proofs import show_bundle
from ledger.clock import iso
from ledger.log.keys import PrivateKey
from ledger.nation import Nation
from ledger.opening import Ledger, Trust, open_ledger
from ledger.papers.contents import Adding, Publication
from ledger.reconcile.findings.finding import Seen, decode_finding
from ledger.reconcile.lake import update_lake
from ledger.reconcile.seizure.listing import read_list
from ledger.record import Recorder
from ledger.seize import Place, seize
from ledger.store.findings import open_findings

__all__ = ["Found", "Step", "play_case"]

Step = Callable[[str, str], None]
"""Shows the heading of a step, and the command that would do it."""

_FILE_NUMBER: Final = "SYN-30T"
_PLACE: Final = "synthetic warehouse"
_LIST: Final = "seizure.txt"


class Found(msgspec.Struct, frozen=True):
    """Where the first half left off: the folder, the country, the ledger's key, the simulated time."""

    folder: Path
    nation: Nation
    trust: Trust
    now: int


def play_case(run: Command, step: Step, found: Found) -> None:
    """Play all steps, in order."""
    _Case(run, step, found).play()


class _Case:
    """The second half, one method a step."""

    def __init__(self, run: Command, step: Step, found: Found) -> None:
        self._run = run
        self._screen = run.screen
        self._step = step
        self._folder = found.folder
        self._nation = found.nation
        self._trust = found.trust
        self._now = found.now
        self._lake = run.settings.home / "lake"

    def play(self) -> None:
        with open_ledger(self._run.settings) as ledger:
            with self._at(ledger, self._nation.regulator) as desk:
                self._publish(desk)
            self._step("demo-lake", "packledger lake update")
            self._update(ledger)
            self._step("demo-findings", "packledger findings update")
            self._find(ledger)
            self._step("demo-seize", f"packledger seize {_LIST} --key police.pem --file-number {_FILE_NUMBER}")
            with self._at(ledger, self._nation.police) as desk:
                number = self._seize(desk)
            self._step("demo-export", f"packledger lake update; packledger case export {number}")
            self._update(ledger)
            bundle = self._export(ledger, number)
        self._step("demo-verify-bundle", f"packledger verify {bundle.name} --key {self._trust.verifier_key}")
        show_bundle(self._run, verify_bundle(bundle, self._trust.vkey))

    def _clock(self) -> int:
        return self._now

    @contextmanager
    def _at(self, ledger: Ledger, key: PrivateKey) -> Iterator[Desk]:
        with Recorder(ledger, self._clock, clock.random_bytes) as recorder:
            yield Desk(ledger, recorder, key, self._clock, clock.random_bytes)

    def _publish(self, desk: Desk) -> None:
        time = iso(self._clock())
        desk.record(
            Publication(id=fresh_id(clock.random_bytes), time=time, rule=rule.id, version=f"sha-256:{rule.version}")
            for rule in rules_of()
        )

    def _update(self, ledger: Ledger) -> None:
        done = update_lake(ledger.database, ledger.trust, ledger.vault, self._lake)
        self._screen.facts([("statements", str(done.after.size)), ("read-now", str(done.written))])

    def _find(self, ledger: Ledger) -> None:
        with asked(self._run.settings, self._lake) as (lake, engine):
            _, problems = run_over_lake(self._run, ledger.database, self._trust, lake, engine)
            for problem in problems:
                self._screen.problem(problem)
            answer = answered(self._nation.truth(), ledger.vault, lake)
            self._show(result_of(Country(lake, answer), rules_of(), _open(ledger)))

    def _show(self, result: Result) -> None:
        rows = [_row(self._screen.say(f"grain-{mark.grain}"), mark) for mark in result.rules if mark.right.all]
        title = f"{self._screen.say('demo-against-truth')} truth.json"
        self._screen.table(("rule", "grain", "found", "precision", "found-share"), rows, title)
        self._screen.document({"message_type": "detection", "rules": msgspec.to_builtins(result.rules)})
        self._screen.facts(
            [
                ("again-found", _counts(result.again.recall)), ("again-right", _counts(result.again.precision)),
                ("rings-found", _counts(result.rings.recall)), ("rings-right", _counts(result.rings.precision)),
            ]
        )  # fmt: skip

    def _seize(self, desk: Desk) -> int:
        path = self._folder / _LIST
        path.write_text("".join(f"{line}\n" for line in self._nation.seizure_list()), "utf-8")
        with asked(self._run.settings, self._lake) as (lake, engine), path.open("rb") as file:
            listed = read_list(file)
            place = Place(file_number=_FILE_NUMBER, place=_PLACE, title=self._screen.say("demo-case"))
            size = lake.manifest.size
            done = seize(desk, engine, size, listed, place, self._clock, clock.random_bytes)
            show_tracing(self._run, desk.ledger.database, done.tracing, listed)
        number = done.acted.number
        cards = {row.name for row in done.tracing.by_person}
        about = sorted(
            seen.id for seen in _open(desk.ledger)
            if seen.grain in ("network", "person") and not cards.isdisjoint(seen.persons)
        )  # fmt: skip
        self._screen.line(f"   packledger case add {number} --finding …", "dim")
        case = desk.act(Adding(findings=about), number).case if about else done.acted.case
        self._screen.facts([("case", f"{number}: {case.title}"), ("findings", str(len(case.findings)))])
        return number

    def _export(self, ledger: Ledger, number: int) -> Path:
        path = self._folder / f"case-{number}.zip"
        with asked(self._run.settings, self._lake) as (lake, engine):
            write_bundle(ledger, number, path, Lake(engine, lake.manifest.size))
        self._screen.facts([("written", str(path)), ("bytes", str(path.stat().st_size))])
        return path


def _open(ledger: Ledger) -> list[Seen]:
    with ledger.database.read() as connection:
        return [decode_finding(row.data).seen for row in open_findings(connection)]


def _row(grain: str, mark: RuleMark) -> tuple[str, ...]:
    return mark.rule, grain, f"{mark.right.all:,}", _percent(mark.right), _percent(mark.recall)


def _percent(part: Part) -> str:
    return "–" if part.share is None else f"{100 * part.share:.0f} %"


def _counts(part: Part) -> str:
    return f"{_percent(part)} ({part.some:,} / {part.all:,})"
