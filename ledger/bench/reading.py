"""Benchmarks of what grows with the ledger: the cost of an event, `trace`, `verify`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Final

from ledger import clock
from ledger.audit import audit
from ledger.bench.measure import Spread, clocked, spread
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
_TRACE_MILLISECONDS_MAX: Final = 10.0
_VERIFY_MEBIBYTES_MAX: Final = 512.0
_MEBIBYTE: Final = 1 << 20


def growth(place: Place, scale: Scale, progress: Callable[[str], None]) -> list[Row]:
    """Measure groups of one-pack events in a small ledger, then in the same ledger grown large."""
    groups = 8 * scale.rounds
    with open_scene(place.folder / "home", place.url) as scene:
        costs: list[list[float]] = []
        links = 0
        for size in scale.growth_links:
            kept = scene.stock(groups * GROUP_SUBMISSIONS_MAX)
            links += 3 * len(kept)
            links = _grow(scene, links, size, lambda now: progress(f"growth, {place.kind}: {now:,} links"))
            submissions = list(scene.dispensings(kept))
            links += len(submissions)
            costs.append(_microseconds(scene, submissions))
    small, large = map(spread, costs)
    ratio = large.median / small.median
    spreads = Spread(ratio, ratio, ratio)
    names = [f"{size:,} links" for size in scale.growth_links]
    return [
        Row(benchmark="growth", database=place.kind, figure=names[0], value=small, unit="µs/event"),
        Row(
            benchmark="growth", database=place.kind, figure=names[1], value=large, unit="µs/event",
            ratio=spreads, goal=1.3, at_least=False,
        ),
    ]  # fmt: skip


def _microseconds(scene: Scene, submissions: Sequence[Submission]) -> list[float]:
    """Record groups, one after the other; return the cost of an event in each."""
    step = GROUP_SUBMISSIONS_MAX
    groups = [submissions[at : at + step] for at in range(0, len(submissions), step)]
    return [clocked(lambda group=group: scene.record(group)) * 1e6 / step for group in groups]  # type: ignore[misc]


def _grow(scene: Scene, links: int, size: int, tell: Callable[[int], None]) -> int:
    """Send packs to and fro until the ledger has `size` links; return how many it has."""
    while links < size:
        lot = scene.codes(min(_GROWTH_LOT, -(-(size - links) // 5)))
        scene.record(scene.commissionings(lot))
        scene.record(scene.moves(lot, scene.maker, scene.distributor))
        scene.record(scene.moves(lot, scene.distributor, scene.tills[0]))
        links += 5 * len(lot)
        tell(links)
    return links


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
