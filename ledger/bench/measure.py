"""Rounds: ours, the physical limit, and what people would write instead, in turn, on the same work.

The machine drifts (other work, a warm disk, a full write-ahead log), so that only figures of one round are
compared, and the median of the rounds' ratios is what counts.

The limit of a round is the wall time of raw verification of its signatures on all processors, plus the wall
time of writing the very rows that `record` wrote, in the same transactions, into a twin of the database.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Sequence
from statistics import median

import msgspec

from ledger.bench.raw import RawWriter, raw_writer
from ledger.bench.scene import Scene
from ledger.bench.signatures import Verifiers, raw_signature
from ledger.bench.tape import Tape, Writing
from ledger.log.statement import parse_statement
from ledger.store.database import Database
from ledger.store.schema import upgrade
from ledger.submission import Submission

__all__ = ["Race", "Spread", "Times", "clocked", "spread"]


class Spread(msgspec.Struct, frozen=True):
    """Least, median and most of the rounds."""

    least: float
    median: float
    most: float


def spread(values: Iterable[float]) -> Spread:
    """Return the spread of the rounds' values."""
    ordered = sorted(values)
    return Spread(ordered[0], median(ordered), ordered[-1])


class Times(msgspec.Struct):
    """Seconds of each round, of the same work: ours; verification and insertion, which add up to the limit."""

    ours: list[float] = []
    verifying: list[float] = []
    writing: list[float] = []
    rivals: dict[str, list[float]] = {}

    def warm(self) -> Times:
        """Return the times without the first round, in which caches were cold."""
        rivals = {name: seconds[1:] for name, seconds in self.rivals.items()}
        return Times(self.ours[1:], self.verifying[1:], self.writing[1:], rivals)

    def ratios(self) -> list[float]:
        """Return the limit's share of our time, round by round; 1 would be the limit itself."""
        parts = zip(self.ours, self.verifying, self.writing, strict=True)
        return [(verifying + writing) / ours for ours, verifying, writing in parts]


Rival = Callable[[Sequence[Submission]], float]
"""Does its own work for these submissions, and returns the seconds that it took."""


class Race:
    """Runs rounds against a ledger and its twin.

    Attributes:
        times: of the rounds so far.
        link_bytes: what a link took in the last round: its share of a page, and its pack's row.

    Args:
        scene: the ledger.
        twin: URL of an empty database; it is given the ledger's tables and all that was written so far.
        verifiers: processes that verify.
        rivals: by name.
    """

    def __init__(self, scene: Scene, tape: Tape, twin: str, verifiers: Verifiers, rivals: dict[str, Rival]) -> None:
        self._scene = scene
        self._tape = tape
        self._verifiers = verifiers
        self._rivals = rivals
        self._publics = {desk.key.public.thumbprint(): desk.key.public for desk in scene.desks}
        self._twin = Database(twin)
        upgrade(self._twin)
        self._writer: RawWriter = raw_writer(self._twin)
        self.catch_up()
        self.link_bytes = 0.0
        self.times = Times(rivals={name: [] for name in rivals})

    def catch_up(self) -> None:
        """Write into the twin what was recorded outside the rounds."""
        for group in self._tape.take():
            self._writer.write(self._writer.prepare(group))

    def round(self, submissions: Sequence[Submission], record: Callable[[], None]) -> None:
        """Let `record` record these submissions, then let the limit and the rivals do the same work."""
        times = self.times
        gc.collect()
        gc.freeze()  # what the race itself holds is in nobody's way: no recorder and no rival would hold it
        times.ours.append(clocked(record))
        caught = self._tape.take()
        self.link_bytes = _link_bytes(caught)
        groups = [self._writer.prepare(group) for group in caught]
        statements = [parse_statement(each.statement) for each in submissions]
        signatures = [raw_signature(each, self._publics[each.kid]) for each in statements]
        times.verifying.append(self._verifiers.seconds(signatures))
        times.writing.append(sum(clocked(lambda group=group: self._writer.write(group)) for group in groups))  # type: ignore[misc]
        for name, rival in self._rivals.items():
            times.rivals[name].append(rival(submissions))
        gc.unfreeze()

    def close(self) -> None:
        """Close the twin."""
        self._writer.close()
        self._twin.close()


def _link_bytes(groups: Sequence[Sequence[Writing]]) -> float:
    pages = [row for group in groups for each in group if each.table == "link_page" for row in each.rows]
    packs = [row for group in groups for each in group if each.table == "pack" for row in each.rows]
    size = sum(len(row[3]) for row in pages) + sum(len(row[0]) + len(row[5]) + len(row[8]) + 32 for row in packs)
    return size / max(1, len(packs))


def clocked(work: Callable[[], object]) -> float:
    """Return the seconds of wall time that `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
