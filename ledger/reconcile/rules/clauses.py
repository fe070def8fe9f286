"""WITH clauses of a query: one by itself."""

from __future__ import annotations

from collections.abc import Container, Mapping

from sqlglot import exp

__all__ = ["clause_alone"]


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


def _read_by(node: exp.Expr, clauses: Mapping[str, exp.Expr]) -> set[str]:
    """Return the names of the clauses that a node reads, itself or through others."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        new = ({table.name for table in waiting.pop().find_all(exp.Table)} & clauses.keys()) - found
        found |= new
        waiting += [clauses[name] for name in new]
    return found
