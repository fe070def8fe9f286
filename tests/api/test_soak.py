"""The short form of `python -m tests.api.soak`, and that growth is seen."""

from __future__ import annotations

from pathlib import Path

from tests.api.soak import GROWTH_MAX, Sample, growth, soak


def test_a_few_seconds_of_load(tmp_path: Path, database_url: str) -> None:
    """Every request is answered well, and what the server holds is looked at."""
    told: list[str] = []
    samples = soak(tmp_path, database_url, seconds=2, rate=40, round_seconds=0.7, tell=told.append)
    assert len(told) == len(samples) >= 2
    assert all(sample.requests >= 20 and sample.mebibytes > 1 and sample.files > 3 for sample in samples)
    assert samples[-1].files <= samples[0].files + 20


def test_growth_is_seen() -> None:
    """A server that keeps a tenth more every quarter is found; one that fills its caches first is not."""
    leaking = [Sample(1, 1, 100 + 5 * at, 9) for at in range(12)]
    steady = [Sample(1, 1, 60 if at == 0 else 100, 9) for at in range(12)]
    assert growth(leaking) > GROWTH_MAX > growth(steady) == 0
