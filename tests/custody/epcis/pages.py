"""The examples on the pages of EPCIS documents, hashes and queries, made by the code.

`python -m tests.custody.epcis.pages` writes all of them anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ledger.clock import iso
from ledger.custody.epcis.capture import read_capture
from ledger.custody.epcis.eventhash import event_hash, pre_hash
from ledger.custody.epcis.masterdata import children_of
from ledger.custody.epcis.names import CONTEXT
from ledger.custody.epcis.output import capture_document
from ledger.custody.epcis.query.match import Recorded, matches, order_key, resolved
from ledger.custody.epcis.query.parameters import parse_query
from ledger.custody.epcis.reading import EpcisEvent
from tests.custody.epcis.samples import captured
from tests.docs.blocks import write_anew

DOCUMENT: dict[str, Any] = {
    "@context": [CONTEXT, {"erp": "https://terms.example.org/erp/"}],
    "type": "EPCISDocument",
    "schemaVersion": "2.0",
    "creationDate": "2026-11-22T12:40:00+08:00",
    "epcisBody": {
        "eventList": [
            {
                "type": "ObjectEvent",
                "eventTime": "2026-11-22T12:37:00+08:00",
                "eventTimeZoneOffset": "+08:00",
                "action": "OBSERVE",
                "bizStep": "urn:epcglobal:cbv:bizstep:shipping",
                "disposition": "in_transit",
                "epcList": ["urn:epc:id:sscc:9521234.0123456789", "urn:nmpa:dtc:87709840000000015538"],
                "bizLocation": {"id": "urn:epc:id:sgln:9521234.00001.0"},
                "destinationList": [{"type": "possessing_party", "destination": "urn:epc:id:pgln:9521234.00002"}],
                "erp:pallets": 2.50,
            }
        ]
    },
}
DEFINITION: dict[str, Any] = {
    "name": "moved-by-the-first-works",
    "query": {
        "EQ_bizStep": ["packing", "shipping"],
        "WD_bizLocation": ["urn:epc:id:sgln:9521234.00001.0"],
        "orderBy": "eventTime",
        "orderDirection": "ASC",
    },
}


def event() -> EpcisEvent:
    """Return the event of the example document."""
    (read,) = read_capture(json.dumps(DOCUMENT).encode(), "application/ld+json").events
    assert read.event is not None
    return read.event


def _xml() -> str:
    written = capture_document([event()], 1_795_322_400, "xml", "web").decode().rstrip("\n")
    return written.replace("><", ">\n<")


def parameters() -> list[tuple[str, str]]:
    """Return the parameters of the example query, as they stand in an address."""
    values = ((name, [value] if isinstance(value, str) else value) for name, value in DEFINITION["query"].items())
    return [(name, "|".join(value)) for name, value in values]


def _answer() -> str:
    document = captured("everything.jsonld")
    query = resolved(parse_query(parameters()), children_of(document.master_data))
    log = [Recorded(each.event, index, 1_795_322_400) for index, each in enumerate(document.events) if each.event]
    found = sorted((each for each in log if matches(query, each)), key=lambda each: order_key(query, each))
    return "\n".join(
        f"{iso(order_key(query, each)[0] // 1000)}  {each.event.members['type']}, {each.event.members['bizStep']}"
        for each in found
    )


EXAMPLES: dict[str, dict[str, Callable[[], str]]] = {
    "capture.md": {
        "document": lambda: json.dumps(DOCUMENT, indent=2),
        "body": lambda: event().body().decode(),
    },
    "xml.md": {"xml": _xml},
    "event-hash.md": {"parts": lambda: pre_hash(event(), "\n"), "hash": lambda: event_hash(event())},
    "query.md": {
        "definition": lambda: json.dumps(DEFINITION, indent=2),
        "parameters": lambda: "\n".join(f"{name}={value}" for name, value in parameters()),
        "answer": _answer,
    },
}


if __name__ == "__main__":
    write_anew(EXAMPLES)
