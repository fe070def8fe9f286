"""The description of the interface, OpenAPI 3.1, made from the doors: what is described is what is served."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from api.door import Door, Doors
from api.links import LINKS, Link
from api.pages import HTML
from api.problems import CONCISE, JSON_PROBLEM, Problem, status_in
from api.reading import JSON
from ledger.identity.access import ACTIONS, PUBLIC
from ledger.texts import PROBLEMS

__all__ = ["EVERYWHERE", "describe", "links_of", "problems_of"]

EVERYWHERE: Final = ("access-unknown", "access-denied", "rate-exceeded", "server-busy")
_WITH_BODY: Final = (
    "media-type-unsupported", "request-invalid", "request-malformed", "request-slow", "request-too-large",
)  # fmt: skip
_NO_DOOR: Final = "route-unknown"
_PLACE: Final = "#/components/schemas/{name}"


def describe(audiences: Sequence[Doors]) -> dict[str, Any]:
    """Return the description of these doors."""
    doors = [door for audience in audiences for door in audience.doors]
    models = {model for door in doors for model in _models(door)} | {Problem}
    in_order = sorted(models, key=lambda model: model.__name__)
    _, components = msgspec.json.schema_components(in_order, ref_template=_PLACE)
    paths: dict[str, Any] = {}
    for door in doors:
        paths.setdefault(_template(door.path), {})[door.method.lower()] = _operation(door)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "packledger",
            "version": "1",
            "description": "Traceability of medicine packs, with evidence that nobody can quietly change.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "tags": [{"name": audience.audience, "description": audience.about} for audience in audiences],
        "paths": paths,
        "components": {
            "schemas": _pairs_as_lists(components),
            "securitySchemes": {
                "bearer": {
                    "type": "http", "scheme": "bearer",
                    "description": "An API key (`packledger api-key add`), or a token of the sign-on service.",
                }
            },
        },
    }  # fmt: skip


def _pairs_as_lists(schema: Any) -> Any:
    """Return a schema that says of a pair of the same that it is a list of two: more tools can read that."""
    if isinstance(schema, list | tuple):
        return [_pairs_as_lists(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    spelled = {name: _pairs_as_lists(each) for name, each in schema.items()}
    members = spelled.get("prefixItems")
    if members and all(each == members[0] for each in members):
        spelled["items"] = spelled.pop("prefixItems")[0]
    return spelled


def problems_of(door: Door) -> list[str]:
    """Return the codes of what may go wrong at a door, its own first."""
    codes = list(door.problems)
    if door.takes is not None:
        codes += _WITH_BODY
    elif door.query is not None:
        codes.append("request-invalid")
    if not PUBLIC.may(door.action):
        codes.append("access-missing")
    if "{" in door.path:
        codes.append(_NO_DOOR)  # what stands in the path may lead past this door
    return list(dict.fromkeys([*codes, *EVERYWHERE]))


def _models(door: Door) -> list[type]:
    models = [door.gives.model, door.takes and door.takes.schema, door.query and door.query.model]
    return [model for model in models if model]


def _template(path: str) -> str:
    """Return a path as OpenAPI writes it: without the convertors of the router."""
    return re.sub(r":\w+}", "}", path)


def _operation(door: Door) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": door.verb.__name__,
        "tags": [door.audience],
        "summary": door.summary,
        "description": f"{door.description}\n\nNeeds `{door.action}`: {ACTIONS[door.action]}.".strip(),
        "parameters": [*_path_parameters(door), *_query_parameters(door)],
        "responses": {str(door.gives.status): _answer(door), **_refusals(door)},
        "security": [{}, {"bearer": []}] if PUBLIC.may(door.action) else [{"bearer": []}],
    }
    if door.takes is not None:
        takes = door.takes
        content: dict[str, Any] = {media: {"schema": {"type": "string"}} for media in takes.media}
        if takes.schema is None:
            content[takes.media[0]]["example"] = takes.example
        else:
            reference = {"$ref": _PLACE.format(name=takes.schema.__name__)}
            content[JSON] = {"schema": reference, "example": takes.example}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _path_parameters(door: Door) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)(?::\w+)?}", door.path)
    ]


def _query_parameters(door: Door) -> list[dict[str, Any]]:
    if door.query is None:
        return []
    schema = msgspec.json.schema(door.query.model)["$defs"][door.query.model.__name__]
    return [
        {
            "name": name, "in": "query", "required": name in schema.get("required", ()), "schema": kind,
            **({"example": door.query.example[name]} if name in door.query.example else {}),
        }
        for name, kind in schema["properties"].items()
    ]  # fmt: skip


def _answer(door: Door) -> dict[str, Any]:
    links = {link.to: {"operationId": link.to, "parameters": dict(link.parameters)} for link in links_of(door)}
    return _content(door) | ({"links": links} if links else {})


def links_of(door: Door) -> tuple[Link, ...]:
    """Return where the answer of a door leads."""
    return LINKS.get(door.verb.__name__, ())


def _content(door: Door) -> dict[str, Any]:
    gives = door.gives
    if not gives.media:
        return {"description": door.summary}
    body: dict[str, Any] = {"example": gives.example}
    if gives.model is not None:
        body["schema"] = {"$ref": _PLACE.format(name=gives.model.__name__)}
    elif gives.media != JSON:
        body["schema"] = {"type": "object" if gives.media.endswith("json") else "string"}
    files = {media: {"schema": {"type": "string"}, "example": "(the same as a file)"} for media in gives.also}
    return {"description": door.summary, "content": {gives.media: body, **files}}


def _refusals(door: Door) -> dict[str, Any]:
    """Return one response a status, which names the codes that have it."""
    by_status: dict[int, list[str]] = {}
    for code in problems_of(door):
        by_status.setdefault(int(status_in(door.form, code)), []).append(code)
    schema = {"schema": {"$ref": _PLACE.format(name="Problem")}}
    content: dict[str, Any] = {JSON_PROBLEM: schema}
    if door.form == "concise":
        content = {CONCISE: {"schema": {"type": "string"}}}
    elif door.form == "page":
        content = {HTML: {"schema": {"type": "string"}}}
    return {
        str(status): {
            "description": " ".join(f"`{code}`: {PROBLEMS[code].en}" for code in codes),
            "content": {**content, JSON_PROBLEM: schema} if _NO_DOOR in codes else content,
        }
        for status, codes in sorted(by_status.items())
    }
