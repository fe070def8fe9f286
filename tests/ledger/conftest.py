"""The world that most tests of recording begin in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit import World


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    """Return a world with everybody enrolled; when the test is over, its ledger must verify."""
    with World(tmp_path / "home", database_url) as world:
        yield world
        assert world.audit().fault is None
