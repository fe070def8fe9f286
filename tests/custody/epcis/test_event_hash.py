"""The event hash is what CBV 2.0 says, and what other people's program computes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.custody.epcis.capture import read_capture
from ledger.custody.epcis.eventhash import event_hash, pre_hash
from ledger.custody.epcis.names import CONTEXT
from ledger.custody.epcis.output import capture_document
from tests.custody.bodies import PACK
from tests.custody.epcis.oracle import moved, their_hash, their_parts
from tests.custody.epcis.samples import Json, captured, document, observed, read_one

# Events without transactions, sources or destinations: there, both must agree byte for byte.
AGREED: list[Json] = [
    observed(),
    observed(epcList=["urn:epc:id:sscc:9521234.0123456789", PACK, "urn:epc:id:sgtin:9521234.054321.SN1"]),
    observed(bizStep="shipping", disposition="in_transit"),
    observed(bizStep="urn:epcglobal:cbv:bizstep:shipping", disposition="https://ref.gs1.org/cbv/Disp-in_transit"),
    observed(eventTime="2026-11-22T12:37:00.1234-05:30", eventTimeZoneOffset="-05:30"),
    observed(eventID="urn:uuid:1", recordTime="2026-11-22T12:38:00Z"),
    observed(errorDeclaration={"declarationTime": "2026-11-23T12:38:00Z", "reason": "incorrect_data"}),
    observed(certificationInfo=["https://c.example/2", "https://c.example/1"]),
    observed(persistentDisposition={"set": ["recalled", "damaged"], "unset": ["active"]}),
    observed(
        readPoint={"id": "urn:epc:id:sgln:9521234.00001.7", "ext:a": "1"}, bizLocation={"id": "https://x.example/2"}
    ),
    observed(quantityList=[
        {"epcClass": "urn:epc:class:lgtin:9521234.054321.LOT8", "quantity": 3.50, "uom": "KGM"},
        {"epcClass": "urn:epc:class:lgtin:9521234.054321.LOT7", "quantity": 20},
    ]),
    observed(sensorElementList=[{
        "sensorMetadata": {"time": "2026-11-22T12:00:00+08:00", "deviceID": "urn:epc:id:giai:9521234.p7", "ext:m": "q"},
        "sensorReport": [{"type": "Temperature", "value": 4.10, "uom": "CEL", "ext:z": "k"}, {"uom": "E", "value": 2}],
        "ext:e": "w",
    }]),
    observed(action="ADD", ilmd={"ext:b": "2", "ext:a": {"ext:c": "1.50", "ext:d": ["y", "x"]}})
    | {"ext:z": "007", "ext:y": ""},
    observed(**{"ext:place": "urn:epc:id:sgln:9521234.00001.0", "ext:link": "https://shop.example/01/09521234543213"}),
    {
        "type": "AggregationEvent", "eventTime": "2026-11-22T12:37:00Z", "eventTimeZoneOffset": "+00:00",
        "parentID": "urn:epc:id:sscc:9521234.0123456789", "childEPCs": ["urn:epc:id:sgtin:9521234.054321.SN1"],
        "childQuantityList": [{"epcClass": "urn:epc:idpat:sgtin:9521234.054321.*", "quantity": 1}], "action": "ADD",
    },
    {
        "type": "TransformationEvent", "eventTime": "2026-11-22T12:37:00Z", "eventTimeZoneOffset": "+00:00",
        "inputEPCList": ["urn:epc:id:sgtin:9521234.054321.SN1"], "transformationID": "urn:x:7",
        "outputQuantityList": [{"epcClass": "urn:epc:class:lgtin:9521234.054321.LOT7", "quantity": 1}],
        "inputQuantityList": [{"epcClass": "urn:epc:class:lgtin:9521234.054321.LOT7"}],
        "outputEPCList": ["urn:epc:id:sgtin:9521234.054321.SN2"],
    },
    {
        "type": "AssociationEvent", "eventTime": "2026-11-22T12:37:00Z", "eventTimeZoneOffset": "+00:00",
        "parentID": "urn:epc:id:grai:9521234.00001.7", "childEPCs": ["urn:epc:id:giai:9521234.p7"], "action": "OBSERVE",
    },
]  # fmt: skip

_LISTS: Json = {
    "bizTransactionList": [
        {"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:9521234000013:PO-1"},
        {"type": "inv", "bizTransaction": "urn:epc:id:gdti:9521234.00001.7"},
    ],
    "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:9521234.00001"}],
    "destinationList": [
        {"type": "location", "destination": "urn:epc:id:sgln:9521234.00001.0"},
        {"type": "possessing_party", "destination": "https://id.example.org/party/9"},
    ],
}


@pytest.mark.parametrize("event", AGREED)
def test_their_hash_is_ours(event: Json) -> None:
    """Of the JSON-LD as a partner wrote it."""
    assert their_hash(json.loads(document(event))) == event_hash(read_one(event))


@pytest.mark.parametrize("event", AGREED)
def test_their_hash_of_our_xml_is_ours(event: Json) -> None:
    """What goes out as XML has the hash of what came in as JSON, by their count too."""
    read = read_one(event)
    assert their_hash(capture_document([read], 0, "xml")) == event_hash(read)


@pytest.mark.parametrize("event", AGREED)
def test_with_transactions_and_parties_only_the_order_differs(event: Json) -> None:
    """Their program prints the three lists last; put where CBV 2.0 has them, the strings are the same."""
    more = event | _LISTS
    parts = their_parts(json.loads(document(more)))
    ours = pre_hash(read_one(more))
    assert "".join(moved(parts)) == ours
    assert "".join(parts) != ours


@pytest.mark.parametrize("name", _LISTS)
def test_one_of_the_lists_at_the_end_has_one_hash(name: str) -> None:
    """Where nothing follows, their order is no other: hashes of plain shipments agree."""
    event = observed(bizStep="shipping", **{name: _LISTS[name]})
    assert their_hash(json.loads(document(event))) == event_hash(read_one(event))


def test_a_hash_that_can_be_followed_by_hand() -> None:
    """The published first example of the algorithm, in its own words."""
    event = {
        "type": "ObjectEvent",
        "eventTime": "2020-03-04T11:00:30.000+01:00",
        "eventTimeZoneOffset": "+01:00",
        "epcList": [f"urn:epc:id:sscc:4012345.0000000{number}" for number in (333, 111, 222)],
        "action": "OBSERVE",
        "bizStep": "departing",
        "readPoint": {"id": "urn:epc:id:sgln:4012345.00011.987"},
        "e:myField1": {"e:mySubField1": "2", "e:mySubField2": "5"},
        "e:myField2": "0",
        "e:myField3": {"e:mySubField3": ["3", "1"]},
        "@context": {"e": "https://ns.example.com/epcis/"},
    }
    read = read_one(event)
    assert event_hash(read) == (
        "ni:///sha-256;6ae96341e0acc6d7a261364751f60e68278a81cdf51da0abb6b4e617014e39d7?ver=CBV2.0"
    )


def test_json_and_xml_of_everything_have_one_hash() -> None:
    """And the hash does not move when an event is declared an error, recorded or named."""
    for event in captured("everything.jsonld").events:
        assert event.event is not None
        (again,) = read_capture(capture_document([event.event], 0, "xml"), "application/xml").events
        assert again.event is not None
        assert event_hash(again.event) == event_hash(event.event)
    plain = event_hash(read_one(observed()))
    declared = {"declarationTime": "2026-11-23T12:38:00Z"}
    assert event_hash(read_one(observed(eventID="urn:uuid:1", errorDeclaration=declared))) == plain
    assert event_hash(read_one(observed(recordTime="2026-11-23T12:38:00Z"))) == plain


CHANGES: list[Json] = [
    {"eventTime": "2026-11-22T12:37:00.001+08:00"}, {"eventTimeZoneOffset": "+09:00"},
    {"epcList": ["urn:epc:id:sgtin:9521234.054321.SN2"]}, {"action": "ADD"}, {"bizStep": "other"},
    {"disposition": "active"}, {"persistentDisposition": {"unset": ["active"]}}, {"readPoint": {"id": "urn:x:1"}},
    {"bizLocation": {"id": "urn:x:1"}}, {"bizTransactionList": [{"bizTransaction": "urn:x:1"}]},
    {"sourceList": [{"type": "location", "source": "urn:x:1"}]},
    {"destinationList": [{"type": "location", "destination": "urn:x:1"}]},
    {"quantityList": [{"epcClass": "urn:x:1"}]}, {"quantityList": [{"epcClass": "urn:x:1", "quantity": 1}]},
    {"sensorElementList": [{"sensorReport": [{"value": 1}]}]},
    {"sensorElementList": [{"sensorReport": [{"minValue": 1}]}]},
    {"action": "ADD", "ilmd": {"ext:a": "1"}},
    {"ext:a": "1"}, {"ext:b": "1"}, {"ext:a": {"ext:b": "1"}}, {"ext:a": {"@b": "1"}},
    {"certificationInfo": "urn:x:1"}, {"pl:settlement": "insured"},
    {"ext:a": "87709840000000015538"}, {"ext:a": "87709840000000015539"},
]  # fmt: skip


def test_whatever_changes_changes_the_hash() -> None:
    """Each field, and each value of it; also twenty digits, which a double would round."""
    hashes = {event_hash(read_one(observed(**change))) for change in CHANGES} | {event_hash(read_one(observed()))}
    assert len(hashes) == len(CHANGES) + 1


# What a value of an extension is printed as here, and by their program.
VALUES: list[tuple[Any, str, str]] = [
    ("1.50", "1.5", "1.5"),
    ("0012", "12", "12"),
    ("+7", "7", "7"),
    ("1E3", "1000", "1000"),
    (" x ", "x", "x"),
    ("87709840000000015538", "87709840000000015538", "87709840000000016384"),
    ("1_000", "1_000", "1000"),
    ("0.00001", "0.00001", "1e-05"),
    (True, "true", "True"),
    ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
]


@pytest.mark.parametrize(("value", "ours", "theirs"), VALUES)
def test_values_of_extensions(value: Any, ours: str, theirs: str) -> None:
    """Numbers are compared as numbers, exactly; where their program loses digits, ours does not."""
    event = observed(**{"ext:a": value})
    assert pre_hash(read_one(event), "\n").split("\n")[-1] == f"{{https://x.example/}}a={ours}"
    assert their_parts(json.loads(document(event)))[-1] == f"{{https://x.example/}}a={theirs}"


def test_the_known_differences_are_what_the_page_says() -> None:
    """Each shown once; when their program is mended, this test says so."""
    order = [{"type": "po", "bizTransaction": "urn:x:3"}]
    event = observed(type="TransactionEvent", epcList=["urn:x:2"], parentID="urn:x:1", bizTransactionList=order)
    assert "epcListepc=urn:x:2parentID=urn:x:1" in pre_hash(read_one(event))
    assert "parentID=urn:x:1epcListepc=urn:x:2" in "".join(their_parts(json.loads(document(event))))

    goods = observed(action="ADD", ilmd={"cbvmda:lotNumber": "LOT7", "ext:a": "1"})
    ours = pre_hash(read_one(goods))
    assert "{urn:epcglobal:cbv:mda}lotNumber=LOT7" in ours
    assert "ilmdcbvmda:lotNumber=LOT7" in "".join(their_parts(json.loads(document(goods))))
    assert "".join(their_parts(capture_document([read_one(goods)], 0, "xml"))) == ours

    rounded = observed(eventTime="2026-11-22T12:37:00.0005+08:00")
    assert "eventTime=2026-11-22T04:37:00.001Z" in pre_hash(read_one(rounded))
    assert "eventTime=2026-11-22T04:37:00.000Z" in their_parts(json.loads(document(rounded)))

    place = observed(readPoint={"id": "urn:x:1", "u:floor": "2"}, bizLocation={"id": "urn:x:2"})
    own = document(place, **{"@context": [CONTEXT, {"u": "urn:x:"}]})
    (read,) = read_capture(own, "application/json").events
    assert read.event is not None
    assert "readPointid=urn:x:1{urn:x:}floor=2bizLocation" in pre_hash(read.event)
    assert "".join(their_parts(json.loads(own))).endswith("bizLocationid=urn:x:2readPoint{urn:x:}floor=2")

    typeless = observed(bizTransactionList=[{"bizTransaction": "urn:x:3"}])
    assert pre_hash(read_one(typeless)).endswith("bizTransactionListbizTransaction=urn:x:3")
    with pytest.raises(IndexError):
        their_parts(json.loads(document(typeless)))
