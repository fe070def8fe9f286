"""A crowd of countries: the facts of a small recorded country, copied many times, with names of their own.

Copy c of K keeps times, products and prices, and gets other packs, persons, parties, papers: a log index i becomes
i·K + c, so that the copies' statements lie between each other in the order of time, as those of one large country
would. What is rare in the small country is as rare in the crowd; there are no meetings between copies.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from ledger.limits import LAKE_ROW_GROUP_ROWS_MAX
from ledger.reconcile.facts import FACTS, KEPT_WHOLE, PERSONAL
from ledger.reconcile.rules.engine import Facts

__all__ = ["crowd_of"]

_INDEXES: Final = frozenset(
    {"log_index", "corrects", "number", "party", "site", "destination", "institution", "seller", "buyer"}
)
_NAMES: Final = frozenset({"code", "reverses", "prescription", "invoice_number", "uri", "file"})
_FEW: Final = "product"  # the same in every copy


def crowd_of(facts: Facts, copies: int, new_share: float, folder: Path) -> tuple[Facts, int]:
    """Write a crowd as Parquet; return its files, the new facts in files of their own, and the first new log index.

    Args:
        facts: of the small country.
        copies: how many times.
        new_share: which part of the log counts as new.
    """
    connection = duckdb.connect()
    size = 1 + max(_last(connection, facts[name]) for name in FACTS if name not in KEPT_WHOLE)
    first_new = round(size * copies * (1 - new_share))
    files: dict[str, list[str]] = {}
    for name in FACTS:
        here = folder / name
        here.mkdir(parents=True)
        if name in KEPT_WHOLE:
            files[name] = [_write(connection, name, facts[name], copies, "true", here / "all.parquet")]
            continue
        files[name] = [
            _write(connection, name, facts[name], copies, f"log_index < {first_new}", here / "old.parquet"),
            _write(connection, name, facts[name], copies, f"log_index >= {first_new}", here / "new.parquet"),
        ]
    connection.close()
    return files, first_new


def _last(connection: duckdb.DuckDBPyConnection, held: object) -> int:
    row = connection.execute("SELECT max(log_index) FROM read_parquet($files)", {"files": held}).fetchone()
    return 0 if row is None or row[0] is None else int(row[0])


def _write(
    connection: duckdb.DuckDBPyConnection, name: str, held: object, copies: int, where: str, path: Path
) -> str:
    columns = ", ".join(f"{_copied(name, field, copies)} AS {field.name}" for field in FACTS[name])
    numbers = 1 if name == _FEW else copies
    order = "number" if name in KEPT_WHOLE else "log_index"
    connection.execute(
        f"COPY (SELECT * FROM (SELECT {columns} FROM read_parquet($files), range({numbers}) AS copy(c))"  # noqa: S608
        f" WHERE {where} ORDER BY {order})"
        f" TO '{path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {LAKE_ROW_GROUP_ROWS_MAX})",
        {"files": held},
    )
    return str(path)


def _copied(table: str, field: pa.Field, copies: int) -> str:
    column = field.name
    if column in _INDEXES:
        return f"CAST({column} * {copies} + c AS BIGINT)"
    if column in PERSONAL:
        return f"md5({column} || c)"
    if column in _NAMES or (column == "id" and table != _FEW):
        return f"{column} || '-' || c"
    return str(column)
