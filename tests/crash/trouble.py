"""What every trouble must come to: the caller hears it, nothing acknowledged is lost, work resumes by itself."""

from __future__ import annotations

import pytest

from ledger.errors import Unavailable
from ledger.recording.outcome import Outcome
from ledger.submission import Submission
from tests.kit import World

__all__ = ["births", "must_carry_on", "must_fail"]


def births(world: World, count: int) -> list[Submission]:
    """Return as many commissionings, each of ten packs."""
    return [world.commission(world.packs(10)) for _ in range(count)]


def must_fail(world: World, submissions: list[Submission], code: str) -> None:
    """Require that nobody in the group is answered, for this reason."""
    with pytest.raises(Unavailable) as caught:
        world.recorder.record(submissions)
    assert caught.value.code == code


def must_carry_on(
    world: World, failed: list[Submission], before: list[Outcome], old: list[Submission]
) -> None:
    """Require that what failed can be recorded now, that what was acknowledged stands, and a clean audit."""
    assert {outcome.status for outcome in world.recorder.record(failed)} <= {"recorded", "already-recorded"}
    assert {outcome.status for outcome in world.recorder.record(failed)} == {"already-recorded"}
    again = world.recorder.record(old)
    assert [each.index for each in again] == [each.index for each in before]
    assert {outcome.status for outcome in again} == {"already-recorded"}
    assert world.audit().fault is None
