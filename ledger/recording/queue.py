"""Group commit: whoever waits while a transaction is written shares the next one.

One commit to disk costs the same for one statement as for hundreds, so submissions that come in side by side,
from many threads, are committed together; each caller still waits only for its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from ledger.errors import Refusal
from ledger.limits import GROUP_LINKS_MAX, GROUP_SUBMISSIONS_MAX
from ledger.recording.admit import Admitted
from ledger.recording.outcome import Outcome

__all__ = ["Answer", "CommitQueue", "as_a_whole", "bounded"]

Answer = Admitted | Refusal
"""What admission says of one submission."""

_Waiting = tuple[list[Answer], Future[list[Outcome]]]


class CommitQueue:
    """Hands groups to one writer, in the order in which they came, several at a time when several wait.

    Args:
        commit: writes one transaction's worth of submissions and returns their outcomes, in order.
    """

    def __init__(self, commit: Callable[[Sequence[Answer]], list[Outcome]]) -> None:
        self._commit = commit
        self._waiting: deque[_Waiting] = deque()
        self._lock = Lock()
        self._writer = ThreadPoolExecutor(1, "writer")

    def submit(self, group: list[Answer]) -> Future[list[Outcome]]:
        """Queue a group that fits one transaction; the future holds its outcomes, or the error that struck."""
        future: Future[list[Outcome]] = Future()
        with self._lock:
            self._waiting.append((group, future))
        self._writer.submit(self._write_next)
        return future

    def run(self, commit: Callable[[], list[Outcome]]) -> Future[list[Outcome]]:
        """Queue a transaction that shares with nobody."""
        return self._writer.submit(commit)

    def close(self) -> None:
        """Write what waits, and stop."""
        self._writer.shutdown()

    def _write_next(self) -> None:
        taken = self._take()
        if not taken:
            return  # went with an earlier transaction
        try:
            outcomes = self._commit([answer for group, _ in taken for answer in group])
        except BaseException as error:
            for _, future in taken:
                future.set_exception(error)
            return
        start = 0
        for group, future in taken:
            future.set_result(outcomes[start : start + len(group)])
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
