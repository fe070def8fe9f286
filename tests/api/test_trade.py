"""Packs, batches, products, parties and flows over HTTP; what offices take away; a recall that reaches the counter."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from ledger.identity.registration import Party
from ledger.papers.contents import Invoice, InvoiceLine
from ledger.reconcile.findings.finding import finding_id
from ledger.reconcile.lake import Lake, open_lake
from ledger.snapshot import parse_snapshot
from tests.api.kit import Door, problem
from tests.api.test_offices import finding, told
from tests.kit import PRODUCT, desk, patient

FORMULA = '=HYPERLINK("https://evil.example/","x")'


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Return a door over some trade, with a lake; nobody may change it."""
    folder = tmp_path_factory.mktemp("market")
    with Door(folder / "home", f"sqlite:///{folder / 'ledger.sqlite'}") as door:
        world = door.world
        buyer = desk("formula")
        for each in world.enrolment(buyer, "dispenser"):
            named = each if not isinstance(each, Party) else Party(
                uri=each.uri, name_en=FORMULA, name_zh=FORMULA, roles=each.roles, region="310000"
            )  # fmt: skip
            world.record(world.register(named))
        packs = world.packs(6)
        world.record(world.commission(packs[:4], batch="B1"), world.commission(packs[4:], batch="B%"))
        world.record(
            world.ship(packs[:2], to=world.pharmacy), world.ship(packs[2:5], to=buyer),
            world.receive(packs[:2], by=world.pharmacy),
        )  # fmt: skip
        world.record(world.dispense(packs[:1], insured=True, person=patient()))
        world.record(world.paper(world.maker, Invoice(
            id=world.fresh_id(), time=world.stamp(), number="17", seller=world.maker.party, buyer=world.pharmacy.party,
            currency="CNY", amount="50.00", tax="1.00",
            lines=[InvoiceLine(product=PRODUCT, packs=2, amount="50.00")],
        )))  # fmt: skip
        door.update_lake()
        yield door


def test_a_packs_story_with_the_findings_about_it(market: Door) -> None:
    """Every office follows every pack; nobody's person is in it; a pack that is none is unknown."""
    code = "87709840000000000001"
    (about,) = market.find(finding(1))
    assert about == finding_id("dispensed-twice", code)
    for office in ("insurer", "regulator", "commerce", "tax", "police"):
        pack = told(market.get(f"/v1/packs?code={code}", key=market.keys[office]))
        assert [step["act"] for step in pack["steps"]] == ["commissioning", "shipping", "receiving", "dispensing"]
        assert (pack["state"], pack["batch"], pack["findings"]) == ("dispensed", "B1", [about])
        assert "P-0001" not in str(pack)
    problem(market.get("/v1/packs?code=87709849999999999999", key=market.keys["police"]), 404, "pack-unknown")
    problem(market.get("/v1/packs?code=hello", key=market.keys["police"]), 422, "code-unknown-form")
    for nobody in ("pharmacy", "maker", "auditor", "operator"):
        problem(market.get(f"/v1/packs?code={code}", key=market.keys[nobody]), 403, "access-denied")


def test_flows_by_shipment_and_by_invoice(market: Door) -> None:
    """Who sent what to whom, how much, in which month and regions; what was invoiced; narrowed by each question."""
    key = market.keys["tax"]
    rows = told(market.get("/v1/flows", key=key))["rows"]
    shipped = {(row["seller"], row["buyer"]): (row["packs"], row["cents"]) for row in rows}
    world = market.world
    assert shipped == {
        (world.maker.party, world.pharmacy.party): (2, 5_000),
        (world.maker.party, "https://formula.example/"): (3, 7_500),
    }  # fmt: skip
    assert {row["month"] for row in rows} == {202_611}
    (invoiced,) = told(market.get("/v1/flows?by=invoices", key=key))["rows"]
    assert (invoiced["packs"], invoiced["cents"], invoiced["buyer"]) == (2, 5_000, world.pharmacy.party)
    for question, count in (
        ("first=202612", 0), ("last=202610", 0), ("first=202611&last=202611", 2), ("region=31", 1), ("region=6108", 2),
        (f"buyer={world.pharmacy.party}", 1), ("seller=https://nobody.example/", 0), ("product=8000000", 0),
        (f"product={PRODUCT}", 2), ("seller=%25", 0), ("buyer=https://pharmacy%25", 0), ("seller=' OR 1=1 --", 0),
    ):  # fmt: skip
        assert len(told(market.get(f"/v1/flows?{question}", key=key))["rows"]) == count, question
    for wrong in ("first=2026", "first=202613", "region=6%25", "region=6108001", "by=rumour", "product=1", "limit=0"):
        problem(market.get(f"/v1/flows?{wrong}", key=key), 422, "request-invalid")


def test_a_table_goes_on_where_it_ended(market: Door) -> None:
    """Page by page it is the whole; a place of another lake, or none at all, is refused."""
    key = market.keys["commerce"]
    whole = told(market.get("/v1/flows", key=key))
    one = told(market.get("/v1/flows?limit=1", key=key))
    two = told(market.get(f"/v1/flows?limit=1&after={one['next']}", key=key))
    assert one["rows"] + two["rows"] == whole["rows"]
    assert "next" not in two
    for place in ("1-1", "x", "-", "1", f"{whole['size'] + 1}-1", "9" * 40):
        problem(market.get(f"/v1/flows?after={place}", key=key), 409, "page-unknown")


def test_files_hold_the_same_rows_and_no_formula(market: Door) -> None:
    """CSV and Parquet say what JSON says; a name that a spreadsheet would run stands behind an apostrophe."""
    key = market.keys["police"]
    rows = told(market.get("/v1/flows", key=key))["rows"]
    answer = market.get("/v1/flows?format=csv", key=key)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="flows.csv"'
    written = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["packs"] for row in written] == [str(row["packs"]) for row in rows]
    assert {row["buyer_name"] for row in written} == {"pharmacy", f"'{FORMULA}"}
    assert not any(value.startswith(("=", "+", "-", "@", "\t")) for row in written for value in row.values())
    answer = market.get("/v1/flows?format=parquet", key=key)
    assert pq.read_table(io.BytesIO(answer.content)).to_pylist() == rows


def test_a_file_that_would_be_too_large_is_refused(market: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """In words, not cut off in silence."""
    monkeypatch.setattr("api.tables.EXPORT_ROWS_MAX", 1)
    for form in ("csv", "parquet"):
        problem(market.get(f"/v1/flows?format={form}", key=market.keys["tax"]), 422, "export-too-large")


def test_products_batches_and_parties(market: Door) -> None:
    """What is registered, and what the lake knows; names of batches are compared as they stand."""
    key = market.keys["commerce"]
    product = told(market.get(f"/v1/products?product={PRODUCT}", key=key))
    assert (product["name"], product["maker"], product["priceCents"]) == ("Tablets", market.world.maker.party, 2_500)
    assert [(row["batch"], row["packs"], row["recalled"]) for row in product["rows"]] == [
        ("B%", 2, False), ("B1", 4, False),
    ]  # fmt: skip
    batch = told(market.get(f"/v1/batches?product={PRODUCT}&batch=B1", key=key))["rows"]
    assert sorted((row["state"], row["packs"]) for row in batch) == [("active", 1), ("dispensed", 1), ("in_transit", 2)]
    assert len(told(market.get(f"/v1/batches?product={PRODUCT}&batch=B%25", key=key))["rows"]) == 2
    assert told(market.get(f"/v1/batches?product={PRODUCT}&batch=%25", key=key))["rows"] == []
    party = told(market.get(f"/v1/parties?party={market.world.pharmacy.party}", key=key))
    assert (party["roles"], party["region"]) == (["dispenser"], "610800")
    assert [(row["act"], row["packs"]) for row in party["rows"]] == [("dispensing", 1), ("receiving", 2)]
    problem(market.get("/v1/products?product=8000000", key=key), 404, "product-unknown")
    problem(market.get("/v1/parties?party=https://nobody.example/", key=key), 404, "party-unknown")


def test_without_a_lake_it_is_said(quick_door: Door) -> None:
    """Not found empty."""
    problem(quick_door.get("/v1/flows", key=quick_door.keys["tax"]), 503, "lake-missing")


def test_a_recall_reaches_the_counter_within_one_sync(door: Door) -> None:
    """Issued over HTTP; the next verdict says stop, and so does what a station takes with it offline."""
    world = door.world
    packs = world.packs(2)
    world.record(world.commission(packs, batch="B1"), world.ship(packs), world.receive(packs))
    station = door.keys["pharmacy"]

    def snapshot(since: int) -> Any:
        return parse_snapshot(told(door.get(f"/v1/snapshot?since={since}", key=station))["body"].encode())

    def verdict() -> Any:
        asked = {"codes": packs[:1], "act": "dispensing", "site": world.pharmacy.site}
        return told(door.post("/v1/verdicts", asked, key=station))["codes"][0]

    before = snapshot(0)
    assert before.recalls == []
    assert verdict()["verdict"] == "ok"
    notice = {"product": PRODUCT, "batches": ["B1"], "level": 1, "reason": "impurity"}
    problem(door.post("/v1/recalls", notice, key=door.officer("police")), 403, "access-denied")
    problem(door.post("/v1/recalls", notice, key=door.keys["regulator"]), 403, "officer-unknown")
    issued = told(door.post("/v1/recalls", notice, key=door.officer("regulator")))
    after = snapshot(before.to)
    assert [(each.product, each.batch) for each in after.recalls] == [(PRODUCT, "B1")]
    assert after.to > issued["index"]
    refused = verdict()
    assert refused["verdict"] == "stop"
    assert [each["name"] for each in refused["anomalies"]] == ["recalled"]
    wrong = {**notice, "batches": ["*"]}
    problem(door.post("/v1/recalls", wrong, key=door.officer("regulator", 2)), 422, "paper-member")
    assert world.audit().fault is None


def test_a_lake_that_is_updated_meanwhile_is_asked_again(quick_door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files are gone when they are opened: the newer lake answers; and nobody who asks keeps it from growing."""
    door, world = quick_door, quick_door.world
    packs = world.packs(4)
    world.record(world.commission(packs), world.ship(packs[:1]))
    door.update_lake()
    opened = open_lake

    def too_late(folder: Path) -> Lake:
        lake = opened(folder)
        monkeypatch.setattr("ledger.office.facts.open_lake", opened)
        world.record(world.ship(packs[1:]))
        door.update_lake()
        return lake

    monkeypatch.setattr("ledger.office.facts.open_lake", too_late)
    (row,) = told(door.get("/v1/flows", key=door.keys["tax"]))["rows"]
    assert row["packs"] == 4


def test_a_lake_with_a_file_missing_is_said(quick_door: Door) -> None:
    """Not answered by halves."""
    world = quick_door.world
    world.record(world.commission(world.packs(1)))
    quick_door.update_lake()
    for path in quick_door.settings.lake_folder.glob("custody/*.parquet"):
        path.unlink()
    problem(quick_door.get("/v1/flows", key=quick_door.keys["tax"]), 503, "lake-unreachable")


def test_offices_that_ask_too_much_at_once_wait_for_each_other_alone(
    quick_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue is bounded, and who is not of an office does not stand in it."""
    monkeypatch.setattr("api.service.OFFICE_WAITING_MAX", 1)
    door = quick_door
    door.update_lake()
    asks = [door.request("GET", "/v1/flows", key=door.keys["tax"]) for _ in range(8)]
    *answers, ready = door.at_once(*asks, door.request("GET", "/readyz"))
    assert ready.status_code == 200
    assert {answer.status_code for answer in answers} == {200, 503}
    for answer in answers:
        if answer.status_code == 503:
            problem(answer, 503, "server-busy")
    assert told(door.get("/v1/flows", key=door.keys["tax"]))["rows"] == []


def test_the_market_is_where_it_was(market: Door, tmp_path: Path) -> None:
    """Asking of the lake leaves nothing behind in its folder, and recorded nothing."""
    held = sorted(path.name for path in market.settings.lake_folder.rglob("*"))
    told(market.get("/v1/flows", key=market.keys["tax"]))
    assert sorted(path.name for path in market.settings.lake_folder.rglob("*")) == held
