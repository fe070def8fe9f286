"""The fence: what the door's own role may read of each table on PostgreSQL, row by row; and queries that offices keep.

Revision: 0003

A policy says what `ledger.identity.sight` says, from what `ledger.store.fence` tells of the caller in each
transaction; where nothing was told, no row is shown. The owner of the tables, who records and verifies, is not held by
policies (without FORCE): whoever owns tables could drop them, and a bulk COPY may not be under any.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ASCII = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")

# In sub-selects, which are computed once a query and not once a row.
PARTY: Final = "(SELECT nullif(current_setting('packledger.party', true), ''))"
PERSON: Final = "(SELECT nullif(current_setting('packledger.person', true), ''))"
ISSUER: Final = "(SELECT decode(nullif(current_setting('packledger.issuer', true), ''), 'hex'))"


def _has(*roles: str) -> str:
    names = ", ".join(f"'{role}'" for role in roles)
    told = "(SELECT string_to_array(current_setting('packledger.roles', true), ' '))"
    return f"coalesce({told} && ARRAY[{names}], false)"


SEES_PERSONS: Final = _has("insurer", "medicine", "police")
POLICIES: Final = {
    "pack": f"{_has('insurer', 'medicine', 'commerce', 'tax', 'police', 'auditor')} OR holder = {PARTY}::bigint",
    "case_state": f"position(' ' || {PARTY} || ' ' in offices) > 0",
    "case_action": "EXISTS (SELECT FROM case_state WHERE case_state.number = case_action.number)",
    "finding": (
        f"{SEES_PERSONS} OR (grain IN ('pack', 'institution', 'trade') AND {_has('commerce', 'tax')})"
    ),
    "finding_event": "EXISTS (SELECT FROM finding WHERE finding.id = finding_event.id)",
    "person": f"{SEES_PERSONS} AND encode(pseudonym, 'hex') = {PERSON}",
    "confidential": f"{SEES_PERSONS} AND encode(person, 'hex') = {PERSON}",
    "saved_query": f"party_number = {PARTY}::bigint",
    # Notes in cases and looks at persons are bodies like others; who signed stands in the statement.
    "entry": (
        "CASE kind"
        " WHEN 'action' THEN EXISTS (SELECT FROM case_action WHERE case_action.log_index = entry.log_index)"
        f" WHEN 'look' THEN {_has('insurer')} OR coalesce(position({ISSUER} in statement) > 0, false)"
        " ELSE true END"
    ),
}
"""Which rows are shown, by table; tables that are not listed show all that the role was granted."""


def upgrade() -> None:
    """Create the table, and the policies."""
    op.create_table(
        "saved_query",
        sa.Column("party_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", ASCII, nullable=False),
        sa.Column("station_number", sa.BigInteger(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("query", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("party_number", "name"),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name != "sqlite":
        for table, shown in POLICIES.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY {table}_shown ON {table} FOR SELECT USING ({shown})")


def downgrade() -> None:
    """Take them away."""
    if op.get_bind().dialect.name != "sqlite":
        for table in POLICIES:
            op.execute(f"DROP POLICY {table}_shown ON {table}")
            op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.drop_table("saved_query")
