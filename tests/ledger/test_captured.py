"""Events that came in documents are recorded like any others, and come out as they went in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.custody.epcis.capture import read_capture
from ledger.custody.epcis.output import capture_document, stored_event
from ledger.custody.event import parse_event
from ledger.recording.outcome import Outcome
from ledger.store.log import get_entry
from tests.kit import Desk, World, pack_uri

CASE = "urn:epc:id:sscc:9521234.0123456789"


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    """Return a world with everybody enrolled; when the test is over, its ledger must verify."""
    with World(tmp_path / "home", database_url) as world:
        yield world
        assert world.audit().fault is None


def event(world: World, by: Desk, **members: Any) -> dict[str, Any]:
    """Return an event as a party's ERP writes it, at the party's site, without an id."""
    base = {
        "type": "ObjectEvent", "eventTime": world.stamp(), "eventTimeZoneOffset": "+08:00", "action": "OBSERVE",
        "bizLocation": {"id": by.site},
    }  # fmt: skip
    return {name: item for name, item in (base | members).items() if item is not None}


def capture(world: World, by: Desk, *events: dict[str, Any], as_xml: bool) -> list[Outcome]:
    """Capture a document and record its events, signed as a gateway signs what it wrote."""
    data = json.dumps({
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": world.stamp(),
        "epcisBody": {"eventList": list(events)},
    }).encode()  # fmt: skip
    read = read_capture(data, "application/ld+json").events
    if as_xml:
        written = capture_document([each.event for each in read if each.event is not None], world.now, "xml")
        read = read_capture(written, "application/xml").events
    parsed = [(each.body, parse_event(each.body)) for each in read]
    return world.record(*(world.sign(by, known.kind, known.event_id, body) for body, known in parsed))


@pytest.mark.parametrize("as_xml", [False, True])
def test_a_shipment_by_documents(world: World, as_xml: bool) -> None:
    """Made, packed, shipped as a case, received; with a thermometer and a weighing in between that touch no pack."""
    packs = [pack_uri(number) for number in range(1, 3)]
    goods = {"cbvmda:lotNumber": "B1", "cbvmda:itemExpirationDate": "2028-12-31"}
    maker, shop = world.maker, world.pharmacy
    made = event(world, maker, action="ADD", bizStep="commissioning", epcList=packs, ilmd=goods)
    aggregation = {"type": "AggregationEvent", "action": "ADD", "parentID": CASE, "childEPCs": packs}
    packed = event(world, maker, bizStep="packing", **aggregation)
    warmth = [{"sensorReport": [{"type": "Temperature", "value": 4.2, "uom": "CEL"}]}]
    probe = {"epcList": ["urn:epc:id:giai:9521234.probe7"], "sensorElementList": warmth}
    measured = event(world, maker, bizStep="sensor_reporting", **probe)
    weight = [{"epcClass": "urn:epc:class:lgtin:9521234.054321.B1", "quantity": 12.5}]
    weighed = event(world, maker, quantityList=weight)
    parties = [{"type": "possessing_party", "destination": shop.party}]
    sent = event(world, maker, bizStep="shipping", disposition="in_transit", epcList=[CASE], destinationList=parties)
    outcomes = capture(world, maker, made, packed, measured, weighed, sent, as_xml=as_xml)
    assert [(outcome.status, outcome.anomalies) for outcome in outcomes] == [("recorded", ())] * 5
    assert {world.state(pack) for pack in packs} == {"in_transit"}
    world.wait(700)
    (got,) = capture(world, shop, event(world, shop, bizStep="receiving", epcList=[CASE]), as_xml=as_xml)
    assert (got.status, got.anomalies) == ("recorded", ())
    assert {world.state(pack) for pack in packs} == {"active"}


def test_the_same_document_again_is_the_same_statements(world: World) -> None:
    """An id that is the event's hash makes a second capture, in the other syntax, one that is known already."""
    made = event(world, world.maker, action="ADD", bizStep="commissioning", epcList=[pack_uri(1)])
    made["ilmd"] = {"cbvmda:lotNumber": "B1", "cbvmda:itemExpirationDate": "2028-12-31"}
    (first,) = capture(world, world.maker, made, as_xml=False)
    (again,) = capture(world, world.maker, made, as_xml=True)
    assert (first.status, again.status) == ("recorded", "already-recorded")
    assert again.index == first.index


def test_what_was_recorded_goes_out(world: World) -> None:
    """The stored body of a station's own event becomes XML that is read as the same event, with the ledger's time."""
    recorded = world.one(world.commission([pack_uri(1)]))
    assert recorded.index is not None
    with world.ledger.database.read() as connection:
        *_, body = get_entry(connection, recorded.index)
    out = stored_event(body, world.now)
    (again,) = read_capture(capture_document([out], world.now, "xml"), "application/xml").events
    assert again.event == out
    assert parse_event(again.body) == parse_event(body)
