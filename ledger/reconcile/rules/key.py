"""What a row depends on: some of its columns, its key, and the rows of the facts that have the same key.

    code                                one pack
    person, product                     one person's use of one medicine
    institution, day // 28 AS period    four weeks of one institution

A key is written as it is told of a row of the facts; behind AS stands what the column is called in the result.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

__all__ = ["CODE", "PERSON", "STATEMENT", "Key", "key_of"]

_PARTS: Final = (exp.Column, exp.Identifier, exp.Literal, exp.IntDiv, exp.Mod, exp.Add, exp.Sub, exp.Paren)


class Key(msgspec.Struct, frozen=True):
    """A key: for each of its columns the name, and the SQL that tells it of a row of the facts."""

    columns: tuple[tuple[str, str], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What its columns are called."""
        return tuple(name for name, _ in self.columns)

    @property
    def reads(self) -> frozenset[str]:
        """The columns of facts of which it is told."""
        trees = (sqlglot.parse_one(told, read="duckdb") for _, told in self.columns)
        return frozenset(column.name for tree in trees for column in tree.find_all(exp.Column))

    def told(self) -> str:
        """Return the columns of a SELECT over facts, which it calls `r`."""
        return ", ".join(f"{told} AS {name}" for name, told in self.columns)

    def of_facts(self, name: str, keys: str) -> str:
        """Return a query for the rows of facts whose key is in a table of keys.

        What a key is reckoned from is a column first: a subquery is asked once for each value that it reads of a row,
        and there are many more days than months.
        """
        reckoned = [(f"_{each}", told) for each, told in self.columns if told != f"r.{each}"]
        if not reckoned:
            return f"SELECT r.* FROM {name} AS r WHERE {_among(keys, self.columns)}"  # noqa: S608  our own names, checked expressions
        more = ", ".join(f"{told} AS {each}" for each, told in reckoned)
        columns = [(each, told if told == f"r.{each}" else f"r._{each}") for each, told in self.columns]
        hidden = ", ".join(each for each, _ in reckoned)
        rows = f"SELECT r.*, {more} FROM {name} AS r"  # noqa: S608
        return f"SELECT r.* EXCLUDE ({hidden}) FROM ({rows}) AS r WHERE {_among(keys, columns)}"  # noqa: S608

    def of_result(self, keys: str) -> str:
        """Return the condition that the key of a row `r` of a result is in a table of keys."""
        return _among(keys, [(name, f"r.{name}") for name in self.names])


def _among(keys: str, columns: Iterable[tuple[str, str]]) -> str:
    same = " AND ".join(f"k.{name} IS NOT DISTINCT FROM {told}" for name, told in columns)
    return f"EXISTS (SELECT 1 FROM {keys} AS k WHERE {same})"  # noqa: S608  our own names, checked expressions


def key_of(columns: Sequence[str]) -> Key:
    """Read a key.

    Raises:
        ValueError: a column is no name and no arithmetic with a name.
    """
    return Key(tuple(_column(each) for each in columns))


def _column(text: str) -> tuple[str, str]:
    try:
        read = sqlglot.parse_one(text, read="duckdb")
    except SqlglotError:
        raise ValueError(text) from None
    name, told = (read.alias, read.this) if isinstance(read, exp.Alias) else (read.name, read)
    if not name.isidentifier() or not all(isinstance(node, _PARTS) for node in told.walk()):
        raise ValueError(text)
    for column in told.find_all(exp.Column):
        if column.table:
            raise ValueError(text)
        column.set("table", exp.to_identifier("r"))
    return name, told.sql(dialect="duckdb")


CODE: Final = key_of(["code"])
PERSON: Final = key_of(["person"])
STATEMENT: Final = key_of(["log_index"])
