"""Queries that are printed already: a run after new facts asks hundreds, and each tree costs more than its answer.

A clause of a rule is printed once, from the checked tree with its parameters bound; what it shall read instead of
what it names is told by clauses of the same name before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec
from sqlglot import exp

__all__ = ["Printed", "Sql", "printed", "tables_in"]


class Sql(msgspec.Struct, frozen=True):
    """A query in DuckDB's dialect, and the names of all that it reads."""

    text: str
    reads: frozenset[str]


class Printed(msgspec.Struct, frozen=True):
    """A rule's query: what follows its WITH; each clause by name, in their order, and what stands before its AS."""

    body: Sql
    clauses: dict[str, Sql]
    heads: dict[str, str]

    def asked(self, views: Mapping[str, str], clause: str = "") -> Sql:
        """Return the query, or that for the rows of one clause.

        Args:
            views: what is read instead of what is named, a clause or a table.
        """
        asked = self.clauses[clause] if clause else self.body
        needed = set(asked.reads)
        for name in reversed(self.clauses):
            if name in needed and name not in views:
                needed |= self.clauses[name].reads
        names = [name for name in self.clauses if name in needed and name not in views]
        clauses = [f"{name} AS NOT MATERIALIZED (SELECT * FROM {views[name]})" for name in views if name in needed]  # noqa: S608
        clauses += [f"{self.heads[name]} AS ({self.clauses[name].text})" for name in names]
        reads = frozenset(views.get(name, name) for name in needed.difference(names))
        text = f"WITH {', '.join(clauses)} SELECT * FROM ({asked.text})" if clauses else asked.text  # noqa: S608
        return Sql(text, reads)


def printed(query: exp.Query) -> Printed:
    """Print a query, clause by clause; it is taken apart for it."""
    clauses = {cte.alias: _printed(cte.this) for cte in query.ctes}
    heads = {cte.alias: cte.args["alias"].sql(dialect="duckdb") for cte in query.ctes}
    query.set("with_", None)
    return Printed(_printed(query), clauses, heads)


def tables_in(query: exp.Query | Sql) -> Iterator[str]:
    """Iterate over the names that a query reads from, each as often as it does; of a printed one, once."""
    yield from query.reads if isinstance(query, Sql) else (node.name for node in query.find_all(exp.Table))


def _printed(query: exp.Expr) -> Sql:
    reads: Iterable[exp.Table] = query.find_all(exp.Table)
    names = frozenset(table.name for table in reads)
    return Sql(query.sql(dialect="duckdb", copy=False), names)
