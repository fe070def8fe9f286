"""The long form of the crash tests.

    python -m tests.crash --kills 1000 --seed 7

A third of the kills goes to a recording process on SQLite, a third to one on PostgreSQL, the rest to the
PostgreSQL server itself. Exit status 1 when anything was lost, doubled or otherwise wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import get_args

from ledger.record import Step
from tests.crash.child import Death
from tests.crash.trial import Trial, kill_server
from tests.postgres import PostgresServer, fresh_database

_KILLS_A_TRIAL = 12
_STEPS: tuple[Step, ...] = get_args(Step)


class _Tally:
    """What one kind of trial came to."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.kills: Counter[str] = Counter()
        self.trials = self.statements = self.acknowledged = 0
        self.faults: list[str] = []

    def add(self, trial: Trial) -> None:
        """Finish a trial and count it in."""
        faults = trial.finish()
        self.trials += 1
        self.statements += len(trial.stream)
        self.acknowledged += len(trial.acks())
        self.faults += [f"{self.name}, trial {self.trials}: {fault}" for fault in faults]

    def print(self) -> None:
        """Say it in one row of a table."""
        where = ", ".join(f"{name} {count}" for name, count in sorted(self.kills.items()))
        numbers = (self.kills.total(), self.trials, self.statements, self.acknowledged, len(self.faults))
        print(f"| {self.name} | {' | '.join(f'{number:,}' for number in numbers)} | {where} |", flush=True)


def _kill_recorder(trial: Trial, tally: _Tally, chance: random.Random) -> None:
    """Kill recording processes, half of them at a named step, half at a random moment."""
    threads = chance.choice((1, 1, 4))
    for _ in range(_KILLS_A_TRIAL):
        if chance.random() < 0.5:
            step = chance.choice(_STEPS)
            tally.kills[step] += trial.run(death=Death(step, chance.choice((0, 1, 1, 2))), threads=threads)
        else:
            tally.kills["random"] += trial.run(kill_after=chance.uniform(0, 0.03), threads=threads)


def _kill_server(trial: Trial, tally: _Tally, chance: random.Random, server: PostgresServer) -> None:
    """Kill the server under one recording process, which goes on."""
    process = trial.start(threads=chance.choice((1, 4)))
    for _ in range(_KILLS_A_TRIAL):
        if not process.is_alive():
            break
        kill_server(trial, process, server, chance.uniform(0, 0.05))
        tally.kills["random"] += 1
    process.kill()
    trial.end(process)


def _run(
    name: str, kills: int, chance: random.Random, statements: int,
    url: Callable[[Path], str], attack: Callable[[Trial, _Tally, random.Random], None],
) -> _Tally:  # fmt: skip
    tally = _Tally(name)
    while tally.kills.total() < kills:
        with tempfile.TemporaryDirectory(prefix="packledger-crash-") as folder:
            seed = chance.randrange(10_000)
            trial = Trial(Path(folder), url(Path(folder)), seed=seed, statements=statements)
            attack(trial, tally, chance)
            tally.add(trial)
    return tally


def main() -> int:
    """Run as many kills as asked for; print a table; return 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    chance, started = random.Random(asked.seed), time.monotonic()
    share = -(-asked.kills // 3)
    print("| what is killed | kills | ledgers | statements | answers | faults | where |")
    print("|---|---:|---:|---:|---:|---:|---|")
    tallies = [
        _run("recorder on SQLite", share, chance, 100, lambda at: f"sqlite:///{at}/ledger.db", _kill_recorder)
    ]
    tallies[-1].print()
    with PostgresServer() as server:
        databases = _Databases(server)
        tallies.append(_run("recorder on PostgreSQL", share, chance, 100, databases.next, _kill_recorder))
        tallies[-1].print()
        tallies.append(
            _run(
                "PostgreSQL server", share, chance, 2_500, databases.next,
                lambda trial, tally, chance: _kill_server(trial, tally, chance, server),
            )
        )  # fmt: skip
        tallies[-1].print()
        databases.close()
    print(f"\n{time.monotonic() - started:.0f} seconds")
    faults = [fault for tally in tallies for fault in tally.faults]
    print("\n".join(faults))
    return 1 if faults else 0


class _Databases:
    """One database at a time: the last one is dropped when the next is asked for."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._open = contextlib.ExitStack()

    def next(self, _folder: Path) -> str:
        """Return the address of an empty database."""
        self.close()
        return self._open.enter_context(fresh_database(self._server.url()))

    def close(self) -> None:
        """Drop the database that is there."""
        self._open.close()


if __name__ == "__main__":
    sys.exit(main())
