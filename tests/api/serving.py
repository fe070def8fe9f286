"""`packledger serve` in processes of its own, over real sockets, for as long as a block lasts."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from ledger.access import give_api_key
from ledger.identity.registration import Party
from ledger.log.merkle import leaf_hash
from ledger.store.log import find_leaves
from ledger.submission import Submission
from tests.api.kit import LINES, Door
from tests.house.tree import REPOSITORY
from tests.kit import Desk, World

__all__ = ["START_SECONDS", "Server", "free_port", "operator_key", "patient", "recorded", "serving"]

START_SECONDS = 300


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Server:
    """`packledger serve` in processes of its own."""

    def __init__(self, world: World, process: subprocess.Popen[bytes], port: int, journal: Path) -> None:
        self.process = process
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._journal = journal
        self.key = give_api_key(
            world.ledger.database, world.maker.party, roles=["manufacturer"], label="test", now=int(time.time()),
            expires=2**35, random=os.urandom,
        )  # fmt: skip

    def submit(self, submission: Submission, client: httpx.Client) -> dict[str, Any]:
        """Hand one submission in; return its outcome."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": LINES}
        answer = client.post(f"{self.url}/v1/statements", content=Door.lines(submission), headers=headers)
        assert answer.status_code == 200, answer.text
        outcome: dict[str, Any] = answer.json()["outcomes"][0]
        return outcome

    def lines(self) -> list[dict[str, Any]]:
        """Return what the processes wrote in their journal; anything else that they wrote is an error."""
        return [json.loads(line) for line in self._journal.read_text().splitlines()]


def recorded(world: World, submissions: Sequence[Submission]) -> list[int | None]:
    """Return the place of each of these in the log, None where it has none."""
    leaves = [leaf_hash(each.statement) for each in submissions]
    with world.ledger.database.read() as connection:
        found = find_leaves(world.ledger.database, connection, leaves)
    return [found.get(leaf) for leaf in leaves]


def patient(
    server: Server, own: Sequence[Submission], code: str, heard: threading.Event, done: threading.Semaphore
) -> list[int]:
    """Hand each of these in until it is answered; return their places. Only a 503 with this code may come instead."""
    places, until = [], time.monotonic() + START_SECONDS
    headers = {"Authorization": f"Bearer {server.key}", "Content-Type": LINES}
    with httpx.Client(timeout=60) as client:
        for each in own:
            while True:
                answer = client.post(f"{server.url}/v1/statements", content=Door.lines(each), headers=headers)
                if answer.status_code == 200:
                    break
                assert (answer.status_code, answer.json()["code"]) == (503, code)
                assert answer.headers["retry-after"]
                assert time.monotonic() < until, "it is still told to come again"
                heard.set()
                time.sleep(0.05)
            (outcome,) = answer.json()["outcomes"]
            assert outcome["status"] in ("recorded", "already-recorded")
            places.append(outcome["index"])
            done.release()
    return places


def operator_key(world: World, operator: Desk) -> str:
    """Return an API key of an operator, who is registered for it."""
    party = Party(uri=operator.party, roles=("operator",), name_en="Operator", name_zh="运营方", region="610800")
    world.one(world.register(party))
    return give_api_key(
        world.ledger.database, operator.party, roles=["operator"], label="test", now=int(time.time()), expires=2**35,
        random=os.urandom,
    )  # fmt: skip


@contextmanager
def serving(world: World, folder: Path, journal: Path | None = None, **settings: str) -> Iterator[Server]:
    """Serve a world's ledger until the block ends, with its journal in a file of this folder or where else it is."""
    port, journal = free_port(), journal or folder / "journal"
    environment = {
        **os.environ, "PYTHONPATH": str(REPOSITORY), "PACKLEDGER_PORT": str(port),
        "PACKLEDGER_DATABASE_URL": world.settings.database_url, "PACKLEDGER_RATE_PER_SECOND": "10000",
        **{f"PACKLEDGER_{name.upper()}": value for name, value in settings.items()},
    }  # fmt: skip
    command = [sys.executable, "-m", "ledger.cli", "serve", "--home", str(world.settings.home)]
    with journal.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, env=environment, cwd=folder)
    try:
        server = Server(world, process, port, journal)
        until = time.monotonic() + START_SECONDS
        while True:
            assert process.poll() is None, journal.read_text()
            assert time.monotonic() < until, journal.read_text()
            try:
                if httpx.get(f"{server.url}/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.05)
        yield server
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
