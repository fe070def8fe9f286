"""Group commit: whoever waits while a transaction is written shares the next one.

One commit to disk costs the same for one statement as for hundreds, so submissions that come in side by side,
from many threads, are committed together; each caller still waits only for its own.

A commit and the publication of its head wait for the disk one after the other, but need not wait for other groups:
while one thread publishes, another writes the next transaction. Groups are published in the order in which they were
committed, and those that wait for a publication share the next one.

Who comes while nobody writes, and has nothing else to do, writes and publishes in his own thread: each time that work
is handed to another thread, that one must be woken, and must wait for the interpreter.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import NamedTuple

from ledger.errors import Refusal
from ledger.limits import GROUP_LINKS_MAX, GROUP_SUBMISSIONS_MAX
from ledger.log.checkpoint import Checkpoint
from ledger.published import Published
from ledger.recording.admit import Admitted
from ledger.recording.outcome import Outcome

__all__ = ["Answer", "CommitQueue", "Committed", "as_a_whole", "bounded"]

Answer = Admitted | Refusal
"""What admission says of one submission."""

class Committed(NamedTuple):
    """A transaction that is durable, and that nobody was told of.

    Attributes:
        outcomes: of its submissions, in order.
        newest: the head that covers them all, not signed yet.
        others: heads of what other processes appended before it, which may be unsigned.
        has_gaps: heads before all these may be unsigned as well.
    """

    outcomes: list[Outcome]
    newest: Published
    others: list[Checkpoint]
    has_gaps: bool


_Waiting = tuple[list[Answer], Future[list[Outcome]]]


class CommitQueue:
    """Hands groups to one writer, in the order in which they came, several at a time when several wait.

    Args:
        commit: writes one transaction's worth of submissions.
        publish: makes known what was committed, in order; when it returns, all of it may be told.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[Answer]], Committed],
        publish: Callable[[Sequence[Committed]], None],
    ) -> None:
        self._commit = commit
        self._publish = publish
        self._waiting: deque[_Waiting] = deque()
        self._committed: deque[tuple[list[_Waiting], Committed]] = deque()
        self._lock = Lock()
        self._writing, self._publishing = Lock(), Lock()  # each is one thread's at a time
        self._writer = ThreadPoolExecutor(1, "writer")
        self._publisher = ThreadPoolExecutor(1, "publisher")

    def record(self, group: list[Answer]) -> list[Outcome]:
        """Write and publish a group that fits one transaction, and return its outcomes.

        Raises:
            The error that struck.
        """
        if self._waiting or not self._writing.acquire(blocking=False):
            return self.submit(group).result()
        future: Future[list[Outcome]] = Future()
        try:
            is_committed = self._write([(group, future)], self._commit)
        finally:
            self._writing.release()
        if is_committed:
            self._publish_next()
        return future.result()

    def submit(self, group: list[Answer]) -> Future[list[Outcome]]:
        """Queue a group that fits one transaction; the future holds its outcomes, or the error that struck."""
        future: Future[list[Outcome]] = Future()
        with self._lock:
            self._waiting.append((group, future))
        self._writer.submit(self._write_next)
        return future

    def submit_alone(
        self, group: list[Answer], commit: Callable[[Sequence[Answer]], Committed]
    ) -> Future[list[Outcome]]:
        """Queue a group that shares its transaction with nobody, and is written in a way of its own."""
        future: Future[list[Outcome]] = Future()
        self._writer.submit(self._write_alone, (group, future), commit)
        return future

    def close(self) -> None:
        """Write and publish what waits, and stop."""
        self._writer.shutdown()
        self._publisher.shutdown()
        self._publish_next()  # what was committed by somebody who was interrupted

    def _write_next(self) -> None:
        with self._writing:
            taken = self._take()
            # Else it went with an earlier transaction.
            if taken and self._write(taken, self._commit):
                self._publisher.submit(self._publish_next)

    def _write_alone(self, waiting: _Waiting, commit: Callable[[Sequence[Answer]], Committed]) -> None:
        with self._writing:
            if self._write([waiting], commit):
                self._publisher.submit(self._publish_next)

    def _write(self, taken: list[_Waiting], commit: Callable[[Sequence[Answer]], Committed]) -> bool:
        """Write one transaction; say whether it is to be published."""
        try:
            committed = commit([answer for group, _ in taken for answer in group])
        except BaseException as error:
            _fail(taken, error)
            return False
        with self._lock:
            self._committed.append((taken, committed))
        return True

    def _publish_next(self) -> None:
        with self._publishing:
            with self._lock:
                groups = list(self._committed)
                self._committed.clear()
            if groups:  # else they went with an earlier publication
                self._publish_all(groups)

    def _publish_all(self, groups: Sequence[tuple[list[_Waiting], Committed]]) -> None:
        try:
            self._publish([committed for _, committed in groups])
        except BaseException as error:
            for taken, _ in groups:
                _fail(taken, error)
            return
        for taken, committed in groups:
            start = 0
            for group, future in taken:
                future.set_result(committed.outcomes[start : start + len(group)])
                start += len(group)

    def _take(self) -> list[_Waiting]:
        taken: list[_Waiting] = []
        submissions = links = 0
        with self._lock:
            while self._waiting:
                group = self._waiting[0][0]
                submissions += len(group)
                links += sum(map(_links, group))
                full = submissions > GROUP_SUBMISSIONS_MAX or links > GROUP_LINKS_MAX
                if taken and (full or _corrects(group[0])):
                    break
                taken.append(self._waiting.popleft())
        return taken


def _fail(taken: Sequence[_Waiting], error: BaseException) -> None:
    for _, future in taken:
        future.set_exception(error)


def bounded(answers: Sequence[Answer]) -> Iterator[list[Answer]]:
    """Split admitted submissions into groups that fit one transaction.

    No group names more than GROUP_LINKS_MAX packs; and a correction begins a new one, because what it takes
    back must be readable from the store.
    """
    group: list[Answer] = []
    links = 0
    for answer in answers:
        if group and (links + _links(answer) > GROUP_LINKS_MAX or _corrects(answer)):
            yield group
            group, links = [], 0
        group.append(answer)
        links += _links(answer)
    yield group


def as_a_whole(answers: Sequence[Answer]) -> list[Answer]:
    """Refuse what is too much for one transaction: together no more than GROUP_LINKS_MAX packs may be named."""
    checked: list[Answer] = []
    links = 0
    for answer in answers:
        links += _links(answer)
        fits = links <= GROUP_LINKS_MAX
        checked.append(answer if fits else Refusal("links-too-many", f"more than {GROUP_LINKS_MAX} packs in all"))
    return checked


def _links(answer: Answer) -> int:
    return len(getattr(answer.content, "codes", ())) if isinstance(answer, Admitted) else 0


def _corrects(answer: Answer) -> bool:
    return isinstance(answer, Admitted) and getattr(answer.content, "corrects", False)
