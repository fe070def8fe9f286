"""A captured document: its events, each a body to sign and store or a fault, and what becomes of it as a whole.

1. The document is taken apart (`jsonld.py`, `xmlread.py`); one that cannot be is refused whole.
2. Each event is read on its own: a fault in one says nothing about its neighbours.
3. An event without an id gets its event hash as id (EPCIS 2.0 §7.4.1, CBV 2.0 §8.9).
4. Its body is made: the author's own bytes when they are an event of the ledger as they stand, else the event
   in its one spelling.
5. `settle` says what is kept: all or nothing (`rollback`), or whatever is good (`proceed`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from ledger.custody.epcis.conditions import require_conditions
from ledger.custody.epcis.eventhash import event_hash
from ledger.custody.epcis.faults import CaptureFault
from ledger.custody.epcis.jsonld import Raw, raw_document
from ledger.custody.epcis.masterdata import MasterData
from ledger.custody.epcis.numbers import loads
from ledger.custody.epcis.reading import EpcisEvent, read_event
from ledger.custody.epcis.xmlread import raw_xml
from ledger.custody.event import MEDIA_TYPE, parse_event
from ledger.errors import LedgerError
from ledger.limits import CAPTURE_BYTES_MAX

__all__ = ["MEDIA_TYPES", "Behaviour", "Captured", "CapturedEvent", "Settled", "read_capture", "settle"]

MEDIA_TYPES: Final = {
    "application/json": "json",
    MEDIA_TYPE: "json",
    "application/xml": "xml",
    "text/xml": "xml",
}
"""What may be captured, by Content-Type."""

Behaviour = Literal["rollback", "proceed"]
"""What GS1-Capture-Error-Behaviour may say."""


class CapturedEvent(NamedTuple):
    """One event of a document: read, or at fault; never both.

    Attributes:
        body: the bytes to sign and store; b"" of one at fault.
        hashed: it had no id, and its hash became one.
    """

    event: EpcisEvent | None
    fault: CaptureFault | None
    body: bytes = b""
    hashed: bool = False


class Captured(NamedTuple):
    """A document that was read; `bare` when it was one event alone."""

    events: list[CapturedEvent]
    master_data: MasterData
    bare: bool = False


class Settled(NamedTuple):
    """What becomes of a document (EPCIS 2.0 §12.4: `success` and `errors` of its capture job).

    Attributes:
        kept: the numbers of the events that are recorded, in order.
        success: all of them are.
    """

    kept: list[int]
    success: bool
    errors: list[LedgerError]


def read_capture(data: bytes, media_type: str) -> Captured:
    """Read a document that somebody sent.

    Args:
        media_type: a key of MEDIA_TYPES.

    Raises:
        CaptureFault: the whole document is at fault: `epcis-media-type`, `epcis-too-large`,
            `epcis-too-many-events`, `epcis-document`, `epcis-context`, `epcis-xml`, `epcis-xml-forbidden`.
        FormatError: `json-…`.
    """
    if media_type not in MEDIA_TYPES:
        raise CaptureFault("epcis-media-type", "not JSON and not XML")
    if len(data) > CAPTURE_BYTES_MAX:
        raise CaptureFault("epcis-too-large", f"{len(data)} bytes, at most {CAPTURE_BYTES_MAX}")
    document = raw_document(loads(data)) if MEDIA_TYPES[media_type] == "json" else raw_xml(data)
    events = [_read(raw, None if document.bare else number) for number, raw in enumerate(document.events)]
    if document.bare and events[0].event is not None and _is_event(data):
        events = [events[0]._replace(body=data)]
    return Captured(events, document.master_data, document.bare)


def _is_event(data: bytes) -> bool:
    """Tell bytes that the ledger takes as they are: what an author wrote is not written anew without need."""
    try:
        parse_event(data)
    except LedgerError:
        return False
    return True


def _read(raw: Raw, number: int | None) -> CapturedEvent:
    try:
        if raw.fault is not None:
            raise raw.fault
        event = read_event(raw.value, raw.names)
        require_conditions(event)
    except CaptureFault as fault:
        fault.event = number
        fault.line = fault.line or raw.line
        return CapturedEvent(None, fault)
    if "eventID" in event.members:
        return CapturedEvent(event, None, event.body())
    members = event.members | {"eventID": event_hash(event)}
    event = msgspec.structs.replace(event, members=members)
    return CapturedEvent(event, None, event.body(), hashed=True)


def settle(behaviour: Behaviour, outcomes: Sequence[LedgerError | None]) -> Settled:
    """Say what is kept of a document, from what became of each of its events.

    Args:
        outcomes: for each event, None when it can be recorded, else why it cannot.
    """
    errors = [error for error in outcomes if error is not None]
    good = [number for number, error in enumerate(outcomes) if error is None]
    if errors and behaviour == "rollback":
        good = []
    return Settled(good, not errors, errors)
