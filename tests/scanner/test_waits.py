"""The short form of `python -m tests.scanner.waits`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scanner.waits import trial


@pytest.mark.slow
def test_of_a_hundred_scans_one_after_the_other_none_is_lost(tmp_path: Path) -> None:
    """Counted in the ledger: each pack once, in the order of the scans, however long a verdict took."""
    outcome = trial(tmp_path, 100, 20)
    assert outcome.in_order_once
    assert (outcome.scans, outcome.waiting) == (100, 0)
