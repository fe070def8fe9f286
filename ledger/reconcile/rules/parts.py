"""Parts of rules: WITH clauses that are remembered from run to run, where the rule as a whole depends on everything.

A rule about peers or networks needs all of them, but most of its work is about one pack, one person or one
statement at a time. Its header names such clauses, and what a row of each depends on:

    code       the row's `code`, as in a rule of this scope
    person     the row's `person`, likewise
    statement  the row's `log_index`: what one statement says, while it counts

A run computes a part again for the codes, persons or statements that changed, takes the other rows from the last
run, and asks the rule over both. A rule that is run by itself is asked as it is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlglot import exp

from ledger.reconcile.rules.bound import bind, redirect
from ledger.reconcile.rules.clauses import clause_alone, without_idle
from ledger.reconcile.rules.engine import Engine
from ledger.reconcile.rules.header import PartKey, Value
from ledger.reconcile.rules.results import Results
from ledger.reconcile.rules.rule import PART_COLUMN, Rule
from ledger.reconcile.rules.scope import Changed
from ledger.reconcile.rules.views import query_of

__all__ = ["Parts"]

_NOW: Final = "_now"


class Parts:
    """The parts of one rule in one run.

    Args:
        results: where an earlier run's parts are, and this one's go.
        changed: since that run; None to compute them whole.
        print_: the rule's version and parameters: parts of another are not used.
    """

    def __init__(
        self, engine: Engine, results: Results, changed: Changed | None, rule: Rule, values: Mapping[str, Value],
        print_: str,
    ) -> None:  # fmt: skip
        self._engine = engine
        self._results = results
        self._views: dict[str, str] = {}
        bound = bind(rule.query, values) if rule.header.parts else rule.query
        known = {} if changed is None or results.before is None else results.before.views
        for clause, key in rule.header.parts.items():
            stored = f"part_{print_[:16]}_{clause}"
            query = clause_alone(bound, clause)
            if changed is not None and stored in known:
                query = _on_top(query, stored, key, changed)
            self._views[clause] = stored + _NOW
            engine.keep(stored + _NOW, query, rows=True)

    def in_place(self, query: exp.Query) -> exp.Query:
        """Return a rule's query with each part in the place of its clause."""
        return without_idle(redirect(query, self._views))

    def remember(self) -> None:
        """Write the parts for the next run, once the rule was asked."""
        for name in self._views.values():
            rows = self._engine.stream(query_of(f"SELECT * FROM {name}"))  # noqa: S608  our own names
            self._results.remember(name.removesuffix(_NOW), rows)


def _on_top(query: exp.Query, stored: str, key: PartKey, changed: Changed) -> exp.Query:
    """Return the rows that an earlier run stored, with new ones in the place of those that changed."""
    column = PART_COLUMN[key]
    stands = query_of(
        f"SELECT * FROM {stored} AS b"  # noqa: S608  our own names
        f" WHERE NOT EXISTS (SELECT 1 FROM {changed.subjects(key)} AS c WHERE c.{column} = b.{column})"
    )
    fresh = redirect(query, changed.views_of(key)).subquery("fresh", copy=False)
    return exp.union(stands, exp.select("*").from_(fresh, copy=False), distinct=False, copy=False)
