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


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.verb.__name__)
def test_examples_are_of_their_types(route: Route) -> None:
    """What is shown as an example would be accepted, or could be answered."""
    if route.takes is not None and route.takes.schema is not None:
        msgspec.convert(route.takes.example, route.takes.schema)
    if route.query is not None:
        msgspec.convert(dict(route.query.example), route.query.model, strict=False)  # as `convert_query` does
    if route.gives.model is not None:
        msgspec.convert(route.gives.example, route.gives.model)
