"""One country that is big enough for every kind of noise, played and judged once for all tests."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from ledger.nation import Nation, Truth, build
from ledger.submission import UploadLine
from tests.nation.fold import Fold

START = 1_795_305_600


class Played(NamedTuple):
    """A country with everything it uploaded, what its ledger knows of it, and its truth."""

    nation: Nation
    lines: list[UploadLine]
    fold: Fold
    truth: Truth

    @property
    def guilty(self) -> set[str]:
        """The packs of all crimes."""
        return {pack for crime in self.truth.crimes for pack in crime.packs}


def play(packs: int, months: int, seed: int, crimes: str = "all") -> Played:
    """Play a country to its end, and judge all that it uploads."""
    nation = build(packs, months, seed, START, crimes)
    fold = Fold(nation.registrations())
    lines = list(nation.uploads())
    for line in lines:
        fold.enter(line)
    return Played(nation, lines, fold, nation.truth())


@pytest.fixture(scope="session")
def country() -> Played:
    """Return a country of 6,000 packs in four months."""
    return play(6_000, 4, seed=7)


@pytest.fixture(scope="session")
def honest() -> Played:
    """Return the same country without crimes."""
    return play(6_000, 4, seed=7, crimes="none")
