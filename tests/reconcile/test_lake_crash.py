"""Killed with SIGKILL at any step, an update leaves one whole lake: the old one, or the new one, and no third."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path
from typing import get_args

import pytest

from ledger.errors import NotVerified, Unavailable
from ledger.identity.vault import Vault
from ledger.opening import Trust
from ledger.reconcile.lake import check_lake, manifest, open_lake, parquet, update_lake
from ledger.reconcile.lake.update import Step
from ledger.store.database import Database
from tests.kit import World
from tests.reconcile.lake_kit import bytes_of, family, filled, holds, make_lake, vault_of

STEPS = get_args(Step)
LARGEST, SMALLEST, ROW_GROUP = 64, 8, 16


def _update_and_die(url: str, trust: Trust, master_key: bytes, folder: Path, step: str, times: int) -> None:
    _small()
    seen = 0

    def watch(now: Step) -> None:
        nonlocal seen
        seen += now == step
        if seen == times:
            os.kill(os.getpid(), signal.SIGKILL)

    update_lake(Database(url), trust, Vault(master_key), folder, on_step=watch)


def _small() -> None:
    for owner, name, value in (
        (manifest, "LAKE_SEGMENT_STATEMENTS_MAX", LARGEST),
        (manifest, "LAKE_SEGMENT_STATEMENTS_MIN", SMALLEST),
        (parquet, "LAKE_ROW_GROUP_ROWS_MAX", ROW_GROUP),
    ):
        assert hasattr(owner, name)
        setattr(owner, name, value)


@pytest.fixture(autouse=True)
def _small_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "LAKE_SEGMENT_STATEMENTS_MAX", LARGEST)
    monkeypatch.setattr(manifest, "LAKE_SEGMENT_STATEMENTS_MIN", SMALLEST)
    monkeypatch.setattr(parquet, "LAKE_ROW_GROUP_ROWS_MAX", ROW_GROUP)


def kill_at(world: World, folder: Path, step: str, times: int = 1) -> None:
    """Update a lake in a process that kills itself at a step, the so-manieth time that it comes there."""
    key = bytes.fromhex(world.settings.master_key_file.read_text())
    arguments = (world.settings.database_url, world.trust, key, folder, step, times)
    process = multiprocessing.get_context("spawn").Process(target=_update_and_die, args=arguments)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL, step


def whole(world: World, folder: Path) -> int:
    """Require that every file of the lake is what its manifest says; return the lake's size."""
    problem = ""
    try:
        check_lake(folder, world.trust.vkey)
    except NotVerified as error:
        problem = error.code
    assert problem in ("", "lake-file-unexpected")  # raised last: all that the manifest names was there, and right
    return open_lake(folder).manifest.size


@pytest.mark.parametrize("step", STEPS)
def test_killed_while_it_grows(tmp_path: Path, step: str) -> None:
    """Before the manifest moved it is the old lake, from then on the new one; the next update finishes the work."""
    lake, anew = tmp_path / "lake", tmp_path / "anew"
    with World(tmp_path / "home", f"sqlite:///{tmp_path}/ledger.db") as world:
        filled(world, 3)
        old = make_lake(world, lake).after.size
        gone = family("P-1")
        word = world.pseudonym(gone)
        filled(world, 1, 3)
        world.one(world.erase(gone))
        kill_at(world, lake, step, times=2 if step.startswith("segment") else 1)
        new = make_lake(world, anew).after.size
        assert whole(world, lake) == (new if STEPS.index(step) >= STEPS.index("manifest-moved") else old)
        make_lake(world, lake)
        assert bytes_of(lake) == bytes_of(anew)
        assert holds(lake, [word]) == []


@pytest.mark.parametrize("step", STEPS[:5])
def test_killed_the_first_time(tmp_path: Path, step: str) -> None:
    """What a first update left behind without a manifest is no lake, and no hindrance."""
    lake, anew = tmp_path / "lake", tmp_path / "anew"
    with World(tmp_path / "home", f"sqlite:///{tmp_path}/ledger.db") as world:
        filled(world, 2)
        kill_at(world, lake, step)
        assert not (lake / "manifest.json").exists()
        make_lake(world, lake)
        make_lake(world, anew)
    assert bytes_of(lake) == bytes_of(anew)


def test_a_half_lake_would_be_seen(tmp_path: Path) -> None:
    """The check behind these tests can fail: with one file of the manifest gone, the lake is not whole."""
    lake = tmp_path / "lake"
    with World(tmp_path / "home", f"sqlite:///{tmp_path}/ledger.db") as world:
        filled(world, 1)
        make_lake(world, lake)
        open_lake(lake).files("custody")[0].unlink()
        with pytest.raises(AssertionError):
            whole(world, lake)


def test_a_full_disk_leaves_the_old_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a file cannot be written, the lake is the old one, and the next update brings it up to date."""
    lake, anew = tmp_path / "lake", tmp_path / "anew"
    with World(tmp_path / "home", f"sqlite:///{tmp_path}/ledger.db") as world:
        filled(world, 2)
        old = make_lake(world, lake).after.size
        filled(world, 1, 2)
        with monkeypatch.context() as patch:
            patch.setattr(parquet._HashingFile, "write", _full)
            with pytest.raises(Unavailable, match="lake-unreachable: No space left"):
                update_lake(world.ledger.database, world.trust, vault_of(world), lake)
        assert whole(world, lake) == old
        make_lake(world, lake)
        make_lake(world, anew)
    assert bytes_of(lake) == bytes_of(anew)


def _full(self: object, data: object) -> int:
    raise OSError(28, "No space left on device")
