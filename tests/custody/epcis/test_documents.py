"""Documents go in and come out with the same meaning, whatever their syntax."""

from __future__ import annotations

import json

import pytest

from ledger.custody.epcis.capture import read_capture
from ledger.custody.epcis.eventhash import event_hash
from ledger.custody.epcis.faults import CaptureFault
from ledger.custody.epcis.masterdata import children_of
from ledger.custody.epcis.names import CONTEXT
from ledger.custody.epcis.output import Answer, capture_document, query_document, stored_event
from ledger.custody.epcis.reading import EpcisEvent
from ledger.custody.event import parse_event
from ledger.custody.vocabulary import TERMS
from tests.custody.bodies import CASE, PACK, aggregation, dispensing, written
from tests.custody.epcis.samples import (
    SGTIN,
    SGTIN_LINK,
    captured,
    document,
    media_type,
    observed,
    read_one,
    text_of,
)

NIL = b'<quantity xsi:nil="%s"/>'
PAIRS = [("everything.jsonld", "everything.xml"), ("older.jsonld", "older.xml")]


def events_of(name: str) -> list[EpcisEvent]:
    """Read a document without fault."""
    read = captured(name).events
    assert [each.fault for each in read] == [None] * len(read)
    return [each.event for each in read if each.event is not None]


@pytest.mark.parametrize(("jsonld", "xml"), PAIRS)
def test_json_and_xml_say_the_same(jsonld: str, xml: str) -> None:
    """Events become the same bytes and have the same hash; master data are the same."""
    assert [each.body() for each in events_of(jsonld)] == [each.body() for each in events_of(xml)]
    assert [event_hash(each) for each in events_of(jsonld)] == [event_hash(each) for each in events_of(xml)]
    assert captured(jsonld).master_data == captured(xml).master_data != {}


@pytest.mark.parametrize("name", ["everything.jsonld", "everything.xml", "older.jsonld", "older.xml"])
@pytest.mark.parametrize("syntax", ["json", "xml"])
@pytest.mark.parametrize("spelling", ["urn", "web"])
def test_what_went_in_comes_out(name: str, syntax: str, spelling: str) -> None:
    """As a capture document and as an answer, in either syntax, and goes in again as the same bytes."""
    events = events_of(name)
    kind = media_type(f".{syntax}" if syntax == "xml" else ".jsonld")
    for data in (
        capture_document(events, 0, syntax, spelling),  # type: ignore[arg-type]
        query_document(Answer(events, 0, "mine & <yours>", "s-1"), syntax, spelling),  # type: ignore[arg-type]
    ):
        again = read_capture(data, kind).events
        assert [each.event for each in again] == events


@pytest.mark.parametrize("name", ["everything.jsonld", "older.jsonld"])
def test_reading_what_was_read_changes_nothing(name: str) -> None:
    """A stored body is read as the event that it is."""
    for event in events_of(name):
        assert stored_event(event.body()) == event
        assert stored_event(event.body()).body() == event.body()


def test_what_the_gateway_writes_is_an_event_of_the_ledger() -> None:
    """Codes in their canonical spelling, words bare, batch and day where custody looks for them."""
    first, packing, *_ = events_of("everything.jsonld")
    event = parse_event(first.body())
    assert (event.kind, event.batch, event.expiry) == ("commissioning", "LOT7", 20281231)
    assert event.codes == ["01/09521234543213/21/SN1", "01/09521234543213/21/SN2"]
    assert event.site == "https://id.gs1.org/414/9521234000013"
    assert event.source == "https://id.gs1.org/417/9521234000013"
    assert event.destination == "https://id.gs1.org/417/9521234000020"
    packed = parse_event(packing.body())
    assert (packed.kind, packed.parent) == ("packing", "00/095212341234567891")
    correction = parse_event(events_of("older.xml")[0].body())
    assert (correction.kind, correction.corrects) == ("commissioning", True)
    emptied = parse_event(events_of("older.xml")[1].body())
    assert (emptied.kind, emptied.codes, emptied.parent) == ("unpacking", [], "00/095212341234567891")


@pytest.mark.parametrize("value", [dispensing(), aggregation(), dispensing(**{"ext:colour": "green"})])
def test_bodies_that_authors_signed_come_out_as_xml_and_mean_the_same(value: dict[str, object]) -> None:
    """What a station wrote, with the ledger's time of record; custody reads the same from what comes back."""
    body = written(value)
    event = stored_event(body, 1_795_320_001)
    assert event.members["recordTime"] == "2026-11-22T04:00:01Z"
    (again,) = read_capture(capture_document([event], 0, "xml"), "application/xml").events
    assert again.event == event
    assert parse_event(event.body()) == parse_event(body)


def test_our_own_members_and_steps_survive_xml() -> None:
    """Under whatever prefix a partner gives our namespace."""
    seized = observed(bizStep="pl:seizing", epcList=[PACK], **{"pl:settlement": "insured"})
    event = read_one(seized)
    data = capture_document([event], 0, "xml")
    assert b"urn:packledger:terms:seizing" in data
    renamed = data.replace(b"xmlns:pl=", b"xmlns:p=").replace(b"<pl:", b"<p:").replace(b"</pl:", b"</p:")
    (again,) = read_capture(renamed, "text/xml").events
    assert again.event == event
    assert parse_event(event.body()).kind == "seizing"
    other = document(
        observed(epcList=[PACK], **{"mine:settlement": "insured"}),
        **{"@context": [CONTEXT, {"mine": TERMS}]},
    )
    (one,) = read_capture(other, "application/json").events
    assert one.event is not None
    assert parse_event(one.event.body()).insured


def test_prefixes_are_the_authors_as_far_as_they_are_free() -> None:
    """The same namespace under two prefixes is one; a prefix that is taken gets another name."""
    context = {"a": "https://x.example/1/", "b": "https://x.example/1/", "epcisq": "https://x.example/2/"}
    event = observed(**{"@context": context, "a:one": "1", "epcisq:two": "2", "https://x.example/3/three": "3"})
    read = read_one(event | {"action": "ADD", "ilmd": {"b:four": "4"}})
    assert read.context[1] == {"a": "https://x.example/1/", "ns1": "https://x.example/2/", "ns2": "https://x.example/3/"}
    assert (read.members["a:one"], read.members["ns1:two"], read.members["ns2:three"]) == ("1", "2", "3")
    assert read.members["ilmd"] == {"a:four": "4"}


def test_one_document_of_events_whose_prefixes_quarrel() -> None:
    """Each keeps its own meaning."""
    first = read_one(observed(**{"@context": {"q": "https://one.example/"}, "q:x": "1"}))
    second = read_one(observed(**{"@context": {"q": "https://two.example/"}, "q:x": "1"}))
    for syntax, kind in (("json", "application/json"), ("xml", "application/xml")):
        data = capture_document([first, second], 0, syntax)  # type: ignore[arg-type]
        assert [each.event for each in read_capture(data, kind).events] == [first, second]


def test_a_bare_event_and_a_single_one_in_a_document() -> None:
    """Both are one event; the bare one has no number."""
    bare = json.dumps(observed(**{"@context": CONTEXT})).encode()
    single = document(epcisBody={"event": observed()})
    (one,), (other,) = (read_capture(data, "application/json").events for data in (bare, single))
    assert one.event == other.event
    (broken,) = read_capture(json.dumps(observed(action="LOOK")).encode(), "application/json").events
    assert broken.fault is not None
    assert broken.fault.event is None


def test_what_an_author_wrote_is_kept_when_it_can_be() -> None:
    """A bare event that the ledger takes is signed and stored byte for byte; one that it does not is written anew."""
    own = written(dispensing())
    (kept,) = read_capture(own, "application/ld+json").events
    assert kept.body == own
    assert kept.event is not None
    assert kept.event.body() != own
    assert parse_event(kept.event.body()) == parse_event(own)
    (nameless,) = read_capture(written(dispensing(eventID=None)), "application/ld+json").events
    urn = {"epcList": [SGTIN], "eventID": "urn:uuid:1"}
    (other,) = read_capture(json.dumps(observed(**urn)).encode(), "application/ld+json").events
    for made in (nameless, other):
        assert made.event is not None
        assert made.body == made.event.body()
        parse_event(made.body)
    for name in ("everything.jsonld", "everything.xml"):
        assert all(each.event and each.body == each.event.body() for each in captured(name).events)


def test_an_answer_to_a_query_can_be_captured() -> None:
    """EPCIS 2.0 §12.4: what one repository answers, another takes in."""
    query = {"queryName": "q", "resultsBody": {"eventList": [observed()]}}
    data = document(type="EPCISQueryDocument", epcisBody={"queryResults": query})
    (one,) = read_capture(data, "application/json").events
    assert one.event == read_one(observed())


def test_an_event_without_id_gets_its_hash() -> None:
    """The same from every syntax, and an id that was given is kept."""
    (read,) = read_capture(document(observed()), "application/json").events
    assert read.hashed
    assert read.event is not None
    assert read.event.members["eventID"] == event_hash(read.event)
    (given,) = read_capture(document(observed(eventID="urn:uuid:1")), "application/json").events
    assert not given.hashed
    assert parse_event(read.event.body()).event_id == event_hash(read.event)


def test_a_document_type_that_declares_nothing_says_nothing() -> None:
    """A bare name is all that it may be; an entity is unknown behind it as without it."""
    plain = text_of("older.xml")
    named = plain.replace("<epcis:EPCISDocument", "<!DOCTYPE project>\n<epcis:EPCISDocument", 1)
    assert named != plain
    assert read_capture(named.encode(), "application/xml") == captured("older.xml")
    with pytest.raises(CaptureFault) as caught:
        read_capture(named.replace("<EventList>", "<EventList>&xxe;").encode(), "application/xml")
    assert caught.value.code == "epcis-xml"


@pytest.mark.parametrize("nil", ["true", "1"])
def test_a_quantity_that_is_nil_is_not_there(nil: str) -> None:
    """EPCIS's XML schema lets a quantity be nil; JSON leaves it out."""
    event = observed(quantityList=[{"epcClass": "urn:x:c", "quantity": 7}])
    told = capture_document([read_one(event)], 0, "xml").replace(b"<quantity>7</quantity>", NIL % nil.encode())
    (read,) = read_capture(told, "application/xml").events
    assert read.event is not None
    assert read.event.members["quantityList"] == [{"epcClass": "urn:x:c"}]
    beside = told.replace(b"/></quantityElement>", b"/><uom>KGM</uom></quantityElement>")
    for wrong in (beside, told.replace(b"/></quantityElement>", b">7</quantity></quantityElement>")):
        assert wrong != told
        (read,) = read_capture(wrong, "application/xml").events
        assert read.fault is not None
        assert read.fault.code == "epcis-member"


def test_places_inside_places() -> None:
    """Master data tell who lies inside whom, in canonical spelling."""
    inside = children_of(captured("everything.xml").master_data)
    assert inside == {
        "https://id.gs1.org/414/9521234000013": {
            "https://id.gs1.org/414/9521234000013/254/7",
            "https://id.gs1.org/414/9521234000013/254/8",
        }
    }


SPELLINGS = [
    ({"bizStep": "https://ref.gs1.org/cbv/BizStep-shipping"}, {"bizStep": "shipping"}),
    ({"bizStep": "urn:epcglobal:cbv:bizstep:shipping"}, {"bizStep": "cbv:BizStep-shipping"}),
    ({"epcList": ["https://shop.example/01/09521234543213/21/SN1"]}, {"epcList": [SGTIN_LINK]}),
    ({"parentID": "urn:epc:id:sscc:9521234.0123456789"}, {"parentID": "https://id.gs1.org/00/095212341234567891"}),
    ({"bizStep": "ext:pick"}, {"bizStep": "https://x.example/pick"}),
    ({"epcList": ["ext:1"]}, {"epcList": ["https://x.example/1"]}),
    ({"readPoint": {"id": "ext:p"}}, {"readPoint": {"id": "https://x.example/p"}}),
    ({"certificationInfo": "ext:c"}, {"certificationInfo": "https://x.example/c"}),
    ({"ext:a": ["1"]}, {"ext:a": "1"}),
    ({"ext:a": {}}, {"ext:a": ""}),
    ({"ext:a": None}, {}),
    ({"ext:a": []}, {}),
    ({"ext:a": " x\n"}, {"ext:a": "x"}),
    ({"ext:a": 2.50}, {"ext:a": 2.5}),
    ({"ext:a": 1e2}, {"ext:a": 100}),
    ({"certificationInfo": "urn:x:1"}, {"certificationInfo": ["urn:x:1"]}),
    ({"persistentDisposition": {"set": "recalled"}}, {"persistentDisposition": {"set": ["recalled"], "unset": []}}),
    ({"quantityList": []}, {}),
]


@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_one_meaning_has_one_spelling(one: dict[str, object], other: dict[str, object]) -> None:
    """Whatever a partner wrote, the body is the same."""
    event_type = {"type": "TransactionEvent", "bizTransactionList": [{"bizTransaction": "urn:x:1"}]}
    more = event_type if "parentID" in one else {}
    assert read_one(observed(**more) | one).body() == read_one(observed(**more) | other).body()


def test_numbers_lose_nothing() -> None:
    """Twenty-nine digits of a decimal stay as they are, through JSON and XML."""
    data = document(observed(quantityList=[{"epcClass": "urn:x:c", "quantity": 7}]))
    data = data.replace(b'"quantity": 7', b'"quantity": 12345678901234567890.123456789')
    (read,) = read_capture(data, "application/json").events
    assert read.event is not None
    assert b'"quantity":12345678901234567890.123456789' in read.event.body()
    (again,) = read_capture(capture_document([read.event], 0, "xml"), "application/xml").events
    assert again.event == read.event


def test_a_context_elsewhere_stays_in_the_body() -> None:
    """What only its address defines cannot be read here, and is not thrown away."""
    context = [CONTEXT, "https://partners.example/context.jsonld"]
    (read,) = read_capture(document(observed(), **{"@context": context}), "application/json").events
    assert read.event is not None
    assert read.event.context == context
    assert stored_event(read.event.body()) == read.event


def test_comments_and_hints_to_validators_say_nothing() -> None:
    """XML comments, processing instructions and xsi:schemaLocation are passed over."""
    plain = text_of("older.xml")
    noisy = plain.replace("<EPCISBody>", '<?go?><!-- a --><EPCISBody xmlns:i="http://www.w3.org/2001/XMLSchema-instance">')
    noisy = noisy.replace("<cbvmda:lotNumber>", '<cbvmda:lotNumber xml:space="preserve">')
    noisy = noisy.replace("<childEPCs/>", '<childEPCs i:schemaLocation="a b"> <!-- none --> </childEPCs>')
    assert noisy != plain
    noisy = noisy.replace("UTF-8", "UTF-16")
    read = read_capture(noisy.encode("utf-16"), "text/xml")
    assert read == captured("older.xml")


def test_a_case_is_a_case_in_every_spelling() -> None:
    """The parent of an aggregation is a code like its children."""
    link = CASE.replace("id.gs1.org", "shop.example")
    assert read_one(aggregation(parentID=link)).members["parentID"] == CASE
