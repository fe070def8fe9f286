"""Rule files are read strictly: each fault is named with its file and line, before anything runs."""

from __future__ import annotations

import re
from argparse import Namespace
from pathlib import Path
from typing import cast

import pytest
from sqlglot import exp, parse_one

from ledger.cli.exits import Exit, exit_of
from ledger.errors import FormatError, Misuse, Unavailable
from ledger.reconcile.rules import duck
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.rule import Rule, load_rule, load_rules, published, set_parameters
from ledger.reconcile.rules.run import run_rule
from ledger.texts import PROBLEMS
from tests.house.tree import REPOSITORY
from tests.reconcile.facts_kit import Story

PAGE = (REPOSITORY / "docs" / "formats" / "rule.md").read_text("utf-8")
EXAMPLE = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)[0]


def written(folder: Path, *changes: tuple[str, str]) -> Path:
    """Write the page's example with some texts replaced."""
    text = EXAMPLE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = folder / "two-names.sql"
    path.write_text(text, "utf-8")
    return path


def refused(path: Path) -> str:
    """Return what is said of a file that is no rule."""
    with pytest.raises(FormatError) as caught:
        load_rule(path)
    return f"{caught.value.code} {caught.value.detail}"


def line_of(path: Path, text: str) -> int:
    """Return the line on which a text stands."""
    return path.read_text("utf-8").partition(text)[0].count("\n") + 1


def test_the_example_of_the_page_runs(tmp_path: Path) -> None:
    """What the docs show is a rule, and finds what it says."""
    story = Story()
    pack = story.stock(story.aspirin, story.here)
    story.event("inspecting", pack, story.here, day=3)
    story.rows["custody"][-1]["product"] = "8999999"
    engine = DuckEngine(story.facts(), memory_mib=512, threads=1)
    assert [hit.subject for hit in run_rule(engine, load_rule(written(tmp_path)), {})] == [pack]
    assert run_rule(engine, load_rule(written(tmp_path)), {"products_min": 3}) == []
    engine.close()


@pytest.mark.parametrize(
    ("old", "new", "at", "cause"),
    [
        ('grain = "pack"', 'grain = "box"', 'grain = "box"', "Invalid enum value"),
        ('severity = "low"', "", "/*", "severity"),
        ('severity = "low"', 'severity = "low"\ncolour = "red"', "colour", "colour"),
        ('zh = "一码两品"', "", "[title]", "zh"),
        ('zh = "一码两品"', 'zh = ""', 'zh = ""', "length"),
        ('id = "two-names"', 'id = "other"', "id =", "file's name"),
        ("default = 2", "default = 1", "[parameters.products_min]", "2 to"),
        ("default = 2", "default = 2.5", "default", "float"),
        ('why = "More', 'because = "More', "because", "because"),
        ('source = "an example"', "source = an example", "source", ""),
        ("{products}", "{product}", "[sentence]", "{product} is no column"),
        ("{products}", "{products:d}", "[sentence]", "a word for one and a word for more"),
        ("{products}", "{products!r}", "[sentence]", "is no column"),
        ("{products}", "{products.real}", "[sentence]", "is no column"),
        ("{products}", "{evidence}", "[sentence]", "sentence.en: {evidence} is no column"),
        (":product|products}", ":products}", "[sentence]", "a word for one and a word for more"),
        (":product|products}", ":product|products|many}", "[sentence]", "a word for one and a word for more"),
        (":product|products}", ":|products}", "[sentence]", "a word for one and a word for more"),
        (":product|products}", ":product | products}", "[sentence]", "a word for one and a word for more"),
        (":product|products}", ":product|{products}}", "[sentence]", "a word for one and a word for more"),
        (":product|products}", ":product|product}", "[sentence]", "says the same for one and for more"),
        ("{products:product", "{product:product", "[sentence]", "{product} is no column"),
        ("为{products}个", "为{products:个|些}", "[sentence]", "sentence.zh: {products:个|些} stands in English only"),
        ("$products_min", "2", "[parameters.products_min]", "products_min is never used"),
        ("$products_min", "$many + $products_min", "HAVING", "$many is not declared"),
        ("0 AS cents,", "", "SELECT", "no column cents"),
        ("AS products", "AS cents", "SELECT", "cents twice"),
        ("count(DISTINCT product) AS products", "*", "SELECT", "names each of its columns"),
        ("FROM live_custody", "FROM invoice", "SELECT", "scope code may not read invoice"),
        ("GROUP BY code", "GROUP BY (code", "HAVING", "not SQL"),
        ('scope = "code"', 'scope = "person"', "/*", "grain"),
    ],
)
def test_each_fault_has_its_line(tmp_path: Path, old: str, new: str, at: str, cause: str) -> None:
    """The header's faults at their key, the SELECT's where it begins or at the word."""
    path = written(tmp_path, (old, new))
    said = refused(path)
    assert said.startswith(f"rule-malformed two-names.sql:{line_of(path, at)}: ")
    assert cause in said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("FROM live_custody", "FROM read_csv('/etc/passwd')"),
        ("FROM live_custody", "FROM 'secret.parquet'"),
        ("FROM live_custody", "FROM information_schema.tables"),
        ("FROM live_custody", "FROM duckdb_settings()"),
        ("FROM live_custody", "FROM other.custody"),
        ("FROM live_custody", "FROM (SELECT * FROM live_custody) TABLESAMPLE 10%"),
        ("FROM live_custody", "FROM query('SELECT 1')"),
        ("max(recorded)", "current_timestamp"),
        ("max(recorded)", "now()"),
        ("max(recorded)", "CAST(random() * 100 AS BIGINT)"),
        ("max(recorded)", "getvariable('x')"),
        ("max(recorded)", "nextval('x')"),
        ("max(recorded)", "java_method('java.lang.System', 'exit', 1)"),
        ("max(recorded)", "any_value(recorded)"),
        ("max(recorded)", "max(list_transform([recorded], x -> x))"),
        ("SELECT\n  code", "WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT 1 FROM a) SELECT\n  code"),
        ("SELECT\n  code", "WITH custody AS (SELECT 1) SELECT\n  code"),
    ],
)
def test_what_a_rule_may_not_say(tmp_path: Path, old: str, new: str) -> None:
    """Files, settings, clocks, chance, other databases: named with their line."""
    path = written(tmp_path, (old, new))
    said = refused(path)
    assert re.match(r"rule-not-allowed two-names\.sql:\d+: ", said), said


@pytest.mark.parametrize(
    "text", ["COPY custody TO 'x'", "ATTACH 'x'", "SELECT 1; SELECT 2", "DROP TABLE custody", "PRAGMA version", ""]
)
def test_a_rule_is_one_select(tmp_path: Path, text: str) -> None:
    """No other statement, and not two."""
    path = tmp_path / "two-names.sql"
    path.write_text(EXAMPLE.partition("*/")[0] + "*/\n" + text, "utf-8")
    assert refused(path).startswith("rule-malformed two-names.sql:")


@pytest.mark.parametrize("data", [b"", b"SELECT 1", b"/* id = 1", b"/*\xff*/", b"x /* */", b"/*" + b" " * 70_000])
def test_what_is_no_rule_at_all(tmp_path: Path, data: bytes) -> None:
    """An empty file, one without a header, one that is no text, one that is too long."""
    path = tmp_path / "x.sql"
    path.write_bytes(data)
    assert refused(path).startswith("rule-malformed x.sql:1: ")


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    """A draft that would exhaust the parser is refused like any other."""
    path = written(tmp_path, ("max(recorded)", "(" * 5_000 + "1" + ")" * 5_000))
    assert "two-names.sql:" in refused(path)


def test_the_engine_itself_opens_nothing_else(tmp_path: Path) -> None:
    """Should the list of what may be said fail, DuckDB still reads no file, no setting and no object of ours."""
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n", "utf-8")
    rule = load_rule(written(tmp_path))
    engine = DuckEngine(Story().facts(), memory_mib=512, threads=1)
    for attempt in (f"read_csv('{secret}')", "story", "read_text('/etc/hostname')"):
        query = parse_one(f"SELECT * FROM {attempt}", read="duckdb")
        with pytest.raises(Misuse, match="rule-failed"):
            engine.ask(query, 10)  # type: ignore[arg-type]
    engine.close()
    assert rule.tables == {"live_custody"}


def test_a_rule_leaves_the_ledger_room_on_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit into memory goes to the disk, up to half of what is free there."""
    monkeypatch.setattr(duck, "disk_usage", lambda folder: Namespace(free=2 * 20 * 2**20))
    engine = DuckEngine(Story().facts(), memory_mib=64, threads=1)
    query = cast(exp.Query, parse_one("SELECT current_setting('max_temp_directory_size') AS most", read="duckdb"))
    assert engine.ask(query, 600).to_pylist() == [{"most": "20.0 MiB"}]
    engine.close()


def test_too_little_memory_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that needs more than it may take is not called faulty: the setting is named, and the next rule runs."""
    rule = load_rule(written(tmp_path))
    engine = DuckEngine(Story().facts(), memory_mib=64, threads=1)
    greedy = cast(exp.Query, parse_one("SELECT list(n) AS l FROM (SELECT unnest(range(90000000)) AS n)", read="duckdb"))
    ask = engine.ask
    with monkeypatch.context() as patch:
        patch.setattr(engine, "ask", lambda _query, seconds: ask(greedy, seconds))
        with pytest.raises(Unavailable) as caught:
            run_rule(engine, rule, {})
    assert str(caught.value) == f"rule-needs-memory: two-names.sql:{rule.line}: 64 MiB"
    assert exit_of(caught.value) is Exit.RUNTIME
    assert "rules_memory_mib" in PROBLEMS["rule-needs-memory"].do_en
    assert run_rule(engine, rule, {}) == []
    engine.close()


def test_too_long_is_stopped(tmp_path: Path) -> None:
    """A join without a key does not run for ever; the next rule runs."""
    path = written(tmp_path, ("FROM live_custody", "FROM live_custody, (SELECT unnest(range(0, 100000000)) AS n) AS m"))
    story = Story()
    for _ in range(2_000):
        story.event("inspecting", "x" * 20, story.here)
    engine = DuckEngine(story.facts(), memory_mib=512, threads=1)
    with pytest.raises(Misuse, match=r"rule-too-long: two-names\.sql:\d+: 1 seconds"):
        run_rule(engine, load_rule(path), {}, seconds=1)
    assert run_rule(engine, load_rule(written(tmp_path)), {}, seconds=60) == []
    engine.close()


def test_parameters_fit_or_are_refused(tmp_path: Path) -> None:
    """Unknown names, other types, values out of bounds."""
    rule = load_rule(written(tmp_path))
    assert rule.values({}) == {"products_min": 2}
    assert rule.values({"products_min": 5}) == {"products_min": 5}
    for given in ({"products": 5}, {"products_min": "5"}, {"products_min": 1}, {"products_min": True}):
        with pytest.raises(Misuse, match="rule-parameter"):
            rule.values(given)


def test_a_parameter_goes_to_whom_it_is_for(tmp_path: Path) -> None:
    """With a rule's name to that rule, without to all that have it; to none is a mistake."""
    rules, _ = load_rules(published())
    given = set_parameters(rules, {"settled-twice.wait_days": 45, "packs_min": 7})
    assert given["settled-twice"] == {"wait_days": 45}
    assert given["no-invoice"] == given["misdirected-flow"] == {"packs_min": 7}
    assert given["dispensed-twice"] == {}
    for name in ("gap", "dispensed-twice.wait_days", "nothing.wait_days"):
        with pytest.raises(Misuse, match="rule-parameter"):
            set_parameters(rules, {name: 1})


def test_texts_are_bound_not_pasted(tmp_path: Path) -> None:
    """A text with a quote in it is a text, and a list of texts is a list."""
    path = written(
        tmp_path,
        ("default = 2", "default = [\"x' OR 'a'='a\", \"8000001\"]"),
        ("at_least = 2\n", ""),
        ("HAVING count(DISTINCT product) >= $products_min", "HAVING list_contains($products_min, max(product))"),
    )
    story = Story()
    pack = story.stock(story.aspirin, story.here)
    engine = DuckEngine(story.facts(), memory_mib=512, threads=1)
    rule = load_rule(path)
    assert run_rule(engine, rule, {}) == []
    assert [hit.subject for hit in run_rule(engine, rule, {"products_min": [story.aspirin.id]})] == [pack]
    engine.close()


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("50 AS score", "150 AS score", "a score is 0 to 100"),
        ("50 AS score", "NULL AS score", "a row without score"),
        ("list(log_index)", "list(CASE WHEN log_index < 0 THEN 1 END)", "a row without evidence"),
        ("AS products", "/ 2 AS products", "products is double"),
        ("code AS subject", "'one' AS subject", "two rows for one subject"),
        ("list(party)", "list(act)", "institutions is"),
    ],
)
def test_rows_keep_their_promise(tmp_path: Path, old: str, new: str, cause: str) -> None:
    """Scores, evidence, whole numbers, one row a subject: what does not fit is named, and nothing is returned."""
    story = Story()
    story.stock(story.aspirin, story.here)
    story.stock(story.aspirin, story.here)
    path = written(tmp_path, (old, new), (">= $products_min", "< $products_min"))
    engine = DuckEngine(story.facts(), memory_mib=512, threads=1)
    with pytest.raises(Misuse, match=rf"rule-column: two-names\.sql:\d+: {cause}"):
        run_rule(engine, load_rule(path), {})
    engine.close()


@pytest.mark.parametrize("path", published(), ids=lambda path: path.stem)
def test_every_published_rule_has_cases_and_a_page(path: Path) -> None:
    """A rule without a test or a page is not published."""
    rule: Rule = load_rule(path)
    assert (REPOSITORY / "tests" / "reconcile" / "rules" / f"test_{rule.id.replace('-', '_')}.py").is_file()
    assert f"](rules/{rule.id}.md)" in (REPOSITORY / "docs" / "reference" / "rules.md").read_text("utf-8")
