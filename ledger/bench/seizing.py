"""Benchmark of a great seizure: from the list that the police wrote to the case, as `packledger seize` does it.

A thirty-tons country was recorded at a modest size, without the police's own papers; its lake and the list of its
warehouse are copied under other names. The ledger holds these packs as made, delivered and sold, whole shipments at a
time: what recording a seizure costs depends on where a pack stands, not on how it came there. The findings about the
crowd are there too: the case looks for those about its packs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from io import BytesIO
from random import Random
from typing import Final

from ledger import casework, clock
from ledger.bench.crowd import Crowd, copied_code, crowd_of
from ledger.bench.detect.country import START, Country, engine_over, recorded
from ledger.bench.measure import spread
from ledger.bench.place import Place
from ledger.bench.rows import Row, Scale
from ledger.bench.scene import Desk, Scene, open_scene
from ledger.codes import product_of, read
from ledger.errors import CodeFault, Unavailable
from ledger.identity.registration import Product
from ledger.limits import CODES_PER_EVENT_MAX, RULE_SECONDS_MAX
from ledger.nation import build
from ledger.reconcile.findings.observe import names_in, observe
from ledger.reconcile.findings.update import Run, update_findings
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.rule import load_rules, published
from ledger.reconcile.rules.run import run_rules
from ledger.reconcile.rules.views import query_of
from ledger.reconcile.seizure.listing import read_list
from ledger.seize import Place as Warehouse
from ledger.seize import Seized
from ledger.seize import seize as seize_packs

__all__ = ["seize"]

_SEED: Final = 1
_TRADE_PACKS_MIN: Final = 4_000  # of the country around the great case, which has no more than that country makes
_THREADS: Final = 2
_MEMORY_MIB: Final = 4_096  # as the setting `rules_memory_mib` is by default
_SECONDS_MAX: Final = 60.0
_PARTS: Final = {
    "read": "reading the list", "recorded": "recording the papers", "traced": "tracing", "opened": "opening the case",
}  # fmt: skip


def seize(place: Place, scale: Scale, progress: Callable[[str], None]) -> list[Row]:
    """Measure one seizure: packs are seized once."""
    packs, found = max(_TRADE_PACKS_MIN, scale.seize_found), scale.seize_found
    nation = build(packs, scale.seize_months, _SEED, START, thirty_tons=found)
    small = recorded(place.folder / "country", nation, progress, without="seizure")
    lines = list(nation.seizure_list())
    copies = -(-scale.seize_packs // found)
    crowd = crowd_of(small.lake.facts(), copies, 0, place.folder / "crowd")
    progress(f"seize, {place.kind}: {crowd.count:,} facts")
    listed = _copied_list(lines, copies)
    engine = DuckEngine(crowd.whole, memory_mib=_MEMORY_MIB, threads=_THREADS)
    with open_scene(place.folder / "home", place.url) as scene:
        _fill(scene, small, lines, copies, lambda told: progress(f"seize, {place.kind}: {told}"))
        progress(f"seize, {place.kind}: filled; finding what the rules find")
        progress(f"seize, {place.kind}: {_find(scene, engine, crowd):,} findings")
        engine.close()
        (police,) = scene.enrol("police", "police", 1)
        seconds, seized = _seize(scene, police, crowd, listed)
    name = f"{len(seized.listed.codes):,} packs"
    if not seized.tracing.traced.packs or len(seized.papers) != len(seized.acted.case.seizures):
        raise Unavailable("bench-broken", "the case is not that of these packs")
    total = sum(seconds.values())
    rows = [_row(place, f"{name}: list to case", total, goal=_SECONDS_MAX)]
    return rows + [_row(place, f"{name}: {_PARTS[part]}", each) for part, each in seconds.items()]


def _row(place: Place, figure: str, seconds: float, goal: float | None = None) -> Row:
    return Row(
        benchmark="seize", database=place.kind, figure=figure, value=spread([seconds]), unit="s", goal=goal,
        at_least=False,
    )  # fmt: skip


# -- what there is before


def _copied_list(lines: Iterable[str], copies: int) -> bytes:
    """Return a list with every line of a small one once a copy, in no order; lines without a code stay as they are."""
    copied = []
    for line in lines:
        key = _key(line)
        copied += [_scanned(copied_code(key, copy, copies)) if key else line for copy in range(copies)]
    Random(1).shuffle(copied)  # noqa: S311  the same order in every run
    return "".join(f"{line}\n" for line in copied).encode()


def _key(line: str) -> str:
    try:
        return read(line.encode()).key
    except CodeFault:
        return ""


def _scanned(key: str) -> str:
    """Return what a scanner gives: twenty digits, or the element string of a GS1 symbol."""
    _, found, rest = key.partition("/")
    if not found:
        return key
    gtin, _, serial = rest.split("/")
    return f"01{gtin}21{serial}"


def _fill(
    scene: Scene, small: Country, lines: Iterable[str], copies: int, progress: Callable[[str], None]
) -> None:
    """Let the ledger know the packs of the list that somebody made: delivered to pharmacies, and sold there."""
    engine = engine_over(small.lake)
    made = set(engine.ask(query_of("SELECT code FROM pack"), RULE_SECONDS_MAX).column("code").to_pylist())
    engine.close()
    keys = sorted({key for line in lines if (key := _key(line)) in made})
    scene.register(_product(scene, name) for name in sorted({product_of(key) for key in keys}))
    codes = [copied_code(key, copy, copies) for key in keys for copy in range(copies)]
    scene.deliver(codes)
    progress(f"{len(codes):,} packs delivered")
    count = len(scene.tills)
    for at, till in enumerate(scene.tills):
        here = codes[at::count]
        for start in range(0, len(here), CODES_PER_EVENT_MAX):
            part = here[start : start + CODES_PER_EVENT_MAX]
            scene.record([scene.event("dispensing", till, part, settlement="self_pay")])


def _product(scene: Scene, name: str) -> Product:
    return Product(
        id=name, maker=scene.maker.party, name_en="Tablets", name_zh="片剂", price_cents=2_500,
        weight_milligrams=40_000, supply_days=14,
    )  # fmt: skip


def _find(scene: Scene, engine: DuckEngine, crowd: Crowd) -> int:
    """Put into the ledger what the catalogue finds in the crowd; return how many findings there are."""
    files = {path.stem: path for path in published()}
    chosen, _ = load_rules(published())
    observed = observe(run_rules(engine, chosen, {}), files, names_in(engine))
    if observed.problems:
        raise Unavailable("bench-broken", f"{observed.problems}")
    run = Run(
        at=clock.now(), tree_size=crowd.size, root=bytes(32), rules=observed.rules, standing=frozenset(files)
    )
    return update_findings(scene.ledger.database, run, lambda gone, since: {}).opened


# -- what is measured


def _seize(scene: Scene, police: Desk, crowd: Crowd, listed: bytes) -> tuple[dict[str, float], Seized]:
    """Do what the command does; return the seconds of each part, and what came of it."""
    about = Warehouse(file_number="SYN-30T", place="synthetic warehouse", title="Thirty tons")
    moments = {"begin": time.perf_counter()}

    def on_stage(stage: str) -> None:
        moments[stage] = time.perf_counter()

    engine = DuckEngine(crowd.whole, memory_mib=_MEMORY_MIB, threads=_THREADS)
    try:
        desk = casework.Desk(scene.ledger, scene.recorder, police.key, clock.now, clock.random_bytes)
        read_now = read_list(BytesIO(listed))
        on_stage("read")
        seized = seize_packs(
            desk, engine, crowd.size, read_now, about, clock.now, clock.random_bytes, on_stage
        )
    finally:
        engine.close()
    at = list(moments.values())
    return {stage: end - begin for stage, begin, end in zip(_PARTS, at, at[1:], strict=False)}, seized
