"""The short forms of `python -m tests.api.fuzz` and `tests.api.walk`: some requests to every operation, some walks."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ledger.errors import Unavailable
from tests.api.fuzz import fuzz, opened
from tests.api.walk import walk


def test_every_operation_answers_as_described(tmp_path: Path) -> None:
    """No fault of the server, no answer outside the description, and the ledger verifies afterwards."""
    with opened(tmp_path) as door:
        fuzzed = fuzz(door, 4)
        assert fuzzed.wrong == {}
        described = door.get("/openapi.json").json()["paths"]
        assert len(fuzzed.operations) == sum(map(len, described.values()))
        assert door.world.audit().fault is None


def test_wrong_answers_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the server, a status and a shape that the description does not know."""
    with opened(tmp_path) as door:
        document = msgspec.json.decode(door.app.state.service.description)
        paths = document["paths"]
        del paths["/v1/verdicts"]["post"]["responses"]["422"]
        paths["/readyz"]["get"]["responses"]["200"]["content"]["application/json"]["schema"] = {"type": "array"}
        document["paths"] = {name: paths[name] for name in ("/v1/verdicts", "/readyz", "/checkpoint")}
        door.app.state.service.description = msgspec.json.encode(document)
        monkeypatch.setattr(door.app.state.service.publication, "checkpoint", must_fail)
        assert set(fuzz(door, 20).wrong) == {"POST /v1/verdicts", "GET /readyz", "GET /checkpoint"}


def must_fail(*_given: object) -> bytes:
    """Stand where the publication would."""
    raise Unavailable("server-fault")


def test_every_walk_is_as_described(tmp_path: Path) -> None:
    """From answer to answer by the links of the description: nothing else is answered, and the ledger verifies."""
    with opened(tmp_path) as door:
        walked = walk(door, 200)
        assert walked.wrong == {}
        assert walked.operations.total() >= 200
        assert walked.operations["GET /capture/{id}"] + walked.operations["GET /v1/statements/{entry}"] > 0
        assert door.world.audit().fault is None


def test_a_wrong_answer_on_the_way_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs that cannot be told are met on the way."""
    with opened(tmp_path) as door:
        monkeypatch.setattr(door.app.state.service.captures, "jobs", must_fail)
        assert "GET /capture" in walk(door, 200).wrong
