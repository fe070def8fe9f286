"""For regulators: questions to the lake that an office asks again and again, kept under a name for its officers."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta
from starlette.responses import Response

from api.door import Asked, Doors, Query
from api.office_wire import Rows
from api.problems import STORING
from api.reading import json_of
from api.station_wire import WireAnswer
from api.tables import FILES, Form, RowsTold
from api.trade import LAKE_PROBLEMS, flow_values, rows_asked
from api.trade_wire import BatchQuery, FlowQuery, PartyQuery, ProductQuery
from ledger.clock import iso
from ledger.errors import Misuse
from ledger.limits import QUERIES_KEPT_MAX, TEXT_CHARACTERS_MAX
from ledger.reconcile.rules.header import Value
from ledger.store.queries import SavedQuery, count_queries, drop_query, keep_query, queries_of, query_named

__all__ = ["doors"]

doors: Final = Doors("queries", "For regulators: questions that an office keeps under a name.")

_NAME: Final = r"^[a-z0-9][a-z0-9-]{0,59}\Z"
_KEPT: Final = {"name": "flows-to-yulin", "query": {"of": "flows", "region": "6108"}, "kept": "2026-11-26T08:00:00Z"}


class FlowsKept(FlowQuery, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="of", tag="flows"):
    """Who sold what to whom; the members of `/v1/flows`."""


class BatchKept(BatchQuery, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="of", tag="batch"):
    """Where the packs of a batch are; the members of `/v1/batches`."""


class ProductKept(ProductQuery, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="of", tag="product"):
    """The batches of a product; the members of `/v1/products`."""


class PartyKept(PartyQuery, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="of", tag="party"):
    """What a party did, by month; the members of `/v1/parties`."""


Kept = FlowsKept | BatchKept | ProductKept | PartyKept


class Keeping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question to keep, in place of the office's one of the same name; `of` says to which table."""

    name: Annotated[str, Meta(pattern=_NAME)]
    query: Kept


class KeptTold(WireAnswer, frozen=True, kw_only=True):
    """A question that is kept: its name, what it asks, when it was kept."""

    name: str
    query: dict[str, Any]
    kept: str


class KeptsTold(WireAnswer, frozen=True, kw_only=True):
    """What the caller's office keeps, by name."""

    queries: list[KeptTold]


class RunQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of the answer, and as what."""

    after: Annotated[str, Meta(max_length=TEXT_CHARACTERS_MAX)] = ""
    limit: Rows = 50
    format: Form = "json"


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Kept).decode


@doors.get(
    "/v1/queries", action="queries.keep", gives=KeptsTold, example={"queries": [_KEPT]}, problems=("store-unavailable",)
)
async def list_queries(asked: Asked[Any]) -> KeptsTold:
    """List the questions that the caller's office keeps."""

    def work() -> KeptsTold:
        with asked.service.fence.read(asked.caller) as connection:
            return KeptsTold(queries=[_told(each) for each in queries_of(connection, asked.caller.party)])

    return await asked.service.in_thread(work)


@doors.post(
    "/v1/queries", action="queries.keep",
    takes=json_of(Keeping, {"name": "flows-to-yulin", "query": {"of": "flows", "region": "6108"}}), gives=KeptTold,
    example=_KEPT, problems=("queries-too-many", *STORING),
)  # fmt: skip
async def keep_one_query(asked: Asked[Keeping]) -> KeptTold:
    """Keep a question under a name, for all officers of the caller's office.

    It is kept as its members, never as SQL: what it asks is what the address of its table would be asked.
    """
    given, caller, service = asked.given, asked.caller, asked.service
    kept = SavedQuery(caller.party, given.name, caller.station, service.clock(), _encode(given.query))

    def work() -> KeptTold:
        with service.ledger.database.write() as connection:
            known = query_named(connection, caller.party, given.name)
            if known is None and count_queries(connection, caller.party) >= QUERIES_KEPT_MAX:
                raise Misuse("queries-too-many", f"at most {QUERIES_KEPT_MAX}")
            keep_query(connection, kept)
        return _told(kept)

    return await service.in_thread(work)


@doors.get(
    "/v1/queries/{name}", action="queries.keep", query=Query(RunQuery, {"format": "json"}), gives=RowsTold, also=FILES,
    example={"size": 70_012, "columns": {"packs": "how many"}, "rows": [{"packs": 17}]},
    problems=("query-unknown", *LAKE_PROBLEMS, "store-unavailable"),
)  # fmt: skip
async def run_query(asked: Asked[RunQuery]) -> RowsTold | Response:
    """Ask a kept question now."""
    name, service = asked.path["name"], asked.service

    def look() -> SavedQuery | None:
        with service.fence.read(asked.caller) as connection:
            return query_named(connection, asked.caller.party, name)

    kept = await service.in_thread(look) if re.match(_NAME, name) else None
    if kept is None:
        raise Misuse("query-unknown")
    view, values = _view_of(_decode(kept.query), asked.language)
    return await rows_asked(asked, view, values, name)


@doors.delete(
    "/v1/queries/{name}", action="queries.keep", gives=KeptTold, example=_KEPT,
    problems=("query-unknown", "store-busy", "store-unavailable"),
)  # fmt: skip
async def drop_one_query(asked: Asked[Any]) -> KeptTold:
    """Keep a question no longer; answered with what it was."""
    name, party, service = asked.path["name"], asked.caller.party, asked.service

    def work() -> KeptTold:
        with service.ledger.database.write() as connection:
            known = query_named(connection, party, name) if re.match(_NAME, name) else None
            if known is None:
                raise Misuse("query-unknown")
            drop_query(connection, party, name)
        return _told(known)

    return await service.in_thread(work)


def _view_of(kept: Kept, language: str) -> tuple[str, dict[str, Value]]:
    match kept:
        case FlowsKept():
            return "flows.shipped" if kept.by == "shipments" else "flows.invoiced", flow_values(kept, language)
        case BatchKept():
            return "batch.places", {"product": kept.product, "batch": kept.batch, "language": language}
        case ProductKept():
            return "product.batches", {"product": kept.product}
        case PartyKept():
            return "party.months", {"party": kept.party}


def _told(kept: SavedQuery) -> KeptTold:
    return KeptTold(name=kept.name, query=msgspec.json.decode(kept.query), kept=iso(kept.made))
