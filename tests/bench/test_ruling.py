"""What the rules are measured on and beside: a crowd stays a country, and queries by hand ask what the rules ask."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from ledger.bench import ruling, seizing
from ledger.bench.crowd import copied_code, crowd_of
from ledger.bench.ruling import BY_HAND, asked_by_hand
from ledger.codes import product_of, read
from ledger.errors import Unavailable
from ledger.reconcile.facts import FACTS, KEPT_WHOLE
from ledger.reconcile.rules.rule import CATALOGUE
from ledger.settings import load_settings
from tests.reconcile.rules_kit import found, tell_everything, write_facts

STORY, _ = tell_everything()
QUERIES = sorted(BY_HAND.glob("*.sql"))
COPIES = 3
FORGETTING = {  # what an analyst might forget
    "custody-gap": ("sent.act = 'shipping'", "sent.act = 'nothing'"),
    "dispensed-twice": ("NOT beep", "true"),
    "settled-twice": ("a.split AND b.split", "false"),
}


def test_at_least_three_pack_rules_are_asked_by_hand() -> None:
    """Each query by hand has its rule."""
    assert len(QUERIES) >= 3
    assert {path.name for path in QUERIES} <= {path.name for path in CATALOGUE.glob("*.sql")}


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_by_hand_the_same_is_found(path: Path, tmp_path: Path) -> None:
    """In everything that the rules' own tests tell, guilty and innocent; a query that forgets a detail finds more."""
    files = write_facts(STORY, tmp_path)
    expected = [(hit.subject, hit.cents, hit.evidence) for hit in found(path.stem, STORY)]
    assert expected
    assert asked_by_hand(path, files) == expected
    wrong = tmp_path / path.name
    wrong.write_text(path.read_text("utf-8").replace(*FORGETTING[path.stem]), "utf-8")
    assert asked_by_hand(wrong, files) != expected


def test_a_benchmark_of_two_different_questions_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that finds something else than the query by hand is not measured beside it."""
    files = write_facts(STORY, tmp_path)
    monkeypatch.setattr(ruling, "asked_by_hand", lambda path, files: [("x", 1, (1,))])
    with pytest.raises(Unavailable) as met:
        ruling._beside(QUERIES[0], files, rounds=1)
    assert met.value.code == "bench-broken"


def test_a_run_that_finds_something_else_is_not_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were what is new forgotten, the comparison with a whole run would stop the benchmark."""
    crowd = crowd_of(write_facts(STORY, tmp_path), 1, 0.5, tmp_path / "crowd")
    monkeypatch.setattr(ruling, "published", lambda: [CATALOGUE / path.name for path in QUERIES])
    monkeypatch.setattr(ruling, "_apart", lambda work, files, size, results: work(files, size, results))
    assert ruling._catalogue(tmp_path / "sound", crowd, 1, lambda line: None)
    blind = ruling._all
    monkeypatch.setattr(
        ruling, "_all",
        lambda files, size, results: blind(crowd.old if "again" in results.name else files, size, results),
    )  # fmt: skip
    with pytest.raises(Unavailable) as met:
        ruling._catalogue(tmp_path / "blind", crowd, 1, lambda line: None)
    assert met.value.code == "bench-broken"


def test_a_crowd_is_a_country(tmp_path: Path) -> None:
    """Each fact stands there once a copy; codes stay codes of their products, and nobody is in two copies."""
    files = write_facts(STORY, tmp_path)
    crowd = crowd_of(files, COPIES, 0.25, tmp_path / "crowd")
    held = STORY.facts()
    for name in FACTS:
        copies = 1 if name == "product" else COPIES
        assert _count(crowd.whole[name], "true") == copies * held[name].num_rows, name
        if name not in KEPT_WHOLE:
            assert _count(crowd.whole[name], f"log_index >= {crowd.size}") == 0
            assert _count(crowd.old[name], f"log_index >= {crowd.first_new}") == 0
    assert crowd.count == sum(_count(crowd.whole[name], "true") for name in FACTS)
    old = sum(_count(crowd.old[name], "true") for name in FACTS if name not in KEPT_WHOLE)
    every = sum(_count(crowd.whole[name], "true") for name in FACTS if name not in KEPT_WHOLE)
    assert 0.74 < old / every < 0.76
    codes = set(held["pack"].column("code").to_pylist())
    copied = {copied_code(code, copy, COPIES) for code in codes for copy in range(COPIES)}
    assert len(copied) == COPIES * len(codes)
    assert {code for (code,) in _rows(crowd.whole["pack"], "code")} == copied
    persons = {person for person in held["settlement"].column("person").to_pylist() if person}
    assert len(_rows(crowd.whole["settlement"], "DISTINCT person", "person IS NOT NULL")) == COPIES * len(persons)


def test_codes_of_a_copied_list_can_be_read() -> None:
    """National codes and those of GS1, as a scanner gives them; a torn label is there as often."""
    lines = ["89900110000000071234", "010952123454321321SYN000000007", "899001100????071234"]
    copied = seizing._copied_list(lines, COPIES).decode().splitlines()
    assert copied.count(lines[2]) == COPIES
    keys = [read(line.encode()).key for line in copied if "?" not in line]
    assert len(set(keys)) == 2 * COPIES
    assert {product_of(key) for key in keys} == {"8990011", "09521234543213"}


def test_the_benchmark_runs_with_what_the_setting_allows(tmp_path: Path) -> None:
    """Memory is that of the default."""
    assert load_settings(tmp_path, {}).rules_memory_mib == ruling._MEMORY_MIB == seizing._MEMORY_MIB


def _rows(held: object, columns: str, where: str = "true") -> list[tuple[object, ...]]:
    query = f"SELECT {columns} FROM read_parquet($files) WHERE {where}"
    return duckdb.execute(query, {"files": held}).fetchall()


def _count(held: object, where: str) -> int:
    return len(_rows(held, "1", where))
