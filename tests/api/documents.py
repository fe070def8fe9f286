"""Documents of EPCIS through the doors: in by capture, out by the id of each event, with the same meaning.

    python -m tests.api.documents FOLDER

Every file below FOLDER that ends in .json, .jsonld or .xml is captured as it is. Each of its events is then asked for
by its id, as JSON-LD and as XML, and held against what went in: member by member as our reader has it, by the event
hash of CBV 2.0, and by the pre-hash string of the hash's authors' own program. What is refused is told with its type.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote
from xml.etree import ElementTree

from ledger.custody.epcis.capture import read_capture
from ledger.custody.epcis.eventhash import event_hash
from tests.api.erp import LD, finished
from tests.api.kit import Door
from tests.custody.epcis.oracle import their_prehashes

__all__ = ["Passage", "media_of", "pass_through"]

_SPELLINGS = (
    ("cbvmda:", "{urn:epcglobal:cbv:mda}"), ("=gs1:", "=https://gs1.org/voc/"), ("=cbv:", "=https://ref.gs1.org/cbv/"),
    ("=True", "=true"), ("=False", "=false"),
)  # fmt: skip
_LIST = re.compile(r"^(?:bizTransactionList|sourceList|destinationList)")


class Passage(NamedTuple):
    """What became of a document.

    Attributes:
        same: how many events came out with the same meaning.
        agreed: of how many of them the hash's authors' program said so too, for what came out as JSON and as XML.
        changed: ids of those that did not.
        refused: (number, type, code) of each event at fault; the number is None for the document as a whole.
    """

    same: int = 0
    agreed: int = 0
    changed: tuple[str, ...] = ()
    refused: tuple[tuple[int | None, str, str], ...] = ()


def media_of(name: str) -> str:
    """Return the media type of a file."""
    return "application/xml" if name.endswith(".xml") else LD


def pass_through(door: Door, data: bytes, media: str) -> Passage:
    """Hand a document in as the maker, and ask for each of its events."""
    answer = door.post("/capture", data, key=door.keys["maker"], media=media, GS1_Capture_Error_Behaviour="proceed")
    if answer.status_code != 202:
        problem = answer.json()
        return Passage(refused=((None, problem["type"], problem["code"]),))
    job = finished(door, answer.headers["location"])
    refused = tuple((each["event"], each["type"], each["code"]) for each in job["errors"])
    numbers = {number for number, _, _ in refused}
    same = agreed = 0
    changed = []
    for number, captured in enumerate(read_capture(data, media).events):
        if number in numbers:
            continue
        assert captured.event is not None
        event_id = captured.event.members["eventID"]
        out = [_asked(door, event_id, LD), _asked(door, event_id, "application/xml")]
        if all(_meaning(captured) in _meanings(content, kind) for content, kind in out):
            same += 1
        else:
            changed.append(event_id)
        theirs = _theirs(data, media)[number]
        agreed += theirs is not None and all(theirs in _theirs(content, kind) for content, kind in out)
    return Passage(same, agreed, tuple(changed), refused)


def _asked(door: Door, event_id: str, accept: str) -> tuple[bytes, str]:
    answer = door.get(f"/events/{quote(event_id, safe='')}", key=door.keys["maker"], accept=accept)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith(accept)
    return answer.content, accept


def _meaning(captured: Any) -> tuple[dict[str, Any], str]:
    assert captured.event is not None, captured.fault
    members = {name: value for name, value in captured.event.members.items() if name != "recordTime"}
    return members, event_hash(captured.event)


def _meanings(content: bytes, media: str) -> list[tuple[dict[str, Any], str]]:
    return [_meaning(each) for each in read_capture(content, media).events]


def _theirs(content: bytes, media: str) -> list[list[str] | None]:
    """Return the fields of each event as the hash's authors' program prints them; None where it stumbles.

    In which order it prints them, and how it spells some words, hangs on the syntax (docs/formats/event-hash.md), so
    that the fields are compared one by one, with these words written out.
    """
    return [_fields(document) for document in (_each_json(content) if media == LD else _each_xml(content))]


def _fields(document: dict[str, Any] | bytes) -> list[str] | None:
    try:
        (printed,) = their_prehashes(document)
    except Exception:  # it stumbles over some of what is allowed
        return None
    for spelling, written_out in _SPELLINGS:
        printed = printed.replace(spelling, written_out)
    return sorted(_LIST.sub("", line) for line in printed.split("\n"))


def _each_json(content: bytes) -> list[dict[str, Any] | bytes]:
    """Return each event as a document to capture, which is all that their program reads."""
    document = json.loads(content)
    body = document.get("epcisBody", {"eventList": [document]})
    events = body["eventList"] if "eventList" in body else body["queryResults"]["resultsBody"]["eventList"]
    return [document | {"type": "EPCISDocument", "epcisBody": {"eventList": [event]}} for event in events]


def _each_xml(content: bytes) -> list[dict[str, Any] | bytes]:
    root = ElementTree.fromstring(content)
    return [_alone(root, event) for events in root.iter("EventList") for event in events]


def _alone(root: ElementTree.Element, event: ElementTree.Element) -> bytes:
    document = ElementTree.Element(root.tag.replace("EPCISQueryDocument", "EPCISDocument"), root.attrib)
    ElementTree.SubElement(ElementTree.SubElement(document, "EPCISBody"), "EventList").append(event)
    return ElementTree.tostring(document)


def main(arguments: Sequence[str]) -> int:
    """Let every document of a folder pass through, and tell what became of each."""
    (folder,) = map(Path, arguments)
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".json", ".jsonld", ".xml"))
    total = Passage()
    with tempfile.TemporaryDirectory() as place, Door(Path(place) / "home", f"sqlite:///{place}/ledger.sqlite") as door:
        for path in paths:
            found = pass_through(door, path.read_bytes(), media_of(path.name))
            total = Passage(*(each + more for each, more in zip(total, found, strict=True)))
            print(f"{found.same:3} the same, {found.agreed:3} by their program  {path.relative_to(folder)}")
            for told in (*found.changed, *found.refused):
                print(f"    {told}")
        assert door.world.audit().fault is None
    print(f"{len(paths)} documents; {total.same} events the same, {total.agreed} of them by their program as well,")
    print(f"{len(total.changed)} changed, {len(total.refused)} refused")
    return len(total.changed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
