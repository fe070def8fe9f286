"""Group commit: who waits shares, everybody gets their own answer."""

from __future__ import annotations

import threading
from collections.abc import Sequence
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


def committed(answers: Sequence[Answer]) -> Committed:
    """Return a transaction in which all was refused."""
    outcomes = [Outcome(status="refused", problem=Refusal("key-unknown")) for _ in answers]
    return Committed(outcomes, Published(Checkpoint("ledger.example", 2, bytes(32)), {}), has_gaps=False)
