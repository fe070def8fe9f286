"""Whoever means harm at EPCIS's doors gets a problem of EPCIS's own, and never a fault of the program."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.erp import LD, capture, event, listed
from tests.api.kit import Door

_PLACES = (
    "/capture/{}", "/events/{}", "/epcs/{}", "/epcs/{}/events", "/bizSteps/{}/events", "/bizLocations/{}/events",
    "/readPoints/{}/events", "/dispositions/{}/events", "/eventTypes/{}/events", "/queries/{}", "/queries/{}/events",
    "/queries/{}/subscriptions", "/queries/q/subscriptions/{}", "/capture?nextPageToken={}", "/capture?perPage={}",
    "/bizSteps?nextPageToken={}", "/bizSteps?perPage={}", "/epcs?nextPageToken={}", "/events?nextPageToken={}",
    "/events?perPage={}", "/events?EQ_bizStep={}", "/events?EQ_eventID={}", "/events?MATCH_anyEPC={}",
    "/events?GE_eventTime={}", "/events?GE_recordTime={}", "/events?EQ_bizLocation={}", "/events?EQ_{}=1",
    "/events?EQ_source_{}=urn:a:b", "/events?EQ_https://x.example/{}=1", "/events?EQ_https://x.example/a={}",
    "/events?orderBy={}", "/events?eventCountLimit={}", "/events?WD_readPoint={}", "/events?{}", "/queries/q/events?{}",
)  # fmt: skip
_VALUES = (
    "%00", "a%00b", "%ff%fe", "%ed%a0%80", "%F0%9F%92%8A", "x" * 3_000, "'%20OR%201=1--", "..%2F..%2Fetc", "-1", "1e9",
    "99999999999999999999", "AA", "AAAA", "____", "urn:a:%00", "https://id.gs1.org/01/00000000000000/21/%00", "|", "*",
    "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00%2B14:00", "urn:epc:idpat:sgtin:*.*.*", "%25", "%0d%0aSet-Cookie:a",
)  # fmt: skip


@pytest.mark.parametrize("who", ["maker", "auditor"])
def test_values_that_nobody_means_well(door: Door, who: str) -> None:
    """In paths, parameters and tokens: answered, or refused with a reason; nothing breaks, and no header is forged."""
    made = event(door, door.world.maker, "commissioning", door.world.packs(2))
    assert capture(door, listed(made))["success"]
    asks = [place.format(value) for place in _PLACES for value in _VALUES]
    answers = door.at_once(*(door.request("GET", ask, key=door.keys[who]) for ask in asks))
    for ask, answer in zip(asks, answers, strict=True):
        assert answer.status_code in (200, 400, 403, 404, 406, 413), (ask, answer.text)
        assert "set-cookie" not in answer.headers
        if answer.status_code >= 400:
            assert answer.json()["type"].startswith(("epcisException:", "urn:packledger:problem:")), ask
    assert not [line for line in door.journal if line["event"] == "alarm"]


_LONG = json.dumps(listed({"type": "ObjectEvent", "a:b": 7})).replace(": 7", f": 1{'0' * 9_999}").encode()


def bodies() -> list[tuple[str, bytes, str]]:
    """Return (name, content, media type) of documents that attack."""
    deep: Any = {"a:b": 1}
    for _ in range(200):
        deep = {"a:b": deep}
    wide = {f"a:n{number}": "x" for number in range(50_000)}
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'
    outside = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
    nested = b"<a>" * 10_000 + b"</a>" * 10_000
    return [
        ("deep", json.dumps(listed({"type": "ObjectEvent", **deep})).encode(), LD),
        ("deep lists", b"[" * 1_000_000, LD),
        ("wide", json.dumps(listed({"type": "ObjectEvent", **wide})).encode(), LD),
        ("bomb", bomb, "application/xml"), ("outside", outside, "application/xml"),
        ("nested", nested, "application/xml"), ("utf-16", "<a/>".encode("utf-16"), "text/xml"),
        ("numbers", _LONG, LD),
        ("halves", b'{"type":"\\ud800"}', LD), ("nothing", b"", LD), ("null", b"null", LD),
        ("many", json.dumps(listed(*[{"type": "ObjectEvent"}] * 1_000)).encode(), LD),
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "media"), bodies(), ids=[name for name, *_ in bodies()])
def test_documents_that_attack(quick_door: Door, name: str, content: bytes, media: str) -> None:
    """Refused at once, or event by event; nothing is recorded, nothing stays held."""
    for path in ("/capture", "/events"):
        answer = quick_door.post(path, content, key=quick_door.keys["maker"], media=media)
        assert answer.status_code in (202, 400), (name, answer.text[:500])
        if answer.status_code == 400:
            assert answer.json()["type"].startswith("epcisException:")
    job = capture(quick_door, content, media=media) if answer_is_taken(quick_door, content, media) else None
    assert job is None or not job["success"]
    service = quick_door.app.state.service
    assert service.held._bytes == 0
    assert not [line for line in quick_door.journal if line["event"] == "alarm"]


def answer_is_taken(door: Door, content: bytes, media: str) -> bool:
    """Say whether a document is taken as a whole."""
    answer = door.post("/capture", content, key=door.keys["maker"], media=media)
    return answer.status_code == 202


def test_another_party_s_packs_and_ids(door: Door) -> None:
    """An event about packs that are another's is recorded, as every attempt is, in one's own name; it moves nothing."""
    world = door.world
    packs = world.packs(1)
    made = event(door, world.maker, "commissioning", packs)
    assert capture(door, listed(made))["success"]
    wrong = made | {"errorDeclaration": {"declarationTime": "2026-11-22T04:38:00Z", "reason": "did_not_occur"}}
    answer = door.post("/events", wrong, key=door.keys["rival"], media=LD)
    assert {each["name"] for each in answer.json()["anomalies"]} == {"nothing-to-correct"}
    assert world.state(packs[0]) == "active"
    taken = event(door, world.rival, "dispensing", packs, event_id=made["eventID"])
    answer = door.post("/events", taken, key=door.keys["rival"], media=LD)
    assert answer.status_code == 201
    assert answer.json()["verdict"] != "ok"
    answer = door.get(f"/events/{made['eventID']}?EQ_bizStep=commissioning", key=door.keys["maker"])
    found = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert len([each for each in found if "errorDeclaration" not in each]) == 1
    assert world.audit().fault is None
