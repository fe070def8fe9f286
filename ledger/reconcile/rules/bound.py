"""From a rule to the query that an engine is asked: parameters bound, columns typed, views put in place of others.

Everything happens on the tree; no text is pasted into SQL.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from ledger.reconcile.rules.clauses import without_idle
from ledger.reconcile.rules.header import Value
from ledger.reconcile.rules.rule import Rule

__all__ = ["asked", "bind", "redirect"]


def asked(rule: Rule, values: Mapping[str, Value], views: Mapping[str, str]) -> exp.Query:
    """Return what the engine is asked for a rule: one row a hit, columns in order, whole numbers 64 bits wide.

    Args:
        values: of all parameters.
        views: which views to read instead of those that the rule names, its parts among them.
    """
    inner = _named(without_idle(_redirect(bind(rule.query, values), views)), "hit")
    columns: list[exp.Expr] = [
        exp.cast(exp.column("subject"), "VARCHAR").as_("subject"),
        *(exp.cast(exp.column(name), "BIGINT").as_(name) for name in ("time", "score", "cents")),
        exp.column("evidence"), exp.column("persons"), exp.column("institutions"),
    ]  # fmt: skip
    columns += [exp.column(name, quoted=True) for name in rule.numbers]
    return exp.select(*columns, copy=False).from_(inner, copy=False)


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


def redirect(query: exp.Query, views: Mapping[str, str]) -> exp.Query:
    """Return a copy that reads other views: `FROM custody` becomes `FROM changed_custody AS custody`."""
    return _redirect(query.copy(), views)


def _redirect(query: exp.Query, views: Mapping[str, str]) -> exp.Query:
    for table in list(query.find_all(exp.Table)):
        if table.name in views:
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
            table.set("this", exp.to_identifier(views[table.name]))
    return query


def _named(query: exp.Query, name: str) -> exp.Subquery:
    """Return a query as a table of this name; it is not copied."""
    return exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier(name)))
