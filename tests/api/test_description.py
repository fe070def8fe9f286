"""The description of the interface: complete, sound in itself, and the same as what is served."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest

from api.app import AUDIENCES
from api.door import Door as Route
from api.openapi import describe
from ledger.texts import PROBLEMS
from tests.api.kit import Door

ROUTES = [door for audience in AUDIENCES for door in audience.doors]


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the operations of a description, by method and path."""
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def incomplete(document: dict[str, Any]) -> list[str]:
    """Name the operations without a summary of one line, an example of what is given, or problems with texts.

    What answers 204 gives nothing, and only that.
    """
    found = []
    for (method, path), operation in operations(document).items():
        answers = dict(operation["responses"])
        (success,) = (status for status in answers if status < "300")
        content = answers.pop(success).get("content", {})
        told = re.findall(r"`([a-z-]+)`:", " ".join(each["description"] for each in answers.values()))
        asked = operation.get("requestBody", {}).get("content", {"": {"example": 1}})
        if (
            not re.fullmatch(r"[A-Z][^\n]{8,118}[^.]", operation["summary"])
            or not all("example" in each for each in content.values())
            or bool(content) is (success == "204")
            or not any("example" in each for each in asked.values())
            or not told
            or not set(told) <= set(PROBLEMS)
        ):
            found.append(f"{method} {path}")
    return found


def test_every_operation_is_complete(quick_door: Door) -> None:
    """What is served at /openapi.json describes every door, each with summary, example and problems."""
    answer = quick_door.get("/openapi.json")
    document = answer.json()
    assert document == json.loads(msgspec.json.encode(describe(AUDIENCES)))
    served = {(route.method, re.sub(r":\w+}", "}", route.path)) for route in ROUTES}
    assert set(operations(document)) == served
    assert incomplete(document) == []
    names = [each["operationId"] for each in operations(document).values()]
    assert len(set(names)) == len(names)


def test_an_incomplete_operation_is_found() -> None:
    """One without a summary, one without an example, one without problems."""
    document = describe(AUDIENCES)
    mine = operations(document)
    mine["GET", "/healthz"]["summary"] = ""
    mine["POST", "/v1/verdicts"]["requestBody"]["content"]["application/json"].pop("example")
    mine["GET", "/checkpoint"]["responses"] = {"200": mine["GET", "/checkpoint"]["responses"]["200"]}
    assert sorted(incomplete(document)) == ["GET /checkpoint", "GET /healthz", "POST /v1/verdicts"]


def test_every_reference_leads_somewhere() -> None:
    """Types that are named are described."""
    document = describe(AUDIENCES)
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert named <= set(document["components"]["schemas"])
    assert "Problem" in named


NOT_LED_TO = {
    "read_tile", "read_entries", "read_key", "show_link", "show_national", "end_page_token",
}  # fmt: skip
"""Doors behind a name that no answer in JSON tells: tiles, keys in CBOR, what a scanner reads; and one that refuses."""


def wrong_links(document: dict[str, Any]) -> list[str]:
    """Name the links that lead nowhere, leave a parameter of the path open, or point at what is not in the example."""
    mine = {operation["operationId"]: operation for operation in operations(document).values()}
    found = []
    for name, operation in mine.items():
        for response in operation["responses"].values():
            for link in response.get("links", {}).values():
                to, given = mine.get(link["operationId"]), link["parameters"]
                if to is None:
                    found.append(f"{name} leads nowhere")
                    continue
                known = {f"{each['in']}.{each['name']}": each["required"] for each in to["parameters"]}
                open_ = {each for each, required in known.items() if required} - set(given)
                lost = [each for each in given.values() if not stands(each, operation, response)]
                if open_ or lost or not set(given) <= set(known):
                    found.append(f"{name} to {link['operationId']}")
    return found


def stands(expression: str, operation: dict[str, Any], response: dict[str, Any]) -> bool:
    """Say whether what a runtime expression names is in the examples of an operation."""
    kind, _, pointer = expression.partition("#")
    if kind == "$response.body":
        ((_, content), *_) = response["content"].items()
        value = content["example"]
    elif kind == "$request.body":
        value = next(each["example"] for each in operation["requestBody"]["content"].values() if "example" in each)
    else:
        return {"in": "path", "name": kind.removeprefix("$request.path.")}.items() <= operation["parameters"][0].items()
    for part in pointer.split("/")[1:]:
        value = value[int(part)] if isinstance(value, list) else value.get(part)
        if value is None:
            return False
    return isinstance(value, str | int)


def test_every_link_leads_on() -> None:
    """To an operation, with all that its path needs, from what the answer really has; and every door is led to."""
    document = describe(AUDIENCES)
    assert wrong_links(document) == []
    answers = [each for one in operations(document).values() for each in one["responses"].values()]
    led = {name for answer in answers for name in answer.get("links", {})}
    named = {route.verb.__name__ for route in ROUTES if "{" in route.path and route.method != "OPTIONS"}
    assert named - led == NOT_LED_TO


def test_a_wrong_link_is_found() -> None:
    """One to nowhere, one that leaves the path open, one that points at nothing."""
    document = describe(AUDIENCES)
    mine = operations(document)
    mine["GET", "/v1/cases"]["responses"]["200"]["links"]["show_case"]["parameters"] = {}
    mine["POST", "/capture"]["responses"]["202"]["links"]["read_job"]["parameters"]["path.id"] = "$response.body#/id"
    mine["GET", "/v1/findings"]["responses"]["200"]["links"]["show_finding"]["operationId"] = "show_nothing"
    assert sorted(wrong_links(document)) == [
        "capture_document to read_job", "list_cases to show_case", "list_findings leads nowhere",
    ]  # fmt: skip


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.verb.__name__)
def test_examples_are_of_their_types(route: Route) -> None:
    """What is shown as an example would be accepted, or could be answered."""
    if route.takes is not None and route.takes.schema is not None:
        msgspec.convert(route.takes.example, route.takes.schema)
    if route.query is not None:
        msgspec.convert(dict(route.query.example), route.query.model, strict=False)  # as `convert_query` does
    if route.gives.model is not None:
        msgspec.convert(route.gives.example, route.gives.model)
