"""The same ledger gives the same lake, byte for byte: at once or in steps, on either database; erasures too."""

from __future__ import annotations

import traceback
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
import pytest

from ledger.bench.memory import peak_bytes
from ledger.errors import Misuse, NotVerified, Unavailable
from ledger.identity.registration import Erasure
from ledger.limits import LAKE_SEGMENT_STATEMENTS_MAX, LAKE_SEGMENT_STATEMENTS_MIN
from ledger.reconcile.lake import (
    Changes,
    changes_between,
    check_lake,
    compare_lake,
    held_lake,
    open_lake,
    update,
)
from ledger.reconcile.lake.manifest import ranges
from ledger.store.database import Database
from tests.kit import World
from tests.reconcile.lake_kit import bytes_of, family, filled, holds, make_lake, rows_of, shrink, vault_of


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch)


def test_in_steps_or_at_once(tmp_path: Path, database_url: str) -> None:
    """However often a lake was updated on the way, it is the lake that is made at the end: every file, every name."""
    grown, anew = tmp_path / "grown", tmp_path / "anew"
    with World(tmp_path / "home", database_url) as world:
        for number in range(7):
            filled(world, 1, number)
            if number != 3:
                make_lake(world, grown)
        make_lake(world, anew)
        compare_lake(world.ledger.database, world.trust, vault_of(world), grown)
    assert bytes_of(grown) == bytes_of(anew)
    assert len(open_lake(grown).manifest.segments) > 4
    groups = [pq.ParquetFile(path).metadata.num_row_groups for path in open_lake(grown).files("custody")]
    assert max(groups) > 2


def test_the_same_on_both_databases(tmp_path: Path, sqlite_url: str, postgres_url: str) -> None:
    """SQLite and PostgreSQL hold the same log, and give the same lake."""
    for name, url in (("sqlite", sqlite_url), ("postgresql", postgres_url)):
        with World(tmp_path / name / "home", url) as world:
            filled(world)
            make_lake(world, tmp_path / name / "lake")
    assert bytes_of(tmp_path / "sqlite/lake") == bytes_of(tmp_path / "postgresql/lake")


def test_how_rows_were_gathered_leaves_no_trace(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Portions of a few rows or of all make the same file: only full row groups are written."""
    with World(tmp_path / "home", sqlite_url) as world:
        filled(world, 6)
        make_lake(world, tmp_path / "few")
        monkeypatch.setattr("ledger.reconcile.lake.segment._WAITING_ROWS_MAX", 10_000)
        make_lake(world, tmp_path / "all")
    assert bytes_of(tmp_path / "few") == bytes_of(tmp_path / "all")


def test_an_update_reads_what_is_new(tmp_path: Path, sqlite_url: str) -> None:
    """Nothing is written when nothing is new; of a log that grew, older segments stay the files that they are."""
    lake = tmp_path / "lake"
    with World(tmp_path / "home", sqlite_url) as world:
        filled(world, 6)
        first = make_lake(world, lake)
        assert first.written == first.after.size
        before = {path: path.stat().st_ino for path in lake.rglob("*.parquet") if path.parent != lake}
        assert make_lake(world, lake).written == 0
        filled(world, 1, 6)
        grown = make_lake(world, lake)
    kept = [path for path, number in before.items() if path.exists() and path.stat().st_ino == number]
    assert len(kept) > len(before) / 2
    assert grown.written < grown.after.size / 2
    assert changes_between(first.after, grown.after) == Changes(False, first.after.size, grown.after.size)
    assert changes_between(None, grown.after) == Changes(True, 0, grown.after.size)


def test_an_erased_person_is_gone(tmp_path: Path, database_url: str) -> None:
    """After the next update the pseudonym stands in no file, nor does what stood beside it; the rest is as it was."""
    lake, anew = tmp_path / "lake", tmp_path / "anew"
    with World(tmp_path / "home", database_url) as world:
        filled(world, 5)
        before = make_lake(world, lake).after
        gone = family("P-2")
        word = world.pseudonym(gone)
        assert holds(lake, [word])
        acts = rows_of(lake, "custody", "log_index", "code", "act", "state")
        filled(world, 1, 9)
        world.one(world.erase(gone))
        after = make_lake(world, lake).after
        make_lake(world, anew)
        assert holds(lake, [word]) == []
        assert bytes_of(lake) == bytes_of(anew)
        assert rows_of(lake, "custody", "log_index", "code", "act", "state")[: len(acts)] == acts
        changed = changes_between(before, after)
        world.one(world.dispense(world.packs(1), person=gone))
        filled(world, 1, 10)
        assert rows_of(lake, "custody", "person").count((word.hex(),)) == 0
        make_lake(world, lake)
        with_new_key = {row[0] for row in rows_of(lake, "custody", "log_index", "person") if row[1] == word.hex()}
    assert changed.rewritten
    assert all(first < end <= before.size for first, end in changed.rewritten)
    assert min(with_new_key) >= after.size


def test_an_erased_collector_is_gone(tmp_path: Path, database_url: str) -> None:
    """Who collected for another stands in the other's part; erased, they stand in the lake no more, the other does."""
    lake = tmp_path / "lake"
    with World(tmp_path / "home", database_url) as world:
        filled(world, 3)
        before = make_lake(world, lake).after
        word = world.ledger.vault.pseudonym("identity_card", "C-1")
        assert holds(lake, [word])
        patients = len({row[0] for row in rows_of(lake, "custody", "person")})
        world.one(world.register(Erasure(person=word.hex(), reason="asked for")))
        after = make_lake(world, lake).after
        assert holds(lake, [word]) == []
        assert len({row[0] for row in rows_of(lake, "custody", "person")}) == patients
        make_lake(world, tmp_path / "anew")
        assert bytes_of(lake) == bytes_of(tmp_path / "anew")
    assert changes_between(before, after).rewritten


def test_readers_keep_updates_away(tmp_path: Path, sqlite_url: str) -> None:
    """While somebody reads, no file may vanish; two readers do not mind each other."""
    lake = tmp_path / "lake"
    with World(tmp_path / "home", sqlite_url) as world:
        filled(world, 1)
        make_lake(world, lake)
        with held_lake(lake), held_lake(lake), pytest.raises(Unavailable) as met:
            make_lake(world, lake)
        assert met.value.code == "lake-busy"
        make_lake(world, lake)


def test_a_lake_of_another_log_is_left_alone(tmp_path: Path) -> None:
    """A folder of somebody else's, a lake of another ledger, one with persons asked for without: all refused."""
    lake, other = tmp_path / "lake", tmp_path / "other"
    with World(tmp_path / "home", f"sqlite:///{tmp_path}/a.db") as world:
        filled(world, 1)
        make_lake(world, lake)
        before = bytes_of(lake)
        with pytest.raises(Misuse) as met:
            make_lake(world, lake, persons=False)
        assert met.value.code == "lake-persons-differ"
        other.mkdir()
        (other / "holiday.jpg").touch()
        with pytest.raises(Misuse) as met:
            make_lake(world, other)
        assert met.value.code == "lake-not-ours"
    with World(tmp_path / "home2", f"sqlite:///{tmp_path}/b.db", seed="another") as stranger:
        filled(stranger, 1)
        with pytest.raises(NotVerified) as refused:
            make_lake(stranger, lake)
        assert refused.value.code == "lake-of-another"
    assert bytes_of(lake) == before


def test_a_log_that_went_back_is_noticed(tmp_path: Path, sqlite_url: str) -> None:
    """A lake that is ahead of its log is not shortened: the log was restored from a backup."""
    lake = tmp_path / "lake"
    with World(tmp_path / "home", sqlite_url) as world:
        filled(world, 1)
        copy = Path(sqlite_url.removeprefix("sqlite:///")).read_bytes()
        wal = Path(sqlite_url.removeprefix("sqlite:///") + "-wal").read_bytes()
        filled(world, 1, 1)
        make_lake(world, lake)
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "ledger.db").write_bytes(copy)
    (folder / "ledger.db-wal").write_bytes(wal)
    database = Database(f"sqlite:///{folder}/ledger.db")
    with pytest.raises(NotVerified) as met:
        update.update_lake(database, world.trust, vault_of(world), lake)
    database.close()
    assert met.value.code == "lake-ahead"


def test_a_new_version_writes_everything_anew(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of two versions of the library never stand side by side: rebuilding could not give the same bytes."""
    lake = tmp_path / "lake"
    with World(tmp_path / "home", sqlite_url) as world:
        filled(world, 1)
        size = make_lake(world, lake).after.size
        monkeypatch.setattr(update, "WRITER", "pyarrow 99.0.0")
        done = make_lake(world, lake)
        assert (done.written, done.before) == (size, None)
        with pytest.raises(Misuse) as met:
            compare_lake(world.ledger.database, world.trust, vault_of(world), lake)
        assert met.value.code == "lake-outdated"
        check_lake(lake, world.trust.vkey)


def test_memory_does_not_grow_with_a_segment(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A segment of four times the rows takes no more memory: rows leave as soon as they fill a row group."""
    shrink(monkeypatch, largest=2**14, smallest=2**14, row_group=256)
    peaks = []
    with World(tmp_path / "home", sqlite_url) as world:
        filled(world, 2)
        make_lake(world, tmp_path / "warm")
        for number, rounds in enumerate((6, 30)):
            filled(world, rounds, 2 + 10 * number)
            peaks.append(peak_bytes(lambda folder=tmp_path / str(number): make_lake(world, folder)))
    assert peaks[1] < 1.5 * peaks[0]


def test_what_was_confidential_is_not_told(tmp_path: Path, sqlite_url: str) -> None:
    """A part that was exchanged stops the update, which names the statement and nothing of what is in any part."""
    with World(tmp_path / "home", sqlite_url) as world:
        filled(world, 1)
        with world.ledger.database.write() as connection:
            connection.exec_driver_sql("DROP TRIGGER confidential_no_update")
            index, sealed = connection.exec_driver_sql("SELECT log_index, sealed FROM confidential").all()[1]
            connection.exec_driver_sql(
                "UPDATE confidential SET sealed = ? WHERE log_index = ?", (sealed[:-1] + b"\0", index)
            )
        with pytest.raises(NotVerified) as met:
            make_lake(world, tmp_path / "lake")
    assert (met.value.code, met.value.index) == ("confidential-altered", index)
    told = repr(met.value) + "".join(traceback.format_exception(met.value))
    assert not any(secret in told for secret in ("P-0", "P-1", "P-2", "D-77", "H-5", "610802003", "C-1"))
    assert not (tmp_path / "lake" / "manifest.json").exists()


def test_segments_cover_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """They follow each other without a gap, begin at multiples of their length, and nest in those of a longer log."""
    largest, smallest = LAKE_SEGMENT_STATEMENTS_MAX, LAKE_SEGMENT_STATEMENTS_MIN
    monkeypatch.setattr("ledger.reconcile.lake.manifest.LAKE_SEGMENT_STATEMENTS_MAX", largest)
    monkeypatch.setattr("ledger.reconcile.lake.manifest.LAKE_SEGMENT_STATEMENTS_MIN", smallest)
    random = Random(3)
    for _ in range(300):
        size = random.randrange(1, 3 * largest)
        now, later = ranges(size), ranges(size + random.randrange(1, largest))
        assert [first for first, _ in now] == [0, *(end for _, end in now[:-1])]
        assert now[-1][1] == size
        assert all(first % (end - first) == 0 for first, end in now[:-1])
        assert all(any(a <= first and end <= b for a, b in later) for first, end in now)
        assert len(now) <= 2 + 3 * 3 + 1
