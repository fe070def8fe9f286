"""Measure countries, two at a time, and keep what was measured: an interrupted run goes on where it was.

    FOLDER/all-20000-12-1/     a country with crimes: packs, months, seed; lake and answer
    FOLDER/none-20000-12-1/    the same without crimes
    FOLDER/rare-200000-12-1/   a larger one, with the crimes of the smaller
    …/result.json              its figures, and for which rules: with others they are measured again
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from ledger.bench.detect.country import country_in, made
from ledger.bench.detect.page import page_of
from ledger.bench.detect.result import Result, measured
from ledger.bench.detect.size import Size
from ledger.bench.detect.summary import Findings
from ledger.bench.detect.watch import rules_of
from ledger.errors import Unavailable
from ledger.reconcile.rules.rule import Rule

__all__ = ["detect", "write_page"]

_RESULT: Final = "result.json"


class _Kept(msgspec.Struct, frozen=True):
    """A result in its file; `rules` is the digest of the rules it was measured with."""

    rules: str
    result: Result


def detect(
    size: Size, folder: Path, *, processes: int = 2, progress: Callable[[str], None] = lambda line: None
) -> Findings:
    """Measure all countries of a size.

    Args:
        folder: where countries and results are kept; made when it is not there.
        processes: how many countries at a time.
        progress: called with a line for people.

    Raises:
        Unavailable: `bench-broken` when a rule failed.
    """
    jobs = [("all", seed) for seed in range(1, size.seeds + 1)]
    jobs += [("none", seed) for seed in range(1, size.honest_seeds + 1)]
    jobs += [("rare", seed) for seed in range(1, size.rare_seeds + 1)]
    found: dict[tuple[str, int], Result] = {}
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        waiting = {pool.submit(_measure, folder, size, *job): job for job in jobs}
        for done in as_completed(waiting):
            found[waiting[done]] = done.result()
            progress(f"{len(found)} of {len(jobs)} countries")
    of = {kind: [found[job] for job in jobs if job[0] == kind] for kind in ("all", "none", "rare")}
    return Findings(of["all"], of["none"], of["rare"])


def _measure(folder: Path, size: Size, kind: str, seed: int) -> Result:
    """Return a country's figures: kept, or measured now; in a process of its own."""
    rules = rules_of()
    packs, crimes = (size.rare_packs, "all") if kind == "rare" else (size.packs, kind)
    place = folder / f"{kind}-{packs}-{size.months}-{seed}"
    for kept in _kept(place / _RESULT):
        if kept.rules == _digest(rules):
            return kept.result
    country = country_in(place) or made(
        place, packs, size.months, seed, crimes, lambda line: None, crimes_of_packs=size.packs
    )
    result = measured(country, rules)
    new = place / f".{_RESULT}"
    new.write_bytes(msgspec.json.encode(_Kept(_digest(rules), result)))
    new.replace(place / _RESULT)
    return result


def _kept(path: Path) -> Iterator[_Kept]:
    """Yield the result that is kept there, if there is one that can be read."""
    try:
        yield msgspec.json.decode(path.read_bytes(), type=_Kept)
    except (FileNotFoundError, msgspec.MsgspecError):
        return


def _digest(rules: list[Rule]) -> str:
    return sha256("".join(rule.version for rule in rules).encode()).hexdigest()


def write_page(found: Findings, size: Size, path: Path) -> None:
    """Write the page of figures.

    Raises:
        Unavailable: `file-failed`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page_of(found, size), "utf-8")
    except OSError as error:
        raise Unavailable("file-failed", f"{path.name}: {error.strerror}") from None
