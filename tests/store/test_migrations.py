"""The schema: migrations go up and down on both databases, and make exactly the tables of the source."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from ledger.errors import Misuse, Unavailable
from ledger.store import tables
from ledger.store.database import Database
from ledger.store.schema import downgrade, require_current_schema, upgrade


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Return an open database without any table."""
    database = Database(database_url)
    yield database
    database.close()


def test_migrations_make_the_tables_of_the_source(database: Database) -> None:
    """After all migrations, the database differs in nothing from what `store.tables` says."""
    upgrade(database)

    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []


def test_a_difference_would_be_seen(database: Database) -> None:
    """The comparison finds a column that somebody added."""
    upgrade(database)
    with database.write() as connection:
        connection.execute(text("ALTER TABLE pack ADD COLUMN rumour INTEGER"))

    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) != []


def test_migrations_go_down_and_up_again(database: Database) -> None:
    """Going down takes every table away, functions included; going up again makes the same ones."""
    upgrade(database)
    downgrade(database, "base")
    with database.read() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
        if database.kind == "postgresql":
            left = connection.execute(text("SELECT count(*) FROM pg_proc WHERE proname LIKE '%only_grows'"))
            assert left.scalar_one() == 0

    upgrade(database)

    require_current_schema(database)


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    """A second upgrade of an up-to-date database does nothing."""
    upgrade(database)
    upgrade(database)

    require_current_schema(database)


def test_an_empty_database_holds_no_ledger(database: Database) -> None:
    """A database without tables is said to hold no ledger."""

    with pytest.raises(Misuse) as caught:
        require_current_schema(database)

    assert caught.value.code == "ledger-missing"


def test_another_version_is_refused(database: Database) -> None:
    """Tables of another version of the program are refused, with the word that helps."""
    upgrade(database)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(Misuse) as caught:
        require_current_schema(database)

    assert caught.value.code == "store-needs-migration"


@pytest.mark.parametrize("table", tables.APPEND_ONLY)
@pytest.mark.parametrize("act", ["DELETE FROM {}", "UPDATE {} SET {} = {}"])
def test_tables_that_only_grow_are_fenced(database: Database, table: str, act: str) -> None:
    """Neither UPDATE nor DELETE passes on a row of the log or of the registry."""
    upgrade(database)
    columns = tables.metadata.tables[table].columns
    row = {
        column.name: b"x" if column.type.python_type is bytes else 1 if column.type.python_type is int else "x"
        for column in columns
    }
    with database.write() as connection:
        connection.execute(tables.metadata.tables[table].insert(), row)
    name = columns[0].name

    with pytest.raises(Unavailable), database.write() as connection:
        connection.execute(text(act.format(table, name, name)))

    with database.read() as connection:
        assert connection.execute(tables.metadata.tables[table].select()).one()._asdict() == row
