"""What an engine promises. There are two: `duck` in this process, `spark` on a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import pyarrow as pa
from sqlglot import exp

__all__ = ["Engine", "Facts"]

Facts = Mapping[str, pa.Table | Sequence[str]]
"""Each table's rows, or the Parquet files that hold them (paths; for Spark, addresses on object storage too).

A table that is not named is empty. Names beside those of the tables are views, too, that no rule sees.
"""


class Engine(Protocol):
    """Facts behind views that are named as in `views.READABLE`, and queries about them."""

    @property
    def local(self) -> bool:
        """Whether rows come into this process at no cost to speak of."""

    def ask(self, query: exp.Query, seconds: int) -> pa.Table:
        """Return the rows of a query.

        Raises:
            Misuse: `rule-failed` when the engine cannot run it; `rule-too-long` after so many seconds.
            Unavailable: `rule-needs-memory`, if the engine can tell.
        """

    def stream(self, query: exp.Query) -> pa.RecordBatchReader:
        """Return the rows of a query of our own, a few at a time."""

    def keep(self, name: str, query: exp.Query, *, rows: bool) -> None:
        """Make a view of this name; with `rows`, its rows are computed once, when first asked for."""

    def expect(self, queries: Iterable[exp.Query]) -> None:
        """Be told what will be asked, so that what is computed once suffices for all of it; nothing depends on it."""

    def close(self) -> None:
        """Let go of memory and temporary files."""

