"""Benchmarks of what grows with the ledger: the cost of an event, and `trace`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from ledger.bench.measure import Spread, clocked, spread
from ledger.bench.place import Place
from ledger.bench.rows import Row, Scale
from ledger.bench.scene import Scene, open_scene
from ledger.limits import GROUP_SUBMISSIONS_MAX
from ledger.store.registry import Registry
from ledger.submission import Submission
from ledger.trace import story_of

__all__ = ["growth", "trace"]

_GROWTH_LOT: Final = 100_000
_TRACE_MILLISECONDS_MAX: Final = 10.0


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
        drawn = Random(1).choices(codes, k=scale.traces)  # noqa: S311  the same packs in every run
        story_of(database, registry, codes[0])
        taken = sorted(1e3 * clocked(lambda code=code: story_of(database, registry, code)) for code in drawn)  # type: ignore[misc]
    p99 = taken[len(taken) * 99 // 100]
    return [
        Row(
            benchmark="trace", database=place.kind, figure=f"a pack among {scale.trace_packs:,}",
            value=spread(taken), unit="ms",
        ),
        Row(
            benchmark="trace", database=place.kind, figure="99th percentile", value=Spread(p99, p99, p99),
            unit="ms", goal=_TRACE_MILLISECONDS_MAX, at_least=False,
        ),
    ]  # fmt: skip
