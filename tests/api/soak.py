"""A server under a steady load for a long time: its memory stays, nobody is turned away, nobody waits longer.

    python -m tests.api.soak --minutes 60

Every round, packs are born in uploads of many lines, then sold one a request while others ask for verdicts, at a steady
rate; a line a round says what was sent, how long the slowest hundredth waited, and what memory and open files the
server has. Memory grows while caches fill, and for as long as statements are new ones the database's own pages come and
go; so the second half is held against the first.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec

from ledger.bench.traffic import drive
from ledger.submission import UploadLine, print_line
from tests.api.serving import Server, serving
from tests.kit import World
from tests.postgres import PostgresServer, fresh_database

__all__ = ["GROWTH_MAX", "Sample", "growth", "soak"]

GROWTH_MAX = 0.10
_CONNECTIONS = 16
_SALES_SHARE = 0.5


class Sample(NamedTuple):
    """One round: requests answered, milliseconds of the slowest hundredth, MiB of memory, open files."""

    requests: int
    milliseconds: float
    mebibytes: float
    files: int


def soak(
    folder: Path, url: str, *, seconds: float, rate: int, round_seconds: float, tell: Callable[[str], object]
) -> list[Sample]:
    """Load a server for so long, and return what was seen, a sample a round.

    Args:
        folder: empty.
        url: of an empty database.
        seconds, round_seconds: in all, and of a round.
        rate: requests a second, half of them sales.
        tell: is given a line a round.

    Raises:
        Unavailable: `bench-broken` when a request was not answered well.
    """
    samples: list[Sample] = []
    with World(folder / "home", url) as world, serving(world, folder) as server:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            samples.append(_round(world, server, rate, round_seconds, random.Random(len(samples))))
            requests, milliseconds, mebibytes, files = samples[-1]
            tell(f"| {len(samples)} | {requests:,} | {milliseconds:.0f} | {mebibytes:.1f} | {files} |")
    return samples


def _round(world: World, server: Server, rate: int, seconds: float, chance: random.Random) -> Sample:
    requests = max(20, int(rate * seconds))
    packs = world.packs(int(requests * _SALES_SHARE) + 1)
    born = [print_line(UploadLine(world.commission(packs[at : at + 100]))) for at in range(0, len(packs), 100)]
    headers = [f"Authorization: Bearer {server.key}", "Content-Type: application/json"]
    lines = [*headers[:1], "Content-Type: application/jsonl"]
    drive(server.port, "/v1/statements", lines, [b"".join(born)], connections=1)
    world.wait(int(seconds) + 1)
    sales = [print_line(UploadLine(world.dispense([pack]))) for pack in packs]
    questions = [msgspec.json.encode({"codes": [chance.choice(packs)]}) for _ in range(requests - len(sales))]
    traffic = [
        drive(server.port, path, headers, bodies, connections=_CONNECTIONS, rate=rate)
        for path, bodies in (("/v1/statements", sales), ("/v1/verdicts", questions))
    ]
    slowest = max(each.percentile(0.99) for each in traffic)
    return Sample(len(sales) + len(questions), slowest, *_held(server.process.pid))


def _held(process: int) -> tuple[float, int]:
    """Return the resident memory of a process in MiB, and how many files it has open."""
    status = Path(f"/proc/{process}/status").read_text("ascii")
    kibibytes = next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1]
    return int(kibibytes) / 1024, len(os.listdir(f"/proc/{process}/fd"))


def growth(samples: Sequence[Sample]) -> float:
    """Return by what share memory grew from the second quarter of the rounds to the last one."""
    quarter = max(1, len(samples) // 4)
    early = median(each.mebibytes for each in samples[quarter : 2 * quarter] or samples[:1])
    late = median(each.mebibytes for each in samples[-quarter:])
    return late / early - 1


def main() -> int:
    """Soak for as long as asked for; return 1 when memory grew."""
    parser = argparse.ArgumentParser(prog="python -m tests.api.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=int, default=100, help="requests a second")
    parser.add_argument("--round", type=float, default=60, help="seconds of a round")
    parser.add_argument("--sqlite", action="store_true", help="instead of a PostgreSQL of its own")
    asked = parser.parse_args()
    print("| round | requests | 99th percentile, ms | memory, MiB | open files |")
    print("|---:|---:|---:|---:|---:|", flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="packledger-soak-") as name,
        nullcontext() if asked.sqlite else PostgresServer() as server,
        nullcontext(f"sqlite:///{name}/ledger.db") if server is None else fresh_database(server.url()) as url,
    ):
        samples = soak(
            Path(name), url, seconds=60 * asked.minutes, rate=asked.rate, round_seconds=asked.round,
            tell=lambda line: print(line, flush=True),
        )  # fmt: skip
    grown = growth(samples)
    requests = sum(each.requests for each in samples)
    print(f"\n{requests:,} requests, none answered with an error; memory grew by {100 * grown:.1f} %")
    return 1 if grown > GROWTH_MAX else 0


if __name__ == "__main__":
    sys.exit(main())
