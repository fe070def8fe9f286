"""Which columns of a view queries read: what nobody reads need not be computed.

Told by names alone, so that it may be more than is read, never less: whoever says `*`, joins by whatever columns
are there, or takes a row as a whole, reads all; so does a query that is printed already.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from ledger.reconcile.rules.sql import Sql

__all__ = ["columns_read"]


def columns_read(view: exp.Query, name: str, queries: Iterable[exp.Query | Sql]) -> list[str]:
    """Return which columns of a view called `name` these queries read, in the view's order; one at least."""
    columns = view.named_selects
    words: set[str] = set()
    for query in queries:
        if isinstance(query, Sql):
            if name in query.reads:
                return columns
            continue
        tables = [table for table in query.find_all(exp.Table) if table.name == name]
        if any(_reads_all(query, table) for table in tables):
            return columns
        if tables:
            words |= {identifier.name.lower() for identifier in query.find_all(exp.Identifier)}
    return [column for column in columns if column in words] or columns[:1]


def _reads_all(query: exp.Query, table: exp.Table) -> bool:
    called = table.alias_or_name
    alias = table.args.get("alias")
    if alias is not None and alias.columns:  # columns are renamed by their place
        return True
    if any(column.name in (called, "*") and column.table in ("", called) for column in query.find_all(exp.Column)):
        return True
    if any(join.method == "NATURAL" for join in query.find_all(exp.Join)):
        return True
    select = table.find_ancestor(exp.Select)
    return select is None or any(isinstance(each, exp.Star) for each in select.expressions)
