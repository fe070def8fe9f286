"""Scalars of events, and the objects that are made of them: each reader takes a value and where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, NamedTuple

from ledger.custody import fields
from ledger.custody.epcis.extension import ABSENT, extension, text_of
from ledger.custody.epcis.faults import CaptureFault, placed
from ledger.custody.epcis.identifiers import canonical_urn
from ledger.custody.epcis.names import Names
from ledger.custody.epcis.numbers import number
from ledger.custody.epcis.words import VOCABULARIES
from ledger.errors import LedgerError
from ledger.limits import CODES_PER_EVENT_MAX

__all__ = [
    "SCALARS",
    "Reader",
    "Scope",
    "extended",
    "instant",
    "listed",
    "plain_object",
    "put",
    "text",
    "uri",
    "word",
]

_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2})*")


class Scope(NamedTuple):
    """Where in an event a reader stands, and the names that count there."""

    names: Names
    path: str

    def member(self, name: str) -> Scope:
        """Step into a member."""
        return Scope(self.names, f"{self.path}.{name}")

    def item(self, at: int) -> Scope:
        """Step into an item of a list."""
        return Scope(self.names, f"{self.path}[{at}]")


Reader = Callable[[Any, Scope], Any]
"""Takes a value and where it stands; returns it in its one spelling, or raises."""


def uri(text: str, path: str) -> str:
    """Return a text that is a URI.

    Raises:
        CaptureFault: `event-uri`.
    """
    try:
        return fields.uri(text, path)
    except LedgerError as error:
        raise placed(error, path=path) from None


def text(value: Any, scope: Scope) -> str:
    """Return a text without the space around it."""
    return text_of(value, scope.path)


def instant(value: Any, scope: Scope) -> str:
    """Return a time as it was written, once it is known to be one."""
    written = text(value, scope)
    try:
        fields.instant(written, scope.path)
    except LedgerError as error:
        raise placed(error, path=scope.path) from None
    return written


def word(value: Any, scope: Scope, vocabulary: str) -> str:
    """Return the JSON spelling of a word: a bare word, one of ours with `pl:`, or a URI."""
    found = VOCABULARIES[vocabulary].short(text(value, scope))
    if found is None:
        raise CaptureFault("event-word", "no CBV word and no URI", path=scope.path)
    return uri(scope.names.expanded(found, scope.path), scope.path) if ":" in found else found


def _address(value: Any, scope: Scope) -> str:
    return uri(scope.names.expanded(text(value, scope), scope.path), scope.path)


def _identifier(value: Any, scope: Scope) -> str:
    return uri(canonical_urn(scope.names.expanded(text(value, scope), scope.path)), scope.path)


def _number(value: Any, scope: Scope) -> int | Decimal:
    found = number(value)
    if found is None or isinstance(value, str):
        raise CaptureFault("epcis-value", "not a number", path=scope.path)
    return found


def _boolean(value: Any, scope: Scope) -> bool:
    if type(value) is not bool:
        raise CaptureFault("epcis-value", "neither true nor false", path=scope.path)
    return value


def _hex(value: Any, scope: Scope) -> str:
    digits = text(value, scope)
    if _HEX.fullmatch(digits) is None:
        raise CaptureFault("epcis-value", "not pairs of hex digits", path=scope.path)
    return digits


def _of(vocabulary: str) -> Reader:
    return lambda value, scope: word(value, scope, vocabulary)


SCALARS: Final[dict[str, Reader]] = {
    "instant": instant,
    "address": _address,
    "identifier": _identifier,
    "text": text,
    "number": _number,
    "boolean": _boolean,
    "hexBinary": _hex,
    **{name: _of(name) for name in ("bizStep", "disposition", "measurement", "exception", "component")},
}


def put(read: dict[str, Any], name: str, value: Any, scope: Scope) -> None:
    """Add an extension member under its spelling in the body; without a value it is not added.

    Raises:
        CaptureFault: `epcis-name`, `epcis-value`, `epcis-extension`; `epcis-member` when it is there already.
    """
    spelled = scope.names.spelled(name, scope.path)
    if spelled in read:
        raise CaptureFault("epcis-member", "given twice", path=scope.path)
    found = extension(value, scope.names, scope.path)
    if found is not ABSENT:
        read[spelled] = found


def extended(value: Any, scope: Scope, readers: dict[str, Reader], *needed: str) -> dict[str, Any]:
    """Read an object of known members that may hold extensions besides.

    Raises:
        CaptureFault: as the readers and `put`; `epcis-member` for a member that is not known, or missing.
    """
    if type(value) is not dict:
        raise CaptureFault("epcis-member", "not an object", path=scope.path)
    read: dict[str, Any] = {}
    for name, member in value.items():
        at = scope.member(name[:64])
        if name in readers:
            read[name] = readers[name](member, at)
        elif ":" in name:
            put(read, name, member, at)
        else:
            raise CaptureFault("epcis-member", "not known here", path=at.path)
    for name in needed:
        if name not in read:
            raise CaptureFault("epcis-member", "missing", path=scope.member(name).path)
    return read


def plain_object(value: Any, scope: Scope, allowed: set[str], *needed: str) -> dict[str, Any]:
    """Return an object that has no extension point, once it holds what it must and no more."""
    if type(value) is not dict:
        raise CaptureFault("epcis-member", "not an object", path=scope.path)
    if value.keys() - allowed:
        raise CaptureFault("epcis-member", f"holds more than {', '.join(sorted(allowed))}", path=scope.path)
    for name in needed:
        if name not in value:
            raise CaptureFault("epcis-member", "missing", path=scope.member(name).path)
    return value


def listed(value: Any, scope: Scope) -> list[Any]:
    """Return a list that is not too long."""
    if type(value) is not list:
        raise CaptureFault("epcis-member", "not a list", path=scope.path)
    if len(value) > CODES_PER_EVENT_MAX:
        raise CaptureFault("event-codes", f"{len(value)} items, at most {CODES_PER_EVENT_MAX}", path=scope.path)
    return value
