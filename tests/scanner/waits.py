"""Twenty scans a second into the page, for minutes: none lost, and how long a person waits for a verdict.

    python -m tests.scanner.waits --seconds 180

`packledger-station serve` runs in a process of its own, online, with a ledger in this one; Chromium is a third. Printed
are the waits from a scan's last key to its verdict on the screen, in milliseconds, as the browser measures them, and
whether each pack is in the ledger exactly once, in the order of the scans. It ends with status 1 when one is not.
The machine should have nothing else to do: browser, station and ledger share it already.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.house.tree import REPOSITORY
from tests.scanner.kit import Place, Post
from tests.scanner.wedge import Played, play

__all__ = ["Outcome", "trial"]


class Outcome(NamedTuple):
    """What came of it."""

    scans: int
    a_second: float
    median: int
    p95: int
    longest: int
    in_order_once: bool
    waiting: int


@contextmanager
def _serving(post: Post) -> Iterator[str]:
    """Serve a station's page as its user does; give the address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "scanner.cli", "serve", "--port", str(port), "--station", post.home.folder]
    process = subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}
    )
    try:
        while True:
            assert process.poll() is None, "the station ended"
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(30)


def trial(folder: Path, scans: int, a_second: float) -> Outcome:
    """Scan so many packs at such a rate."""
    with Place(folder) as place:
        post, packs = place.enrol(), place.stock(scans)
        post.sync()
        ended = threading.Event()

        def tick() -> None:
            while not ended.wait(1):
                place.world.now = int(time.time())  # the station's clock is the machine's; so is the ledger's

        clock = threading.Thread(target=tick)
        clock.start()
        with _serving(post) as address:
            played = play(address, [pack.rpartition(":")[2] for pack in packs], a_second=a_second)
        post.sync()
        ended.set()
        clock.join()
        return _outcome(played, place.chain(packs) == packs, len(post.outbox.waiting(scans)))


def _outcome(played: Played, in_order_once: bool, waiting: int) -> Outcome:
    waits = sorted(played.waits)
    at = lambda share: round(waits[int(share * (len(waits) - 1))])  # noqa: E731
    rate = round(len(waits) / played.seconds, 1)
    return Outcome(len(waits), rate, at(0.5), at(0.95), at(1), in_order_once, waiting)


def main() -> None:
    """Run it, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--rate", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = trial(Path(folder), given.seconds * given.rate, given.rate)
    print(json.dumps(outcome._asdict()))
    sys.exit(not outcome.in_order_once or outcome.waiting > 0)


if __name__ == "__main__":
    main()
