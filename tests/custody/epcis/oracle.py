"""The event hash by the program of its authors, `epcis-event-hash-generator`, and what is known to be wrong with it.

It prints transactions, sources and destinations after everything else instead of where CBV 2.0 puts them, so
they are moved here; the rest is compared as it is. `docs/formats/event-hash.md` lists all differences.
"""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

import epcis_event_hash_generator
from epcis_event_hash_generator import hash_generator, json_to_py, xml_to_py
from pyld import jsonld

from ledger.custody.epcis.names import CONTEXT

logging.getLogger().setLevel(logging.CRITICAL)


def _local(url: str, _: Any) -> dict[str, Any]:
    """Load EPCIS's context from the program's own file, as its loader does, but without a deprecated call."""
    assert url in (CONTEXT, CONTEXT.replace("/2.0.0", ""))
    (file,) = Path(epcis_event_hash_generator.__file__).parent.glob("e532647e*.jsonld")
    document = json.loads(file.read_text("utf-8"))
    return {"contextUrl": None, "documentUrl": url, "document": document, "contentType": "application/ld+json"}


jsonld.set_document_loader(_local)

MISPLACED = ("bizTransactionList", "sourceList", "destinationList")
_TOP = re.compile(
    r"(bizTransactionList|sourceList|destinationList|sensorElementList|ilmd|eventTime=|readPoint|bizLocation|\{"
    r"|eventTimeZoneOffset|certificationInfo|epcList|parentID|inputEPCList|childEPCs|quantityList|childQuantityList"
    r"|inputQuantityList|outputEPCList|outputQuantityList|action=|transformationID|bizStep=|disposition="
    r"|persistentDisposition)"
)


def their_prehashes(value: dict[str, Any] | bytes, join: str = "\n") -> list[str]:
    """Return the pre-hash string of each event of a document, a part a line; a JSON document or the bytes of XML.

    What stands between parts decides where items of a list are sorted to: it is nothing where they are hashed.
    """
    if isinstance(value, bytes):
        read = xml_to_py.event_list_from_epcis_document_str(value.decode())
    else:
        json_to_py._namespaces.clear()
        read = json_to_py.event_list_from_epcis_document_json(value)
    printed: list[str] = hash_generator.derive_prehashes_from_events(read, join)
    return printed


def their_parts(value: dict[str, Any] | bytes) -> list[str]:
    """Return the pre-hash string of a document's only event as its parts."""
    (printed,) = their_prehashes(value)
    return [line for line in printed.split("\n") if line]


def their_hash(value: dict[str, Any] | bytes) -> str:
    """Return the hash itself."""
    (found,) = hash_generator.calculate_hashes_from_pre_hashes(their_prehashes(value, ""))
    return str(found)


def sections(parts: list[str]) -> list[list[str]]:
    """Cut the parts into the members that they belong to; an extension's parts stay with what stands before."""
    cut: list[list[str]] = []
    for part in parts:
        if not cut or (_TOP.match(part) and not (part.startswith("{") and cut[-1][0].startswith(("read", "biz")))):
            cut.append([])
        cut[-1].append(part)
    return cut


def moved(parts: list[str]) -> list[str]:
    """Put transactions, sources and destinations where CBV 2.0 has them: before sensors, master data, extensions."""
    cut = sections(parts)
    lists = {section[0]: section for section in cut if section[0].startswith(MISPLACED)}
    rest = [section for section in cut if section[0] not in lists]
    at = next(
        (number for number, section in enumerate(rest) if section[0].startswith(("sensorElementList", "ilmd", "{"))),
        len(rest),
    )
    ordered = [section for name in MISPLACED for first, section in lists.items() if first.startswith(name)]
    return [part for section in (*rest[:at], *ordered, *rest[at:]) for part in section]
