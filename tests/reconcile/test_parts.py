"""Parts of rules: what is remembered of each code, person and statement, and what makes it be computed again.

That a run on top of another finds what a full run finds, whatever the rule, is shown in `test_incremental`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from ledger.errors import FormatError
from ledger.limits import RULE_SECONDS_MAX
from ledger.reconcile.rules import memory, results, run
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.engine import Facts
from ledger.reconcile.rules.hit import Hit
from ledger.reconcile.rules.key import CODE, PERSON, STATEMENT, Key, key_of
from ledger.reconcile.rules.memory import Memory
from ledger.reconcile.rules.results import Results
from ledger.reconcile.rules.rule import CATALOGUE, Rule, load_rule
from ledger.reconcile.rules.run import run_since
from ledger.reconcile.rules.scope import Changed
from ledger.reconcile.rules.sql import Sql
from ledger.reconcile.rules.views import query_of
from tests.reconcile.facts_kit import Story, person

GAP = load_rule(CATALOGUE / "custody-gap.sql")


def written(folder: Path, *changes: tuple[str, str]) -> Path:
    """Write the rule about gaps with some texts replaced."""
    text = (CATALOGUE / "custody-gap.sql").read_text("utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = folder / "custody-gap.sql"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ('scope = "all"', 'scope = "code"', "is for rules of scope all"),
        ('gap = ["code"]', 'hole = ["code"]', "is no WITH clause"),
        ("FROM odd AS o\n", "FROM odd AS o JOIN invoice AS i ON i.log_index = o.log_index\n", "may not read invoice"),
        ('gap = ["code"]', 'price = ["code"]', "returns no column code"),
        ('gap = ["code"]', 'gap = ["code + 1"]', "has a key that is no column"),
        ('gap = ["code"]', 'gap = ["(SELECT 1) AS code"]', "has a key that is no column"),
        ('gap = ["code"]', 'gap = []', "Expected `array` of length >= 1"),
        ('gap = ["code"]', 'gap = ["batch AS product"]', "may not read live_custody"),
        ("SELECT o.code, o.product, o.log_index", "SELECT o.*, o.code", "names each of its columns"),
        ("FROM odd AS o\n", "FROM odd AS o CROSS JOIN as_of\n", "may not read as_of"),
    ],
)  # fmt: skip
def test_what_cannot_be_remembered_is_refused(tmp_path: Path, old: str, new: str, cause: str) -> None:
    """A part is a clause about one key at a time, of facts that have it; what depends on the day is none."""
    with pytest.raises(FormatError, match=cause):
        load_rule(written(tmp_path, (old, new)))


def engine_over(facts: Facts) -> DuckEngine:
    """Open the embedded engine."""
    return DuckEngine(facts, memory_mib=256, threads=1)


def gaps(folder: Path, story: Story, rule: Rule = GAP) -> list[Hit]:
    """Run the rule on top of its last run."""
    (outcome,) = run_since(engine_over, story.facts(), b"", story.size, [rule], {}, folder)
    assert outcome.problem is None
    return outcome.hits


def odd(story: Story, day: float) -> str:
    """Let a pack come to a pharmacy that nobody had sent it to."""
    code = story.pack(story.aspirin, day=day)
    story.receive(code, story.here, day=day, anomalies="received-never-shipped")
    return code


def stored(folder: Path) -> Path:
    """Return the file of the part."""
    before = Results(folder).before
    assert before is not None
    (name,) = (file for view, file in before.views.items() if view.startswith("base_part_"))
    return folder / name


def test_time_passes_over_a_part(tmp_path: Path) -> None:
    """What a rule waits for falls due without a new fact about it."""
    story = Story()
    code = odd(story, day=1)
    assert gaps(tmp_path, story) == []
    story.passes(40)
    assert [hit.subject for hit in gaps(tmp_path, story)] == [code]


def test_only_what_changed_of_a_part_is_computed(tmp_path: Path) -> None:
    """Rows of codes that nothing happened to come from the last run; those of others do not, even if they are there."""
    story = Story()
    still, moved = odd(story, day=1), odd(story, day=1)
    story.passes(40)
    gaps(tmp_path, story)
    path = stored(tmp_path)
    rows = pq.read_table(path)
    pq.write_table(rows.set_column(4, "party", pc.add(rows.column("party"), 1_000_000)), path)
    story.ship(moved, story.here, story.near, day=41)
    found = {hit.subject: hit.institutions for hit in gaps(tmp_path, story)}
    assert found == {still: (story.here.party + 1_000_000,), moved: (story.here.party,)}


def test_a_part_of_another_version_is_not_used(tmp_path: Path) -> None:
    """With another text, the part is computed whole."""
    story = Story()
    code = odd(story, day=1)
    story.passes(40)
    gaps(tmp_path / "results", story)
    pq.write_table(pq.read_table(stored(tmp_path / "results")).slice(0, 0), stored(tmp_path / "results"))
    assert gaps(tmp_path / "results", story) == []
    other = load_rule(written(tmp_path, ("40 AS score,", "41 AS score,")))
    assert gaps(tmp_path / "results", story, other) == []  # it has the same part
    other = load_rule(written(tmp_path, ("o.time + 86400", "o.time + 86399")))
    assert [hit.subject for hit in gaps(tmp_path / "results", story, other)] == [code]


def test_null_is_a_key_like_any_other(tmp_path: Path) -> None:
    """What nobody is named for is counted together, is remembered, and is counted again when more comes or goes."""
    rule = load_rule(Path(__file__).parent / "rules" / "by-prescriber.sql")

    def packs() -> dict[str, Any]:
        return {hit.subject: hit.numbers["packs"] for hit in gaps(tmp_path, story, rule)}

    story = Story()
    wrong = story.dispense(story.stock(story.aspirin, story.here), story.here, day=3)
    story.dispense(story.stock(story.product("Insulin"), story.here), story.here, day=3)
    story.dispense(story.stock(story.aspirin, story.here), story.here, day=3, prescriber="Dr Wang")
    assert packs() == {"nobody": 2, person("Dr Wang"): 1}
    story.dispense(story.stock(story.aspirin, story.here), story.here, day=4)
    assert packs() == {"nobody": 3, person("Dr Wang"): 1}
    story.correct(wrong, day=5)
    assert packs() == {"nobody": 2, person("Dr Wang"): 1}


def test_what_nothing_happened_to_stands(tmp_path: Path) -> None:
    """Nothing of a table is written again when nothing came that it tells of, or when it is told the same."""
    rule = load_rule(Path(__file__).parent / "rules" / "by-prescriber.sql")

    def files() -> dict[str, str]:
        gaps(tmp_path, story, rule)
        before = Results(tmp_path).before
        assert before is not None
        return before.views

    story = Story()
    sold, other = story.stock(story.aspirin, story.here), story.stock(story.aspirin, story.here)
    story.dispense(sold, story.here, day=3)
    first = files()
    story.passes(5)
    story.ship(sold, story.here, story.near, day=6)  # its sale is as it was
    assert files() == first
    story.dispense(other, story.here, day=7)
    assert not first.items() & files().items()


def test_a_rule_about_packs_is_not_asked_when_no_pack_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it found stands; with the next pack it is asked, of that pack."""
    rule = load_rule(CATALOGUE / "dispensed-twice.sql")
    story = Story()
    twice, later = story.stock(story.aspirin, story.here), story.stock(story.aspirin, story.here)
    for day in (3, 30):
        story.dispense(twice, story.here, day=day)
    assert [hit.subject for hit in gaps(tmp_path, story, rule)] == [twice]
    story.prescribe(story.here, story.aspirin, day=31)
    with monkeypatch.context() as patch:
        patch.setattr(run, "_answered", lambda *told: pytest.fail("it was asked"))
        assert [hit.subject for hit in gaps(tmp_path, story, rule)] == [twice]
    for day in (32, 40):
        story.dispense(later, story.here, day=day)
    assert sorted(hit.subject for hit in gaps(tmp_path, story, rule)) == sorted([twice, later])


def test_a_part_that_fails_stops_no_other_rule(tmp_path: Path) -> None:
    """Also when only new facts make it fail, before its rule is asked; the next run finds what a whole one does."""
    text = (Path(__file__).parent / "rules" / "by-prescriber.sql").read_text("utf-8")
    broken = tmp_path / "by-prescriber.sql"
    number = "coalesce(CAST(prescriber AS BIGINT), log_index)"  # a pseudonym is none
    broken.write_text(text.replace("min(log_index) AS log_index", f"min({number}) AS log_index", 1), "utf-8")
    rules = [load_rule(broken), GAP]

    def look() -> dict[str, Any]:
        ran = run_since(engine_over, story.facts(), b"", story.size, rules, {}, tmp_path / "results")
        return {each.rule.id: each.problem.code if each.problem else [hit.subject for hit in each.hits] for each in ran}

    story = Story()
    story.dispense(story.stock(story.aspirin, story.here), story.here, day=3)
    assert look() == {"by-prescriber": ["nobody"], GAP.id: []}
    wrong = story.dispense(story.stock(story.aspirin, story.here), story.here, day=4, prescriber="Dr Wang")
    code = odd(story, day=5)
    story.passes(40)
    assert look() == {"by-prescriber": "rule-failed", GAP.id: [code]}
    story.correct(wrong, day=41)
    assert look() == {"by-prescriber": ["nobody"], GAP.id: [code]}


def test_a_key_is_reckoned_before_it_is_looked_for() -> None:
    """What is found by a key of arithmetic is what its condition says, with null, and has the columns of the facts."""
    key = key_of(["institution", "day // 28 AS period"])
    engine = engine_over({})
    engine.give("had", pa.table({"day": [27, 28, None, 60, 29], "institution": [1, 1, 1, None, 2]}))
    engine.give("wanted", pa.table({"institution": [1, 1, None], "period": [1, None, 2]}))
    query = Sql(f"SELECT * FROM ({key.of_facts('had', 'wanted')}) ORDER BY day", frozenset({"had", "wanted"}))
    rows = engine.ask(query, RULE_SECONDS_MAX)
    engine.close()
    assert rows.to_pydict() == {"day": [28, 60, None], "institution": [1, None, 1]}


def test_views_with_another_meaning_begin_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was remembered of a view that meant something else is not used."""
    story = Story()
    story.passes(40)
    gaps(tmp_path, story)
    assert Results(tmp_path).before is not None
    monkeypatch.setattr(results, "VIEWS_DIGEST", b"another")
    assert Results(tmp_path).before is None


def test_a_query_is_printed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run takes a rule's query as it was printed; with other parameters, or by another printer, anew."""
    story = Story()
    odd(story, day=1)
    printed: list[object] = []
    print_rule = memory.print_rule
    monkeypatch.setattr(memory, "print_rule", lambda *told: printed.append(told[1]["wait_days"]) or print_rule(*told))

    def look(days: int) -> None:
        given = {GAP.id: {"wait_days": days}}
        (outcome,) = run_since(engine_over, story.facts(), b"", story.size, [GAP], given, tmp_path)
        assert outcome.problem is None

    for days in (15, 15, 16, 16, 15):
        look(days)
    assert printed == [15, 16, 15]
    monkeypatch.setattr(results, "_PRINTER", "another")
    look(15)
    assert printed == [15, 16, 15, 15]


def changed(folder: Path, story: Story, size: int, key: Key, *reads: str) -> list[object]:
    """Return which keys changed in what is read, since the story had that size."""
    rule = load_rule(CATALOGUE / "card-lent.sql")
    (_,) = run_since(engine_over, story.facts(size), b"", size, [rule], {}, folder)
    before = Results(folder)
    engine = engine_over({**story.facts(), **(before.view_files() or {})})
    since = Changed(engine, size)
    Memory(engine, before, since, [rule])
    (column,) = key.names
    query = query_of(f"SELECT {column} FROM {since.keys(key, reads)} ORDER BY {column}")
    rows = engine.ask(query, RULE_SECONDS_MAX)
    engine.close()
    return list(rows.column(column).to_pylist())


def test_a_late_upload_touches_whoever_had_the_pack(tmp_path: Path) -> None:
    """Whose sale stands may change with a late upload about the same pack; and nobody else's."""
    story = Story()
    code = story.stock(story.aspirin, story.here)
    story.dispense(code, story.here, to="Li", day=3, hour=11)
    story.dispense(story.stock(story.aspirin, story.here), story.here, to="Zhao", day=3)
    size = story.size
    undone = story.undo(code, story.here, day=3, hour=11, minute=30, late_days=2)
    late = story.dispense(code, story.here, to="Wu", day=3, hour=12, late_days=2)
    assert changed(tmp_path, story, size, PERSON, "sale") == sorted([person("Li"), person("Wu")])
    assert changed(tmp_path, story, size, STATEMENT, "live_custody", "live_settlement") == [undone, late]
    assert changed(tmp_path, story, size, CODE, "sale") == [code]


def test_what_leaves_a_view_as_it_was_touches_nobody(tmp_path: Path) -> None:
    """A pack that goes on after its sale is looked at again; its sale is the same, and so are its buyer's visits."""
    story = Story()
    code = story.stock(story.aspirin, story.here)
    story.dispense(code, story.here, to="Li", day=3)
    size = story.size
    story.ship(code, story.here, story.near, day=5)
    assert changed(tmp_path, story, size, CODE, "sale") == [code]
    assert changed(tmp_path, story, size, PERSON, "sale") == []


def test_what_is_taken_back_is_a_statement_that_changed(tmp_path: Path) -> None:
    """A correction changes the event that it declares void; a reversal the settlement that it takes back."""
    story = Story()
    code = story.stock(story.aspirin, story.here)
    sold, settled = story.sell(code, story.here, day=3)
    size = story.size
    undone, reversed_ = story.correct(sold, day=4), story.reverse(settled, day=4)
    everything = ("live_custody", "live_settlement")
    assert changed(tmp_path, story, size, STATEMENT, *everything) == [sold, settled, reversed_]
    assert changed(tmp_path, story, size, PERSON, "live_settlement") == [person("Li")]
    assert undone == reversed_ - 1
