"""Benchmark of the lake: rows of `custody` a second, beside what reading and writing alone would take.

The limit of a round is the processor time of reading the same rows of the database without looking at them, plus
that of writing the same Parquet from arrays that are ready.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq
from msgspec.structs import replace

from ledger import canonical, clock
from ledger.bench.measure import spread
from ledger.bench.place import Place
from ledger.bench.rows import Row, Scale
from ledger.bench.scene import Scene, open_scene
from ledger.errors import Unavailable
from ledger.papers.confidential import Confidential, Person, make_confidential
from ledger.reconcile.lake.manifest import SEGMENTED
from ledger.reconcile.lake.parquet import FactWriter
from ledger.reconcile.lake.segment import Maker
from ledger.store.database import Connection, Database
from ledger.store.lake import scan_parts, scan_recorded
from ledger.store.log import log_size
from ledger.store.packs import scan_pages
from ledger.submission import Submission

__all__ = ["lake"]

_ROWS_A_SECOND_MIN: Final = 200_000.0
_PATIENTS: Final = 1_000


def lake(place: Place, scale: Scale, progress: Callable[[str], None]) -> list[Row]:
    """Measure shipments of many packs, then sales of one pack each with a patient's confidential part."""
    with open_scene(place.folder / "home", place.url) as scene:
        first = _size(scene)
        codes = scene.codes(scale.lake_packs)
        scene.record(scene.commissionings(codes))
        scene.record(scene.moves(codes, scene.maker, scene.distributor))
        scene.record(scene.moves(codes, scene.distributor, scene.tills[0]))
        progress(f"lake, {place.kind}: {3 * len(codes):,} links")
        rows = _measured(place, scale, scene, "shipments", first, 5 * len(codes), goal=_ROWS_A_SECOND_MIN)
        first = _size(scene)
        sold = codes[: scale.lake_sales]
        scene.record(_sales(scene, sold))
        progress(f"lake, {place.kind}: {len(sold):,} sales")
        return rows + _measured(place, scale, scene, "sales", first, len(sold), goal=None)


def _size(scene: Scene) -> int:
    with scene.ledger.database.read() as connection:
        return log_size(connection)


def _sales(scene: Scene, codes: Sequence[str]) -> Iterator[Submission]:
    till = scene.tills[0]
    for number, code in enumerate(codes):
        patient = Person(id_type="insurance_card", id_number=f"BENCH-{number % _PATIENTS}")
        fields = Confidential(patient=patient, prescriber=f"D-{number % 50}", household="H", residence="610802003")
        part = make_confidential(fields, clock.random_bytes(16))
        event = scene.event(
            "dispensing", till, [code], settlement="insured", confidential=canonical.digest(part)
        )
        yield replace(event, confidential=part)


def _measured(
    place: Place, scale: Scale, scene: Scene, name: str, first: int, expected: int, goal: float | None
) -> list[Row]:
    ours, limits = [], []
    ledger, made = scene.ledger, place.folder / "made"
    with ledger.database.read() as connection:
        end = log_size(connection)
        for _ in range(scale.rounds):
            made.mkdir()
            maker = Maker(ledger.database, connection, ledger.vault, end, made)
            start = time.process_time()
            segment = maker.segment(first, end)
            ours.append(time.process_time() - start)
            if segment.tables["custody"].rows != expected:
                raise Unavailable("bench-broken", f"{segment.tables['custody'].rows} rows, not {expected}")
            limits.append(_reading(ledger.database, connection, first, end) + _writing(made))
    ratios = spread(limit / mine for limit, mine in zip(limits, ours, strict=True))

    def row(figure: str, seconds: Sequence[float], **compared: Any) -> Row:
        return Row(
            benchmark="lake", database=place.kind, figure=figure, value=spread(expected / each for each in seconds),
            unit="rows/s", **compared,
        )  # fmt: skip

    return [row(name, ours, goal=goal), row(f"{name}: limit", limits, ratio=ratios)]


def _reading(database: Database, connection: Connection, first: int, end: int) -> float:
    start = time.process_time()
    for scan in (scan_recorded, scan_pages, scan_parts):
        for _ in scan(database, connection, first, end):
            pass
    return time.process_time() - start


def _writing(made: Path) -> float:
    ready = {}
    for table in SEGMENTED:
        path = made / f"{table}.parquet"
        ready[table] = pq.read_table(path)
        path.unlink()
    start = time.process_time()
    for table, rows in ready.items():
        writer = FactWriter(table, made / f"{table}.parquet")
        writer.write(rows)
        writer.close()
    seconds = time.process_time() - start
    for table in ready:
        (made / f"{table}.parquet").unlink()
    made.rmdir()
    return seconds
