"""Other histories: cut tails, restored backups, and forks signed by the ledger's own key.

Whoever has that key can rewrite everything; only the checkpoint that others keep stands against it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.audit import AuditReport
from ledger.errors import NotVerified
from ledger.opening import open_ledger
from ledger.settings import Settings, load_settings
from ledger.store import tables
from tests.tamper.attacks import unfenced
from tests.tamper.rebuilding import replant
from tests.tamper.scene import Scene, clone
from tests.tamper.test_matrix import must_name

Verify = Callable[[str], AuditReport]

# -- the tail


@pytest.mark.parametrize("whole_seals", [True, False], ids=["at a seal", "within a batch"])
def test_a_cut_tail_is_found(whole_seals: bool, scene: Scene, copy: str, verify: Verify) -> None:
    """The newest statements vanish, with their pages, anomalies, parts, heads and tree."""
    engine = unfenced(copy)
    size = scene.marks["many"] + (0 if whole_seals else 7)
    with engine.begin() as connection:
        for table, column in _ALONG.items():
            connection.execute(table.delete().where(table.c[column] >= size))
        connection.execute(tables.checkpoint.delete().where(tables.checkpoint.c.size > size))
        replant(connection)
    must_name(size, verify, engine, copy)


_ALONG = {
    tables.entry: "log_index", tables.link_page: "seal", tables.anomaly: "log_index",
    tables.confidential: "log_index",
}  # fmt: skip


def test_an_old_copy_is_found_by_verify(scene: Scene, verify: Verify) -> None:
    """A backup is whole in itself; the kept checkpoint says what is missing, from where on."""
    report = verify(f"sqlite:///{scene.early / 'ledger.sqlite'}")
    assert report.fault is not None
    assert report.fault[:2] == (scene.early_size, "log-shrunk")


def test_an_old_copy_is_not_opened(scene: Scene, tmp_path: Path) -> None:
    """A restored backup would sign a second history, so it is refused at the door, with its own size."""
    settings = _home_of(scene, tmp_path, scene.early / "ledger.sqlite")
    with pytest.raises(NotVerified) as caught, open_ledger(settings):
        pytest.fail("a fork was opened")
    assert (caught.value.code, caught.value.index) == ("log-restored", scene.early_size)


def _home_of(scene: Scene, folder: Path, database: Path, home: Path | None = None) -> Settings:
    """Return settings with a home, by default today's, over a copy of some database."""
    shutil.copytree(home or scene.world.settings.home, folder / "home")
    url = f"sqlite:///{clone(database, folder / 'other.sqlite')}"
    return load_settings(folder / "home", {"PACKLEDGER_DATABASE_URL": url})


def test_the_same_copy_with_its_own_home_opens(scene: Scene, tmp_path: Path) -> None:
    """The control: nothing is wrong with the backup but its age."""
    settings = _home_of(scene, tmp_path, scene.early / "ledger.sqlite", scene.early / "home")
    with open_ledger(settings) as ledger:
        assert ledger.trust == scene.trust


# -- another history, by the ledger's own key


def _fork(scene: Scene, tmp_path: Path, statements: int) -> Settings:
    """Let the operator go on from the early copy with other statements, all signed and sealed in order."""
    settings = _home_of(scene, tmp_path, scene.early / "ledger.sqlite", scene.early / "home")
    world = scene.world
    original, world.settings = world.settings, settings
    try:
        world.open()
        outcomes = world.record(*(world.inspect(world.packs(1)) for _ in range(statements)))
        assert {outcome.status for outcome in outcomes} == {"recorded"}
    finally:
        world.close()
        world.settings = original
    return settings


def test_a_shorter_history_is_found(scene: Scene, tmp_path: Path, verify: Verify) -> None:
    """The operator rewrites everything but the kept checkpoint: the log lacks what was signed."""
    settings = _fork(scene, tmp_path, 3)
    report = verify(settings.database_url)
    assert report.fault is not None
    assert report.fault[:2] == (scene.early_size + 4, "log-shrunk")


def test_a_longer_history_is_found(scene: Scene, tmp_path: Path, verify: Verify) -> None:
    """The other history has grown past the kept checkpoint: it does not lead there.

    Nobody can tell from one root which entry below it differs; named is the last that the root covers.
    """
    settings = _fork(scene, tmp_path, scene.size)
    report = verify(settings.database_url)
    assert report.fault is not None
    assert report.fault[1] in ("checkpoint-mismatch", "checkpoint-missing")
    assert report.fault[0] == scene.size - 1


def test_another_history_is_not_opened(scene: Scene, tmp_path: Path) -> None:
    """The home knows which history it signed, however long the other one is."""
    forked = _fork(scene, tmp_path / "fork", scene.size)
    database = Path(forked.database_url.removeprefix("sqlite:///"))
    settings = _home_of(scene, tmp_path, database)
    with pytest.raises(NotVerified) as caught, open_ledger(settings):
        pytest.fail("a fork was opened")
    assert caught.value.code == "log-restored"
