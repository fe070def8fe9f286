"""From a rule to the query that an engine is asked: parameters bound, columns typed.

Everything happens on the tree; no text is pasted into SQL.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from ledger.reconcile.rules.header import Value
from ledger.reconcile.rules.rule import Rule
from ledger.reconcile.rules.sql import Printed, Sql, printed

__all__ = ["asked", "bind", "print_rule"]


def asked(rule: Rule, values: Mapping[str, Value]) -> exp.Query:
    """Return what the engine is asked for a rule: one row a hit, columns in order, whole numbers 64 bits wide.

    Args:
        values: of all parameters.
    """
    return exp.select(*_columns(rule), copy=False).from_(_named(bind(rule.query, values), "hit"), copy=False)


def print_rule(rule: Rule, values: Mapping[str, Value]) -> Printed:
    """Return the same, printed clause by clause."""
    query = printed(bind(rule.query, values))
    columns = ", ".join(column.sql(dialect="duckdb") for column in _columns(rule))
    text = f"SELECT {columns} FROM ({query.body.text}) AS hit"  # noqa: S608  a checked tree, printed
    return Printed(Sql(text, query.body.reads), query.clauses, query.heads)


def _columns(rule: Rule) -> list[exp.Expr]:
    return [
        exp.cast(exp.column("subject"), "VARCHAR").as_("subject"),
        *(exp.cast(exp.column(name), "BIGINT").as_(name) for name in ("time", "score", "cents")),
        exp.column("evidence"), exp.column("persons"), exp.column("institutions"),
        *(exp.column(name, quoted=True) for name in rule.numbers),
    ]  # fmt: skip


def bind(query: exp.Query, values: Mapping[str, Value]) -> exp.Query:
    """Return a copy with a typed literal in place of each parameter."""
    bound = query.copy()
    for node in list(bound.find_all(exp.Placeholder)):
        node.replace(_literal(values[str(node.this)]))
    return bound


def _literal(value: Value) -> exp.Expr:
    if isinstance(value, int):
        return exp.cast(exp.convert(value), "BIGINT")
    if isinstance(value, str):
        return exp.Literal.string(value)
    return exp.cast(exp.Array(expressions=[exp.Literal.string(each) for each in value]), "VARCHAR[]")


def _named(query: exp.Query, name: str) -> exp.Subquery:
    """Return a query as a table of this name; it is not copied."""
    return exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier(name)))
