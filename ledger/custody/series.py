"""Events in series: read as `parse_event` reads them, and faster, once their form is known.

A till writes thousands of events about one pack each, and they differ in a handful of values: ids, times, the
code, where it was. A form is the text between these values, as one pattern. A body that matches it is the same
JSON but for those values, so that only they are left to be tested, each by the test that `parse_event` has for it;
everything else, also whatever is wrong, is for `parse_event`.

Many bodies of one form whose values are of the same lengths are a matrix of bytes, a row a body, and are tested
and taken apart column by column (`read_alike`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from string import ascii_letters, digits
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np

from ledger import canonical
from ledger.codes.code import key_of, keys_of
from ledger.custody import fields
from ledger.custody.event import Event, parse_event
from ledger.errors import CodeFault, FormatError
from ledger.limits import URI_CHARACTERS_MAX

__all__ = ["EventColumns", "EventReader"]

_BODY_BYTES_MAX: Final = 4_096  # of one pack; longer ones name many
_FORMS_MAX: Final = 8
_MISSES_A_FORM: Final = 64  # after the first few: bodies that never repeat would cost a new form each

# What may stand in a value: no quotation mark and no backslash, so that it ends where it seems to.
_VALUES: Final = {
    "uri": f"({fields.URI})", "time": "([0-9T:.Z+-]{20,40})", "digest": "(sha-256:[0-9a-f]{64})",
}  # fmt: skip
_CHARACTERS: Final = {
    "uri": (ascii_letters + digits + "._~:/?#[]@!$&'()*+,;=%-").encode(),
    "time": (digits + "T:.Z+-").encode(),
    "digest": b"sha-256:0123456789abcdef",
}
_MARK: Final = re.compile(r"\\u0000([0-9]+)\\u0000")  # as JSON spells the marks that stand for values
_print = msgspec.json.Encoder().encode


class _Value(NamedTuple):
    """One value that differs from event to event: what it is, of which sort, and where it stands in the JSON."""

    name: str
    sort: str
    holder: Any
    key: str | int


class _Form(NamedTuple):
    """How an author writes events of a kind: the pattern, which of its groups is what, and an event like these."""

    pattern: re.Pattern[str]
    sorts: list[str]
    groups: dict[str, int]
    times: tuple[int, ...]
    example: Event

    def read(self, body: str) -> Event | None:
        """Return the event, or None when it is not of this form."""
        found = self.pattern.fullmatch(body)
        if found is None:
            return None
        values = found.groups()
        if max(map(len, values)) > URI_CHARACTERS_MAX:
            return None
        seconds = [fields.instant(values[at], "") for at in self.times]
        like, at_of = self.example, self.groups
        site = at_of.get("bizLocation", at_of.get("readPoint"))
        source, destination = at_of.get("sourceList"), at_of.get("destinationList")
        confidential = at_of.get("pl:confidential")
        return Event(
            event_id=values[at_of["eventID"]],
            kind=like.kind,
            event_time=seconds[0],
            zone=like.zone,
            codes=[key_of(values[at_of["code"]])],
            parent=None,
            site=None if site is None else values[site],
            source=like.source if source is None else values[source],
            destination=like.destination if destination is None else values[destination],
            batch=like.batch,
            expiry=like.expiry,
            insured=like.insured,
            partial=like.partial,
            confidential=None if confidential is None else fields.digest(values[confidential]),
            corrects=like.corrects,
        )

    def columns(self, first: Event, found: re.Match[str], bodies: Sequence[bytes]) -> EventColumns | None:
        """Return bodies of one length in columns, None when they differ in more than what may stand in the values.

        Args:
            first: the first body, read.
            found: how it matches the pattern; it is ASCII.
            bodies: all of them.

        Raises:
            FormatError, CodeFault: a value is not sound.
        """
        matrix = np.frombuffer(b"".join(bodies), np.uint8).reshape(len(bodies), -1)
        same = matrix == matrix[0]
        for at, sort in enumerate(self.sorts, 1):
            start, end = found.span(at)
            # The scheme of a URI is the same as well: all after it are of one set of characters.
            free = start if sort != "uri" else found.string.index(":", start) + 1
            if matrix[:, free:end].tobytes().translate(None, _CHARACTERS[sort]):
                return None
            same[:, free:end] = True
        if not same.all():
            return None

        def column(at: int) -> list[str]:
            start, end = found.span(at + 1)
            text, width = matrix[:, start:end].tobytes().decode("ascii"), end - start
            return [text[row : row + width] for row in range(0, len(text), width)]

        seconds = [_each(column(at), lambda text: fields.instant(text, "")) for at in self.times]
        at_of, nothing = self.groups, [None] * len(bodies)
        site = at_of.get("bizLocation", at_of.get("readPoint"))
        confidential = at_of.get("pl:confidential")
        start, end = found.span(at_of["eventID"] + 1)
        return EventColumns(
            first,
            matrix[:, start:end].tobytes(),
            seconds[0],
            keys_of(column(at_of["code"])),
            nothing if site is None else column(site),
            nothing if confidential is None else list(map(fields.digest, column(confidential))),
        )


def _each(texts: list[str], read: Callable[[str], int]) -> list[int]:
    """Return what is read from each text; many are the same."""
    known = {text: read(text) for text in set(texts)}
    return [known[text] for text in texts]


class EventColumns(NamedTuple):
    """Events about one pack each, of one form; what they have in common is that of the first.

    Attributes:
        first: the first of them.
        event_ids: of all, side by side, in bytes.
        times, codes, sites, confidentials: of each, as `Event` has them.
    """

    first: Event
    event_ids: bytes
    times: list[int]
    codes: list[str]
    sites: Sequence[str | None]
    confidentials: Sequence[bytes | None]


class EventReader:
    """Reads events, and remembers the forms of those about one pack; the form met last is tried first.

    Threads may share one: the forms known are replaced as a whole, and one that is lost so is learned again.
    """

    def __init__(self) -> None:
        self._forms: tuple[_Form, ...] = ()
        self._misses = 0

    def read(self, body: bytes) -> Event:
        """Return what `parse_event` returns.

        Raises:
            FormatError, CodeFault: as `parse_event`.
        """
        if len(body) > _BODY_BYTES_MAX:
            return parse_event(body)
        try:
            text = body.decode()
            forms = self._forms
            for at, form in enumerate(forms):
                event = form.read(text)
                if event is not None:
                    if at:
                        self._forms = (form, *forms[:at], *forms[at + 1 :])
                    return event
        except (FormatError, CodeFault, UnicodeDecodeError):
            return parse_event(body)  # says what is wrong
        event = parse_event(body)
        self._learn(body, event)
        return event

    def read_alike(self, bodies: Sequence[bytes]) -> EventColumns | None:
        """Return what `read` returns for each of these, in columns; None unless all are sound and of one form."""
        try:
            first = self.read(bodies[0])
            form = next(iter(self._forms), None)
            found = None if form is None else form.pattern.fullmatch(bodies[0].decode())
            if form is None or found is None or not bodies[0].isascii() or {*map(len, bodies)} != {len(bodies[0])}:
                return None
            return form.columns(first, found, bodies)
        except (FormatError, CodeFault):
            return None

    def _learn(self, body: bytes, event: Event) -> None:
        self._misses += 1
        if self._misses > _FORMS_MAX and self._misses % _MISSES_A_FORM:
            return
        form = _form_of(body, event)
        if form is not None and form.read(body.decode()) == event:
            self._forms = (form, *self._forms[: _FORMS_MAX - 1])


def _form_of(body: bytes, event: Event) -> _Form | None:
    """Return the form of an event about one pack, in the one plain spelling of its JSON."""
    value = canonical.loads(body)
    if len(event.codes) != 1 or b"\\" in body or _print(value) != body:
        return None
    differing = list(_differing(value))
    for number, (_, _, holder, key) in enumerate(differing):
        holder[key] = f"\0{number}\0"
    parts = _MARK.split(_print(value).decode())
    order = [differing[int(number)] for number in parts[1::2]]
    pattern = re.escape(parts[0]) + "".join(
        _VALUES[each.sort] + re.escape(text) for each, text in zip(order, parts[2::2], strict=True)
    )
    groups = {each.name: at for at, each in enumerate(order)}
    # The time of the event first: the others are tested, and have no part in it.
    times = [at for name, at in groups.items() if name == "recordTime"]
    return _Form(re.compile(pattern), [each.sort for each in order], groups, (groups["eventTime"], *times), event)


def _differing(value: dict[str, Any]) -> Iterator[_Value]:
    """Find the values of a sound event's JSON that differ from event to event."""
    yield _Value("eventID", "uri", value, "eventID")
    for name in ("eventTime", "recordTime"):
        if name in value:
            yield _Value(name, "time", value, name)
    for name in ("epcList", "childEPCs", "inputEPCList", "outputEPCList"):
        for at in range(len(value.get(name, ()))):
            yield _Value("code", "uri", value[name], at)
    for name in ("bizLocation", "readPoint"):
        if name in value:
            yield _Value(name, "uri", value[name], "id")
    for at, item in enumerate(value.get("bizTransactionList", ())):
        yield _Value(f"bizTransaction {at}", "uri", item, "bizTransaction")
    for name, item_name in (("sourceList", "source"), ("destinationList", "destination")):
        if len(value.get(name, ())) == 1 and fields.party(value, name, item_name) is not None:
            yield _Value(name, "uri", value[name][0], item_name)
    if "pl:confidential" in value:
        yield _Value("pl:confidential", "digest", value, "pl:confidential")
