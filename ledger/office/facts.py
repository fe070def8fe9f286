"""The lake, asked by offices: one view at a time, within bounds; every answer says of which log it is.

    1. the lake is held, so that no update takes files away meanwhile
    2. the view's parameters are bound as typed literals
    3. some rows are taken, from a place on; whoever goes on must ask the same lake

An engine is opened for each question, on one processor and with little memory: a question of an office must not
take from recording, nor from the rules.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from sqlglot import exp

from ledger.errors import Misuse, Unavailable
from ledger.limits import OFFICE_MEMORY_MEBIBYTES_MAX, OFFICE_SECONDS_MAX
from ledger.office.views import VIEWS
from ledger.reconcile.lake import held_lake
from ledger.reconcile.rules.bound import bind
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.header import Value
from ledger.reconcile.rules.views import query_of

__all__ = ["Place", "Rows", "ask", "parse_place"]


class Place(NamedTuple):
    """Where to go on: in the lake of a log of this size, behind so many rows."""

    size: int
    skip: int

    def __str__(self) -> str:
        return f"{self.size}-{self.skip}"


class Rows(NamedTuple):
    """Some rows of a view, of the lake of a log of this size; and where to go on, None at the end."""

    size: int
    table: pa.Table
    following: Place | None


def parse_place(text: str) -> Place:
    """Read a place as it was given out.

    Raises:
        Misuse: `page-unknown`.
    """
    size, _, skip = text.partition("-")
    if not (size.isascii() and size.isdigit() and skip.isascii() and skip.isdigit() and len(text) <= 38):
        raise Misuse("page-unknown")
    return Place(int(size), int(skip))


def ask(
    lake: Path, view: str, values: dict[str, Value], *, after: Place | None, count: int, memory_mib: int
) -> Rows:
    """Return some rows of a view.

    Args:
        lake: its folder.
        view: a name of `VIEWS`.
        values: of all its parameters.
        after: where to go on; None from the beginning.
        count: how many rows at most.
        memory_mib: what the settings let rules take.

    Raises:
        Misuse: `page-unknown` when the lake was updated since; `lake-missing`, `lake-outdated`.
        Unavailable: `lake-busy`, `query-too-long`.
        NotVerified: `lake-file-…`.
    """
    # 1.
    with held_lake(lake) as held:
        size = held.manifest.size
        if after is not None and after.size != size:
            raise Misuse("page-unknown", "the lake was updated since")
        skip = 0 if after is None else after.skip
        # 2.
        query = bind(query_of(VIEWS[view].sql), values)
        some = exp.select("*").from_(query.subquery("row")).offset(skip).limit(count + 1)
        memory = min(memory_mib, OFFICE_MEMORY_MEBIBYTES_MAX)
        engine = DuckEngine(held.facts(), memory_mib=memory, threads=1)
        try:
            table = engine.ask(some, OFFICE_SECONDS_MAX)
        except Misuse as error:
            raise Unavailable("query-too-long", error.detail) from None
        finally:
            engine.close()
    # 3.
    following = Place(size, skip + count) if table.num_rows > count else None
    return Rows(size, table.slice(0, count), following)
