"""EPCIS documents as JSON-LD: a bare event, an EPCISDocument, an EPCISQueryDocument.

    {"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"ext": "https://…"}],
     "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-11-22T04:37:00Z",
     "epcisHeader": {"epcisMasterData": {"vocabularyList": [ … ]}},
     "epcisBody": {"eventList": [ … ]}}

An event's own `@context` is added to its document's.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from ledger.custody.epcis.faults import CaptureFault
from ledger.custody.epcis.masterdata import MasterData, read_vocabularies
from ledger.custody.epcis.names import Names, declared_prefixes
from ledger.custody.epcis.shape import EVENTS
from ledger.limits import CAPTURE_EVENTS_MAX

__all__ = ["Raw", "RawDocument", "raw_document", "require_version"]

_DOCUMENTS: Final = ("EPCISDocument", "EPCISQueryDocument")
_HEADER: Final = frozenset({"@context", "type", "id", "schemaVersion", "creationDate", "sender", "receiver"})
_MORE: Final = frozenset({"instanceIdentifier", "epcisHeader", "epcisBody"})


class Raw(NamedTuple):
    """One event as it stands in its document, not yet read.

    Attributes:
        value: JSON; of an XML event, what it says in JSON.
        line: where it begins in an XML document, from 1; 0 in JSON.
        fault: what keeps it from being read at all.
    """

    value: Any
    names: Names
    line: int = 0
    fault: CaptureFault | None = None


class RawDocument(NamedTuple):
    """A document taken apart.

    Attributes:
        bare: it was one event, and no document.
    """

    events: list[Raw]
    master_data: MasterData
    bare: bool = False


def raw_document(value: Any) -> RawDocument:
    """Take a JSON document apart.

    Raises:
        CaptureFault: `epcis-document` for one that is no document of EPCIS 2.0, `epcis-context`,
            `epcis-too-many-events`.
    """
    if type(value) is not dict:
        raise CaptureFault("epcis-document", "not a JSON object")
    kind = value.get("type")
    if type(kind) is not str:
        raise CaptureFault("epcis-document", "neither a document of EPCIS nor an event", path="type")
    if kind in EVENTS and "epcisBody" not in value:
        return RawDocument([_raw(value, {}, ())], {}, bare=True)
    if kind not in _DOCUMENTS:
        raise CaptureFault("epcis-document", "neither a document of EPCIS nor an event", path="type")
    for name in value.keys() - _HEADER - _MORE:
        if ":" not in name:
            raise CaptureFault("epcis-document", "no member of a document", path=name[:64])
    require_version(value.get("schemaVersion"), "2.")
    prefixes, remote = declared_prefixes(value.get("@context", []))
    events = _event_list(value)
    if len(events) > CAPTURE_EVENTS_MAX:
        raise CaptureFault("epcis-too-many-events", f"{len(events)}, at most {CAPTURE_EVENTS_MAX}")
    master_data = read_vocabularies(value.get("epcisHeader", {}))
    return RawDocument([_raw(event, prefixes, remote) for event in events], master_data)


def require_version(version: Any, *starts: str) -> None:
    """Refuse a document of another EPCIS than we know."""
    if type(version) is not str or not version.startswith(starts):
        raise CaptureFault("epcis-document", f"not {' or '.join(starts)}x", path="schemaVersion")


def _raw(event: Any, prefixes: dict[str, str], remote: tuple[str, ...]) -> Raw:
    own: dict[str, str] = {}
    if type(event) is dict and "@context" in event:
        try:
            own, more = declared_prefixes(event["@context"])
        except CaptureFault as fault:
            return Raw(event, Names(prefixes, remote), fault=fault)
        remote += tuple(each for each in more if each not in remote)
    return Raw(event, Names(prefixes | own, remote))


def _event_list(value: dict[str, Any]) -> list[Any]:
    body, path = value.get("epcisBody"), "epcisBody"
    if value["type"] == "EPCISQueryDocument":
        for name in ("queryResults", "resultsBody"):
            body, path = body.get(name) if type(body) is dict else None, f"{path}.{name}"
    if type(body) is not dict:
        raise CaptureFault("epcis-document", "not an object", path=path)
    if "event" in body and "eventList" not in body:
        return [body["event"]]
    events = body.get("eventList")
    if type(events) is not list:
        raise CaptureFault("epcis-document", "not a list", path=f"{path}.eventList")
    return events
