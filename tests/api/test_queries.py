"""Questions that an office keeps: its own alone, as members and never as SQL, asked anew each time."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tests.api.kit import Door, problem
from tests.api.test_offices import told

FLOWS = {"of": "flows", "region": "61"}


def keep(door: Door, name: str, query: Any, office: str = "tax") -> Any:
    """Keep a question."""
    return door.post("/v1/queries", {"name": name, "query": query}, key=door.keys[office])


def test_a_question_is_kept_asked_changed_and_dropped(door: Door) -> None:
    """By its name; its answer is what its table would answer, as a file too."""
    world = door.world
    packs = world.packs(3)
    world.record(world.commission(packs), world.ship(packs))
    door.update_lake()
    key = door.keys["tax"]
    told(keep(door, "to-yulin", FLOWS))
    told(keep(door, "batch", {"of": "batch", "product": "8770984", "batch": "B1"}))
    told(keep(door, "party", {"of": "party", "party": world.maker.party}))
    told(keep(door, "product", {"of": "product", "product": "8770984"}))
    listed = told(door.get("/v1/queries", key=key))["queries"]
    assert [each["name"] for each in listed] == ["batch", "party", "product", "to-yulin"]
    assert {name: listed[3]["query"][name] for name in FLOWS} == FLOWS
    for name, address in (
        ("to-yulin", "/v1/flows?region=61"), ("batch", "/v1/batches?product=8770984&batch=B1"),
        ("party", f"/v1/parties?party={world.maker.party}"), ("product", "/v1/products?product=8770984"),
    ):  # fmt: skip
        rows = told(door.get(f"/v1/queries/{name}", key=key))["rows"]
        assert rows == told(door.get(address, key=key))["rows"] != []
    written = door.get("/v1/queries/to-yulin?format=csv", key=key).content.decode("utf-8-sig")
    assert [row["packs"] for row in csv.DictReader(io.StringIO(written))] == ["3"]
    told(keep(door, "to-yulin", {"of": "flows", "region": "31"}))
    assert told(door.get("/v1/queries/to-yulin", key=key))["rows"] == []
    for name in ("batch", "party", "product", "to-yulin"):
        told(door.run(door.request("DELETE", f"/v1/queries/{name}", key=key)))
    assert told(door.get("/v1/queries", key=key)) == {"queries": []}


def test_anothers_question_is_no_question(door: Door) -> None:
    """Neither seen, nor asked, nor dropped; and the same name is one of each office's own."""
    told(keep(door, "mine", FLOWS))
    key = door.keys["commerce"]
    assert told(door.get("/v1/queries", key=key)) == {"queries": []}
    for method in ("GET", "DELETE"):
        foreign = door.run(door.request(method, "/v1/queries/mine", key=key))
        unknown = door.run(door.request(method, "/v1/queries/none", key=key))
        problem(foreign, 404, "query-unknown")
        assert foreign.text == unknown.text
    told(keep(door, "mine", {"of": "flows"}, "commerce"))
    assert told(door.get("/v1/queries", key=door.keys["tax"]))["queries"][0]["query"]["region"] == "61"


@pytest.mark.parametrize("query", [
    {}, {"of": "api_key"}, {"of": "flows", "sql": "SELECT 1"}, {"of": "flows", "region": "6%"},
    {"of": "flows", "region": "' OR '1'='1"}, {"of": "batch", "product": "%", "batch": "x"},
    {"of": "flows", "limit": 0},
    {"of": "flows", "first": "2026-01"}, "SELECT * FROM custody", None, {"of": "batch", "product": "8770984"},
])  # fmt: skip
def test_what_is_no_question_is_not_kept(quick_door: Door, query: Any) -> None:
    """Other tables, other members, wildcards where digits stand, SQL."""
    problem(keep(quick_door, "x", query), 422, "request-invalid")
    assert told(quick_door.get("/v1/queries", key=quick_door.keys["tax"])) == {"queries": []}


@pytest.mark.parametrize("name", ["", "UP", "a b", "../x", "%", "a" * 61, "-x", "x\n", "名"])
def test_names_that_are_none(quick_door: Door, name: str) -> None:
    """Small letters, digits and hyphens."""
    problem(keep(quick_door, name, FLOWS), 422, "request-invalid")


def test_an_office_keeps_so_many(quick_door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is refused; a kept one can be changed still, and another office is not touched."""
    monkeypatch.setattr("api.queries.QUERIES_KEPT_MAX", 2)
    told(keep(quick_door, "one", FLOWS))
    told(keep(quick_door, "two", FLOWS))
    problem(keep(quick_door, "three", FLOWS), 422, "queries-too-many")
    told(keep(quick_door, "two", {"of": "flows"}))
    told(keep(quick_door, "three", FLOWS, "police"))
