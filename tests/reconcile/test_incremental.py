"""What a run computes again after new facts, and what it leaves, is what a full run finds."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ledger.errors import Misuse
from ledger.reconcile.facts import KEPT_WHOLE
from ledger.reconcile.rules import memory, scope
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.engine import Facts
from ledger.reconcile.rules.hit import Hit
from ledger.reconcile.rules.results import Results
from ledger.reconcile.rules.rule import Rule, load_rules, published
from ledger.reconcile.rules.run import Outcome, run_rules, run_since
from tests.reconcile.facts_kit import Story
from tests.reconcile.rules_kit import found, tell_everything

RULES, _ = load_rules(published())
STORY, _ = tell_everything()
TABLES = STORY.facts()
# How often the story is cut into parts anew.
SPLITS = 2
# The columns that name a statement.
INDEXES = {"log_index", "corrects", "number", "party", "site", "destination", "institution", "seller", "buyer"}


def engine_over(facts: Facts) -> DuckEngine:
    """Open the embedded engine."""
    return DuckEngine(facts, memory_mib=512, threads=2)


def outcomes(folder: Path, story: Story, size: int, **more: Any) -> list[Outcome]:
    """Run the catalogue over a story so far, on top of the last run in that folder."""
    rules, given = more.get("rules", RULES), more.get("given", {})
    facts = _so_far(size) if story is STORY else story.facts(size)
    ran = list(run_since(engine_over, facts, b"", size, rules, given, folder, anew=more.get("anew", False)))
    assert [outcome.problem for outcome in ran] == [None] * len(ran)
    return ran


def _so_far(size: int) -> dict[str, pa.Table]:
    """Return the great story's tables as they were when the log had so many statements."""
    return {name: rows_before(table, name, size) for name, table in TABLES.items()}


def rows_before(table: pa.Table, name: str, size: int) -> pa.Table:
    """Return the rows of a table that the first statements made, so many."""
    return table.filter(pc.field("number" if name in KEPT_WHOLE else "log_index") < size)


def run(folder: Path, story: Story, size: int, **more: Any) -> dict[str, list[Hit]]:
    """Do the same; return what each rule found."""
    return {outcome.rule.id: outcome.hits for outcome in outcomes(folder, story, size, **more)}


def full(folder: Path, story: Story, size: int) -> dict[str, list[Hit]]:
    """Run everything over a story so far, and forget it."""
    return run(folder / "full", story, size, anew=True)


@pytest.mark.parametrize("number", range(SPLITS))
def test_the_same_as_a_full_run(tmp_path: Path, number: int) -> None:
    """A story told in parts, each run on top of the last, finds at each step what a full run finds."""
    for size in cuts(number):
        assert run(tmp_path / "results", STORY, size) == full(tmp_path, STORY, size)


def cuts(number: int) -> list[int]:
    """Return where the story is cut: anywhere, into large parts and some of few statements; the last is its end."""
    random = Random(number)
    cut = random.sample(range(1, STORY.size), 2)
    few = [min(each + random.randrange(1, 12), STORY.size) for each in cut]
    return sorted({*cut, *few, STORY.size - random.randrange(1, 12), STORY.size})


def test_what_is_taken_back_comes_alone(tmp_path: Path) -> None:
    """Each correction, reversal, return and recall is all that a run hears of its case: what it is about is older.

    The cases have nothing in common, so that they are told side by side: each up to what it takes back first, then
    what each takes back first, then each up to what it takes back next.
    """
    alone = taken_back()
    assert len(alone) == 31
    cuts = sorted({*alone, *(index + 1 for index in alone)})
    ends = [*STORY.begun[1:], STORY.size]
    bounds = zip(STORY.begun, ends, strict=True)
    cases = [[start, *(cut for cut in cuts if start < cut < end), end] for start, end in bounds]
    order, sizes = list(range(STORY.begun[0])), []
    for number in range(max(map(len, cases)) - 1):
        order += [index for case in cases if number + 1 < len(case) for index in range(case[number], case[number + 1])]
        sizes.append(len(order))
    assert sorted(order) == list(range(STORY.size))
    tables = in_order(order)
    for number, size in enumerate(sizes):
        facts = {name: rows_before(table, name, size) for name, table in tables.items()}
        ran = run_since(engine_over, facts, b"", size, RULES, {}, tmp_path / "results")
        found = [outcome.hits for outcome in ran]
        if number % 2:  # something was taken back
            ran = run_since(engine_over, facts, b"", size, RULES, {}, tmp_path / "full", anew=True)
            assert found == [outcome.hits for outcome in ran]


def taken_back() -> list[int]:
    """Return the log indexes of corrections, recalls, reversals and returns.

    Of many that follow each other, as when a shop takes back a month's settlements, the first and the last.
    """
    taking = {row["log_index"]: table for table in ("correction", "recall") for row in STORY.rows[table]}
    taking |= {row["log_index"]: "reversal" for row in STORY.rows["settlement"] if row["reverses"]}
    taking |= {row["log_index"]: "undo" for row in STORY.rows["custody"] if row["act"] == "undoing-dispense"}
    alone = [
        index for index, kind in sorted(taking.items())
        if not all(kind in (taking.get(index + step), taking.get(index + 2 * step)) for step in (-1, 1))
    ]  # fmt: skip
    assert {taking[index] for index in alone} == {"correction", "recall", "reversal", "undo"}
    return alone


def in_order(order: list[int]) -> dict[str, pa.Table]:
    """Return the great story's tables, its statements in another order."""
    place = pa.array(np.argsort(order))

    def moved(table: pa.Table) -> pa.Table:
        columns = {name: table.column(name) for name in table.column_names}
        columns |= {name: pc.take(place, column) for name, column in columns.items() if name in INDEXES}
        return pa.table(columns, schema=table.schema)

    return {name: moved(table) for name, table in TABLES.items()}


def test_a_scope_that_forgets_reversals_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were what is taken back not computed again, the comparison would fail."""
    story = Story()
    pack = story.stock(story.aspirin, story.here)
    wrong = story.dispense(pack, story.here, day=3)
    story.dispense(pack, story.near, day=9)
    run(tmp_path / "results", story, story.size)
    story.correct(wrong, day=10)
    shutil.copytree(tmp_path / "results", tmp_path / "again")
    assert found("dispensed-twice", story) == []
    assert run(tmp_path / "results", story, story.size)["dispensed-twice"] == []
    monkeypatch.setattr(scope, "_TAKEN_BACK", {})
    assert run(tmp_path / "again", story, story.size)["dispensed-twice"] != []


def test_only_what_changed_is_computed(tmp_path: Path) -> None:
    """An earlier run's row of a pack that nothing happened to is not looked at again, even if it is wrong."""
    run(tmp_path, STORY, STORY.size - 10)
    results = Results(tmp_path)
    before = results.before
    assert before is not None
    for rule in RULES:
        name = before.rules[rule.id][0]
        rows = results.rows(rule, name)
        assert rows is not None
        if rule.id == "dispensed-twice":
            rows = rows.slice(0, 1).set_column(0, "subject", pa.array(["nothing"]))
        results.write(rule, name, rows)
    for name in before.views:
        results.remember_again(name)
    results.finish(b"", before.size)
    assert [hit.subject for hit in run(tmp_path, STORY, STORY.size)["dispensed-twice"]].count("nothing") == 1
    assert [hit.subject for hit in full(tmp_path, STORY, STORY.size)["dispensed-twice"]].count("nothing") == 0


def test_when_much_has_changed_a_table_is_written_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered is a base and a delta; once the delta is large, it becomes part of the base."""
    rules = [rule for rule in RULES if rule.id == "dispensed-twice"]

    def kinds(size: int) -> list[str]:
        (outcome,) = outcomes(tmp_path, STORY, size, rules=rules)
        before = Results(tmp_path).before
        assert before is not None
        assert outcome.anew == (size == STORY.size // 2)
        return sorted(before.views)

    assert kinds(STORY.size // 2) == ["base_sale"]
    assert kinds(STORY.size * 5 // 8) == ["aged_sale", "base_sale", "delta_sale"]
    monkeypatch.setattr(memory, "DELTA_SHARE_MAX", 0)
    assert kinds(STORY.size) == ["base_sale"]
    assert run(tmp_path, STORY, STORY.size, rules=rules) == run(tmp_path / "full", STORY, STORY.size, rules=rules)


def test_views_that_nobody_reads_are_not_remembered(tmp_path: Path) -> None:
    """A run keeps what its rules read, through other views too; the next one is right without the rest."""
    of_rules = {"custody-gap": set(), "no-invoice": {"arrival", "stock"}, "dispensed-twice": {"sale"}}
    for name, views in of_rules.items():
        rules = [rule for rule in RULES if rule.id == name]
        run(tmp_path / name, STORY, STORY.size * 9 // 10, rules=rules)
        before = Results(tmp_path / name).before
        assert before is not None
        assert {each.removeprefix("base_") for each in before.views if "part" not in each} == views
        again = run(tmp_path / name, STORY, STORY.size, rules=rules)
        assert again == run(tmp_path / "full", STORY, STORY.size, rules=rules, anew=True)


@pytest.mark.parametrize(
    ("rule", "parameter", "value"),
    [("custody-gap", "wait_days", 3_660), ("impossible-travel", "km_min", 10_000)],
)
def test_another_parameter_begins_anew(tmp_path: Path, rule: str, parameter: str, value: int) -> None:
    """What was found with other parameters is not mixed with what is found now; and back."""
    rules = [each for each in RULES if each.id == rule]
    found = run(tmp_path, STORY, STORY.size, rules=rules)
    assert found[rule] != []
    assert run(tmp_path, STORY, STORY.size, rules=rules, given={rule: {parameter: value}})[rule] == []
    assert run(tmp_path, STORY, STORY.size, rules=rules) == found


def test_a_rule_that_fails_stops_no_other(tmp_path: Path) -> None:
    """Its problem names file and line; the rules before and after it are run."""
    broken = tmp_path / "broken.sql"
    text = (Path(__file__).parent / "rules" / "fraction.sql").read_text("utf-8")
    broken.write_text(text.replace('"fraction"', '"broken"').replace("seq + 1", "length(code) // 0 + seqq"), "utf-8")
    rules, problems = load_rules([broken])
    assert problems == []
    some: list[Rule] = [RULES[0], *rules, RULES[1]]
    engine = DuckEngine(STORY.facts(), memory_mib=512, threads=2)
    ran = list(run_rules(engine, some, {}))
    engine.close()
    assert [outcome.problem is None for outcome in ran] == [True, False, True]
    assert isinstance(ran[1].problem, Misuse)
    assert "broken.sql:28: " in ran[1].problem.detail
    assert "seqq" in ran[1].problem.detail
