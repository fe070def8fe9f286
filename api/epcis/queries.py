"""Queries with a name, and subscriptions to them: answers sent to an address as events come in, or by a schedule."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final
from urllib.parse import quote

import msgspec
from msgspec import Meta
from starlette.responses import Response

from api.door import Asked, Query
from api.epcis.capture import announce, doors
from api.epcis.events import LD, QUERY_DOCUMENT, REFUSALS, Pairs, pairs_of, respond_with
from api.epcis.headers import EPCIS, extensions_of
from api.problems import STORING
from api.reading import JSON, Decimal, Takes, json_of
from ledger.clock import iso
from ledger.custody import fields
from ledger.custody.epcis.faults import QueryFault
from ledger.custody.epcis.numbers import loads
from ledger.errors import FormatError, Misuse
from ledger.limits import REQUEST_BYTES_MAX, SIGNATURE_TOKEN_CHARACTERS_MAX, URI_CHARACTERS_MAX
from ledger.store.subscriptions import Controls, Definition, Subscription
from ledger.subscriptions import query_of

__all__: list[str] = []

_NAMED: Final = {"name": "shipments", "query": {"EQ_bizStep": ["shipping"], "eventType": ["ObjectEvent"]}}
_SUBSCRIPTION: Final = {
    "subscriptionID": "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "dest": "https://erp.example/epcis", "stream": True,
    "reportIfEmpty": False, "createdAt": "2026-11-26T08:00:00Z",
}  # fmt: skip
_encode: Final = msgspec.json.Encoder().encode


class NamedQuery(msgspec.Struct, frozen=True, kw_only=True, rename={"context": "@context"}, omit_defaults=True):
    """A query and its name; the parameters are those of `/events`, with lists where those have `|`."""

    name: str
    query: dict[str, Any]
    context: Any = None


def _read_named(data: bytes, _media: str) -> NamedQuery:
    value = loads(data)
    try:
        return msgspec.convert(value, NamedQuery)
    except msgspec.ValidationError as error:
        raise QueryFault("query-definition", str(error)) from None


class NamedQueries(msgspec.Struct, frozen=True):
    """All queries of one's party, by name."""

    member: list[NamedQuery]


class Subscribing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where answers are sent, and when: `stream`, or a `schedule` with its parts as docs/formats/query.md has them.

    Attributes:
        dest: an https address.
        signatureToken: the secret that signs what is sent.
        initialRecordTime: events recorded since then are sent as well.
    """

    dest: Annotated[str, Meta(max_length=URI_CHARACTERS_MAX)]
    signatureToken: Annotated[str, Meta(max_length=SIGNATURE_TOKEN_CHARACTERS_MAX)]  # noqa: N815  EPCIS's own names
    stream: bool = False
    schedule: dict[str, Annotated[str, Meta(max_length=128)]] | None = None
    reportIfEmpty: bool = False  # noqa: N815
    initialRecordTime: Annotated[str, Meta(max_length=64)] = ""  # noqa: N815


class Subscribed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A subscription; never its secret. `resting` says why nothing is sent any more."""

    subscriptionID: str  # noqa: N815
    dest: str
    stream: bool
    schedule: dict[str, str] | None = None
    reportIfEmpty: bool  # noqa: N815
    createdAt: str  # noqa: N815
    resting: str = ""


class Subscriptions(msgspec.Struct, frozen=True):
    """The subscriptions to one query, the oldest first."""

    member: list[Subscribed]


class NamedPageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """How many events, and after which; all else a named query says itself."""

    perPage: Decimal = "30"  # noqa: N815
    nextPageToken: str = ""  # noqa: N815


def _json(value: msgspec.Struct, status: int = 200, **headers: str) -> Response:
    return Response(_encode(value), status, {**EPCIS, **headers}, JSON)


@doors.post(
    "/queries", action="events.read", takes=Takes((JSON, LD), REQUEST_BYTES_MAX, _read_named, NamedQuery, _NAMED),
    gives=NamedQuery, example=_NAMED, status=201,
    problems=("query-definition", *REFUSALS, "query-name-exists", "named-queries-too-many", *STORING),
)  # fmt: skip
async def name_query(asked: Asked[NamedQuery]) -> Response:
    """Keep a query under a name of one's own."""
    given = asked.given
    definition = Definition(given.name, given.query, extensions_of(asked.headers))
    await asked.service.in_thread(partial(asked.service.queries.name, asked.caller.party, definition))
    return _json(given, 201, Location=f"/queries/{quote(given.name, safe='')}")


@doors.get("/queries", action="events.read", gives=NamedQueries, example={"member": [_NAMED]},
           problems=("epcis-header", "store-unavailable"))  # fmt: skip
async def list_named_queries(asked: Asked[Any]) -> Response:
    """List the queries of one's party."""
    found = await asked.service.in_thread(partial(asked.service.queries.all, asked.caller.party))
    return _json(NamedQueries([NamedQuery(name=each.name, query=each.query) for each in found]))


@doors.get("/queries/{name}", action="events.read", gives=NamedQuery, example=_NAMED,
           problems=("query-name-unknown", "epcis-header", "store-unavailable"))  # fmt: skip
async def read_named_query(asked: Asked[Any]) -> Response:
    """Return a query by its name."""
    found = await _named(asked)
    return _json(NamedQuery(name=found.name, query=found.query))


@doors.other("DELETE", "/queries/{name}", action="events.read",
             problems=("query-name-unknown", "epcis-header", *STORING))  # fmt: skip
async def forget_query(asked: Asked[Any]) -> Response:
    """Forget a query, and end its subscriptions."""
    forget = partial(asked.service.queries.forget, asked.caller.party, asked.path["name"])
    await asked.service.in_thread(forget)
    return Response(None, 204, EPCIS)


@doors.get(
    "/queries/{name}/events", action="events.read", query=Query(NamedPageQuery, {"perPage": "30"}, pairs_of), gives=LD,
    example=QUERY_DOCUMENT, problems=("query-name-unknown", "epcis-not-offered", *REFUSALS),
)  # fmt: skip
async def ask_named_query(asked: Asked[Pairs]) -> Response:
    """Ask a query by its name.

    A web socket is not opened: who asks for one is answered with 501, and subscribes a webhook instead.
    """
    if asked.headers.get("upgrade", "").lower() == "websocket":
        raise Misuse("epcis-not-offered", "no web sockets: POST /queries/{name}/subscriptions sends to a webhook")
    more = dict(asked.given.given)
    if len(more) < len(asked.given.given) or not more.keys() <= {"perPage", "nextPageToken"}:
        raise QueryFault("query-parameter", "perPage and nextPageToken alone, each once")
    found = await _named(asked)
    return await respond_with(asked, query_of(found, more), found.name)


async def _named(asked: Asked[Any]) -> Definition:
    get = partial(asked.service.queries.get, asked.caller.party, asked.path["name"])
    found: Definition = await asked.service.in_thread(get)
    return found


@doors.post(
    "/queries/{name}/subscriptions", action="events.read", gives=Subscribed, example=_SUBSCRIPTION, status=201,
    takes=json_of(
        Subscribing, {"dest": "https://erp.example/epcis", "signatureToken": "7Fq0…(22 or more)…", "stream": True}
    ),
    problems=(
        "query-name-unknown", "subscription-controls", "subscription-needs-key", "subscriptions-too-many",
        "webhook-address", "epcis-header", *STORING,
    ),
)  # fmt: skip
async def subscribe(asked: Asked[Subscribing]) -> Response:
    """Have the answers of a query sent to an address.

    A document is sent when events came in (`stream`) or by the `schedule`, signed with `signatureToken`:
    docs/formats/query.md says how, and how often one is tried again that is not taken.
    """
    given = asked.given
    if given.stream == (given.schedule is not None):
        raise QueryFault("subscription-controls", "either stream or a schedule")
    controls = Controls(given.dest, given.signatureToken, given.schedule, given.reportIfEmpty)
    since = _seconds(given.initialRecordTime) if given.initialRecordTime else None
    work = partial(asked.service.queries.subscribe, asked.caller, asked.path["name"], controls, since)
    row: Subscription = await asked.service.in_thread(work)
    place = f"/queries/{quote(row.query_name, safe='')}/subscriptions/{row.id}"
    return _json(_told(row), 201, Location=place)


def _seconds(text: str) -> int:
    try:
        return fields.instant(text, "initialRecordTime")
    except FormatError:
        raise QueryFault("subscription-controls", "initialRecordTime: not a time") from None


@doors.get("/queries/{name}/subscriptions", action="events.read", gives=Subscriptions,
           example={"member": [_SUBSCRIPTION]},
           problems=("query-name-unknown", "epcis-header", "store-unavailable"))  # fmt: skip
async def list_subscriptions(asked: Asked[Any]) -> Response:
    """List the subscriptions to a query."""
    work = partial(asked.service.queries.subscribed, asked.caller.party, asked.path["name"])
    rows = await asked.service.in_thread(work)
    return _json(Subscriptions([_told(row) for row in rows]))


@doors.get("/queries/{name}/subscriptions/{id}", action="events.read", gives=Subscribed, example=_SUBSCRIPTION,
           problems=("subscription-unknown", "epcis-header", "store-unavailable"))  # fmt: skip
async def read_subscription(asked: Asked[Any]) -> Response:
    """Return a subscription, and whether it rests."""
    work = partial(asked.service.queries.subscription, asked.caller.party, asked.path["name"], asked.path["id"])
    return _json(_told(await asked.service.in_thread(work)))


@doors.other("DELETE", "/queries/{name}/subscriptions/{id}", action="events.read",
             problems=("subscription-unknown", "epcis-header", *STORING))  # fmt: skip
async def unsubscribe(asked: Asked[Any]) -> Response:
    """End a subscription; what was still to be sent is not."""
    work = partial(asked.service.queries.unsubscribe, asked.caller.party, asked.path["name"], asked.path["id"])
    await asked.service.in_thread(work)
    return Response(None, 204, EPCIS)


def _told(row: Subscription) -> Subscribed:
    controls = row.controls
    return Subscribed(
        subscriptionID=row.id, dest=controls.dest, stream=controls.schedule is None, schedule=controls.schedule,
        reportIfEmpty=controls.report_if_empty, createdAt=iso(row.created), resting=row.resting,
    )  # fmt: skip


for _path in (
    "/queries", "/queries/{name}", "/queries/{name}/events", "/queries/{name}/subscriptions",
    "/queries/{name}/subscriptions/{id}",
):  # fmt: skip
    announce(_path)
