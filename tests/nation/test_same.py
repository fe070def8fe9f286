"""The same arguments give the same bytes; nothing else about the world matters."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from ledger.errors import Misuse
from ledger.limits import (
    NATION_MONTHS_MAX,
    NATION_PACKS_MAX,
    NATION_PACKS_MIN,
    NATION_SEED_MAX,
    NATION_START_SECONDS_MAX,
)
from ledger.nation import build, print_truth, signing
from ledger.submission import print_line
from tests.nation.conftest import START

DIGEST = """
from hashlib import sha256
from ledger.identity.registration import make_registration
from ledger.nation import build, print_truth
from ledger.submission import print_line
country, seen = build(400, 1, {seed}, {start}), sha256()
for each in country.registrations(): seen.update(make_registration(each))
for line in country.uploads(): seen.update(print_line(line))
seen.update(print_truth(country.truth()))
print(seen.hexdigest())
"""


def digest(hash_seed: str, seed: int = 5, start: int = START) -> str:
    """Return a digest of all that a country says, computed in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-c", DIGEST.format(seed=seed, start=start)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_every_process_tells_the_same_story() -> None:
    """The order in which this interpreter hashes is no part of the story; the seed and the start are."""
    first = digest("0")
    assert digest("1") == first
    assert digest("0", seed=6) != first
    assert digest("0", start=START + 1) != first


def test_asking_for_the_truth_changes_nothing() -> None:
    """Uploads are the same before and after the truth was told, and in two streams side by side."""
    country = build(400, 1, 3, START)
    first = list(country.uploads())
    truth = print_truth(country.truth())
    pairs = list(zip(country.uploads(), country.uploads(), strict=True))
    assert [left for left, _ in pairs] == [right for _, right in pairs] == first
    assert print_truth(country.truth()) == truth


def test_uploads_are_made_as_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten lines of a country of 5,000 packs cost ten signatures."""
    signed = []
    sign = signing.sign
    monkeypatch.setattr(signing, "sign", lambda deed: signed.append(deed) or sign(deed))
    assert len([print_line(line) for line in islice(build(5_000, 2, 1, START).uploads(), 10)]) == 10
    assert len(signed) == 10


def test_other_processes_sign_the_same_bytes_in_the_same_order() -> None:
    """Two processes that sign give what one gives, however many parcels there are."""
    assert list(build(400, 1, 3, START).uploads(processes=2)) == list(build(400, 1, 3, START).uploads())
    begun = build(400, 1, 3, START).uploads(processes=1)
    assert next(begun).received
    begun.close()


@pytest.mark.parametrize(
    "arguments",
    [
        (NATION_PACKS_MIN - 1, 1, 1, START),
        (NATION_PACKS_MAX + 1, 1, 1, START),
        (-400, 1, 1, START),
        (400, 0, 1, START),
        (400, NATION_MONTHS_MAX + 1, 1, START),
        (400, 1, -1, START),
        (400, 1, NATION_SEED_MAX + 1, START),
        (400, 1, 1, -1),
        (400, 1, 1, NATION_START_SECONDS_MAX + 1),
    ],
)
def test_impossible_countries_are_refused(arguments: tuple[int, int, int, int]) -> None:
    """A country beyond the bounds is refused before any of it is made."""
    with pytest.raises(Misuse) as refused:
        build(*arguments)
    assert refused.value.code == "nation-size"


@pytest.mark.parametrize("start", [0, NATION_START_SECONDS_MAX])
def test_the_first_and_the_last_start_work(start: int) -> None:
    """A country can begin in 1970 and at the end of 2089."""
    assert next(build(NATION_PACKS_MIN, NATION_MONTHS_MAX, NATION_SEED_MAX, start).uploads()).received
