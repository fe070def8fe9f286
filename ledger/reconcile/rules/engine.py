"""What an engine promises. There are two: `duck` in this process, `spark` on a cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import pyarrow as pa
from sqlglot import exp

from ledger.reconcile.facts import FACTS, KEPT_WHOLE

__all__ = ["Engine", "Facts", "facts_of"]

Facts = Mapping[str, pa.Table | Sequence[str]]
"""Each table's rows, or the Parquet files that hold them (paths; for Spark, addresses on object storage too).

A table that is not named is empty.
"""


class Engine(Protocol):
    """Facts behind views that are named as in `views.READABLE`, and queries about them."""

    def ask(self, query: exp.Query, seconds: int) -> pa.Table:
        """Return the rows of a query.

        Raises:
            Misuse: `rule-failed` when the engine cannot run it; `rule-too-long` after so many seconds.
        """

    def keep(self, name: str, query: exp.Query, *, rows: bool) -> None:
        """Make a view of this name; with `rows`, its rows are computed once, when first asked for."""

    def close(self) -> None:
        """Let go of memory and temporary files."""


def facts_of(folder: Path) -> Facts:
    """Return the files of a lake's folder, by table; no file is opened."""
    found: dict[str, list[str]] = {}
    for name in FACTS:
        files = [folder / f"{name}.parquet"] if name in KEPT_WHOLE else sorted((folder / name).glob("*.parquet"))
        found[name] = [str(file) for file in files if file.exists()]
    return found
