"""Verifying a whole ledger with several processes: the same answer as with one, and none when one of them dies."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy.engine import make_url

from ledger.audit import AuditReport, audit
from ledger.auditing.crew import Assignment, Crew
from ledger.auditing.ranges import Range, ranges
from ledger.errors import Unavailable
from ledger.home import read_checkpoint
from ledger.opening import Trust, issuer_of
from ledger.store.database import Database
from ledger.store.log import log_size, scan_rows
from tests.kit import World
from tests.tamper.attacks import unfenced


def shorten(patch: pytest.MonkeyPatch) -> None:
    """Let a stretch, and the least that is shared, be a few entries."""
    patch.setattr("ledger.auditing.ranges._ENTRIES", 4)
    patch.setattr("ledger.audit._PROCESS_ENTRIES", 4)


@pytest.fixture
def world(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Return a closed world whose ledger is a dozen stretches long."""
    shorten(monkeypatch)
    with World(tmp_path / "home", database_url) as world:
        packs = world.packs(40)
        world.record(world.commission(packs), world.ship(packs), world.receive(packs))
        for pack in packs:
            world.record(world.dispense([pack]), world.inspect([pack]))
    return world


def assignment(world: World) -> Assignment:
    """Return what a process must know to verify this world's ledger."""
    return Assignment(
        world.settings.database_url, issuer_of(world.trust.origin), world.trust.verifier_key, None, os.urandom(32)
    )


@contextmanager
def nothing(_url: str) -> Iterator[None]:
    """Be alone in the process."""
    yield


@contextmanager
def a_thread(_url: str) -> Iterator[None]:
    """Let another thread wait."""
    over = threading.Event()
    waiting = threading.Thread(target=over.wait)
    waiting.start()
    yield
    over.set()
    waiting.join()


@contextmanager
def a_connection(url: str) -> Iterator[None]:
    """Hold the ledger open."""
    with closing(Database(url)) as database, database.read():
        yield


class Shared(NamedTuple):
    """What came of work that was shared: the report, how processes were made and how many there were, the progress."""

    report: AuditReport
    methods: set[str]
    children: int
    told: list[tuple[int, int]]


def shared(url: str, trust: Trust, kept: bytes | None, beside: Callable[[str], AbstractContextManager[None]]) -> Shared:
    """Verify with three processes, in a process that nobody else has a thread in."""
    methods: set[str] = set()
    children: set[int | None] = set()
    told: list[tuple[int, int]] = []
    get_context = multiprocessing.get_context

    def progress(done: int, size: int) -> None:
        told.append((done, size))
        children.update(child.pid for child in multiprocessing.active_children())

    with pytest.MonkeyPatch.context() as patch, beside(url):
        patch.setattr(multiprocessing, "get_context", lambda method: methods.add(method) or get_context(method))
        shorten(patch)
        report = audit(
            url, trust, kept_checkpoint=kept, master_key=None, token_key=os.urandom(32), processes=3, progress=progress
        )
    return Shared(report, methods, len(children), told)


@pytest.mark.parametrize(
    ("beside", "methods"),
    [(nothing, {"fork"}), (a_thread, {"spawn"}), (a_connection, {"sqlite": {"spawn"}, "postgresql": {"fork"}})],
)
def test_several_report_what_one_reports(
    beside: Callable[[str], AbstractContextManager[None]], methods: Any, world: World
) -> None:
    """However many processes share the work, what they found is put together in the order of the log.

    They are copies, but for what a copy may not hold.
    """
    url, kept = world.settings.database_url, read_checkpoint(world.settings)
    alone = world.audit(master_key=False)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart:
        together = apart.submit(shared, url, world.trust, kept, beside).result()
    kind = make_url(url).get_backend_name()
    assert together.methods == (methods[kind] if isinstance(methods, dict) else methods)
    assert together.children >= 1
    assert alone.fault is None
    assert (alone.links, alone.packs) == (200, 40)
    assert together.report == alone
    assert together.told == sorted(together.told)
    assert together.told[-1] == (alone.statements, alone.statements)


def test_several_name_the_entry_that_one_names(world: World) -> None:
    """Of two faults far apart, the first in the log is named, whoever finds which when."""
    engine = unfenced(world.settings.database_url)
    with engine.begin() as connection:
        for index in (51, 29):
            connection.exec_driver_sql(f"UPDATE entry SET kind = 'shipping' WHERE log_index = {index}")
    engine.dispose()
    alone, together = world.audit(), world.audit(processes=3)
    assert alone.fault is not None
    assert alone.fault[:2] == (29, "entry-altered")
    assert together.fault == alone.fault


def test_heavy_stretches_do_not_wait_for_the_end(world: World) -> None:
    """Of the stretches that are known, others get a heavy one before all light ones; here a light one is taken."""
    size = world.audit().statements
    with closing(Database(world.settings.database_url)) as database, database.read() as connection:
        cut = list(ranges(connection, size))[:12]
    heavy = 9
    known = [each._replace(heavy=at == heavy) for at, each in enumerate(cut)]
    with Crew(assignment(world), 2) as crew:
        crew.give(iter(known))
        assert [task.range for task in crew._tasks if task.result is not None] == [known[0], known[heavy]]
        found = list(crew.stretches(iter(())))
    assert [(each.first, each.end) for each in found] == [(each.first, each.end) for each in known]


def test_nothing_is_known_when_a_process_dies(world: World) -> None:
    """A verifier that is killed found nothing wrong, and nothing right either."""
    size = world.audit().statements
    with Crew(assignment(world), 2) as crew:
        crew.give(repeat(Range(0, size, False)))
        stretches = crew.stretches(iter(()))
        assert next(stretches).fault is None
        for child in multiprocessing.active_children():
            child.kill()
            child.join()
        with pytest.raises(Unavailable) as met:
            list(islice(stretches, 1_000))
    assert met.value.code == "audit-interrupted"


def test_an_unreadable_database_is_no_fault(world: World, tmp_path: Path) -> None:
    """That the ledger could not be read says nothing of what is in it."""
    missing = assignment(world)._replace(database_url=f"sqlite:///{tmp_path / 'nowhere' / 'ledger.sqlite'}")
    for processes in (1, 2):
        with Crew(missing, processes) as crew:
            crew.give(iter([Range(0, 5, False)]))
            with pytest.raises(Unavailable):
                next(crew.stretches(iter(())))


def test_stretches_are_about_as_much_work(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretches make up the log, each ends at a seal, and the more links there are, the shorter they become."""
    with closing(Database(world.settings.database_url)) as database, database.read() as connection:
        size = log_size(connection)
        rows = list(chain.from_iterable(scan_rows(database, connection, 0, size)))
        monkeypatch.setattr("ledger.auditing.ranges._ENTRIES", 20)
        monkeypatch.setattr("ledger.auditing.ranges._ENTRIES_LEAST", 20)
        monkeypatch.setattr("ledger.auditing.ranges._ENTRIES_A_PAGE", 1)
        long = list(ranges(connection, size))
        monkeypatch.setattr("ledger.auditing.ranges._ENTRIES_A_PAGE", 10)
        short = list(ranges(connection, size))
    seals = {row[0] + 1 for row in rows if row[1] == "seal"}
    for cut in (long, short):
        assert [0, *(each.end for each in cut)] == [*(each.first for each in cut), size]
        assert {each.end for each in cut} <= seals
    sealed = [sum(each.first < seal <= each.end for seal in seals) for each in short]
    assert [each.heavy for each in short] == [count == 3 for count in sealed], "those that their links cut short"
    assert max(sealed[1:]) == 3, "each seal but the first few has one page: a third one fills a stretch"
    assert len(long) < len(short)
