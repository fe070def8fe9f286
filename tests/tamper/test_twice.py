"""Rows that stand twice, or lack a value: whoever owns the database can make a table anew without its keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Column

from ledger.audit import AuditReport
from tests.tamper.attacks import TABLES, place_of, stand_twice, take_keys, unfenced, victim
from tests.tamper.scene import Scene

Verify = Callable[[str], AuditReport]
UNIQUE = [column for table in TABLES.values() for column in table.columns if column.unique]


def test_without_keys_everything_holds(copy: str, verify: Verify) -> None:
    """The control: that they are gone is told, and is no fault."""
    engine = unfenced(copy)
    with engine.begin() as connection:
        for name in TABLES:
            take_keys(connection, name)
    engine.dispose()
    report = verify(copy)
    assert report.fault is None
    assert ("part-missing", "key pack (code)") in report.warnings


@pytest.mark.parametrize("name", TABLES)
def test_a_row_that_stands_twice_is_found(name: str, scene: Scene, copy: str, verify: Verify) -> None:
    """A table without keys takes the same row again."""
    told = stand_twice(copy, scene, name)
    fault = verify(copy).fault
    assert fault is not None
    assert fault[:2] == told


@pytest.mark.parametrize("column", UNIQUE, ids=str)
def test_a_name_that_is_given_twice_is_found(column: Column[object], scene: Scene, copy: str, verify: Verify) -> None:
    """Another row of the same name, as if some later entry had made it."""
    table = TABLES[column.table.name]
    engine = unfenced(copy)
    with engine.begin() as connection:
        row = victim(connection, scene, table)
        (key,) = table.primary_key
        again = {**row, key.name: scene.size - 2 if key.name == "number" else scene.size}
        take_keys(connection, table.name)
        connection.execute(table.insert(), again)
    engine.dispose()
    fault = verify(copy).fault
    assert fault is not None
    assert fault[:2] == (place_of(scene, table.name, again), "row-twice")
