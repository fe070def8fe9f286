"""What the rules see in facts: those of a whole lake, or those that were recorded by some time."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ledger.bench.detect.country import engine_over
from ledger.errors import LedgerError, Unavailable
from ledger.reconcile.facts import FACTS, KEPT_WHOLE
from ledger.reconcile.findings.finding import Seen
from ledger.reconcile.findings.observe import names_in, observe
from ledger.reconcile.lake import Lake
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.rule import Rule, load_rules, published
from ledger.reconcile.rules.run import run_rules

__all__ = ["Facts", "rules_of", "seen_by", "seen_in"]

_MEMORY_MIB = 1_024


def rules_of(only: Collection[str] = ()) -> list[Rule]:
    """Return the published rules.

    Raises:
        LedgerError: of the first that is none.
    """
    rules, problems = load_rules(published())
    if problems:
        raise problems[0]
    return [rule for rule in rules if not only or rule.id in only]


def seen_in(lake: Lake, rules: Sequence[Rule]) -> list[Seen]:
    """Return what rules see in a whole lake.

    Raises:
        LedgerError: of the first rule that failed: what it would have seen cannot be measured.
    """
    engine = engine_over(lake)
    try:
        return _seen(engine, rules)
    finally:
        engine.close()


class Facts:
    """A lake's facts in memory, to be cut at times."""

    def __init__(self, lake: Lake) -> None:
        self._tables = {name: pq.ParquetDataset(lake.files(name)).read() for name in FACTS}

    def recorded_by(self, time: int) -> dict[str, pa.Table | Sequence[str]]:
        """Return the facts as they were known then; registrations are all known."""
        return {
            name: table if name in KEPT_WHOLE else table.filter(pc.less_equal(table["recorded"], time))
            for name, table in self._tables.items()
        }


def seen_by(facts: Facts, time: int, rules: Sequence[Rule]) -> list[Seen]:
    """Return what rules see in what was recorded by some time."""
    engine = DuckEngine(facts.recorded_by(time), memory_mib=_MEMORY_MIB, threads=1)
    try:
        return _seen(engine, rules)
    finally:
        engine.close()


def _seen(engine: DuckEngine, rules: Sequence[Rule]) -> list[Seen]:
    outcomes = list(run_rules(engine, rules, {}))
    observed = observe(outcomes, {path.stem: path for path in published()}, names_in(engine))
    for rule, problem in observed.problems.items():
        raise _failed(rule, problem)
    return [seen for each in observed.rules for seen in each.seen]


def _failed(rule: str, problem: LedgerError) -> LedgerError:
    return Unavailable("bench-broken", f"{rule}: {problem.code} {problem.detail}")
