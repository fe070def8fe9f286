"""The same attacks on PostgreSQL, one a column: what is found does not depend on where the ledger lies."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, create_engine
from sqlalchemy.engine import make_url

from ledger.audit import AuditReport, audit
from ledger.home import read_checkpoint
from ledger.store import tables
from tests.kit import World
from tests.postgres import fresh_database
from tests.tamper.attacks import (
    EDITS,
    TABLES,
    Edit,
    is_row,
    place_of,
    place_of_edit,
    stand_twice,
    take_keys,
    unfenced,
    victim,
)
from tests.tamper.scene import Scene, build
from tests.tamper.test_types import COLUMNS, TELLING

# The first edit of each column, but keys: moved rows are the same on both.
SAMPLE = list({(edit.table, edit.column): edit for edit in reversed(EDITS)}.values())


@pytest.fixture(scope="module")
def scene_there(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Return the ledger under attack, on PostgreSQL; nobody may change it."""
    folder = tmp_path_factory.mktemp("postgres-scene")

    def keep_home(world: World, to: Path) -> None:
        shutil.copytree(world.settings.home, to / "home")

    with fresh_database(postgres_server) as url:
        scene = build(folder, url, keep_home)
        scene.world.ledger.database.close()
        yield scene


@pytest.fixture
def copy_there(scene_there: Scene, postgres_server: str) -> Iterator[str]:
    """Return the address of a copy that the test may do anything to."""
    template = make_url(scene_there.world.settings.database_url).database
    with fresh_database(postgres_server, template or "") as url:
        yield url


@pytest.fixture(scope="module")
def verify_there(scene_there: Scene) -> Callable[[str], AuditReport]:
    """Return `verify` as an auditor runs it."""
    settings = scene_there.world.settings

    def run(database_url: str) -> AuditReport:
        return audit(
            database_url, scene_there.trust, kept_checkpoint=read_checkpoint(settings),
            master_key=bytes.fromhex(settings.master_key_file.read_text()), token_key=bytes(32), processes=1,
        )  # fmt: skip

    return run


def test_an_untouched_copy_verifies_there(
    copy_there: str, verify_there: Callable[[str], AuditReport], scene_there: Scene
) -> None:
    """The control."""
    unfenced(copy_there).dispose()
    report = verify_there(copy_there)
    assert (report.fault, report.statements) == (None, scene_there.size)


@pytest.mark.parametrize("edit", SAMPLE, ids=str)
def test_an_edited_value_is_found_there(
    edit: Edit, scene_there: Scene, copy_there: str, verify_there: Callable[[str], AuditReport]
) -> None:
    """One value of one row is changed."""
    table = TABLES[edit.table]
    engine = unfenced(copy_there)
    with engine.begin() as connection:
        row = victim(connection, scene_there, table)
        value = row[edit.column]
        changed = edit.change("00069012340000000000" if value is None else value)
        connection.execute(table.update().where(is_row(table, row)).values({edit.column: changed}))
    engine.dispose()
    report = verify_there(copy_there)
    assert report.fault is not None
    assert report.fault[0] == place_of_edit(scene_there, edit, row), report.fault


@pytest.mark.parametrize("name", TABLES)
def test_a_deleted_row_is_found_there(
    name: str, scene_there: Scene, copy_there: str, verify_there: Callable[[str], AuditReport]
) -> None:
    """One row is taken away."""
    table = TABLES[name]
    engine = unfenced(copy_there)
    with engine.begin() as connection:
        row = victim(connection, scene_there, table)
        connection.execute(table.delete().where(is_row(table, row)))
    engine.dispose()
    report = verify_there(copy_there)
    assert report.fault is not None
    assert report.fault[0] == place_of(scene_there, name, row), report.fault


@pytest.mark.parametrize("name", tables.metadata.tables)
def test_a_table_that_is_gone_is_named_there(
    name: str, copy_there: str, verify_there: Callable[[str], AuditReport]
) -> None:
    """One table is dropped, with all that hangs on it."""
    engine = unfenced(copy_there)
    with engine.begin() as connection:
        connection.exec_driver_sql(f'DROP TABLE "{name}" CASCADE')
    engine.dispose()
    assert verify_there(copy_there).fault == (-1, "table-missing", name)


@pytest.mark.parametrize("name", TABLES)
def test_a_row_that_stands_twice_is_found_there(
    name: str, scene_there: Scene, copy_there: str, verify_there: Callable[[str], AuditReport]
) -> None:
    """A table without keys takes the same row again."""
    told = stand_twice(copy_there, scene_there, name)
    fault = verify_there(copy_there).fault
    assert fault is not None
    assert fault[:2] == told


@pytest.mark.parametrize("column", [column for column in COLUMNS if not column.nullable], ids=str)
def test_a_value_that_is_gone_is_found_there(
    column: Column[object], scene_there: Scene, copy_there: str, verify_there: Callable[[str], AuditReport]
) -> None:
    """A server keeps columns to their types, but can be told to ask for no value in them."""
    table = TABLES[column.table.name]
    engine = unfenced(copy_there)
    with engine.begin() as connection:
        row = victim(connection, scene_there, table)
        take_keys(connection, table.name)
        connection.execute(table.update().where(is_row(table, row)).values({column: None}))
    engine.dispose()
    fault = verify_there(copy_there).fault
    assert fault is not None
    code = {"ledger": "ledger-of-another"}.get(table.name, "row-malformed")
    if str(column) == "entry.log_index":
        code = "entry-missing"
    telling = TELLING | {"case_action.log_index", "checkpoint.size", "confidential.log_index"}
    assert fault[:2] == (-1 if str(column) in telling else place_of(scene_there, table.name, row), code)


def test_fences_that_are_gone_are_told_there(copy_there: str, verify_there: Callable[[str], AuditReport]) -> None:
    """Triggers that are switched off, as an administrator would, and an index that is dropped."""
    assert verify_there(copy_there).warnings == []
    engine = unfenced(copy_there)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX pack_parent")
    engine.dispose()
    report = verify_there(copy_there)
    gone = ["index pack_parent", *sorted(f"trigger {table}_only_grows" for table in tables.APPEND_ONLY)]
    assert (report.fault, report.warnings) == (None, [("part-missing", part) for part in gone])


@pytest.mark.parametrize(
    ("done", "missing", "foreign"),
    [
        ("ALTER POLICY pack_shown ON pack USING (true)", ["pack_shown"], ["pack_shown, altered"]),
        ("ALTER POLICY entry_shown ON entry TO postgres", ["entry_shown"], ["entry_shown, altered"]),
        ("DROP POLICY person_shown ON person", ["person_shown"], []),
        ("ALTER TABLE finding DISABLE ROW LEVEL SECURITY", ["finding_shown"], []),
        ("CREATE POLICY more ON case_state USING (true)", [], ["more, altered"]),
    ],
)
def test_policies_that_are_open_are_told_there(
    done: str, missing: list[str], foreign: list[str], copy_there: str, verify_there: Callable[[str], AuditReport]
) -> None:
    """A table's policy lets everybody in, holds for nobody, is gone, asleep, or has another beside it."""
    engine = create_engine(copy_there.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.exec_driver_sql(done)
    engine.dispose()
    report = verify_there(copy_there)
    assert report.fault is None
    told = [(code, part.removeprefix("policy ")) for code, part in report.warnings]
    assert [part for code, part in told if code == "part-missing"] == missing
    assert [part for code, part in told if code == "part-foreign"] == foreign
