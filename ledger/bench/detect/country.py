"""One country, from its first upload to its lake: through the same door as everybody.

    1. a new ledger on SQLite; everybody is enrolled
    2. every upload is recorded at the time it says it was received; the verdicts are counted
    3. the lake
    4. the truth, in the lake's words: keys of packs, pseudonyms of persons, numbers of parties

The ledger is thrown away; the lake and what is known of the country stay, so that rules that changed are measured
again without recording anything anew.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from ledger import clock
from ledger.codes import key_of
from ledger.custody.anomalies import Verdict
from ledger.enrol import registering
from ledger.errors import LedgerError
from ledger.identity.registration import Registration
from ledger.identity.vault import Vault
from ledger.limits import GROUP_SUBMISSIONS_MAX
from ledger.log.statement import parse_statement
from ledger.nation import Nation, Truth, build
from ledger.opening import Ledger, create_ledger, open_ledger
from ledger.reconcile.lake import Lake, open_lake, update_lake
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.views import query_of
from ledger.record import Recorder
from ledger.recording.outcome import Outcome
from ledger.settings import load_settings
from ledger.submission import UploadLine
from ledger.upload import LineOutcome, SimulatedClock, by_time

__all__ = ["START", "Answer", "Country", "Done", "answered", "country_in", "engine_over", "made", "recorded"]

START: Final = 1_767_571_200
"""2026-01-05T00:00:00Z, a Monday: trade begins there."""

_LAKE: Final = "lake"
_ANSWER: Final = "answer.json"
_CARD: Final = "insurance_card"
_MEMORY_MIB: Final = 1_024

Tell = Callable[[str], None]


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """One crime, in the words of the lake: pack keys, pseudonyms, numbers of parties."""

    name: str
    hidden: bool
    packs: frozenset[str]
    persons: frozenset[str]
    institutions: frozenset[int]
    cents: int
    begin: int
    end: int


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a country.

    Attributes:
        packs, months, seed: its arguments.
        crimes: what was done.
        refused: submissions that were refused; none should be.
        stops: (log index, keys of the packs) of statements that were answered `stop`.
    """

    packs: int
    months: int
    seed: int
    crimes: list[Done]
    refused: int
    stops: list[tuple[int, list[str]]]


class Country(msgspec.Struct, frozen=True):
    """A country that was recorded: its lake, and its answer."""

    lake: Lake
    answer: Answer


def country_in(folder: Path) -> Country | None:
    """Return the country that was recorded into this folder; None when there is none, or not whole."""
    try:
        return Country(open_lake(folder / _LAKE), msgspec.json.decode((folder / _ANSWER).read_bytes(), type=Answer))
    except (FileNotFoundError, msgspec.MsgspecError, LedgerError):
        return None


def made(
    folder: Path, packs: int, months: int, seed: int, crimes: str, tell: Tell, *, crimes_of_packs: int | None = None
) -> Country:
    """Record a country, and return it."""
    return recorded(folder, build(packs, months, seed, START, crimes, crimes_of_packs=crimes_of_packs), tell)


def recorded(folder: Path, nation: Nation, tell: Tell, without: str = "") -> Country:
    """Record a country, and return it; statements of the kind `without` are left out."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with TemporaryDirectory(prefix="packledger-detect-") as home:
        settings = load_settings(Path(home), {})
        create_ledger(settings, "bench.example/detect", lambda: START, clock.random_bytes)
        with open_ledger(settings) as ledger:
            # 1. 2.
            tally = _Tally()
            _record(ledger, _numbered(nation, without), nation.registrations(), tally, tell)
            # 3.
            update_lake(ledger.database, ledger.trust, ledger.vault, folder / _LAKE)
            # 4.
            lake = open_lake(folder / _LAKE)
            answer = answered(nation.truth(), ledger.vault, lake)
    answer = msgspec.structs.replace(answer, refused=tally.refused, stops=tally.stops)
    (folder / _ANSWER).write_bytes(msgspec.json.encode(answer))
    return Country(lake, answer)


class _Tally:
    """What stations were told."""

    def __init__(self) -> None:
        self.lines = 0
        self.refused = 0
        self.stops: list[tuple[int, list[str]]] = []

    def add(self, group: Sequence[LineOutcome]) -> None:
        for outcome in (each.outcome for each in group):
            self.lines += 1
            self.refused += outcome.problem is not None
            if outcome.index is not None and outcome.verdict is Verdict.STOP:
                self.stops.append((outcome.index, sorted(_stopped(outcome))))


def _stopped(outcome: Outcome) -> set[str]:
    return {code for code, _ in outcome.anomalies if code}


def _record(
    ledger: Ledger, lines: Iterator[tuple[int, UploadLine | LedgerError]], registrations: Iterable[Registration],
    tally: _Tally, tell: Tell,
) -> None:  # fmt: skip
    simulated = SimulatedClock(START)
    with Recorder(ledger, simulated, clock.random_bytes) as recorder:
        signed = [registering(ledger.trust, ledger.key, each, START) for each in registrations]
        for start in range(0, len(signed), GROUP_SUBMISSIONS_MAX):
            recorder.record(signed[start : start + GROUP_SUBMISSIONS_MAX])
        for group in by_time(recorder, simulated, lines):
            tally.add(group)
            tell(f"{tally.lines:,} statements")


def _numbered(nation: Nation, without: str) -> Iterator[tuple[int, UploadLine | LedgerError]]:
    for number, line in enumerate(nation.uploads(), 1):
        if not without or parse_statement(line.submission.statement).kind != without:
            yield number, line


def answered(truth: Truth, vault: Vault, lake: Lake) -> Answer:
    """Say the truth in the words of a lake that this vault's pseudonyms stand in."""
    engine = engine_over(lake)
    try:
        rows = engine.ask(query_of("SELECT uri, max(number) AS number FROM party GROUP BY uri"), 60).to_pylist()
    finally:
        engine.close()
    parties = {row["uri"]: row["number"] for row in rows}
    hidden = {kind.name for kind in truth.kinds if kind.hidden}
    crimes = [
        Done(
            name=crime.name, hidden=crime.name in hidden,
            packs=frozenset(key_of(uri) for uri in crime.packs),
            persons=frozenset(vault.pseudonym(_CARD, card).hex() for card in crime.persons),
            institutions=frozenset(parties[uri] for uri in crime.institutions),
            cents=crime.cents, begin=crime.begin, end=crime.end,
        )
        for crime in truth.crimes
    ]  # fmt: skip
    return Answer(packs=truth.packs, months=truth.months, seed=truth.seed, crimes=crimes, refused=0, stops=[])


def engine_over(lake: Lake) -> DuckEngine:
    """Return the embedded engine over a whole lake, on one processor: several countries are measured at once."""
    return DuckEngine(lake.facts(), memory_mib=_MEMORY_MIB, threads=1)
