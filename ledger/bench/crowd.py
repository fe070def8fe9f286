"""A crowd of countries: the facts of a small recorded country, copied many times, with names of their own.

Copy c of K keeps times, products and prices, and gets other packs, persons, parties, papers: a log index i becomes
i·K + c, so that the copies' statements lie between each other in the order of time, as those of one large country
would; so does the serial of a national code, which stays a code. What is rare in the small country is as rare in the
crowd; there are no meetings between copies.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from ledger.limits import LAKE_ROW_GROUP_ROWS_MAX
from ledger.reconcile.facts import FACTS, KEPT_WHOLE, PERSONAL
from ledger.reconcile.rules.engine import Facts

__all__ = ["Crowd", "copied_code", "crowd_of"]

_INDEXES: Final = frozenset(
    {"log_index", "corrects", "number", "party", "site", "destination", "institution", "seller", "buyer"}
)
_NAMES: Final = frozenset({"reverses", "prescription", "invoice_number", "uri", "file"})
_FEW: Final = "product"  # the same in every copy


class Crowd(msgspec.Struct, frozen=True):
    """The facts of a crowd, as Parquet.

    Attributes:
        whole: all files; `old` is without those of the new facts.
        first_new: the log index at which the new facts begin; `size` is that at which they end.
        count: how many facts there are in `whole`.
    """

    whole: Facts
    old: Facts
    first_new: int
    size: int
    count: int


def crowd_of(facts: Facts, copies: int, new_share: float, folder: Path) -> Crowd:
    """Write a crowd as Parquet, the new facts in files of their own.

    Args:
        facts: of the small country.
        copies: how many times.
        new_share: which part of the facts counts as new: the last ones.
    """
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    size = 1 + max(_last(connection, facts[name]) for name in FACTS if name not in KEPT_WHOLE)
    first_new = copies * _begin_of_new(connection, facts, new_share, size)
    old: dict[str, list[str]] = {}
    new: dict[str, list[str]] = {}
    for name in FACTS:
        here = folder / name
        here.mkdir(parents=True)
        if name in KEPT_WHOLE:
            old[name], new[name] = [_write(connection, name, facts[name], copies, "true", here / "all.parquet")], []
            continue
        old[name] = [_write(connection, name, facts[name], copies, f"log_index < {first_new}", here / "old.parquet")]
        new[name] = [_write(connection, name, facts[name], copies, f"log_index >= {first_new}", here / "new.parquet")]
    connection.close()
    whole = {name: [*old[name], *new[name]] for name in FACTS}
    count = sum(pq.read_metadata(path).num_rows for files in whole.values() for path in files)
    return Crowd(whole, old, first_new, size * copies, count)


def copied_code(code: str, copy: int, copies: int) -> str:
    """Return what copy number `copy` calls a pack."""
    if "/" in code:
        return f"{code}-{copy}"
    return f"{code[:7]}{int(code[7:16]) * copies + copy:09d}{code[16:]}"


def _last(connection: duckdb.DuckDBPyConnection, held: object) -> int:
    row = connection.execute("SELECT max(log_index) FROM read_parquet($files)", {"files": held}).fetchone()
    return 0 if row is None or row[0] is None else int(row[0])


def _begin_of_new(connection: duckdb.DuckDBPyConnection, facts: Facts, new_share: float, size: int) -> int:
    """Return the log index from which on lies this share of the facts that were stated."""
    stated = [name for name in FACTS if name not in KEPT_WHOLE and facts[name]]
    parts = " UNION ALL ".join(f"SELECT log_index FROM read_parquet(${name})" for name in stated)  # noqa: S608
    row = connection.execute(
        f"SELECT quantile_disc(log_index, {1 - new_share}) FROM ({parts})",  # noqa: S608  our own names
        {name: facts[name] for name in stated},
    ).fetchone()
    return size if not new_share or row is None or row[0] is None else int(row[0])


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
    if column == "code":  # as in `copied_code`
        serial = f"lpad(CAST(CAST(substring(code, 8, 9) AS BIGINT) * {copies} + c AS VARCHAR), 9, '0')"
        national = f"substring(code, 1, 7) || {serial} || substring(code, 17)"
        return f"CASE WHEN contains(code, '/') THEN code || '-' || c ELSE {national} END"
    if column in PERSONAL:
        return f"md5({column} || c)"
    if column in _NAMES or (column == "id" and table != _FEW):
        return f"{column} || '-' || c"
    return str(column)
