"""ERPs hand in documents: each event is recorded once, or told with its fault; whatever happens in between."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.capture import Capturing
from ledger.content import EVENT_MEDIA_TYPE
from ledger.errors import Unavailable
from ledger.limits import CAPTURE_BYTES_MAX, CAPTURE_EVENTS_MAX
from ledger.log.statement import kid_of, parse_statement
from ledger.store.log import log_size
from ledger.store.registry import Registry
from tests.api.erp import LD, capture, entries, event, finished, listed, problem_of_epcis, stop_working
from tests.api.kit import Door
from tests.custody.epcis.samples import DOCUMENTS
from tests.kit import case_uri


def test_a_document_becomes_events_of_the_ledger(door: Door) -> None:
    """Each event is a statement of the party, by a key whose registration names the gateway; the ledger verifies."""
    world, maker = door.world, door.world.maker
    packs = world.packs(2)
    job = capture(door, listed(
        event(door, maker, "commissioning", packs),
        event(door, maker, "shipping", packs, destination=world.pharmacy.party),
    ))  # fmt: skip

    assert (job["running"], job["success"], job["errors"]) == (False, True, [])
    assert job["captureErrorBehaviour"] == "rollback"
    (_, _, _, _, data, _) = entries(door, "commissioning")[0]
    statement = parse_statement(data)
    assert (statement.issuer, statement.media_type) == (maker.party, EVENT_MEDIA_TYPE)
    with world.ledger.database.read() as connection:
        signer = Registry().signer(connection, kid_of(data))
        assert signer is not None
        stations = [body for _, kind, _, _, _, body in entries(door, "station")]
    assert signer.party_uri == maker.party
    assert any(b"/gateway/" in body for body in stations)
    assert world.state(packs[0]) == "in_transit"
    assert world.audit().fault is None


def test_the_same_again_is_recorded_once(door: Door) -> None:
    """A document twice, and its events one by one: the first answer, and one statement each."""
    maker, packs = door.world.maker, door.world.packs(1)
    made = event(door, maker, "commissioning", packs)
    assert capture(door, listed(made))["success"]
    door.world.wait(100)
    assert capture(door, listed(made))["success"]
    first = door.post("/events", made, key=door.keys["maker"], media=LD)
    again = door.post("/events", made, key=door.keys["maker"], media=LD)
    assert len(entries(door, "commissioning")) == 1
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert first.json()["status"] == "already-recorded"
    assert first.json()["receipt"]
    assert first.headers["location"] == again.headers["location"]


def test_an_event_at_fault_keeps_all_from_being_recorded(door: Door) -> None:
    """Rollback: none is, and the fault is told with the event's number and EPCIS's type."""
    maker, packs = door.world.maker, door.world.packs(2)
    good = event(door, maker, "commissioning", packs)
    bad = {**event(door, maker, "shipping", packs), "bizStep": "flying"}

    job = capture(door, listed(good, bad), accept_language="zh")

    assert (job["running"], job["success"]) == (False, False)
    (error,) = job["errors"]
    assert (error["type"], error["event"]) == ("epcisException:ValidationException", 1)
    assert entries(door, "commissioning") == []
    assert capture(door, listed(good))["success"], "an event that was rolled back can be handed in again"


def test_proceeding_records_the_others(door: Door) -> None:
    """Proceed: what is good is recorded, what is not is told."""
    maker, packs = door.world.maker, door.world.packs(3)
    events = [event(door, maker, "commissioning", [pack]) for pack in packs]
    events[1]["epcList"] = ["urn:nmpa:dtc:1"]

    job = capture(door, listed(*events), GS1_Capture_Error_Behaviour="proceed")

    assert (job["success"], job["captureErrorBehaviour"]) == (False, "proceed")
    assert [error["event"] for error in job["errors"]] == [1]
    assert len(entries(door, "commissioning")) == 2


def test_what_the_judge_refuses_rolls_back_too(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal inside the transaction leaves no trace of the events before it."""
    monkeypatch.setattr("ledger.recording.batch.LINKS_PER_STATEMENT_MAX", 2)
    world, maker = door.world, door.world.maker
    few, many, case = world.packs(1), world.packs(3), case_uri(1)
    world.record(world.commission(many), world.pack_into(case, many))
    with world.ledger.database.read() as connection:
        before = log_size(connection)
    assert capture(door, listed(event(door, maker, "commissioning", few)))["success"]
    job = capture(door, listed(
        event(door, maker, "shipping", few), event(door, maker, "shipping", [case])
    ))  # fmt: skip
    assert [(error["code"], error["event"]) for error in job["errors"]] == [("links-too-many", 1)]
    assert world.state(few[0]) == "active"
    with world.ledger.database.read() as connection:
        assert log_size(connection) == before + 5 + 3  # gateway's site, station, key; the event; their seals
    assert world.audit().fault is None


def test_a_declaration_comes_before_what_it_is_about(door: Door) -> None:
    """A declaration and what replaces it are recorded together; behind another event of its pack it is refused."""
    maker, (pack,) = door.world.maker, door.world.packs(1)
    made = event(door, maker, "commissioning", [pack])
    assert capture(door, listed(made))["success"]
    wrong = made | {"errorDeclaration": {"declarationTime": "2026-11-22T04:38:00Z", "reason": "incorrect_data"}}
    fresh = event(door, maker, "commissioning", [pack], batch="B2")
    other = event(door, maker, "inspecting", [pack])
    job = capture(door, listed(other, wrong))
    assert [(error["code"], error["event"]) for error in job["errors"]] == [("correction-not-first", 1)]
    elsewhere = event(door, maker, "commissioning", door.world.packs(1))
    assert capture(door, listed(elsewhere, wrong, fresh))["success"]
    assert len(entries(door, "commissioning")) == 4
    assert door.world.audit().fault is None


def test_a_killed_process_loses_nothing(door: Door) -> None:
    """Accepted, then killed before anything was recorded: the next process records it, once."""
    maker, packs = door.world.maker, door.world.packs(1)
    stop_working(door)
    made = event(door, maker, "commissioning", packs)
    answer = door.post("/capture", listed(made), key=door.keys["maker"], media=LD)
    assert answer.json()["running"]
    assert entries(door, "commissioning") == []

    door.close()
    door.open()

    assert finished(door, answer.headers["location"])["success"]
    assert len(entries(door, "commissioning")) == 1


@pytest.mark.parametrize("step", ["signed", "recorded"])
def test_killed_at_any_step(door: Door, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Killed when all was signed, or when all was recorded and the job not finished: done once all the same."""
    captures: Capturing = door.app.state.service.captures

    class Killed(BaseException):
        """Ends the thread as a kill would end the process."""

    def kill(at: str) -> None:
        if at == step:
            raise Killed

    monkeypatch.setattr(captures, "_on_step", kill)
    made = event(door, door.world.maker, "commissioning", door.world.packs(1))
    place = door.post("/capture", listed(made), key=door.keys["maker"], media=LD).headers["location"]
    door.close()
    door.open()
    assert finished(door, place)["success"]
    assert len(entries(door, "commissioning")) == 1


def test_a_database_that_fails_for_a_while(quick_door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that meets a failing database is tried again until it is done."""
    captures = quick_door.app.state.service.captures
    monkeypatch.setattr("ledger.capture._AGAIN_SECONDS", 0.01)
    record, failures = captures._recorder.record_together, [1, 2, 3]

    def failing(submissions: Any) -> Any:
        if failures:
            failures.pop()
            raise Unavailable("store-full")
        return record(submissions)

    monkeypatch.setattr(captures._recorder, "record_together", failing)
    made = event(quick_door, quick_door.world.maker, "commissioning", quick_door.world.packs(1))
    assert capture(quick_door, listed(made))["success"]
    assert not failures


def test_a_fault_of_the_program_ends_its_job_alone(quick_door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job says so, the operator is alarmed, and the next one is done."""
    captures = quick_door.app.state.service.captures
    monkeypatch.setattr(captures, "_record", lambda *_: 1 / 0)
    made = event(quick_door, quick_door.world.maker, "commissioning", quick_door.world.packs(1))
    job = capture(quick_door, listed(made))
    assert job["errors"][0]["code"] == "server-fault"
    assert any(line.get("what") == "server-fault" for line in quick_door.journal)
    monkeypatch.undo()
    assert capture(quick_door, listed(made))["success"]


def test_jobs_are_their_party_s_alone(quick_door: Door) -> None:
    """Another's job is answered like none; one's own are listed in pages, the newest first."""
    door = quick_door
    places = []
    for _ in range(5):
        made = event(door, door.world.maker, "commissioning", door.world.packs(1))
        answer = door.post("/capture", listed(made), key=door.keys["maker"], media=LD)
        places.append(answer.headers["location"])
        door.world.wait(1)
    problem_of_epcis(door.get(places[0], key=door.keys["rival"]), 404, "NoSuchResourceException", "capture-unknown")
    problem_of_epcis(door.get("/capture/0", key=door.keys["maker"]), 404, "NoSuchResourceException", "capture-unknown")
    seen: list[str] = []
    link = "/capture?perPage=2"
    while link:
        answer = door.get(link, key=door.keys["maker"])
        seen += ["/capture/" + job["captureID"] for job in answer.json()["member"]]
        link = answer.headers.get("link", "")[1:].partition(">")[0]
    assert seen == places[::-1]
    assert door.get("/capture", key=door.keys["rival"]).json()["member"] == []
    for token in ("x", "!!!!", "A" * 32):
        answer = door.get(f"/capture?nextPageToken={token}", key=door.keys["maker"])
        assert answer.status_code in (200, 400)


def test_whole_documents_are_refused_at_once(quick_door: Door) -> None:
    """What is no document has no job; each kind of refusal has EPCIS's type."""
    door, key = quick_door, quick_door.keys["maker"]

    def refused(content: Any, status: int, exception: str, code: str, media: str = LD, **headers: str) -> None:
        answer = door.post("/capture", content, key=key, media=media, **headers)
        problem_of_epcis(answer, status, exception, code)

    made = event(door, door.world.maker, "commissioning", door.world.packs(1))
    refused(b"{", 400, "ValidationException", "json-malformed")
    refused(b'{"a":1,"a":2}', 400, "ValidationException", "json-ambiguous")
    refused(b"[" * 100_000, 400, "ValidationException", "json-too-deep")
    refused({"type": "Nothing"}, 400, "ValidationException", "epcis-document")
    refused(b"<a>", 400, "ValidationException", "epcis-xml", "application/xml")
    refused(b'<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>', 400, "ValidationException", "epcis-xml-forbidden", "text/xml")
    refused(b"x", 415, "UnsupportedMediaTypeException", "media-type-unsupported", "text/csv")
    refused(listed(*[made] * (CAPTURE_EVENTS_MAX + 1)), 413, "CaptureLimitExceededException", "epcis-too-many-events")
    refused(b" " * (CAPTURE_BYTES_MAX + 1), 413, "CaptureLimitExceededException", "request-too-large")
    refused(listed(made), 400, "ValidationException", "request-invalid", GS1_Capture_Error_Behaviour="maybe")
    refused(listed(made), 406, "NotAcceptableException", "epcis-header", GS1_EPCIS_Version="1.2")
    refused(listed(made), 406, "NotAcceptableException", "epcis-header", GS1_EPCIS_Version_Min="2.1.0")
    refused(listed(made), 406, "NotAcceptableException", "epcis-header", GS1_CBV_Version="two")
    refused(listed(made), 406, "NotAcceptableException", "epcis-header", GS1_EPC_Format="Never_Translates")
    answer = door.post("/events", listed(made), key=key, media=LD)
    problem_of_epcis(answer, 400, "ValidationException", "epcis-document")
    problem_of_epcis(door.post("/capture", listed(made), media=LD), 401, "SecurityException", "access-missing")
    answer = door.post("/capture", listed(made), key=door.keys["insurer"], media=LD)
    problem_of_epcis(answer, 403, "SecurityException", "access-denied")
    assert door.get("/capture", key=key).json()["member"] == []
    assert door.app.state.service.held._bytes == 0


def test_announced_limits_are_the_enforced_ones(quick_door: Door) -> None:
    """OPTIONS says how many events and octets; exactly so many are taken."""
    answer = quick_door.run(quick_door.request("OPTIONS", "/capture"))
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert answer.headers["gs1-capture-error-behaviour"] == "all"
    assert answer.headers["gs1-epcis-version"] == answer.headers["gs1-cbv-version"] == "2.0.0"
    events = int(answer.headers["gs1-epcis-capture-limit"])
    octets = int(answer.headers["gs1-epcis-capture-file-size-limit"])
    maker = quick_door.world.maker
    full = listed(*[event(quick_door, maker, "inspecting", quick_door.world.packs(1)) for _ in range(events)])
    content = json.dumps(full).encode()
    assert capture(quick_door, content + b" " * (octets - len(content)))["success"]
    assert len(entries(quick_door, "inspecting")) == events
    assert quick_door.world.audit().fault is None


def test_too_many_waiting_documents_are_refused(quick_door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes when too many wait is asked to come again; nothing of theirs was kept."""
    monkeypatch.setattr("ledger.capture.CAPTURE_JOBS_WAITING_MAX", 1)
    stop_working(quick_door)
    made = listed(event(quick_door, quick_door.world.maker, "commissioning", quick_door.world.packs(1)))
    assert quick_door.post("/capture", made, key=quick_door.keys["maker"], media=LD).status_code == 202
    answer = quick_door.post("/capture", made, key=quick_door.keys["maker"], media=LD)
    problem_of_epcis(answer, 503, "ImplementationException", "server-busy")


@pytest.mark.parametrize("name", ["everything.jsonld", "everything.xml", "older.jsonld", "older.xml"])
def test_documents_as_partners_send_them(door: Door, name: str) -> None:
    """EPCIS 2.0 and 1.2, JSON-LD and XML: every event is recorded; twice is once."""
    data, media = (DOCUMENTS / name).read_bytes(), "application/xml" if name.endswith("xml") else LD
    with door.world.ledger.database.read() as connection:
        before = log_size(connection)
    job = capture(door, data, media=media)
    assert job["errors"] == []
    with door.world.ledger.database.read() as connection:
        size = log_size(connection)
    assert size > before + 5
    assert capture(door, data, media=media)["success"]
    with door.world.ledger.database.read() as connection:
        assert log_size(connection) == size
    assert door.world.audit().fault is None
