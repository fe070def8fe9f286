"""The short form of `python -m tests.api.fuzz`: some requests to every operation of the description."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ledger.errors import Unavailable
from tests.api.fuzz import fuzz, opened


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


def must_fail() -> bytes:
    """Stand where the publication would."""
    raise Unavailable("server-fault")
