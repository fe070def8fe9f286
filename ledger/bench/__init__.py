"""`packledger bench`: this machine's speed, each figure beside the physical limit of the same run.

    one-pack   events of single packs through `record`
    shipment   events of thousands of packs through `record`
    growth     the cost of an event in a small and in a large ledger
    trace      the story of one pack among a million
    verify     a whole ledger, against its signatures alone
    lake       from ledger to Parquet
    rules      the catalogue over millions of facts, and a rule beside a query by hand
    seize      from a list of seized packs to its case
    http       statements and look-ups through `serve`

Never part of the tests: a machine that is busy with something else would fail them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from ledger.bench.lake import lake
from ledger.bench.page import page_of
from ledger.bench.place import Place, open_place, settings_of
from ledger.bench.reading import growth, trace
from ledger.bench.recording import one_pack, shipment
from ledger.bench.rows import FULL, SMALL, Row, Scale
from ledger.bench.ruling import rules
from ledger.bench.seizing import seize
from ledger.bench.serving import http
from ledger.bench.verifying import verify
from ledger.errors import Misuse, Unavailable

__all__ = ["BENCHMARKS", "FULL", "SMALL", "Row", "Scale", "page_of", "run"]

Progress = Callable[[str], None]

BENCHMARKS: Final[dict[str, Callable[[Place, Scale, Progress], list[Row]]]] = {
    "one-pack": one_pack,
    "shipment": shipment,
    "growth": growth,
    "trace": trace,
    "verify": verify,
    "lake": lake,
    "rules": rules,
    "seize": seize,
    "http": http,
}


def run(
    names: Sequence[str],
    *,
    scale: Scale,
    databases: Mapping[str, str] | None = None,
    write: Path | None = None,
    progress: Progress = lambda line: None,
) -> list[Row]:
    """Run benchmarks, one after the other, each on every kind of database.

    Args:
        names: of BENCHMARKS; none, or `all`, for all of them.
        scale: FULL, SMALL, or another.
        databases: kind to the URL of a server that may make databases; the URL of `sqlite` is not looked at.
            None is SQLite alone, in a folder for temporary files.
        write: the page to write.
        progress: called with a line for people.

    Raises:
        Misuse: `bench-unknown`.
        Unavailable: `bench-broken` when what was measured did not do its work.
    """
    chosen = list(BENCHMARKS) if not names or "all" in names else list(names)
    for name in chosen:
        if name not in BENCHMARKS:
            raise Misuse("bench-unknown", name)
    servers = {kind: url if kind != "sqlite" else None for kind, url in (databases or {"sqlite": ""}).items()}
    rows: list[Row] = []
    for name in chosen:
        for kind, server in servers.items():
            with open_place(kind, server) as place:
                rows += BENCHMARKS[name](place, scale, progress)
        if write is not None:  # after each benchmark: the whole takes an hour, and may be interrupted
            before = write.read_text("utf-8") if write.exists() else ""
            told = [settings_of(server) for server in servers.values() if server]
            _write(write, page_of(rows, scale, told, before))
    return rows


def _write(path: Path, page: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, "utf-8")
    except OSError as error:
        raise Unavailable("file-failed", f"{path.name}: {error.strerror}") from None
