"""One trial: a ledger, a stream, recording processes that die, and what must hold whatever happened.

    1. every acknowledged statement is in the log, at the index that was acknowledged
    2. no statement is in the log twice, none was acknowledged as new twice, or at two places
    3. an acknowledged statement is covered by the checkpoint that is kept outside the database
    4. kept checkpoints never shrink, and the log extends each of them
    5. in the end every statement of the stream is in the log, and the audit of everything finds nothing

1 to 3 are asked after every death, before anything is recorded again: afterwards the next process would
have recorded anew what was lost, and nobody would know.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple

from ledger.home import read_checkpoint
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.tree import root_at
from ledger.store.database import Database
from ledger.store.log import log_size, scan_entries, tile_reader
from ledger.submission import UploadLine, print_line
from tests.crash.child import Orders, record_stream
from tests.crash.stream import stream_of
from tests.kit import World
from tests.postgres import PostgresServer

__all__ = ["Ack", "Trial", "faults_of", "kill_server", "read_acks"]

_PATIENCE_SECONDS = 60
_POLL_SECONDS = 0.002
_LAST_GROUP = 64  # nobody is killed any more: fewer transactions

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.crash.child"])


class Ack(NamedTuple):
    """One answer that left a recording process: which submission, its log index, new or known."""

    position: int
    log_index: int
    status: str


def read_acks(journal: str) -> list[Ack]:
    """Read the answers in a journal; a last line without its end was never said."""
    words = [line.split() for line in journal.split("\n")[:-1]]
    return [Ack(int(each[1]), int(each[2]), each[3]) for each in words if each[0] == "ack"]


def faults_of(
    stream: Sequence[bytes], acks: Sequence[Ack], places: Mapping[bytes, Sequence[int]], signed: int
) -> list[str]:
    """Hold what was acknowledged against what the log holds; return what is wrong, a line each.

    Args:
        stream: the statements handed in.
        acks: all answers so far, of all processes.
        places: the log indexes of every statement that the log holds.
        signed: the size of the kept checkpoint.
    """
    found = []
    for statement, indexes in places.items():
        if len(indexes) > 1:
            found.append(f"doubled: one statement at {', '.join(map(str, indexes))}: {statement[-4:].hex()}")
    first: dict[int, int] = {}
    for position, index, status in acks:
        at = places.get(stream[position], ())
        if not at:
            found.append(f"lost: submission {position} was acknowledged at {index}")
        elif index not in at:
            found.append(f"moved: submission {position} was acknowledged at {index}, and is at {at[0]}")
        if status not in ("recorded", "already-recorded"):
            found.append(f"refused: submission {position}")
        if status == "recorded" and position in first:
            found.append(f"forgotten: submission {position} was new twice, at {first[position]} and {index}")
        if first.setdefault(position, index) != index:
            found.append(f"moved: submission {position} was acknowledged at {first[position]} and {index}")
        if index >= signed:
            found.append(f"unsigned: submission {position} at {index}, beyond the checkpoint of {signed}")
    return found


class Trial:
    """A ledger whose recording processes die.

    Attributes:
        world: the ledger; closed, so that only the processes under test have it open.
        submissions, stream: what is handed in, and the statements alone.
        faults: all that was found wrong so far.
        deaths: how many processes died of a kill.
    """

    def __init__(self, folder: Path, database_url: str, *, seed: int, statements: int) -> None:
        """Make the ledger, enrol everybody, and write the stream down."""
        self._stream_file = folder / "stream.jsonl"
        self.journal_file = folder / "journal"
        self.journal_file.touch()
        with World(folder / "home", database_url, seed=f"crash {seed}") as world:
            submissions = stream_of(world, seed, statements)
            database = world.ledger.database
            with database.read() as connection:
                self._before = log_size(connection)
        self._stream_file.write_bytes(b"".join(print_line(UploadLine(each)) for each in submissions))
        self.submissions = submissions
        self.stream = [each.statement for each in submissions]
        self.world = world
        self.faults: list[str] = []
        self.deaths = 0
        self._kept: list[Checkpoint] = []

    def start(self, *, journal: Path | None = None, **orders: Any) -> BaseProcess:
        """Start a process that records the stream from its beginning; `orders` are members of `Orders`."""
        complete = Orders(
            self.world.settings, self._stream_file, journal or self.journal_file, self.world.now, **orders
        )
        process = _processes.Process(target=record_stream, args=(complete,), daemon=True)
        process.start()
        return process

    def run(self, *, kill_after: float | None = None, **orders: Any) -> bool:
        """Let one process live until its death or its end; look at what it left; return whether it was killed.

        Args:
            kill_after: seconds from its first answer until it is killed from outside.
            orders: members of `Orders`.
        """
        said = len(self.acks())
        process = self.start(**orders)
        if kill_after is not None:
            self.wait_for(lambda: len(self.acks()) > said or not process.is_alive())
            time.sleep(kill_after)
            process.kill()
        return self.end(process)

    def end(self, process: BaseProcess) -> bool:
        """Wait for a process to end, look at what it left, return whether it was killed."""
        process.join(_PATIENCE_SECONDS)
        killed = process.exitcode == -9
        if not killed and process.exitcode != 0:
            self.faults.append(f"failed: the process ended with {process.exitcode}; {self.problems()[-1:]}")
        self.deaths += killed
        self.look()
        return killed

    def acks(self) -> list[Ack]:
        """Return every answer so far."""
        return read_acks(self.journal_file.read_text())

    def problems(self) -> list[str]:
        """Return the codes of the problems that recording processes met."""
        lines = self.journal_file.read_text().split("\n")[:-1]
        return [line.removeprefix("problem ") for line in lines if line.startswith("problem ")]

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so.

        Raises:
            TimeoutError: it did not become so.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited in vain; the last lines: {self.journal_file.read_text()[-200:]}")
            time.sleep(_POLL_SECONDS)

    def look(self) -> None:
        """Ask 1 to 3, and half of 4, of the ledger as it lies there now."""
        acks = self.acks()  # before the log is read: another process may be recording on
        note = read_checkpoint(self.world.settings)
        assert note is not None
        kept = open_checkpoint(note, self.world.trust.origin, self.world.trust.vkey)
        if self._kept and kept.size < self._kept[-1].size:
            self.faults.append(f"shrunk: the kept checkpoint went from {self._kept[-1].size} to {kept.size}")
        self._kept.append(kept)
        for fault in faults_of(self.stream, acks, self._places(), kept.size):
            if fault not in self.faults:
                self.faults.append(fault)

    def _places(self) -> dict[bytes, list[int]]:
        places: dict[bytes, list[int]] = defaultdict(list)
        database = Database(self.world.settings.database_url)
        try:
            with database.read() as connection:
                for row in scan_entries(database, connection, self._before, log_size(connection)):
                    places[bytes(row[4])].append(row[0])
        finally:
            database.close()
        return dict(places)

    def finish(self) -> list[str]:
        """Record what is left in a healthy process, ask everything, and return the faults."""
        if self.run(group=_LAST_GROUP):
            self.faults.append("failed: the last process was killed, and nobody should have")
        answered = {ack.position for ack in self.acks()}
        places = self._places()
        missing = [at for at, each in enumerate(self.stream) if at not in answered or each not in places]
        if missing:
            self.faults.append(f"lost: in the end {len(missing)} submissions are missing, first {missing[0]}")
        self._extends()
        report = self.world.audit()
        if report.fault is not None:
            self.faults.append(f"audit: {report.fault}")
        return self.faults

    def _extends(self) -> None:
        database = Database(self.world.settings.database_url)
        try:
            with database.read() as connection:
                read_tile = tile_reader(connection)
                for kept in {each.size: each for each in self._kept}.values():
                    if root_at(kept.size, read_tile) != kept.root:
                        self.faults.append(f"forked: the log does not extend the checkpoint of {kept.size}")
        finally:
            database.close()


def kill_server(trial: Trial, process: BaseProcess, server: PostgresServer, seconds: float) -> None:
    """Kill the server so long after the next answers of a process, start it again, look at what it kept.

    Raises:
        TimeoutError: the process gave no answers, or never noticed that the server was gone.
    """
    said, troubles = len(trial.acks()), len(trial.problems())
    trial.wait_for(lambda: len(trial.acks()) >= said + 8 or not process.is_alive())
    time.sleep(seconds)
    server.kill9()
    trial.wait_for(lambda: len(trial.problems()) > troubles or not process.is_alive())
    server.start()
    trial.look()
