"""Group commit: who waits shares, everybody gets their own answer."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

import pytest

from ledger.chain.seal import parse_seal
from ledger.errors import Refusal, Unavailable
from ledger.log.checkpoint import Checkpoint
from ledger.published import Published
from ledger.recording.outcome import Outcome
from ledger.recording.queue import Answer, CommitQueue, Committed
from ledger.store.log import get_entry, log_size
from tests.kit import World


def test_threads_share_transactions(database_url: str, tmp_path: Path) -> None:
    """Forty stations that record at the same moment need far fewer transactions than forty."""
    with World(tmp_path / "home", database_url) as world:
        packs = world.packs(40)
        world.record(world.commission(packs))
        submissions = [world.inspect([pack], by=world.regulator) for pack in packs]
        with world.ledger.database.read() as connection:
            before = log_size(connection)
        outcomes: list[Outcome] = []
        ready = threading.Barrier(len(submissions))

        def station(number: int) -> None:
            ready.wait()
            outcomes.extend(world.recorder.record([submissions[number]]))

        threads = [threading.Thread(target=station, args=(number,)) for number in range(len(submissions))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(outcome.status for outcome in outcomes) == ["recorded"] * 40
        assert len({outcome.index for outcome in outcomes}) == 40
        with world.ledger.database.read() as connection:
            seals = log_size(connection) - before - 40
            shared = parse_seal(bytes(get_entry(connection, log_size(connection) - 1)[5]))
        assert seals < 40
        assert shared.count >= 1
        assert world.audit().fault is None


def test_an_error_reaches_everybody_who_waits() -> None:
    """When a transaction fails, each of its callers hears it; the next transaction is not disturbed."""
    begun, go_on = threading.Event(), threading.Event()
    sizes: list[int] = []

    def commit(answers: Sequence[Answer]) -> Committed:
        begun.set()
        go_on.wait()
        sizes.append(len(answers))
        if len(sizes) == 2:
            raise Unavailable("store-unavailable")
        return committed(answers)

    queue = CommitQueue(commit, lambda _: None)
    first = queue.submit([Refusal("key-unknown")])
    begun.wait()
    others = [queue.submit([Refusal("key-unknown")] * 2) for _ in range(3)]
    go_on.set()

    assert len(first.result()) == 1
    for other in others:
        with pytest.raises(Unavailable):
            other.result()
    assert len(queue.submit([Refusal("key-unknown")]).result()) == 1
    assert sizes == [1, 6, 1]
    queue.close()


def test_nobody_is_answered_before_the_publication() -> None:
    """While one group is published others are committed; they wait, share the next one, and hear if it fails."""
    publishing, go_on = threading.Event(), threading.Event()
    published: list[int] = []

    def publish(groups: Sequence[Committed]) -> None:
        publishing.set()
        go_on.wait()
        published.append(len(groups))
        if len(published) == 2:
            raise Unavailable("home-unwritable")

    commits: Queue[int] = Queue()

    def commit(answers: Sequence[Answer]) -> Committed:
        commits.put(len(answers))
        return committed(answers)

    queue = CommitQueue(commit, publish)
    first = queue.submit([Refusal("key-unknown")])
    publishing.wait()
    others = []
    for size in (2, 3):
        others.append(queue.submit([Refusal("key-unknown")] * size))
        while commits.get(timeout=10) != size:
            pass  # each is a transaction of its own, and both are committed while the first is published
    assert not first.done()
    assert not any(other.done() for other in others)
    go_on.set()

    assert len(first.result()) == 1
    for other in others:
        with pytest.raises(Unavailable):
            other.result()
    queue.close()
    assert published == [1, 2]


def test_who_finds_nobody_writing_writes_himself() -> None:
    """A group is written and published in its caller's thread; beside one that is written it waits its turn."""
    begun, go_on = threading.Event(), threading.Event()
    writers: list[tuple[int, int]] = []
    publishers: list[int] = []

    def commit(answers: Sequence[Answer]) -> Committed:
        writers.append((len(answers), threading.get_ident()))
        if len(answers) == 2:
            begun.set()
            go_on.wait()
        return committed(answers)

    queue = CommitQueue(commit, lambda groups: publishers.extend(threading.get_ident() for _ in groups))
    assert len(queue.record([Refusal("key-unknown")])) == 1
    here = threading.get_ident()
    assert (writers, publishers) == ([(1, here)], [here])

    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(queue.record, [Refusal("key-unknown")] * 2)
        begun.wait()
        others = [threads.submit(queue.record, [Refusal("key-unknown")] * 3) for _ in range(3)]
        while len(queue._waiting) < 3:
            pass
        assert [size for size, _ in writers] == [1, 2]
        go_on.set()
        assert [len(each.result()) for each in (first, *others)] == [2, 3, 3, 3]
    assert [size for size, _ in writers] == [1, 2, 9]
    queue.close()


def test_what_was_committed_is_published_in_the_end() -> None:
    """Whoever is interrupted between commit and publication leaves that to the next, or to the end."""
    published: list[int] = []

    queue = CommitQueue(committed, lambda groups: published.append(len(groups)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue, "_publish_next", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            queue.record([Refusal("key-unknown")])
    assert published == []
    queue.close()
    assert published == [1]


def _interrupt() -> None:
    raise KeyboardInterrupt


def committed(answers: Sequence[Answer]) -> Committed:
    """Return a transaction in which all was refused."""
    outcomes = [Outcome(status="refused", problem=Refusal("key-unknown")) for _ in answers]
    return Committed(outcomes, Published(Checkpoint("ledger.example", 2, bytes(32)), {}), [], has_gaps=False)
