"""Documents as partners might send them, right and wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.custody.epcis.capture import Captured, read_capture
from ledger.custody.epcis.faults import CaptureFault
from ledger.custody.epcis.reading import EpcisEvent

DOCUMENTS = Path(__file__).parent / "documents"
SGTIN = "urn:epc:id:sgtin:9521234.054321.SN1"
SGTIN_LINK = "https://id.gs1.org/01/09521234543213/21/SN1"
Json = dict[str, Any]


def text_of(name: str) -> str:
    """Return one of the documents beside this file."""
    return (DOCUMENTS / name).read_text("utf-8")


def captured(name: str) -> Captured:
    """Read one of the documents beside this file."""
    return read_capture((DOCUMENTS / name).read_bytes(), media_type(name))


def media_type(name: str) -> str:
    """Return the Content-Type under which a file would be sent."""
    return "application/xml" if name.endswith(".xml") else "application/ld+json"


def observed(**members: Any) -> Json:
    """Return the smallest ObjectEvent with these members set; None takes one away."""
    value = {
        "type": "ObjectEvent",
        "eventTime": "2026-11-22T12:37:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "epcList": [SGTIN],
        "action": "OBSERVE",
    } | members
    return {name: item for name, item in value.items() if item is not None}


def document(*events: Json, **members: Any) -> bytes:
    """Return an EPCISDocument of these events."""
    value = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"ext": "https://x.example/"}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-22T12:40:00+08:00",
        "epcisBody": {"eventList": list(events)},
    } | members
    return json.dumps({name: item for name, item in value.items() if item is not None}).encode()


def read_one(event: Json) -> EpcisEvent:
    """Read a document of one event; fail unless it is good."""
    (read,) = read_capture(document(event), "application/ld+json").events
    if read.fault is not None:
        raise read.fault
    assert read.event is not None
    return read.event


def must_fault(event: Json, code: str, path: str) -> None:
    """Fail unless this event is at fault with this code at this place, and its neighbour is untouched."""
    good, bad = read_capture(document(observed(), event), "application/ld+json").events
    assert good.fault is None
    assert bad.event is None
    assert bad.fault is not None
    assert (bad.fault.code, bad.fault.path, bad.fault.event) == (code, path, 1)


def must_refuse(data: bytes, code: str, media_type: str = "application/ld+json", line: int = 0) -> None:
    """Fail unless the whole document is refused with this code, at this line."""
    with pytest.raises(CaptureFault) as caught:
        read_capture(data, media_type)
    assert caught.value.code == code
    assert caught.value.event is None
    assert caught.value.line == line


def changed(name: str, change: Callable[[str], str]) -> bytes:
    """Return a document beside this file with a change in it; fail unless the change changes it."""
    before = text_of(name)
    after = change(before)
    assert after != before
    return after.encode()
