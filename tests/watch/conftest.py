"""A ledger, and three offices that witness it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit import World
from tests.watch.offices import Office, write_policy


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A ledger of some thirty statements."""
    with World(tmp_path / "home", f"sqlite:///{tmp_path / 'ledger.sqlite'}") as world:
        yield world


@pytest.fixture
def offices(world: World, tmp_path: Path) -> Iterator[list[Office]]:
    """Three offices, of whose witnesses two must have cosigned."""
    offices = [Office(tmp_path / f"office{number}", number, [world.trust.vkey]) for number in range(3)]
    write_policy(world, offices)
    yield offices
    for office in offices:
        office.close()
