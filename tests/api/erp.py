"""What a party's own system sends: documents of EPCIS, unsigned, over a connection with an API key."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import httpx

from ledger.custody.event import make_event
from ledger.store.log import get_entries, log_size
from tests.api.kit import Door
from tests.kit import Desk

__all__ = ["LD", "capture", "entries", "event", "finished", "listed", "problem_of_epcis", "stop_working"]

LD = "application/ld+json"
_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


def event(door: Door, by: Desk, kind: str, codes: Sequence[str], **members: Any) -> dict[str, Any]:
    """Return an event at a party's site, now."""
    if kind == "commissioning":
        members = {"batch": "B1", "expiry": 20281231} | members
    event_id = members.pop("event_id", None) or door.world.fresh_id()
    body = make_event(
        kind, event_id=event_id, event_time=door.world.now, codes=list(codes), site=by.site, **members
    )
    value: dict[str, Any] = json.loads(body)
    return value


def listed(*events: dict[str, Any]) -> dict[str, Any]:
    """Return a document of these events."""
    return {
        "@context": [_CONTEXT, {"pl": "urn:packledger:terms:"}], "type": "EPCISDocument", "schemaVersion": "2.0",
        "creationDate": "2026-11-22T12:40:00+08:00", "epcisBody": {"eventList": list(events)},
    }  # fmt: skip


def capture(door: Door, document: Any, *, who: str = "maker", media: str = LD, **headers: str) -> dict[str, Any]:
    """Hand a document in, wait until it is done, and return its job."""
    answer = door.post("/capture", document, key=door.keys[who], media=media, **headers)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/capture/{answer.json()['captureID']}"
    return finished(door, answer.headers["location"], who)


def finished(door: Door, place: str, who: str = "maker") -> dict[str, Any]:
    """Return a job once it is done."""
    for _ in range(400):
        job: dict[str, Any] = door.get(place, key=door.keys[who]).json()
        if not job["running"]:
            return job
        time.sleep(0.02)
    raise AssertionError("the job is never done")


def problem_of_epcis(answer: httpx.Response, status: int, exception: str, code: str) -> dict[str, Any]:
    """Require that an answer is this problem, of this type of EPCIS's."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["gs1-epcis-version"] == "2.0.0"
    document: dict[str, Any] = answer.json()
    assert (document["type"], document["code"]) == (f"epcisException:{exception}", code)
    assert document["status"] == status
    assert document["title"]
    return document


def stop_working(door: Door) -> None:
    """Let the door take documents and do no more with them, as a process that is killed at that moment."""
    door.app.state.service.captures._ending.set()


def entries(door: Door, kind: str) -> list[tuple[Any, ...]]:
    """Return the entries of the log of this kind."""
    with door.world.ledger.database.read() as connection:
        found = get_entries(connection, range(log_size(connection)))
        return [entry for entry in found if entry[1] == kind]
