"""Rows for offices: as JSON page by page, or as a file to take away, CSV or Parquet.

In a CSV (RFC 4180, UTF-8 with a mark that spreadsheets need) a text that a spreadsheet would take for a formula
stands behind an apostrophe: names come from many hands. Parquet has types, and needs none of this.
Arrow is loaded when the first file is made; files are made in threads, for many rows take long.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
from starlette.responses import Response

from api.station_wire import WireAnswer
from ledger.errors import Misuse
from ledger.limits import EXPORT_ROWS_MAX

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["CSV", "FILES", "PARQUET", "Form", "RowsTold", "file_of", "listed", "rows_wanted"]

Form = Literal["json", "csv", "parquet"]
CSV: Final = "text/csv"
PARQUET: Final = "application/vnd.apache.parquet"
FILES: Final = (CSV, PARQUET)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_MARK: Final = "\ufeff"


class RowsTold(WireAnswer, frozen=True, kw_only=True):
    """Some rows of a table.

    Attributes:
        size: of the log whose lake was asked: what was recorded later is not in it.
        columns: what each member of a row is.
        rows: in order.
        next: what to ask for as `after`, left out when these are the last.
    """

    size: int
    columns: Mapping[str, str]
    rows: list[dict[str, Any]]
    next: str = ""


def rows_wanted(form: Form, limit: int) -> int:
    """Return how many rows to take for an answer in this form; for a file one more than fits."""
    return limit if form == "json" else EXPORT_ROWS_MAX + 1


def file_of(form: Form, table: pa.Table, name: str, *, is_whole: bool) -> Response:
    """Return a table as a file of this name.

    Raises:
        Misuse: `export-too-large` when there are more rows than one file holds.
    """
    if not is_whole or table.num_rows > EXPORT_ROWS_MAX:
        raise Misuse("export-too-large", f"more than {EXPORT_ROWS_MAX} rows")
    media, data = (CSV, _csv(table)) if form == "csv" else (PARQUET, _parquet(table))
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Response(data, headers=headers, media_type=f"{media}; charset=utf-8" if form == "csv" else media)


def _csv(table: pa.Table) -> bytes:
    text = io.StringIO(newline="")
    text.write(_MARK)
    writer = csv.writer(text)
    writer.writerow(table.column_names)
    for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
        writer.writerow([_cell(value) for value in row])
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _parquet(table: pa.Table) -> bytes:
    import pyarrow as pa  # noqa: PLC0415  not before the first file is made
    import pyarrow.parquet as pq  # noqa: PLC0415  likewise

    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue())


def listed(form: Form, rows: Sequence[msgspec.Struct], columns: Sequence[str], name: str) -> Response:
    """Return what a list tells as a file: these members of each row; parties by their URIs, lists with blanks between.

    Raises:
        Misuse: as `file_of`.
    """
    import pyarrow as pa  # noqa: PLC0415  not before the first file is made

    some = rows[:EXPORT_ROWS_MAX]
    table = pa.table({column: [_plain(getattr(row, column)) for row in some] for column in columns})
    return file_of(form, table, name, is_whole=len(rows) <= EXPORT_ROWS_MAX)


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return " ".join(str(_plain(each)) for each in value)
    return getattr(value, "uri", value)
