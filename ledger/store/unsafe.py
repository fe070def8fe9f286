"""What a database administrator can do behind the ledger's back; for demonstrations and tests of `verify`."""

from __future__ import annotations

from sqlalchemy import text

from ledger.store import tables
from ledger.store.database import Database

__all__ = ["unsafe_alter_body"]


def unsafe_alter_body(database: Database, index: int, old: bytes, new: bytes) -> bool:
    """Take the fence away and change the body of one statement; return whether anything changed.

    This is the attack that the log exists to make visible: no trigger stops whoever owns the database.
    """
    entry = tables.entry
    with database.write() as connection:
        if database.kind == "sqlite":
            connection.execute(text("DROP TRIGGER IF EXISTS entry_no_update"))
        else:
            connection.execute(text("DROP TRIGGER IF EXISTS entry_only_grows ON entry"))
        at = entry.c.log_index == index
        body = connection.execute(entry.select().where(at)).one().body
        connection.execute(entry.update().where(at).values(body=bytes(body).replace(old, new)))
    return old in bytes(body)
