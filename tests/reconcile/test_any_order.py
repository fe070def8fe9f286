"""Whatever happens in whichever order: runs on top of each other find what whole runs find."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reconcile.town import RULES, Town

TOWNS = 4


@pytest.mark.parametrize("number", range(TOWNS))
def test_the_same_as_whole_runs(tmp_path: Path, number: int) -> None:
    """Trade, crimes, late uploads, what is taken back, recalls, erasures, other parameters: a share of the rules each.

    Many more towns: `python -m tests.reconcile.town 100`.
    """
    town = Town(tmp_path, number, RULES[number::TOWNS])
    town.live()
    assert town.looked > 0
    assert town.found > 0
