"""The lake, asked by offices: one view at a time, within bounds; every answer says of which log it is.

    1. the view's parameters are bound as typed literals
    2. the newest lake is asked; when an update took its files away meanwhile, the next newest
    3. some rows are taken, from a place on; whoever goes on must ask the same lake

An engine is opened for each question, on one processor and with little memory: a question of an office must not
take from recording, nor from the rules. Nor is the lake held: who asks all day would else keep it from growing.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
from sqlglot import exp

from ledger.errors import LedgerError, Misuse, Unavailable
from ledger.limits import OFFICE_ATTEMPTS_MAX, OFFICE_MEMORY_MEBIBYTES_MAX, OFFICE_SECONDS_MAX
from ledger.office.rows import Place, Rows
from ledger.office.views import VIEWS
from ledger.reconcile.lake import Lake, open_lake
from ledger.reconcile.rules.bound import bind
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.header import Value
from ledger.reconcile.rules.views import query_of

__all__ = ["ask"]


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
        Unavailable: `query-too-long`; `lake-unreachable` when its files cannot be read.
    """
    # 1.
    query = bind(query_of(VIEWS[view].sql), values)
    skip = 0 if after is None else after.skip
    some = exp.select("*").from_(query.subquery("row")).offset(skip).limit(count + 1)
    for attempt in range(OFFICE_ATTEMPTS_MAX):
        # 2.
        held = open_lake(lake)
        size = held.manifest.size
        if after is not None and after.size != size:
            raise Misuse("page-unknown", "the lake was updated since")
        try:
            table = _rows(held, some, min(memory_mib, OFFICE_MEMORY_MEBIBYTES_MAX))
        except Unavailable as error:
            is_last = attempt + 1 == OFFICE_ATTEMPTS_MAX
            if is_last or error.code == "query-too-long" or open_lake(lake).manifest == held.manifest:
                raise
            continue
        # 3.
        following = Place(size, skip + count) if table.num_rows > count else None
        return Rows(size, table.slice(0, count), following)
    raise AssertionError("one attempt at least")


def _rows(lake: Lake, query: exp.Query, memory_mib: int) -> pa.Table:
    try:
        engine = DuckEngine(lake.facts(), memory_mib=memory_mib, threads=1)
    except (duckdb.Error, OSError) as error:
        raise Unavailable("lake-unreachable", type(error).__name__) from None
    try:
        return engine.ask(query, OFFICE_SECONDS_MAX)
    except LedgerError as error:
        if error.code in ("rule-too-long", "rule-needs-memory"):
            raise Unavailable("query-too-long", error.detail) from None
        raise Unavailable("lake-unreachable") from None
    finally:
        engine.close()
