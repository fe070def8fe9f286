"""The recording process is killed, at every step and at random moments; what it acknowledged is there."""

from __future__ import annotations

import random
from pathlib import Path
from typing import get_args

import pytest

from ledger.record import Step
from tests.crash.child import Death
from tests.crash.trial import Ack, Trial, faults_of, read_acks

STATEMENTS = 80


def test_killed_at_every_step_nothing_is_lost_or_doubled(tmp_path: Path, database_url: str) -> None:
    """Whatever the step, in a process's first group or a later one, the next process carries on."""
    trial = Trial(tmp_path, database_url, seed=1, statements=STATEMENTS)
    for step in get_args(Step):
        for published in (0, 1):
            assert trial.run(death=Death(step, published)), f"outlived {step}"
    assert trial.deaths == 14
    assert len({ack.position for ack in trial.acks()}) < STATEMENTS, "the last deaths found nothing to do"
    assert trial.finish() == []


@pytest.mark.parametrize("threads", [1, 4])
def test_killed_at_random_nothing_is_lost_or_doubled(tmp_path: Path, database_url: str, threads: int) -> None:
    """Whenever the kill comes, also between steps and within them, the next process carries on.

    Threads share transactions: one kill then strikes the submissions of several callers.
    """
    trial = Trial(tmp_path, database_url, seed=2, statements=STATEMENTS)
    chance = random.Random(2)
    for _ in range(5):
        trial.run(kill_after=chance.uniform(0, 0.03), threads=threads)
    assert trial.deaths >= 3
    assert trial.finish() == []


@pytest.mark.parametrize("step", ["committed", "kept", "published"])
def test_killed_while_commits_run_ahead_nothing_is_lost(tmp_path: Path, database_url: str, step: Step) -> None:
    """Groups are committed while the head of an earlier one is kept: they die unanswered, and are there."""
    trial = Trial(tmp_path, database_url, seed=4, statements=STATEMENTS)
    for published in (1, 2, 3):
        trial.run(death=Death(step, published), group=2, threads=4, slow_publisher=True)
    assert trial.deaths == 3
    assert "\nahead\n" in trial.journal_file.read_text(), "no commit ran ahead"
    assert trial.finish() == []


def test_speaking_before_the_head_is_kept_is_seen(tmp_path: Path, database_url: str) -> None:
    """Control: a recorder that answers what no kept head covers is told so, for each answer."""
    trial = Trial(tmp_path, database_url, seed=5, statements=STATEMENTS)
    assert trial.run(death=Death("committed", 0), weakness="speak-before-publication") is True
    trial.run(weakness="speak-before-publication")
    assert [fault.split(",")[0] for fault in trial.faults if fault.startswith("unsigned")] == [
        f"unsigned: submission {position} at {index}" for position, index, _ in trial.acks()[4:]
    ]


def test_speaking_before_the_commit_is_seen(tmp_path: Path, database_url: str) -> None:
    """Control: a recorder that answers before its transaction is durable loses statements, and is told so."""
    trial = Trial(tmp_path, database_url, seed=3, statements=STATEMENTS)
    assert trial.run(death=Death("written", 1), weakness="speak-before-commit")
    assert [fault.split(" at ")[0] for fault in trial.faults if fault.startswith("lost")] == [
        f"lost: submission {position} was acknowledged" for position in range(4, 8)
    ]


@pytest.mark.parametrize(
    ("places", "acks", "signed", "fault"),
    [
        ({b"a": [5], b"b": [6]}, ["ack 0 5 recorded", "ack 0 5 already-recorded", "ack 1 6 recorded"], 8, None),
        ({b"a": [5]}, ["ack 0 5 recorded", "ack 1 6 recorded"], 8, "lost"),
        ({b"a": [5, 7]}, ["ack 0 5 recorded"], 8, "doubled"),
        ({b"a": [7]}, ["ack 0 5 recorded"], 8, "moved"),
        ({b"a": [5, 7]}, ["ack 0 5 recorded", "ack 0 7 already-recorded"], 8, "moved"),
        ({b"a": [5]}, ["ack 0 5 recorded", "ack 0 5 recorded"], 8, "forgotten"),
        ({b"a": [5]}, ["ack 0 5 recorded"], 5, "unsigned"),
        ({b"a": [5]}, ["ack 0 5 refused"], 8, "refused"),
    ],
)  # fmt: skip
def test_the_harness_sees_every_fault(
    places: dict[bytes, list[int]], acks: list[str], signed: int, fault: str | None
) -> None:
    """Each way in which an answer can be untrue has its name; a true one has none."""
    said = read_acks("".join(f"{line}\n" for line in acks))
    found = {each.split(":")[0] for each in faults_of([b"a", b"b"], said, places, signed)}
    assert found == {fault} - {None} or (fault in found and fault == "moved")


def test_an_answer_cut_short_was_not_given() -> None:
    """A line of the journal counts once its end is there."""
    assert read_acks("ack 0 5 recorded\nproblem store-full\nack 1 6 rec") == [Ack(0, 5, "recorded")]
