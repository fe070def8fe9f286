"""The benchmarks run and write their page; how fast they are is never a test."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from pathlib import Path

import pytest

from ledger.bench import BENCHMARKS, Row, Scale, run
from ledger.bench.measure import Spread, Times
from ledger.bench.memory import watched
from ledger.bench.page import page_of
from ledger.bench.raw import raw_writer
from ledger.bench.rivals import rivals_at
from ledger.bench.scene import open_scene
from ledger.bench.tape import Tape, Writing
from ledger.errors import Misuse, Unavailable
from ledger.store import tables
from ledger.store.database import Database
from ledger.store.schema import upgrade
from ledger.texts import PROBLEMS
from tests.postgres import fresh_database

TINY = Scale(
    name="tiny", rounds=1, events=40, shipment_packs=30, shipments=1, growth_links=(100, 1_000),
    trace_packs=40, traces=20, verify_statements=40, verify_links=200, lake_packs=40, lake_sales=20,
    rules_packs=400, rules_months=1, rules_facts=9_000, seize_found=100, seize_months=2, seize_packs=200,
)  # fmt: skip
ONE = Spread(1.0, 2.0, 3.0)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_each_benchmark_gives_finite_figures_and_writes_them(name: str, tmp_path: Path) -> None:
    """Every figure and ratio is a positive number, and the page has a line for each."""
    page = tmp_path / "reference" / "performance.md"
    rows = run([name], scale=TINY, write=page)
    lines = page.read_text("utf-8").splitlines()
    assert rows
    for row in rows:
        for spread in filter(None, [row.value, row.ratio]):
            assert isfinite(spread.most)
            assert 0 < spread.least <= spread.median <= spread.most
        assert sum(line.startswith(f"| {row.database} | {row.figure} |") for line in lines) == 1


def test_one_pack_runs_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    """Against a server, its settings stand on the page, and nothing of the benchmark is left behind."""
    page = tmp_path / "performance.md"
    rows = run(["one-pack"], scale=TINY, databases={"postgresql": postgres_url}, write=page)
    assert {row.database for row in rows} == {"postgresql"}
    assert "fsync on" in page.read_text("utf-8")
    database = Database(postgres_url)
    with database.read() as connection:
        names = connection.exec_driver_sql("SELECT datname FROM pg_database").scalars()
        assert [name for name in names if name.startswith("packledger_bench_")] == []
    database.close()


@pytest.fixture
def twin_url(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the address of a second empty database of the same kind."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'twin.db'}"
        return
    with fresh_database(request.getfixturevalue("postgres_server")) as url:
        yield url


def test_the_limit_writes_the_very_rows(database_url: str, twin_url: str, tmp_path: Path) -> None:
    """What was caught and written raw into a twin is, table by table, what `record` wrote."""
    twin = Database(twin_url)
    with open_scene(tmp_path / "home", database_url) as scene:
        tape = Tape(scene.ledger.database)
        start = _contents(scene.ledger.database)
        codes = scene.stock(600)  # each pharmacy is sent enough packs that they are written as alike
        scene.record(scene.dispensings(codes[:300]))
        upgrade(twin)
        writer = raw_writer(twin)
        for group in tape.take():
            writer.write(writer.prepare(group))
        writer.close()
        ours, raw = _contents(scene.ledger.database), _contents(twin)
    twin.close()
    for name in ("entry", "link_page", "pack", "anomaly", "checkpoint"):
        assert raw[name] == ours[name] - start[name], name
    assert raw["tile"] <= ours["tile"]
    assert raw["tile"]


def _contents(database: Database) -> dict[str, set[tuple[object, ...]]]:
    with database.read() as connection:
        everything = tables.metadata.sorted_tables
        return {table.name: {tuple(row) for row in connection.execute(table.select())} for table in everything}


def test_the_trigger_chain_hangs_together(database_url: str) -> None:
    """Its second row of a code holds the hash of the first, so that it does the work that it is compared for."""
    facts = [("a", b"1"), ("b", b"2"), ("a", b"3")]
    with rivals_at(database_url, lambda submissions: [facts]) as rivals:
        assert rivals["trigger chain"]([]) > 0
        chain = Database(f"{database_url}.chain" if database_url.startswith("sqlite") else database_url)
        with chain.read() as connection:
            rows = connection.exec_driver_sql("SELECT code, seq, prev, hash FROM trigger_chain ORDER BY id").all()
        chain.close()
    assert [(row[0], row[1]) for row in rows] == [("a", 0), ("b", 0), ("a", 1)]
    assert bytes(rows[2][2]) == bytes(rows[0][3])
    assert bytes(rows[0][2]) == bytes(32)


def test_a_ratio_is_the_limit_over_ours() -> None:
    """Verification and insertion add up to the limit; twice its time is half of it."""
    assert Times(ours=[4.0], verifying=[1.5], writing=[0.5]).ratios() == [0.5]


def row(benchmark: str = "trace", **members: object) -> Row:
    """Return a figure of one millisecond or so."""
    return Row(benchmark=benchmark, database="sqlite", figure="x", value=ONE, unit="ms", **members)  # type: ignore[arg-type]


def test_goals_bind_on_their_own_side() -> None:
    """The median of the ratio decides where there is one, else that of the value."""
    assert row().reached is None
    assert row(goal=2.0).reached is True
    assert row(goal=2.1).reached is False
    assert row(goal=1.9, at_least=False).reached is False
    assert row(goal=0.6, ratio=Spread(0.1, 0.5, 0.9)).reached is False
    assert "at most 1.9: missed" in page_of([row(goal=1.9, at_least=False)], TINY, [])


def test_an_unknown_name_is_refused() -> None:
    """A benchmark that there is not is said to be unknown before anything runs."""
    with pytest.raises(Misuse) as met:
        run(["one-pack", "two-pack"], scale=TINY)
    assert met.value.code == "bench-unknown"


def test_whoever_asks_for_an_unknown_one_is_told_all_that_there_are() -> None:
    """In both languages."""
    told = PROBLEMS["bench-unknown"]
    for names in (told.do_en.split("Choose of ")[1].split("; ")[0].rstrip("."), told.do_zh[3:].split(" 中")[0]):
        assert names.replace("、", ", ").strip().split(", ") == list(BENCHMARKS)


def test_work_that_goes_wrong_is_not_measured(sqlite_url: str, tmp_path: Path) -> None:
    """A pack that is dispensed twice stops the benchmark: it would measure something else than it says."""
    with open_scene(tmp_path / "home", sqlite_url) as scene:
        (code,) = scene.stock(1)
        scene.record([scene.dispensing(scene.tills[0], code)])
        with pytest.raises(Unavailable) as met:
            scene.record([scene.dispensing(scene.tills[9], code)])
    assert met.value.code == "bench-broken"


def test_an_empty_tape_gives_nothing(sqlite_url: str, tmp_path: Path) -> None:
    """A second look finds only what came since the first."""
    with open_scene(tmp_path / "home", sqlite_url) as scene:
        tape = Tape(scene.ledger.database)
        scene.stock(5)
        first = tape.take()
        assert {each.table for group in first for each in group} >= {"entry", "pack", "tile", "link_page", "checkpoint"}
        assert all(isinstance(each, Writing) for group in first for each in group)
        assert tape.take() == []


def test_sections_of_other_benchmarks_are_kept() -> None:
    """A benchmark that runs alone replaces its own section of the page, and no other."""
    old = page_of([row(benchmark="trace", goal=1.9), row(benchmark="verify", goal=1.8)], TINY, [])
    new = page_of([row(benchmark="trace", goal=1.7)], TINY, [], old)

    assert "at least 1.7" in new
    assert "at least 1.8" in new
    assert "at least 1.9" not in new
    assert page_of([row(benchmark="verify", goal=1.8)], TINY, [], new) == new


def test_memory_of_what_ends_at_once_is_told() -> None:
    """It is over before anybody looks for the first time."""
    with watched() as peak:
        pass
    assert peak.value > 0
