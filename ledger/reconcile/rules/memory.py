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

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from hashlib import sha256
from typing import Final

import msgspec

from ledger.limits import RULE_SECONDS_MAX
from ledger.reconcile.rules.bound import print_rule
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.header import Value
from ledger.reconcile.rules.key import CODE, Key
from ledger.reconcile.rules.results import VIEWS_DIGEST, Results, fingerprint
from ledger.reconcile.rules.rule import Part, Rule
from ledger.reconcile.rules.scope import VIEWS, Changed
from ledger.reconcile.rules.sql import Printed, Sql
from ledger.reconcile.rules.views import DERIVED, REMEMBERED

__all__ = ["DELTA_SHARE_MAX", "Memory", "views_read"]

# A larger delta costs each run more than the base costs to be written once.
DELTA_SHARE_MAX: Final = 0.5


class _Table(msgspec.Struct, frozen=True):
    """A table that is remembered, in this run.

    Attributes:
        keys: the name of a view of the keys whose rows are replaced; "" when all rows are new.
        fresh: the name of a view of the rows in their place; "" when none is replaced.
    """

    key: Key
    keys: str = ""
    fresh: str = ""


class Memory:
    """What is remembered in one run.

    Args:
        results: where an earlier run's tables are, and this one's go.
        changed: since that run; None to compute everything.
        rules: those that will be run.

    Attributes:
        engine: over the facts of now, and the tables of the earlier run.
        changed: as given.
    """

    def __init__(self, engine: DuckEngine, results: Results, changed: Changed | None, rules: Iterable[Rule]) -> None:
        self.engine = engine
        self._results = results
        self.changed = changed
        self._known = frozenset() if changed is None or results.before is None else results.before.views.keys()
        self._tables: dict[str, _Table] = {}
        rules = list(rules)
        self._views = views_read(rules)
        for name in self._views:
            view = VIEWS[name]
            self._hold(name, REMEMBERED[name], view.asked({}), view.asked, is_read=True)

    def asked(self, rule: Rule, values: dict[str, Value], views: Mapping[str, str]) -> tuple[Sql, list[str]]:
        """Return the query for a rule's rows that reads what is remembered of it, and the names of these tables.

        A table's name tells what is in it, so that rules with the same part share it, and that of another version
        is not used.

        Args:
            values: of all parameters.
            views: what is read instead of what the rule names.
        """
        query = self._results.printed(fingerprint(rule, values), lambda: print_rule(rule, values))
        names: dict[str, str] = {}
        read = frozenset().union(*(part.reads for part in rule.parts))
        for part in rule.parts:
            part_query = query.asked(names, part.name)
            told = f"{part.key.told()}: {part_query.text}"
            name = f"part_{sha256(VIEWS_DIGEST + told.encode()).hexdigest()[:16]}"
            if name not in self._tables:
                narrowed = partial(_narrowed, query, part, dict(names))
                self._hold(name, part.key, part_query, narrowed, is_read=part.name in read)
            names[part.name] = name
        return query.asked({**views, **names}), list(names.values())

    def remember(self, names: Iterable[str]) -> None:
        """Write tables for the next run, once a rule was asked that reads them."""
        for name in names:
            if not self._results.remembers(f"base_{name}"):
                self._write(name, self._tables[name])

    def remember_views(self) -> None:
        """Write the views that rules read, themselves or through others."""
        self.remember(self._views)

    def _hold(
        self, name: str, key: Key, query: Sql, narrowed: Callable[[Mapping[str, str]], Sql], *, is_read: bool
    ) -> None:
        """Let a table be what was remembered, and what is new about the keys that changed.

        Args:
            query: for all its rows.
            narrowed: the same, that reads other views.
            is_read: whether views or parts read it: then it is looked at what is different, and no more replaced.
        """
        changed, reads = self.changed, query.reads
        if changed is None or f"base_{name}" not in self._known or not all(changed.knows(each) for each in reads):
            self._tables[name] = _Table(key)
            if name not in DERIVED:
                self.engine.keep(name, query, rows=True)
            return
        keys = changed.keys(key, reads)
        if not self.engine.count(keys):
            self._let_stand(name, key, keys)
            return
        views = changed.narrowed(key, reads)
        fresh = f"fresh_{name}"
        if name in views:  # a view of these codes
            self._keep(fresh, f"SELECT * FROM {views[name]}", [views[name]], rows=False)  # noqa: S608  our own names
        else:
            self.engine.keep(fresh, narrowed(views), rows=True)
        gone = True
        if is_read:
            gone, keys = self._compare(name, key, keys)
            if not keys:
                return
            text = f"SELECT r.* FROM {fresh} AS r WHERE {key.of_result(keys)}"  # noqa: S608
            self._keep(f"moved_{fresh}", text, [fresh, keys], rows=False)
            fresh = f"moved_{fresh}"
        self._tables[name] = _Table(key, keys, fresh)
        text, before = self._before(name, key, keys if gone else "")
        come = fresh if gone else f"different_{name}"
        columns = "*" if gone else "* EXCLUDE (_times)"
        self._keep(name, f"{text} UNION ALL SELECT {columns} FROM {come}", [*before, come], rows=False)  # noqa: S608

    def _let_stand(self, name: str, key: Key, none: str) -> None:
        """Let a table be what was remembered; `none` is a view of no keys."""
        assert self.changed is not None
        self.changed.differ(name, "")
        self._tables[name] = _Table(key, none)
        self._keep(name, *self._before(name, key, ""), rows=False)

    def _before(self, name: str, key: Key, without: str, among: str = "") -> tuple[str, list[str]]:
        """Return a query for what was remembered of a table, and what it reads.

        Args:
            without, among: names of views: without the rows of these keys, or of these alone.
        """
        base, delta, aged = (f"{kind}_{name}" for kind in ("base", "delta", "aged"))
        has_delta = delta in self._known
        conditions = [f"NOT {key.of_result(without)}"] if without else []
        conditions += [key.of_result(among)] if among else []
        of_base = [*conditions, f"NOT {key.of_result(aged)}"] if has_delta else conditions
        text = f"SELECT r.* FROM {base} AS r WHERE {' AND '.join(of_base) or 'true'}"  # noqa: S608  our own names
        if has_delta:
            text += f" UNION ALL SELECT r.* FROM {delta} AS r WHERE {' AND '.join(conditions) or 'true'}"  # noqa: S608
        return text, [base, *([delta, aged] if has_delta else []), *filter(None, [without, among])]

    def _compare(self, name: str, key: Key, keys: str) -> tuple[bool, str]:
        """Find what is different in a table about keys that changed.

        Returns whether something is gone, and the name of a view of the keys; "" when nothing is different, and the
        table was let stand.
        """
        assert self.changed is not None
        if REMEMBERED.get(name) == CODE:
            past = self.changed.past(name, keys)
            before, reads = f"SELECT * FROM {past}", [past]  # noqa: S608  our own names
        else:
            before, reads = self._before(name, key, "", keys)
        both = f"SELECT *, 1 AS _times FROM fresh_{name} UNION ALL SELECT *, -1 FROM ({before})"  # noqa: S608
        text = f"SELECT * EXCLUDE (_times), sum(_times) AS _times FROM ({both}) GROUP BY ALL HAVING sum(_times) <> 0"  # noqa: S608
        different, moved = f"different_{name}", f"moved_{name}"
        self._keep(different, text, [f"fresh_{name}", *reads], rows=True)
        if not self.engine.count(different):
            self._let_stand(name, key, different)
            return False, ""
        names = ", ".join(key.names)
        self._keep(moved, f"SELECT DISTINCT {names} FROM {different}", [different], rows=True)  # noqa: S608
        self.changed.differ(name, different)
        gone = Sql(f"SELECT 1 AS gone FROM {different} WHERE _times <> 1 LIMIT 1", frozenset({different}))  # noqa: S608
        return self.engine.ask(gone, RULE_SECONDS_MAX).num_rows > 0, moved

    def _keep(self, name: str, text: str, reads: Iterable[str], *, rows: bool) -> None:
        self.engine.keep(name, Sql(text, frozenset(reads)), rows=rows)

    def _write(self, name: str, table: _Table) -> None:
        base, delta, aged = (f"{kind}_{name}" for kind in ("base", "delta", "aged"))
        if not table.keys:
            self._write_whole(name)
            return
        if not table.fresh:
            for each in {base, delta, aged} & self._known:
                self._results.remember_again(each)
            return
        text, reads = f"SELECT * FROM {table.fresh}", [table.fresh, table.keys]  # noqa: S608
        aging = f"SELECT * FROM {table.keys}"  # noqa: S608
        if delta in self._known:
            text += f" UNION ALL SELECT r.* FROM {delta} AS r WHERE NOT {table.key.of_result(table.keys)}"  # noqa: S608
            aging += f" UNION SELECT * FROM {aged}"  # noqa: S608
            reads += [delta, aged]
        rows = self._results.remember(delta, self.engine.stream(Sql(text, frozenset(reads))), is_base=False)
        if rows > DELTA_SHARE_MAX * self._results.rows_before(base):
            self._results.forget(delta)
            self._write_whole(name)
            return
        self._results.remember_again(base)
        self._results.remember(aged, self.engine.stream(Sql(aging, frozenset(reads))), is_base=False)

    def _write_whole(self, name: str) -> None:
        whole = Sql(f"SELECT * FROM {name}", frozenset({name}))  # noqa: S608  our own names
        self._results.remember(f"base_{name}", self.engine.stream(whole), is_base=True)


def _narrowed(query: Printed, part: Part, names: Mapping[str, str], views: Mapping[str, str]) -> Sql:
    """Return the query for a part that reads other views, also of the parts before it."""
    now = {each: names.get(each, each) for each in part.reads}
    other = {each: views.get(name, name) for each, name in now.items() if views.get(name, name) != each}
    return query.asked(other, part.name)


def views_read(rules: Iterable[Rule]) -> list[str]:
    """Return which of the views that are remembered these rules read, themselves or through another."""
    names = {name for rule in rules for name in rule.tables}
    while more := {each for name in names & DERIVED.keys() for each in VIEWS[name].asked({}).reads} - names:
        names |= more
    return [name for name in REMEMBERED if name in names]
