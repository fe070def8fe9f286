"""Packs on a shelf, and what the ledger remarks about an act."""

from __future__ import annotations

from ledger.submission import Submission
from tests.kit import World

__all__ = ["names", "stocked"]


def stocked(world: World, count: int) -> list[str]:
    """Return packs that the pharmacy has on its shelf."""
    packs = world.packs(count)
    steps = (world.commission(packs), world.ship(packs), world.receive(packs))
    for step in steps:
        outcome = world.one(step)
        assert (outcome.status, outcome.anomalies) == ("recorded", ())
        world.wait(700)
    return packs


def names(world: World, submission: Submission) -> set[str]:
    """Record what must be recordable; return the anomalies."""
    outcome = world.one(submission)
    assert outcome.status == "recorded"
    return {name for _, name in outcome.anomalies}
