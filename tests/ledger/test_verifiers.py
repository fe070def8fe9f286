"""Signatures verified in other processes: the same answers, also when those processes die."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

from ledger.log.keys import PublicKey
from ledger.log.statement import Statement, parse_statement
from ledger.record import Recorder
from ledger.recording.verifiers import Verifiers
from ledger.submission import Submission
from tests.kit import World

MANY = 130


def forged(submission: Submission) -> Submission:
    """Return the submission with one bit of its signature flipped."""
    data = submission.statement
    return Submission(data[:-1] + bytes([data[-1] ^ 1]), submission.body, submission.confidential)


def signed(world: World, bad: set[int]) -> list[tuple[Statement, PublicKey]]:
    """Return many statements with the keys they name; those numbered in `bad` do not verify."""
    submissions = [world.inspect([pack], by=world.regulator) for pack in world.packs(MANY)]
    submissions = [forged(each) if number in bad else each for number, each in enumerate(submissions)]
    return [(parse_statement(each.statement), world.regulator.key.public) for each in submissions]


def test_processes_answer_as_this_one_does(sqlite_url: str, tmp_path: Path) -> None:
    """Here or there, the same statements verify, in the same order; a key of somebody else never does."""
    with World(tmp_path / "home", sqlite_url) as world:
        checks = signed(world, bad={0, 64, 65, MANY - 1})
        checks[3] = (checks[3][0], world.maker.key.public)
    here, there = Verifiers(0), Verifiers(2)

    answers = there.begin(checks)()

    assert answers == here.begin(checks)()
    assert [number for number, answer in enumerate(answers) if not answer] == [0, 3, 64, 65, MANY - 1]
    there.close()


def test_killed_processes_are_done_without(sqlite_url: str, tmp_path: Path) -> None:
    """When the processes are killed, this one verifies alone, and goes on so."""
    with World(tmp_path / "home", sqlite_url) as world:
        checks = signed(world, bad={7})
    verifiers = Verifiers(1)
    expected = verifiers.begin(checks)()
    for child in multiprocessing.active_children():
        child.kill()
        child.join()

    assert verifiers.begin(checks)() == expected
    assert verifiers.begin(checks)() == expected
    verifiers.close()


def test_a_forgery_among_many_is_refused_alone(database_url: str, tmp_path: Path) -> None:
    """Recorded through processes: the forged one is refused, its neighbours stand."""
    with World(tmp_path / "home", database_url) as world:
        packs = world.packs(MANY)
        world.record(world.commission(packs))
        submissions = [world.inspect([pack], by=world.regulator) for pack in packs]
        submissions[70] = forged(submissions[70])
        with Recorder(world.ledger, world.clock, world.chance, verifiers=1) as recorder:
            outcomes = recorder.record(submissions)

        assert [number for number, each in enumerate(outcomes) if each.status != "recorded"] == [70]
        assert outcomes[70].problem is not None
        assert outcomes[70].problem.code == "signature-wrong"
        assert world.audit().fault is None
