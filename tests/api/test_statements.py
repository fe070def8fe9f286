"""Stations submit statements: each has its own outcome, and the same one again has the first."""

from __future__ import annotations

import base64

from ledger.limits import REQUEST_BYTES_MAX
from ledger.log.keys import EDDSA, PrivateKey
from ledger.log.merkle import leaf_hash
from ledger.log.receipt import parse_receipt, verify_receipt
from ledger.submission import Submission
from tests.api.kit import JSON, LINES, Door, problem


def test_a_statement_is_recorded_with_verdict_and_receipt(door: Door) -> None:
    """The answer says what to tell the person at the counter, where the statement lies, and proves it."""
    world = door.world
    packs = world.packs(1)
    commissioned = world.commission(packs)
    shipped = world.ship(packs)
    received, dispensed = world.receive(packs), world.dispense(packs)

    outcomes = door.submit(commissioned, shipped, received, dispensed)

    assert [(each["status"], each["verdict"], each["known"]) for each in outcomes] == [("recorded", "ok", "online")] * 4
    for submission, outcome in zip((commissioned, shipped, received, dispensed), outcomes, strict=True):
        receipt = parse_receipt(base64.b64decode(outcome["receipt"]))
        assert receipt.index == outcome["index"]
        verify_receipt(receipt, leaf_hash(submission.statement), world.trust.vkey.key)
    assert world.state(packs[0]) == "dispensed"
    assert world.audit().fault is None


def test_an_impossible_story_is_recorded_and_told(door: Door) -> None:
    """A pack that was sold elsewhere: recorded, `stop`, with words in the language asked for."""
    world = door.world
    packs = world.packs(1)
    door.submit(world.commission(packs), world.ship(packs), world.receive(packs), world.dispense(packs))

    (outcome,) = door.submit(world.dispense(packs, by=world.rival), key=door.keys["rival"], accept_language="zh-CN")

    assert (outcome["status"], outcome["verdict"]) == ("recorded", "stop")
    (anomaly,) = outcome["anomalies"]
    assert anomaly["name"] == "already-dispensed-elsewhere"
    assert anomaly["code"] == packs[0]
    assert "这盒药" in anomaly["text"]


def test_each_line_stands_alone(door: Door) -> None:
    """A line that is no submission, and one that is not authentic, do not disturb their neighbours."""
    world = door.world
    good, other = world.commission(world.packs(1)), world.commission(world.packs(1))
    stranger = PrivateKey.from_seed(EDDSA, b"s" * 32)
    forged = world.sign(world.maker._replace(key=stranger), "commissioning", world.fresh_id(), other.body)
    body = door.lines(good) + b"no submission\n" + door.lines(forged, Submission(other.statement, good.body), other)

    answer = door.post("/v1/statements", body, key=door.keys["maker"], media=LINES)

    outcomes = answer.json()["outcomes"]
    assert [each["status"] for each in outcomes] == ["recorded", "refused", "refused", "refused", "recorded"]
    codes = [each["problem"]["code"] for each in outcomes[1:4]]
    assert codes == ["upload-line-malformed", "key-unknown", "body-mismatch"]
    assert all(each["problem"]["advice"] for each in outcomes[1:4])
    assert "receipt" not in outcomes[1]


def test_the_same_again_gets_the_first_answer(door: Door) -> None:
    """Handed in again, alone or in one request twice, a statement keeps its place, verdict and anomalies."""
    world = door.world
    packs = world.packs(1)
    world.record(world.commission(packs), world.ship(packs), world.receive(packs), world.dispense(packs))
    again = world.dispense(packs, by=world.rival)

    first, second = door.submit(again, again, key=door.keys["rival"])
    world.wait(86_400)
    (third,) = door.submit(again, key=door.keys["rival"])

    assert [each["status"] for each in (first, second, third)] == ["recorded", "already-recorded", "already-recorded"]
    assert first["index"] == second["index"] == third["index"]
    assert first["verdict"] == second["verdict"] == third["verdict"] == "stop"
    assert first["anomalies"] == third["anomalies"]


def test_one_submission_is_plain_json(quick_door: Door) -> None:
    """A single submission may be a JSON document of several lines."""
    world = quick_door.world
    submission = world.commission(world.packs(1))
    document = {"statement": base64.b64encode(submission.statement).decode(), "body": submission.body.decode()}

    answer = quick_door.post("/v1/statements", document, key=quick_door.keys["maker"], media=f"{JSON}; charset=utf-8")

    assert answer.json()["outcomes"][0]["status"] == "recorded"


def test_a_time_of_receipt_is_ours_to_say(quick_door: Door) -> None:
    """`received` is for simulated files alone: over the network it is refused."""
    world = quick_door.world
    submission = world.commission(world.packs(1))
    document = {
        "statement": base64.b64encode(submission.statement).decode(), "body": submission.body.decode(), "received": 1
    }  # fmt: skip

    answer = quick_door.post("/v1/statements", document, key=quick_door.keys["maker"])

    assert answer.json()["outcomes"][0]["problem"]["code"] == "upload-line-malformed"


def test_too_many_at_once_are_refused_whole(quick_door: Door) -> None:
    """More submissions than one request may hold: a problem, and nothing is recorded."""
    world = quick_door.world
    body = quick_door.lines(world.commission(world.packs(1))) * 257

    answer = quick_door.post("/v1/statements", body, key=quick_door.keys["maker"], media=LINES)
    empty = quick_door.post("/v1/statements", b" \n", key=quick_door.keys["maker"], media=LINES)

    problem(answer, 422, "submissions-too-many")
    problem(empty, 422, "request-invalid")


def test_requests_side_by_side_share_transactions(door: Door) -> None:
    """Forty requests at one moment: each gets its own outcome, and far fewer seals than forty are written."""
    world = door.world
    submissions = [world.commission(world.packs(1)) for _ in range(40)]

    answers = door.at_once(*(
        door.request("POST", "/v1/statements", door.lines(each), key=door.keys["maker"], media=LINES)
        for each in submissions
    ))  # fmt: skip

    outcomes = [answer.json()["outcomes"][0] for answer in answers]
    assert {each["status"] for each in outcomes} == {"recorded"}
    indexes = sorted(each["index"] for each in outcomes)
    assert len(set(indexes)) == 40
    assert indexes[-1] - indexes[0] < 60  # each seal takes an index of its own
    assert world.audit().fault is None


def test_a_large_upload_is_read_beside_the_loop(quick_door: Door) -> None:
    """Hundreds of packs a body, some megabytes in all: recorded; and what is malformed in it is still told."""
    world, key = quick_door.world, quick_door.keys["maker"]
    large = [world.commission(world.packs(4_000)) for _ in range(3)]
    body = quick_door.lines(*large)
    assert len(body) > 2 * REQUEST_BYTES_MAX

    outcomes = quick_door.submit(*large, key=key)
    broken = quick_door.post("/v1/statements", body[:-100].replace(b"\n", b""), key=key)

    assert [each["status"] for each in outcomes] == ["recorded"] * 3
    assert broken.json()["outcomes"][0]["problem"]["code"] == "upload-line-malformed"
    assert quick_door.app.state.service.held._bytes == 0
