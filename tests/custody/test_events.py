"""Events say what was written, in each spelling that EPCIS 2.0 allows."""

from __future__ import annotations

from typing import Any

import pytest

from ledger import canonical
from ledger.custody.event import make_event, parse_event
from ledger.custody.rules import RULES
from ledger.errors import CodeFault
from ledger.limits import BODY_BYTES_MAX, CODES_PER_EVENT_MAX
from tests.custody.bodies import (
    CASE,
    EVENT_ID,
    EVENT_KINDS,
    NOON,
    OTHER_PACK,
    PACK,
    SHOP,
    Json,
    aggregation,
    dispensing,
    must_refuse,
    written,
)


def test_an_event_says_what_was_written() -> None:
    """All that custody needs, and its act, from one dispensing."""
    event = parse_event(written(dispensing()))
    assert (event.event_id, event.kind) == (EVENT_ID, "dispensing")
    assert (event.event_time, event.zone) == (NOON, 28_800)
    assert (event.codes, event.parent, event.site) == (["87709840000000015538"], None, SHOP)
    assert (event.source, event.destination) == (None, "https://id.example.org/party/9")
    assert (event.batch, event.expiry, event.insured, event.partial) == ("LOT7", 20281231, True, False)
    assert (event.confidential, event.corrects) == (bytes(range(32)), False)
    act = event.act
    assert (act.kind, act.time, act.zone, act.insured) == ("dispensing", NOON, 28_800, True)
    assert (act.batch, act.expiry, act.partial, act.parent) == ("LOT7", 20281231, False, None)


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_each_kind_is_read_as_it_was_made(kind: str) -> None:
    """The table writes and reads: the kind, the codes in ascending order, the case."""
    aggregated = RULES[kind].event_type == "AggregationEvent"
    body = make_event(
        kind,
        event_id=EVENT_ID,
        event_time=NOON,
        codes=[OTHER_PACK, PACK],
        parent=CASE if aggregated else None,
    )
    assert canonical.dumps(canonical.loads(body)) == body
    event = parse_event(body)
    assert event.kind == kind
    assert event.codes == ["87709840000000015538", "87709840000000015539"]
    assert event.parent == ("00/095212345432100010" if aggregated else None)


@pytest.mark.parametrize(
    ("step", "disposition", "kind"),
    [
        ("https://ref.gs1.org/cbv/BizStep-shipping", "https://ref.gs1.org/cbv/Disp-in_transit", "shipping"),
        ("urn:epcglobal:cbv:bizstep:receiving", "urn:epcglobal:cbv:disp:damaged", "refusing"),
        ("cbv:BizStep-receiving", "cbv:Disp-returned", "undoing-dispense"),
        ("urn:packledger:terms:seizing", None, "seizing"),
        ("receiving", "https://example.org/mood/fine", "receiving"),
        ("retail_selling", "retail_sold", "dispensing"),
        ("stock_taking", "stolen", "theft"),
        ("stock_taking", None, "other"),
        ("https://example.org/step/polishing", None, "other"),
        (None, None, "other"),
    ],
)
def test_words_have_several_spellings_and_one_meaning(
    step: str | None, disposition: str | None, kind: str
) -> None:
    """Bare words and the standard's URIs select the same row; strangers' URIs select none."""
    assert parse_event(written(dispensing(bizStep=step, disposition=disposition))).kind == kind


def test_a_part_of_a_pack() -> None:
    """The disposition says that the pack was split; on another act the word means nothing."""
    assert parse_event(written(dispensing(disposition="partially_dispensed"))).partial
    shipping = dispensing(disposition="partially_dispensed", bizStep="shipping")
    assert not parse_event(written(shipping)).partial


@pytest.mark.parametrize("event_type", ["TransactionEvent", "AssociationEvent", "TransformationEvent"])
def test_other_types_are_recorded_without_effect(event_type: str) -> None:
    """Whatever step they claim; their codes are known, their parent is no case."""
    members: Json = {
        "TransactionEvent": {"bizTransactionList": [{"bizTransaction": "urn:example:po:1"}]},
        "AssociationEvent": {"epcList": None, "childEPCs": [PACK], "parentID": "urn:x:door"},
        "TransformationEvent": {
            "epcList": None, "action": None, "inputEPCList": [PACK], "outputEPCList": [OTHER_PACK],
        },
    }[event_type]  # fmt: skip
    event = parse_event(written(dispensing(type=event_type, **members)))
    assert (event.kind, event.codes[0], event.parent) == ("other", "87709840000000015538", None)


def test_looking_at_a_case_has_no_effect() -> None:
    """An aggregation that is only observed is recorded, and so is an aggregation of another step."""
    assert parse_event(written(aggregation(action="OBSERVE"))).kind == "other"
    assert parse_event(written(aggregation(bizStep="loading"))).kind == "other"


def test_an_error_declaration_is_noticed() -> None:
    """It corrects; a half declaration is refused."""
    made = make_event("dispensing", event_id=EVENT_ID, event_time=NOON, codes=[PACK], declared_at=NOON + 60)
    assert parse_event(made).corrects
    time = {"declarationTime": "2026-11-22T12:00:00Z"}
    fine = time | {"reason": "incorrect_data", "correctiveEventIDs": ["urn:x:2"], "ext:note": 1}
    assert parse_event(written(dispensing(errorDeclaration=fine))).corrects
    for wrong, code in (
        ([], "event-member"),
        ({}, "event-time"),
        (time | {"why": "x"}, "event-member"),
        (time | {"reason": "boredom"}, "event-uri"),
        (time | {"correctiveEventIDs": "urn:x:2"}, "event-member"),
        (time | {"correctiveEventIDs": [2]}, "event-uri"),
    ):
        must_refuse(written(dispensing(errorDeclaration=wrong)), code)


def test_times() -> None:
    """With Z, with an offset, with a fraction: the same second; never a day that does not exist."""
    for text in ("2026-11-22T04:00:00Z", "2026-11-22T12:00:00+08:00", "2026-11-21T14:00:00.999999999-14:00"):
        assert parse_event(written(dispensing(eventTime=text))).event_time == NOON
    for text in (
        "2026-11-22T04:00:00", "2026-11-22 04:00:00Z", "2026-11-22T04:00Z", "20261122T040000Z",
        "2026-11-22T04:00:00z", "2026-02-30T04:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T04:60:00Z",
        "2026-11-22T04:00:60Z", "1969-12-31T23:59:59Z", "0001-01-01T00:00:00+08:00",
        "2026-11-22T04:00:00+14:01", "2026-11-22T04:00:00.Z", "2026-11-22T04:00:00.0000000001Z",
        "2026-11-22T04:00:00Z\n", "２０２６-11-22T04:00:00Z", NOON, None, True,
    ):  # fmt: skip
        must_refuse(written(dispensing(eventTime=text)), "event-time")
    for offset, seconds in (("+08:00", 28_800), ("-03:30", -12_600), ("+14:00", 50_400), ("-00:00", 0)):
        assert parse_event(written(dispensing(eventTimeZoneOffset=offset))).zone == seconds
    for wrong in ("Z", "+8:00", "+14:30", "+08:60", "+08:00\n", "+0८:00", 8, None):
        must_refuse(written(dispensing(eventTimeZoneOffset=wrong)), "event-time")


def test_batch_and_expiry_come_from_one_place_or_from_two_that_agree() -> None:
    """ILMD under either name, or our own members."""
    ilmd = {"cbvmda:lotNumber": "LOT8", "urn:epcglobal:cbv:mda:itemExpirationDate": "2027-05-31", "ext:a": 3}
    event = parse_event(written(dispensing(ilmd=ilmd, **{"pl:batch": None, "pl:expiry": None})))
    assert (event.batch, event.expiry) == ("LOT8", 20270531)
    agreed = parse_event(written(dispensing(ilmd=ilmd, **{"pl:batch": "LOT8", "pl:expiry": "2027-05-31"})))
    assert (agreed.batch, agreed.expiry) == ("LOT8", 20270531)
    none = parse_event(written(dispensing(**{"pl:batch": None, "pl:expiry": None})))
    assert (none.batch, none.expiry) == ("", 0)
    for members in (
        {"ilmd": ilmd}, {"ilmd": {"lotNumber": "LOT7"}}, {"ilmd": []},
        {"ilmd": {"cbvmda:lotNumber": 7}, "pl:batch": None},
        {"ilmd": {"cbvmda:lotNumber": ""}, "pl:batch": None},
        {"ilmd": {"cbvmda:lotNumber": "A", "urn:epcglobal:cbv:mda:lotNumber": "B"}, "pl:batch": None},
        {"pl:batch": ""}, {"pl:batch": 7}, {"pl:batch": "x" * 21}, {"pl:batch": " A"}, {"pl:batch": "A\n"},
        {"pl:batch": "e\u0301"}, {"pl:batch": "A\u200bB"}, {"pl:expiry": ""}, {"pl:expiry": "2027-02-29"},
        {"pl:expiry": "20270531"}, {"pl:expiry": "2027-05-31\n"}, {"pl:expiry": "2027-5-31"},
        {"pl:expiry": 20270531}, {"pl:expiry": "２027-05-31"}, {"pl:expiry": "0000-01-01"},
    ):  # fmt: skip
        must_refuse(written(dispensing(**members)), "event-goods")


def test_codes_are_canonical_and_named_once() -> None:
    """A second spelling would be a second pack."""
    must_refuse(written(dispensing(epcList=[PACK, OTHER_PACK, PACK])), "event-codes")
    must_refuse(written(dispensing(epcList=[])), "event-codes")
    must_refuse(written(dispensing(epcList=None)), "event-codes")
    must_refuse(written(dispensing(epcList=PACK)), "event-member")
    must_refuse(written(dispensing(epcList=[7])), "event-member")
    for wrong in (
        "87709840000000015538", PACK + "1", PACK[:-1], PACK + "\n", PACK.upper(),
        PACK.replace("5538", "55３8"), PACK.replace("urn:", "urn: "), "urn:epc:id:sgtin:0614141.107346.2017",
        "https://id.gs1.org/00/095212345432100011",
    ):  # fmt: skip
        with pytest.raises(CodeFault):
            parse_event(written(dispensing(epcList=[wrong])))
    must_refuse(written(aggregation(childEPCs=[CASE, PACK])), "event-codes")
    must_refuse(written(aggregation(childEPCs=[])), "event-codes")
    emptied = parse_event(written(aggregation(childEPCs=None, action="DELETE", bizStep="unpacking")))
    assert (emptied.kind, emptied.codes, emptied.parent) == ("unpacking", [], "00/095212345432100010")


ASSET = "https://id.gs1.org/8004/9521234probe7"
OTHER_THINGS: list[dict[str, Any]] = [
    {"epcList": [ASSET]},
    {"epcList": ["https://id.gs1.org/414/9521234000013", "https://id.gs1.org/8003/09521234000013A7"]},
    {"epcList": None, "quantityList": [{"epcClass": "https://id.gs1.org/01/09521234543213/10/L", "quantity": 3}]},
    {"epcList": [], "sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 4.2}]}]},
]


@pytest.mark.parametrize("members", OTHER_THINGS)
def test_an_event_about_other_things_is_about_no_pack(members: dict[str, Any]) -> None:
    """It is read, and names none."""
    assert parse_event(written(dispensing(**members))).codes == []


def test_packs_among_other_things_are_the_packs() -> None:
    """And only what can never be a pack is read over: a pack's code with a slip is still refused."""
    assert parse_event(written(dispensing(epcList=[PACK, ASSET]))).codes == ["87709840000000015538"]
    for wrong in (PACK[:-1], "https://id.gs1.org/8004/", ASSET + " ", "https://shop.example/8004/9521234probe7"):
        with pytest.raises(CodeFault):
            parse_event(written(dispensing(epcList=[PACK, wrong, ASSET])))
    must_refuse(written(dispensing(epcList=[PACK, ASSET, PACK])), "event-codes")
    packed = parse_event(written(aggregation(childEPCs=[PACK, ASSET])))
    assert (packed.codes, packed.parent) == (["87709840000000015538"], "00/095212345432100010")


def test_a_case_is_not_emptied_by_what_names_other_things_in_it() -> None:
    """Neither by a device nor by a class; nor is a case packed with nothing."""
    away: dict[str, Any] = {"action": "DELETE", "bizStep": "unpacking"}
    classes = [{"epcClass": "https://id.gs1.org/01/09521234543213/10/L", "quantity": 3}]
    assert parse_event(written(aggregation(childEPCs=None, **away))).codes == []
    for members in ({"childEPCs": [ASSET]}, {"childEPCs": None, "childQuantityList": classes}):
        must_refuse(written(aggregation(**members, **away)), "event-codes")
        must_refuse(written(aggregation(**members)), "event-codes")
    with pytest.raises(CodeFault):
        parse_event(written(aggregation(parentID=ASSET)))


@pytest.mark.parametrize("members", [
    {"type": "AssociationEvent", "parentID": "https://id.gs1.org/414/9521234000013", "epcList": None},
    {"type": "TransactionEvent", "bizTransactionList": [{"bizTransaction": "urn:x:1"}]},
    {"type": "TransactionEvent", "bizTransactionList": [{"bizTransaction": "urn:x:1"}], "epcList": None},
])  # fmt: skip
def test_what_parts_all_from_an_asset_or_from_papers_is_about_no_pack(members: dict[str, Any]) -> None:
    """EPCIS 2.0 §7.4.4, §7.4.6: a DELETE that names none means all; neither is a case."""
    away: Json = {"action": "DELETE", "bizStep": "disassembling", "epcList": []} | members
    parted = parse_event(written(dispensing(**away)))
    assert (parted.kind, parted.codes, parted.parent) == ("other", [], None)
    must_refuse(written(dispensing(**away | {"action": "OBSERVE"})), "event-codes")


def test_ten_thousand_codes_and_not_one_more() -> None:
    """Also when a transformation spreads them over two lists."""
    codes = [f"urn:nmpa:dtc:8770984{number:013}" for number in range(CODES_PER_EVENT_MAX + 1)]
    assert len(parse_event(written(dispensing(epcList=codes[1:]))).codes) == CODES_PER_EVENT_MAX
    must_refuse(written(dispensing(epcList=codes)), "event-codes")
    spread: Json = {"inputEPCList": codes[:6_000], "outputEPCList": codes[6_000:]}
    must_refuse(
        written(dispensing(type="TransformationEvent", action=None, epcList=None, **spread)), "event-codes"
    )
    must_refuse(b" " * (BODY_BYTES_MAX + 1), "event-too-large")


def test_who_and_where() -> None:
    """The business location before the read point, the possessing party before the owner."""
    where = {"readPoint": {"id": "urn:x:gate"}, "bizLocation": None}
    assert parse_event(written(dispensing(**where))).site == "urn:x:gate"
    assert parse_event(written(dispensing(readPoint={"id": "urn:x:gate", "ext:floor": 2}))).site == SHOP
    assert parse_event(written(dispensing(bizLocation=None))).site is None
    parties = [
        {"type": "location", "destination": "urn:x:3"},
        {"type": "https://ref.gs1.org/cbv/SDT-owning_party", "destination": "urn:x:1"},
        {"type": "urn:x:carrier", "destination": "urn:x:4"},
    ]
    assert parse_event(written(dispensing(destinationList=parties))).destination == "urn:x:1"
    parties.append({"type": "urn:epcglobal:cbv:sdt:possessing_party", "destination": "urn:x:2"})
    assert parse_event(written(dispensing(destinationList=parties))).destination == "urn:x:2"
    assert parse_event(written(dispensing(destinationList=parties[:1]))).destination is None
    source = [{"type": "possessing_party", "source": "urn:x:9"}]
    assert parse_event(written(dispensing(sourceList=source))).source == "urn:x:9"
    twice = [{"type": "cbv:SDT-location", "destination": "urn:x:3"}, parties[0]]
    must_refuse(written(dispensing(destinationList=twice)), "event-member")


FOREIGN: list[tuple[str, Any]] = [
    ("ext:colour", "green"), ("https://example.org/terms/colour", {"deep": [1.5]}),
    ("certificationInfo", "urn:x:1"), ("sensorElementList", [{"sensorReport": [{"value": 4.2}]}]),
    ("quantityList", []), ("persistentDisposition", {"set": ["recalled"]}),
    ("recordTime", "2026-11-22T04:00:01Z"),
    ("@context", ["https://example.org/context", {"ext": "https://example.org/terms/"}]),
    ("bizTransactionList", [{"type": "po", "bizTransaction": "urn:x:1"}]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), FOREIGN)
def test_what_means_nothing_here_changes_nothing(name: str, value: Any) -> None:
    """Members of EPCIS and of others' namespaces are kept in the bytes and read over."""
    assert parse_event(written(dispensing(**{name: value}))) == parse_event(written(dispensing()))
