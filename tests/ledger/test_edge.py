"""The edge of the log: what other processes appended is followed, and only that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from ledger.errors import NotVerified
from ledger.home import write_checkpoint
from ledger.limits import TAIL_ENTRIES_MAX
from ledger.log.checkpoint import sign_checkpoint
from ledger.log.tree import Tree
from ledger.opening import head_of, open_ledger
from ledger.record import Recorder, Step
from ledger.recording import edge as edges
from ledger.recording.edge import Edge, follow, load
from ledger.store.database import Row
from tests.kit import World, chance
from tests.tamper.attacks import unfenced


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows by one each time a recorder loads the tree."""
    seen: list[int] = []
    monkeypatch.setattr(edges, "load", lambda *given: (seen.append(1), load(*given))[1])
    monkeypatch.setattr("ledger.record.load", edges.load)
    return seen


@contextmanager
def another(world: World, name: str, on_step: list[Step] | None = None) -> Iterator[Recorder]:
    """Open one more recorder on the ledger, as another process would; it fails at the steps of the list."""

    def step(at: Step) -> None:
        if at in (on_step or ()):
            raise RuntimeError(at)

    with open_ledger(world.settings) as ledger, Recorder(ledger, world.clock, chance(name), step) as recorder:
        yield recorder


def _born(world: World, recorder: Recorder, count: int = 1) -> None:
    outcomes = recorder.record([world.commission([pack]) for pack in world.packs(count)])
    assert {outcome.status for outcome in outcomes} == {"recorded"}


def _is_whole(world: World, heads: int) -> bool:
    report = world.audit()
    return (report.fault, report.unsigned, report.checkpoints >= heads) == (None, 0, True)


def test_others_are_followed_without_loading_the_tree(world: World, loads: list[int]) -> None:
    """Three take turns, over more than a tile: each loads the tree once, and every seal has its head."""
    with ExitStack() as stack:
        recorders = [stack.enter_context(another(world, f"r{number}")) for number in range(3)]
        for number in range(24):
            _born(world, recorders[number * number % 3], count=1 + number % 4 * 17)
            world.wait(1)
    assert len(loads) == 2  # number * number % 3 is never 2
    assert _is_whole(world, 24)


def test_a_head_that_another_left_out_is_signed_by_who_follows(world: World, loads: list[int]) -> None:
    """One dies between its commit and its head, one between the head outside and its row: the next writes both."""
    dies: list[Step] = []
    with another(world, "well") as well, another(world, "ill", dies) as ill:
        _born(world, well)
        _born(world, ill)
        for step in ("committed", "kept"):
            dies[:] = [step]
            with pytest.raises(RuntimeError, match=step):
                _born(world, ill)
            dies.clear()
            loads.clear()
            _born(world, well)
            assert not loads
            assert _is_whole(world, 0)
            _born(world, ill)
    assert _is_whole(world, 7)


def test_repeats_alone_are_covered_by_the_head_of_what_another_wrote(world: World) -> None:
    """A statement that another process wrote and did not publish is answered once this one has published it."""
    with another(world, "well") as well, another(world, "ill", ["kept"]) as ill:
        sale = world.commission(world.packs(1))
        with pytest.raises(RuntimeError, match="kept"):
            ill.record([sale])
        (again,) = well.record([sale])
        assert again.status == "already-recorded"
        assert well.published is not None
        assert again.index is not None
        assert well.published.head.size > again.index
        assert _is_whole(world, 0)


def test_more_than_is_followed_is_loaded(world: World, loads: list[int]) -> None:
    """A process that slept through many groups begins from the tiles."""
    with another(world, "asleep") as asleep:
        _born(world, asleep)
        loads.clear()
        world.record(*(world.commission([pack]) for pack in world.packs(TAIL_ENTRIES_MAX)))
        _born(world, asleep)
    assert len(loads) == 1
    assert _is_whole(world, 18)


@pytest.mark.parametrize("wrote", [True, False], ids=["after-it-wrote", "before-it-wrote"])
def test_a_database_that_went_back_to_where_one_stands_is_found(
    tmp_path: Path, database_url: str, wrote: bool
) -> None:
    """One stands at k, another goes on, and the database is put back to k: what was signed outside says so."""
    with World(tmp_path / "home", database_url) as world:
        _put_back(world, wrote)


def _put_back(world: World, wrote: bool) -> None:
    with another(world, "stays") as stays:
        _born(world, stays)
        assert stays.published is not None
        size = stays.published.head.size
        _born(world, world.recorder)
        if wrote:
            _born(world, stays)
            size = stays.published.head.size
            _born(world, world.recorder)
        engine = unfenced(world.settings.database_url)
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DELETE FROM entry WHERE log_index >= {size}")
            connection.exec_driver_sql(f"DELETE FROM checkpoint WHERE size > {size}")
        engine.dispose()
        with pytest.raises(NotVerified, match="log-restored"):
            _born(world, stays)


@pytest.fixture
def stood(world: World) -> tuple[Edge, list[Row], int]:
    """Return an edge, what was appended since, and the size of the log."""
    with world.ledger.database.read() as connection:
        edge = load(world.ledger, connection)
    _born(world, world.recorder)
    _born(world, world.recorder)
    with world.ledger.database.read() as connection:
        query = f"SELECT kind, leaf FROM entry WHERE log_index >= {edge.begins} ORDER BY log_index"
        tail = [tuple(row) for row in connection.exec_driver_sql(query)]
    return edge, tail, edge.begins + len(tail)


def test_the_edge_grows_by_the_tail(world: World, stood: tuple[Edge, list[Row], int]) -> None:
    """The control: two groups, two heads, the last one that which was published; nothing is left to be stored."""
    edge, tail, size = stood
    heads = follow(world.ledger, edge, tail, size)
    assert heads is not None
    assert world.recorder.published is not None
    assert [head.size for head in heads] == [size - 2, size]
    assert heads[-1] == world.recorder.published.head == head_of(world.ledger.trust, edge.tree)
    assert edge.last == bytes(tail[-1][1])
    assert edge.tree.take_tiles() == []


@pytest.mark.parametrize("harm", ["nothing", "another-last", "too-short", "too-long", "another-history"])
def test_what_is_no_continuation_is_not_followed(world: World, stood: tuple[Edge, list[Row], int], harm: str) -> None:
    """A tail that does not begin where the edge ends, has a gap, or ends in another tree than the one signed."""
    edge, tail, size = stood
    if harm == "nothing":
        tail = []
    elif harm == "another-last":
        edge.last = bytes(32)
    elif harm == "too-short":
        tail = tail[:-1]
    elif harm == "too-long":
        tail = [*tail, tail[-1]]
    else:
        tail[1] = (tail[1][0], bytes(32))
    assert follow(world.ledger, edge, tail, size) is None


def test_what_was_signed_beyond_the_log_is_not_followed(world: World, stood: tuple[Edge, list[Row], int]) -> None:
    """A checkpoint outside that is newer than the database."""
    edge, tail, size = stood
    tree = Tree()
    tree.extend([bytes(32)] * (size + 1))
    before = world.settings.checkpoint_file.read_bytes()
    write_checkpoint(world.settings, size + 1, sign_checkpoint(head_of(world.ledger.trust, tree), world.ledger.key))
    assert follow(world.ledger, edge, tail, size) is None
    world.settings.checkpoint_file.write_bytes(before)
