"""Whatever happens in whichever order: runs on top of each other find what whole runs find."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import pytest

from ledger.reconcile.lake import changes_between
from ledger.reconcile.rules import run, scope
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


def ignore_erasures(*manifests: Any) -> Any:
    """Take segments that were written anew without a person for what they were."""
    return msgspec.structs.replace(changes_between(*manifests), rewritten=())


class Simple(NamedTuple):
    """A town in which few things happen, often; the rules that look; and how a run would forget what they change."""

    happens: str
    rules: tuple[str, ...]
    forget: Callable[[pytest.MonkeyPatch], None]


SIMPLE: Final = {
    "recalls": Simple(
        "trade sell ahead ahead recall", ("expired-or-recalled-dispensed",),
        lambda patch: patch.setattr(scope, "_RECALLED", "SELECT code FROM pack WHERE log_index < 0 AND {size} > 0"),
    ),
    "erasures": Simple(
        "trade sell sell sell_again settle_again erase", ("dispensed-twice", "settled-twice"),
        lambda patch: patch.setattr(run, "changes_between", ignore_erasures),
    ),
    "errors": Simple(
        "trade trade sell sell settle_again void_arrival", ("stock-settlement-mismatch",),
        lambda patch: patch.delitem(scope._TAKEN_BACK, "custody"),
    ),
    "reversals": Simple(
        "trade sell sell settle_again settle_again reverse wait", ("settled-twice", "stock-settlement-mismatch"),
        lambda patch: patch.delitem(scope._TAKEN_BACK, "settlement"),
    ),
}  # fmt: skip


def simple_town(folder: Path, simple: Simple) -> Town:
    """Return such a town."""
    return Town(folder, 0, [rule for rule in RULES if rule.id in simple.rules], simple.happens.split())


@pytest.mark.parametrize("simple", SIMPLE.values(), ids=SIMPLE)
def test_simple_towns_too(tmp_path: Path, simple: Simple) -> None:
    """Recalls, erasures, declared errors and reversals alone."""
    town = simple_town(tmp_path, simple)
    town.live()
    assert town.found > 0
    assert set(town.done) == set(simple.happens.split())


@pytest.mark.parametrize("simple", SIMPLE.values(), ids=SIMPLE)
def test_what_a_run_forgets_is_found_out(tmp_path: Path, simple: Simple, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that does not compute again what these change finds something else than a whole run, and the town tells."""
    simple.forget(monkeypatch)
    with pytest.raises(AssertionError, match="|".join(simple.rules)):
        simple_town(tmp_path, simple).live()
