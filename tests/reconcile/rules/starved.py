"""Asks Spark for more than it may take, in a process of its own: the driver ends by it. Prints what each is told as."""

from __future__ import annotations

from sqlglot import exp, parse_one

from ledger.errors import LedgerError
from ledger.reconcile.rules.spark import SparkEngine
from tests.reconcile.rules.test_engines import SPARK_SETTINGS

_STARVED = SPARK_SETTINGS | {"spark.driver.memory": "480m", "spark.driver.maxResultSize": "1m"}
_ASKED = (
    "SELECT nothing FROM recall",
    "SELECT id, REPEAT('x', 100) AS text FROM RANGE(300000)",
    "SELECT COLLECT_LIST(id) AS all FROM RANGE(60000000)",
)

if __name__ == "__main__":
    engine = SparkEngine({}, master="local[1]", settings=_STARVED)
    for text in _ASKED:
        query = parse_one(text, read="spark")
        assert isinstance(query, exp.Query)
        try:
            engine.ask(query, 300)
        except LedgerError as error:
            print(error.code, error.detail.partition(" ")[0])
