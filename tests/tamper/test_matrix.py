"""Every column of every table: whatever is changed in one row, `verify` finds it and names the right entry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Column, Engine

from ledger.audit import AuditReport
from ledger.store import tables
from tests.tamper.attacks import (
    EDITS,
    NO_EVIDENCE,
    TABLES,
    Edit,
    count,
    is_row,
    pair_that_differs,
    place_of,
    place_of_edit,
    rows_of,
    unfenced,
    victim,
)
from tests.tamper.scene import Scene

Verify = Callable[[str], AuditReport]
COLUMNS = [column for table in TABLES.values() for column in table.columns]
# All keys are hashes or the like: no two rows of these tables can differ in this alone.
ALIKE = {"ledger.origin", "ledger.verifier_key"}


def test_an_untouched_copy_verifies(copy: str, verify: Verify, scene: Scene) -> None:
    """The control: taking a copy and its fences down is no fault, so what the other tests find, they did."""
    unfenced(copy).dispose()
    report = verify(copy)
    assert report.fault is None
    assert (report.statements, report.unsigned) == (scene.size, 0)
    assert report.confidential_checked


def test_the_matrix_covers_every_column_of_every_table() -> None:
    """A table or column that somebody adds is attacked from its first day, or this fails.

    Tables that a run of the rules makes anew, and those of the door, hold no evidence.
    """
    compared = [table for table in tables.metadata.sorted_tables if table.name not in NO_EVIDENCE]
    every = {(table.name, column.name) for table in compared for column in table.columns}
    assert {(edit.table, edit.column) for edit in EDITS} == every
    assert {(column.table.name, column.name) for column in COLUMNS} == every


def test_every_table_has_rows_to_attack(scene: Scene, copy: str) -> None:
    """The ledger under attack has at least two rows of every kind, but for the one that says whose it is."""
    engine = unfenced(copy)
    with engine.connect() as connection:
        for table in TABLES.values():
            assert count(connection, table) >= (1 if table.name == "ledger" else 2), table.name
            assert victim(connection, scene, table)
    engine.dispose()


@pytest.mark.parametrize("edit", EDITS, ids=str)
def test_an_edited_value_is_found(edit: Edit, scene: Scene, copy: str, verify: Verify) -> None:
    """One value of one row is changed."""
    table = TABLES[edit.table]
    engine = unfenced(copy)
    with engine.begin() as connection:
        row = victim(connection, scene, table)
        value = _old_value(edit, row)
        changed = edit.change(value)
        assert changed != row[edit.column]
        done = connection.execute(table.update().where(is_row(table, row)).values({edit.column: changed}))
        assert done.rowcount == 1
    must_name(place_of_edit(scene, edit, row), verify, engine, copy)


def _old_value(edit: Edit, row: object) -> object:
    value = row[edit.column]  # type: ignore[index]
    if value is None and edit.name != "nothing":
        return {"parent": "00069012340000000000"}[edit.column]
    return value


@pytest.mark.parametrize("column", COLUMNS, ids=str)
def test_swapped_values_are_found(column: Column[object], scene: Scene, copy: str, verify: Verify) -> None:
    """Two rows exchange one value: each is then plausible on its own."""
    table = TABLES[column.table.name]
    engine = unfenced(copy)
    with engine.begin() as connection:
        pair = pair_that_differs(rows_of(connection, table), column)
        if str(column) in ALIKE:
            assert pair is None
            return
        assert pair is not None
        first, second = pair
        old, new = first[column.name], second[column.name]
        aside = {int: -77, str: "aside", bytes: b"aside"}[column.type.python_type]
        moved = {**first, column.name: aside} if column.primary_key else first
        connection.execute(table.update().where(is_row(table, first)).values({column.name: aside}))
        connection.execute(table.update().where(is_row(table, second)).values({column.name: old}))
        connection.execute(table.update().where(is_row(table, moved)).values({column.name: new}))
    expected = min(place_of(scene, table.name, first), place_of(scene, table.name, second))
    must_name(expected, verify, engine, copy)


@pytest.mark.parametrize("name", TABLES)
def test_a_deleted_row_is_found(name: str, scene: Scene, copy: str, verify: Verify) -> None:
    """One row is taken away."""
    table = TABLES[name]
    engine = unfenced(copy)
    with engine.begin() as connection:
        row = victim(connection, scene, table)
        connection.execute(table.delete().where(is_row(table, row)))
    must_name(place_of(scene, name, row), verify, engine, copy)


@pytest.mark.parametrize("name", [name for name in TABLES if name != "ledger"])
def test_the_newest_row_deleted_is_found(name: str, scene: Scene, copy: str, verify: Verify) -> None:
    """The last row of a table is taken away: what was recorded a moment ago is no easier prey."""
    table = TABLES[name]
    engine = unfenced(copy)
    with engine.begin() as connection:
        row = rows_of(connection, table)[-1]
        connection.execute(table.delete().where(is_row(table, row)))
    must_name(place_of(scene, name, row), verify, engine, copy)


def must_name(index: int, verify: Verify, engine: Engine, copy: str) -> None:
    """Require that `verify` finds a fault, and names this entry."""
    engine.dispose()
    report = verify(copy)
    assert report.fault is not None, "the change went unnoticed"
    assert report.fault[0] == index, report.fault


def test_the_copies_are_apart(scene: Scene, copy: str, tmp_path: Path) -> None:
    """No attack reaches the ledger that the next one copies."""
    assert copy.endswith(str(tmp_path / "copy.sqlite"))
    assert copy != scene.world.settings.database_url
