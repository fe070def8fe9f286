"""One ledger a session, copied for each attack: an attack takes a fraction of a second."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.audit import AuditReport, audit
from tests.tamper.scene import Scene, build, clone, keep_sqlite


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Return the finished ledger on SQLite; nobody may change it."""
    folder = tmp_path_factory.mktemp("scene")
    return build(folder, f"sqlite:///{folder / 'ledger.sqlite'}", keep_sqlite)


@pytest.fixture
def copy(scene: Scene, tmp_path: Path) -> str:
    """Return the address of a copy that the test may do anything to."""
    original = Path(scene.world.settings.database_url.removeprefix("sqlite:///"))
    return f"sqlite:///{clone(original, tmp_path / 'copy.sqlite')}"


@pytest.fixture(scope="session")
def verify(scene: Scene) -> Callable[[str], AuditReport]:
    """Return `verify` as an auditor runs it who kept the last checkpoint and may open confidential parts."""

    def run(database_url: str) -> AuditReport:
        return audit(
            database_url, scene.trust, kept_checkpoint=scene.kept,
            master_key=bytes.fromhex(scene.world.settings.master_key_file.read_text()),
            token_key=scene.world.chance(32), processes=1,
        )  # fmt: skip

    return run
