"""The disk of the database is full: heard, harmless, and over when there is space again."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.home import read_checkpoint
from tests.crash.disks import MEANS, Means
from tests.crash.trouble import births, must_carry_on, must_fail


@pytest.mark.parametrize("means", MEANS)
def test_a_full_disk_is_heard_and_harmless(tmp_path: Path, postgres_server: str, means: Means) -> None:
    """While the database cannot grow nobody is answered anew; what was acknowledged is; afterwards all goes on."""
    with means(tmp_path / "home", postgres_server) as (world, full):
        old, fresh = births(world, 3), births(world, 250)
        before = world.recorder.record(old)
        head = read_checkpoint(world.settings)
        with full():
            must_fail(world, fresh, "store-full")
            must_fail(world, fresh, "store-full")
            assert read_checkpoint(world.settings) == head
            assert world.one(old[0]).status == "already-recorded"
        assert {outcome.status for outcome in world.recorder.record(fresh)} == {"recorded"}
        must_carry_on(world, fresh, before, old)
