"""Spark: the same rules on a cluster, over object storage. Needs the extra `cluster` and a Java.

The trees are those that `select.py` checked, printed in Spark's dialect: the list of what a rule may say is the
fence here, so that nothing in it reaches a file, the cluster's settings or Java.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from subprocess import TimeoutExpired
from tempfile import TemporaryDirectory
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from ledger.errors import Misuse, Unavailable
from ledger.reconcile.facts import FACTS
from ledger.reconcile.rules.engine import Facts
from ledger.reconcile.rules.views import AS_OF, COUNTED, DERIVED, RECORDED_LAST, REVERSALS, REVERSED, query_of

__all__ = ["SparkEngine"]

_SETTINGS: Final = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.ansi.enabled": "true",  # a number that is too large is an error, as it is in DuckDB
    "spark.sql.session.timeZone": "UTC",
}
_MEMORY_SIGNS: Final = (
    ("spark.driver.maxResultSize", "spark.driver.maxResultSize"),
    ("java.lang.OutOfMemoryError", "spark.executor.memory"),
    ("UNABLE_TO_ACQUIRE_MEMORY", "spark.executor.memory"),
)
"""What Spark says when memory runs out, and what to raise then."""
_OUT_OF_MEMORY: Final = 52  # SparkExitCode.OOM
_ENDING_SECONDS: Final = 5


class SparkEngine:
    """The cluster's engine.

    Attributes:
        local: rows stay with the workers unless they are asked for.

    Args:
        facts: what the views hold; paths as the cluster's workers see them.
        master: `local[*]`, or the address of a cluster.
        settings: more of Spark's own.

    Raises:
        Unavailable: `spark-missing` without the extra `cluster` or without Java.
    """

    local: Final = False

    def __init__(self, facts: Facts, *, master: str, settings: dict[str, str] | None = None) -> None:
        self._folder = TemporaryDirectory(prefix="packledger-rules-")
        self._session = _open(master, _SETTINGS | (settings or {}))
        for name in FACTS:
            files = self._files(name, facts.get(name, ()))
            self._session.read.parquet(*files).createOrReplaceTempView(name)
        self.keep(REVERSED, query_of(REVERSALS), rows=True)
        for name, view in DERIVED.items():
            self.keep(name, query_of(view), rows=name in COUNTED)
        self.keep(AS_OF, query_of(RECORDED_LAST), rows=True)

    def _files(self, name: str, held: pa.Table | Sequence[str]) -> list[str]:
        if not isinstance(held, pa.Table) and held:
            return list(held)
        path = Path(self._folder.name) / f"{name}.parquet"
        pq.write_table(held if isinstance(held, pa.Table) else FACTS[name].empty_table(), path)
        return [str(path)]

    def ask(self, query: exp.Query, seconds: int) -> pa.Table:
        """Return the rows of a query.

        Raises:
            Misuse: `rule-failed` when the engine cannot run it; `rule-too-long` after so many seconds.
            Unavailable: `rule-needs-memory` when a worker had not enough, or the driver, which ends by that.
        """
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._session.sparkContext.cancelAllJobs()

        timer = threading.Timer(seconds, stop)
        timer.start()
        try:
            rows: pa.Table = self._session.sql(query.sql(dialect="spark")).toArrow()
        except Exception as error:  # Spark's errors and Py4J's have no other common ancestor
            if late.is_set():
                raise Misuse("rule-too-long", f"{seconds} seconds") from None
            if (needed := self._memory_needed(error)) is not None:
                raise Unavailable("rule-needs-memory", needed) from None
            raise Misuse("rule-failed", str(error).partition("\n")[0].strip()) from None
        finally:
            timer.cancel()
        return rows

    def _memory_needed(self, error: Exception) -> str | None:
        """Return which setting of Spark's is too small, None when the error is about something else.

        A driver of our own that runs out of memory says nothing more: it ends, and its exit code tells why.
        """
        text = str(error)
        for sign, setting in _MEMORY_SIGNS:
            if sign in text:
                return setting
        from pyspark.errors import PySparkException  # noqa: PLC0415  an extra

        driver = getattr(self._session.sparkContext._gateway, "proc", None)
        if driver is None or isinstance(error, PySparkException):
            return None  # the driver is another's, or still speaks
        try:
            ended = driver.wait(_ENDING_SECONDS)
        except TimeoutExpired:
            return None
        return "spark.driver.memory" if ended == _OUT_OF_MEMORY else None

    def stream(self, query: exp.Query) -> pa.RecordBatchReader:
        """Return the rows of a query of our own; they come together."""
        rows: pa.Table = self._session.sql(query.sql(dialect="spark")).toArrow()
        return rows.to_reader()

    def keep(self, name: str, query: exp.Query, *, rows: bool) -> None:
        """Make a view of this name; with `rows`, its rows are computed once, when first asked for."""
        frame = self._session.sql(query.sql(dialect="spark"))
        (frame.cache() if rows else frame).createOrReplaceTempView(name)

    def expect(self, queries: Iterable[exp.Query]) -> None:
        """Leave it to Spark: what it caches are whole views."""

    def close(self) -> None:
        """Let go of the cluster and of temporary files."""
        self._session.catalog.clearCache()
        self._session.stop()
        self._folder.cleanup()


def _open(master: str, settings: dict[str, str]) -> Any:
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415  an extra; the embedded engine does without
    except ImportError:
        raise Unavailable("spark-missing", "the extra `cluster` is not installed") from None
    builder = SparkSession.builder.master(master).appName("packledger")
    for name, value in settings.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except Exception as error:  # no Java, or no cluster at that address: Py4J tells both in its own classes
        raise Unavailable("spark-missing", str(error).partition("\n")[0].strip()) from None
