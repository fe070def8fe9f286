"""Batching: who comes while others are at work goes together, only a full batch goes beside another, and where a batch
costs much it waits a moment for those who may ask again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence

import pytest

from api.batching import Batcher
from ledger.errors import Unavailable
from ledger.limits import REQUESTS_WAITING_MAX


class Works:
    """Work that tells what it was given, and goes on when it is let."""

    def __init__(self) -> None:
        self.batches: list[Sequence[int]] = []
        self._begun = threading.Semaphore(0)
        self._let = threading.Semaphore(0)

    def __call__(self, items: Sequence[int]) -> Sequence[int]:
        """Wait to be let go on, then return each item's negative."""
        self.batches.append(items)
        self._begun.release()
        assert self._let.acquire(timeout=30)
        return [-item for item in items]

    async def begun(self) -> None:
        """Wait until one more batch was begun."""
        assert await asyncio.to_thread(self._begun.acquire, timeout=30)

    def let(self, count: int) -> None:
        """Let so many batches go on."""
        self._let.release(count)


async def _turns() -> None:
    """Let everything happen that waits for nothing."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_what_comes_meanwhile_goes_together() -> None:
    """The first goes alone and at once; those who come while it is at work are one batch, though a thread is free."""

    async def story() -> None:
        works = Works()
        batcher = Batcher("test", works, batch_max=10, threads=2)
        first = asyncio.create_task(batcher.ask(1))
        await works.begun()
        others = [asyncio.create_task(batcher.ask(item)) for item in (2, 3, 4)]
        await _turns()
        assert works.batches == [[1]]
        works.let(2)
        assert await asyncio.gather(first, *others) == [-1, -2, -3, -4]
        assert works.batches == [[1], [2, 3, 4]]
        batcher.close()

    asyncio.run(story())


def test_a_full_batch_goes_beside_another() -> None:
    """Items count by their size: a batch is full by that, goes while another is at work, and takes no more than fits.

    With as many at work as there are threads, a full one waits too; an item that is too large for any goes alone.
    """

    async def story() -> None:
        works = Works()
        batcher = Batcher("test", works, batch_max=10, threads=2, size=abs)
        asked = [asyncio.create_task(batcher.ask(1))]
        await works.begun()
        asked += [asyncio.create_task(batcher.ask(item)) for item in (4, 5, 2, 11, 3)]
        await works.begun()
        await _turns()
        assert works.batches == [[1], [4, 5]]
        works.let(5)
        assert await asyncio.gather(*asked) == [-1, -4, -5, -2, -11, -3]
        assert works.batches == [[1], [4, 5], [2], [11], [3]]
        batcher.close()

    asyncio.run(story())


def test_those_who_were_answered_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits when answers are given goes together with those who ask again; who asks alone never waits."""
    monkeypatch.setattr("api.batching.COMPANY_MILLISECONDS_MAX", 300_000)

    async def story() -> None:
        works = Works()
        batcher = Batcher("test", works, batch_max=10, company=1_000_000)
        first = asyncio.create_task(batcher.ask(1))
        await works.begun()
        second = asyncio.create_task(batcher.ask(2))
        await _turns()
        works.let(1)
        await first
        await _turns()
        assert works.batches == [[1]]
        again = asyncio.create_task(batcher.ask(3))
        await works.begun()
        assert works.batches == [[1], [2, 3]]
        works.let(1)
        await asyncio.gather(second, again)
        alone = [asyncio.create_task(batcher.ask(item)) for item in range(10)]
        await works.begun()  # full: nobody else would fit
        works.let(1)
        await asyncio.gather(*alone)
        batcher.close()

    asyncio.run(story())


def test_nobody_is_waited_for_longer_than_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was answered and does not ask again keeps nobody waiting; and whoever asks alone begins at once."""
    monkeypatch.setattr("api.batching.COMPANY_MILLISECONDS_MAX", 1)

    async def story() -> None:
        works = Works()
        batcher = Batcher("test", works, batch_max=10, company=1_000_000)
        first = asyncio.create_task(batcher.ask(1))
        await works.begun()
        second = asyncio.create_task(batcher.ask(2))
        await _turns()
        works.let(2)
        assert [await first, await second] == [-1, -2]
        monkeypatch.setattr("api.batching.COMPANY_MILLISECONDS_MAX", 300_000)
        for item in (3, 4, 5):
            works.let(1)
            assert await batcher.ask(item) == -item
        assert works.batches == [[1], [2], [3], [4], [5]]
        batcher.close()

    asyncio.run(asyncio.wait_for(story(), 60))


def test_a_moment_ends_with_the_batch_that_it_was_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The moment in which company is waited for is the newest answers' own: an earlier one does not cut it short."""

    async def story() -> None:
        moments: list[tuple[asyncio.TimerHandle, Callable[..., object], tuple[object, ...]]] = []
        loop = asyncio.get_running_loop()

        def never(_delay: float, call: Callable[..., object], *arguments: object) -> asyncio.TimerHandle:
            handle = loop.call_at(loop.time() + 300, call, *arguments)
            moments.append((handle, call, arguments))
            return handle

        monkeypatch.setattr(loop, "call_later", never)
        works = Works()
        batcher = Batcher("test", works, batch_max=10, company=1)
        asked = [asyncio.create_task(batcher.ask(1))]
        await works.begun()
        asked.append(asyncio.create_task(batcher.ask(2)))
        await _turns()
        works.let(1)
        await asked[0]
        asked.append(asyncio.create_task(batcher.ask(3)))
        await works.begun()
        asked.append(asyncio.create_task(batcher.ask(4)))
        await _turns()
        works.let(1)
        await asyncio.gather(*asked[:3])
        handle, call, arguments = moments[0]
        if not handle.cancelled():
            call(*arguments)
        asked += [asyncio.create_task(batcher.ask(item)) for item in (5, 6)]
        works.let(2)
        assert await asyncio.gather(*asked) == [-1, -2, -3, -4, -5, -6]
        assert works.batches == [[1], [2, 3], [4, 5, 6]]
        batcher.close()

    asyncio.run(story())


def test_what_fails_fails_for_its_batch_alone() -> None:
    """Everybody in a batch hears what went wrong, also beside somebody who has gone; the next batch is not touched."""

    async def story() -> None:
        def work(items: Sequence[int]) -> Sequence[int]:
            if 0 in items:
                raise Unavailable("store-unavailable")
            return items

        batcher = Batcher("test", work, batch_max=10)
        asked = [asyncio.create_task(batcher.ask(item)) for item in (0, 1, 2)]
        await asyncio.sleep(0)
        asked[1].cancel()
        heard = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(each) for each in heard] == [Unavailable, asyncio.CancelledError, Unavailable]
        assert await batcher.ask(3) == 3
        batcher.close()

    asyncio.run(story())


def test_too_many_who_wait_are_told() -> None:
    """Beyond the bound nobody is taken; whoever was taken is answered."""

    async def story() -> None:
        works = Works()
        batcher = Batcher("test", works, batch_max=REQUESTS_WAITING_MAX)
        first = asyncio.create_task(batcher.ask(1))
        await works.begun()
        others = [asyncio.create_task(batcher.ask(item)) for item in range(REQUESTS_WAITING_MAX)]
        await _turns()
        with pytest.raises(Unavailable) as caught:
            await batcher.ask(2)
        assert caught.value.code == "server-busy"
        works.let(2)
        await asyncio.gather(first, *others)
        batcher.close()

    asyncio.run(story())
