"""What is wrong is refused: with the right code, at the right place, under EPCIS's own name."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.custody.epcis.capture import read_capture, settle
from ledger.custody.epcis.faults import CaptureFault, exception_of
from ledger.custody.epcis.names import CONTEXT
from ledger.errors import FormatError
from ledger.limits import (
    CAPTURE_BYTES_MAX,
    CAPTURE_EVENTS_MAX,
    CODES_PER_EVENT_MAX,
    EXTENSION_NAMESPACES_MAX,
    JSON_DEPTH_MAX,
    NUMBER_DIGITS_MAX,
    XML_DEPTH_MAX,
)
from tests.custody.epcis.samples import SGTIN, changed, document, must_fault, must_refuse, observed, read_one

DEEP: Any = "x"
for _ in range(JSON_DEPTH_MAX // 2 + 1):
    DEEP = {"ext:a": DEEP}

REPORT = "sensorElementList[0].sensorReport[0]"


def report(**members: Any) -> dict[str, Any]:
    """Return a sensor element list of one report."""
    return {"sensorElementList": [{"sensorReport": [members]}]}


def quantity(**members: Any) -> dict[str, Any]:
    """Return a quantity list of one."""
    return {"quantityList": [members]}


def transformed(**members: Any) -> dict[str, Any]:
    """Return what makes a transformation of these of the smallest event."""
    return {"type": "TransformationEvent", "action": None, "epcList": None} | members


# What is wrong, the code, the place.
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"type": "QuantityEvent"}, "epcis-member", "type"),
    ({"type": None}, "epcis-member", "type"),
    ({"eventTime": None}, "epcis-member", "eventTime"),
    ({"eventTime": "22-07-2026"}, "event-time", "eventTime"),
    ({"eventTime": "2026-11-22T12:37:00"}, "event-time", "eventTime"),
    ({"eventTimeZoneOffset": None}, "epcis-member", "eventTimeZoneOffset"),
    ({"eventTimeZoneOffset": "Z"}, "event-time", "eventTimeZoneOffset"),
    ({"recordTime": "yesterday"}, "event-time", "recordTime"),
    ({"eventID": "not a uri"}, "event-uri", "eventID"),
    ({"action": None}, "epcis-member", "action"),
    ({"action": "observe"}, "event-action", "action"),
    ({"bizStep": "transforming"}, "event-word", "bizStep"),
    ({"bizStep": "https://ref.gs1.org/cbv/BizStep-transforming"}, "event-word", "bizStep"),
    ({"bizStep": 7}, "epcis-value", "bizStep"),
    ({"bizStep": "ns1:pick"}, "event-uri", "bizStep"),
    ({"disposition": "in_transport"}, "event-word", "disposition"),
    ({"persistentDisposition": ["recalled"]}, "epcis-member", "persistentDisposition"),
    ({"persistentDisposition": {"set": ["eaten"]}}, "event-word", "persistentDisposition.set[0]"),
    ({"persistentDisposition": {"reset": []}}, "epcis-member", "persistentDisposition.reset"),
    ({"epcList": None}, "epcis-member", "epcList or quantityList or sensorElementList"),
    ({"epcList": []}, "epcis-member", "epcList or quantityList or sensorElementList"),
    ({"epcList": SGTIN}, "epcis-member", "epcList"),
    ({"epcList": [SGTIN, "12345"]}, "event-uri", "epcList[1]"),
    ({"epcList": [SGTIN] * (CODES_PER_EVENT_MAX + 1)}, "event-codes", "epcList"),
    ({"epcs": [SGTIN]}, "epcis-member", "epcs"),
    ({"parentID": "urn:x:1"}, "epcis-member", "parentID"),
    ({"readPoint": "urn:x:1"}, "epcis-member", "readPoint"),
    ({"readPoint": {"ext:a": "1"}}, "epcis-member", "readPoint.id"),
    ({"bizLocation": {"id": "urn:x:1", "name": "A"}}, "epcis-member", "bizLocation.name"),
    ({"bizTransactionList": [{"type": "po"}]}, "epcis-member", "bizTransactionList[0].bizTransaction"),
    (
        {"bizTransactionList": [{"type": "bill", "bizTransaction": "urn:x:1"}]},
        "event-word", "bizTransactionList[0].type",
    ),
    ({"sourceList": [{"source": "urn:x:1"}]}, "epcis-member", "sourceList[0].type"),
    ({"destinationList": [{"type": "location", "source": "urn:x:1"}]}, "epcis-member", "destinationList[0]"),
    (quantity(quantity=3), "epcis-member", "quantityList[0].epcClass"),
    (quantity(epcClass="urn:x:c", quantity="3"), "epcis-value", "quantityList[0].quantity"),
    (quantity(epcClass="urn:x:c", quantity=True), "epcis-value", "quantityList[0].quantity"),
    (quantity(epcClass="urn:x:c", uom="KGM"), "epcis-member", "quantityList[0]"),
    (quantity(epcClass="urn:x:c", quantity=10**NUMBER_DIGITS_MAX), "epcis-value", "quantityList[0].quantity"),
    ({"sensorElementList": [{"sensorMetadata": {}}]}, "epcis-member", "sensorElementList[0].sensorReport"),
    ({"sensorElementList": [{"sensorReport": []}]}, "epcis-member", "sensorElementList[0]"),
    (report(value="hot"), "epcis-value", f"{REPORT}.value"),
    (report(booleanValue="yes"), "epcis-value", f"{REPORT}.booleanValue"),
    (report(hexBinaryValue="f"), "epcis-value", f"{REPORT}.hexBinaryValue"),
    (report(**{"ext:a": ["1", "2"]}), "epcis-extension", f"{REPORT}.ext:a"),
    ({"errorDeclaration": {"reason": "incorrect_data"}}, "epcis-member", "errorDeclaration.declarationTime"),
    (
        {"errorDeclaration": {"declarationTime": "2026-11-22T12:37:00Z", "reason": "oops"}},
        "event-word", "errorDeclaration.reason",
    ),
    ({"ilmd": {"lotNumber": "A"}}, "epcis-member", "ilmd.lotNumber"),
    ({"ext:a": [["1"]]}, "epcis-extension", "ext:a"),
    ({"ext:a": DEEP}, "epcis-extension", "ext:a" + ".ext:a" * (JSON_DEPTH_MAX // 2 + 1)),
    ({"ext:a": {"@unit": {"x": "1"}}}, "epcis-extension", "ext:a"),
    ({"ext:a": "\x00"}, "epcis-value", "ext:a"),
    ({"ext:颜色": "1"}, "epcis-name", "ext:颜色"),
    ({"ext:a b": "1"}, "epcis-name", "ext:a b"),
    ({"ext:1a": "1"}, "epcis-name", "ext:1a"),
    ({"ext:a": {"#text": "1", "ext:b": "2"}}, "epcis-extension", "ext:a"),
    ({"ext:a": {"@xmlns": "urn:x:"}}, "epcis-name", "ext:a"),
    ({"@context": {"x": "http://www.w3.org/XML/1998/namespace"}, "x:a": "1"}, "epcis-name", "x:a"),
    ({"@context": {"x": "urn:epcglobal:epcis:xsd:2"}, "x:a": "1"}, "epcis-name", "x:a"),
    ({"@context": {"x": "http://www.w3.org/2001/XMLSchema-instance"}, "x:type": "1"}, "epcis-name", "x:type"),
    ({"ext:a": "1", "https://x.example/a": "2"}, "epcis-member", "https://x.example/a"),
    ({"@context": {"cbv": "https://x.example/"}}, "epcis-context", "@context"),
    ({"@context": {"@vocab": "https://x.example/"}}, "epcis-context", "@context"),
    ({"@context": {"term": {"@id": "https://x.example/"}}}, "epcis-context", "@context"),
    ({"@context": [7]}, "epcis-context", "@context"),
    ({"@context": ["nowhere"]}, "epcis-context", "@context"),
    ({"type": "AggregationEvent", "epcList": None, "childEPCs": [SGTIN], "action": "ADD"}, "epcis-member", "parentID"),
    ({"type": "AssociationEvent", "epcList": None, "childEPCs": [SGTIN]}, "epcis-member", "parentID"),
    ({"type": "TransactionEvent"}, "epcis-member", "bizTransactionList"),
    ({"type": "TransformationEvent", "epcList": None}, "epcis-member", "action"),
    ({"ilmd": {"cbvmda:lotNumber": "A"}}, "epcis-member", "ilmd"),
    ({"ilmd": {"cbvmda:lotNumber": "A"}, "action": "DELETE"}, "epcis-member", "ilmd"),
    (transformed(inputEPCList=[SGTIN]), "epcis-member", "outputEPCList or outputQuantityList"),
    (transformed(outputQuantityList=[{"epcClass": "urn:x:c"}]), "epcis-member", "inputEPCList or inputQuantityList"),
    (quantity(epcClass="urn:x:c", quantity=3, uom="kg"), "epcis-value", "quantityList[0].uom"),
    ({"action": "DELETE", "epcList": None}, "epcis-member", "epcList or quantityList or sensorElementList"),
    (
        {"type": "TransactionEvent", "epcList": None, "bizTransactionList": [{"bizTransaction": "urn:x:1"}]},
        "epcis-member", "epcList or quantityList",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("members", "code", "path"), WRONG)
def test_a_fault_has_its_code_and_its_place(members: dict[str, Any], code: str, path: str) -> None:
    """And the event beside it is read; to the sender it is a ValidationException."""
    must_fault(observed(**members), code, path)
    assert exception_of(CaptureFault(code)) == "epcisException:ValidationException"


def test_more_namespaces_than_anybody_has() -> None:
    """In a context, and in names without one."""
    many = {f"https://x.example/{number}/a": "1" for number in range(EXTENSION_NAMESPACES_MAX + 1)}
    must_fault(observed(**many), "epcis-name", f"https://x.example/{EXTENSION_NAMESPACES_MAX}/a")
    context = {f"p{number}": f"https://x.example/{number}/" for number in range(EXTENSION_NAMESPACES_MAX + 1)}
    must_refuse(document(observed(), **{"@context": [CONTEXT, context]}), "epcis-context")
    exactly = dict(list(context.items())[1:])
    assert read_capture(document(observed(), **{"@context": exactly}), "application/json").events[0].fault is None


DOCUMENTS: list[tuple[dict[str, Any], str]] = [
    ({"type": "Document"}, "epcis-document"),
    ({"type": None}, "epcis-document"),
    ({"schemaVersion": None}, "epcis-document"),
    ({"schemaVersion": "1.2"}, "epcis-document"),
    ({"schemaVersion": 2.0}, "epcis-document"),
    ({"epcisBody": None}, "epcis-document"),
    ({"epcisBody": {}}, "epcis-document"),
    ({"epcisBody": {"eventList": {}}}, "epcis-document"),
    ({"type": "EPCISQueryDocument"}, "epcis-document"),
    ({"eventList": []}, "epcis-document"),
    ({"epcisHeader": []}, "epcis-document"),
    ({"epcisHeader": {"epcisMasterData": {}, "x": 1}, "epcisBody": 7}, "epcis-document"),
    ({"epcisHeader": {"epcisMasterData": {"vocabularyList": [{"vocabularyElementList": [{}]}]}}}, "epcis-document"),
    ({"epcisHeader": {"epcisMasterData": {"vocabularyList": [7]}}}, "epcis-document"),
    ({"@context": {"gs1": "https://x.example/"}}, "epcis-context"),
    ({"epcisBody": {"eventList": [{}] * (CAPTURE_EVENTS_MAX + 1)}}, "epcis-too-many-events"),
]


@pytest.mark.parametrize(("members", "code"), DOCUMENTS)
def test_a_document_that_is_none(members: dict[str, Any], code: str) -> None:
    """Is refused whole."""
    must_refuse(document(observed(), **members), code)


def test_as_many_events_as_are_announced() -> None:
    """The limit itself is allowed: an announced limit that refuses its own number is a defect of peers."""
    events = [{} for _ in range(CAPTURE_EVENTS_MAX)]
    read = read_capture(document(*events), "application/json").events
    assert [each.fault.event for each in read if each.fault] == list(range(CAPTURE_EVENTS_MAX))


def test_what_is_no_json() -> None:
    """JSON's own faults come with their own codes; a document is an object."""
    ambiguous = [(b'{"a":1,"a":2}', "json-ambiguous"), (b'{"a":NaN}', "json-ambiguous")]
    for data, code in [(b"{", "json-malformed"), *ambiguous]:
        with pytest.raises(FormatError) as caught:
            read_capture(data, "application/json")
        assert caught.value.code == code
    must_refuse(b"[]", "epcis-document")
    must_refuse(b"{}", "epcis-media-type", "text/csv")
    must_refuse(b" " * (CAPTURE_BYTES_MAX + 1), "epcis-too-large")


# A text of older.xml, what stands there instead, the code, and what begins the line that is named ("" for none).
XML_ATTACKS: list[tuple[str, str, str, str]] = [
    ("<epcis:EPCISDocument", "<!DOCTYPE project []>\n<epcis:EPCISDocument", "epcis-xml-forbidden", "<!DOCTYPE"),
    (
        "<epcis:EPCISDocument",
        '<!DOCTYPE a PUBLIC "-//a//b" "https://x.example/a.dtd"><epcis:EPCISDocument',
        "epcis-xml-forbidden",
        "<!DOCTYPE",
    ),
    ("<EventList>", "<!DOCTYPE a><EventList>", "epcis-xml", "<!DOCTYPE"),
    (
        "<epcis:EPCISDocument",
        '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><epcis:EPCISDocument',
        "epcis-xml-forbidden",
        "<!DOCTYPE",
    ),
    (
        "<epcis:EPCISDocument",
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><epcis:EPCISDocument',
        "epcis-xml-forbidden",
        "<!DOCTYPE",
    ),
    ("<EventList>", "<EventList>&xxe;", "epcis-xml", "<EventList>"),
    ("    </EventList>\n", "", "epcis-xml", "</EPCISBody>"),
    ("<EventList>", "<EventList>\x01", "epcis-xml", "<EventList>"),
    ('encoding="UTF-8"', 'encoding="nonsense"', "epcis-xml", "<?xml"),
    ("epcis:xsd:1", "epcis:xsd:3", "epcis-document", "<epcis:EPCISDocument"),
    ('"1.2"', '"2.0"', "epcis-document", ""),
    ("<EPCISBody>", "<EPCISBody/><Body>", "epcis-xml", "</EPCISBody>"),
    ("EventList>", "EventsList>", "epcis-document", "<epcis:EPCISDocument"),
    ("<EventList>", "<EventList>text", "epcis-xml", "<EventList>"),
    ("<bizLocation>", "<bizLocation>here", "epcis-xml", "<bizLocation>"),
    ("<EventList>", "<EventList>" + "<a>" * XML_DEPTH_MAX, "epcis-xml", "<EventList>"),
]


def line_of(data: bytes, start: str) -> int:
    """Return the number of the first line that begins so, from 1; 0 for ""."""
    lines = data.decode().splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.strip().startswith(start)) if start else 0


@pytest.mark.parametrize(("before", "after", "code", "start"), XML_ATTACKS)
def test_an_xml_document_that_is_none(before: str, after: str, code: str, start: str) -> None:
    """Is refused at the line; nothing of a document type is ever read."""
    data = changed("older.xml", lambda text: text.replace(before, after))
    must_refuse(data, code, "application/xml", line_of(data, start))


# The same; a fault that only the reader of events finds has the line where its event begins.
XML_FAULTS: list[tuple[str, str, str, str]] = [
    ("<action>ADD</action>", "<action>ADD</action><action>ADD</action>", "epcis-member", "<action>"),
    ("<action>ADD</action>", "<action>ADD</action><verb/>", "epcis-member", "<action>"),
    ("<action>ADD</action>", "<action xml:lang='en'>ADD</action>", "epcis-member", "<action xml"),
    ("<action>ADD</action>", "<action><b/></action>", "epcis-member", "<action>"),
    ("<epcList><epc>", "<epcList><item/><epc>", "epcis-member", "<epcList>"),
    ("<epcList><epc>", "<epcList a='1'><epc>", "epcis-member", "<epcList a"),
    ("<quantity>5</quantity>", "<quantity>five</quantity>", "epcis-value", "<ObjectEvent>"),
    ("<ilmd>", "<ilmd><q:a xmlns:q='urn:epcglobal:epcis:xsd:1'/>", "epcis-xml", "<ilmd>"),
    ("<cbvmda:lotNumber>", "<lotNumber>A</lotNumber><cbvmda:lotNumber>", "epcis-member", "<ilmd>"),
    ("<childEPCs/>", "<childEPCs>none</childEPCs>", "epcis-member", "<childEPCs>"),
    ("TransformationEvent>", "QuantityEvent>", "epcis-member", "<inputEPCList>"),
    ("cbv:bizstep:unpacking", "cbv:bizstep:unwrapping", "event-word", "<AggregationEvent>"),
]


@pytest.mark.parametrize(("before", "after", "code", "start"), XML_FAULTS)
def test_a_fault_in_one_xml_event(before: str, after: str, code: str, start: str) -> None:
    """Has its line, and its neighbours are read."""
    data = changed("older.xml", lambda text: text.replace(before, after))
    read = read_capture(data, "application/xml").events
    faults = [each.fault for each in read if each.fault is not None]
    assert [(fault.code, fault.line) for fault in faults] == [(code, line_of(data, start))]
    assert len(read) == 3


def test_details_name_members_and_never_values() -> None:
    """A value may be anybody's secret; a name of the author's is cut short."""
    for members in ({"ext:颜色": "geheim"}, {"epcList": ["geheim"]}, {"bizStep": "geheim"}, {"x" * 400: "geheim"}):
        (read,) = read_capture(document(observed(**members)), "application/json").events
        assert read.fault is not None
        assert "geheim" not in str(read.fault)
        assert len(str(read.fault)) < 200


def test_the_other_exceptions() -> None:
    """What EPCIS names otherwise than ValidationException."""
    names = {
        "epcis-too-large": "CaptureLimitExceededException",
        "epcis-too-many-events": "CaptureLimitExceededException",
        "epcis-media-type": "UnsupportedMediaTypeException",
        "query-parameter": "QueryParameterException",
        "query-too-complex": "QueryTooComplexException",
        "query-too-large": "QueryTooLargeException",
        "json-malformed": "ValidationException",
    }
    assert {code: exception_of(FormatError(code)) for code in names} == {
        code: f"epcisException:{name}" for code, name in names.items()
    }


def test_rollback_keeps_all_or_nothing_and_proceed_what_is_good() -> None:
    """EPCIS 2.0 §12.4; a document without a fault is kept whole by both."""
    fault = CaptureFault("epcis-member")
    assert settle("rollback", [None, fault, None]) == ([], False, [fault])
    assert settle("proceed", [None, fault, None]) == ([0, 2], False, [fault])
    assert settle("proceed", [fault]) == ([], False, [fault])
    assert settle("rollback", [None, None]) == settle("proceed", [None, None]) == ([0, 1], True, [])
    assert settle("rollback", []) == ([], True, [])


def test_the_smallest_event_is_read() -> None:
    """So that what is refused above is refused for its fault alone."""
    assert read_one(observed()).members["type"] == "ObjectEvent"
