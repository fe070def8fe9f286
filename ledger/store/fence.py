"""The fence: reading for one caller. Who asks is told to the database, which shows what that caller may see.

The first fence is the verb's own question (`identity.sight`). The second is the database's, for the query that
forgets the first: row-level security, when the ledger lies on PostgreSQL and the settings name a role for the door
that does not own the tables. SQLite has no such thing: there the first fence is the only one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from ledger.identity.access import Caller
from ledger.store.database import Connection, Database

__all__ = ["Fence"]

_TELL = text(
    "SELECT set_config('packledger.party', :party, true), set_config('packledger.roles', :roles, true),"
    " set_config('packledger.person', :person, true)"
)


class Fence:
    """Gives connections for reading on behalf of a caller; safe to share between threads.

    Args:
        database: where the ledger lies, opened as the role that the door has.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    @contextmanager
    def read(self, caller: Caller, *, person: str = "") -> Iterator[Connection]:
        """Give a connection whose statements all see one state, and of it what this caller may see.

        Args:
            caller: who asks.
            person: the one pseudonym whose confidential parts are meant, in hex.
        """
        with self.database.read() as connection:
            if self.database.kind == "postgresql":
                roles = f" {' '.join(sorted(caller.roles))} "
                connection.execute(_TELL, {"party": str(caller.party), "roles": roles, "person": person})
            yield connection
