"""For regulators: packs, batches, products, parties, and who sold what to whom; and the recall of batches."""

from __future__ import annotations

from functools import partial
from typing import Any, Final, TypeVar

from starlette.responses import Response

from api.door import Asked, Doors, Query
from api.problems import RECORDING
from api.reading import json_of
from api.tables import FILES, RowsTold, file_of, rows_wanted
from api.trade_wire import (
    BatchQuery,
    FlowQuery,
    NewRecall,
    PackQuery,
    PackTold,
    PartyQuery,
    PartySeen,
    ProductQuery,
    ProductSeen,
    RecallTold,
    pack_told,
)
from ledger.casework import fresh_id
from ledger.clock import iso
from ledger.codes import read
from ledger.office.pack import findings_about, visible_story
from ledger.office.registered import party_facts, product_facts
from ledger.office.rows import Place, parse_place
from ledger.office.views import VIEWS
from ledger.papers.contents import Recall
from ledger.reconcile.rules.header import Value

__all__ = ["LAKE_PROBLEMS", "doors", "flow_values", "rows_asked"]

T = TypeVar("T")
doors: Final = Doors("trade", "For regulators: packs, batches, products, parties, and who sold what to whom.")

LAKE_PROBLEMS: Final = (
    "page-unknown", "export-too-large", "lake-missing", "lake-outdated", "lake-unreachable", "query-too-long",
)  # fmt: skip
_ROWS: Final[dict[str, Any]] = {"size": 70_012, "columns": {"packs": "how many"}, "rows": [{"packs": 17}]}
_FLOW: Final = {
    "month": 202611, "seller_region": "610800", "seller": "https://distributor.example/", "buyer_region": "610802",
    "buyer": "https://pharmacy.example/", "product": "8770984", "packs": 17, "cents": 42_500,
}  # fmt: skip


async def rows_asked(asked: Asked[Any], view: str, values: dict[str, Value], file: str) -> RowsTold | Response:
    """Return the rows of a view as they are asked for: a page as JSON, or all of them as a file of this name."""
    place = parse_place(asked.given.after) if asked.given.after else None
    return await asked.service.in_office(partial(_told, asked, view, values, place, file))


def _told(
    asked: Asked[Any], view: str, values: dict[str, Value], place: Place | None, file: str
) -> RowsTold | Response:
    from ledger.office.facts import ask  # noqa: PLC0415  not before an office asks: see there

    given, settings = asked.given, asked.service.ledger.settings
    rows = ask(
        settings.lake_folder, view, values, after=place, count=rows_wanted(given.format, given.limit),
        memory_mib=settings.rules_memory_mib,
    )  # fmt: skip
    if given.format != "json":
        return file_of(given.format, rows.table, file, is_whole=rows.following is None)
    following = "" if rows.following is None else str(rows.following)
    return RowsTold(size=rows.size, columns=VIEWS[view].columns, rows=rows.table.to_pylist(), next=following)


@doors.get(
    "/v1/packs", action="packs.read", query=Query(PackQuery, {"code": "87709840000000015538"}), gives=PackTold,
    example={
        "code": "urn:nmpa:dtc:87709840000000015538", "product": "Tablets", "batch": "B1", "expiry": "2028-12-31",
        "state": "dispensed",
        "steps": [
            {
                "index": 12, "recorded": "2026-11-26T08:00:00Z", "claimed": "2026-11-26T08:00:00Z",
                "act": "commissioning", "party": "Maker", "site": "Plant", "state": "active",
            }
        ],
    },
    problems=("pack-unknown", "code-unknown-form", "store-unavailable"),
)  # fmt: skip
async def show_pack(asked: Asked[PackQuery]) -> PackTold:
    """Tell a pack's story: who did what, where and when, and what was wrong; with the open findings about it.

    Nobody's name is in it. The same with its proofs is the pedigree.
    """
    key, service = read(asked.given.code).key, asked.service

    def work() -> PackTold:
        story = visible_story(service.ledger.database, service.fence, asked.caller, key)
        with service.fence.read(asked.caller) as connection:
            return pack_told(story, findings_about(connection, asked.caller, key), asked.language)

    return await service.in_thread(work)


@doors.get(
    "/v1/products", action="trade.read", query=Query(ProductQuery, {"product": "8770984"}), gives=ProductSeen,
    also=FILES, example={
        "product": "8770984", "name": "Tablets", "maker": "https://maker.example/", "priceCents": 2_500,
        "weightMilligrams": 42_000, "supplyDays": 14, **_ROWS,
    },
    problems=("product-unknown", *LAKE_PROBLEMS, "store-unavailable"),
)  # fmt: skip
async def show_product(asked: Asked[ProductQuery]) -> ProductSeen | Response:
    """Show a product: what is registered of it, and its batches."""
    given, service = asked.given, asked.service

    def look() -> dict[str, Any]:
        with service.fence.read(asked.caller) as connection:
            return product_facts(connection, given.product)

    facts = await service.in_thread(look)
    told = await rows_asked(asked, "product.batches", {"product": given.product}, f"product-{given.product}")
    if isinstance(told, Response):
        return told
    return ProductSeen(
        product=given.product, name=facts[f"name_{asked.language}"], maker=facts["maker"],
        price_cents=facts["price_cents"], weight_milligrams=facts["weight_milligrams"],
        supply_days=facts["supply_days"], size=told.size, columns=dict(told.columns), rows=told.rows, next=told.next,
    )  # fmt: skip


@doors.get(
    "/v1/batches", action="trade.read", query=Query(BatchQuery, {"product": "8770984", "batch": "B1"}),
    gives=RowsTold, also=FILES, example=_ROWS, problems=(*LAKE_PROBLEMS, "store-unavailable"),
)  # fmt: skip
async def show_batch(asked: Asked[BatchQuery]) -> RowsTold | Response:
    """Show where the packs of a batch are: by region, party and state; no rows for a batch that nobody made."""
    given = asked.given
    values: dict[str, Value] = {"product": given.product, "batch": given.batch, "language": asked.language}
    return await rows_asked(asked, "batch.places", values, f"batch-{given.product}")


@doors.get(
    "/v1/parties", action="trade.read", query=Query(PartyQuery, {"party": "https://pharmacy.example/"}),
    gives=PartySeen, also=FILES, example={
        "party": "https://pharmacy.example/", "name": "Pharmacy", "roles": ["dispenser"], "region": "610800", **_ROWS,
    },
    problems=("party-unknown", *LAKE_PROBLEMS, "store-unavailable"),
)  # fmt: skip
async def show_party(asked: Asked[PartyQuery]) -> PartySeen | Response:
    """Show a party: what is registered of it, and what it did, by month, act and product."""
    given, service = asked.given, asked.service

    def look() -> dict[str, Any]:
        with service.fence.read(asked.caller) as connection:
            return party_facts(connection, given.party)

    facts = await service.in_thread(look)
    told = await rows_asked(asked, "party.months", {"party": given.party}, "party")
    if isinstance(told, Response):
        return told
    return PartySeen(
        party=given.party, name=facts[f"name_{asked.language}"], roles=facts["roles"].split(" "),
        region=facts["region"], size=told.size, columns=dict(told.columns), rows=told.rows, next=told.next,
    )  # fmt: skip


@doors.get(
    "/v1/flows", action="trade.read", query=Query(FlowQuery, {"first": "202601", "region": "61"}), gives=RowsTold,
    also=FILES, example={**_ROWS, "rows": [_FLOW]}, problems=(*LAKE_PROBLEMS, "store-unavailable"),
)  # fmt: skip
async def list_flows(asked: Asked[FlowQuery]) -> RowsTold | Response:
    """List who sold what to whom, by month and region: as shipped, or as invoiced.

    As a file, with `format`, all rows come at once, up to a bound; as JSON page by page.
    """
    given = asked.given
    view = "flows.shipped" if given.by == "shipments" else "flows.invoiced"
    return await rows_asked(asked, view, flow_values(given, asked.language), "flows")


def flow_values(given: FlowQuery, language: str) -> dict[str, Value]:
    """Return the parameters of a view of flows."""
    return {
        "first": int(given.first or 0), "last": int(given.last or 0), "product": given.product or "",
        "seller": given.seller, "buyer": given.buyer, "region": given.region, "language": language,
    }  # fmt: skip


@doors.post(
    "/v1/recalls", action="recalls.issue",
    takes=json_of(NewRecall, {"product": "8770984", "batches": ["B1"], "level": 1, "reason": "impurity"}),
    gives=RecallTold, example={"id": "urn:uuid:00000000-0000-4000-8000-000000000001", "index": 70_012},
    problems=("officer-unknown", "paper-member", *RECORDING),
)  # fmt: skip
async def issue_recall(asked: Asked[NewRecall]) -> RecallTold:
    """Call batches of a product back: recorded as the officer's paper, in force at once.

    Every verdict from now on says so; a station that works offline has it with its next snapshot.
    """
    given, service = asked.given, asked.service

    def work() -> RecallTold:
        desk = service.officers.desk(asked.caller)
        paper = Recall(
            id=fresh_id(service.random), time=iso(service.clock()), product=given.product, level=given.level,
            reason=given.reason, batches=sorted(set(given.batches)) if given.batches else None,
        )  # fmt: skip
        (index,) = desk.record([paper])
        return RecallTold(id=paper.id, index=index)

    return await service.in_office(work)
