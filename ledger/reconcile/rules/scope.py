"""What changed facts make necessary to compute again, and views that hold no more than that.

    code     the packs that a new statement is about: named by it, by the event or settlement that it takes back,
             in a batch that it recalls
    person   the persons whom a new statement is about, in the same ways
    month    the months in which a new statement happened, or what it takes back; and those after, as far as a
             rule looks back
    all      everything

Time passes without a fact, too: a rule that waits for something to come names how long (`waits` in its header),
so that what falls due since the last run is computed again.

Only what is computed again may differ from the earlier run. A test compares each rule's
incremental run with a full one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from ledger.limits import RULE_SECONDS_MAX
from ledger.reconcile.facts import KEPT_WHOLE
from ledger.reconcile.rules.bound import redirect
from ledger.reconcile.rules.engine import Engine
from ledger.reconcile.rules.header import PartKey, Scope
from ledger.reconcile.rules.rule import Rule
from ledger.reconcile.rules.views import COUNTED, DERIVED, IMPERSONAL, MANIFOLD, OF_CODE, OF_DAY, OF_PERSON, query_of

__all__ = ["Changed", "Since"]

_DAY_SECONDS: Final = 86_400
_TAKEN_BACK: Final = """
    SELECT {column} FROM custody
    WHERE log_index IN (SELECT corrects FROM correction WHERE log_index >= {size})
    UNION
    SELECT {column} FROM settlement
    WHERE id IN (SELECT reverses FROM reversal WHERE log_index >= {size})
"""
# An undone sale says neither whose it was nor when; the sale does.
_UNDONE: Final = """
    SELECT {column} FROM custody WHERE act = 'dispensing' AND code IN (
        SELECT code FROM custody WHERE act = 'undoing-dispense' AND log_index >= {size}
    )
"""
_RECALLED: Final = """
    SELECT pack.code FROM pack
    JOIN recall ON recall.product = pack.product AND (recall.batch = '*' OR recall.batch = pack.batch)
    WHERE recall.log_index >= {size}
"""


class Since(msgspec.Struct, frozen=True):
    """Up to where facts were known: so many statements, the newest of them recorded then."""

    size: int
    recorded: int


class Changed:
    """What changed since an earlier run over the same lake.

    Args:
        engine: over the facts of now.
        since: what the earlier run knew.
        rules: those that will be run: their waits count.
        values: their parameters.
    """

    def __init__(
        self, engine: Engine, since: Since, rules: Sequence[Rule], values: Mapping[str, Mapping[str, object]]
    ) -> None:
        self._engine = engine
        self._since = since
        self._waits: dict[Scope, set[int]] = {"code": set(), "person": set(), "month": set()}
        for rule in rules:
            waits = {int(str(values[rule.id][name])) for name in rule.header.waits}
            self._waits.setdefault(rule.header.scope, set()).update(waits)
        self._made: dict[str, dict[str, str]] = {}

    def views(self, rule: Rule) -> Mapping[str, str]:
        """Return the views that a rule reads instead of those it names."""
        scope = rule.header.scope
        if scope == "code":
            return self.code_views
        if scope == "person":
            return self._person_views
        if scope == "month":
            first, last = self._span(rule.header.lookback_days)
            where = exp.column("day").between(first, last)
            return self._kept(f"days_{first}_{last}".replace("-", "m"), OF_DAY, where, derived_from_whole=True)
        return {}

    def months(self, rule: Rule) -> tuple[int, ...]:
        """Return the months to compute, like 202603; none for a rule of another scope."""
        if rule.header.scope != "month":
            return ()
        last = self._as_of_day
        months = set()
        for day in self._days:
            end = min(day + rule.header.lookback_days, last)
            months |= {_month(each) for each in (*range(day, end, 28), end)}
        return tuple(sorted(months))

    def stands(self, rule: Rule, rows: pa.Table) -> pa.Table:
        """Return those of an earlier run's rows that are not computed again."""
        scope = rule.header.scope
        if scope == "code":
            again = pc.is_in(rows.column("subject"), value_set=self._column(self._codes, "code"))
        elif scope == "person":
            again = pc.is_in(rows.column("subject"), value_set=self._column(self._persons, "person"))
        else:
            again = pc.is_in(rows.column("month"), value_set=pa.array(self.months(rule), pa.int64()))
        return rows.filter(pc.invert(again))

    @property
    def codes(self) -> str:
        """The name of a view of the codes that changed."""
        return self._codes

    @property
    def code_views(self) -> Mapping[str, str]:
        """Views of what is known of these codes, and of no others."""
        return self._narrowed("code", OF_CODE, self._codes)

    def subjects(self, key: PartKey) -> str:
        """Return the name of a view of the codes, persons or statements that changed."""
        return {"code": self._codes, "person": self._persons, "statement": self._statements}[key]

    def views_of(self, key: PartKey) -> Mapping[str, str]:
        """Return the views that a part reads instead of those it names."""
        if key == "code":
            return self.code_views
        return self._person_views if key == "person" else self._statement_views

    @property
    def _person_views(self) -> Mapping[str, str]:
        return self._narrowed("person", OF_PERSON, self._persons)

    @property
    def _statement_views(self) -> Mapping[str, str]:
        names = {name: f"statement_{name}" for name in (*OF_DAY, "live_custody", "live_settlement")}
        if "statement" not in self._made:
            for name in OF_DAY:
                self._engine.keep(names[name], query_of(self._of_statements(name)), rows=True)
            for name in ("live_custody", "live_settlement"):
                self._engine.keep(names[name], redirect(query_of(DERIVED[name]), names), rows=False)
            self._made["statement"] = names
        return names

    # -- what changed

    @cached_property
    def _codes(self) -> str:
        parts = self._new("code", OF_CODE)
        parts += [_TAKEN_BACK.format(column="code", size=self._since.size)]
        parts += [_RECALLED.format(size=self._since.size), *self._due("code", "code", OF_CODE)]
        return self._changed("changed_code", "code", parts)

    @cached_property
    def _persons(self) -> str:
        parts = self._new("person", OF_PERSON)
        parts += [_TAKEN_BACK.format(column="person", size=self._since.size), *self._due("person", "person", OF_PERSON)]
        # Whether a sale is one may depend on what happened to its pack, to whomever it was handed.
        parts += [f"SELECT person FROM {self.code_views['custody']}"]  # noqa: S608  our own names
        return self._changed("changed_person", "person", parts)

    @cached_property
    def _statements(self) -> str:
        return self._changed("changed_statement", "log_index", [
            *self._new("log_index", OF_DAY), _TAKEN_BACK.format(column="log_index", size=self._since.size)
        ])

    def _of_statements(self, name: str) -> str:
        # New statements lie together: they are told by their number, which files are ordered by.
        size = self._since.size
        return (
            f"SELECT * FROM {name} WHERE log_index >= {size} UNION ALL SELECT * FROM {name} WHERE log_index < {size}"  # noqa: S608
            f" AND log_index IN (SELECT log_index FROM {self._statements})"
        )

    @cached_property
    def _days(self) -> list[int]:
        parts = self._new("day", OF_DAY)
        parts += [each.format(column="day", size=self._since.size) for each in (_TAKEN_BACK, _UNDONE)]
        name = self._changed("changed_day", "day", [*parts, *self._due("month", "day", OF_DAY)])
        return sorted(self._column(name, "day").to_pylist())

    def _new(self, column: str, tables: Iterable[str]) -> list[str]:
        return [
            f"SELECT {column} FROM {name} WHERE log_index >= {self._since.size}"  # noqa: S608  our own names
            for name in tables
        ]

    def _due(self, scope: Scope, column: str, tables: Iterable[str]) -> list[str]:
        """Return queries for the subjects of facts that were recorded so long ago as some rule of a scope waits."""
        return [
            f"SELECT {column} FROM {name}, as_of"  # noqa: S608  our own names
            f" WHERE {name}.recorded > {self._since.recorded - wait * _DAY_SECONDS}"
            f" AND {name}.recorded <= as_of.recorded - {wait * _DAY_SECONDS}"
            for wait in sorted(self._waits[scope])
            for name in tables
        ]

    def _changed(self, name: str, column: str, parts: Sequence[str]) -> str:
        text = " UNION ".join(parts)
        query = query_of(f"SELECT DISTINCT {column} FROM ({text}) WHERE {column} IS NOT NULL")  # noqa: S608
        self._engine.keep(name, query, rows=True)
        return name

    @cached_property
    def _as_of_day(self) -> int:
        return next(iter(self._column("as_of", "day").to_pylist()), 0)

    def _column(self, name: str, column: str) -> pa.Array:
        values = self._engine.ask(exp.select(column).from_(name), RULE_SECONDS_MAX)
        return values.column(column).combine_chunks().drop_null()

    def _span(self, lookback_days: int) -> tuple[int, int]:
        """Return the first and the last day that the months to compute depend on."""
        if not self._days:
            return 0, -1
        first = _first_of_month(self._days[0]) - lookback_days
        return first, _end_of_month(self._days[-1] + lookback_days)

    # -- views

    def _narrowed(self, key: str, tables: Sequence[str], changed: str) -> Mapping[str, str]:
        inside = exp.column(key).isin(query=exp.select(key).from_(changed))
        return self._kept(key, tables, inside, derived_from_whole=key != "code")

    def _kept(
        self, prefix: str, tables: Sequence[str], where: exp.Expr, *, derived_from_whole: bool
    ) -> Mapping[str, str]:
        """Make the tables of a scope and what is derived from them, narrowed; return the names.

        What is derived is made from the narrowed tables, or, where a row of another subject could matter to it,
        from the whole ones and narrowed then.
        """
        if prefix not in self._made:
            names = {name: f"{prefix}_{name}" for name in (*tables, *DERIVED) if name not in KEPT_WHOLE}
            for name in tables:
                narrow = exp.select("*").from_(name).where(where)
                self._engine.keep(names[name], narrow, rows=prefix in ("code", "person"))
            for name, view in DERIVED.items():
                if (prefix == "person" and name in IMPERSONAL) or (prefix == "code" and name in MANIFOLD):
                    continue
                if derived_from_whole:
                    query: exp.Query = exp.select("*").from_(name).where(where)
                else:
                    query = redirect(query_of(view), names)
                self._engine.keep(names[name], query, rows=name in COUNTED or prefix == "person")
            self._made[prefix] = names
        return self._made[prefix]


def _month(day: int) -> int:
    date = datetime.fromtimestamp(day * _DAY_SECONDS, UTC)
    return date.year * 100 + date.month


def _first_of_month(day: int) -> int:
    return day - datetime.fromtimestamp(day * _DAY_SECONDS, UTC).day + 1


def _end_of_month(day: int) -> int:
    return _first_of_month(_first_of_month(day) + 31) - 1
