"""What changed facts make necessary to compute again, and views that hold no more than that.

A row of a rule, a part or a view depends on facts with its own key alone (`key`). The keys that changed are those
of rows that came or went since the last run, in what it reads: of the tables, new statements and what these take
back; of views and parts that are remembered, what is different in them (`memory`). For a pack, what any table says
of it counts, and a batch called back.

Only what is computed again may differ from the earlier run. A test compares each rule's
incremental run with a full one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from ledger.limits import RULE_SECONDS_MAX
from ledger.reconcile.facts import KEPT_WHOLE
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.key import CODE, STATEMENT, Key
from ledger.reconcile.rules.rule import SCOPE_KEY, Rule
from ledger.reconcile.rules.sql import Sql, printed
from ledger.reconcile.rules.views import AS_OF, DERIVED, MANIFOLD, OF_CODE, OF_DAY, REVERSED, query_of

__all__ = ["VIEWS", "Changed"]

# What new statements take back, of the table that holds it.
_TAKEN_BACK: Final = {
    "custody": "r.log_index IN (SELECT corrects FROM correction WHERE log_index >= {size})",
    "settlement": "r.log_index IN (SELECT log_index FROM reversed WHERE reversed_by >= {size})",
}
_RECALLED: Final = """
    SELECT pack.code FROM pack
    JOIN recall ON recall.product = pack.product AND (recall.batch = '*' OR recall.batch = pack.batch)
    WHERE recall.log_index >= {size}
"""
VIEWS: Final = {name: printed(query_of(view)) for name, view in DERIVED.items()}
"""The views over the tables, printed."""
_LIVE: Final = {"live_custody": "custody", "live_settlement": "settlement"}
_UNKEYED: Final = frozenset({*KEPT_WHOLE, AS_OF, REVERSED, "correction", "recall", "seizure"})


class Changed:
    """What changed since an earlier run over the same lake.

    Args:
        engine: over the facts of now.
        size: how many statements the earlier run knew.
    """

    def __init__(self, engine: DuckEngine, size: int) -> None:
        self._engine = engine
        self._size = size
        self._came: dict[str, str] = {}
        self._different: dict[str, str] = {}
        self._keys: dict[tuple[Key, frozenset[str]], str] = {}
        self._narrowed: dict[str, dict[str, str]] = {}
        self._past: dict[str, str] = {}

    def views(self, rule: Rule) -> Mapping[str, str]:
        """Return the views that a rule of scope `code` or `person` reads instead of those it names."""
        return self.narrowed(SCOPE_KEY[rule.header.scope], rule.tables)

    def touches(self, rule: Rule) -> bool:
        """Say whether any pack or person changed of which such a rule tells."""
        return self._engine.count(self.keys(SCOPE_KEY[rule.header.scope], rule.tables)) > 0

    def stands(self, rule: Rule, rows: pa.Table) -> pa.Table:
        """Return those of an earlier run's rows that are not computed again."""
        key = SCOPE_KEY[rule.header.scope]
        changed = self._engine.ask(exp.select(*key.names).from_(self.keys(key, rule.tables)), RULE_SECONDS_MAX)
        again = pc.is_in(rows.column("subject"), value_set=changed.column(0).combine_chunks())
        return rows.filter(pc.invert(again))

    def differ(self, name: str, rows: str) -> None:
        """Be told which view has the rows in which what is remembered is not what it was; "" for none."""
        self._different[name] = rows

    def knows(self, name: str) -> bool:
        """Say whether it is known what is different in a table, view or part."""
        return name in (*OF_DAY, *_LIVE, *_UNKEYED) or name in self._different

    def keys(self, key: Key, reads: Iterable[str]) -> str:
        """Return the name of a view of the keys that changed in some tables, views and parts."""
        reads = frozenset(OF_CODE if key == CODE else {_LIVE.get(name, name) for name in reads} - _UNKEYED)
        if (key, reads) not in self._keys:
            name = f"changed_{len(self._keys)}"
            rows = [each for each in map(self._rows, sorted(reads)) if each]
            parts = [f"SELECT {key.told()} FROM {each} AS r" for each in rows]  # noqa: S608  our own names
            if key == CODE:
                parts.append(_RECALLED.format(size=self._size))
            text = f"SELECT DISTINCT * FROM ({' UNION ALL '.join(parts)})"  # noqa: S608  our own names
            if not parts:  # nothing changed in any of them
                rows = [min(reads)]
                text = f"SELECT {key.told()} FROM {rows[0]} AS r WHERE false"  # noqa: S608
            self._engine.keep(name, Sql(text, frozenset({*rows, "pack", "recall"})), rows=True)
            self._keys[key, reads] = name
        return self._keys[key, reads]

    def narrowed(self, key: Key, reads: Iterable[str]) -> Mapping[str, str]:
        """Return views of some tables, views and parts that hold the rows of the keys that changed, and no others."""
        keys = self.keys(key, reads)
        made = self._narrowed.setdefault(keys, {})
        if key == CODE and not made:
            self._of_codes(keys, made)
        for name in sorted(set(reads) - _UNKEYED - made.keys()):
            made[name] = f"{keys}_{name}"
            self._engine.keep(made[name], self._of(name, key, keys), rows=False)
        return made

    def _of(self, name: str, key: Key, keys: str) -> Sql:
        if key != STATEMENT or name in self._different:
            return Sql(key.of_facts(name, keys), frozenset({name, keys}))
        # What came or went are whole statements.
        table = _LIVE.get(name, name)
        came = self._rows(table)
        return VIEWS[name].asked({table: came}) if name in _LIVE else Sql(f"SELECT * FROM {came}", frozenset({came}))  # noqa: S608

    def _of_codes(self, keys: str, made: dict[str, str]) -> None:
        """Make what is known of some packs: many ask for it, so that it is read once."""
        made |= {name: f"code_{name}" for name in (*OF_CODE, *DERIVED) if name not in MANIFOLD}
        for name in OF_CODE:
            self._engine.keep(made[name], self._of(name, CODE, keys), rows=True)
        for name in DERIVED.keys() - MANIFOLD:
            self._engine.keep(made[name], VIEWS[name].asked(made), rows=name not in _LIVE)

    def past(self, name: str, keys: str) -> str:
        """Return the name of a view of what one of the views about packs held before, about those that changed.

        It is told from what is read of these packs anyway, which is less than what was remembered of all.
        """
        now = self._narrowed[keys]
        if not self._past:
            for each in (*OF_CODE, "correction"):
                self._past[each] = f"past_{each}"
                text = f"SELECT * FROM {now.get(each, each)} WHERE log_index < {self._size}"  # noqa: S608  our own names
                self._engine.keep(f"past_{each}", Sql(text, frozenset({now.get(each, each)})), rows=False)
            self._past["live_custody"] = "past_live_custody"
            self._engine.keep("past_live_custody", VIEWS["live_custody"].asked(self._past), rows=False)
        self._engine.keep(f"past_{name}", VIEWS[name].asked(self._past), rows=False)
        return f"past_{name}"

    def _rows(self, name: str) -> str:
        """Return the name of a view of the rows that came or went."""
        if name in self._different:
            return self._different[name]
        if name not in self._came:
            self._came[name] = f"came_{name}"
            text = f"SELECT r.* FROM {name} AS r WHERE r.log_index >= {self._size}"  # noqa: S608  our own names
            if name in _TAKEN_BACK:
                taken = _TAKEN_BACK[name].format(size=self._size)
                text += f" UNION ALL SELECT r.* FROM {name} AS r WHERE r.log_index < {self._size} AND {taken}"  # noqa: S608
            reads = frozenset({name, "correction", REVERSED})
            self._engine.keep(f"came_{name}", Sql(text, reads), rows=name in _TAKEN_BACK)
        return self._came[name]
