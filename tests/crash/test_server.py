"""PostgreSQL itself is killed while it is written to; the recorder outlives it and goes on by itself."""

from __future__ import annotations

import random
from pathlib import Path

from tests.crash.trial import Trial, kill_server
from tests.postgres import PostgresServer, fresh_database


def test_a_killed_server_loses_nothing(tmp_path: Path, private_postgres: PostgresServer) -> None:
    """The recorder hears that the store is gone, and the same recorder records on when it is back."""
    chance = random.Random(1)
    with fresh_database(private_postgres.url()) as url:
        trial = Trial(tmp_path, url, seed=4, statements=1_200)
        process = trial.start()
        for _ in range(4):
            kill_server(trial, process, private_postgres, chance.uniform(0, 0.05))
        said = len(trial.acks())
        trial.wait_for(lambda: len(trial.acks()) > said)
        process.kill()
        assert trial.end(process), "the stream ended before its time"
        assert len(trial.problems()) >= 4
        assert set(trial.problems()) == {"store-unavailable"}
        assert trial.finish() == []


def test_a_hasty_server_is_seen(tmp_path: Path) -> None:
    """Control: when commits do not wait for the disk, a killed server loses what was acknowledged.

    The harness says so, and the recorder refuses to go on: the checkpoint that it kept is ahead of the log.
    """
    with PostgresServer({"wal_writer_delay": "10s"}) as server, fresh_database(server.url()) as url:
        trial = Trial(tmp_path, url, seed=5, statements=1_200)
        process = trial.start(weakness="do-not-wait-for-the-disk")
        for _ in range(6):  # one kill may strike just after the log was written out in the background
            kill_server(trial, process, server, 0.05)
            if trial.faults:
                break
        process.join()
        assert process.exitcode == 2
        assert trial.problems()[-1] == "log-restored"
        assert any(fault.startswith("lost") for fault in trial.faults)
