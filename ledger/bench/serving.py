"""The benchmark of `serve`: statements and look-ups over HTTP, beside `record` alone in the same round."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

import msgspec

from ledger import clock
from ledger.access import give_api_key
from ledger.bench.measure import clocked, spread
from ledger.bench.place import Place
from ledger.bench.rows import Row, Scale
from ledger.bench.scene import Scene, open_scene
from ledger.bench.traffic import Traffic, drive
from ledger.durable import furnish, locked, write_room
from ledger.errors import Unavailable
from ledger.submission import Submission, UploadLine, print_line

__all__ = ["http"]

_CONNECTIONS: Final = 16
_SIZES: Final = (1, 8, 32, 64)
"""How many statements a request brings: a counter's one, what a till or an outbox kept for a moment, an ERP's many."""
_MORE_FROM_SIZE: Final = 32  # larger requests are few: they bring more statements, so that a percentile says something
_LOOKUPS_PER_SECOND: Final = 500
_START_SECONDS: Final = 60.0
_SHARE_MIN: Final = 0.4
_HALF_MILLISECONDS_MAX: Final = 100.0
_LOOKUP_MILLISECONDS_MAX: Final = 20.0
_GREATEST_SHARE: Final = 0.99
_PROBES: Final = 50


class _Load(NamedTuple):
    """Requests of one size: statements a second, and the 99th percentile at half that rate in ms."""

    per_second: float
    half: float


class _Round(NamedTuple):
    """What one round came to: statements a second in three ways, a 99th percentile and one wait for the disk in ms."""

    alone: float
    callers: float
    served: dict[int, _Load]
    lookups: float
    disk: float


def http(place: Place, scale: Scale, progress: Callable[[str], None]) -> list[Row]:
    """Measure one-pack statements and look-ups of verdicts, over connections to a server of one process."""
    rounds = []
    with open_scene(place.folder / "home", place.url) as scene:
        sold = 2 * scale.events + sum(2 * _count(scale.events, size) for size in _SIZES)
        codes = scene.stock(sold * (scale.rounds + 1))
        submissions = scene.dispensings(codes)
        with _served(scene, place) as ask:
            for number in range(scale.rounds + 1):
                rounds.append(_round(scene, ask, submissions, codes[: scale.events]))
                progress(f"http, {place.kind}: round {number} of {scale.rounds}")
    return _rows(place.kind, rounds[1:])  # not the first round, in which caches were cold


def _count(events: int, size: int) -> int:
    return events * max(1, size // _MORE_FROM_SIZE)


def _round(scene: Scene, ask: _Ask, submissions: Iterator[Submission], codes: Sequence[str]) -> _Round:
    count = len(codes)
    alone, singly = [next(submissions) for _ in codes], [next(submissions) for _ in codes]
    seconds = clocked(lambda: scene.record(alone))
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        seconds_singly = clocked(lambda: list(pool.map(lambda each: scene.record([each]), singly)))
    served = {size: _load(ask, submissions, _count(count, size), size) for size in _SIZES}
    looked = ask("/v1/verdicts", [msgspec.json.encode({"codes": [code]}) for code in codes], _LOOKUPS_PER_SECOND)
    return _Round(
        count / seconds, count / seconds_singly, served, looked.percentile(_GREATEST_SHARE),
        _disk_milliseconds(scene.ledger.settings.home),
    )  # fmt: skip


def _load(ask: _Ask, submissions: Iterator[Submission], count: int, size: int) -> _Load:
    full, half = (list(_requests(submissions, count, size)) for _ in range(2))
    served = ask("/v1/statements", full, 0)
    answered = ask("/v1/statements", half, served.per_second / 2)
    return _Load(size * served.per_second, answered.percentile(_GREATEST_SHARE))


def _requests(submissions: Iterator[Submission], count: int, size: int) -> Iterator[bytes]:
    for start in range(0, count, size):
        lines = [print_line(UploadLine(next(submissions))) for _ in range(min(size, count - start))]
        yield b"".join(lines)


def _disk_milliseconds(folder: Path) -> float:
    """Return how long the disk takes to keep a block in place, as the checkpoint outside the database is kept."""
    path = folder / "disk-probe"
    with locked(folder) as descriptor:
        furnish(path, b"probe\n", descriptor)
    waits = [clocked(lambda at=at: write_room(path, at % 2, b"probe\n")) for at in range(_PROBES)]  # type: ignore[misc]
    path.unlink()
    return 1_000 * median(waits)


def _rows(kind: str, rounds: Sequence[_Round]) -> list[Row]:
    goals = {"postgresql": (_SHARE_MIN, _HALF_MILLISECONDS_MAX, _LOOKUP_MILLISECONDS_MAX)}
    share, half, lookup = goals.get(kind, (None, None, None))

    def row(figure: str, values: Iterable[float], unit: str, **more: Any) -> Row:
        return Row(benchmark="http", database=kind, figure=figure, value=spread(values), unit=unit, **more)

    rows = []
    for size in _SIZES:
        loads = [each.served[size] for each in rounds]
        shares = (load.per_second / each.alone for load, each in zip(loads, rounds, strict=True))
        rows += [
            row(
                f"{_CONNECTIONS} connections, {size} a request", (load.per_second for load in loads), "statements/s",
                ratio=spread(shares), goal=share,
            ),
            row(
                f"{size} a request at half that rate, 99th percentile", (load.half for load in loads), "ms",
                goal=half, at_least=False,
            ),
        ]  # fmt: skip
    return [
        *rows,
        row("record alone, groups of 256", (each.alone for each in rounds), "statements/s"),
        row(
            "record, 16 callers of one statement", (each.callers for each in rounds), "statements/s",
            ratio=spread(each.callers / each.alone for each in rounds),
        ),
        row(
            "look-ups at 500/s, 99th percentile", (each.lookups for each in rounds), "ms",
            goal=lookup, at_least=False,
        ),
        row("one wait for the disk", (each.disk for each in rounds), "ms"),
    ]  # fmt: skip


_Ask = Callable[[str, Sequence[bytes], float], Traffic]


@contextmanager
def _served(scene: Scene, place: Place) -> Iterator[_Ask]:
    """Serve the scene's ledger, and give a function that sends bodies to a path at a rate."""
    key = give_api_key(
        scene.ledger.database, scene.tills[0].party, roles=["dispenser"], label="bench", now=clock.now(),
        expires=clock.now() + 86_400, random=clock.random_bytes,
    )  # fmt: skip
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    environment = {
        **os.environ, "PACKLEDGER_PORT": str(port), "PACKLEDGER_DATABASE_URL": place.url,
        "PACKLEDGER_RATE_PER_SECOND": "1000000",
    }  # fmt: skip
    command = [sys.executable, "-m", "ledger.cli", "serve", "--home", str(place.folder / "home")]
    server = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)  # noqa: S603  our own program
    key_shown = f"Authorization: Bearer {key}"
    try:
        _wait(server, port)
        yield lambda path, bodies, rate: drive(
            port, path, [key_shown, f"Content-Type: {_media_of(path)}"], bodies, connections=_CONNECTIONS, rate=rate
        )
    finally:
        server.terminate()
        server.wait()


def _media_of(path: str) -> str:
    return "application/jsonl" if path == "/v1/statements" else "application/json"


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if server.poll() is not None or time.monotonic() > until:
                raise Unavailable("bench-broken", "the server does not start") from None
            time.sleep(0.1)
        else:
            return
