"""Events are queried: what is found is what the definition says, page by page, and nobody sees what is not theirs."""

from __future__ import annotations

import json
import random
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import delete

from ledger.custody.epcis.output import stored_event
from ledger.custody.epcis.query.match import Recorded, matches, order_key
from ledger.custody.epcis.query.parameters import parse_query
from ledger.store.exchange import event_index, event_progress, event_reader, event_value
from ledger.store.log import get_entries, log_size
from tests.api.erp import LD, capture, event, listed, problem_of_epcis
from tests.api.kit import Door
from tests.kit import case_uri


def events_of(answer: httpx.Response) -> list[dict[str, Any]]:
    """Return the events of an answer."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["gs1-epcis-version"] == "2.0.0"
    found: list[dict[str, Any]] = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return found


def asked(door: Door, path: str, who: str = "maker", **headers: str) -> list[dict[str, Any]]:
    """Return the events of an answer of one page."""
    answer = door.get(path, key=door.keys[who], **headers)
    found = events_of(answer)
    assert "link" not in answer.headers
    return found


def all_pages(door: Door, path: str, who: str) -> list[dict[str, Any]]:
    """Return the events of all pages."""
    found, base = [], path.partition("?")[0]
    for _ in range(500):
        answer = door.get(path, key=door.keys[who])
        found += events_of(answer)
        link = answer.headers.get("link")
        if link is None:
            return found
        assert link.endswith('; rel="next"')
        path = base + link[1:].partition(">")[0]
    raise AssertionError("the pages never end")


def ids(events: list[dict[str, Any]]) -> list[str]:
    """Return their ids."""
    return [each["eventID"] for each in events]


def trade(door: Door) -> list[str]:
    """Let packs be made, packed, shipped to the pharmacy, received and sold in part; return them."""
    world = door.world
    packs = world.packs(6)
    case = case_uri(7)
    for submission in (
        world.commission(packs), world.pack_into(case, packs[:3]), world.ship([case, *packs[3:5]], to=world.pharmacy),
        world.receive([case, *packs[3:5]], by=world.pharmacy), world.unpack(case, packs[:3], by=world.pharmacy),
        world.dispense(packs[:1]), world.inspect(packs[1:2], by=world.rival), world.dispense(packs[1:2]),
    ):  # fmt: skip
        assert world.one(submission).status == "recorded"
        world.wait(60)
    return packs


def recorded(door: Door) -> list[Recorded]:
    """Return every event of the ledger."""
    found = []
    with door.world.ledger.database.read() as connection:
        for index, _, _, _, statement, body in get_entries(connection, range(log_size(connection))):
            if b"application/ld+json" in statement:
                found.append(Recorded(stored_event(body, door.world.now), index, door.world.now))
    return found


QUERIES = [
    "", "eventType=ObjectEvent", "EQ_bizStep=shipping|receiving", "EQ_action=ADD", "EQ_disposition=dispensed",
    "EQ_bizLocation=https://pharmacy.example/shop", "EQ_action=OBSERVE&EQ_bizStep=dispensing",
    "GE_eventTime=2026-11-22T04:39:00Z", "LT_eventTime=2026-11-22T04:40:00Z&eventType=AggregationEvent|ObjectEvent",
    "MATCH_anyEPC=PACK", "MATCH_epc=PACK&EQ_bizStep=commissioning", "MATCH_parentID=CASE", "MATCH_anyEPC=CASE|PACK",
    "EXISTS_ilmd=true", "EXISTS_errorDeclaration=true", "orderBy=eventTime&orderDirection=ASC",
    "orderBy=eventTime&orderDirection=ASC&EQ_action=OBSERVE", "MATCH_epc=urn:nmpa:dtc:8770984*",
    "EQ_eventID=urn:uuid:00000000-0000-4000-8000-000000000003", "EQ_bizStep=destroying",
    "EQ_source_possessing_party=https://maker.example/", "MATCH_epc=urn:nmpa:dtc:87709840000000099999",
]  # fmt: skip


@pytest.mark.parametrize("per_page", [1, 3, 30])
def test_answers_are_what_the_definition_says(door: Door, per_page: int) -> None:
    """An auditor's answer to each query, page by page, is that of `matches` and `order_key` over all events."""
    packs = trade(door)
    everything = recorded(door)
    for text in QUERIES:
        asks = text.replace("PACK", packs[0]).replace("CASE", case_uri(7))
        query = parse_query([tuple(pair.split("=", 1)) for pair in asks.split("&") if pair])  # type: ignore[misc]
        expected = sorted(
            (each for each in everything if matches(query, each)),
            key=lambda each: order_key(query, each), reverse=query.descending,
        )  # fmt: skip
        for bound in ("GE_eventTime=2026-11-01T00:00:00Z", "LT_eventTime=2026-12-01T00:00:00Z"):
            asks += "" if bound[:12] in asks else f"&{bound}"
        found = all_pages(door, f"/events?{quote(asks, safe='=&:/')}&perPage={per_page}", "auditor")
        assert ids(found) == [each.event.members["eventID"] for each in expected], text
    assert len(everything) == 8


def test_a_page_looks_at_a_bounded_number_of_rows(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few rows and bodies a page may look at, following the links finds the same."""
    trade(door)
    window = "GE_eventTime=2026-11-01T00:00:00Z&LT_eventTime=2026-12-01T00:00:00Z"
    path = f"/events?EQ_bizStep=dispensing&EXISTS_ilmd=true&{window}"
    whole = f"/events?EQ_bizStep=dispensing|commissioning&{window}"
    expected = all_pages(door, whole, "auditor")
    monkeypatch.setattr("ledger.answers.QUERY_ROWS_EXAMINED_MAX", 3)
    monkeypatch.setattr("ledger.answers._LOOK_FIRST", 2)
    assert all_pages(door, whole, "auditor") == expected
    assert all_pages(door, path, "auditor") == []
    monkeypatch.setattr("ledger.answers.QUERY_ROWS_EXAMINED_MAX", 10_000)
    monkeypatch.setattr("ledger.answers.QUERY_BODIES_EXAMINED_MAX", 1)
    assert all_pages(door, whole, "auditor") == expected
    monkeypatch.setattr("ledger.answers.QUERY_BODIES_EXAMINED_MAX", 2_000)
    monkeypatch.setattr("ledger.answers.QUERY_BYTES_EXAMINED_MAX", 1)
    assert all_pages(door, whole, "auditor") == expected
    answer = door.get(f"/events?{window}&maxEventCount=5", key=door.keys["auditor"])
    problem_of_epcis(answer, 413, "QueryTooLargeException", "query-too-large")


def test_counts(door: Door) -> None:
    """`maxEventCount` refuses more, `eventCountLimit` gives so many over all pages."""
    trade(door)
    key = door.keys["auditor"]
    assert len(events_of(door.get("/events?maxEventCount=8", key=key))) == 8
    answer = door.get("/events?maxEventCount=7", key=key)
    problem_of_epcis(answer, 413, "QueryTooLargeException", "query-too-large")
    for per_page in (1, 2, 5, 30):
        path = f"/events?orderBy=eventTime&eventCountLimit=5&perPage={per_page}"
        assert len(all_pages(door, path, "auditor")) == 5
    assert len(all_pages(door, "/events?orderBy=recordTime&perPage=3", "auditor")) == 8


def test_a_party_sees_its_own_and_what_is_sent_to_it(door: Door) -> None:
    """Its own events whole; of others', those sent to it and those about packs that it holds, with these alone."""
    packs = trade(door)
    maker, pharmacy, rival = (asked(door, "/events", who) for who in ("maker", "pharmacy", "rival"))
    assert len(maker) == 3
    assert len(rival) == 1
    assert [each["bizStep"] for each in pharmacy] == [
        "dispensing", "dispensing", "unpacking", "receiving", "shipping"
    ]  # fmt: skip
    (shipped,) = [each for each in pharmacy if each["bizStep"] == "shipping"]
    assert set(shipped["epcList"]) == {case_uri(7), *packs[3:5]}
    made = asked(door, f"/events?MATCH_epc={packs[2]}&EQ_bizStep=commissioning", "pharmacy")
    assert [each["epcList"] for each in made] == [packs[:5]], "of six, the five that it holds or sold"
    assert asked(door, f"/events?MATCH_epc={packs[5]}", "pharmacy") == []
    assert asked(door, f"/events?MATCH_epc={packs[2]}", "rival") == []
    assert asked(door, f"/events/{quote(shipped['eventID'], safe='')}", "pharmacy") == [shipped]


def test_what_is_hidden_answers_no_question(door: Door) -> None:
    """Of an event of which one sees a part, the rest is no oracle: asked for, it is not there."""
    world = door.world
    mine, others = world.packs(1), world.packs(1)
    members = {"bizTransactionList": [{"type": "inv", "bizTransaction": "urn:invoice:1"}], "ext:secret": "1"}
    made = event(door, world.maker, "commissioning", [*mine, *others])
    made = {**made, **members, "@context": [*made["@context"], {"ext": "https://x.example/"}]}
    assert capture(door, listed(made))["success"]
    world.record(world.ship(mine, to=world.pharmacy), world.receive(mine, by=world.pharmacy))

    (seen,) = asked(door, f"/events?MATCH_epc={mine[0]}&EQ_bizStep=commissioning", "pharmacy")
    assert seen["epcList"] == mine
    assert others[0] not in json.dumps(seen)
    assert "invoice" not in json.dumps(seen)
    assert "secret" not in json.dumps(seen)
    for oracle in (
        f"MATCH_anyEPC={others[0]}", "EQ_bizTransaction_inv=urn:invoice:1",
        f"MATCH_epc={mine[0]}&EQ_https://x.example/secret=1", f"MATCH_epc={mine[0]}&MATCH_anyEPC={others[0]}",
        f"EQ_eventID={made['eventID']}&MATCH_epc={others[0]}",
    ):  # fmt: skip
        assert asked(door, f"/events?{oracle}", "pharmacy") == [], oracle
        assert len(asked(door, f"/events?{oracle}", "maker")) == 1, oracle
    answer = door.get(f"/events/{made['eventID']}", key=door.keys["rival"])
    problem_of_epcis(answer, 404, "NoSuchResourceException", "event-unknown")
    unknown = door.get("/events/urn:uuid:0", key=door.keys["rival"])
    assert {**answer.json()} == {**unknown.json()}


def test_a_pack_that_was_sold_on_is_no_longer_seen(door: Door) -> None:
    """While one holds it, and not after: what one did oneself stays."""
    world = door.world
    packs = world.packs(1)
    world.record(
        world.commission(packs), world.ship(packs, to=world.distributor), world.receive(packs, by=world.distributor)
    )
    assert len(asked(door, f"/epcs/{quote(packs[0], safe='')}/events", "distributor")) == 3
    world.record(world.ship(packs, by=world.distributor, to=world.pharmacy), world.receive(packs, by=world.pharmacy))
    assert len(asked(door, f"/epcs/{quote(packs[0], safe='')}/events", "distributor")) == 2
    assert len(asked(door, f"/epcs/{quote(packs[0], safe='')}/events", "pharmacy")) == 5
    assert len(asked(door, f"/epcs/{quote(packs[0], safe='')}/events", "regulator")) == 5


def test_an_event_and_its_declaration_share_their_id(door: Door) -> None:
    """`/events/{id}` gives both."""
    world = door.world
    packs = world.packs(1)
    made = event(door, world.maker, "commissioning", packs)
    wrong = made | {"errorDeclaration": {"declarationTime": "2026-11-22T04:38:00Z", "reason": "incorrect_data"}}
    assert capture(door, listed(made))["success"]
    location = door.post("/events", wrong, key=door.keys["maker"], media=LD).headers["location"]
    found = asked(door, location)
    assert len(found) == 2
    assert [each.get("errorDeclaration", {}).get("reason") for each in found].count("incorrect_data") == 1
    assert len(asked(door, "/events?EXISTS_errorDeclaration=true")) == 1
    assert len(asked(door, "/events?GE_errorDeclarationTime=2026-11-22T04:38:00Z")) == 1
    assert asked(door, "/events?LT_errorDeclarationTime=2026-11-22T04:38:00Z") == []


def test_tokens_are_for_one_query_and_one_asker(quick_door: Door) -> None:
    """A bit changed, another query, another asker: refused; another page size is not another query."""
    door = quick_door
    trade(door)
    answer = door.get("/events?perPage=1", key=door.keys["maker"])
    token = answer.headers["link"].partition("nextPageToken=")[2].partition(">")[0]
    assert len(events_of(door.get(f"/events?perPage=2&nextPageToken={token}", key=door.keys["maker"]))) == 2

    def refused(path: str, who: str = "maker") -> None:
        answer = door.get(path, key=door.keys[who])
        problem_of_epcis(answer, 400, "QueryParameterException", "query-page-token")

    refused(f"/events?EQ_action=ADD&nextPageToken={token}")
    refused(f"/events?nextPageToken={token}", "pharmacy")
    refused(f"/events?nextPageToken={token}", "auditor")
    chance = random.Random(1)
    for _ in range(30):
        at = chance.randrange(len(token))
        forged = token[:at] + chance.choice("ABCDabcd0123-_".replace(token[at], "")) + token[at + 1 :]
        refused(f"/events?nextPageToken={forged}")
    for forged in ("x", "A" * 64, "A" * 129):
        refused(f"/events?nextPageToken={forged}")


def test_queries_that_cannot_be_answered(quick_door: Door) -> None:
    """Each is refused with EPCIS's type: unknown parameters, wrong values, conflicts, what no index serves."""
    door = quick_door
    trade(door)

    def refused(query: str, status: int, exception: str, code: str, who: str = "auditor", **headers: str) -> None:
        answer = door.get(f"/events?{query}", key=door.keys[who], **headers)
        problem_of_epcis(answer, status, exception, code)

    refused("EQ_nothing=1", 400, "QueryParameterException", "query-parameter")
    refused("EQ_action=ADD&EQ_action=ADD", 400, "QueryParameterException", "query-parameter")
    refused("GE_eventTime=yesterday", 400, "QueryParameterException", "query-value")
    refused("perPage=0", 400, "QueryParameterException", "query-value")
    refused("eventCountLimit=1&maxEventCount=1&orderBy=eventTime", 400, "QueryParameterException", "query-conflict")
    refused("&".join(f"EQ_x:{n}=1" for n in range(70)), 413, "QueryTooComplexException", "query-too-complex")
    refused("EQ_bizStep=shipping", 413, "QueryTooComplexException", "query-too-complex")
    refused("EXISTS_ilmd=true", 413, "QueryTooComplexException", "query-too-complex")
    refused("GE_errorDeclarationTime=2026-01-01T00:00:00Z", 413, "QueryTooComplexException", "query-too-complex")
    refused("MATCH_epc=urn:epc:idpat:sgtin:*.*.*", 413, "QueryTooComplexException", "query-too-complex")
    window = "EQ_bizStep=shipping&GE_eventTime=2026-01-01T00:00:00Z&LT_eventTime=2026-12-01T00:00:00Z"
    refused(window, 413, "QueryTooComplexException", "query-too-complex")
    refused("WD_bizLocation=urn:a:b", 413, "QueryTooComplexException", "query-too-complex", "maker")
    refused("", 406, "NotAcceptableException", "epcis-header", accept="text/html")
    refused("", 406, "NotAcceptableException", "epcis-header", GS1_EPC_Format="Always_EPC_URN")
    refused("", 403, "SecurityException", "access-denied", "insurer")
    problem_of_epcis(door.get("/events"), 401, "SecurityException", "access-missing")
    answer = door.get("/epcs", key=door.keys["maker"])
    problem_of_epcis(answer, 413, "QueryTooComplexException", "query-too-complex")
    for path in ("/bizSteps?nextPageToken=!", "/bizSteps?nextPageToken=AA"):
        answer = door.get(path, key=door.keys["maker"])
        problem_of_epcis(answer, 400, "QueryParameterException", "query-page-token")


def test_lists(door: Door) -> None:
    """Words and places of one's events, in pages; of everybody's for those who see all."""
    packs = trade(door)

    def names(path: str, who: str) -> list[str]:
        answer = door.get(path, key=door.keys[who])
        assert answer.status_code == 200, answer.text
        document = answer.json()
        assert document["type"] == "Collection"
        link = answer.headers.get("link", "")[1:].partition(">")[0]
        found: list[str] = document["member"]
        return found + (names(path.partition("?")[0] + link, who) if link else [])

    assert names("/bizSteps", "maker") == ["commissioning", "packing", "shipping"]
    assert names("/bizSteps", "rival") == ["inspecting"]
    everybody = ["commissioning", "dispensing", "inspecting", "packing", "receiving", "shipping", "unpacking"]
    assert names("/bizSteps?perPage=2", "auditor") == everybody
    assert names("/eventTypes", "maker") == ["AggregationEvent", "ObjectEvent"]
    assert names("/bizLocations", "rival") == [door.world.rival.site]
    assert names("/epcs?perPage=3", "police") == [case_uri(7), *packs]
    assert names("/bizSteps/shipping", "maker") == ["events"]
    assert len(asked(door, "/bizSteps/shipping/events")) == 1
    assert len(asked(door, "/eventTypes/AggregationEvent/events")) == 1
    site = quote(door.world.pharmacy.site, safe="")
    assert len(asked(door, f"/bizLocations/{site}/events", "auditor")) == 4
    answer = door.run(door.request("OPTIONS", f"/epcs/{quote(packs[0], safe='')}/events"))
    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS")


def test_the_top_leads_further(quick_door: Door) -> None:
    """Each name of the top level is an address that is understood."""
    top = quick_door.get("/").json()
    assert top["type"] == "Collection"
    assert len(top["member"]) == 9
    for name in top["member"]:
        answer = quick_door.run(quick_door.request("OPTIONS", f"/{name}"))
        assert (answer.status_code, "GET" in answer.headers["allow"]) == (204, True), name


def test_what_is_not_offered_says_so(quick_door: Door) -> None:
    """A page token cannot be ended, a web socket is not opened; both under EPCIS's own name for it."""
    key = quick_door.keys["maker"]
    answer = quick_door.run(quick_door.request("DELETE", "/nextPageToken/abc", key=key))
    problem_of_epcis(answer, 501, "ImplementationException", "epcis-not-offered")
    assert quick_door.post("/queries", {"name": "mine", "query": {}}, key=key).status_code == 201
    assert quick_door.get("/queries/mine/events", key=key).status_code == 200
    answer = quick_door.get("/queries/mine/events", key=key, Connection="Upgrade", Upgrade="websocket")
    problem_of_epcis(answer, 501, "ImplementationException", "epcis-not-offered")


def test_the_index_can_be_made_again(door: Door) -> None:
    """Emptied, it is read from the log again, and answers the same."""
    trade(door)
    before = asked(door, "/events?maxEventCount=100", "auditor")
    with door.world.ledger.database.write() as connection:
        for table in (event_index, event_reader, event_value, event_progress):
            connection.execute(delete(table))
    assert asked(door, "/events?maxEventCount=100", "auditor") == before
