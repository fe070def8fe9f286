"""A view that is computed once holds what is read of it, and more when somebody asks for more."""

from __future__ import annotations

import pytest

from ledger.limits import RULE_SECONDS_MAX
from ledger.reconcile.rules.columns import columns_read
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.views import query_of
from tests.reconcile.facts_kit import Story

VIEW = query_of("SELECT code, party, time, day FROM custody")
ALL = ["code", "party", "time", "day"]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("SELECT party FROM sale", ["party"]),
        ("SELECT s.Code FROM sale AS s WHERE s.day > 3", ["code", "day"]),
        ("SELECT code FROM sale JOIN other USING (time)", ["code", "time"]),
        ("SELECT count(*) FROM sale", ["code"]),
        ("SELECT time FROM custody", ["code"]),
        ("SELECT * FROM sale", ALL),
        ("SELECT sale.* FROM sale JOIN other ON true", ALL),
        ("SELECT count(s.*) FROM sale AS s", ALL),
        ("SELECT count(DISTINCT s) FROM sale AS s", ALL),
        ("SELECT x FROM sale AS s(x, y)", ALL),
        ("SELECT code FROM sale NATURAL JOIN other", ALL),
        ("WITH one AS (SELECT * FROM sale) SELECT party FROM one", ALL),
        ("WITH one AS (SELECT party FROM sale) SELECT * FROM one", ["party"]),
    ],
)
def test_columns_that_are_read(text: str, read: list[str]) -> None:
    """Whoever might read a column is taken to read it."""
    assert columns_read(VIEW, "sale", [query_of(text)]) == read


def test_what_nobody_had_told_is_computed_then() -> None:
    """A query that reads more of a view than was computed gets it, and the same rows."""
    story = Story()
    for day in (1, 2):
        story.sell(story.stock(story.aspirin, story.here), story.here, day=day)
    engine = DuckEngine(story.facts(), memory_mib=256, threads=1)
    twice = query_of("SELECT a.code FROM sale AS a JOIN sale AS b ON b.code = a.code")
    assert engine.ask(twice, RULE_SECONDS_MAX).num_rows == 2
    wide = query_of("SELECT a.*, b.time AS again FROM sale AS a JOIN sale AS b ON b.code = a.code")
    rows = engine.ask(wide, RULE_SECONDS_MAX)
    assert rows.num_rows == 2
    assert {"code", "person", "taken_back", "again"} <= set(rows.column_names)
    assert engine.ask(twice, RULE_SECONDS_MAX).num_rows == 2
    engine.close()
