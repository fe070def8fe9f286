"""The SELECT of a rule: one query about the facts, and nothing else.

A draft may come from anybody, so that what it may say is a list, not what it may not: these parts of SQL, these
functions, these views. No file, no setting, no clock, no chance: the same facts give the same rows.
Both engines get the checked tree, never the text.
"""

from __future__ import annotations

from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from ledger.errors import FormatError
from ledger.limits import RULE_NODES_MAX
from ledger.reconcile.rules.header import wrong
from ledger.reconcile.rules.views import READABLE

__all__ = ["LISTS", "REQUIRED", "parse_select", "placeholders_of", "tables_of"]

LISTS: Final = ("evidence", "persons", "institutions")
REQUIRED: Final = ("subject", "time", "score", "cents", *LISTS)
"""The columns that every rule returns; all others are numbers for its sentence."""

_PARTS: Final = frozenset(
    {
        exp.Alias, exp.Boolean, exp.CTE, exp.Column, exp.ColumnDef, exp.DataType, exp.DataTypeParam, exp.Distinct,
        exp.Except, exp.Filter, exp.From, exp.Group, exp.Having, exp.Identifier, exp.IgnoreNulls, exp.In,
        exp.Intersect, exp.Interval, exp.Is, exp.Join, exp.Limit, exp.Literal, exp.Neg, exp.Not, exp.Null,
        exp.NullSafeEQ, exp.NullSafeNEQ, exp.Order, exp.Ordered, exp.Paren, exp.Placeholder, exp.Qualify,
        exp.Select, exp.Star, exp.Subquery, exp.Table, exp.TableAlias, exp.Tuple, exp.Union, exp.Values, exp.Var,
        exp.Where, exp.Window, exp.WindowSpec, exp.With, exp.Between, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT,
        exp.LTE, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.And, exp.Or, exp.Like, exp.DPipe,
        exp.Bracket,
    }
)  # fmt: skip

_FUNCTIONS: Final = frozenset(
    {
        exp.Abs, exp.ArgMax, exp.ArgMin, exp.Array, exp.ArrayAgg, exp.ArrayConcat, exp.ArrayContains, exp.ArraySize,
        exp.ArrayDistinct, exp.ArrayOverlaps, exp.Asin, exp.Avg, exp.Case, exp.Cast, exp.Ceil, exp.Coalesce,
        exp.Concat, exp.Contains, exp.Cos, exp.Count, exp.CountIf, exp.CumeDist, exp.DenseRank, exp.Exists, exp.Exp,
        exp.FirstValue, exp.Flatten, exp.Floor, exp.Greatest, exp.If, exp.Lag, exp.LastValue, exp.Lead, exp.Least,
        exp.Length, exp.Ln, exp.LogicalAnd, exp.LogicalOr, exp.Lower, exp.Max, exp.Median, exp.Min, exp.Month,
        exp.Nullif, exp.Ntile, exp.PercentRank, exp.PercentileCont, exp.PercentileDisc, exp.Pow, exp.Quantile,
        exp.Radians, exp.Rank, exp.Round, exp.RowNumber, exp.Sign, exp.Sin, exp.Split, exp.Sqrt, exp.StartsWith,
        exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Substring, exp.Sum, exp.Unnest, exp.Upper, exp.Year,
        exp.GenerateSeries, exp.Explode, exp.And, exp.Or, exp.Log, exp.Sinh, exp.Cosh, exp.Tan, exp.Atan, exp.Acos,
    }
)  # fmt: skip


def parse_select(text: str, file: str, line: int) -> exp.Query:
    """Parse and check the SELECT of a rule.

    Args:
        text: DuckDB's dialect.
        file, line: where `text` begins, for problems.

    Raises:
        FormatError: `rule-malformed` for what is no SQL or lacks a column; `rule-not-allowed` for what a rule
            may not say.
    """
    try:
        statements = [each for each in sqlglot.parse(text, read="duckdb") if each is not None]
    except (SqlglotError, RecursionError) as error:
        found = getattr(error, "errors", None)
        place = found[0] if found else {}
        cause = place.get("description") or str(error).partition("\n")[0]
        raise wrong(file, line + max(0, (place.get("line") or 1) - 1), f"not SQL: {cause}") from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise wrong(file, line, "a rule is one SELECT")
    query = statements[0]
    _check_parts(query, file, line)
    _check_columns(query, file, line)
    return query


def _check_parts(query: exp.Query, file: str, line: int) -> None:
    ctes = {cte.alias for cte in query.find_all(exp.CTE)}
    allowed = _PARTS | _FUNCTIONS
    for count, node in enumerate(query.walk()):
        if count > RULE_NODES_MAX:
            raise wrong(file, line, f"more than {RULE_NODES_MAX} parts")
        cause = ""
        if type(node) not in allowed:
            cause = f"{_spelled(node)} is not for rules"
        elif isinstance(node, exp.Table):
            name = node.name
            if node.args.get("db") or not isinstance(node.this, exp.Identifier):
                cause = f"{_spelled(node)} is not for rules"
            elif name not in READABLE and name not in ctes:
                cause = f"{name} is no table of facts"
        elif isinstance(node, exp.With) and node.args.get("recursive"):
            cause = "WITH RECURSIVE is not for rules"
        elif isinstance(node, exp.CTE) and node.alias in READABLE:
            cause = f"{node.alias} is the name of a table of facts"
        if cause:
            raise FormatError("rule-not-allowed", f"{file}:{line + _line(node) - 1}: {cause}")


def _check_columns(query: exp.Query, file: str, line: int) -> None:
    names = list(query.named_selects)
    if "*" in names or "" in names:
        raise wrong(file, line, "the SELECT names each of its columns")
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise wrong(file, line, f"the SELECT returns no column {missing[0]}")
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise wrong(file, line, f"the SELECT returns {twice[0]} twice")


def _line(node: exp.Expr) -> int:
    """Return the line of a part, from 1, as far as the parser remembers."""
    for each in node.walk():
        if "line" in each.meta:
            return int(each.meta["line"])
    while node.parent is not None:
        node = node.parent
        if "line" in node.meta:
            return int(node.meta["line"])
    return 1


def _spelled(node: exp.Expr) -> str:
    text = node.sql(dialect="duckdb")
    return text if len(text) <= 60 else f"{text[:60]}…"


def placeholders_of(query: exp.Query) -> set[str]:
    """Return the names of the parameters that a query asks for."""
    return {str(node.this) for node in query.find_all(exp.Placeholder)}


def tables_of(query: exp.Query) -> set[str]:
    """Return the names of the facts that a query reads."""
    return {node.name for node in query.find_all(exp.Table)} & READABLE
