"""Events out: the simple event query, events by what they name, and the lists of EPCIS's top level."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import urlencode

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from api.door import Asked, Query
from api.epcis.capture import announce, doors
from api.epcis.headers import EPCIS, extensions_of, syntax_of
from api.reading import JSON, Decimal
from ledger.answers import Found
from ledger.codes import uri_of
from ledger.custody.epcis.names import CONTEXT
from ledger.custody.epcis.output import Answer, query_document
from ledger.custody.epcis.query.parameters import CONTROLS, PARAMETERS, parse_query
from ledger.custody.epcis.query.parameters import Query as EventQuery
from ledger.errors import FormatError, Misuse
from ledger.limits import PAGE_EVENTS_MAX, QUERY_PARAMETERS_MAX, QUERY_VALUE_CHARACTERS_MAX

__all__ = ["LD", "QUERY_DOCUMENT", "REFUSALS", "Pairs", "SimpleQuery", "answer_with", "pairs_of", "respond_with"]

LD: Final = "application/ld+json"
REFUSALS: Final = (
    "epcis-header", "query-parameter", "query-value", "query-conflict", "query-page-token", "query-too-complex",
    "query-too-large", "store-busy", "store-unavailable",
)  # fmt: skip
QUERY_DOCUMENT: Final = {
    "@context": [CONTEXT], "type": "EPCISQueryDocument", "schemaVersion": "2.0",
    "creationDate": "2026-11-26T08:00:00Z",
    "epcisBody": {
        "queryResults": {
            "queryName": "SimpleEventQuery",
            "resultsBody": {
                "eventList": [
                    {"type": "ObjectEvent", "eventID": "urn:uuid:00000000-0000-4000-8000-000000000001", "…": "…"}
                ]
            },
        }
    },
}  # fmt: skip
_encode: Final = msgspec.json.Encoder().encode

SimpleQuery: Final = msgspec.defstruct(
    "SimpleQuery", [(name, str, "") for name in (*PARAMETERS, *CONTROLS)], frozen=True, kw_only=True
)
"""The parameters that have a name of their own; others name a type or an extension, as docs/formats/query.md says."""


class Pairs(NamedTuple):
    """The parameters of an address, each name with its value."""

    given: tuple[tuple[str, str], ...]


def pairs_of(request: Request) -> Pairs:
    """Return the parameters of a request, unread.

    Raises:
        Misuse: `query-too-complex`.
    """
    given = tuple(request.query_params.multi_items())
    if len(given) > QUERY_PARAMETERS_MAX:
        raise Misuse("query-too-complex", f"{len(given)} parameters, at most {QUERY_PARAMETERS_MAX}")
    return Pairs(given)


def _query(**example: str) -> Query[Pairs]:
    return Query(SimpleQuery, example, pairs_of)


async def answer_with(asked: Asked[Pairs], more: Iterable[tuple[str, str]] = ()) -> Response:
    """Answer the query of an address, and of what its path says beside."""
    query = parse_query((*more, *asked.given.given), extensions_of(asked.headers))
    return await respond_with(asked, query, "SimpleEventQuery")


async def respond_with(asked: Asked[Pairs], query: EventQuery, name: str) -> Response:
    """Answer a query by the name under which it is known."""
    syntax = syntax_of(asked.headers)
    found = await asked.service.in_thread(partial(asked.service.answers.find, asked.caller, query))
    answer = Answer(found.events, asked.service.clock(), name)
    content = await asked.service.in_thread(partial(query_document, answer, syntax))
    headers = {**EPCIS, **_next_page(asked, found)}
    return Response(content, 200, headers, LD if syntax == "json" else "application/xml")


def _next_page(asked: Asked[Pairs], found: Found) -> dict[str, str]:
    if not found.token:
        return {}
    given = [pair for pair in asked.given.given if pair[0] != "nextPageToken"]
    # Relative to the address that was asked (RFC 8288 §3.2), whatever stands before us.
    return {"Link": f'<?{urlencode([*given, ("nextPageToken", found.token)])}>; rel="next"'}


@doors.get("/events", action="events.read", query=_query(EQ_bizStep="shipping|receiving", perPage="30"), gives=LD,
           example=QUERY_DOCUMENT, problems=REFUSALS)  # fmt: skip
async def query_events(asked: Asked[Pairs]) -> Response:
    """Query events by their time, kind, place, packs and much more: docs/formats/query.md.

    One sees one's own events whole, those of others as far as they concern packs that one may see, and every event as
    a regulator of medicine, as police and as an auditor.
    `Link` with `rel="next"` leads to the next page; a page may be shorter than was asked for.
    """
    return await answer_with(asked)


@doors.get("/events/{id:path}", action="events.read", query=_query(), gives=LD, example=QUERY_DOCUMENT,
           problems=("event-unknown", *REFUSALS))  # fmt: skip
async def read_event(asked: Asked[Pairs]) -> Response:
    """Return the events of this id: one, or with its error declaration two."""
    query = parse_query((("EQ_eventID", asked.path["id"]), *asked.given.given), extensions_of(asked.headers))
    syntax = syntax_of(asked.headers)
    found = await asked.service.in_thread(partial(asked.service.answers.find, asked.caller, query))
    if not found.events and not query.token:
        raise Misuse("event-unknown")
    content = query_document(Answer(found.events, asked.service.clock()), syntax)
    headers = {**EPCIS, **_next_page(asked, found)}
    return Response(content, 200, headers, LD if syntax == "json" else "application/xml")


# What stands in a path, and the parameter that it is.
_BY_PATH: Final = {
    "eventTypes": "eventType", "epcs": "MATCH_anyEPC", "bizSteps": "EQ_bizStep", "bizLocations": "EQ_bizLocation",
    "readPoints": "EQ_readPoint", "dispositions": "EQ_disposition",
}  # fmt: skip
_EXAMPLES: Final = {
    "eventTypes": "ObjectEvent", "epcs": "urn:nmpa:dtc:87709840000000015538", "bizSteps": "shipping",
    "bizLocations": "https://id.gs1.org/414/9521234000013", "readPoints": "https://id.gs1.org/414/9521234000013",
    "dispositions": "in_transit",
}  # fmt: skip


class Collection(msgspec.Struct, frozen=True, kw_only=True, rename={"context": "@context"}):
    """A list of EPCIS: names that lead further."""

    context: list[str] = msgspec.field(default_factory=lambda: [CONTEXT])
    type: str = "Collection"
    member: list[str]


class ListQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many names, and after which."""

    perPage: Decimal = "30"  # noqa: N815  EPCIS's own names
    nextPageToken: Annotated[str, Meta(max_length=2 * QUERY_VALUE_CHARACTERS_MAX)] = ""  # noqa: N815


def _hang_list(name: str) -> None:
    """Hang the doors of one list: all its names, what each leads to, and the events of each."""
    shown = _EXAMPLES[name]

    async def names(asked: Asked[ListQuery]) -> Response:
        count = min(max(int(asked.given.perPage), 1), PAGE_EVENTS_MAX)
        after = _read_name(asked.given.nextPageToken)
        work = partial(asked.service.answers.names, asked.caller, name, after, count + 1)
        keys: Sequence[str] = await asked.service.in_thread(work)
        found = [uri_of(key) for key in keys] if name == "epcs" else list(keys)
        headers = dict(EPCIS)
        if len(found) > count:
            token = base64.urlsafe_b64encode(found[count - 1].encode()).rstrip(b"=").decode("ascii")
            headers["Link"] = f'<?perPage={count}&nextPageToken={token}>; rel="next"'
        return Response(_encode(Collection(member=found[:count])), 200, headers, JSON)

    async def further(asked: Asked[Any]) -> Response:
        return Response(_encode(Collection(member=["events"])), 200, EPCIS, JSON)

    async def events(asked: Asked[Pairs]) -> Response:
        return await answer_with(asked, [(_BY_PATH[name], asked.path["name"])])

    names.__name__, further.__name__, events.__name__ = f"list_{name}", f"read_{name}_name", f"query_{name}_events"
    what = "packs that the ledger knows, for those who see all" if name == "epcs" else f"{name} of one's events"
    names.__doc__ = f"List the {what}."
    further.__doc__ = f"Say what one of the {name} leads to."
    events.__doc__ = f"Query the events of one of the {name}; the other parameters are those of `/events`."
    doors.get(
        f"/{name}", action="events.read", query=Query(ListQuery, {"perPage": "30"}), gives=Collection,
        example={"@context": [CONTEXT], "type": "Collection", "member": [shown]},
        problems=("epcis-header", "request-invalid", "query-page-token", "query-too-complex", "store-unavailable"),
    )(names)  # fmt: skip
    doors.get(
        f"/{name}/{{name:path}}/events", action="events.read", query=_query(perPage="30"), gives=LD,
        example=QUERY_DOCUMENT, problems=REFUSALS,
    )(events)
    doors.get(
        f"/{name}/{{name:path}}", action="events.read", gives=Collection,
        example={"@context": [CONTEXT], "type": "Collection", "member": ["events"]}, problems=("epcis-header",),
    )(further)  # fmt: skip
    for path in (f"/{name}", f"/{name}/{{name:path}}/events", f"/{name}/{{name:path}}"):
        announce(path)


def _read_name(token: str) -> str:
    """Return the name after which a list goes on; it shows nothing that is hidden, so nothing guards it."""
    try:
        name = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True).decode("utf-8")
    except ValueError:
        raise FormatError("query-page-token", "not written here") from None
    if "\0" in name:
        raise FormatError("query-page-token", "not written here")
    return name


announce("/events/{id:path}")
announce("/events")
for _name in _BY_PATH:
    _hang_list(_name)
