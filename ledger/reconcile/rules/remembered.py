"""Views that are remembered from run to run: what each sale was, and where each pack came to.

A row of such a view depends on its code alone, so that a run need not compute it again for packs that nothing
happened to. Of each view there are two files: the base, from the last run that computed everything, and the
delta, rows of the codes that changed since; `aged_code` has these codes. The view is the base without them, and the
delta. When they are more than a tenth of all, everything is computed anew, and the base with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlglot import exp

from ledger.limits import RULE_SECONDS_MAX
from ledger.reconcile.rules.engine import Engine
from ledger.reconcile.rules.results import Results
from ledger.reconcile.rules.rule import Rule
from ledger.reconcile.rules.scope import Changed
from ledger.reconcile.rules.views import DERIVED, REMEMBERED, query_of

__all__ = ["AGED_SHARE_MAX", "recall_views", "remember_all", "remember_changed", "remembered_of"]

_AGED: Final = "aged_code"
_STALE: Final = "stale_code"
AGED_SHARE_MAX: Final = 0.1


def recall_views(engine: Engine, results: Results, changed: Changed) -> None:
    """Let the views be what was remembered, and what is new about the codes that changed."""
    stale = f"SELECT code FROM {_AGED} UNION SELECT code FROM {changed.codes}"  # noqa: S608  our own names
    engine.keep(_STALE, query_of(stale), rows=True)
    for name in _recalled(results):
        engine.keep(
            name,
            query_of(
                f"SELECT * FROM base_{name} AS b WHERE NOT EXISTS (SELECT 1 FROM {_STALE} AS s WHERE s.code = b.code)"  # noqa: S608
                f" UNION ALL {_delta(name, changed)}"
            ),
            rows=False,
        )


def remember_all(engine: Engine, results: Results, rules: Iterable[Rule]) -> tuple[int, int]:
    """Write the views that these rules read anew, whole; return how many codes they know, and that none has aged."""
    for name, whole in remembered_of(rules).items():
        results.remember(f"base_{name}", engine.stream(whole))
        results.remember(f"delta_{name}", engine.stream(query_of(f"SELECT * FROM {name} LIMIT 0")))  # noqa: S608
    results.remember(_AGED, engine.stream(query_of("SELECT code FROM pack LIMIT 0")))
    return _count(engine, "SELECT count(*) AS codes FROM pack"), 0


def remember_changed(engine: Engine, results: Results, changed: Changed) -> tuple[int, int]:
    """Write what changed of the views; return how many codes they know, and how many have aged."""
    assert results.before is not None
    for name in _recalled(results):
        results.remember_again(f"base_{name}")
        results.remember(f"delta_{name}", engine.stream(query_of(_delta(name, changed))))
    results.remember(_AGED, engine.stream(query_of(f"SELECT code FROM {_STALE}")))  # noqa: S608  our own names
    return results.before.codes, _count(engine, f"SELECT count(*) AS codes FROM {_STALE}")  # noqa: S608


def remembered_of(rules: Iterable[Rule]) -> dict[str, exp.Query]:
    """Return which of the views these rules read, themselves or through another view, and the query for each."""
    names = {name for rule in rules for name in rule.tables}
    while more := {node.name for name in names & DERIVED.keys() for node in _tables_of(DERIVED[name])} - names:
        names |= more
    return {name: exp.select("*").from_(name) for name in REMEMBERED if name in names}


def _tables_of(text: str) -> Iterable[exp.Table]:
    return query_of(text).find_all(exp.Table)


def _recalled(results: Results) -> list[str]:
    """Return which of the views were remembered; the others are made anew from all facts, if anybody reads them."""
    assert results.before is not None
    return [name for name in REMEMBERED if f"base_{name}" in results.before.views]


def _delta(name: str, changed: Changed) -> str:
    return (
        f"SELECT * FROM delta_{name} AS d"  # noqa: S608  our own names
        f" WHERE NOT EXISTS (SELECT 1 FROM {changed.codes} AS c WHERE c.code = d.code)"
        f" UNION ALL SELECT * FROM {changed.code_views[name]}"
    )


def _count(engine: Engine, text: str) -> int:
    return int(engine.ask(query_of(text), RULE_SECONDS_MAX).column("codes")[0].as_py())
