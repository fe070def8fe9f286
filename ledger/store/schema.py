"""The schema's version, by alembic: migrations run up and down on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from ledger.errors import Misuse, Unavailable
from ledger.store.database import Database

__all__ = ["downgrade", "require_current_schema", "upgrade"]


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the tables to a revision; what is there already stays."""
    with _configured(database) as config:
        command.upgrade(config, revision)


def downgrade(database: Database, revision: str) -> None:
    """Take the tables back to a revision; `base` takes all away."""
    with _configured(database) as config:
        command.downgrade(config, revision)


def require_current_schema(database: Database) -> None:
    """Require that the tables are those of this program.

    Raises:
        Misuse: `ledger-missing` when there are none; `store-needs-migration` when they are older or newer.
    """
    with database.read() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    newest = ScriptDirectory(_script_folder()).get_current_head()
    if current is None:
        raise Misuse("ledger-missing", "the database holds no ledger")
    if current != newest:
        raise Misuse("store-needs-migration", f"tables are at {current}, this program needs {newest}")


def _script_folder() -> str:
    spec = find_spec("migrations")
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable("store-unavailable", "the package 'migrations' is not installed")
    return str(Path(next(iter(spec.submodule_search_locations))))


@contextmanager
def _configured(database: Database) -> Iterator[Config]:
    config = Config()
    config.set_main_option("script_location", _script_folder().replace("%", "%%"))
    with database.write() as connection:
        config.attributes["connection"] = connection
        yield config
