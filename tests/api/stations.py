"""Stations come back online, all at once, over bad lines: the packs end as if nothing had gone wrong.

    python -m tests.api.stations --stations 64 --seeds 50

Each station has a queue that it wrote while it was offline: the stories of its packs, mixed among each other, each
story in its own order. All stations upload at the same time, to a server in a process of its own. Three lines in ten
are followed by a repeat of what was sent before; one request in five is cut, in the middle of its body or after it and
before the answer, and what was cut is sent again. A second ledger is handed the same submissions one story after the
other, in peace. Then must hold:

    1. every submission is answered, always with the same place in the log, and at most once as new
    2. the log holds each statement once, where it was answered to be
    3. every pack stands where it stands in the second ledger
    4. the audit of everything finds nothing
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

from ledger.store.log import log_size, scan_entries
from ledger.submission import Submission, UploadLine, print_line
from tests.api.serving import serving
from tests.kit import Desk, World, desk
from tests.postgres import PostgresServer, fresh_database

__all__ = ["Afternoon", "upload_everything"]

_REPEATS = 0.3
_CUTS = 0.2
_LINES_A_REQUEST = 4
_STORIES = (
    ("receive", "dispense"),
    ("receive", "dispense", "undo", "dispense"),
    ("receive", "inspect"),
    ("receive", "dispense", "dispense"),
    ("dispense", "receive"),
    ("inspect", "receive", "ship", "receive"),
)


class Afternoon(NamedTuple):
    """What one run came to; `faults` is empty when all was well."""

    statements: int
    requests: int
    cuts: int
    repeats: int
    faults: list[str]


class _Queue(NamedTuple):
    """What one station wrote while it was offline."""

    packs: list[str]
    stories: list[list[Submission]]
    lines: list[Submission]


class _Sent(NamedTuple):
    """What all stations together sent, and heard."""

    counts: Counter[str]
    places: dict[bytes, set[int]]
    news: Counter[bytes]
    faults: list[str]


def upload_everything(folder: Path, urls: tuple[str, str], *, seed: int, stations: int, packs: int) -> Afternoon:
    """Let stations with so many packs each upload their queues, and look at what became of it.

    Args:
        folder: empty.
        urls: of two empty databases.
        seed: of everything that is left to chance.
        stations, packs: how many, and how many packs each.
    """
    chance = random.Random(seed)
    desks = [desk(f"shop{number}") for number in range(stations)]
    with (
        _stocked(folder / "rough", urls[0], desks, packs) as rough,
        _stocked(folder / "calm", urls[1], desks, packs) as calm,
    ):
        queues = [_queue(rough, each, chance, packs) for each in desks]
        for queue in queues:
            calm.record(*(submission for story in queue.stories for submission in story))
        sent = _Sent(Counter(), {}, Counter(), [])
        with serving(rough, folder) as server:
            asyncio.run(_all_at_once(server.port, server.key, queues, chance, sent))
        faults = [*sent.faults, *_faults(rough, calm, queues, sent)]
    statements = sum(len(queue.lines) for queue in queues)
    return Afternoon(statements, sent.counts["requests"], sent.counts["cuts"], sent.counts["repeats"], faults)


@contextmanager
def _stocked(home: Path, url: str, desks: Sequence[Desk], packs: int) -> Iterator[World]:
    """Give a ledger whose shops are enrolled, each with packs on their way to it."""
    with World(home, url, seed="stations") as world:
        for each in desks:
            world.record(*(world.register(one) for one in world.enrolment(each, "dispenser")))
            goods = world.packs(packs)
            world.record(world.commission(goods), world.ship(goods, to=each))
        world.wait(86_400)
        yield world


def _queue(world: World, by: Desk, chance: random.Random, packs: int) -> _Queue:
    first = packs * int(by.name.removeprefix("shop"))
    names = [f"urn:nmpa:dtc:8770984{number:013d}" for number in range(first + 1, first + packs + 1)]
    stories = [_story(world, by, pack, chance) for pack in names]
    waiting, lines = [list(story) for story in stories], []
    while waiting := [story for story in waiting if story]:
        lines.append(chance.choice(waiting).pop(0))
    return _Queue(names, stories, lines)


def _story(world: World, by: Desk, pack: str, chance: random.Random) -> list[Submission]:
    at, told = world.now - 80_000, []
    for verb in chance.choice(_STORIES):
        at += chance.randint(60, 9_000)
        if verb == "receive":
            told.append(world.receive([pack], by=by, at=at))
        elif verb == "dispense":
            told.append(world.dispense([pack], by=by, at=at, insured=chance.random() < 0.5))
        elif verb == "undo":
            told.append(world.undo_dispense([pack], by=by, at=at))
        elif verb == "ship":
            told.append(world.ship([pack], by=by, to=by, at=at))
        else:
            told.append(world.inspect([pack], by=by, at=at))
    return told


async def _all_at_once(
    port: int, key: str, queues: Sequence[_Queue], chance: random.Random, sent: _Sent
) -> None:
    uploads = [_Upload(port, key, queue.lines, random.Random(chance.random()), sent) for queue in queues]
    await asyncio.gather(*(upload.run() for upload in uploads))


class _Upload:
    """One station's upload."""

    def __init__(
        self, port: int, key: str, lines: Sequence[Submission], chance: random.Random, sent: _Sent
    ) -> None:
        self._port = port
        self._lines = lines
        self._chance = chance
        self._sent = sent
        self._head = (
            f"POST /v1/statements HTTP/1.1\r\nHost: ledger\r\nAuthorization: Bearer {key}\r\n"
            "Content-Type: application/jsonl\r\nContent-Length: "
        ).encode()
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def run(self) -> None:
        """Upload everything, in order."""
        done = 0
        while done < len(self._lines):
            end = done + self._chance.randint(1, _LINES_A_REQUEST)
            if await self._send(self._with_repeats(done, end)):
                done = end  # else all of it once more
        self._hang_up()

    def _with_repeats(self, done: int, end: int) -> list[Submission]:
        portion = []
        for at, submission in enumerate(self._lines[done:end], done):
            portion.append(submission)
            if self._chance.random() < _REPEATS:
                portion.append(self._lines[self._chance.randint(0, at)])
                self._sent.counts["repeats"] += 1
        return portion

    async def _send(self, portion: Sequence[Submission]) -> bool:
        """Send a request; return whether it was answered."""
        body = b"".join(print_line(UploadLine(each)) for each in portion)
        data = self._head + b"%d\r\n\r\n" % len(body) + body
        self._sent.counts["requests"] += 1
        if self._line is None:
            self._line = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._line
        if self._chance.random() < _CUTS:
            self._sent.counts["cuts"] += 1
            within = self._chance.random() < 0.5
            writer.write(data[: self._chance.randrange(len(data))] if within else data)
            await writer.drain()
            await asyncio.sleep(self._chance.choice((0, 0, 0.01)))
            self._hang_up()
            return False
        writer.write(data)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        answer = await reader.readexactly(int(length.partition(b":")[2]))
        self._hear(head, answer, portion)
        return True

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line[1].close()
            self._line = None

    def _hear(self, head: bytes, answer: bytes, portion: Sequence[Submission]) -> None:
        sent = self._sent
        if not head.startswith(b"HTTP/1.1 200 "):
            sent.faults.append(f"answered {head[:12].decode()}: {answer[:200].decode()}")
            return
        outcomes = json.loads(answer)["outcomes"]
        for submission, outcome in zip(portion, outcomes, strict=True):
            if outcome["status"] == "refused":
                sent.faults.append(f"refused: {outcome['problem']['code']}")
                continue
            sent.places.setdefault(submission.statement, set()).add(outcome["index"])
            sent.news[submission.statement] += outcome["status"] == "recorded"


def _faults(rough: World, calm: World, queues: Sequence[_Queue], sent: _Sent) -> Iterator[str]:
    database = rough.ledger.database
    with database.read() as connection:
        log: dict[bytes, list[int]] = {}
        for row in scan_entries(database, connection, 0, log_size(connection)):
            log.setdefault(bytes(row[4]), []).append(row[0])
    for at, queue in enumerate(queues):
        for number, submission in enumerate(queue.lines):
            name, places = f"station {at}, line {number}", log.get(submission.statement, [])
            answered = sent.places.get(submission.statement, set())
            if len(places) != 1:
                yield f"{name}: in the log {len(places)} times"
            if answered != set(places):
                yield f"{name}: answered {sorted(answered)}, and is at {places}"
            if sent.news[submission.statement] > 1:
                yield f"{name}: was new {sent.news[submission.statement]} times"
        for pack in queue.packs:
            if rough.custody(pack) != calm.custody(pack):
                yield f"station {at}, {pack}: stands as {rough.custody(pack)}, and should as {calm.custody(pack)}"
    for name, world in (("rough", rough), ("calm", calm)):
        fault = world.audit().fault
        if fault is not None:
            yield f"audit of the {name} ledger: {fault}"


def main() -> int:
    """Run as many seeds as asked for, a line each; return 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.api.stations", description=__doc__)
    parser.add_argument("--stations", type=int, default=64)
    parser.add_argument("--packs", type=int, default=6, help="of each station")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--sqlite", action="store_true", help="instead of a PostgreSQL of its own")
    asked = parser.parse_args()
    print("| seed | statements | requests | cut | repeats | seconds | faults |\n|---:|---:|---:|---:|---:|---:|---:|")
    wrong: list[str] = []
    with nullcontext() if asked.sqlite else PostgresServer() as server:
        for seed in range(asked.first, asked.first + asked.seeds):
            started = time.monotonic()
            with tempfile.TemporaryDirectory(prefix="packledger-stations-") as name, _databases(server, name) as urls:
                came = upload_everything(Path(name), urls, seed=seed, stations=asked.stations, packs=asked.packs)
            seconds = time.monotonic() - started
            numbers = (seed, came.statements, came.requests, came.cuts, came.repeats, round(seconds), len(came.faults))
            print(f"| {' | '.join(f'{number:,}' for number in numbers)} |", flush=True)
            wrong += [f"seed {seed}: {fault}" for fault in came.faults]
    print("\n".join(wrong))
    return 1 if wrong else 0


@contextmanager
def _databases(server: PostgresServer | None, folder: str) -> Iterator[tuple[str, str]]:
    if server is None:
        yield f"sqlite:///{folder}/rough.db", f"sqlite:///{folder}/calm.db"
        return
    with fresh_database(server.url()) as rough, fresh_database(server.url()) as calm:
        yield rough, calm


if __name__ == "__main__":
    sys.exit(main())
