"""The benchmark of `serve`: statements and look-ups over HTTP, beside `record` alone in the same round."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import msgspec

from ledger import clock
from ledger.access import give_api_key
from ledger.bench.measure import clocked, spread
from ledger.bench.place import Place
from ledger.bench.rows import Row, Scale
from ledger.bench.scene import Scene, open_scene
from ledger.bench.traffic import Traffic, drive
from ledger.errors import Unavailable
from ledger.submission import UploadLine, print_line

__all__ = ["http"]

_CONNECTIONS: Final = 16
_LOOKUPS_PER_SECOND: Final = 500
_START_SECONDS: Final = 60.0
_SHARE_MIN: Final = 0.4
_HALF_MILLISECONDS_MAX: Final = 100.0
_LOOKUP_MILLISECONDS_MAX: Final = 20.0
_GREATEST_SHARE: Final = 0.99


def http(place: Place, scale: Scale, progress: Callable[[str], None]) -> list[Row]:
    """Measure one-pack statements and look-ups of verdicts, over connections to a server of one process."""
    count = scale.events
    with open_scene(place.folder / "home", place.url) as scene:
        codes = scene.stock(3 * count * (scale.rounds + 1))
        submissions = scene.dispensings(codes)
        shares, speeds, halves, lookups = [], [], [], []
        with _served(scene, place) as ask:
            for number in range(scale.rounds + 1):
                part = [next(submissions) for _ in range(count)]
                alone = count / clocked(lambda part=part: scene.record(part))  # type: ignore[misc]
                lines = [print_line(UploadLine(next(submissions))) for _ in range(2 * count)]
                full = ask("/v1/statements", lines[:count], 0)
                half = ask("/v1/statements", lines[count:], full.per_second / 2)
                bodies = [msgspec.json.encode({"codes": [code]}) for code in codes[:count]]
                looked = ask("/v1/verdicts", bodies, _LOOKUPS_PER_SECOND)
                if number:  # not the first round, in which caches were cold
                    shares.append(full.per_second / alone)
                    speeds.append(full.per_second)
                    halves.append(half.percentile(_GREATEST_SHARE))
                    lookups.append(looked.percentile(_GREATEST_SHARE))
                progress(f"http, {place.kind}: round {number} of {scale.rounds}")
    goals = {"postgresql": (_SHARE_MIN, _HALF_MILLISECONDS_MAX, _LOOKUP_MILLISECONDS_MAX)}
    share, half_max, lookup_max = goals.get(place.kind, (None, None, None))
    return [
        Row(
            benchmark="http", database=place.kind, figure="statements, 16 connections", value=spread(speeds),
            unit="statements/s", ratio=spread(shares), goal=share,
        ),
        Row(
            benchmark="http", database=place.kind, figure="statements at half that rate, 99th percentile",
            value=spread(halves), unit="ms", goal=half_max, at_least=False,
        ),
        Row(
            benchmark="http", database=place.kind, figure="look-ups at 500/s, 99th percentile",
            value=spread(lookups), unit="ms", goal=lookup_max, at_least=False,
        ),
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
    headers = [f"Authorization: Bearer {key}", "Content-Type: application/json"]
    try:
        _wait(server, port)
        yield lambda path, bodies, rate: drive(
            port, path, headers, bodies, connections=_CONNECTIONS, rate=rate
        )
    finally:
        server.terminate()
        server.wait()


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
