"""What a run computes again after new facts, and what it leaves, is what a full run finds."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import Misuse
from ledger.reconcile.rules import scope
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.hit import Hit
from ledger.reconcile.rules.results import Results
from ledger.reconcile.rules.rule import Rule, load_rules, published
from ledger.reconcile.rules.run import run_rules
from ledger.reconcile.rules.scope import Since
from tests.reconcile.facts_kit import Story, found, tell_everything

RULES, _ = load_rules(published())
STORY, _ = tell_everything()
STEPS = 12


def run(folder: Path | None, story: Story, size: int, since: Since | None, **more: Any) -> dict[str, list[Hit]]:
    """Run the catalogue over a story so far; return what each rule found, and remember it in the folder."""
    engine = DuckEngine(story.facts(size), memory_mib=512, threads=2)
    results = None if folder is None else Results(folder)
    try:
        outcomes = list(run_rules(engine, RULES, more.get("given", {}), results=results, since=since))
    finally:
        engine.close()
    if results is not None:
        results.finish(b"", Since(size, story.recorded(size)))
    assert [outcome.problem for outcome in outcomes] == [None] * len(outcomes)
    return {outcome.rule.id: outcome.hits for outcome in outcomes}


def test_the_same_as_a_full_run(tmp_path: Path) -> None:
    """A story told in a dozen parts, each run on top of the last, finds at each step what a full run finds."""
    since = None
    for step in range(1, STEPS + 1):
        size = STORY.size * step // STEPS
        assert run(tmp_path / "results", STORY, size, since) == run(None, STORY, size, None)
        since = Since(size, STORY.recorded(size))


def test_what_is_taken_back_comes_alone(tmp_path: Path) -> None:
    """Each correction, reversal, return and recall is the last statement of one run: what it is about is older."""
    taking = [row["log_index"] for table in ("correction", "recall") for row in STORY.rows[table]]
    taking += [row["log_index"] for row in STORY.rows["settlement"] if row["reverses"]]
    taking += [row["log_index"] for row in STORY.rows["custody"] if row["act"] == "undoing-dispense"]
    since = None
    for index in sorted(taking):
        last = run(tmp_path / "results", STORY, index + 1, since)
        since = Since(index + 1, STORY.recorded(index + 1))
    assert last == run(None, STORY, max(taking) + 1, None)


def test_a_scope_that_forgets_reversals_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were what is taken back not computed again, the comparison would fail."""
    story = Story()
    pack = story.stock(story.aspirin, story.here)
    wrong = story.dispense(pack, story.here, day=3)
    story.dispense(pack, story.near, day=9)
    size = story.size
    run(tmp_path / "results", story, size, None)
    story.correct(wrong, day=10)
    since = Since(size, story.recorded(size))
    shutil.copytree(tmp_path / "results", tmp_path / "again")
    assert found("dispensed-twice", story) == []
    assert run(tmp_path / "results", story, story.size, since)["dispensed-twice"] == []
    monkeypatch.setattr(scope, "_TAKEN_BACK", "SELECT {column} FROM custody WHERE log_index >= {size}")
    assert run(tmp_path / "again", story, story.size, since)["dispensed-twice"] != []


def test_only_what_changed_is_computed(tmp_path: Path) -> None:
    """An earlier run's row of a pack that nothing happened to is not looked at again, even if it is wrong."""
    size = STORY.size - 10
    run(tmp_path, STORY, size, None)
    results = Results(tmp_path)
    rule = next(rule for rule in RULES if rule.id == "dispensed-twice")
    known = results.before
    assert known is not None
    name = known.rules[rule.id][0]
    rows = results.rows(rule, name)
    assert rows
    invented = [Hit(**{**{field: getattr(rows[0], field) for field in Hit.__struct_fields__}, "subject": "nothing"})]
    for each in RULES:
        kept = results.rows(each, known.rules[each.id][0]) or []
        results.write(each, known.rules[each.id][0], invented if each is rule else kept)
    results.finish(b"", known.since)
    after = run(tmp_path, STORY, STORY.size, known.since)
    assert [hit.subject for hit in after[rule.id] if hit.subject == "nothing"] == ["nothing"]


def test_another_parameter_begins_anew(tmp_path: Path) -> None:
    """What was found with other parameters is not mixed with what is found now."""
    since = Since(STORY.size, STORY.recorded(STORY.size))
    run(tmp_path, STORY, STORY.size, None)
    given = {"misdirected-flow": {"packs_min": 100}}
    assert run(tmp_path, STORY, STORY.size, since, given=given)["misdirected-flow"] == []


def test_a_rule_that_fails_stops_no_other(tmp_path: Path) -> None:
    """Its problem names file and line; the rules before and after it are run."""
    broken = tmp_path / "broken.sql"
    text = (Path(__file__).parent / "rules" / "fraction.sql").read_text("utf-8")
    broken.write_text(text.replace('"fraction"', '"broken"').replace("seq + 1", "length(code) // 0 + seqq"), "utf-8")
    rules, problems = load_rules([broken])
    assert problems == []
    some: list[Rule] = [RULES[0], *rules, RULES[1]]
    engine = DuckEngine(STORY.facts(), memory_mib=512, threads=2)
    outcomes = list(run_rules(engine, some, {}))
    engine.close()
    assert [outcome.problem is None for outcome in outcomes] == [True, False, True]
    assert isinstance(outcomes[1].problem, Misuse)
    assert "broken.sql:28: " in outcomes[1].problem.detail
    assert "seqq" in outcomes[1].problem.detail
