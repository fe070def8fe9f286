"""What a database administrator can do behind the ledger's back; for demonstrations and tests of `verify`."""

from __future__ import annotations

from sqlalchemy import text

from ledger.store import tables
from ledger.store.database import Connection, Database

__all__ = ["unsafe_alter_body"]


def unsafe_alter_body(database: Database, index: int, old: bytes, new: bytes) -> bool:
    """Take the fence away, change the body of one statement, and put it back; return whether anything changed.

    This is the attack that the log exists to make visible: no trigger stops whoever owns the database.
    """
    entry = tables.entry
    with database.write() as connection:
        down, up = _fence(connection, database.kind)
        connection.execute(text(down))
        at = entry.c.log_index == index
        body = connection.execute(entry.select().where(at)).one().body
        connection.execute(entry.update().where(at).values(body=bytes(body).replace(old, new)))
        connection.execute(text(up))
    return old in bytes(body)


def _fence(connection: Connection, kind: str) -> tuple[str, str]:
    """Return what takes the fence of `entry` down, and what puts it up again."""
    if kind == "postgresql":
        return "ALTER TABLE entry DISABLE TRIGGER USER", "ALTER TABLE entry ENABLE TRIGGER USER"
    made = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = 'entry_no_update'")).scalar_one()
    return "DROP TRIGGER entry_no_update", str(made)
