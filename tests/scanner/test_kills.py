"""The short form of `python -m tests.scanner.kills`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scanner.kills import trial


@pytest.mark.slow
def test_forty_scans_and_six_kills(tmp_path: Path) -> None:
    """Each pack is in the ledger once, in the order of the counter, whatever was killed and cut."""
    outcome = trial(tmp_path, 40, 6)
    assert outcome.in_order_once
    assert (outcome.waiting, outcome.sound) == (0, True)
    assert outcome.cuts > 0
