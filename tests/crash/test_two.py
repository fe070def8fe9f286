"""Two recording processes on one ledger: they take turns, and neither's death disturbs the other."""

from __future__ import annotations

import random
from pathlib import Path

from tests.crash.trial import Trial, read_acks


def test_two_recorders_take_turns(tmp_path: Path, database_url: str) -> None:
    """Both are given the same stream: each statement is new to one of them only, and both name its place."""
    trial = Trial(tmp_path, database_url, seed=6, statements=120)
    second_journal = tmp_path / "second"
    both = [trial.start(group=3), trial.start(group=5, journal=second_journal)]
    assert not any([trial.end(process) for process in both])
    first, second = trial.acks(), read_acks(second_journal.read_text())
    new = [{ack.position for ack in acks if ack.status == "recorded"} for acks in (first, second)]
    assert new[0] | new[1] == set(range(120))
    assert not new[0] & new[1]
    assert {ack[:2] for ack in first} == {ack[:2] for ack in second}
    assert trial.finish() == []


def test_one_is_killed_while_the_other_records(tmp_path: Path, database_url: str) -> None:
    """One process is killed again and again; the other never meets a problem, nothing is lost or doubled."""
    trial = Trial(tmp_path, database_url, seed=7, statements=400)
    chance = random.Random(7)
    steady_journal = tmp_path / "steady"
    steady = trial.start(group=3, journal=steady_journal)
    for _ in range(4):
        trial.run(kill_after=chance.uniform(0, 0.05))
    steady.join()
    assert steady.exitcode == 0
    assert "problem" not in steady_journal.read_text()
    places = {ack.position: ack.index for ack in trial.acks()}
    theirs = {ack.position: ack.index for ack in read_acks(steady_journal.read_text())}
    assert len(theirs) == 400
    assert {position: theirs[position] for position in places} == places
    assert trial.finish() == []
