"""Rows: a document cut into them, the fields of one, and the event that is made of it.

Whatever a row says is text here, numbers as they were written. Of its fields

    what names packs, and what is at fault with it      becomes `epcList` and `cn:faults`
    what is personal                                     goes into the confidential part, if the row names a patient
    everything else, also what nobody documented         stays in the body, as `cn:` and the field's name

Personal fields of a row that names no patient are left out, and named in the answer: they could not be erased.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final, NamedTuple

import msgspec

from ledger import canonical
from ledger.codes import read, uri_of
from ledger.custody.event import make_event, parse_event
from ledger.errors import CodeFault, FormatError
from ledger.limits import IMPORT_FIELD_CHARACTERS_MAX, IMPORT_FIELDS_MAX, IMPORT_LINES_MAX, SCAN_CHARACTERS_MAX
from ledger.papers.confidential import Confidential, make_confidential

__all__ = ["Drawn", "Fields", "Making", "RowFault", "Sender", "codes_of", "cut", "draw", "fields_of", "instant"]

NAMESPACE: Final = "urn:packledger:national:"
_PREFIX: Final = "cn"
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_PRINTABLE: Final = re.compile(r"[ -~]+")
_CHINA: Final = timezone(timedelta(hours=8))
_TIMES: Final = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d")

Fields = dict[str, str]


class Sender(NamedTuple):
    """Whose rows they are, and what they cannot say themselves.

    Attributes:
        party: URI of the party that sends.
        names: URIs of parties and sites by the numbers that the forms call them by.
        secret: makes 16 bytes of any, always the same and nobody else's to guess.
    """

    party: str
    names: Mapping[str, str]
    secret: Callable[[bytes], bytes]

    def named(self, number: str) -> str:
        """Return the URI of whom a number stands for; one that says the number when nobody told."""
        return self.names.get(number) or f"{NAMESPACE}number:{''.join(filter(str.isalnum, number))[:64]}"


class RowFault(msgspec.Struct, frozen=True):
    """Something in a row that was not used: where it stands, what is wrong, its text if it can be printed."""

    place: str
    fault: str
    text: str = ""


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """What a row becomes.

    Attributes:
        body, kind, subject, confidential: an event, as the gateway signs it.
        faults: what in the row was not used.
        left_out: names of personal fields that were not kept.
    """

    body: bytes
    kind: str
    subject: str
    confidential: bytes | None
    faults: tuple[RowFault, ...]
    left_out: tuple[str, ...]


class Making(NamedTuple):
    """What a row means: the act, and the members of its event as `make_event` takes them."""

    kind: str
    event_id: str
    time: int
    codes: Sequence[str]
    faults: Sequence[RowFault]
    members: Mapping[str, Any]
    patient: Confidential | None


def cut(data: bytes) -> list[dict[str, Any]]:
    """Cut a document into rows: one JSON object, a list of them, or one on each line.

    Raises:
        FormatError: `import-malformed`, with the line; `import-too-many-lines`.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FormatError("import-malformed", "not UTF-8") from None
    lines = [line for line in text.split("\n") if line.strip()]
    try:
        whole = [_loads(text)]
    except FormatError:
        if len(lines) < 2:
            raise
        whole = [_loads(line, number) for number, line in enumerate(lines, 1)]
    rows = [row for each in whole for row in (each if isinstance(each, list) else [each])]
    if len(rows) > IMPORT_LINES_MAX:
        raise FormatError("import-too-many-lines", f"{len(rows)}, at most {IMPORT_LINES_MAX}")
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise FormatError("import-malformed", "neither a JSON object nor a list of objects")
    return rows


def _loads(text: str, line: int = 0) -> Any:
    try:
        value = json.loads(
            text, parse_int=str, parse_float=str, parse_constant=_no_constant, object_pairs_hook=_once
        )
        text.encode()  # half characters, which JSON can spell, fail here or in the body
    except (ValueError, RecursionError) as error:
        place = f"line {line}: " if line else ""
        raise FormatError("import-malformed", f"{place}{_cause(error)}") from None
    return value


def _cause(error: Exception) -> str:
    match error:
        case json.JSONDecodeError():
            return f"{error.msg} at character {error.pos}"
        case UnicodeError():
            return "half of a character"
        case RecursionError():
            return "nested too deeply"
        case _:
            return str(error)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def fields_of(row: Mapping[str, Any]) -> tuple[Fields, list[RowFault]]:
    """Return the fields of a row that say something, as texts; what is nested as its JSON.

    Raises:
        FormatError: `import-field` for too many of them.
    """
    if len(row) > IMPORT_FIELDS_MAX:
        raise FormatError("import-field", f"{len(row)} fields, at most {IMPORT_FIELDS_MAX}")
    fields: Fields = {}
    faults: list[RowFault] = []
    for name, value in row.items():
        if value is None or value in ("", [], {}):
            continue
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
        text = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode()).strip()
        if _NAME.fullmatch(name) is None or len(text) > IMPORT_FIELD_CHARACTERS_MAX:
            faults.append(RowFault(name if _NAME.fullmatch(name) else "?", "import-field"))
        elif text:
            fields[name] = text
    return fields, faults


def codes_of(given: Any, of: str = "") -> tuple[list[str], list[RowFault]]:
    """Return the URIs of the packs that a row names, ascending, and what else stands where codes should.

    Args:
        given: texts, texts with commas between codes, or objects that have the code in a member.
        of: the name of that member.
    """
    named: list[Any] = given if isinstance(given, list) else [given]
    texts: list[str] = []
    for each in named:
        value = each.get(of) if of and isinstance(each, dict) else each
        texts += [part.strip() for part in value.split(",")] if isinstance(value, str) else ["?"] * (value is not None)
    codes: set[str] = set()
    faults = []
    for number, text in enumerate([text for text in texts if text], 1):
        try:
            uri = uri_of(read(text).key)
            if uri in codes:
                faults.append(RowFault(str(number), "code-twice", text))
            codes.add(uri)
        except CodeFault as fault:
            shown = text if _PRINTABLE.fullmatch(text) else ""
            faults.append(RowFault(str(number), fault.code, shown[:SCAN_CHARACTERS_MAX]))
    return sorted(codes), faults


def instant(text: str) -> int:
    """Return a time of the forms, which is that of China's clocks, in seconds since the epoch.

    Raises:
        FormatError: `import-time`.
    """
    for form in _TIMES:
        try:
            seconds = int(datetime.strptime(text, form).replace(tzinfo=_CHINA).astimezone(UTC).timestamp())
        except ValueError:
            continue
        if seconds >= 0:
            return seconds
    raise FormatError("import-time", "a time is written like 2026-11-22 12:37:00")


def draw(
    sender: Sender, making: Making, fields: Fields, personal: Collection[str], documented: Collection[str]
) -> Drawn:
    """Return the event that a row becomes.

    Raises:
        FormatError, CodeFault: as `make_event` and `make_confidential`.
    """
    rest = dict(fields)
    hidden = {name: rest.pop(name) for name in personal if name in rest}
    part, left_out = None, tuple(sorted(hidden))
    if making.patient is not None:
        # What nobody documented may be anything: beside a patient it is kept where it can be erased.
        hidden |= {name: rest.pop(name) for name in sorted(rest.keys() - set(documented))}
        patient = msgspec.structs.replace(making.patient, others=dict(sorted(hidden.items())) or None)
        part, left_out = make_confidential(patient, sender.secret(_line(b"salt", fields, making.codes))), ()
    body = _body(making, rest, part)
    return Drawn(
        body=body, kind=making.kind, subject=making.event_id, confidential=part, faults=tuple(making.faults),
        left_out=left_out,
    )  # fmt: skip


def _line(label: bytes, fields: Fields, codes: Iterable[str]) -> bytes:
    return label + b"\0" + canonical.dumps({"fields": dict(sorted(fields.items())), "codes": list(codes)})


def _body(making: Making, fields: Fields, part: bytes | None) -> bytes:
    members = dict(making.members)
    if part is not None:
        members["confidential"] = canonical.digest(part)
    # An event without a pack that can be read names what was not read, and touches no pack.
    stand_in = ["urn:nmpa:dtc:80000000000000000000"]
    made = make_event(
        making.kind, event_id=making.event_id, event_time=making.time, codes=list(making.codes) or stand_in, **members
    )
    value: dict[str, Any] = canonical.loads(made)
    if not making.codes:
        value.pop("epcList")
        value["quantityList"] = [{"epcClass": f"{NAMESPACE}unread"}]
    value["@context"].append({_PREFIX: NAMESPACE})
    value |= {f"{_PREFIX}:{name}": text for name, text in fields.items()}
    if making.faults:
        value[f"{_PREFIX}:faults"] = [
            {f"{_PREFIX}:{name}": text for name, text in msgspec.to_builtins(fault).items() if text}
            for fault in making.faults
        ]
    body = canonical.dumps(value)
    parse_event(body)
    return body


