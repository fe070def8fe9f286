"""Benchmarks of what grows with the ledger: the cost of an event, `trace`, `verify`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Final

from ledger import clock
from ledger.audit import audit
from ledger.bench.measure import clocked, spread
from ledger.bench.memory import watched
from ledger.bench.place import Place
from ledger.bench.rows import Row, Scale
from ledger.bench.scene import Scene, open_scene
from ledger.bench.signatures import RawSignature, Verifiers, raw_signature
from ledger.errors import Unavailable
from ledger.home import read_checkpoint
from ledger.limits import GROUP_SUBMISSIONS_MAX
from ledger.log.statement import parse_statement
from ledger.store.log import log_size, scan_entries
from ledger.store.registry import Registry
from ledger.submission import Submission
from ledger.trace import story_of

__all__ = ["growth", "trace", "verify"]

_GROWTH_LOT: Final = 100_000
_GROWTH_GROUPS: Final = 4  # in a round
_GROWTH_RATIO_MAX: Final = 1.3
_TRACE_MILLISECONDS_MAX: Final = 10.0
_VERIFY_MEBIBYTES_MAX: Final = 512.0
_MEBIBYTE: Final = 1 << 20


def growth(place: Place, scale: Scale, progress: Callable[[str], None]) -> list[Row]:
    """Measure one-pack events in a small and in a large ledger, in turn, round by round."""
    folder, step = place.folder, _GROWTH_GROUPS * GROUP_SUBMISSIONS_MAX
    with open_scene(folder / "small", place.twin) as small, open_scene(folder / "large", place.url) as large:
        scenes, work = (small, large), []
        for scene, size in zip(scenes, scale.growth_links, strict=True):
            events = step * (scale.rounds + 1)
            work.append(_grow(scene, size, events, lambda now: progress(f"growth, {place.kind}: {now:,} links")))
        costs: tuple[list[float], list[float]] = ([], [])
        for number in range(scale.rounds + 1):
            # Each goes first as often as the other: what one leaves to be written out, the next one waits for.
            for at in (0, 1) if number % 2 else (1, 0):
                part = work[at][number * step : (number + 1) * step]
                costs[at].append(clocked(lambda at=at, part=part: scenes[at].record(part)) * 1e6 / step)  # type: ignore[misc]
    cost, grown = (each[1:] for each in costs)  # without the first round, in which caches were cold
    names = [f"{size:,} links" for size in scale.growth_links]
    return [
        Row(benchmark="growth", database=place.kind, figure=names[0], value=spread(cost), unit="µs/event"),
        Row(
            benchmark="growth", database=place.kind, figure=names[1], value=spread(grown), unit="µs/event",
            ratio=spread(more / less for more, less in zip(grown, cost, strict=True)),
            goal=_GROWTH_RATIO_MAX, at_least=False,
        ),
    ]  # fmt: skip


def _grow(scene: Scene, size: int, events: int, tell: Callable[[int], None]) -> list[Submission]:
    """Fill a ledger to some `size` links; return that many dispensings, of packs drawn from all over it.

    The packs to be dispensed lie among others that are sent to and fro: what grows with a ledger are its indexes,
    and neighbours in them would be found together.
    """
    others = max(0, -(-(size - 3 * events) // 5))
    lots = -(-(events + others) // _GROWTH_LOT)
    submissions: list[Submission] = []
    for number in range(lots):
        kept, sent = (total * (number + 1) // lots - total * number // lots for total in (events, others))
        lot = scene.codes(kept + sent)
        stocked = lot[:: len(lot) // kept][:kept]
        scene.deliver(stocked)
        rest = sorted(set(lot) - set(stocked))
        scene.record(scene.commissionings(rest))
        scene.record(scene.moves(rest, scene.maker, scene.distributor))
        scene.record(scene.moves(rest, scene.distributor, scene.tills[0]))
        submissions += scene.dispensings(stocked)
        tell((number + 1) * (3 * events + 5 * others) // lots)
    Random(1).shuffle(submissions)  # noqa: S311  the same order in every run
    return submissions


def trace(place: Place, scale: Scale, progress: Callable[[str], None]) -> list[Row]:
    """Measure the stories of packs drawn by chance in a large ledger."""
    with open_scene(place.folder / "home", place.url) as scene:
        codes: list[str] = []
        while len(codes) < scale.trace_packs:
            lot = scene.stock(min(_GROWTH_LOT, scale.trace_packs - len(codes)))
            codes += lot
            scene.record(scene.dispensings(lot[: max(scale.traces // 10, len(lot) // 100)]))
            progress(f"trace, {place.kind}: {len(codes):,} packs")
        database, registry = scene.ledger.database, Registry()
        chance = Random(1)  # noqa: S311  the same packs in every run
        drawn = [chance.choices(codes, k=scale.traces) for _ in range(scale.rounds)]
        story_of(database, registry, codes[0])
        del codes, lot  # a million texts that Python's collector would walk through in the midst of a story
        rounds = [
            sorted(1e3 * clocked(lambda code=code: story_of(database, registry, code)) for code in packs)  # type: ignore[misc]
            for packs in drawn
        ]
    return [
        Row(
            benchmark="trace", database=place.kind, figure=f"a pack among {scale.trace_packs:,}",
            value=spread(each for taken in rounds for each in taken), unit="ms",
        ),
        Row(
            benchmark="trace", database=place.kind, figure="99th percentile",
            value=spread(taken[len(taken) * 99 // 100] for taken in rounds),
            unit="ms", goal=_TRACE_MILLISECONDS_MAX, at_least=False,
        ),
    ]  # fmt: skip


def verify(place: Place, scale: Scale, progress: Callable[[str], None]) -> list[Row]:
    """Measure `verify` of a ledger, at a tenth of its size and at all of it, against its signatures alone."""
    rows: list[Row] = []
    with open_scene(place.folder / "home", place.url) as scene, Verifiers() as verifiers:
        held = 0
        for tenths in (1, 10):
            statements = scale.verify_statements * tenths // 10
            links = scale.verify_links * tenths // 10
            for _ in _fill(scene, statements - held, links - held * scale.verify_links // scale.verify_statements):
                progress(f"verify, {place.kind}: filling")
            held = statements
            rounds = 1 if tenths < 10 else min(3, scale.rounds)
            rows += _verify_rows(place, scene, verifiers, rounds, f"{statements:,} statements")
            progress(f"verify, {place.kind}: {statements:,} statements")
    # The small ledger is there for its memory, and to show that it is flat.
    return [row for row in rows if row.unit == "MiB" or row.figure.startswith(f"{scale.verify_statements:,}")]


def _fill(scene: Scene, statements: int, links: int) -> Iterator[None]:
    """Record that many dispensings, and shipments of the same packs for the other links."""
    done = 0
    while done < statements:
        part = min(_GROWTH_LOT, statements - done)
        codes = scene.stock(part)
        scene.record(scene.dispensings(codes))
        done += part
        others = (links - 4 * statements) * part // statements
        if others > 0:
            scene.record(scene.commissionings(scene.codes(others)))
        yield


def _verify_rows(place: Place, scene: Scene, verifiers: Verifiers, rounds: int, name: str) -> list[Row]:
    signatures = _signatures(scene)
    alone, ours, peaks = [], [], []
    for _ in range(rounds):
        alone.append(verifiers.seconds(signatures))
        with watched() as peak:
            start = time.perf_counter()
            _audit(scene)
            ours.append(time.perf_counter() - start)
        peaks.append(peak.value / _MEBIBYTE)
    ratios = spread(mine / bare for mine, bare in zip(ours, alone, strict=True))

    def row(figure: str, values: Sequence[float], unit: str, **compared: object) -> Row:
        return Row(
            benchmark="verify", database=place.kind, figure=f"{name}: {figure}", value=spread(values), unit=unit,
            at_least=False, **compared,  # type: ignore[arg-type]
        )  # fmt: skip

    return [
        row("verify", ours, "s", ratio=ratios, goal=1.5),
        row("signatures alone", alone, "s"),
        row("memory", peaks, "MiB", goal=_VERIFY_MEBIBYTES_MAX),
    ]


def _signatures(scene: Scene) -> list[RawSignature]:
    ledger = scene.ledger
    keys = [desk.key.public for desk in scene.desks] + [ledger.key.public]
    publics = {key.thumbprint(): key for key in keys}
    with ledger.database.read() as connection:
        rows = scan_entries(ledger.database, connection, 0, log_size(connection))
        statements = (parse_statement(row[4]) for row in rows)
        return [raw_signature(each, publics[each.kid]) for each in statements]


def _audit(scene: Scene) -> None:
    ledger = scene.ledger
    report = audit(
        ledger.settings.database_url, ledger.trust, kept_checkpoint=read_checkpoint(ledger.settings),
        master_key=None, token_key=clock.random_bytes(32),
    )  # fmt: skip
    if report.fault is not None:
        raise Unavailable("bench-broken", f"verify found {report.fault}")
