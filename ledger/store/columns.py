"""What all tables are made of: the schema that they stand in, and the kinds of their columns."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

__all__ = ["Ascii", "Number", "metadata", "number", "required", "table"]

metadata = MetaData()

# Codes and URIs are ASCII and compared byte by byte, whatever the database's language; so SQLite does by itself.
# Types of a dialect would import it, and this process may never see such a database.
Ascii = Text().with_variant(Text(collation="C"), "postgresql")

# SQLite makes exactly "INTEGER PRIMARY KEY" the row's own address, without an index beside it.
Number = BigInteger().with_variant(Integer(), "sqlite")


def table(name: str, *columns: Column[Any], **options: Any) -> Table:
    """Return a table without a row address of its own in SQLite."""
    return Table(name, metadata, *columns, sqlite_with_rowid=False, **options)


def required(name: str, kind: Any, **options: Any) -> Column[Any]:
    """Return a column that is never NULL."""
    return Column(name, kind, nullable=False, **options)


def number(name: str = "number") -> Column[Any]:
    """Return the primary key of rows that log indexes name."""
    return required(name, Number, primary_key=True, autoincrement=False)
