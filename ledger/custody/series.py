"""Events in series: read as `parse_event` reads them, three times as fast once their form is known.

A till writes thousands of events about one pack each, and they differ in a handful of values: ids, times, the
code, where it was. A form is the text between these values, as one pattern. A body that matches it is the same
JSON but for those values, so that only they are left to be tested, each by the test that `parse_event` has for it;
everything else, also whatever is wrong, is for `parse_event`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec

from ledger import canonical
from ledger.codes.code import key_of
from ledger.custody import fields
from ledger.custody.event import Event, parse_event
from ledger.errors import CodeFault, FormatError
from ledger.limits import URI_CHARACTERS_MAX

__all__ = ["EventReader"]

_BODY_BYTES_MAX: Final = 4_096  # of one pack; longer ones name many
_FORMS_MAX: Final = 8
_MISSES_A_FORM: Final = 64  # after the first few: bodies that never repeat would cost a new form each

# What may stand in a value: no quotation mark and no backslash, so that it ends where it seems to.
_VALUES: Final = {
    "uri": f"({fields.URI})", "time": "([0-9T:.Z+-]{20,40})", "digest": "(sha-256:[0-9a-f]{64})",
}  # fmt: skip
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


class EventReader:
    """Reads events, and remembers the forms of those about one pack; the form met last is tried first."""

    def __init__(self) -> None:
        self._forms: list[_Form] = []
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
            for at, form in enumerate(self._forms):
                event = form.read(text)
                if event is not None:
                    if at:
                        self._forms.insert(0, self._forms.pop(at))
                    return event
        except (FormatError, CodeFault, UnicodeDecodeError):
            return parse_event(body)  # says what is wrong
        event = parse_event(body)
        self._learn(body, event)
        return event

    def _learn(self, body: bytes, event: Event) -> None:
        self._misses += 1
        if self._misses > _FORMS_MAX and self._misses % _MISSES_A_FORM:
            return
        form = _form_of(body, event)
        if form is not None and form.read(body.decode()) == event:
            self._forms = [form, *self._forms[: _FORMS_MAX - 1]]


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
    return _Form(re.compile(pattern), groups, (groups["eventTime"], *times), event)


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
