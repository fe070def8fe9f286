"""What tests of the station have in common."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scanner.kit import Place


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Return a ledger that serves."""
    with Place(tmp_path) as place:
        yield place
