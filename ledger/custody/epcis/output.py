"""Stored bodies out again: documents and query results, as JSON-LD or XML of EPCIS 2.0.

The bytes that were signed are in the ledger; these documents say the same in one spelling, with the time of
record that the ledger knows and the author could not (EPCIS 2.0 §7.4.1: `recordTime`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from ledger.clock import iso
from ledger.custody.epcis.jsonld import raw_document
from ledger.custody.epcis.names import CONTEXT
from ledger.custody.epcis.numbers import dumps, loads
from ledger.custody.epcis.reading import EpcisEvent, read_event
from ledger.custody.epcis.words import Spelling
from ledger.custody.epcis.xmlwrite import element, event_xml, schema_namespaces

__all__ = ["Answer", "capture_document", "query_document", "stored_event"]

Syntax = Literal["json", "xml"]


class Answer(NamedTuple):
    """What is answered to a query.

    Attributes:
        created: when, in seconds since the epoch.
        query: the query's name.
        subscription: the id of the subscription that it is sent for; "" without one.
    """

    events: Sequence[EpcisEvent]
    created: int
    query: str = "SimpleEventQuery"
    subscription: str = ""


def stored_event(body: bytes, recorded: int | None = None) -> EpcisEvent:
    """Read a body of the ledger as an EPCIS event.

    Args:
        recorded: when the ledger recorded it, in seconds since the epoch; replaces what the author wrote.

    Raises:
        FormatError: as `read_event`, for a body that no other part of EPCIS could carry.
    """
    (raw,) = raw_document(loads(body)).events
    if raw.fault is not None:
        raise raw.fault
    event = read_event(raw.value, raw.names)
    if recorded is None:
        return event
    return msgspec.structs.replace(event, members=event.members | {"recordTime": iso(recorded)})


def capture_document(
    events: Sequence[EpcisEvent], created: int, syntax: Syntax = "json", spelling: Spelling = "urn"
) -> bytes:
    """Return an EPCISDocument of these events."""
    if syntax == "json":
        return _json("EPCISDocument", events, created, lambda listed: {"eventList": listed})
    content = element("EventList", "".join(event_xml(event, spelling) for event in events))
    return _xml("epcis:EPCISDocument", {"xmlns:epcis": "urn:epcglobal:epcis:xsd:2"}, content, created)


def query_document(answer: Answer, syntax: Syntax = "json", spelling: Spelling = "urn") -> bytes:
    """Return an EPCISQueryDocument: the answer to a query, or what a subscriber is sent."""
    named = {"queryName": answer.query} | ({"subscriptionID": answer.subscription} if answer.subscription else {})
    if syntax == "json":
        return _json(
            "EPCISQueryDocument",
            answer.events,
            answer.created,
            lambda listed: {"queryResults": {**named, "resultsBody": {"eventList": listed}}},
        )
    listed = element("EventList", "".join(event_xml(event, spelling) for event in answer.events))
    results = "".join(element(name, _escaped(text)) for name, text in named.items())
    content = element("epcisq:QueryResults", results + element("resultsBody", listed))
    spaces = {"xmlns:epcisq": "urn:epcglobal:epcis-query:xsd:2"}
    return _xml("epcisq:EPCISQueryDocument", spaces, content, answer.created)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _json(kind: str, events: Sequence[EpcisEvent], created: int, body: Any) -> bytes:
    context, listed = _one_context(events)
    return dumps({
        "@context": context,
        "type": kind,
        "schemaVersion": "2.0",
        "creationDate": iso(created),
        "epcisBody": body(listed),
    })  # fmt: skip


def _one_context(events: Sequence[EpcisEvent]) -> tuple[list[Any], list[dict[str, Any]]]:
    """Declare prefixes once for all; an event whose prefix another has taken declares its own."""
    remote: list[str] = []
    prefixes: dict[str, str] = {}
    listed = []
    for event in events:
        own = next((each for each in event.context if isinstance(each, dict)), {})
        remote += [each for each in event.context if isinstance(each, str) and each not in (CONTEXT, *remote)]
        if any(prefixes.get(prefix, space) != space for prefix, space in own.items()):
            listed.append({"@context": [own], **event.members})
        else:
            prefixes |= own
            listed.append(event.members)
    return [CONTEXT, *remote, *([prefixes] if prefixes else [])], listed


def _xml(root: str, spaces: dict[str, str], content: str, created: int) -> bytes:
    attributes = spaces | schema_namespaces() | {"schemaVersion": "2.0", "creationDate": iso(created)}
    document = element(root, element("EPCISBody", content), attributes)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{document}\n'.encode()
