"""The short form of `python -m tests.api.stations`, and that it sees what it is there to see."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api import stations
from tests.api.stations import upload_everything


@pytest.mark.parametrize("seed", [1, 2])
def test_queues_over_bad_lines_end_as_in_peace(
    tmp_path: Path, database_url: str, sqlite_url: str, seed: int
) -> None:
    """Shuffled, repeated, cut: every pack ends as it should, nothing is lost, nothing doubled."""
    calm = f"sqlite:///{tmp_path}/calm.db"
    came = upload_everything(tmp_path, (database_url, calm), seed=seed, stations=5, packs=4)
    assert came.faults == []
    assert came.statements > 30
    assert came.cuts > 0
    assert came.repeats > came.statements / 10


def test_a_line_that_is_lost_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: stations that take a cut request for an answered one lose statements, and are told so."""
    send = stations._Upload._send

    async def forget(upload: stations._Upload, portion: list[stations.Submission]) -> bool:
        await send(upload, portion)
        return True

    monkeypatch.setattr(stations._Upload, "_send", forget)
    urls = (f"sqlite:///{tmp_path}/rough.db", f"sqlite:///{tmp_path}/calm.db")
    came = upload_everything(tmp_path, urls, seed=3, stations=5, packs=4)
    assert any("in the log 0 times" in fault for fault in came.faults)
    assert any("answered []" in fault for fault in came.faults)
