"""Malformed events are refused with a code, whatever is wrong with them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import canonical
from ledger.custody.event import make_event, parse_event
from ledger.errors import CodeFault, FormatError, LedgerError
from tests.custody.bodies import (
    CASE,
    EVENT_ID,
    EVENT_KINDS,
    NOON,
    PACK,
    SHOP,
    Json,
    aggregation,
    dispensing,
    must_refuse,
    written,
)

WRONG: list[tuple[str, Any, str]] = [
    ("type", None, "event-member"), ("type", "objectEvent", "event-member"),
    ("type", "QuantityEvent", "event-member"), ("type", ["ObjectEvent"], "event-member"),
    ("type", {}, "event-member"), ("type", 1, "event-member"), ("eventID", None, "event-uri"),
    ("eventID", "", "event-uri"), ("eventID", "no scheme", "event-uri"),
    ("eventID", "urn:uuid:" + "a" * 256, "event-uri"), ("eventID", "urn:x:é", "event-uri"),
    ("eventID", "urn:x:1\n", "event-uri"), ("eventID", 7, "event-uri"), ("eventID", "urn:", "event-uri"),
    ("action", None, "event-action"), ("action", "observe", "event-action"),
    ("action", "ADD", "event-action"), ("action", [], "event-action"), ("action", {}, "event-action"),
    ("action", 1, "event-action"), ("bizStep", "dispense", "event-word"),
    ("bizStep", "Dispensing", "event-word"), ("bizStep", 3, "event-word"),
    ("bizStep", "pl:dispensing", "event-word"), ("bizStep", "urn:packledger:terms:x", "event-word"),
    ("bizStep", "https://ref.gs1.org/cbv/BizStep-dispense", "event-word"), ("bizStep", [], "event-word"),
    ("bizStep", "cbv:BizStep-", "event-word"), ("bizStep", "urn:x:a b", "event-uri"),
    ("bizStep", {}, "event-word"), ("disposition", "sold", "event-word"),
    ("disposition", "urn:epcglobal:cbv:disp:sold", "event-word"), ("disposition", False, "event-word"),
    ("disposition", ["dispensed"], "event-word"), ("disposition", "pl:seizing", "event-word"),
    ("disposition", "dispensed ", "event-word"), ("readPoint", SHOP, "event-member"),
    ("readPoint", {}, "event-uri"), ("readPoint", {"id": 1}, "event-uri"),
    ("bizLocation", {"id": SHOP, "name": "x"}, "event-member"), ("bizLocation", [SHOP], "event-member"),
    ("destinationList", {}, "event-member"), ("destinationList", [SHOP], "event-member"),
    ("destinationList", [{"destination": "urn:x:1"}], "event-member"),
    ("destinationList", [{"type": "buyer", "destination": "urn:x:1"}], "event-word"),
    ("destinationList", [{"type": "location", "source": "urn:x:1"}], "event-member"),
    ("sourceList", [{"type": "location"}], "event-uri"),
    ("sourceList", [{"type": 1, "source": "urn:x:1"}], "event-member"),
    ("bizTransactionList", {}, "event-member"),
    ("bizTransactionList", [{"bizTransaction": "12"}], "event-uri"),
    ("bizTransactionList", [{"bizTransaction": "urn:x:1", "note": 1}], "event-member"),
    ("quantityList", {}, "event-member"), ("sensorElementList", {}, "event-member"),
    ("persistentDisposition", [], "event-member"), ("recordTime", "yesterday", "event-time"),
    ("pl:settlement", "cash", "event-word"), ("pl:settlement", True, "event-word"),
    ("pl:settlement", [], "event-word"), ("pl:confidential", "sha-256:" + "a" * 63, "event-member"),
    ("pl:confidential", "SHA-256:" + "a" * 64, "event-member"),
    ("pl:confidential", "sha-256:" + "A" * 64, "event-member"),
    ("pl:confidential", "a" * 64, "event-member"),
    ("pl:confidential", "sha-256:" + "a" * 64 + "\n", "event-member"),
    ("pl:confidential", 1, "event-member"), ("pl:confidential", {}, "event-member"),
    ("pl:confidential", "sha-256:" + "१" * 64, "event-member"),
    ("pl:setlement", "insured", "event-namespace"), ("pl:", 1, "event-namespace"),
    ("urn:packledger:terms:settlement", "insured", "event-namespace"), ("colour", "green", "event-member"),
    ("", 1, "event-member"), ("eventid", EVENT_ID, "event-member"), ("@id", "urn:x:1", "event-member"),
    (":x", 1, "event-member"), ("é:x", 1, "event-member"), ("childEPCs", [PACK], "event-member"),
    ("parentID", CASE, "event-member"), ("inputEPCList", [], "event-member"),
    ("@context", 7, "event-namespace"), ("@context", [7], "event-namespace"),
    ("@context", {"pl": "https://example.org/"}, "event-namespace"),
    ("@context", [{"cbvmda": "https://example.org/"}], "event-namespace"),
    ("@context", {"us": "urn:packledger:terms:"}, "event-namespace"),
    ("@context", {"cbv": ["x"]}, "event-namespace"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "code"), WRONG)
def test_a_wrong_member_is_refused(name: str, value: Any, code: str) -> None:
    """Each with the code that tells its author what to mend."""
    must_refuse(written(dispensing(**{name: value})), code)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"parentID": None}, "event-member"),
        ({"parentID": 7}, "event-uri"),
        ({"parentID": "case 7"}, "event-uri"),
        ({"parentID": "urn:x:7"}, "code-uri"),
        ({"parentID": PACK}, "event-codes"),
        ({"epcList": [PACK]}, "event-member"),
        ({"ilmd": {}}, "event-member"),
        ({"action": "DELETE"}, "event-action"),
        ({"type": "AssociationEvent", "parentID": None}, "event-member"),
    ],
)
def test_a_wrong_aggregation_is_refused(members: Json, code: str) -> None:
    """Its case is required, is a code, and is not in itself; packing does not delete."""
    must_refuse(written(aggregation(**members)), code)


@pytest.mark.parametrize(
    ("step", "actions"),
    [
        ("shipping", ("ADD", "DELETE")),
        ("commissioning", ("OBSERVE", "DELETE")),
        ("retail_selling", ("ADD",)),
        ("inspecting", ("ADD", "DELETE")),
    ],
)
def test_a_step_without_its_action_is_refused(step: str, actions: tuple[str, ...]) -> None:
    """Taken for an event without effect, it would be lost in silence."""
    for action in actions:
        must_refuse(written(dispensing(bizStep=step, disposition=None, action=action)), "event-action")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "json-malformed"),
        (b"\xff", "json-malformed"),
        (b"[]", "event-member"),
        (b"null", "event-member"),
        (b'"ObjectEvent"', "event-member"),
        (b'{"type":"ObjectEvent","type":"ObjectEvent"}', "json-ambiguous"),
        (b'{"type":"ObjectEvent","x:y":NaN}', "json-ambiguous"),
        (b'{"x:y":"\\ud800"}', "json-ambiguous"),
        (b"[" * 100_000, "json-too-deep"),
        (written(dispensing())[:-2], "json-malformed"),
        (b"\xef\xbb\xbf" + written(dispensing()), "json-malformed"),
    ],
)
def test_bytes_that_are_no_event(body: bytes, code: str) -> None:
    """Whatever is sent, the answer is a code."""
    must_refuse(body, code)


def test_arguments_that_make_no_event_are_refused() -> None:
    """Writing holds itself to what reading accepts."""
    attempts: list[tuple[str, Json, type[LedgerError], str]] = [
        ("settling", {}, FormatError, "event-word"),
        ("selling", {}, FormatError, "event-word"),
        ("shipping", {"codes": []}, FormatError, "event-codes"),
        ("shipping", {"codes": ["87709840000000015538"]}, CodeFault, "code-uri"),
        ("shipping", {"batch": "e\u0301"}, FormatError, "json-profile"),
        ("shipping", {"expiry": 20270231}, FormatError, "event-goods"),
        ("shipping", {"settlement": ""}, FormatError, "event-word"),
        ("shipping", {"site": ""}, FormatError, "event-uri"),
        ("shipping", {"destination": ""}, FormatError, "event-uri"),
        ("shipping", {"confidential": b"x"}, FormatError, "event-member"),
        ("packing", {}, FormatError, "event-member"),
    ]
    for kind, arguments, error, code in attempts:
        with pytest.raises(error) as caught:
            make_event(kind, **({"event_id": EVENT_ID, "event_time": NOON, "codes": [PACK]} | arguments))
        assert caught.value.code == code


Mutation = Callable[[bytes], bytes]


@st.composite
def mutations(draw: st.DrawFn) -> Mutation:
    """A few bytes of a body flipped, cut out, doubled, or replaced by JSON's own signs."""
    at = draw(st.integers(0, 600))
    length = draw(st.integers(0, 12))
    put = draw(st.sampled_from([b"", b"\x00", b'"', b"{", b"]", b",", b"\\u0000", b"1e9", b"null", b"\xc3"]))
    bit = draw(st.integers(0, 7))
    flip = draw(st.booleans())

    def mutate(body: bytes) -> bytes:
        if flip and at < len(body):
            return body[:at] + bytes([body[at] ^ (1 << bit)]) + body[at + 1 :]
        return body[:at] + put + body[at + length :]

    return mutate


@given(mutations(), st.sampled_from([dispensing(), aggregation()]))
def test_damage_ends_in_a_code_or_in_another_event_never_in_a_crash(mutate: Mutation, value: Json) -> None:
    """What still parses after damage is an event like any other; all else is refused with a code."""
    with contextlib.suppress(FormatError, CodeFault):
        event = parse_event(mutate(canonical.dumps(value)))
        assert event.codes == sorted(set(event.codes))
        assert event.kind in EVENT_KINDS


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = sorted({name for name, *_ in WRONG} | set(dispensing()) | set(aggregation()))


@given(st.sampled_from(MEMBERS), json_values, st.booleans())
def test_any_value_in_any_member_ends_in_a_code(name: str, value: Any, aggregated: bool) -> None:
    """No type in no place escapes the reader."""
    body = json.dumps((aggregation() if aggregated else dispensing()) | {name: value}).encode()
    with contextlib.suppress(FormatError, CodeFault):
        assert parse_event(body).kind in EVENT_KINDS
