"""The server in trouble: what fails is told in words, nothing answered is lost, and it goes on by itself."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.settings import SETTINGS_FILE
from tests.api.serving import START_SECONDS, Server, patient, recorded, serving
from tests.house.tree import REPOSITORY
from tests.kit import World
from tests.postgres import PostgresServer, fresh_database


@pytest.mark.parametrize("end", ["stop", "kill9"])
def test_a_database_that_goes_and_comes_back(tmp_path: Path, private_postgres: PostgresServer, end: str) -> None:
    """Under load: whoever asks meanwhile is told to come again, and the same server records again when it is back."""
    with fresh_database(private_postgres.url()) as url, World(tmp_path / "home", url) as world:
        submissions = [world.commission(world.packs(1)) for _ in range(90)]
        heard, done = threading.Event(), threading.Semaphore(0)
        with serving(world, tmp_path) as server, ThreadPoolExecutor(6) as threads:
            stations = [
                threads.submit(patient, server, submissions[at::6], "store-unavailable", heard, done)
                for at in range(6)
            ]
            for _ in range(20):
                assert done.acquire(timeout=60)
            getattr(private_postgres, end)()
            assert heard.wait(60)
            assert httpx.get(f"{server.url}/healthz").status_code == 200
            assert httpx.get(f"{server.url}/readyz", timeout=60).status_code == 503
            private_postgres.start()
            places = [place for each in stations for place in each.result()]
            assert httpx.get(f"{server.url}/readyz", timeout=60).status_code == 200
            events = {line["event"] for line in server.lines()}
        assert len(set(places)) == len(submissions)
        assert "alarm" not in events
        assert world.audit().fault is None


def test_processes_that_are_killed_while_the_database_is_away(
    tmp_path: Path, private_postgres: PostgresServer
) -> None:
    """First one, then all of them: the server waits longer each time, and records again when the database is back.

    Told to end while a process cannot be started again, it ends at once; all that was answered is in the log.
    """
    with fresh_database(private_postgres.url()) as url, World(tmp_path / "home", url) as world:
        submissions = [world.commission(world.packs(1)) for _ in range(2)]
        with serving(world, tmp_path, serve_processes="2") as server:
            with httpx.Client(timeout=60) as client:
                before = server.submit(submissions[0], client)
            first, second = opened(server, 2)
            private_postgres.kill9()
            os.kill(first, signal.SIGKILL)
            pauses = paused(server, 3)
            assert pauses == sorted(pauses)
            assert pauses[0] == 0 < pauses[-1]
            assert httpx.get(f"{server.url}/healthz", timeout=60).status_code == 200
            os.kill(second, signal.SIGKILL)
            paused(server, 5)
            private_postgres.start()
            assert len(opened(server, 4)) == 4
            with httpx.Client(timeout=60) as client:
                outcomes = [server.submit(each, client) for each in submissions]
            assert [each["status"] for each in outcomes] == ["already-recorded", "recorded"]
            assert outcomes[0]["index"] == before["index"]
            private_postgres.kill9()
            os.kill(opened(server, 4)[-1], signal.SIGKILL)
            paused(server, len(paused(server, 5)) + 2)
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(30) == 0
            private_postgres.start()
        assert recorded(world, submissions) == [each["index"] for each in outcomes]
        world.one(world.commission(world.packs(1)))  # signs the head that the database lost when it was killed
        assert world.audit().fault is None


def opened(server: Server, count: int) -> list[int]:
    """Return the processes that opened the ledger, once they are so many."""
    return [line["process"] for line in said(server, "open", count)]


def paused(server: Server, count: int) -> list[int]:
    """Return the pauses after which processes that ended are followed, once they are so many."""
    return [line["again_in_seconds"] for line in said(server, "process-ended", count)]


def said(server: Server, event: str, count: int) -> list[dict[str, Any]]:
    """Return the journal's lines about this, once they are so many."""
    until = time.monotonic() + START_SECONDS
    while True:
        found = [line for line in server.lines() if line["event"] == event]
        if len(found) >= count:
            return found
        assert server.process.poll() is None, "the server has ended"
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.mark.parametrize("processes", ["1", "2"])
def test_an_address_that_is_taken_is_told(tmp_path: Path, sqlite_url: str, processes: str) -> None:
    """Before anything is opened: one coded sentence, and the exit code of what the machine refuses."""
    with World(tmp_path / "home", sqlite_url) as world, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "ledger.cli", "serve", "--home", str(world.settings.home), "--json"]
        environment = {
            **os.environ, "PACKLEDGER_DATABASE_URL": sqlite_url, "PACKLEDGER_PORT": str(port),
            "PACKLEDGER_SERVE_PROCESSES": processes,
        }  # fmt: skip
        done = subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    told = json.loads(done.stderr)
    assert (done.returncode, told["code"]) == (2, "address-unusable")
    assert str(port) in told["detail"]


def test_what_is_not_http_leaves_a_line_of_its_own_kind(tmp_path: Path, sqlite_url: str) -> None:
    """What libraries say stands in the journal as everything else does, without what was sent."""
    with World(tmp_path / "home", sqlite_url) as world, serving(world, tmp_path) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as line:
            line.sendall(b"87709840000000015538\r\n\r\n")
            assert line.makefile("rb").readline().startswith(b"HTTP/1.1 400 ")
        until = time.monotonic() + 30
        said: list[dict[str, Any]] = []
        while not said:
            assert time.monotonic() < until
            said = [line for line in server.lines() if line["event"] == "library"]
    assert said[0]["logger"].startswith("uvicorn")
    assert "8770984" not in json.dumps(said)


def _at_another_schema(world: World) -> None:
    with world.ledger.database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")


def _without_a_secret(world: World) -> None:
    world.settings.master_key_file.unlink()


def _with_wrong_settings(world: World) -> None:
    (world.settings.home / SETTINGS_FILE).write_text("rate_per_minute = 1\n")


@pytest.mark.parametrize(
    ("befalls", "code", "exit_code"),
    [
        (_at_another_schema, "store-needs-migration", 15),
        (_without_a_secret, "secret-missing", 1),
        (_with_wrong_settings, "settings-malformed", 1),
    ],
)
def test_what_lasts_ends_the_server(
    tmp_path: Path, postgres_url: str, befalls: Callable[[World], None], code: str, exit_code: int
) -> None:
    """A process that is killed can never start again: the server says why in a sentence, and ends with its exit code.

    The other process is ended in order; what was answered is in the log.
    """
    with World(tmp_path / "home", postgres_url) as world:
        submission = world.commission(world.packs(1))
        with serving(world, tmp_path, serve_processes="2") as server:
            with httpx.Client(timeout=60) as client:
                outcome = server.submit(submission, client)
            first, second = opened(server, 2)
            befalls(world)
            os.kill(first, signal.SIGKILL)
            assert server.process.wait(60) == exit_code
            told = (tmp_path / "journal").read_text()
        lines, said_last = told[: told.rindex("}\n") + 2].splitlines(), told[told.rindex("}\n") + 2 :]
        assert said_last.startswith(f"{code} ")
        assert "Traceback" not in said_last
        assert [line["process"] for line in map(json.loads, lines) if line["event"] == "closed"] == [second]
        assert recorded(world, [submission]) == [outcome["index"]]
