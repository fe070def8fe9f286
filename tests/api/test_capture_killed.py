"""A server that is killed while it captures: whatever it accepted is recorded once, when it is started again."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.custody.event import make_event
from ledger.store.log import get_entries, log_size
from tests.api.erp import LD, listed
from tests.api.serving import Server, serving
from tests.kit import World

_DOCUMENTS = 12
_EVENTS = 40


def document(world: World) -> dict[str, Any]:
    """Return a document of events that nobody sent before."""
    events = [
        make_event(
            "commissioning", event_id=world.fresh_id(), event_time=world.now, codes=world.packs(1),
            site=world.maker.site, batch="B1", expiry=20281231,
        )
        for _ in range(_EVENTS)
    ]  # fmt: skip
    return listed(*map(json.loads, events))


def sent(server: Server, documents: list[dict[str, Any]]) -> list[str]:
    """Hand documents in, kill the server while it works on them, and return the jobs that it acknowledged."""
    headers = {"Authorization": f"Bearer {server.key}", "Content-Type": LD}
    places = []
    with httpx.Client(timeout=30) as client:
        for each in documents:
            answer = client.post(f"{server.url}/capture", content=json.dumps(each), headers=headers)
            assert answer.status_code == 202, answer.text
            places.append(answer.headers["location"])
    server.process.send_signal(signal.SIGKILL)
    server.process.wait(30)
    return places


@pytest.mark.parametrize("kills", [3])
def test_a_killed_server_records_what_it_accepted(tmp_path: Path, database_url: str, kills: int) -> None:
    """Killed again and again in the middle of its work: every event of every document is in the log, once."""
    with World(tmp_path / "home", database_url) as world:
        places: list[str] = []
        for _ in range(kills):
            with serving(world, tmp_path) as server:
                places += sent(server, [document(world) for _ in range(_DOCUMENTS)])
        with serving(world, tmp_path) as server:
            headers = {"Authorization": f"Bearer {server.key}"}
            until = time.monotonic() + 120
            for place in places:
                while (job := httpx.get(server.url + place, headers=headers).json())["running"]:
                    assert time.monotonic() < until
                    time.sleep(0.05)
                assert job["success"], job
        with world.ledger.database.read() as connection:
            bodies = [entry[5] for entry in get_entries(connection, range(log_size(connection)))]
        made = [json.loads(body)["eventID"] for body in bodies if b'"commissioning"' in body]
        assert len(made) == len(set(made)) == kills * _DOCUMENTS * _EVENTS
        assert world.audit().fault is None
