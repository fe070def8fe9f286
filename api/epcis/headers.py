"""EPCIS 2.0's headers (§12.3): which version, which spelling of codes, how a capture ends.

What a header asks for and we cannot give is refused, `NotAcceptableException`; a header that is not there asks nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

from ledger.custody.epcis.capture import Behaviour
from ledger.custody.vocabulary import TERMS
from ledger.errors import Misuse
from ledger.limits import CAPTURE_BYTES_MAX, CAPTURE_EVENTS_MAX

__all__ = ["CAPTURE_LIMITS", "EPCIS", "Syntax", "behaviour_of", "extensions_of", "require_epcis", "syntax_of"]

Syntax = Literal["json", "xml"]

EPCIS: Final = {
    "GS1-EPCIS-Version": "2.0.0",
    "GS1-CBV-Version": "2.0.0",
    "GS1-EPC-Format": "Always_GS1_Digital_Link",
    "GS1-Extensions": f"pl={TERMS}",
}
"""What every answer says."""

CAPTURE_LIMITS: Final = {
    "GS1-EPCIS-Capture-Limit": str(CAPTURE_EVENTS_MAX),
    "GS1-EPCIS-Capture-File-Size-Limit": str(CAPTURE_BYTES_MAX),
    "GS1-Capture-Error-Behaviour": "all",
}

_BEHAVIOUR: Final = "GS1-Capture-Error-Behaviour"
_VERSION: Final = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,3}))?(?:\.([0-9]{1,3}))?")
_OURS: Final = (2, 0, 0)
_EPC_FORMATS: Final = ("No_Preference", "Always_GS1_Digital_Link")
_XML_FORMATS: Final = ("No_Preference", "Always_URN")
_JSON: Final = ("application/json", "application/ld+json", "application/problem+json", "application/*", "*/*")
_XML: Final = ("application/xml", "text/xml", "text/*")
_EXTENSION: Final = re.compile(r"\s*([A-Za-z][A-Za-z0-9._-]{0,31})\s*=\s*([!-~]{1,256})\s*")


def require_epcis(headers: Mapping[str, str]) -> None:
    """Require that what a request asks of versions and spellings can be given.

    Raises:
        Misuse: `epcis-header`.
    """
    for name in ("GS1-EPCIS-Version", "GS1-CBV-Version"):
        asked = headers.get(name)
        if asked is not None and _version(name, asked, _OURS) != _OURS:
            raise Misuse("epcis-header", f"{name}: 2.0.0 alone is spoken here")
        if _version(f"{name}-Min", headers.get(f"{name}-Min"), _OURS) > _OURS:
            raise Misuse("epcis-header", f"{name}-Min: 2.0.0 alone is spoken here")
        if _version(f"{name}-Max", headers.get(f"{name}-Max"), _OURS) < _OURS:
            raise Misuse("epcis-header", f"{name}-Max: 2.0.0 alone is spoken here")
    for name, known in (("GS1-EPC-Format", _EPC_FORMATS), ("GS1-CBV-XML-Format", _XML_FORMATS)):
        if headers.get(name, known[0]) not in known:
            raise Misuse("epcis-header", f"{name}: {' or '.join(known)}")


def _version(name: str, text: str | None, absent: tuple[int, int, int]) -> tuple[int, int, int]:
    if text is None:
        return absent
    found = _VERSION.fullmatch(text.strip())
    if found is None:
        raise Misuse("epcis-header", f"{name}: not a version like 2.0.0")
    # `2` and `2.0` leave the rest to us.
    whole = tuple(ours if part is None else int(part) for part, ours in zip(found.groups(), absent, strict=True))
    return whole[0], whole[1], whole[2]


def behaviour_of(headers: Mapping[str, str]) -> Behaviour:
    """Return how a capture ends when an event is at fault; `rollback` unless said otherwise.

    Raises:
        Misuse: `request-invalid`.
    """
    asked = headers.get(_BEHAVIOUR, "rollback")
    if asked == "rollback":
        return "rollback"
    if asked == "proceed":
        return "proceed"
    raise Misuse("request-invalid", f"{_BEHAVIOUR}: rollback or proceed")


def syntax_of(headers: Mapping[str, str]) -> Syntax:
    """Return the syntax in which a document is wanted: the one with the greater weight, JSON when both have the same.

    Raises:
        Misuse: `epcis-header` when neither is wanted.
    """
    accepted = headers.get("accept", "*/*")
    weights = {"json": 0.0, "xml": 0.0}
    for part in accepted.split(","):
        media, _, rest = part.partition(";")
        weight = _weight(rest)
        for syntax, known in (("json", _JSON), ("xml", _XML)):
            if media.strip().lower() in known:
                weights[syntax] = max(weights[syntax], weight)
    if weights["xml"] > weights["json"]:
        return "xml"
    if weights["json"] > 0:
        return "json"
    raise Misuse("epcis-header", "Accept: application/ld+json, application/json or application/xml")


def _weight(parameters: str) -> float:
    found = re.search(r"(?:^|;)\s*q=([01](?:\.[0-9]{0,3})?)\s*(?:;|$)", parameters)
    return float(found[1]) if found else 1.0


def extensions_of(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the prefixes that `GS1-Extensions` declares, each with its namespace.

    Raises:
        Misuse: `epcis-header`.
    """
    found: dict[str, str] = {}
    for part in filter(None, headers.get("GS1-Extensions", "").split(",")):
        pair = _EXTENSION.fullmatch(part)
        if pair is None or pair[1] in found:
            raise Misuse("epcis-header", "GS1-Extensions: prefix=namespace, with commas between them, each once")
        found[pair[1]] = pair[2]
    return found
