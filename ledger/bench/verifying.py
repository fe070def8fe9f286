"""The benchmark of `verify` of a whole ledger: its time against its signatures alone, and its memory.

The ledger is recorded here, but verified in a process of its own, as by somebody who only verifies; its memory
is that of this process and of those that it starts. Looking at memory takes time, so that it is done apart.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Final

from ledger import clock
from ledger.audit import audit
from ledger.bench.measure import spread
from ledger.bench.memory import watched
from ledger.bench.place import Place
from ledger.bench.rows import Row, Scale
from ledger.bench.scene import Scene, open_scene
from ledger.bench.signatures import RawSignature, Verifiers, raw_signature, raw_signature_of_head
from ledger.errors import Unavailable
from ledger.home import read_checkpoint
from ledger.log.statement import parse_statement
from ledger.opening import Trust
from ledger.store.database import Database
from ledger.store.log import checkpoints_in_order, log_size, scan_entries

__all__ = ["verify"]

_FILL_LOT: Final = 50_000  # packs that travel together: as many in the small ledger, so that only its size differs
_ROUNDS_MAX: Final = 5
_RATIO_MAX: Final = 1.5
_MEBIBYTES_MAX: Final = 512.0
_MEBIBYTE: Final = 1 << 20


def verify(place: Place, scale: Scale, progress: Callable[[str], None]) -> list[Row]:
    """Measure `verify` of a ledger, at a quarter of its size and at all of it, against its signatures alone."""
    rows: list[Row] = []
    with open_scene(place.folder / "home", place.url) as scene:
        held = 0
        for quarters in (1, 4):
            statements = scale.verify_statements * quarters // 4
            links = (statements - held) * scale.verify_links // scale.verify_statements
            for _ in _fill(scene, statements - held, links):
                progress(f"verify, {place.kind}: filling")
            held = statements
            goal = _RATIO_MAX if statements == scale.verify_statements else None
            rows += _rows(place, scene, min(_ROUNDS_MAX, scale.rounds), f"{statements:,} statements", goal)
            progress(f"verify, {place.kind}: {statements:,} statements")
    return rows


def _fill(scene: Scene, statements: int, links: int) -> Iterator[None]:
    """Record that many dispensings, and shipments of the same packs for the other links."""
    done = 0
    while done < statements:
        part = min(_FILL_LOT, statements - done)
        codes = scene.stock(part)
        scene.record(scene.dispensings(codes))
        done += part
        others = (links - 4 * statements) * part // statements
        if others > 0:
            scene.record(scene.commissionings(scene.codes(others)))
        yield


def _rows(place: Place, scene: Scene, rounds: int, name: str, goal: float | None) -> list[Row]:
    signatures = _signatures(scene)
    alone, ours = [], []
    for _ in range(rounds):
        before = _alone(signatures[::2])
        ours.append(_apart(_seconds, scene))
        alone.append(before + _alone(signatures[1::2]))
    del signatures
    peak = _apart(_peak_bytes, scene) / _MEBIBYTE
    ratios = spread(mine / bare for mine, bare in zip(ours, alone, strict=True))

    def row(figure: str, values: Sequence[float], unit: str, **compared: object) -> Row:
        return Row(
            benchmark="verify", database=place.kind, figure=f"{name}: {figure}", value=spread(values), unit=unit,
            at_least=False, **compared,  # type: ignore[arg-type]
        )  # fmt: skip

    return [
        row("verify", ours, "s", ratio=ratios, goal=goal),
        row("signatures alone", alone, "s"),
        row("memory", [peak], "MiB", goal=_MEBIBYTES_MAX),
    ]


def _alone(signatures: Sequence[RawSignature]) -> float:
    with Verifiers() as verifiers:  # they leave before the others come
        return verifiers.seconds(signatures)


def _signatures(scene: Scene) -> list[RawSignature]:
    """Return every signature that `verify` verifies: of the statements, and of the signed tree heads."""
    ledger = scene.ledger
    keys = [desk.key.public for desk in scene.desks] + [ledger.key.public]
    publics = {key.thumbprint(): key for key in keys}
    with ledger.database.read() as connection:
        rows = scan_entries(ledger.database, connection, 0, log_size(connection))
        statements = (parse_statement(row[4]) for row in rows)
        signatures = [raw_signature(each, publics[each.kid]) for each in statements]
        heads = checkpoints_in_order(connection)
        return signatures + [raw_signature_of_head(note, ledger.key.public) for _, note in heads]


def _apart(measure: Callable[[str, Trust, bytes | None], float], scene: Scene) -> float:
    """Return what a function measures in a fresh process, which is there before it begins."""
    ledger = scene.ledger
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        kept = read_checkpoint(ledger.settings)
        return process.submit(measure, ledger.settings.database_url, ledger.trust, kept).result()


def _seconds(database_url: str, trust: Trust, kept: bytes | None) -> float:
    Database(database_url).close()  # a database's driver is imported when it is first needed: all else is there
    start = time.perf_counter()
    _audit(database_url, trust, kept)
    return time.perf_counter() - start


def _peak_bytes(database_url: str, trust: Trust, kept: bytes | None) -> float:
    with watched() as peak:
        _audit(database_url, trust, kept)
    return float(peak.value)


def _audit(database_url: str, trust: Trust, kept: bytes | None) -> None:
    report = audit(
        database_url, trust, kept_checkpoint=kept, master_key=None, token_key=clock.random_bytes(32)
    )
    if report.fault is not None:
        raise Unavailable("bench-broken", f"verify found {report.fault}")
