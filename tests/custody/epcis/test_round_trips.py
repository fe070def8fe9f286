"""Any event that can be read comes back the same through JSON and XML, with the same hash."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.custody.epcis.capture import read_capture
from ledger.custody.epcis.eventhash import event_hash
from ledger.custody.epcis.names import CONTEXT
from ledger.custody.epcis.output import Answer, capture_document, query_document, stored_event
from ledger.custody.epcis.reading import EpcisEvent
from ledger.custody.epcis.words import VOCABULARIES
from tests.custody.epcis.oracle import their_hash

# Whatever a person may type: angle brackets, quotes, line ends, tabs, other scripts; all that XML can carry.
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters="\t\n\r"), max_size=12)
TEXTS = TEXTS.filter(lambda text: "\ufffe" not in text and "\uffff" not in text)
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9._-]{0,5}", fullmatch=True)
PREFIXES = st.sampled_from(["ext", "a", "ns1", "cold", "pl"])
SPACES = {"ext": "https://x.example/", "a": "https://x.example/a#", "ns1": "urn:x:1:", "cold": "https://c.example/c/"}
TIMES = st.datetimes(datetime(1970, 1, 1)).map(lambda time: f"{time.isoformat(timespec='microseconds')}Z")  # noqa: DTZ001
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4).map(float)
URIS = st.from_regex(r"urn:x:[a-z0-9.:-]{1,12}[a-z0-9]", fullmatch=True)
SERIALS = st.from_regex(r"[A-Za-z0-9._-]{1,20}", fullmatch=True)
CODES = st.one_of(
    SERIALS.map(lambda serial: f"urn:epc:id:sgtin:9521234.054321.{serial}"),
    st.integers(0, 10**9 - 1).map(lambda number: f"urn:epc:id:sscc:9521234.0{number:09}"),
    URIS,
)
PLACES = st.one_of(URIS, SERIALS.map(lambda serial: f"urn:epc:id:sgln:9521234.00001.{serial}"))

SCALARS = st.one_of(TEXTS, st.booleans(), st.integers(-(10**12), 10**12), DECIMALS)
ATTRIBUTES = st.dictionaries(
    st.one_of(NAMES, st.builds("{}:{}".format, PREFIXES, NAMES)).filter(lambda name: name != "xmlns").map("@{}".format),
    SCALARS,
    max_size=2,
)
EXTENSIONS = st.recursive(
    SCALARS | st.builds(lambda text, attributes: {"#text": text, **attributes}, SCALARS, ATTRIBUTES),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).filter(lambda values: list not in map(type, values)),
        st.builds(
            lambda members, attributes: members | attributes,
            st.dictionaries(st.one_of(NAMES, st.builds("{}:{}".format, PREFIXES, NAMES)), inner, max_size=3),
            ATTRIBUTES,
        ),
    ),
    max_leaves=6,
)
MEMBERS = st.dictionaries(st.builds("{}:{}".format, st.sampled_from(sorted(SPACES)), NAMES), EXTENSIONS, max_size=3)


def words(vocabulary: str) -> st.SearchStrategy[str]:
    """Words of a vocabulary, in any of their spellings, and words of one's own."""
    known = VOCABULARIES[vocabulary]
    word = st.sampled_from(sorted(known.words))
    return st.one_of(word, word.map(known.long), word.map(lambda each: known.long(each, "urn")), URIS)


def pairs(name: str, vocabulary: str) -> st.SearchStrategy[Any]:
    """Lists of pairs of type and identifier."""
    return st.lists(st.fixed_dictionaries({"type": words(vocabulary), name: URIS}), min_size=1, max_size=3)


QUANTITIES = st.lists(
    st.fixed_dictionaries(
        {"epcClass": st.one_of(URIS, SERIALS.map(lambda lot: f"urn:epc:class:lgtin:9521234.054321.{lot}"))},
        optional={"quantity": DECIMALS},
    ),
    min_size=1,
    max_size=3,
)
SENSORS = st.lists(
    st.fixed_dictionaries(
        {
            "sensorReport": st.lists(
                st.fixed_dictionaries(
                    {"type": words("measurement"), "value": DECIMALS},
                    optional={
                        "uom": st.sampled_from(["CEL", "A93"]), "stringValue": TEXTS, "time": TIMES, "ext:z": SCALARS,
                    },
                ),
                min_size=1,
                max_size=2,
            )
        },
        optional={"sensorMetadata": st.fixed_dictionaries({"deviceID": PLACES}, optional={"startTime": TIMES})},
    ),
    min_size=1,
    max_size=2,
)
COMMON = {
    "eventTime": TIMES,
    "eventTimeZoneOffset": st.sampled_from(["+08:00", "-03:30", "+00:00", "+14:00"]),
}
OPTIONAL: dict[str, st.SearchStrategy[Any]] = {
    "bizStep": words("bizStep"),
    "disposition": words("disposition"),
    "readPoint": st.builds(lambda place, more: {"id": place} | more, PLACES, MEMBERS),
    "bizLocation": st.fixed_dictionaries({"id": PLACES}),
    "bizTransactionList": pairs("bizTransaction", "bizTransaction"),
    "sourceList": pairs("source", "party"),
    "destinationList": pairs("destination", "party"),
    "sensorElementList": SENSORS,
    "persistentDisposition": st.fixed_dictionaries({}, optional={
        "set": st.lists(words("disposition"), max_size=2), "unset": st.lists(words("disposition"), max_size=2),
    }),
    "errorDeclaration": st.fixed_dictionaries({"declarationTime": TIMES}, optional={"reason": words("reason")}),
    "certificationInfo": st.lists(URIS, max_size=2),
}  # fmt: skip
ACTIONS = {"action": st.sampled_from(["ADD", "OBSERVE", "DELETE"])}
LISTS = st.lists(CODES, min_size=1, max_size=4)
TYPES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "ObjectEvent": (ACTIONS | {"epcList": LISTS}, {"quantityList": QUANTITIES}),
    "AggregationEvent": (ACTIONS | {"parentID": CODES, "childEPCs": LISTS}, {"childQuantityList": QUANTITIES}),
    "TransactionEvent": (
        ACTIONS | {"epcList": LISTS, "bizTransactionList": pairs("bizTransaction", "bizTransaction")},
        {"parentID": CODES, "quantityList": QUANTITIES},
    ),
    "TransformationEvent": (
        {"inputEPCList": LISTS, "outputEPCList": LISTS},
        {"transformationID": URIS, "inputQuantityList": QUANTITIES, "ilmd": MEMBERS},
    ),
    "AssociationEvent": (ACTIONS | {"parentID": CODES, "childEPCs": LISTS}, {"childQuantityList": QUANTITIES}),
}


def with_ilmd(event: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Only an ObjectEvent with ADD may have it."""
    if event["type"] != "ObjectEvent":
        return st.just(event)
    return st.one_of(st.just(event), MEMBERS.map(lambda ilmd: event | {"ilmd": ilmd}))


EVENTS = st.one_of([
    st.builds(
        lambda event, more: event | more,
        st.fixed_dictionaries(
            {"type": st.just(name), **COMMON, **required},
            optional={key: each for key, each in (OPTIONAL | optional).items() if key not in required},
        ),
        MEMBERS,
    )
    for name, (required, optional) in TYPES.items()
]).flatmap(lambda event: with_ilmd(event) if event.get("action") == "ADD" else st.just(event))  # fmt: skip


def read(event: dict[str, Any]) -> EpcisEvent:
    """Read a bare event with the prefixes that the strategies use."""
    (one,) = read_capture(json.dumps({"@context": [CONTEXT, SPACES], **event}).encode(), "application/json").events
    if one.fault is not None:
        raise one.fault
    assert one.event is not None
    return one.event


@given(EVENTS)
@settings(max_examples=300, deadline=None)
def test_json_to_xml_to_json(event: dict[str, Any]) -> None:
    """The same bytes, the same hash; also as a body, and as an answer to a query."""
    first = read(event)
    assert stored_event(first.body()) == first
    for data, kind in (
        (capture_document([first], 0, "xml"), "application/xml"),
        (capture_document([first], 0, "xml", "web"), "application/xml"),
        (capture_document([first], 0), "application/json"),
        (query_document(Answer([first], 0), "xml"), "application/xml"),
        (query_document(Answer([first], 0)), "application/json"),
    ):
        (again,) = read_capture(data, kind).events
        assert again.event == first
        assert event_hash(again.event) == event_hash(first)


_PLAIN = st.one_of([
    st.fixed_dictionaries({"type": st.just(name), **COMMON, **required}, optional={
        key: OPTIONAL[key] for key in ("bizStep", "disposition", "persistentDisposition", "certificationInfo")
    } | optional)
    for name, (required, optional) in TYPES.items() if name != "TransactionEvent"
])  # fmt: skip


@given(_PLAIN)
@example(
    {
        "type": "ObjectEvent", "eventTime": "2026-11-22T01:02:03.000Z", "eventTimeZoneOffset": "+08:00",
        "action": "ADD", "quantityList": [
            {"epcClass": "urn:epc:class:lgtin:9521234.054321.0", "quantity": 2},
            {"epcClass": "urn:epc:class:lgtin:9521234.054321.00"},
        ],
    }
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_their_program_agrees_on_our_xml(event: dict[str, Any]) -> None:
    """The hash of what we send out as XML, where nothing of the page of differences stands in it."""
    plain = {name: member for name, member in event.items() if name != "ilmd"}
    plain["eventTime"] = plain["eventTime"][:20].replace(".", "Z")
    first = read(plain)
    assert their_hash(capture_document([first], 0, "xml")) == event_hash(first)
