"""A door that is open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.kit import Door


@pytest.fixture
def door(tmp_path: Path, database_url: str) -> Iterator[Door]:
    """Return an open door, on each kind of database."""
    with Door(tmp_path / "home", database_url) as door:
        yield door


@pytest.fixture
def quick_door(tmp_path: Path, sqlite_url: str) -> Iterator[Door]:
    """Return an open door on SQLite, for what has nothing to do with the database."""
    with Door(tmp_path / "home", sqlite_url) as door:
        yield door
