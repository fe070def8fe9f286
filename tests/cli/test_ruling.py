"""The commands about rules, over a ledger and its lake."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ledger.cli.line import app
from ledger.reconcile.rules.rule import CATALOGUE, load_rule, published
from tests.house.tree import REPOSITORY


def call(*arguments: str, code: int = 0) -> list[dict[str, Any]]:
    """Run a command with --json; return its documents."""
    done = CliRunner().invoke(app(), [*arguments, "--json"])
    assert done.exit_code == code, done.output
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small country's ledger with its lake."""
    folder = tmp_path_factory.mktemp("ruling")
    place = str(folder / "home")
    country = folder / "country"
    call("simulate", "--packs", "800", "--months", "2", "--out", str(country))
    call("init", "--origin", "t.example/1", "--home", place)
    call("enrol", str(country / "registrations.json"), "--home", place)
    call("record", str(country / "uploads.jsonl"), "--unsafe-clock-from-file", "--home", place)
    call("lake", "update", "--home", place)
    return place


def by_rule(documents: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Map rules to what was shown of them."""
    return {each["rule"]: each for each in documents}


def test_all_rules_are_listed() -> None:
    """Each with its version; and each can be shown, with its text."""
    listed = call("rules", "list")
    assert [each["id"] for each in listed] == [path.stem for path in published()]
    (shown,) = call("rules", "show", listed[0]["id"])
    assert shown["version"] == listed[0]["version"]
    assert "SELECT" in shown["text"]
    assert call("rules", "show", "nothing", code=1) == []


def test_the_five_checks_of_the_notice_are_named() -> None:
    """Each is made by a rule, and the list says by which."""
    made = {number: each["id"] for each in call("rules", "list") for number in each["notice_checks"]}
    assert sorted(made) == [1, 2, 3, 4, 5]
    assert (made[2], made[5]) == ("single-prescription-dose", "department-surge")
    shown = CliRunner().invoke(app(), ["rules", "list", "--lang", "zh"]).stdout
    for words in ("单张处方用量", "严重", "机构"):
        assert words in shown, words


def test_nothing_that_a_rule_says_is_cut_off() -> None:
    """Chinese has no blanks to break a line at."""
    header = load_rule(CATALOGUE / "settled-twice.sql").header
    shown = CliRunner().invoke(app(), ["rules", "show", "settled-twice", "--lang", "zh"]).stdout
    assert header.not_proof.zh in "".join(shown.split())


def test_a_run_and_the_next(home: str, tmp_path: Path) -> None:
    """The first computes everything, the second what changed; both find the same, and hits can be written."""
    first = by_rule(call("rules", "run", "--home", home, "--out", str(tmp_path / "hits")))
    assert first["dispensed-twice"]["hits"] > 0
    assert all(each["anew"] and each["problem"] is None for each in first.values())
    second = by_rule(call("rules", "run", "--home", home, "--out", str(tmp_path / "again")))
    assert not second["dispensed-twice"]["anew"]
    assert (tmp_path / "hits").read_bytes() == (tmp_path / "again").read_bytes()
    assert {json.loads(line)["rule"] for line in (tmp_path / "hits").read_text("utf-8").splitlines()} <= set(first)
    anew = by_rule(call("rules", "run", "--home", home, "--anew"))
    assert {name: each["hits"] for name, each in anew.items()} == {name: each["hits"] for name, each in first.items()}


def test_parameters_from_the_line_and_from_a_file(home: str, tmp_path: Path) -> None:
    """`--set` and a TOML file; what fits no rule is refused."""
    only = ("rules", "run", "--home", home, "--only", "no-invoice")
    most = by_rule(call(*only, "--set", "packs_min=1", "--set", "wait_days=1"))["no-invoice"]["hits"]
    file = tmp_path / "parameters.toml"
    file.write_text("[no-invoice]\npacks_min = 1000000\n", "utf-8")
    assert by_rule(call(*only, "--parameters", str(file)))["no-invoice"]["hits"] == 0 <= most
    assert call(*only, "--set", "packs=1", code=1) == []
    assert call(*only, "--set", "packs_min", code=1) == []
    assert call(*only, "--set", "packs_min=-1", code=1) == []
    assert call(*only, "--engine", "excel", code=1) == []


def test_a_draft_is_tried_and_nothing_remembered(home: str, tmp_path: Path) -> None:
    """The same rule under another name shares everything with the published one."""
    text = (CATALOGUE / "dispensed-twice.sql").read_text("utf-8")
    draft = tmp_path / "my-draft.sql"
    draft.write_text(text.replace('id = "dispensed-twice"', 'id = "my-draft"'), "utf-8")
    before = sorted(Path(home).rglob("*"))
    (told,) = call("rules", "backtest", str(draft), "--home", home)
    overlap = {each["rule"]: each for each in told["overlaps"]}
    assert overlap["dispensed-twice"]["same_subject"] == told["hits"] > 0
    assert sum(each["hits"] for each in told["months"]) == told["hits"]
    assert sorted(Path(home).rglob("*")) == before


def test_a_broken_draft_names_its_line(home: str, tmp_path: Path) -> None:
    """A draft that is no rule is refused with file and line."""
    draft = tmp_path / "fraction.sql"
    text = (REPOSITORY / "tests" / "reconcile" / "rules" / "fraction.sql").read_text("utf-8")
    draft.write_text(text.replace("FROM custody", "FROM read_csv('x')"), "utf-8")
    done = CliRunner().invoke(app(), ["rules", "backtest", str(draft), "--home", home])
    assert done.exit_code == 15
    assert "fraction.sql:29: READ_CSV('x') is not for rules" in done.output


def test_people_read_tables(home: str) -> None:
    """In both languages."""
    english = CliRunner().invoke(app(), ["rules", "run", "--home", home, "--lang", "en"])
    chinese = CliRunner().invoke(app(), ["rules", "show", "no-invoice", "--lang", "zh"])
    assert "dispensed-twice" in english.output
    assert "有货无票" in chinese.output
