"""An ERP hands in the same again, or another event of the same id: it is recorded once, whatever key signs it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.capture import readable
from ledger.custody.epcis.capture import CapturedEvent, read_capture
from ledger.identity.registration import Revocation
from ledger.log.statement import kid_of
from ledger.store.access import roles_of_party
from ledger.store.registry import Registry
from tests.api.erp import LD, capture, entries, event, finished, listed, problem_of_epcis
from tests.api.kit import Door


def test_an_id_is_used_once(door: Door) -> None:
    """Another event under an id of the same party is refused; under another party's it is not theirs to take."""
    maker, packs = door.world.maker, door.world.packs(2)
    made = event(door, maker, "commissioning", packs[:1])
    other = event(door, maker, "commissioning", packs[1:], event_id=made["eventID"])
    assert door.post("/events", made, key=door.keys["maker"], media=LD).status_code == 201
    answer = door.post("/events", other, key=door.keys["maker"], media=LD)
    problem_of_epcis(answer, 409, "ResourceAlreadyExistsException", "event-exists")
    job = capture(door, listed(other))
    assert job["errors"][0]["type"] == "epcisException:ResourceAlreadyExistsException"
    twice = event(door, maker, "inspecting", packs[:1])
    job = capture(door, listed(twice, {**twice, "disposition": "damaged"}))
    assert [error["event"] for error in job["errors"]] == [1]
    rival = event(door, door.world.rival, "inspecting", packs[:1], event_id=made["eventID"])
    assert door.post("/events", rival, key=door.keys["rival"], media=LD).status_code == 201


def test_an_id_is_used_once_at_the_same_moment(door: Door) -> None:
    """Eight bodies under one id, sent together, some alone and some as documents: one is recorded, whichever it is."""
    maker, packs = door.world.maker, door.world.packs(8)
    event_id = door.world.fresh_id()
    made = [event(door, maker, "commissioning", [pack], event_id=event_id) for pack in packs]
    alone = [door.request("POST", "/events", each, key=door.keys["maker"], media=LD) for each in made[:5]]
    listing = [door.request("POST", "/capture", listed(each), key=door.keys["maker"], media=LD) for each in made[5:]]
    answers = door.at_once(*alone, *listing)
    jobs = [finished(door, answer.headers["location"]) for answer in answers[5:]]
    told = sorted([answer.status_code for answer in answers[:5]] + [201 if job["success"] else 409 for job in jobs])
    assert told == [201] + [409] * 7
    assert {error["code"] for job in jobs for error in job["errors"]} <= {"event-exists"}
    assert len(entries(door, "commissioning")) == 1
    assert door.world.audit().fault is None


@pytest.mark.parametrize("together", [True, False])
def test_what_was_signed_side_by_side_is_decided_when_recorded(door: Door, together: bool) -> None:
    """Both were signed before either was in the log; in one transaction or two, in whichever order, the first stays."""
    service, maker, packs = door.app.state.service, door.world.maker, door.world.packs(2)
    event_id = door.world.fresh_id()
    party = registered_number(door, maker.party)
    first, second = (
        service.captures.sign_one(party, captured(event(door, maker, "commissioning", [pack], event_id=event_id)))
        for pack in packs
    )
    groups = [[second, first, second]] if together else [[second], [first], [second]]
    outcomes = [outcome for group in groups for outcome in door.run(service.recording.record(group))]
    told = [(each.outcome.status, each.outcome.problem and each.outcome.problem.code) for each in outcomes]
    assert told == [("recorded", None), ("refused", "event-exists"), ("already-recorded", None)]
    correction = event(door, maker, "commissioning", packs[1:], event_id=event_id)
    wrong = correction | {"errorDeclaration": {"declarationTime": "2026-11-22T04:38:00Z", "reason": "incorrect_data"}}
    assert door.post("/events", wrong, key=door.keys["maker"], media=LD).status_code == 201
    assert door.world.audit().fault is None


@pytest.mark.parametrize("order", ["first key, then next", "next key, then first", "together"])
@pytest.mark.parametrize("declares", [False, True])
def test_a_body_signed_by_two_keys_is_recorded_once(door: Door, order: str, declares: bool) -> None:
    """Signed while one key ends, and again by the next before either is in the log: one place, and its answer twice."""
    service, world, maker = door.app.state.service, door.world, door.world.maker
    made = event(door, maker, "commissioning", world.packs(1))
    assert door.post("/events", made, key=door.keys["maker"], media=LD).status_code == 201
    if declares:
        made |= {"errorDeclaration": {"declarationTime": "2026-11-22T04:38:00Z", "reason": "incorrect_data"}}
    else:
        made = event(door, maker, "commissioning", world.packs(1))
    party = registered_number(door, maker.party)
    before = service.captures.sign_one(party, captured(made))
    revoke(door, kid_of(before.statement), "retired")
    after = service.captures.sign_one(party, captured(made))
    assert kid_of(before.statement) != kid_of(after.statement)
    size = len(entries(door, "commissioning"))

    signed = [after, before] if order == "next key, then first" else [before, after]
    groups = [signed] if order == "together" else [[each] for each in signed]
    told = [each for group in groups for each in door.run(service.recording.record(group))]

    assert [each.outcome.status for each in told] == ["recorded", "already-recorded"]
    assert told[0].outcome.index == told[1].outcome.index
    assert told[0].outcome.anomalies == told[1].outcome.anomalies
    assert len(entries(door, "commissioning")) == size + 1
    again = door.post("/events", made, key=door.keys["maker"], media=LD)
    assert (again.status_code, again.json()["index"]) == (201, told[0].outcome.index)
    assert world.audit().fault is None


def test_the_same_again_after_the_gateway_s_secret_was_changed(door: Door) -> None:
    """A secret that was stolen is replaced: its keys are others, and what they sign again has its place already."""
    maker = door.world.maker
    made = event(door, maker, "commissioning", door.world.packs(1))
    first = door.post("/events", made, key=door.keys["maker"], media=LD)
    door.app.state.service.gateway._secret = bytes(32)
    again = door.post("/events", made, key=door.keys["maker"], media=LD)
    assert (again.status_code, again.json()["index"]) == (201, first.json()["index"])
    assert len({body for _, kind, _, _, _, body in entries(door, "key") if b"/gateway/" in body}) == 2
    assert len(entries(door, "commissioning")) == 1


def revoke(door: Door, kid: bytes, reason: str) -> None:
    """End a key now; time passes around it."""
    door.world.wait(10)
    revocation = Revocation(kid=kid.hex(), reason=reason, since=door.world.now)
    assert door.world.one(door.world.register(revocation)).status == "recorded"
    door.world.wait(10)


def captured(value: dict[str, Any]) -> CapturedEvent:
    """Return an event as it is captured."""
    (found,) = read_capture(json.dumps(value).encode(), LD).events
    return found


def registered_number(door: Door, party: str) -> int:
    """Return the number of a registered party."""
    with door.world.ledger.database.read() as connection:
        found = roles_of_party(connection, party)
    assert found is not None
    return found[0]


def test_a_revoked_key_is_followed_by_another(door: Door) -> None:
    """When the gateway's key of a party is revoked, the next event is signed by the next; what was not recorded too."""
    world, maker = door.world, door.world.maker
    made = event(door, maker, "commissioning", world.packs(1))
    assert capture(door, listed(made))["success"]
    (_, _, _, _, data, _) = entries(door, "commissioning")[0]
    waiting = event(door, maker, "commissioning", world.packs(1))
    service = door.app.state.service
    with world.ledger.database.read() as connection:
        signer = Registry().signer(connection, kid_of(data))
    assert signer is not None
    (captured,) = read_capture(json.dumps(waiting).encode(), LD).events
    service.captures._gateway.sign(signer.party, [readable(captured)])  # signed, and never recorded
    revoke(door, kid_of(data), "compromised")
    assert capture(door, listed(waiting))["success"]
    again = door.post("/events", made, key=door.keys["maker"], media=LD)
    assert again.json()["status"] == "already-recorded", "its sender says so again, by a key that nobody else holds"
    kids = {kid_of(entry[4]) for entry in entries(door, "commissioning")}
    assert len(kids) == 2
    assert world.audit().fault is None
