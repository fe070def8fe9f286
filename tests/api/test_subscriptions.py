"""Queries have names, and their answers are sent: each event at least once, in order, signed, to nowhere forbidden."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.custody.epcis.faults import QueryFault
from ledger.custody.epcis.query.schedule import next_moment, parse_schedule
from ledger.errors import Misuse, Unavailable
from ledger.limits import DELIVERY_ATTEMPTS_MAX
from ledger.store.subscriptions import due_deliveries, find_subscription
from ledger.webhook import Sender
from tests.api.erp import event, problem_of_epcis
from tests.api.kit import Door
from tests.api.receiver import Receiver

TOKEN = "a-secret-of-more-than-22-characters"
SHIPMENTS = {"name": "shipments", "query": {"EQ_bizStep": ["shipping"]}}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return a subscriber that listens."""
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def door(tmp_path: Path, database_url: str) -> Iterator[Door]:
    """Return an open door that may send to this machine, and sends when it is told to."""
    with Door(tmp_path / "home", database_url, webhook_private_hosts="127.0.0.1") as door:
        door.app.state.service.subscriptions._ending.set()
        yield door


def named(door: Door, query: dict[str, Any] = SHIPMENTS, who: str = "maker", **headers: str) -> str:
    """Name a query, and return its address."""
    answer = door.post("/queries", query, key=door.keys[who], **headers)
    assert answer.status_code == 201, answer.text
    place: str = answer.headers["location"]
    return place


def subscribed(door: Door, query: str, receiver: Receiver, who: str = "maker", **controls: Any) -> str:
    """Subscribe to a query, and return the subscription's address."""
    body = {"dest": receiver.url, "signatureToken": TOKEN}
    body |= controls or {"stream": True}
    answer = door.post(f"{query}/subscriptions", body, key=door.keys[who])
    assert answer.status_code == 201, answer.text
    assert TOKEN not in answer.text
    place: str = answer.headers["location"]
    return place


def rounds(door: Door, count: int = 1) -> None:
    """Let the service look at what is due, and send it."""
    for _ in range(count):
        door.app.state.service.subscriptions.round()
        door.world.wait(1)


def shipped(door: Door, count: int = 1) -> list[str]:
    """Ship packs, one event each, and return the ids of these events."""
    world, found = door.world, []
    for _ in range(count):
        packs = world.packs(1)
        (pack,) = packs
        made = world.commission([pack])
        sent = world.ship([pack], to=world.pharmacy)
        world.record(made, sent)
        found.append(json.loads(sent.body)["eventID"])
    return found


def ids(receiver: Receiver) -> list[list[str]]:
    """Return the ids of the events of each delivery."""
    return [
        [each["eventID"] for each in json.loads(content)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]]
        for _, content in receiver.taken
    ]


def test_queries_have_names(door: Door) -> None:
    """Named, listed, asked page by page, forgotten; another party's name is another query."""
    key, rival = door.keys["maker"], door.keys["rival"]
    place = named(door)
    sent = shipped(door, 3)
    assert place == "/queries/shipments"
    assert door.get(place, key=key).json() == SHIPMENTS
    assert door.get("/queries", key=key).json() == {"member": [SHIPMENTS]}
    answer = door.get(f"{place}/events?perPage=2", key=key)
    results = answer.json()["epcisBody"]["queryResults"]
    assert results["queryName"] == "shipments"
    more = door.get(f"{place}/events{answer.headers['link'][1:].partition('>')[0]}", key=key)
    found = results["resultsBody"]["eventList"] + more.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert sorted(each["eventID"] for each in found) == sorted(sent)
    for path in (place, f"{place}/events", f"{place}/subscriptions"):
        problem_of_epcis(door.get(path, key=rival), 404, "NoSuchNameException", "query-name-unknown")
    answer = door.post("/queries", SHIPMENTS, key=key)
    problem_of_epcis(answer, 409, "ResourceAlreadyExistsException", "query-name-exists")
    named(door, who="rival")
    answer = door.get(f"{place}/events?EQ_action=ADD", key=key)
    problem_of_epcis(answer, 400, "QueryParameterException", "query-parameter")
    assert door.run(door.request("DELETE", place, key=key)).status_code == 204
    problem_of_epcis(door.get(place, key=key), 404, "NoSuchNameException", "query-name-unknown")
    assert door.get(place, key=rival).status_code == 200


def test_definitions_that_are_none(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is refused with EPCIS's type."""
    key = door.keys["maker"]

    def refused(body: Any, status: int, exception: str, code: str) -> None:
        problem_of_epcis(door.post("/queries", body, key=key), status, exception, code)

    refused(b"{", 400, "ValidationException", "json-malformed")
    refused({"name": "x"}, 400, "QueryValidationException", "query-definition")
    refused({"name": "", "query": {}}, 400, "QueryValidationException", "query-definition")
    refused({"name": "x", "query": {"EQ_nothing": ["1"]}}, 400, "QueryParameterException", "query-parameter")
    refused({"name": "x", "query": {"EQ_action": [1.5]}}, 400, "QueryValidationException", "query-definition")
    monkeypatch.setattr("ledger.subscriptions.QUERIES_PER_PARTY_MAX", 0)
    refused(SHIPMENTS, 409, "ResourceAlreadyExistsException", "named-queries-too-many")


def test_events_are_sent_as_they_come(door: Door, receiver: Receiver) -> None:
    """What was there before is not sent, what comes is, once; signed over id, time and content."""
    shipped(door)
    place = subscribed(door, named(door), receiver)
    rounds(door, 2)
    assert receiver.taken == []
    first = shipped(door, 2)
    rounds(door, 3)
    second = shipped(door)
    rounds(door, 3)
    assert ids(receiver) == [first, second]
    headers, content = receiver.taken[0]
    document = json.loads(content)["epcisBody"]["queryResults"]
    assert (document["queryName"], place.rpartition("/")[2]) == ("shipments", document["subscriptionID"])
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + content
    expected = "v1," + base64.b64encode(hmac.digest(TOKEN.encode(), signed, "sha256")).decode()
    assert headers["webhook-signature"] == headers["gs1-signature"] == expected
    assert headers["content-type"] == "application/ld+json"
    assert door.get(place, key=door.keys["maker"]).json()["stream"] is True


def test_each_sees_their_own(door: Door, receiver: Receiver) -> None:
    """A subscriber is sent what it may see: the pharmacy what is sent to it, the rival nothing."""
    everything = {"name": "all", "query": {}}
    for who in ("pharmacy", "rival"):
        subscribed(door, named(door, everything, who), receiver, who)
    sent = shipped(door)
    rounds(door, 3)
    assert ids(receiver) == [sent]


def test_nobody_waits_for_the_receivers_of_one_party(door: Door, receiver: Receiver) -> None:
    """Of many that are due, a round takes some of each party's, and each party's first before anybody's second."""
    query = named(door)
    for _ in range(11):
        subscribed(door, query, receiver)
    subscribed(door, named(door, {"name": "all", "query": {}}, "pharmacy"), receiver, "pharmacy")
    shipped(door)
    service = door.app.state.service
    before = service.subscriptions._deliver
    service.subscriptions._deliver = lambda row: None
    rounds(door)
    service.subscriptions._deliver = before
    with service.subscriptions._database.read() as connection:
        first = due_deliveries(connection, door.world.now, 2, each_party=8)
        whose = [find_subscription(connection, row.subscription) for row in first]
    assert len({each.party_number for each in whose if each}) == 2
    rounds(door)
    assert len(receiver.taken) == 8 + 1
    rounds(door)
    assert len(receiver.taken) == 11 + 1


def test_a_delivery_that_is_not_taken_is_tried_again(door: Door, receiver: Receiver) -> None:
    """The same content under the same id, later and later; what comes after it waits, and then comes in order."""
    subscribed(door, named(door), receiver)
    receiver.answers = [500, 302, 404]
    receiver.location = receiver.url + "/elsewhere"
    first = shipped(door)
    rounds(door, 3)
    second = shipped(door)
    rounds(door, 3)
    assert len(receiver.taken) == 2, "the second attempt is 5 seconds after the first"
    door.world.wait(299)
    rounds(door)
    assert len(receiver.taken) == 3
    door.world.wait(1_800)
    rounds(door, 3)
    assert ids(receiver) == [first, first, first, first, second]
    assert len({headers["webhook-id"] for headers, _ in receiver.taken[:4]}) == 1
    assert len({headers["webhook-timestamp"] for headers, _ in receiver.taken[:4]}) == 4


def test_who_never_takes_it_is_left_in_peace(door: Door, receiver: Receiver) -> None:
    """After the last attempt the subscription rests, and says so; 410 ends it at once."""
    place = subscribed(door, named(door), receiver)
    receiver.answers = [503] * DELIVERY_ATTEMPTS_MAX
    shipped(door)
    for _ in range(2 * DELIVERY_ATTEMPTS_MAX):
        rounds(door)
        door.world.wait(90_000)
    assert len(receiver.taken) == DELIVERY_ATTEMPTS_MAX
    door.keys["maker"] = door.give_key(door.world.maker, "manufacturer", days=40)
    assert door.get(place, key=door.keys["maker"]).json()["resting"] == "not-taken"
    other = subscribed(door, place.rpartition("/subscriptions")[0], receiver)
    receiver.answers = [410]
    shipped(door)
    rounds(door, 2)
    assert door.get(other, key=door.keys["maker"]).json()["resting"] == "gone"


def test_smaller_ones_are_sent_to_who_asks(door: Door, receiver: Receiver) -> None:
    """413 halves what is sent at once; every event comes, in order, and none is left out."""
    subscribed(door, named(door), receiver)
    sent = shipped(door, 7)
    receiver.answers = [413] * 5
    rounds(door, 16)
    taken = ids(receiver)[5:]
    assert [each for some in taken for each in some] == sent
    assert max(len(some) for some in taken) <= 3


def test_a_killed_process_passes_nothing_over(door: Door, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before sending, or after sending and before noting it: sent again, and nothing is lost."""
    subscribed(door, named(door), receiver)
    sent = shipped(door)
    service = door.app.state.service.subscriptions

    def killed(*_arguments: object) -> None:
        raise Unavailable("store-unavailable")

    with monkeypatch.context() as patch:
        patch.setattr("ledger.subscriptions.drop_delivery", killed)
        with pytest.raises(Unavailable):
            service.round()
    assert ids(receiver) == [sent]
    door.close()
    door.open()
    door.app.state.service.subscriptions._ending.set()
    rounds(door)
    assert ids(receiver) == [sent], "another process may have it in hand"
    door.world.wait(60)
    rounds(door, 2)
    assert ids(receiver) == [sent, sent]
    rounds(door, 2)
    assert len(receiver.taken) == 2


def test_a_schedule(door: Door, receiver: Receiver) -> None:
    """Sent when its moment comes, all together; without events only when asked for."""
    query = named(door)
    subscribed(door, query, receiver, schedule={"minute": "0"}, reportIfEmpty=True)
    subscribed(door, query, receiver, schedule={"minute": "0"}, reportIfEmpty=False)
    sent = shipped(door, 2)
    rounds(door, 3)
    assert receiver.taken == []
    door.world.wait(3_600)
    rounds(door)
    assert ids(receiver) == [sent, sent]
    door.world.wait(3_600)
    rounds(door)
    assert ids(receiver) == [sent, sent, []]


def test_from_an_earlier_time_on(door: Door, receiver: Receiver) -> None:
    """`initialRecordTime` has earlier events sent as well."""
    shipped(door)
    door.world.wait(100)
    since, sent = door.world.stamp(), shipped(door, 2)
    subscribed(door, named(door), receiver, stream=True, initialRecordTime=since)
    rounds(door, 2)
    assert ids(receiver) == [sent]


def test_what_was_ended_is_not_sent(door: Door, receiver: Receiver) -> None:
    """A subscription that was deleted, whose query was, or whose key has ended."""
    query = named(door)
    key = door.keys["maker"]
    place = subscribed(door, query, receiver)
    shipped(door)
    assert door.run(door.request("DELETE", place, key=key)).status_code == 204
    problem_of_epcis(door.get(place, key=key), 404, "NoSuchResourceException", "subscription-unknown")
    subscribed(door, query, receiver)
    assert door.run(door.request("DELETE", query, key=key)).status_code == 204
    short = door.give_key(door.world.maker, "manufacturer", days=1)
    body = {"dest": receiver.url, "signatureToken": TOKEN, "stream": True}
    query = named(door)
    place = door.post(f"{query}/subscriptions", body, key=short).headers["location"]
    door.world.wait(2 * 86_400)
    shipped(door)
    rounds(door, 2)
    assert receiver.taken == []
    assert door.get(place, key=key).json()["resting"] == "key-ended"
    foreign = door.get(place, key=door.keys["rival"])
    problem_of_epcis(foreign, 404, "NoSuchResourceException", "subscription-unknown")


def test_controls_that_are_none(door: Door, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is refused with EPCIS's type, and nothing is kept."""
    query = named(door)

    def refused(code: str, exception: str = "SubscriptionControlsException", status: int = 400, **changes: Any) -> None:
        body = {"dest": receiver.url, "signatureToken": TOKEN, "stream": True} | changes
        answer: httpx.Response = door.post(f"{query}/subscriptions", body, key=door.keys["maker"])
        problem_of_epcis(answer, status, exception, code)

    refused("subscription-controls", stream=False)
    refused("subscription-controls", schedule={"hour": "8"})
    refused("subscription-controls", stream=False, schedule={"hour": "25"})
    refused("subscription-controls", signatureToken="short")
    refused("subscription-controls", initialRecordTime="now")
    refused("webhook-address", dest="http://erp.example/")
    refused("webhook-address", dest="ftp://127.0.0.1/")
    refused("webhook-address", dest="https://user:secret@127.0.0.1/")
    refused("webhook-address", dest="https://localhost/")
    refused("request-invalid", "ValidationException", unknown=1)
    monkeypatch.setattr("ledger.subscriptions.SUBSCRIPTIONS_PER_PARTY_MAX", 0)
    refused("subscriptions-too-many", "ResourceAlreadyExistsException", 409)
    assert door.get(f"{query}/subscriptions", key=door.keys["maker"]).json() == {"member": []}


@pytest.mark.parametrize("address", [
    "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe", "no address",
    "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "fec0::1", "5f00::1", "3fff::1", "192.0.0.8",
    "192.88.99.1",
])  # fmt: skip
def test_addresses_that_nobody_else_reaches(address: str) -> None:
    """Loopback, private, link-local, shared, mapped and translated ones: refused, also beside a public one."""
    for found in ([address], ["93.184.215.14", address]):
        sender = Sender([], lambda *_, found=found, **__: [(2, 1, 6, "", (each, 443)) for each in found])
        with pytest.raises(Misuse) as caught:
            sender.require("https://erp.example/")
        assert caught.value.code == "webhook-address"
    for public in ("93.184.215.14", "2606:4700::1111", "64:ff9b::5db8:d70e"):
        Sender([], lambda *_, each=public, **__: [(2, 1, 6, "", (each, 443))]).require("https://erp.example/")


def test_a_name_that_changes_its_address(receiver: Receiver) -> None:
    """Public when it is looked at, private when it is connected to: what was looked at last is what counts."""
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    sender = Sender([], lambda *_, **__: [(2, 1, 6, "", (each, 443)) for each in answers.pop(0)])
    with pytest.raises(Misuse) as caught:
        sender.send(receiver.url.replace("http://127.0.0.1", "https://erp.example"), b"{}", {})
    assert caught.value.code == "webhook-address"
    assert answers == []
    assert receiver.taken == []


def test_schedules() -> None:
    """Moments are those that a calendar says; a schedule without any is refused."""
    noon = 1_795_348_800  # 2026-11-22T12:00:00Z, a Sunday
    for parts, seconds in (
        ({"second": "30"}, 30), ({"second": "0,20,40"}, 20), ({"minute": "5"}, 300), ({"hour": "13"}, 3_600),
        ({"hour": "12"}, 86_400), ({"dayOfWeek": "1"}, 43_200), ({"hour": "[8-18]", "dayOfWeek": "7"}, 3_600),
        ({"dayOfMonth": "1", "month": "12"}, 8 * 86_400 + 43_200),
    ):  # fmt: skip
        assert next_moment(parse_schedule(parts), noon) == noon + seconds, parts
    for wrong in (
        {}, {"hour": ""}, {"hour": "24"}, {"hour": "[5-3]"}, {"hour": "*/2"}, {"day": "1"}, {"hour": "١"},
        {"dayOfMonth": "31", "month": "2"}, {"dayOfWeek": "0"},
    ):  # fmt: skip
        with pytest.raises(QueryFault) as caught:
            parse_schedule(wrong)
        assert caught.value.code == "subscription-controls"


def test_events_captured_are_sent_too(door: Door, receiver: Receiver) -> None:
    """What the gateway signed is an event like any other."""
    subscribed(door, named(door, {"name": "made", "query": {"EQ_bizStep": ["commissioning"]}}), receiver)
    made = event(door, door.world.maker, "commissioning", door.world.packs(1))
    assert door.post("/events", made, key=door.keys["maker"]).status_code == 201
    rounds(door, 2)
    assert ids(receiver) == [[made["eventID"]]]
