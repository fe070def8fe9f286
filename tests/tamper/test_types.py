"""Values of another type than their column's, and tables that are gone: SQLite lets anything stand anywhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Column, Engine, literal_column
from sqlalchemy.exc import IntegrityError

from ledger.audit import AuditReport
from ledger.errors import Unavailable
from ledger.store import tables
from tests.tamper.attacks import TABLES, is_row, place_of, unfenced, victim
from tests.tamper.scene import Scene

Verify = Callable[[str], AuditReport]
COLUMNS = [column for table in TABLES.values() for column in table.columns]
# SQLite turns what it can into the column's own type; these it leaves as they are.
_ALIEN = {int: "'text'", str: "x'38'", bytes: "'text'"}
# What a row says of the statement that it comes from: without it, nobody can tell which entry is meant.
TELLING = {
    "anomaly.log_index", "case_state.last", "link_page.seal", "pack.code", "person.pseudonym", "tile.level",
    "tile.number", "recall.number",
    *(f"{name}.number" for name in ("party", "site", "station", "key", "revocation", "product")),
}  # fmt: skip


def estrange(engine: Engine, scene: Scene, column: Column[object]) -> int | None:
    """Put a value of another type into a row; return the entry to be named, None if SQLite refuses."""
    table = TABLES[column.table.name]
    with engine.begin() as connection:
        row = victim(connection, scene, table)
        alien = literal_column(_ALIEN[column.type.python_type])
        try:
            connection.execute(table.update().where(is_row(table, row)).values({column: alien}))
        except IntegrityError:
            return None
    return -1 if str(column) in TELLING else place_of(scene, table.name, row)


@pytest.mark.parametrize("column", COLUMNS, ids=str)
def test_a_value_of_another_type_is_found(column: Column[object], scene: Scene, copy: str, verify: Verify) -> None:
    """The entry is named that the row concerns; where the row no longer says which, none is, but the row is."""
    engine = unfenced(copy)
    place = estrange(engine, scene, column)
    engine.dispose()
    fault = verify(copy).fault
    if place is None:
        assert column.primary_key  # the row's own address in SQLite
        assert fault is None
        return
    assert fault is not None
    if column.table.name == "ledger":  # asked before anything else
        assert fault[:2] == (0, "ledger-of-another")
        return
    assert fault[:2] == (place, "row-malformed")
    assert f"the row of {column.table.name} that begins with" in fault[2]


@pytest.mark.parametrize("column", ["code", "state", "head", "parent"])
def test_a_pack_of_another_type_is_found_beside_another_fault(
    column: str, scene: Scene, copy: str, verify: Verify
) -> None:
    """The first wrong entry is named, whether or not the row says which one it concerns."""
    engine = unfenced(copy)
    place = estrange(engine, scene, tables.pack.c[column])
    sealed = scene.marks["dispensed"] + 3
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE entry SET salt = zeroblob(32) WHERE kind = 'dispensing'")
    engine.dispose()
    fault = verify(copy).fault
    assert fault is not None
    assert fault[:2] == ((sealed, "links-altered") if place == -1 else (place, "row-malformed"))


@pytest.mark.parametrize("name", tables.metadata.tables)
def test_a_table_that_is_gone_is_named(name: str, copy: str, verify: Verify) -> None:
    """Also one that holds no evidence: the ledger cannot be what it was without it."""
    engine = unfenced(copy)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE {name}")
    engine.dispose()
    assert verify(copy).fault == (-1, "table-missing", name)


def test_a_database_that_is_empty_is_no_ledger(copy: str, verify: Verify) -> None:
    """Nothing is missing where nothing was: the path is wrong, or all of it is gone."""
    engine = unfenced(copy)
    with engine.begin() as connection:
        for name in tables.metadata.tables:
            connection.exec_driver_sql(f"DROP TABLE {name}")
    engine.dispose()
    with pytest.raises(Unavailable) as met:
        verify(copy)
    assert met.value.code == "store-no-ledger"


def test_fences_that_are_gone_are_told(copy: str, verify: Verify) -> None:
    """Nothing is proved by triggers and indexes, and all holds without them; who takes them away prepares something."""
    assert verify(copy).warnings == []
    engine = unfenced(copy)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX pack_parent")
        connection.exec_driver_sql("CREATE TRIGGER quiet AFTER INSERT ON entry BEGIN DELETE FROM anomaly; END")
    engine.dispose()
    report = verify(copy)
    gone = sorted(f"trigger {table}_no_{act}" for table in tables.APPEND_ONLY for act in ("update", "delete"))
    assert report.fault is None
    assert report.warnings == [
        *(("part-missing", part) for part in ["index pack_parent", *gone]), ("part-foreign", "trigger quiet, altered")
    ]  # fmt: skip
