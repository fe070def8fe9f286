"""DuckDB, in this process: bounded memory and threads, temporary files in one folder, no way out.

A rule may come from anybody. `select.py` admits only queries about the facts; should it err, the engine itself
opens no file but those of the lake, loads nothing, and lets nobody change that.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory
from typing import Final, TypeVar

import duckdb
import pyarrow as pa
from sqlglot import exp

from ledger.errors import Misuse, Unavailable
from ledger.limits import RULE_DISK_PERCENT_MAX, RULE_SECONDS_MAX
from ledger.reconcile.facts import FACTS
from ledger.reconcile.rules.columns import columns_read
from ledger.reconcile.rules.engine import Facts
from ledger.reconcile.rules.sql import Sql, tables_in
from ledger.reconcile.rules.views import AS_OF, COUNTED, DERIVED, RECORDED_LAST, REVERSALS, REVERSED, query_of

__all__ = ["DuckEngine"]

_BATCH_ROWS: Final = 131_072
_STOPPING_SECONDS: Final = 0.1  # between two words to stop: one that falls between two queries ends neither

_T = TypeVar("_T")


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
        self._memory_mib = memory_mib
        self._folder = TemporaryDirectory(prefix="packledger-rules-", dir=folder)
        self._beside = ThreadPoolExecutor(1, "packledger-duckdb")
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
        self._awaited: dict[str, tuple[exp.Query | Sql, bool]] = {}
        self._expected: list[exp.Query] = []
        self._counts: dict[str, int] = {}
        self._partly: dict[str, tuple[exp.Query, list[str]]] = {}
        try:
            self._begin(facts)
        except BaseException:
            self.close()
            raise

    def _begin(self, facts: Facts) -> None:
        files = []
        for name in {**FACTS, **facts}:
            files += self._open(name, facts.get(name, ()))
        self.keep(REVERSED, query_of(REVERSALS), rows=True)
        for name, view in DERIVED.items():
            self.keep(name, query_of(view), rows=name in COUNTED)
        self.keep(AS_OF, query_of(RECORDED_LAST), rows=True)
        for name in {**FACTS, **facts}:
            self._make(exp.select("*").from_(name))
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

    def ask(self, query: exp.Query | Sql, seconds: int) -> pa.Table:
        """Return the rows of a query.

        Raises:
            Misuse: `rule-failed` when the engine cannot run it; `rule-too-long` after so many seconds.
            Unavailable: `rule-needs-memory` when it may not take as much as it needs, of memory and of the disk.
        """
        with self._bounded(seconds):
            self._make(query)
            return self._heard(lambda: self._connection.sql(_text_of(query)).to_arrow_table())

    def count(self, name: str) -> int:
        """Return how many rows a table has whose rows are computed once; they are, if they were not yet.

        Raises:
            Misuse, Unavailable: as `ask`.
        """
        if name not in self._counts:
            with self._bounded(RULE_SECONDS_MAX):
                self._make(Sql("", frozenset({name})))
        return self._counts[name]

    @contextmanager
    def _bounded(self, seconds: int) -> Iterator[None]:
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._connection.interrupt()

        timer = threading.Timer(seconds, stop)
        timer.start()
        try:
            yield
        except duckdb.Error as error:
            if late.is_set():
                raise Misuse("rule-too-long", f"{seconds} seconds") from None
            if isinstance(error, duckdb.OutOfMemoryException):
                raise Unavailable("rule-needs-memory", f"{self._memory_mib} MiB") from None
            raise Misuse("rule-failed", cause_of(error)) from None
        finally:
            timer.cancel()

    def stream(self, query: exp.Query | Sql) -> pa.RecordBatchReader:
        """Return the rows of a query of our own, a few at a time."""
        self._make(query)
        return self._heard(lambda: self._connection.sql(_text_of(query)).to_arrow_reader(_BATCH_ROWS))

    def keep(self, name: str, query: exp.Query | Sql, *, rows: bool) -> None:
        """Make a view of this name; with `rows`, its rows are computed once, when first asked for."""
        self._awaited[name] = query, rows

    def expect(self, queries: Iterable[exp.Query]) -> None:
        """Be told what will be asked, so that what is computed once suffices for all of it."""
        self._expected += queries

    def give(self, name: str, table: pa.Table) -> None:
        """Put a table of our own beside the facts; no rule knows its name."""
        self._connection.register(name, table)

    def _make(self, query: exp.Query | Sql) -> None:
        """Make what a query reads, unless it was made on the way to another."""
        for name in sorted(_tables(query)):
            partly, columns = self._partly.get(name, (None, []))
            if partly is not None and not set(columns) >= set(columns_read(partly, name, [query])):
                self._connection.execute(f"DROP TABLE {name}")  # nobody had told
                self._awaited[name] = self._partly.pop(name)[0], True
            if name not in self._awaited:
                continue
            view, rows = self._awaited[name]
            if rows and name in COUNTED and not isinstance(view, Sql):
                self._compute(name, view, query)
            else:
                self._make(view)
                self._create(name, view, rows=rows)
            del self._awaited[name]

    def _compute(self, name: str, view: exp.Query, query: exp.Query | Sql) -> None:
        """Compute the rows of a view, no more columns than are read; what is read once only is left to the reader."""
        readers = self._with_views(self._expected or [query])
        self._make(view)
        if sum(tables[name] for _, tables in readers) == 1:
            self._create(name, view, rows=False)
            return
        columns = columns_read(view, name, [query, *(reader for reader, tables in readers if name in tables)])
        self._create(name, exp.select(*columns).from_(view.subquery("whole")), rows=True)
        self._partly[name] = view, columns

    def _with_views(self, queries: Iterable[exp.Query | Sql]) -> list[tuple[exp.Query | Sql, Counter[str]]]:
        """Return queries, and what stands behind the views that they read and that are not made yet."""
        found = [(query, _tables(query)) for query in queries]
        seen: set[str] = set()
        for _, tables in found:  # it grows meanwhile
            new = (tables.keys() & self._awaited.keys()) - seen
            views = [self._awaited[name][0] for name in sorted(new)]
            found += [(view, _tables(view)) for view in views]
            seen |= new
        return found

    def _create(self, name: str, view: exp.Query | Sql, *, rows: bool) -> None:
        if not rows:
            self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {_text_of(view)}")
            return
        text = f"CREATE OR REPLACE TEMP TABLE {name} AS {_text_of(view)}"
        made = self._heard(lambda: self._connection.execute(text).fetchall())
        self._counts[name] = int(made[0][0])

    def _heard(self, work: Callable[[], _T]) -> _T:
        """Do what may take long in a thread beside this one, which hears the user's interrupt meanwhile.

        DuckDB asks for one between two pieces of a query, which may be minutes apart.
        """
        doing = self._beside.submit(work)
        try:
            return doing.result()
        except BaseException:
            while not doing.done():
                self._connection.interrupt()
                wait([doing], _STOPPING_SECONDS)
            raise

    def close(self) -> None:
        """Let go of memory and temporary files."""
        self._beside.shutdown()
        self._connection.close()
        self._folder.cleanup()


def _spare(folder: str) -> int:
    """Return how many bytes of temporary files a disk can bear: a rule must not stop the ledger from writing."""
    return disk_usage(folder).free * RULE_DISK_PERCENT_MAX // 100


def cause_of(error: Exception) -> str:
    """Return the first line of what an engine says: the rest shows its insides."""
    return str(error).partition("\n")[0].strip()


def _tables(query: exp.Query | Sql) -> Counter[str]:
    """Return the names that a query reads from, and how often."""
    return Counter(tables_in(query))


def _text_of(query: exp.Query | Sql) -> str:
    return query.text if isinstance(query, Sql) else query.sql(dialect="duckdb", copy=False)
