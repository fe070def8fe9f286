"""Commands that bring statements in: key, sign, record."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from ledger import canonical, clock
from ledger.cli.context import DEFAULT_HOME, SHOWN_MAX, Command, Home, Json, Language, command
from ledger.cli.files import load_key, save_key
from ledger.content import EVENT_MEDIA_TYPE
from ledger.custody.anomalies import Verdict, verdict_of
from ledger.custody.event import Event, parse_event
from ledger.durable import read_whole
from ledger.enrol import print_registrations, read_registrations
from ledger.errors import LedgerError, Misuse
from ledger.export import Exporter
from ledger.identity.registration import Key, is_uri
from ledger.limits import BODY_BYTES_MAX, CONFIDENTIAL_BYTES_MAX
from ledger.log.keys import EDDSA, PrivateKey
from ledger.log.statement import sign_statement
from ledger.opening import Ledger, open_ledger
from ledger.papers.paper import PAPERS, media_type, parse_paper
from ledger.record import Recorder
from ledger.recording.admit import open_confidential
from ledger.submission import Submission, UploadLine, print_line
from ledger.upload import LineOutcome, SimulatedClock, by_time, read_lines, record_lines

__all__ = ["add_to"]

_VALIDITY_SECONDS = 2 * 365 * 86_400


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for door in (key, sign, record):
        app.command(door.__name__)(door)


def key(
    station: Annotated[str, typer.Argument(help="URI of the station that will hold the key.")],
    out: Annotated[Path, typer.Option("--out", help="File for the private key; it must not exist.")],
    lang: Language = None,
    json: Json = False,
) -> None:
    """Make a station's key, on the station: the private half never leaves it.

    Prints the registration of the public half; hand that to the ledger's keeper, for `enrol`.
    """
    with command(DEFAULT_HOME, lang, as_json=json):
        private = PrivateKey.from_seed(EDDSA, clock.random_bytes(32))
        now = clock.now()
        registration = Key(
            kid=private.public.thumbprint().hex(), station=station, alg=EDDSA, public=private.public.raw.hex(),
            valid_from=now, valid_until=now + _VALIDITY_SECONDS,
        )  # fmt: skip
        printed = print_registrations([registration])
        read_registrations(printed)  # before there is a key that nobody could enrol
        save_key(out, private)
        sys.stdout.write(printed.decode())


def sign(
    body: Annotated[Path, typer.Argument(help="An event (EPCIS 2.0 JSON) or a paper; signed as it stands.")],
    key_file: Annotated[Path, typer.Option("--key", help="The station's private key.")],
    issuer: Annotated[str, typer.Option("--issuer", help="URI of the party that speaks.")],
    kind: Annotated[str | None, typer.Option("--kind", help="settlement, prescription, … for a paper.")] = None,
    confidential: Annotated[
        Path | None, typer.Option("--confidential", help="The confidential part that the body names.")
    ] = None,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Sign a body and print the line to upload, for `record`."""
    with command(DEFAULT_HOME, lang, as_json=json):
        if kind is not None and kind not in PAPERS:
            raise Misuse("usage-wrong", f"--kind is one of {', '.join(PAPERS)}; none for an event")
        if not is_uri(issuer):
            raise Misuse("usage-wrong", "--issuer is a URI")
        data = read_whole(body, BODY_BYTES_MAX)
        part = None if confidential is None else read_whole(confidential, CONFIDENTIAL_BYTES_MAX)
        content = parse_event(data) if kind is None else parse_paper(kind, data)
        open_confidential(content, part)
        statement = sign_statement(
            load_key(key_file), issuer=issuer,
            subject=content.event_id if isinstance(content, Event) else content.paper_id,
            issued_at=clock.now(), kind=content.kind,
            media_type=EVENT_MEDIA_TYPE if kind is None else media_type(kind),
            digest=canonical.digest(data),
        )  # fmt: skip
        sys.stdout.write(print_line(UploadLine(Submission(statement, data, part))).decode())


def record(
    files: Annotated[list[str], typer.Argument(help="Upload files (JSON Lines); - for standard input.")],
    receipts: Annotated[
        Path | None, typer.Option("--receipts", help="Folder for one COSE receipt a statement, by log index.")
    ] = None,
    unsafe_clock_from_file: Annotated[
        bool,
        typer.Option(
            "--unsafe-clock-from-file",
            help="For simulated data only: record each line at the time it says it was received.",
        ),
    ] = False,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Record upload files: every line stands alone, is judged, and gets its answer.

    Lines that are malformed or not authentic are refused and listed; all others are in the log, also those
    whose story is impossible. Recording a file again changes nothing: each line gets its first answer.
    """
    with command(home, lang, as_json=json) as run, ExitStack() as held, open_ledger(run.settings) as ledger:
        # All are opened before the first is recorded, so that a wrong name stops nothing halfway.
        opened = [held.enter_context(_opened(name)) for name in files]
        if receipts is not None:
            receipts.mkdir(parents=True, exist_ok=True)
        simulated = SimulatedClock(0) if unsafe_clock_from_file else None
        tally = Tally(run)
        verifiers = 0 if simulated else max(1, (os.cpu_count() or 1) - 1)
        with Recorder(ledger, simulated or clock.now, clock.random_bytes, verifiers=verifiers) as recorder:
            for file, size in opened:
                lines = read_lines(file)
                with run.screen.progress("recording", size) as progress, tally.told_if_cut_off():
                    for group in (
                        record_lines(recorder, lines) if simulated is None else by_time(recorder, simulated, lines)
                    ):
                        tally.add(group)
                        _write_receipts(ledger, receipts, group)
                        progress(file.tell() if size else tally.lines, size)
        tally.show()


@contextmanager
def _opened(name: str) -> Iterator[tuple[BinaryIO, int | None]]:
    if name == "-":
        yield sys.stdin.buffer, None
        return
    with Path(name).open("rb") as file:
        yield file, os.fstat(file.fileno()).st_size


def _write_receipts(ledger: Ledger, folder: Path | None, group: list[LineOutcome]) -> None:
    if folder is None:
        return
    exporter = Exporter(ledger.database, ledger.trust, ledger.key)
    for each in group:
        if each.outcome.index is not None:
            (folder / f"{each.outcome.index}.receipt.cose").write_bytes(exporter.receipt(each.outcome.index))


class Tally:
    """Counts outcomes as they come, and shows them at the end: what was caught, what was refused.

    Args:
        run: the command.
        quiet: print no document a line.
    """

    def __init__(self, run: Command, *, quiet: bool = False) -> None:
        self._run = run
        self._quiet = quiet
        self.lines = 0
        self._statuses: Counter[str] = Counter()
        self._verdicts: Counter[Verdict] = Counter()
        self.caught: dict[str, tuple[int, list[str]]] = {}

    def add(self, group: list[LineOutcome]) -> None:
        """Count a group; with --json, print one document a line."""
        for each in group:
            outcome = each.outcome
            self.lines += 1
            self._statuses[outcome.status] += 1
            if outcome.problem is not None:
                self._run.refuse(each.line, outcome.problem)
            else:
                self._verdicts[outcome.verdict] += 1
                self._catch(outcome.index or 0, outcome.anomalies)
                if self._quiet:
                    continue
                self._run.screen.document(
                    {
                        "line": each.line, "status": outcome.status, "index": outcome.index,
                        "verdict": outcome.verdict.word, "anomalies": outcome.anomalies,
                    }
                )  # fmt: skip

    def _catch(self, index: int, anomalies: tuple[tuple[str, str], ...]) -> None:
        names: dict[str, list[str]] = {}
        for code, name in anomalies:
            names.setdefault(code, []).append(name)
        for code, found in names.items():
            if code and verdict_of(found) is Verdict.STOP:
                first, known = self.caught.get(code, (index, []))
                self.caught[code] = (first, list(dict.fromkeys([*known, *found])))

    def show(self) -> None:
        """Show the counts, the packs caught, and the lines refused."""
        self._show_counts()
        self.show_caught()
        self._run.show_refusals()

    @contextmanager
    def told_if_cut_off(self) -> Iterator[None]:
        """Show the counts also when the block fails or is interrupted: what was answered by then stands."""
        try:
            yield
        except (LedgerError, OSError, KeyboardInterrupt):
            self._show_counts()
            raise

    def _show_counts(self) -> None:
        screen = self._run.screen
        screen.facts([(status, str(count)) for status, count in self._statuses.items()] or [("recorded", "0")])
        screen.facts([(verdict.word, str(count)) for verdict, count in sorted(self._verdicts.items())])

    def show_caught(self) -> None:
        """Show the packs whose story cannot be, each with the statement that first showed it."""
        if not self.caught:
            return
        screen = self._run.screen
        shown = list(self.caught.items())[:SHOWN_MAX]
        rows = [(str(index), code, ", ".join(found)) for code, (index, found) in shown]
        screen.table(("entry", "pack", "anomalies"), rows, screen.counted("caught", len(self.caught)))
        told = dict.fromkeys(name for _, found in self.caught.values() for name in found)
        screen.table(("anomalies", "first-told"), [(name, screen.told(name)) for name in told])
