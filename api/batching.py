"""Batching: requests that arrive while earlier ones are at work share the next piece of work.

A look-up in a database costs nearly the same for one as for a hundred, and so does a commit. So routes ask a
batcher and wait, without a thread each; the batcher hands all that wait to one of its few threads, together.
Under light load a batch is one request, and nobody waits for company. While a batch is at work, another is begun only
when it is full: two halves cost more than the whole. Where a batch costs much, the next one waits a moment for those
who were just answered, who may have more to ask: else one of them alone would go first, and the rest after it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Generic, TypeVar

from ledger.errors import Unavailable
from ledger.limits import COMPANY_MILLISECONDS_MAX, REQUESTS_WAITING_MAX

__all__ = ["Batcher"]

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Batcher(Generic[Item, Answer]):
    """Collects what is asked in one event loop, and answers it in batches.

    Args:
        name: of its threads.
        work: answers a batch, in order; runs in a thread. What it raises, everybody in the batch hears.
        batch_max: how much is handed over at once; an item that is more goes alone.
        threads: how many batches are at work at the same time.
        size: how much an item is, at least 1.
        company: for which part of the time that a batch took the next one waits, once its answers are given, for as
            many to ask again; not at all by default.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Sequence[Item]], Sequence[Answer]],
        *,
        batch_max: int,
        threads: int = 1,
        size: Callable[[Item], int] = lambda item: 1,
        company: float = 0,
    ) -> None:
        self._work = work
        self._batch_max = batch_max
        self._size = size
        self._company = company
        self._expected = 0  # how many may wait in a moment; for more than these no batch waits
        self._moment: asyncio.TimerHandle | None = None
        self._at_work, self._at_work_max = 0, threads
        self._threads = ThreadPoolExecutor(threads, name)
        self._waiting: deque[tuple[Item, int, asyncio.Future[Answer]]] = deque()
        self._waiting_size = 0

    async def ask(self, item: Item) -> Answer:
        """Return the answer to this item, once its batch is done.

        Raises:
            Unavailable: `server-busy` when too many wait already; nothing was done.
        """
        if len(self._waiting) >= REQUESTS_WAITING_MAX:
            raise Unavailable("server-busy")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        size = self._size(item)
        self._waiting.append((item, size, answer))
        self._waiting_size += size
        # Not at once: requests that are read in the same turn of the loop come along.
        loop.call_soon(self._start, loop)
        return await answer

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting and self._may_begin():
            self._expect(0)
            items, answers = self._take()
            self._at_work += 1
            done = loop.run_in_executor(self._threads, self._work, items)
            done.add_done_callback(partial(self._deliver, loop, answers, loop.time()))

    def _may_begin(self) -> bool:
        is_full = self._waiting_size >= self._batch_max
        if self._at_work:
            return is_full and self._at_work < self._at_work_max
        return is_full or len(self._waiting) >= self._expected

    def _expect(self, count: int) -> None:
        self._expected = count
        if self._moment is not None:
            self._moment.cancel()

    def _expect_nobody(self, loop: asyncio.AbstractEventLoop) -> None:
        self._expect(0)
        self._start(loop)

    def _take(self) -> tuple[list[Item], list[asyncio.Future[Answer]]]:
        items: list[Item] = []
        answers: list[asyncio.Future[Answer]] = []
        room = self._batch_max
        while self._waiting and (not items or self._waiting[0][1] <= room):
            item, size, answer = self._waiting.popleft()
            items.append(item)
            answers.append(answer)
            room -= size
            self._waiting_size -= size
        return items, answers

    def _deliver(
        self,
        loop: asyncio.AbstractEventLoop,
        answers: Sequence[asyncio.Future[Answer]],
        begun: float,
        done: asyncio.Future[Sequence[Answer]],
    ) -> None:
        self._at_work -= 1
        error = done.exception()
        if error is not None:
            for answer in answers:
                if not answer.done():  # whoever asked may have gone
                    answer.set_exception(error)
        else:
            for answer, result in zip(answers, done.result(), strict=True):
                if not answer.done():
                    answer.set_result(result)
        if self._company:
            self._expect(len(self._waiting) + len(answers))
            moment = min(self._company * (loop.time() - begun), COMPANY_MILLISECONDS_MAX / 1_000)
            self._moment = loop.call_later(moment, self._expect_nobody, loop)
        self._start(loop)

    def close(self) -> None:
        """Finish what is at work, and stop; call it when nobody asks any more."""
        self._threads.shutdown()
