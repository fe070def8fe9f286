"""Queries are read strictly, and answered by the definition."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.custody.epcis.faults import QueryFault, exception_of
from ledger.custody.epcis.masterdata import children_of
from ledger.custody.epcis.query.match import _FOUND, _TIMES, Recorded, matches, resolved
from ledger.custody.epcis.query.parameters import CONTROLS, PARAMETERS, PREFIXES, parse_definition, parse_query
from ledger.limits import (
    PAGE_EVENTS_MAX,
    PAGE_TOKEN_CHARACTERS_MAX,
    QUERY_EVENTS_MAX,
    QUERY_PARAMETERS_MAX,
    QUERY_VALUE_CHARACTERS_MAX,
    QUERY_VALUES_MAX,
)
from tests.custody.bodies import PACK
from tests.custody.epcis.samples import SGTIN, SGTIN_LINK, captured, observed, read_one

EXTENSIONS = {"ext": "https://x.example/", "cold": "https://terms.example.org/cold/", "erp": "urn:example:erp:"}
EVERYTHING = [each.event for each in captured("everything.jsonld").events if each.event is not None]
RECORDED = [Recorded(event, number, 1_795_000_000 + number) for number, event in enumerate(EVERYTHING)]
OBJECT, AGGREGATION, TRANSACTION, TRANSFORMATION, ASSOCIATION = range(5)


def found(**parameters: str) -> list[int]:
    """Return the numbers of the events of everything.jsonld that answer."""
    query = parse_query(parameters.items(), EXTENSIONS)
    query = resolved(query, children_of(captured("everything.jsonld").master_data))
    return [recorded.index for recorded in RECORDED if matches(query, recorded)]


ANSWERS: list[tuple[dict[str, str], list[int]]] = [
    ({}, [0, 1, 2, 3, 4]),
    ({"eventType": "ObjectEvent|AssociationEvent"}, [OBJECT, ASSOCIATION]),
    ({"GE_eventTime": "2026-11-20T11:00:00+08:00"}, [TRANSACTION, TRANSFORMATION, ASSOCIATION]),
    ({"LT_eventTime": "2026-11-20T03:00:00Z"}, [OBJECT, AGGREGATION]),
    ({"GE_eventTime": "2026-11-20T01:30:00.250Z", "LT_eventTime": "2026-11-20T01:30:00.251Z"}, [OBJECT]),
    ({"GE_eventTime": "2026-11-20T01:30:00.251Z", "LT_eventTime": "2026-11-20T02:00:00Z"}, []),
    ({"GE_recordTime": "2026-11-18T11:06:42Z", "LT_recordTime": "2026-11-18T11:06:43Z"}, [TRANSACTION]),
    ({"EQ_action": "DELETE"}, [ASSOCIATION]),
    ({"EQ_action": "ADD|DELETE"}, [OBJECT, AGGREGATION, TRANSACTION, ASSOCIATION]),
    ({"EQ_bizStep": "shipping"}, [TRANSACTION]),
    ({"EQ_bizStep": "cbv:BizStep-shipping|urn:epcglobal:cbv:bizstep:packing"}, [AGGREGATION, TRANSACTION]),
    ({"EQ_disposition": "active"}, [OBJECT]),
    ({"EQ_persistentDisposition_set": "completeness_verified"}, [OBJECT]),
    ({"EQ_persistentDisposition_set": "completeness_inferred"}, []),
    ({"EQ_persistentDisposition_unset": "completeness_inferred"}, [OBJECT]),
    ({"EQ_readPoint": "urn:epc:id:sgln:9521234.00001.7"}, [OBJECT]),
    ({"EQ_readPoint": "https://id.gs1.org/414/9521234000013/254/7"}, [OBJECT]),
    ({"EQ_readPoint": "urn:epc:id:sgln:9521234.00001.0"}, []),
    ({"WD_readPoint": "urn:epc:id:sgln:9521234.00001.0"}, [OBJECT]),
    ({"WD_readPoint": "urn:epc:id:sgln:9521234.00001.8"}, []),
    ({"EQ_bizLocation": "urn:epc:id:sgln:9521234.00001.0"}, [OBJECT, AGGREGATION]),
    ({"WD_bizLocation": "urn:epc:id:sgln:9521234.00001.0"}, [OBJECT, AGGREGATION]),
    ({"WD_bizLocation": "urn:epc:id:sgln:9521234.00001.7"}, []),
    ({"EQ_transformationID": "urn:epc:id:gdti:9521234.00001.9"}, [TRANSFORMATION]),
    ({"EQ_eventID": "urn:uuid:6b7a3c1e-0000-4000-8000-000000000005|urn:x:1"}, [ASSOCIATION]),
    ({"MATCH_epc": SGTIN}, [OBJECT, AGGREGATION, TRANSACTION]),
    ({"MATCH_epc": SGTIN_LINK}, [OBJECT, AGGREGATION, TRANSACTION]),
    ({"MATCH_epc": "https://shop.example/01/09521234543213/21/SN1"}, [OBJECT, AGGREGATION, TRANSACTION]),
    ({"MATCH_epc": "urn:epc:id:sgtin:9521234.054321.SN2|urn:x:1"}, [OBJECT]),
    ({"MATCH_epc": "urn:epc:idpat:sgtin:9521234.054321.*"}, [OBJECT, AGGREGATION, TRANSACTION]),
    ({"MATCH_epc": "urn:epc:idpat:sgtin:9521234.054322.*"}, []),
    ({"MATCH_epc": "urn:epc:idpat:sgtin:9521234.*.*"}, [OBJECT, AGGREGATION, TRANSACTION]),
    ({"MATCH_epc": "urn:epc:idpat:sgtin:9521235.*.*"}, []),
    ({"MATCH_epc": "urn:epc:idpat:sgtin:*.*.*"}, [OBJECT, AGGREGATION, TRANSACTION]),
    ({"MATCH_epc": "urn:epc:idpat:sscc:9521234.*"}, []),
    ({"MATCH_parentID": "urn:epc:idpat:sscc:9521234.*"}, [AGGREGATION, TRANSACTION]),
    ({"MATCH_parentID": "urn:epc:id:grai:9521234.00001.7"}, [ASSOCIATION]),
    ({"MATCH_anyEPC": SGTIN}, [OBJECT, AGGREGATION, TRANSACTION, TRANSFORMATION]),
    ({"MATCH_anyEPC": "urn:epc:idpat:sscc:*.*"}, [AGGREGATION, TRANSACTION]),
    ({"MATCH_inputEPC": SGTIN}, [TRANSFORMATION]),
    ({"MATCH_outputEPC": SGTIN}, []),
    ({"MATCH_epcClass": "urn:epc:class:lgtin:9521234.054321.LOT7"}, [OBJECT, AGGREGATION]),
    ({"MATCH_epcClass": "urn:epc:class:lgtin:9521234.054321.*"}, [OBJECT, AGGREGATION]),
    ({"MATCH_epcClass": "urn:epc:idpat:sgtin:9521234.054321.*"}, [OBJECT]),
    ({"MATCH_inputEPCClass": "urn:epc:class:lgtin:9521234.054321.LOT7"}, [TRANSFORMATION]),
    ({"MATCH_outputEPCClass": "urn:epc:class:lgtin:9521234.*.*"}, [TRANSFORMATION]),
    ({"MATCH_anyEPCClass": "urn:epc:class:lgtin:9521234.*.*"}, [OBJECT, AGGREGATION, TRANSFORMATION]),
    ({"EQ_bizTransaction_po": "urn:epcglobal:cbv:bt:9521234000013:PO-2"}, [TRANSACTION]),
    ({"EQ_bizTransaction_inv": "urn:epcglobal:cbv:bt:9521234000013:PO-2"}, []),
    ({"EQ_bizTransaction_https://ref.gs1.org/cbv/BTT-prodorder": "urn:epcglobal:cbv:bt:9521234000013:PO-1"}, [OBJECT]),
    ({"EQ_source_owning_party": "urn:epc:id:pgln:9521234.00001"}, [OBJECT]),
    ({"EQ_source_location": "urn:epc:id:pgln:9521234.00001"}, []),
    ({"EQ_destination_urn:example:erp:carrier": "https://carriers.example.org/9"}, [OBJECT]),
    ({"EXISTS_errorDeclaration": "true"}, [ASSOCIATION]),
    ({"EXISTS_errorDeclaration": ""}, [ASSOCIATION]),
    ({"EXISTS_sensorElementList": "true"}, [OBJECT]),
    ({"EXISTS_ilmd": "true"}, [OBJECT]),
    ({"GE_errorDeclarationTime": "2026-11-21T05:00:00Z"}, [ASSOCIATION]),
    ({"LT_errorDeclarationTime": "2026-11-21T05:00:00Z"}, []),
    ({"GE_errorDeclaration_Time": "2026-11-21T05:00:00Z"}, [ASSOCIATION]),
    ({"EQ_errorReason": "incorrect_data"}, [ASSOCIATION]),
    ({"EQ_correctiveEventID": "urn:uuid:6b7a3c1e-0000-4000-8000-000000000006"}, [ASSOCIATION]),
    ({"EQ_ILMD_cbvmda:lotNumber": "LOT7|LOT8"}, [OBJECT]),
    ({"EQ_ILMD_urn:epcglobal:cbv:mda:lotNumber": "LOT7"}, [OBJECT]),
    ({"EQ_ILMD_cbvmda:lotNumber": "LOT8"}, []),
    ({"EXISTS_ILMD_erp:formula": "true"}, [OBJECT]),
    ({"EXISTS_ILMD_erp:count": "true"}, []),
    ({"EQ_erp:count": "2"}, [OBJECT]),
    ({"EQ_erp:checked": "true"}, [OBJECT]),
    ({"EQ_erp:batchRecord": "BR-77"}, [OBJECT]),
    ({"EXISTS_erp:count": "true"}, [OBJECT]),
    ({"EXISTS_urn:example:erp:count": "true"}, [OBJECT]),
    ({"EXISTS_cold:count": "true"}, []),
    ({"EQ_action": "ADD", "EQ_bizStep": "shipping", "MATCH_epc": SGTIN}, [TRANSACTION]),
    ({"EQ_action": "DELETE", "EQ_bizStep": "shipping"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("parameters", "expected"), ANSWERS)
def test_which_events_answer(parameters: dict[str, str], expected: list[int]) -> None:
    """One document with all types and members; each parameter by itself, and some together."""
    assert found(**parameters) == expected


def test_every_parameter_is_tried_and_every_one_can_say_no() -> None:
    """No row of the table above is missing; no finder is without a parameter."""
    tried = {name for parameters, _ in ANSWERS for name in parameters}
    exact = PARAMETERS.keys() - tried
    assert exact == set()
    assert all(any(name.startswith(prefix) for name in tried - PARAMETERS.keys()) for prefix in PREFIXES)
    assert _FOUND.keys() == {name for name in PARAMETERS.keys() | PREFIXES.keys() if name[3:] not in _TIMES}


def test_national_codes_by_pack_and_by_product() -> None:
    """Seven digits are a product."""
    recorded = Recorded(read_one(observed(epcList=[PACK])), 0, 0)
    for value, answers in ((PACK, True), (PACK[:20] + "*", True), ("urn:nmpa:dtc:8770985*", False)):
        assert matches(parse_query([("MATCH_epc", value)]), recorded) == answers


def test_places_in_a_ring_are_harmless() -> None:
    """Master data that say that two places lie inside each other do not hang the server."""
    query = resolved(parse_query([("WD_bizLocation", "urn:x:1")]), {"urn:x:1": ["urn:x:2"], "urn:x:2": ["urn:x:1"]})
    assert query.conditions[0].values == ("urn:x:1", "urn:x:2")


WRONG: list[tuple[list[tuple[str, str]], str, str]] = [
    ([("EQ_bizstep", "shipping")], "query-parameter", "EQ_bizstep"),
    ([("colour", "green")], "query-parameter", "colour"),
    ([("EQ_unknown:a", "1")], "query-parameter", "EQ_unknown:a"),
    ([("EQ_", "1")], "query-parameter", "EQ_"),
    ([("EQ_source_thief", "urn:x:1")], "query-parameter", "EQ_source_thief"),
    ([("EQ_INNER_ext:a", "1")], "query-parameter", "EQ_INNER_ext:a"),
    ([("HASATTR_ext:a", "1")], "query-parameter", "HASATTR_ext:a"),
    ([("EQ_action", "ADD"), ("EQ_action", "ADD")], "query-parameter", "EQ_action"),
    ([("GE_errorDeclarationTime", "2026-11-21T05:00:00Z"), ("GE_errorDeclaration_Time", "2026-11-21T05:00:00Z")],
     "query-parameter", "GE_errorDeclaration_Time"),
    ([("perPage", "3"), ("perPage", "3")], "query-parameter", "perPage"),
    ([("eventType", "QuantityEvent")], "query-value", "eventType"),
    ([("EQ_action", "add")], "query-value", "EQ_action"),
    ([("EQ_action", "")], "query-value", "EQ_action"),
    ([("EQ_action", "ADD||DELETE")], "query-value", "EQ_action"),
    ([("EQ_bizStep", "transforming")], "query-value", "EQ_bizStep"),
    ([("EQ_errorReason", "oops")], "query-value", "EQ_errorReason"),
    ([("GE_eventTime", "2026-11-21")], "query-value", "GE_eventTime"),
    ([("GE_eventTime", "2026-11-21T05:00:00Z|2026-11-21T05:00:00Z")], "query-value", "GE_eventTime"),
    ([("EQ_readPoint", "here")], "query-value", "EQ_readPoint"),
    ([("MATCH_epc", "urn:epc:idpat:sgln:9521234.*.*")], "query-value", "MATCH_epc"),
    ([("MATCH_epc", "urn:epc:idpat:sgtin:95212.*.*")], "query-value", "MATCH_epc"),
    ([("MATCH_epc", "urn:epc:idpat:sgtin:9521234.05432.*")], "query-value", "MATCH_epc"),
    ([("MATCH_epc", "*")], "query-value", "MATCH_epc"),
    ([("MATCH_epc", "urn:nmpa:dtc:8*")], "query-value", "MATCH_epc"),
    ([("EXISTS_errorDeclaration", "false")], "query-value", "EXISTS_errorDeclaration"),
    ([("EQ_ext:a", "x" * (QUERY_VALUE_CHARACTERS_MAX + 1))], "query-value", "EQ_ext:a"),
    ([("perPage", "0")], "query-value", "perPage"),
    ([("perPage", "-1")], "query-value", "perPage"),
    ([("perPage", "３")], "query-value", "perPage"),
    ([("maxEventCount", str(QUERY_EVENTS_MAX + 1))], "query-value", "maxEventCount"),
    ([("orderBy", "quantity")], "query-value", "orderBy"),
    ([("orderBy", "eventTime"), ("orderDirection", "up")], "query-value", "orderDirection"),
    ([("orderDirection", "ASC")], "query-conflict", ""),
    ([("eventCountLimit", "3")], "query-conflict", ""),
    ([("eventCountLimit", "3"), ("maxEventCount", "3"), ("orderBy", "eventTime")], "query-conflict", ""),
    ([("EQ_ext:a", "|".join(["x"] * (QUERY_VALUES_MAX + 1)))], "query-too-complex", "EQ_ext:a"),
    ([(f"EQ_ext:a{number}", "x") for number in range(QUERY_PARAMETERS_MAX + 1)], "query-too-complex", ""),
    ([("nextPageToken", "x" * (PAGE_TOKEN_CHARACTERS_MAX + 1))], "query-page-token", "nextPageToken"),
]  # fmt: skip


@pytest.mark.parametrize(("parameters", "code", "parameter"), WRONG)
def test_a_query_that_is_none(parameters: list[tuple[str, str]], code: str, parameter: str) -> None:
    """Is refused, with the parameter's name; never passed over."""
    with pytest.raises(QueryFault) as caught:
        parse_query(parameters, {"ext": "https://x.example/"})
    assert (caught.value.code, caught.value.parameter) == (code, parameter)


def test_the_types_of_refusals() -> None:
    """By EPCIS's own names."""
    expected = {
        "query-parameter": "QueryParameterException", "query-value": "QueryParameterException",
        "query-conflict": "QueryParameterException", "query-page-token": "QueryParameterException",
        "query-definition": "QueryValidationException", "query-too-complex": "QueryTooComplexException",
        "query-too-large": "QueryTooLargeException",
    }  # fmt: skip
    assert {code: exception_of(QueryFault(code)) for code in expected} == {
        code: f"epcisException:{name}" for code, name in expected.items()
    }


def test_how_the_answer_is_wanted() -> None:
    """Defaults, and what each control says; a page is never longer than the server likes."""
    plain = parse_query([])
    assert (plain.order_by, plain.descending, plain.per_page, plain.limit, plain.most, plain.token) == (
        "eventTime", True, 30, None, None, "",
    )  # fmt: skip
    wanted = parse_query([
        ("orderBy", "recordTime"), ("orderDirection", "ASC"), ("eventCountLimit", "7"), ("perPage", "5"),
        ("nextPageToken", "abc"),
    ])  # fmt: skip
    assert (wanted.order_by, wanted.descending, wanted.limit, wanted.per_page, wanted.token) == (
        "recordTime", False, 7, 5, "abc",
    )  # fmt: skip
    assert parse_query([("perPage", str(PAGE_EVENTS_MAX + 1))]).per_page == PAGE_EVENTS_MAX
    assert parse_query([("maxEventCount", "9")]).most == 9
    assert {"orderBy", "perPage"} < set(CONTROLS)


def test_the_order_of_parameters_and_values_says_nothing() -> None:
    """Two ways to ask are one query, and one page token."""
    one = parse_query([("EQ_action", "ADD|DELETE"), ("EQ_bizStep", "shipping")])
    other = parse_query([("EQ_bizStep", "cbv:BizStep-shipping"), ("EQ_action", "DELETE|ADD")])
    assert one == other


def test_a_named_query_is_the_same_query() -> None:
    """Lists instead of bars, numbers and truth values instead of texts."""
    definition = {
        "name": "recalled",
        "query": {"EQ_bizStep": ["shipping", "receiving"], "EXISTS_errorDeclaration": True, "perPage": 5},
    }
    parameters = [("EQ_bizStep", "shipping|receiving"), ("EXISTS_errorDeclaration", "true"), ("perPage", "5")]
    assert parse_definition(definition) == ("recalled", parse_query(parameters))


@pytest.mark.parametrize(
    "value",
    [
        [], {}, {"name": "a"}, {"name": "", "query": {}}, {"name": "a" * 65, "query": {}}, {"name": 7, "query": {}},
        {"name": "a", "query": []}, {"name": "a", "query": {"EQ_action": []}},
        {"name": "a", "query": {"EQ_action": None}},
        {"name": "a", "query": {"EQ_action": [["ADD"]]}}, {"name": "a", "query": {}, "x": 1},
    ],
)  # fmt: skip
def test_a_definition_that_is_none(value: Any) -> None:
    """Is refused as one."""
    with pytest.raises(QueryFault) as caught:
        parse_definition(value)
    assert caught.value.code == "query-definition"
