"""The fence: reading for one caller. Who asks is told to the database, which shows what that caller may see.

The first fence is the verb's own question (`identity.sight`). The second is the database's, for the query that
forgets the first: row-level security, when the ledger lies on PostgreSQL and the settings name a role for the door
(`door_database_url`) that does not own the tables. Without such a role, and on SQLite, which has no such thing, the
first fence is the only one; the server says how many it has when it begins.

    packledger door-role door       lets the role `door` read what the policies show it
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import select, text

from ledger.errors import Misuse
from ledger.identity.access import Caller
from ledger.log.cbor import print_text
from ledger.store import tables
from ledger.store.database import Connection, Database
from ledger.store.policies import POLICIES

__all__ = ["Fence", "grant_door", "require_fenced"]

READABLE: Final = (
    "alembic_version", "case_action", "case_state", "confidential", "entry", "finding", "finding_event", "finding_rule",
    "finding_run", "key", "ledger", "link_page", "pack", "party", "person", "product", "recall", "revocation",
    "saved_query", "site", "station",
)  # fmt: skip
"""What the door's role is granted; policies then choose the rows. Neither secrets of callers, nor anything to write."""

_TELL: Final = text(
    "SELECT set_config('packledger.party', :party, true), set_config('packledger.roles', :roles, true),"
    " set_config('packledger.person', :person, true), set_config('packledger.issuer', :issuer, true)"
)
# Whoever is above the policies: by right, or as a member of the role that owns the tables.
_UNFENCED: Final = text(
    "SELECT r.rolsuper OR r.rolbypassrls OR EXISTS ("
    " SELECT FROM pg_class AS c WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = 'case_state'"
    " AND pg_has_role(current_user, c.relowner, 'USAGE')"
    ") FROM pg_roles AS r WHERE r.rolname = current_user"
)
_QUOTED: Final = text("SELECT quote_ident(rolname) FROM pg_roles WHERE rolname = :role")


class Fence:
    """Gives connections for reading on behalf of a caller; safe to share between threads.

    Args:
        database: where the ledger lies, opened as the role that the door has.
        is_second: whether that role is held by the policies.
    """

    def __init__(self, database: Database, *, is_second: bool) -> None:
        self._database = database
        self.fences = 2 if is_second else 1
        self._issuers: dict[int, str] = {}

    @contextmanager
    def read(self, caller: Caller, *, person: str = "") -> Iterator[Connection]:
        """Give a connection whose statements all see one state, and of it what this caller may see.

        Args:
            caller: who asks.
            person: the one pseudonym whose confidential parts are meant, in hex.
        """
        with self._database.read() as connection:
            if self.fences > 1:
                told = {
                    "party": str(caller.party or ""), "roles": " ".join(sorted(caller.roles)), "person": person,
                    "issuer": self._issuer(connection, caller.party),
                }  # fmt: skip
                connection.execute(_TELL, told)
            yield connection

    def _issuer(self, connection: Connection, party: int) -> str:
        """Return a party's URI as statements hold it, in hex: with the length before it, so that no other begins so."""
        known = self._issuers.get(party)
        if known is None:
            uri = connection.execute(select(tables.party.c.uri).where(tables.party.c.number == party)).scalar()
            known = self._issuers[party] = print_text(uri).hex() if uri else ""
        return known

    def close(self) -> None:
        """Close the connections."""
        self._database.close()


def require_fenced(database: Database) -> None:
    """Require that the role as which a database was opened is held by its policies, and that these alone are there.

    Raises:
        Misuse: `fence-open`, `fence-altered`.
    """
    if database.kind != "postgresql":
        raise Misuse("fence-open", "row-level security is PostgreSQL's")
    with database.read() as connection:
        if connection.execute(_UNFENCED).scalar_one():
            raise Misuse("fence-open", "this role owns the tables, or stands above their policies")
        found = {part for part in database.dialect.parts(connection) if part.startswith("policy ")}
    if found != POLICIES:
        raise Misuse("fence-altered", min(found ^ POLICIES))


def grant_door(database: Database, role: str) -> None:
    """Let a role read for the door, and nothing else.

    Raises:
        Misuse: `fence-open` on SQLite; `role-unknown`.
    """
    if database.kind != "postgresql":
        raise Misuse("fence-open", "row-level security is PostgreSQL's")
    with database.write() as connection:
        name = connection.execute(_QUOTED, {"role": role}).scalar()
        if name is None:
            raise Misuse("role-unknown", role)
        quoted = name.replace("%", "%%")  # for the driver, which looks for places of parameters
        connection.exec_driver_sql(f"GRANT SELECT ON {', '.join(READABLE)} TO {quoted}")
