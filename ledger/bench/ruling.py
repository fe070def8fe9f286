"""Benchmark of the rules over millions of facts, on two processors.

The facts are a crowd of countries: one was recorded like any other, and its lake is copied under other names.
A pack rule is run beside a query that an analyst wrote by hand, without views, over the same files; both must find
the same packs, money and evidence. The catalogue is run in processes of its own, each with an empty cache.

What is compared is processor time, of all threads: what else the machine does meanwhile does not count.
"""

from __future__ import annotations

import multiprocessing
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec

from ledger.bench.crowd import Crowd, crowd_of
from ledger.bench.detect.country import made
from ledger.bench.measure import spread
from ledger.bench.memory import watched
from ledger.bench.place import Place
from ledger.bench.rows import Row, Scale
from ledger.errors import Unavailable
from ledger.reconcile.facts import FACTS
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.engine import Facts
from ledger.reconcile.rules.hit import Hit
from ledger.reconcile.rules.rule import CATALOGUE, Rule, load_rule, load_rules, published
from ledger.reconcile.rules.run import run_rule, run_since

__all__ = ["BY_HAND", "asked_by_hand", "rules"]

BY_HAND: Final = Path(__file__).parent / "by_hand"
"""Queries as an analyst writes them, each named like the rule that asks the same."""

_DATABASE: Final = "duckdb"
_THREADS: Final = 2
_MEMORY_MIB: Final = 4_096  # as the setting `rules_memory_mib` is by default
_SEED: Final = 1
_NEW_SHARE: Final = 0.01
_ROUNDS_MAX: Final = 2
_HAND_ROUNDS_MAX: Final = 3
_HAND_RATIO_MAX: Final = 1.5
_CATALOGUE_SECONDS_MAX: Final = 300.0
_CATALOGUE_MEBIBYTES_MAX: Final = 4_096.0
_AGAIN_RATIO_MAX: Final = 0.1
_MEBIBYTE: Final = 1 << 20
_PROCESSOR_SECONDS: Final = "s of processors"


class _Ran(msgspec.Struct, frozen=True):
    """A run of the catalogue.

    Attributes:
        seconds, processors: of wall time, and of all threads' processor time.
        peak_bytes: the most memory that it held, if somebody looked.
        found, hits: a digest of all that it found, and how many rows that was.
    """

    seconds: float
    processors: float
    peak_bytes: int
    found: str
    hits: int


def rules(place: Place, scale: Scale, progress: Callable[[str], None]) -> list[Row]:
    """Measure a rule beside a query by hand, the whole catalogue, and the catalogue after a hundredth of new facts.

    Rules read the lake and never the database: they are measured once, whatever databases there are.
    """
    if place.kind != "sqlite":
        return []
    small = made(place.folder / "country", scale.rules_packs, scale.rules_months, _SEED, "all", progress)
    copies = -(-scale.rules_facts // sum(small.lake.rows(name) for name in FACTS))
    crowd = crowd_of(small.lake.facts(), copies, _NEW_SHARE, place.folder / "crowd")
    progress(f"rules: {crowd.count:,} facts")
    rows: list[Row] = []
    for path in sorted(BY_HAND.glob("*.sql")):
        rows += _beside(path, crowd.whole, min(_HAND_ROUNDS_MAX, scale.rounds))
        progress(f"rules: {path.stem}")
    return rows + _catalogue(place.folder, crowd, min(_ROUNDS_MAX, scale.rounds), progress)


# -- one rule


def _beside(path: Path, files: Facts, rounds: int) -> list[Row]:
    """Run a rule and the query by hand in turn."""
    rule = load_rule(CATALOGUE / path.name)
    ours: list[float] = []
    hand: list[float] = []
    for _ in range(rounds):
        start = time.process_time()
        asked = asked_by_hand(path, files)
        hand.append(time.process_time() - start)
        start = time.process_time()
        hits = _run(rule, files)
        ours.append(time.process_time() - start)
        if asked != [(hit.subject, hit.cents, hit.evidence) for hit in hits]:
            raise Unavailable("bench-broken", f"{rule.id} finds something else than the query by hand")
    ratios = spread(mine / theirs for mine, theirs in zip(ours, hand, strict=True))
    return [
        _row(f"{rule.id}: rule", ours, _PROCESSOR_SECONDS, ratio=ratios, goal=_HAND_RATIO_MAX),
        _row(f"{rule.id}: by hand", hand, _PROCESSOR_SECONDS),
    ]


def _run(rule: Rule, files: Facts) -> list[Hit]:
    engine = _engine(files)
    try:
        return run_rule(engine, rule, {})
    finally:
        engine.close()


def asked_by_hand(path: Path, files: Facts) -> list[tuple[str, int, tuple[int, ...]]]:
    """Return (subject, cents, evidence) of what a query by hand finds in these files, by subject."""
    connection = duckdb.connect(config={"threads": _THREADS, "memory_limit": f"{_MEMORY_MIB}MiB"})
    connection.execute("SET enable_progress_bar = false")
    for name in FACTS:
        connection.read_parquet([str(each) for each in files[name]]).create_view(name)
    rows = connection.sql(path.read_text("utf-8")).fetchall()
    connection.close()
    return sorted((subject, int(cents), tuple(evidence)) for subject, cents, evidence in rows)


# -- the catalogue


def _catalogue(folder: Path, crowd: Crowd, rounds: int, progress: Callable[[str], None]) -> list[Row]:
    """Run everything, then again after new facts, and everything once more, in turn."""
    before = folder / "before"
    progress("rules: catalogue, before the new facts")
    _apart(_all, crowd.old, crowd.first_new, before)
    whole: list[_Ran] = []
    again: list[_Ran] = []
    for number in range(rounds):
        kept = folder / f"again-{number}"
        shutil.copytree(before, kept)
        more = _apart(_all, crowd.whole, crowd.size, kept)
        full = _apart(_all, crowd.whole, crowd.size, folder / f"whole-{number}")
        if more.found != full.found:
            raise Unavailable("bench-broken", "after new facts, a run finds something else than a whole one")
        again.append(more)
        whole.append(full)
        progress(f"rules: catalogue, {full.hits:,} hits in {full.seconds:.0f} s, after new facts {more.seconds:.0f} s")
    progress("rules: catalogue, its memory")
    peak = _apart(_watched, crowd.whole, crowd.size, folder / "watched").peak_bytes / _MEBIBYTE
    ratios = spread(more.processors / full.processors for more, full in zip(again, whole, strict=True))
    whole_processors, again_processors = ([ran.processors for ran in each] for each in (whole, again))
    return [
        _row(f"catalogue: {crowd.count:,} facts", [ran.seconds for ran in whole], "s", goal=_CATALOGUE_SECONDS_MAX),
        _row("catalogue: memory", [peak], "MiB", goal=_CATALOGUE_MEBIBYTES_MAX),
        _row("catalogue: everything", whole_processors, _PROCESSOR_SECONDS),
        _row(
            "catalogue: after 1 % new facts", again_processors, _PROCESSOR_SECONDS, ratio=ratios, goal=_AGAIN_RATIO_MAX
        ),
    ]


def _apart(work: Callable[[Facts, int, Path], _Ran], files: Facts, size: int, results: Path) -> _Ran:
    """Return what a function returns in a fresh process, which is there before it begins."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(work, files, size, results).result()


def _all(files: Facts, size: int, results: Path) -> _Ran:
    """Run the catalogue on top of what is remembered in a folder: everything, when nothing is."""
    chosen, _ = load_rules(published())
    start, start_processors = time.perf_counter(), time.process_time()
    outcomes = list(run_since(_engine, files, b"", size, chosen, {}, results))
    seconds, processors = time.perf_counter() - start, time.process_time() - start_processors
    digest, hits = sha256(), 0
    for outcome in outcomes:
        if outcome.problem is not None:
            raise Unavailable("bench-broken", f"{outcome.rule.id}: {outcome.problem}")
        hits += outcome.rows.num_rows
        digest.update(msgspec.json.encode(outcome.hits))
    return _Ran(seconds, processors, 0, digest.hexdigest(), hits)


def _watched(files: Facts, size: int, results: Path) -> _Ran:
    """Run the catalogue while somebody looks at the memory of this process, which takes time."""
    with watched() as peak:
        ran = _all(files, size, results)
    return msgspec.structs.replace(ran, peak_bytes=peak.value)


def _engine(files: Facts) -> DuckEngine:
    return DuckEngine(files, memory_mib=_MEMORY_MIB, threads=_THREADS)


def _row(figure: str, values: Sequence[float], unit: str, **compared: Any) -> Row:
    return Row(
        benchmark="rules", database=_DATABASE, figure=figure, value=spread(values), unit=unit, at_least=False,
        **compared,
    )  # fmt: skip
