"""The crew: stretches of the log, verified by several processes at once, this one among them.

The others are copies of this process (`fork`), which have imported already what each would import for half a
second. They are made before this one has a connection, since SQLite's may not be carried into a copy. Where there
is one all the same, or another thread, whose locks nobody would open in a copy, they are started afresh (`spawn`).

This process hands out stretches, does what only it can do (the caller's `meanwhile`, in small pieces), and then
takes stretches like all others. None waits while there is a stretch to take, and no more than a few results wait
to be handed on. Of the next stretches those with the most work are taken first, so that none of them is left to
one process alone in the end.
"""

from __future__ import annotations

import gc
import multiprocessing
import sys
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import ExitStack
from itertools import islice
from multiprocessing.util import Finalize
from types import TracebackType
from typing import Final, NamedTuple, Self

import msgspec

from ledger.auditing.ranges import Range
from ledger.auditing.stretch import Means, Stretch, StretchChecker
from ledger.custody.series import EventReader
from ledger.errors import FormatError, NotVerified, Unavailable
from ledger.identity.vault import Vault
from ledger.log.note import parse_vkey
from ledger.log.series import StatementReader
from ledger.store.database import Database, is_held, translated
from ledger.store.registry import Registry

__all__ = ["CACHE_KIBIBYTES", "Assignment", "Crew"]

CACHE_KIBIBYTES: Final = 256
"""For a database that is read once from end to end; a larger one pushes more useful things out of the processor's."""

# Rows are read and dropped by the million, and none of them refers to itself: looking for such among all that
# lives, as Python does at every 700th, would take a twentieth of the time.
_ALLOCATIONS_A_COLLECTION: Final = 200_000

_AHEAD: Final = 2  # stretches given to each process, so that it goes on without waiting for this one
_KNOWN: Final = 8  # stretches for each process that it may choose from, or whose results wait for an earlier one


class Assignment(NamedTuple):
    """What each process must know: where the ledger lies, whose it is, and the keys that open what is in it."""

    database_url: str
    issuer: str
    verifier_key: str
    master_key: bytes | None
    token_key: bytes


class _Task(msgspec.Struct):
    """A stretch to verify, and what comes of it once somebody has taken it."""

    range: Range
    result: Future[Stretch] | None = None

    @property
    def done(self) -> bool:
        return self.result is not None and self.result.done()


class Crew:
    """The processes, this one counted; to be closed by `with`, which does not wait for what is not wanted any more.

    Made while this process has no connection to the database.
    """

    def __init__(self, assignment: Assignment, processes: int) -> None:
        self._others = processes - 1
        self._ranges: Iterator[Range] = iter(())
        self._here = _Worker(assignment)
        self._pool: ProcessPoolExecutor | None = None
        self._collecting = gc.get_threshold()
        self._tasks: deque[_Task] = deque()
        if self._others:
            context = multiprocessing.get_context(_method(assignment.database_url))
            self._pool = ProcessPoolExecutor(self._others, context, initializer=_start, initargs=(assignment,))
            self._pool.submit(_begin)  # the pool makes its processes when it is given work, and not before

    def __enter__(self) -> Self:
        gc.set_threshold(_ALLOCATIONS_A_COLLECTION)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        gc.set_threshold(*self._collecting)
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._here.close()

    def give(self, ranges: Iterator[Range]) -> None:
        """Say what is to be verified, once; the others begin."""
        self._ranges = ranges
        self._keep_busy()

    def stretches(self, meanwhile: Iterator[object]) -> Iterator[Stretch]:
        """Yield what was found in each range that was given, in the order of the log.

        Args:
            meanwhile: the caller's own work, which is done a step at a time.

        Raises:
            Unavailable: the database could not be read; `audit-interrupted` when a process ended.
        """
        own_work = True
        while True:
            self._keep_busy()
            if self._tasks and self._tasks[0].done:
                yield _result(self._tasks.popleft())
            elif own_work:
                own_work = next(meanwhile, _DONE) is not _DONE
            elif task := self._next(heavy=False):
                task.result = Future()
                task.result.set_result(self._here.check(task.range.first, task.range.end))
            elif self._tasks:
                yield _result(self._tasks.popleft())
            else:
                return

    def _next(self, *, heavy: bool) -> _Task | None:
        """Return a stretch that nobody has taken, rather a heavy one or a light one; None if there is none for now."""
        known = _KNOWN * (self._others + 1) - len(self._tasks)
        self._tasks.extend(map(_Task, islice(self._ranges, known)))
        free = [task for task in self._tasks if task.result is None]
        return next((task for task in free if task.range.heavy == heavy), free[0] if free else None)

    def _keep_busy(self) -> None:
        given = sum(task.result is not None and not task.done for task in self._tasks)
        while self._pool is not None and given < _AHEAD * self._others and (task := self._next(heavy=True)):
            try:
                task.result = self._pool.submit(_work, task.range.first, task.range.end)
            except BrokenExecutor:
                raise _interrupted() from None
            given += 1


_DONE: Final = object()


def _method(database_url: str) -> str:
    """Return how multiprocessing makes a process here: `fork` where a copy can go on from where this one is."""
    alone = sys.platform == "linux" and threading.active_count() == 1
    return "fork" if alone and not is_held(database_url) else "spawn"


def _result(task: _Task) -> Stretch:
    assert task.result is not None
    try:
        return task.result.result()
    except BrokenExecutor:
        raise _interrupted() from None


def _interrupted() -> Unavailable:
    return Unavailable("audit-interrupted", "a process that was verifying ended")


class _Worker:
    """One process's own connection, kept for all stretches that it takes: what it learned of keys stays known."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._means: Means | None = None
        self._open = ExitStack()

    def check(self, first: int, end: int) -> Stretch:
        with translated():
            try:
                if self._means is None:
                    self._means = self._connect()
                return StretchChecker(self._means).check(first, end)
            except (NotVerified, FormatError) as error:
                return Stretch(first, end, fault=(first, error.code, error.detail))

    def _connect(self) -> Means:
        url, issuer, verifier_key, master_key, token_key = self._assignment
        database = Database(url, cache_kibibytes=CACHE_KIBIBYTES)
        self._open.callback(database.close)
        connection = self._open.enter_context(database.read())
        vault = None if master_key is None else Vault(master_key)
        public = parse_vkey(verifier_key).key
        return Means(
            database, connection, issuer, public, vault, token_key, Registry(), StatementReader(), EventReader()
        )  # fmt: skip

    def close(self) -> None:
        self._open.close()


# What a process of the crew was started with.
_worker: _Worker | None = None


def _start(assignment: Assignment) -> None:
    global _worker  # noqa: PLW0603  the one state that such a process has
    gc.freeze()  # what a copy has from its original stays where it is, shared with it
    gc.set_threshold(_ALLOCATIONS_A_COLLECTION)
    _worker = _Worker(assignment)
    Finalize(None, _end, exitpriority=1)


def _end() -> None:
    assert _worker is not None
    _worker.close()
    gc.freeze()  # what lives is not looked through once more, and taken apart, before the process ends


def _begin() -> None:
    """Do nothing: whoever does it is there."""


def _work(first: int, end: int) -> Stretch:
    assert _worker is not None
    return _worker.check(first, end)
