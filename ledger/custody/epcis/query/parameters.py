"""Parameters of the simple event query: names and values in, a typed query out (EPCIS 2.0 §8.2.7.1, §12.7).

    ?EQ_bizStep=shipping|receiving&GE_eventTime=2026-11-01T00:00:00Z&MATCH_epc=urn:epc:idpat:sgtin:9521234.054321.*

In an address, `|` stands between the values of one parameter; in a named query they are a list. A parameter
that is not here is refused, and never passed over: an answer to another question is worse than none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

import msgspec

from ledger.custody import fields
from ledger.custody.epcis.faults import QueryFault
from ledger.custody.epcis.identifiers import canonical_urn
from ledger.custody.epcis.names import STANDARD
from ledger.custody.epcis.numbers import exact_time
from ledger.custody.epcis.query.patterns import Identifiers, identifiers
from ledger.custody.epcis.shape import EVENTS
from ledger.custody.epcis.words import VOCABULARIES
from ledger.errors import FormatError
from ledger.limits import (
    PAGE_EVENTS_MAX,
    PAGE_TOKEN_CHARACTERS_MAX,
    QUERY_EVENTS_MAX,
    QUERY_PARAMETERS_MAX,
    QUERY_VALUE_CHARACTERS_MAX,
    QUERY_VALUES_MAX,
)

__all__ = ["CONTROLS", "PARAMETERS", "PREFIXES", "Condition", "Query", "parse_definition", "parse_query"]

PER_PAGE_DEFAULT: Final = 30


class Condition(msgspec.Struct, frozen=True):
    """One thing that is asked of an event; it answers when one of the values fits.

    Attributes:
        parameter: a key of PARAMETERS or PREFIXES.
        about: what follows a key of PREFIXES: a type in its JSON spelling, or an extension's full name; else "".
        values: words, identifiers and texts; for times one number, milliseconds since the epoch; for
            patterns one set.
    """

    parameter: str
    about: str
    values: tuple[str, ...] | int | tuple[Identifiers, ...]


class Query(msgspec.Struct, frozen=True):
    """What is asked, and how the answer is wanted. All conditions must hold.

    Attributes:
        limit: `eventCountLimit`: so many events and no more.
        most: `maxEventCount`: more events are refused.
        token: `nextPageToken`, unread; "" for the first page.
    """

    conditions: tuple[Condition, ...] = ()
    order_by: Literal["eventTime", "recordTime"] = "eventTime"
    descending: bool = True
    limit: int | None = None
    most: int | None = None
    per_page: int = PER_PAGE_DEFAULT
    token: str = ""


class _Given(NamedTuple):
    """A parameter as it was given."""

    name: str
    values: list[str]

    def refused(self, what: str) -> QueryFault:
        return QueryFault("query-value", what, parameter=self.name[:64])

    def one(self) -> str:
        if len(self.values) != 1:
            raise self.refused("takes one value")
        return self.values[0]


Reader = Callable[[_Given], Any]


def _times(given: _Given) -> int:
    try:
        return exact_time(given.one())
    except FormatError:
        raise given.refused("not a time like 2026-11-22T12:37:00+08:00") from None


def _words(vocabulary: str) -> Reader:
    def read(given: _Given) -> tuple[str, ...]:
        words = [VOCABULARIES[vocabulary].short(value) for value in given.values]
        if None in words:
            raise given.refused("no CBV word and no URI")
        return tuple(sorted(word for word in words if word is not None))

    return read


def _among(*known: str) -> Reader:
    def read(given: _Given) -> tuple[str, ...]:
        if not set(given.values) <= set(known):
            raise given.refused(f"not among {', '.join(known)}")
        return tuple(sorted(given.values))

    return read


def _identifiers(given: _Given) -> tuple[str, ...]:
    try:
        return tuple(sorted(fields.uri(canonical_urn(value), given.name) for value in given.values))
    except FormatError:
        raise given.refused("not a URI") from None


def _addresses(given: _Given) -> tuple[str, ...]:
    """Read ids that stay as their authors wrote them, as ids of events do."""
    try:
        return tuple(sorted(fields.uri(value, given.name) for value in given.values))
    except FormatError:
        raise given.refused("not a URI") from None


def _patterns(*, of_classes: bool = False) -> Reader:
    def read(given: _Given) -> tuple[Identifiers, ...]:
        found = [identifiers(value, of_classes=of_classes) for value in given.values]
        if None in found:
            raise given.refused("a pattern that is not known")
        return tuple(each for each in found if each is not None)

    return read


def _flag(given: _Given) -> tuple[str, ...]:
    if given.values not in (["true"], [""]):
        raise given.refused("is true, or not given")
    return ()


def _texts(given: _Given) -> tuple[str, ...]:
    return tuple(sorted(given.values))


# EPCIS 2.0 §8.2.7.1, table of parameters. The name of the time of an error declaration differs between GS1's
# OpenAPI and its JSON Schema; both are read.
PARAMETERS: Final[dict[str, Reader]] = {
    "eventType": _among(*EVENTS),
    "GE_eventTime": _times, "LT_eventTime": _times, "GE_recordTime": _times, "LT_recordTime": _times,
    "EQ_action": _among("ADD", "OBSERVE", "DELETE"),
    "EQ_bizStep": _words("bizStep"), "EQ_disposition": _words("disposition"),
    "EQ_persistentDisposition_set": _words("disposition"), "EQ_persistentDisposition_unset": _words("disposition"),
    "EQ_readPoint": _identifiers, "WD_readPoint": _identifiers,
    "EQ_bizLocation": _identifiers, "WD_bizLocation": _identifiers,
    "EQ_transformationID": _identifiers, "EQ_eventID": _addresses,
    "MATCH_epc": _patterns(), "MATCH_parentID": _patterns(), "MATCH_anyEPC": _patterns(),
    "MATCH_inputEPC": _patterns(), "MATCH_outputEPC": _patterns(),
    "MATCH_epcClass": _patterns(of_classes=True), "MATCH_inputEPCClass": _patterns(of_classes=True),
    "MATCH_outputEPCClass": _patterns(of_classes=True), "MATCH_anyEPCClass": _patterns(of_classes=True),
    "EXISTS_errorDeclaration": _flag, "EXISTS_sensorElementList": _flag, "EXISTS_ilmd": _flag,
    "GE_errorDeclarationTime": _times, "LT_errorDeclarationTime": _times,
    "EQ_errorReason": _words("reason"), "EQ_correctiveEventID": _addresses,
}  # fmt: skip
_ALIASES: Final = {
    "GE_errorDeclaration_Time": "GE_errorDeclarationTime", "LT_errorDeclaration_Time": "LT_errorDeclarationTime",
    "EXISTS_ILMD": "EXISTS_ilmd",
}  # fmt: skip

# What a type of CBV, or the name of an extension, may follow; the longest that fits counts.
PREFIXES: Final[dict[str, Reader]] = {
    "EQ_bizTransaction_": _identifiers, "EQ_source_": _identifiers, "EQ_destination_": _identifiers,
    "EQ_ILMD_": _texts, "EXISTS_ILMD_": _flag, "EQ_": _texts, "EXISTS_": _flag,
}  # fmt: skip
_TYPES: Final = {"EQ_bizTransaction_": "bizTransaction", "EQ_source_": "party", "EQ_destination_": "party"}

CONTROLS: Final = (
    "orderBy", "orderDirection", "eventCountLimit", "maxEventCount", "perPage", "nextPageToken",
)  # fmt: skip


def parse_query(parameters: Iterable[tuple[str, str]], extensions: Mapping[str, str] | None = None) -> Query:
    """Read the parameters of an address, each name with its value as it stands there after unescaping.

    Args:
        extensions: prefixes of extension names, by GS1-Extensions.

    Raises:
        QueryFault: `query-parameter` for one that is not known or given twice, `query-value`,
            `query-conflict`, `query-too-complex`.
    """
    return _query([_Given(name, value.split("|")) for name, value in parameters], extensions or {})


def parse_definition(value: Any, extensions: Mapping[str, str] | None = None) -> tuple[str, Query]:
    """Read a named query, `{"name": "…", "query": {"EQ_bizStep": ["shipping"]}}`; return its name and itself.

    Raises:
        QueryFault: `query-definition`, and as `parse_query`.
    """
    if type(value) is not dict or value.keys() - {"@context", "name", "query"}:
        raise QueryFault("query-definition", "not an object of a name and a query")
    name, query = value.get("name"), value.get("query")
    if type(name) is not str or not 0 < len(name) <= 64 or not name.isprintable() or type(query) is not dict:
        raise QueryFault("query-definition", "a name has 1 to 64 characters, a query is an object")
    given = []
    for parameter, wanted in query.items():
        values = wanted if type(wanted) is list else [wanted]
        texts = ["true" if each is True else str(each) if type(each) is int else each for each in values]
        if not texts or any(type(each) is not str for each in texts):
            raise QueryFault("query-definition", "neither texts nor numbers", parameter=parameter[:64])
        given.append(_Given(parameter, texts))
    return name, _query(given, extensions or {})


def _query(parameters: list[_Given], extensions: Mapping[str, str]) -> Query:
    if len(parameters) > QUERY_PARAMETERS_MAX:
        raise QueryFault("query-too-complex", f"{len(parameters)} parameters, at most {QUERY_PARAMETERS_MAX}")
    controls: dict[str, str] = {}
    conditions: dict[tuple[str, str], Condition] = {}
    for given in parameters:
        _require_bounds(given)
        if given.name in CONTROLS:
            if given.name in controls:
                raise QueryFault("query-parameter", "given twice", parameter=given.name)
            controls[given.name] = given.one()
            continue
        condition = _condition(given, extensions)
        if conditions.setdefault((condition.parameter, condition.about), condition) is not condition:
            raise QueryFault("query-parameter", "given twice", parameter=given.name[:64])
    return _controlled(tuple(conditions[key] for key in sorted(conditions)), controls)


def _require_bounds(given: _Given) -> None:
    if len(given.values) > QUERY_VALUES_MAX:
        raise QueryFault("query-too-complex", f"at most {QUERY_VALUES_MAX} values", parameter=given.name[:64])
    if max(map(len, given.values)) > QUERY_VALUE_CHARACTERS_MAX:
        raise given.refused(f"longer than {QUERY_VALUE_CHARACTERS_MAX} characters")
    if any("\0" in value for value in given.values):
        raise given.refused("a zero character")
    if "" in given.values and not given.name.startswith("EXISTS_"):
        raise given.refused("empty")


def _condition(given: _Given, extensions: Mapping[str, str]) -> Condition:
    name = _ALIASES.get(given.name, given.name)
    if name in PARAMETERS:
        return Condition(name, "", PARAMETERS[name](given))
    for prefix, reader in PREFIXES.items():
        if name.startswith(prefix):
            about = _about(prefix, name[len(prefix) :], extensions)
            if about is not None:
                return Condition(prefix, about, reader(given))
            break
    raise QueryFault("query-parameter", "not known here", parameter=given.name[:64])


def _about(prefix: str, rest: str, extensions: Mapping[str, str]) -> str | None:
    """Return the type, or the full name of the extension; None when it is none."""
    if prefix in _TYPES:
        return VOCABULARIES[_TYPES[prefix]].short(rest)
    known, colon, local = rest.partition(":")
    if not colon or not local or not rest.isascii() or not rest.isprintable():
        return None
    space = ({**extensions, **STANDARD}).get(known)
    if space is not None:
        return space + local
    return rest if local.startswith("//") or known == "urn" else None


def _controlled(conditions: tuple[Condition, ...], controls: Mapping[str, str]) -> Query:
    limit = _count(controls, "eventCountLimit", QUERY_EVENTS_MAX)
    most = _count(controls, "maxEventCount", QUERY_EVENTS_MAX)
    # EPCIS 2.0 §8.2.7.1: the two exclude each other, and a limit says nothing without an order.
    if limit is not None and most is not None:
        raise QueryFault("query-conflict", "eventCountLimit and maxEventCount exclude each other")
    if limit is not None and "orderBy" not in controls:
        raise QueryFault("query-conflict", "eventCountLimit needs orderBy")
    if "orderDirection" in controls and "orderBy" not in controls:
        raise QueryFault("query-conflict", "orderDirection needs orderBy")
    order_by = controls.get("orderBy", "eventTime")
    direction = controls.get("orderDirection", "DESC")
    if order_by not in ("eventTime", "recordTime"):
        raise QueryFault("query-value", "eventTime or recordTime", parameter="orderBy")
    if direction not in ("ASC", "DESC"):
        raise QueryFault("query-value", "ASC or DESC", parameter="orderDirection")
    token = controls.get("nextPageToken", "")
    if len(token) > PAGE_TOKEN_CHARACTERS_MAX:
        raise QueryFault("query-page-token", "too long", parameter="nextPageToken")
    per_page = _count(controls, "perPage", QUERY_EVENTS_MAX) or PER_PAGE_DEFAULT
    return Query(
        conditions=conditions,
        order_by="eventTime" if order_by == "eventTime" else "recordTime",
        descending=direction == "DESC",
        limit=limit,
        most=most,
        per_page=min(per_page, PAGE_EVENTS_MAX),  # §12.7: a server may return fewer than it was asked for
        token=token,
    )


def _count(controls: Mapping[str, str], name: str, most: int) -> int | None:
    text = controls.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 7 and 1 <= int(text) <= most):
        raise QueryFault("query-value", f"a number from 1 to {most}", parameter=name)
    return int(text)
