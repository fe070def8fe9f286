"""WITH clauses of a query: one by itself, and a query without those that nobody reads."""

from __future__ import annotations

from collections.abc import Container, Mapping

from sqlglot import exp

__all__ = ["clause_alone", "without_idle"]


def clause_alone(query: exp.Query, name: str, tables: Container[str] = ()) -> exp.Query:
    """Return a query for the rows of one clause, with the clauses that it reads.

    Args:
        tables: names of clauses that are tables to it.
    """
    clauses = {cte.alias: cte.this for cte in query.ctes if cte.alias not in tables}
    behind = {name} | _read_by(clauses[name], clauses)
    alone: exp.Query = exp.select("*").from_(name)
    for each, clause in clauses.items():  # in their order
        if each in behind:
            alone = alone.with_(each, as_=clause.copy(), copy=False)
    return alone


def without_idle(query: exp.Query) -> exp.Query:
    """Take out of a query, in place, the clauses of its outermost WITH that nothing reads; return it."""
    told = query.find(exp.With)
    if told is None or told.parent is None:
        return query
    owner = told.parent
    clauses = {cte.alias: cte.this for cte in told.expressions}
    owner.set("with_", None)
    read = _read_by(owner, clauses)
    left = [cte for cte in told.expressions if cte.alias in read]
    owner.set("with_", exp.With(expressions=left) if left else None)
    return query


def _read_by(node: exp.Expr, clauses: Mapping[str, exp.Expr]) -> set[str]:
    """Return the names of the clauses that a node reads, itself or through others."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        new = ({table.name for table in waiting.pop().find_all(exp.Table)} & clauses.keys()) - found
        found |= new
        waiting += [clauses[name] for name in new]
    return found
