"""Scans while the program is killed (`kill -9`) and the line is cut, both at random.

    python -m tests.scanner.kills --scans 1000 --kills 100

Somebody at the counter scans pack after pack; who hears no beep scans again. The program is killed at any moment:
before it read the scan, while it signs or writes, before or after its answer, in the middle of a sync. The line to
the ledger is cut and mended meanwhile, and answers are lost. At the end, when everything is sent, each pack must be
in the ledger exactly once, in the order of the counter.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tests.house.tree import REPOSITORY
from tests.scanner.kit import Place

_ANSWER_SECONDS = 60


class Outcome(NamedTuple):
    """What came of it."""

    scans: int
    kills: int
    unanswered: int
    cuts: int
    in_order_once: bool
    waiting: int
    sound: bool


class _Program:
    """`packledger-station counter` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "scanner.cli", "counter", "--mode", "receive", "--json", "--station", folder]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        )  # fmt: skip

    def scan(self, text: str, kill_after: float | None) -> bool:
        """Deliver a scan; say whether it was answered. With `kill_after`, it is killed so many seconds later."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        timer = threading.Timer(kill_after, self._process.kill) if kill_after is not None else None
        if timer is not None:
            timer.start()
        try:
            self._process.stdin.write(f"{text}\n".encode())
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if timer is not None:
            timer.join()
        return line.endswith(b"\n") and json.loads(line)["verdict"] in ("ok", "caution", "stop")

    def end(self) -> None:
        """Let it go."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait(_ANSWER_SECONDS)
        self._process.stdout.close()


def trial(folder: Path, scans: int, kills: int, seed: int = 1) -> Outcome:
    """Scan so many packs while the program is killed so many times."""
    chance = random.Random(seed)
    fatal = set(chance.sample(range(scans), kills))
    with Place(folder) as place:
        post = place.enrol()
        packs = place.stock(scans)
        ended = threading.Event()
        cuts = [0]

        def trouble() -> None:
            dice = random.Random(seed + 1)
            while not ended.wait(dice.uniform(0.05, 0.6)):
                place.line.down = not place.line.down
                place.line.answers_lost = dice.choice((0, 0, 1))
                cuts[0] += place.line.down

        troubles = threading.Thread(target=trouble)
        troubles.start()
        program = _Program(post.home.folder)
        unanswered = 0
        for number, pack in enumerate(packs):
            place.world.now = int(time.time())
            answered = program.scan(pack, chance.uniform(0, 0.01) if number in fatal else None)
            if number in fatal:
                program.end()
                program = _Program(post.home.folder)
                if not answered:
                    unanswered += 1
                    answered = program.scan(pack, None)
            assert answered, f"scan {number}"
        program.end()
        ended.set()
        troubles.join()
        place.line.down, place.line.answers_lost = False, 0
        for _ in range(20):
            if post.sync().online and not post.outbox.waiting(1):
                break
        return Outcome(
            scans, kills, unanswered, cuts[0], in_order_once=place.chain(packs) == packs,
            waiting=len(post.outbox.waiting(scans)), sound=place.world.audit().fault is None,
        )  # fmt: skip


def main() -> None:
    """Run it, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=int, default=1_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        outcome = trial(Path(folder), given.scans, given.kills, given.seed)
        print(json.dumps({**outcome._asdict(), "seconds": round(time.monotonic() - begun)}))
    sys.exit(not outcome.in_order_once or outcome.waiting > 0 or not outcome.sound)


if __name__ == "__main__":
    main()
