"""Recording: what counts once, and what a new process finds when it opens the ledger."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from ledger.errors import NotVerified
from ledger.opening import open_ledger
from ledger.record import Recorder
from ledger.submission import Submission
from tests.kit import World, chance
from tests.ledger.stock import stocked
from tests.tamper.attacks import unfenced

# -- once


def test_a_statement_counts_once_in_one_group(world: World) -> None:
    """The same submission three times in one upload is one statement, with one answer."""
    (pack,) = stocked(world, 1)
    beep = world.dispense([pack])
    first, second, third = world.record(beep, beep, beep)
    assert (first.status, second.status, third.status) == ("recorded", "already-recorded", "already-recorded")
    assert first.index == second.index == third.index
    custody = world.custody(pack)
    assert custody is not None
    assert (custody.dispensings, custody.repeats) == (1, 0)


class _Counted(list[Submission]):
    """Knows how often it was read from its beginning."""

    read = 0

    def __iter__(self) -> Iterator[Submission]:
        self.read += 1
        return super().__iter__()


@pytest.mark.parametrize("at_once", [1, 2, 8])
def test_what_is_handed_in_is_cut_once(at_once: int, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Into one chunk or several: each is recorded, in order."""
    monkeypatch.setattr("ledger.record.GROUP_SUBMISSIONS_MAX", at_once)
    submissions = _Counted(world.commission(world.packs(1)) for _ in range(4))
    outcomes = world.recorder.record(submissions)
    assert [outcome.status for outcome in outcomes] == ["recorded"] * 4
    indexes = [outcome.index or 0 for outcome in outcomes]
    assert indexes == sorted(indexes)
    assert submissions.read == 1


def test_a_statement_counts_once_for_ever(world: World) -> None:
    """Sent again later, also after a restart: the first answer comes again, word for word."""
    (pack,) = stocked(world, 1)
    world.one(world.dispense([pack], by=world.rival))
    caution = world.dispense([pack])
    first = world.one(caution)
    world.wait(86_400)
    again = world.one(caution)
    world.close()
    world.open()
    after_restart = world.one(caution)
    assert first.anomalies
    for later in (again, after_restart):
        assert later.status == "already-recorded"
        assert (later.index, later.anomalies, later.verdict) == (first.index, first.anomalies, first.verdict)


def test_two_recorders_take_turns(world: World) -> None:
    """Two recorders on one database see each other's packs and statements, group by group."""
    packs = stocked(world, 6)
    with open_ledger(world.settings) as other, Recorder(other, world.clock, chance("other")) as second:
        for number, pack in enumerate(packs):
            mine, theirs = (world.recorder, second) if number % 2 else (second, world.recorder)
            sale = world.dispense([pack])
            assert mine.record([sale])[0].status == "recorded"
            assert theirs.record([sale])[0].status == "already-recorded"
            names = {name for _, name in theirs.record([world.dispense([pack], by=world.rival)])[0].anomalies}
            assert names == {"already-dispensed-elsewhere"}


def test_a_registration_by_one_recorder_binds_the_other(world: World) -> None:
    """A key that one recorder revokes is refused by the other, though that one had it in its memory."""
    packs = stocked(world, 2)
    assert world.one(world.dispense(packs[:1])).status == "recorded"
    with open_ledger(world.settings) as other, Recorder(other, world.clock, chance("other")) as second:
        assert second.record([world.revoke(world.pharmacy)])[0].status == "recorded"
        outcome = world.one(world.dispense(packs[1:]))
        assert outcome.problem is not None
        assert outcome.problem.code == "key-compromised"
        assert second.record([world.dispense(packs[1:])])[0].status == "refused"


def _record_all(settings: object, now: int, submissions: list[Submission], answers: object) -> None:
    with open_ledger(settings) as ledger, Recorder(ledger, lambda: now, chance("child")) as recorder:  # type: ignore[arg-type]
        outcomes = [recorder.record([each])[0] for each in submissions]
        answers.put([(outcome.status, outcome.index) for outcome in outcomes])  # type: ignore[attr-defined]


def test_two_processes_record_the_same_stream_once(world: World) -> None:
    """Another process sends the same statements at the same time: each is in the log once, both agree where."""
    packs = stocked(world, 20)
    stream = [world.dispense([pack]) for pack in packs]
    spawn = multiprocessing.get_context("spawn")
    answers = spawn.Queue()
    child = spawn.Process(target=_record_all, args=(world.settings, world.now, stream, answers))
    child.start()
    mine = [(outcome.status, outcome.index) for outcome in (world.one(each) for each in stream)]
    theirs = answers.get(timeout=60)
    child.join()
    assert [index for _, index in mine] == [index for _, index in theirs]
    for (one, _), (other, _) in zip(mine, theirs, strict=True):
        assert sorted((one, other)) == ["already-recorded", "recorded"]


# -- opening


def test_the_gaps_that_a_crash_left_are_signed_at_opening(world: World) -> None:
    """Commits whose heads were never signed: opening signs them all, so that every seal has its head."""
    publish_nothing = world.settings.checkpoint_file.read_bytes()
    sizes = []
    for _ in range(3):
        outcome = world.one(world.commission(world.packs(1)))
        sizes.append((outcome.index or 0) + 2)
    world.close()
    world.settings.checkpoint_file.write_bytes(publish_nothing)
    _forget_heads(world, sizes)
    assert world.audit().unsigned == sizes[-1] - sizes[0] + 2
    world.open()
    report = world.audit()
    assert (report.fault, report.unsigned) == (None, 0)


def test_a_head_that_the_server_lost_is_signed_again(world: World) -> None:
    """Heads in the database do not wait for the disk: one that a killed server lost is back with the next group."""
    sizes = [(world.one(world.commission(world.packs(1))).index or 0) + 2 for _ in range(2)]
    _forget_heads(world, sizes[1:])
    fault = world.audit().fault
    assert fault is not None
    assert fault[1] == "checkpoint-missing"
    assert world.one(world.commission(world.packs(1))).status == "recorded"
    report = world.audit()
    assert (report.fault, report.unsigned) == (None, 0)


def test_a_head_on_its_way_to_the_database_is_waited_for(world: World) -> None:
    """Kept outside, its row not yet written: a verifier that comes in between looks again, and finds nothing wrong."""
    world.one(world.commission(world.packs(1)))
    kept, go_on, looks = Event(), Event(), []

    def step(name: str) -> None:
        if name == "kept":
            kept.set()
            assert go_on.wait(60)

    def wait(_seconds: float) -> None:
        looks.append(_seconds)
        go_on.set()
        published.result(60)

    with (
        open_ledger(world.settings) as other, Recorder(other, world.clock, chance("other"), step) as second,
        ThreadPoolExecutor(1) as thread,
    ):  # fmt: skip
        published = thread.submit(second.record, [world.commission(world.packs(1))])
        assert kept.wait(60)
        try:
            report = world.audit(wait=wait)
        finally:
            go_on.set()
    assert (report.fault, len(looks)) == (None, 1)
    assert report.unsigned == 0


def _forget_heads(world: World, sizes: list[int]) -> None:
    engine = unfenced(world.settings.database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM checkpoint WHERE size >= {sizes[0]}")
    engine.dispose()


def test_a_ledger_whose_kept_checkpoint_is_gone_is_not_opened(world: World) -> None:
    """Without what was kept outside, nobody can know whether the database went back in time."""
    world.close()
    kept = world.settings.checkpoint_file.read_bytes()
    world.settings.checkpoint_file.unlink()
    with pytest.raises(NotVerified, match="log-restored"):
        world.open()
    world.settings.checkpoint_file.write_bytes(kept)
    world.open()
