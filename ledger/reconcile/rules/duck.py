"""DuckDB, in this process: bounded memory and threads, temporary files in one folder, no way out.

A rule may come from anybody. `select.py` admits only queries about the facts; should it err, the engine itself
opens no file but those of the lake, loads nothing, and lets nobody change that.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory
from typing import Final

import duckdb
import pyarrow as pa
from sqlglot import exp

from ledger.errors import Misuse
from ledger.limits import RULE_DISK_PERCENT_MAX
from ledger.reconcile.facts import FACTS
from ledger.reconcile.rules.engine import Facts
from ledger.reconcile.rules.views import AS_OF, COUNTED, DERIVED, RECORDED_LAST, REVERSAL, REVERSALS, query_of

__all__ = ["DuckEngine"]

_BATCH_ROWS: Final = 131_072


class DuckEngine:
    """The embedded engine.

    Attributes:
        local: rows come into this process at no cost to speak of.

    Args:
        facts: what the views hold.
        memory_mib: how much memory a query may take before it uses temporary files.
        threads: how many processors.
        folder: where temporary files go; the system's place by default.
    """

    local: Final = True

    def __init__(self, facts: Facts, *, memory_mib: int, threads: int, folder: Path | None = None) -> None:
        self._folder = TemporaryDirectory(prefix="packledger-rules-", dir=folder)
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": f"{memory_mib}MiB",
                "threads": threads,
                "temp_directory": self._folder.name,
                "max_temp_directory_size": f"{_spare(self._folder.name)}B",
                "python_enable_replacements": False,
                "preserve_insertion_order": False,
            },
        )
        self._connection.execute("SET enable_progress_bar = false")  # it would be drawn among a command's output
        self._awaited: dict[str, tuple[exp.Query, bool]] = {}
        try:
            self._begin(facts)
        except BaseException:
            self.close()
            raise

    def _begin(self, facts: Facts) -> None:
        files = []
        for name in {**FACTS, **facts}:
            files += self._open(name, facts.get(name, ()))
        self.keep(REVERSAL, query_of(REVERSALS), rows=True)
        for name, view in DERIVED.items():
            self.keep(name, query_of(view), rows=name in COUNTED)
        self.keep(AS_OF, query_of(RECORDED_LAST), rows=True)
        self._make({*FACTS, *facts})
        self._connection.execute("SET allowed_paths = $paths", {"paths": files})
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")

    def _open(self, name: str, held: pa.Table | Sequence[str]) -> list[str]:
        if isinstance(held, pa.Table):
            self._connection.register(name, held)
            return []
        if not held:
            self._connection.register(name, FACTS[name].empty_table())
            return []
        read = exp.select("*").from_(exp.func("read_parquet", exp.convert(list(held)), dialect="duckdb"))
        self.keep(name, read, rows=False)
        return list(held)

    def ask(self, query: exp.Query, seconds: int) -> pa.Table:
        """Return the rows of a query.

        Raises:
            Misuse: `rule-failed` when the engine cannot run it; `rule-too-long` after so many seconds.
        """
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._connection.interrupt()

        timer = threading.Timer(seconds, stop)
        timer.start()
        try:
            self._make(_tables(query))
            return self._connection.sql(query.sql(dialect="duckdb")).to_arrow_table()
        except duckdb.Error as error:
            if late.is_set():
                raise Misuse("rule-too-long", f"{seconds} seconds") from None
            raise Misuse("rule-failed", cause_of(error)) from None
        finally:
            timer.cancel()

    def stream(self, query: exp.Query) -> pa.RecordBatchReader:
        """Return the rows of a query of our own, a few at a time."""
        self._make(_tables(query))
        return self._connection.sql(query.sql(dialect="duckdb")).to_arrow_reader(_BATCH_ROWS)

    def keep(self, name: str, query: exp.Query, *, rows: bool) -> None:
        """Make a view of this name; with `rows`, its rows are computed once, when first asked for."""
        self._awaited[name] = query, rows

    def give(self, name: str, table: pa.Table) -> None:
        """Put a table of our own beside the facts; no rule knows its name."""
        self._connection.register(name, table)

    def _make(self, names: set[str]) -> None:
        for name in sorted(names):
            if name not in self._awaited:  # made already, perhaps on the way to another
                continue
            query, rows = self._awaited[name]
            self._make(_tables(query))
            kind = "TEMP TABLE" if rows else "TEMP VIEW"
            self._connection.execute(f"CREATE {kind} {name} AS {query.sql(dialect='duckdb')}")
            del self._awaited[name]

    def close(self) -> None:
        """Let go of memory and temporary files."""
        self._connection.close()
        self._folder.cleanup()


def _spare(folder: str) -> int:
    """Return how many bytes of temporary files a disk can bear: a rule must not stop the ledger from writing."""
    return disk_usage(folder).free * RULE_DISK_PERCENT_MAX // 100


def cause_of(error: Exception) -> str:
    """Return the first line of what an engine says: the rest shows its insides."""
    return str(error).partition("\n")[0].strip()


def _tables(query: exp.Query) -> set[str]:
    return {node.name for node in query.find_all(exp.Table)}
