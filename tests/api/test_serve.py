"""The server as it is run: processes of its own, real sockets, an orderly end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from ledger.cli.exits import Exit
from ledger.submission import Submission
from tests.api.serving import START_SECONDS, free_port, operator_key, recorded, serving
from tests.house.tree import REPOSITORY
from tests.kit import Desk, World


def test_what_was_accepted_is_answered(tmp_path: Path, database_url: str) -> None:
    """Told to end in the middle of a crowd, the server answers every request that it took, and ends well.

    Whoever got no answer was not heard: nothing of theirs is in the log.
    """
    with World(tmp_path / "home", database_url) as world:
        submissions = [world.commission(world.packs(1)) for _ in range(240)]
        done = threading.Semaphore(0)
        with serving(world, tmp_path) as server, ThreadPoolExecutor(12) as threads:

            def station(own: Sequence[Submission]) -> list[dict[str, Any] | None]:
                outcomes: list[dict[str, Any] | None] = []
                with httpx.Client(timeout=30) as client:
                    for each in own:
                        try:
                            outcomes.append(server.submit(each, client))
                            done.release()
                        except httpx.TransportError:
                            outcomes.append(None)  # not taken: the server no longer listens, or let go of the line
                return outcomes

            stations = [threads.submit(station, submissions[at::12]) for at in range(12)]
            for _ in range(60):
                assert done.acquire(timeout=30)
            server.process.send_signal(signal.SIGTERM)
            outcomes = [each.result() for each in stations]
            assert server.process.wait(30) == -signal.SIGTERM  # as the signal asked, but only after all the rest
            lines = server.lines()
        answered = [outcome for of_station in outcomes for outcome in of_station]
        assert any(answered)
        assert {each["status"] for each in answered if each is not None} == {"recorded"}
        assert not all(answered)
        places = recorded(world, [each for at in range(12) for each in submissions[at::12]])
        assert places == [None if each is None else each["index"] for each in answered]
        assert [line["event"] for line in lines if line["event"] != "request"] == ["open", "closing", "closed"]
        assert world.audit().fault is None


def test_several_processes_take_turns(tmp_path: Path, postgres_url: str) -> None:
    """Two processes record side by side into one log: nothing is lost, doubled or forked, and both did work."""
    with World(tmp_path / "home", postgres_url) as world:
        submissions = [world.commission(world.packs(1)) for _ in range(160)]
        with serving(world, tmp_path, serve_processes="2") as server, ThreadPoolExecutor(8) as threads:

            def station(own: Sequence[Submission]) -> list[dict[str, Any]]:
                outcomes = []
                for each in own:  # a connection each: the system hands them to either process
                    with httpx.Client(timeout=30) as client:
                        outcomes.append(server.submit(each, client))
                        outcomes.append(server.submit(each, client))
                return outcomes

            stations = list(threads.map(station, [submissions[at::8] for at in range(8)]))
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(30)
            lines = server.lines()
        firsts = [outcome for outcomes in stations for outcome in outcomes[::2]]
        seconds = [outcome for outcomes in stations for outcome in outcomes[1::2]]
        assert {each["status"] for each in firsts} == {"recorded"}
        assert {each["status"] for each in seconds} == {"already-recorded"}
        assert [each["index"] for each in firsts] == [each["index"] for each in seconds]
        places = recorded(world, [each for at in range(8) for each in submissions[at::8]])
        assert places == [each["index"] for each in firsts]
        assert len({line["process"] for line in lines if line["event"] == "request"}) == 2
        assert world.audit().fault is None


def test_several_interrupted_processes_say_so(tmp_path: Path, sqlite_url: str) -> None:
    """As every command that Ctrl-C ends does."""
    with World(tmp_path / "home", sqlite_url) as world, serving(world, tmp_path, serve_processes="2") as server:
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(30) == Exit.CANCELLED


def test_a_worker_that_is_killed_loses_nothing(tmp_path: Path, postgres_url: str) -> None:
    """Killed in the middle of a crowd: what was answered is recorded, the rest is handed in again, and all add up.

    Another process takes its place; what the dead one had counted still counts.
    """
    with World(tmp_path / "home", postgres_url) as world:
        submissions = [world.commission(world.packs(1)) for _ in range(160)]
        done = threading.Semaphore(0)
        with serving(world, tmp_path, serve_processes="2") as server, ThreadPoolExecutor(8) as threads:

            def station(own: Sequence[Submission]) -> list[dict[str, Any]]:
                outcomes: list[dict[str, Any]] = []
                for each in own:
                    while len(outcomes) < len(own):
                        try:
                            with httpx.Client(timeout=30) as client:
                                outcomes.append(server.submit(each, client))
                            done.release()
                            break
                        except httpx.TransportError:
                            time.sleep(0.05)
                return outcomes

            stations = [threads.submit(station, submissions[at::8]) for at in range(8)]
            for _ in range(40):
                assert done.acquire(timeout=60)
            victim = next(line["process"] for line in server.lines() if line["event"] == "request")
            os.kill(victim, signal.SIGKILL)
            outcomes = [each.result() for each in stations]
            operator = Desk("operator", "https://operator.example/", "", "", world.maker.key)
            key = operator_key(world, operator)
            counted = httpx.get(f"{server.url}/metrics", headers={"Authorization": f"Bearer {key}"}, timeout=30).text
            until = time.monotonic() + START_SECONDS
            while len({line["process"] for line in server.lines() if line["event"] == "open"}) < 3:
                assert time.monotonic() < until
                time.sleep(0.1)
        places = recorded(world, [each for at in range(8) for each in submissions[at::8]])
        assert None not in places
        assert [each["index"] for of_station in outcomes for each in of_station] == places
        found = re.findall(r'packledger_submissions_total\{status="(\S+)"\} (\S+)', counted)
        told = {status: float(value) for status, value in found}
        assert told["recorded"] + told.get("already-recorded", 0) >= len(submissions)
        assert world.audit().fault is None


def test_a_ledger_that_cannot_be_opened_is_told_at_once(tmp_path: Path, sqlite_url: str) -> None:
    """The command ends with the problem and its exit code, before anything listens."""
    with World(tmp_path / "home", sqlite_url) as world:
        world.settings.checkpoint_file.unlink()
        command = [sys.executable, "-m", "ledger.cli", "serve", "--home", str(world.settings.home), "--json"]
        environment = {**os.environ, "PACKLEDGER_DATABASE_URL": sqlite_url, "PACKLEDGER_PORT": str(free_port())}
        done = subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        assert done.returncode == 13
        assert json.loads(done.stderr)["code"] == "log-restored"


def test_a_server_starts_without_what_few_doors_need() -> None:
    """What asks the lake is loaded when an office asks: each process would else hold half as much memory again."""
    asked = (
        "import sys; import api.app;"
        " print(*sorted({'duckdb', 'networkx', 'pandas', 'pyarrow', 'scipy', 'sqlglot'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", asked], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
