"""One text, two engines: every rule returns the same rows on DuckDB and on Spark."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from ledger.errors import Misuse
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.engine import Engine
from ledger.reconcile.rules.rule import load_rule, published
from ledger.reconcile.rules.run import run_rule
from ledger.reconcile.rules.spark import SparkEngine
from ledger.reconcile.rules.views import query_of
from tests.reconcile.rules_kit import tell_everything

# One thread, one partition, quick compiling: starting takes longer than the few rows do.
SPARK_SETTINGS: Final = {
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}


STORY, TOLD = tell_everything()


@pytest.fixture(scope="module")
def duck() -> Iterator[Engine]:
    """The embedded engine."""
    engine = DuckEngine(STORY.facts(), memory_mib=512, threads=2)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def spark() -> Iterator[Engine]:
    """The cluster's engine, in this process; it needs Java, which `make system` sees to."""
    engine = SparkEngine(STORY.facts(), master="local[1]", settings=SPARK_SETTINGS)
    yield engine
    engine.close()


@pytest.mark.parametrize("path", published(), ids=lambda path: path.stem)
def test_the_same_rows(path: Path, duck: Engine, spark: Engine) -> None:
    """Subjects, times, scores, money, evidence, persons, institutions, numbers: all of them."""
    rule = load_rule(path)
    hits = run_rule(duck, rule, {})
    assert run_rule(spark, rule, {}) == hits
    if rule.id in TOLD:
        assert hits != []


def test_nothing_is_drawn(duck: Engine) -> None:
    """A long query draws no bar: what a command prints may be read by a program."""
    (drawn,) = duck.ask(query_of("SELECT current_setting('enable_progress_bar') AS drawn"), 60).to_pylist()
    assert drawn == {"drawn": False}


def test_a_difference_is_seen(duck: Engine, spark: Engine, tmp_path: Path) -> None:
    """Casting a fraction differs between the two; the comparison finds a rule that does."""
    path = tmp_path / "fraction.sql"
    text = (Path(__file__).parent / "fraction.sql").read_text("utf-8")
    path.write_text(text, "utf-8")
    rule = load_rule(path)
    assert run_rule(duck, rule, {}) != run_rule(spark, rule, {})


def test_an_error_of_spark_is_told(spark: Engine, tmp_path: Path) -> None:
    """A column that does not exist is named with file and line."""
    path = tmp_path / "fraction.sql"
    path.write_text((Path(__file__).parent / "fraction.sql").read_text("utf-8").replace("seq", "sequel"), "utf-8")
    with pytest.raises(Misuse, match=r"fraction\.sql:\d+: .*sequel"):
        run_rule(spark, load_rule(path), {})


def test_too_little_memory_is_told_as_such() -> None:
    """With the setting of Spark's to raise, also when the driver ended by it; a faulty rule stays one."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.reconcile.rules.starved"], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == [
        "rule-failed [UNRESOLVED_COLUMN.WITH_SUGGESTION]",
        "rule-needs-memory spark.driver.maxResultSize",
        "rule-needs-memory spark.driver.memory",
    ]
