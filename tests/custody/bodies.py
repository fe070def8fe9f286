"""Bodies of events as partners might write them, right and wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.custody.event import make_event, parse_event
from ledger.custody.rules import RULES
from ledger.errors import CodeFault, FormatError, LedgerError

PACK = "urn:nmpa:dtc:87709840000000015538"
OTHER_PACK = "urn:nmpa:dtc:87709840000000015539"
CASE = "https://id.gs1.org/00/095212345432100010"
SHOP = "https://id.example.org/site/31"
EVENT_ID = "urn:uuid:00000000-0000-4000-8000-000000000001"
NOON = 1_795_320_000
EVENT_KINDS = [rule.kind for rule in RULES.values() if rule.event_type or rule.kind == "other"]
Json = dict[str, Any]


def dispensing(**members: Any) -> Json:
    """Return a dispensing as JSON with these members set; None takes one away."""
    body = make_event(
        "dispensing",
        event_id=EVENT_ID,
        event_time=NOON,
        codes=[PACK],
        site=SHOP,
        destination="https://id.example.org/party/9",
        batch="LOT7",
        expiry=20281231,
        settlement="insured",
        confidential=bytes(range(32)),
    )
    value: Json = json.loads(body) | members
    return {name: item for name, item in value.items() if item is not None}


def aggregation(**members: Any) -> Json:
    """Return a packing as JSON with these members set; None takes one away."""
    body = make_event("packing", event_id=EVENT_ID, event_time=NOON, codes=[PACK], parent=CASE)
    value: Json = json.loads(body) | members
    return {name: item for name, item in value.items() if item is not None}


def written(value: Any) -> bytes:
    """Return JSON as somebody else's program might write it."""
    return json.dumps(value, indent=1).encode()


def must_refuse(body: bytes, code: str) -> None:
    """Fail unless reading these bytes is refused with this code."""
    with pytest.raises(LedgerError) as caught:
        parse_event(body)
    assert isinstance(caught.value, FormatError | CodeFault)
    assert caught.value.code == code
