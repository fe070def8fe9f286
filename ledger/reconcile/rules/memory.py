"""Tables that are remembered from run to run: views that many rules read, and parts of rules.

A rule about peers or networks needs all of them, but most of its work is about one pack, one person and medicine,
one institution and month at a time. Its header names such WITH clauses, its parts, and the key of each: a row
depends on those rows of what the clause reads that have the same key (`key`). A part may read parts before it.

After new facts a table is computed again for the keys that changed in what it reads, and what is different in its
rows afterwards, and no more, changes keys of the tables that read it: most of what is computed again is as it was.

Of each table there are up to three files: the base, from the last time that it was written whole; the delta, rows
of keys that changed since; and these keys. The table is the base without the keys, and the delta.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Final

import msgspec
from sqlglot import exp

from ledger.limits import RULE_SECONDS_MAX
from ledger.reconcile.rules.bound import bind, redirect
from ledger.reconcile.rules.engine import Engine
from ledger.reconcile.rules.header import Value
from ledger.reconcile.rules.key import Key
from ledger.reconcile.rules.results import VIEWS_DIGEST, Results
from ledger.reconcile.rules.rule import Rule
from ledger.reconcile.rules.scope import Changed
from ledger.reconcile.rules.views import DERIVED, REMEMBERED, query_of

__all__ = ["DELTA_SHARE_MAX", "Memory", "views_read"]

# A larger delta costs each run more than the base costs to be written once.
DELTA_SHARE_MAX: Final = 0.5


class _Table(msgspec.Struct, frozen=True):
    """A table that is remembered: its key, and the name of the view of the keys that changed; "" when all are new."""

    key: Key
    keys: str


class Memory:
    """What is remembered in one run.

    Args:
        results: where an earlier run's tables are, and this one's go.
        changed: since that run; None to compute everything.
        rules: those that will be run.
    """

    def __init__(self, engine: Engine, results: Results, changed: Changed | None, rules: Iterable[Rule]) -> None:
        self._engine = engine
        self._results = results
        self._changed = changed
        self._known = frozenset() if changed is None or results.before is None else results.before.views.keys()
        self._tables: dict[str, _Table] = {}
        self._views = views_read(rules)
        for name in self._views:
            view = query_of(DERIVED[name])
            reads = {table.name for table in view.find_all(exp.Table)} - {cte.alias for cte in view.ctes}
            self._hold(name, REMEMBERED[name], view, reads)

    def parts(self, rule: Rule, values: Mapping[str, Value]) -> dict[str, str]:
        """Return the name of the table that stands for each part of a rule.

        It tells what is in it, so that rules with the same part share it, and that of another version is not used.
        """
        names: dict[str, str] = {}
        for part in rule.parts:
            query = redirect(bind(part.query, values), names)
            text = f"{part.key.told()}: {query.sql(dialect='duckdb')}"
            name = f"part_{sha256(VIEWS_DIGEST + text.encode()).hexdigest()[:16]}"
            if name not in self._tables:
                self._hold(name, part.key, query, {names.get(each, each) for each in part.reads})
            names[part.name] = name
        return names

    def remember(self, names: Iterable[str]) -> None:
        """Write tables for the next run, once a rule was asked that reads them."""
        for name in names:
            if not self._results.remembers(f"base_{name}"):
                self._write(name, self._tables[name])

    def remember_views(self) -> None:
        """Write the views that rules read, themselves or through others."""
        self.remember(self._views)

    def _hold(self, name: str, key: Key, query: exp.Query, reads: Iterable[str]) -> None:
        """Let a table be what was remembered, and what is new about the keys that changed."""
        changed = self._changed
        if changed is None or f"base_{name}" not in self._known or not all(changed.knows(each) for each in reads):
            self._tables[name] = _Table(key, "")
            if name not in DERIVED:
                self._engine.keep(name, query, rows=True)
            return
        keys = changed.keys(key, reads)
        self._tables[name] = _Table(key, keys)
        narrowed = changed.narrowed(key, reads)
        fresh = exp.select("*").from_(narrowed[name]) if name in narrowed else redirect(query, narrowed)
        self._engine.keep(f"fresh_{name}", fresh, rows=name not in narrowed)
        base, delta, aged = (f"{kind}_{name}" for kind in ("base", "delta", "aged"))
        stands, went = f"NOT {key.of_result(keys)}", key.of_result(keys)
        if delta in self._known:
            text = f"SELECT * FROM {aged} UNION SELECT * FROM {keys}"  # noqa: S608  our own names
            self._engine.keep(f"stale_{name}", query_of(text), rows=True)
            old = f"SELECT r.* FROM {base} AS r WHERE NOT {key.of_result(f'stale_{name}')}"  # noqa: S608
            old += f" UNION ALL SELECT r.* FROM {delta} AS r WHERE {stands}"  # noqa: S608
            before = f"SELECT r.*, -1 AS _times FROM {base} AS r WHERE {went} AND NOT {key.of_result(aged)}"  # noqa: S608
            before += f" UNION ALL SELECT r.*, -1 FROM {delta} AS r WHERE {went}"  # noqa: S608
        else:
            old = f"SELECT r.* FROM {base} AS r WHERE {stands}"  # noqa: S608
            before = f"SELECT r.*, -1 AS _times FROM {base} AS r WHERE {went}"  # noqa: S608
        self._engine.keep(name, query_of(f"{old} UNION ALL SELECT * FROM fresh_{name}"), rows=False)  # noqa: S608
        text = f"SELECT *, 1 AS _times FROM fresh_{name} UNION ALL {before}"  # noqa: S608
        counted = f"SELECT * EXCLUDE (_times), sum(_times) AS _times FROM ({text}) GROUP BY ALL HAVING sum(_times) <> 0"  # noqa: S608
        self._engine.keep(f"different_{name}", query_of(counted), rows=True)
        changed.differ(name, f"different_{name}")

    def _write(self, name: str, table: _Table) -> None:
        base, delta, aged = (f"{kind}_{name}" for kind in ("base", "delta", "aged"))
        if table.keys and not self._count(table.keys):
            for each in {base, delta, aged} & self._known:
                self._results.remember_again(each)
            return
        fresh = f"SELECT * FROM fresh_{name}"  # noqa: S608  our own names
        if delta in self._known:
            fresh += f" UNION ALL SELECT r.* FROM {delta} AS r WHERE NOT {table.key.of_result(table.keys)}"  # noqa: S608
        if not table.keys or self._count(f"({fresh})") > DELTA_SHARE_MAX * self._count(base):
            self._results.remember(base, self._engine.stream(exp.select("*").from_(name)))
            return
        self._results.remember_again(base)
        self._results.remember(delta, self._engine.stream(query_of(fresh)))
        keys = f"stale_{name}" if delta in self._known else table.keys
        self._results.remember(aged, self._engine.stream(exp.select("*").from_(keys)))

    def _count(self, name: str) -> int:
        rows = self._engine.ask(query_of(f"SELECT count(*) AS rows FROM {name}"), RULE_SECONDS_MAX)  # noqa: S608
        return int(rows.column("rows")[0].as_py())


def views_read(rules: Iterable[Rule]) -> list[str]:
    """Return which of the views that are remembered these rules read, themselves or through another."""
    names = {name for rule in rules for name in rule.tables}
    while more := {node.name for name in names & DERIVED.keys() for node in _tables_of(DERIVED[name])} - names:
        names |= more
    return [name for name in REMEMBERED if name in names]


def _tables_of(text: str) -> Iterable[exp.Table]:
    return query_of(text).find_all(exp.Table)
