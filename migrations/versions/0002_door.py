"""The door: API keys, enrolment codes, and an index for the stop list.

Revision: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ASCII = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
STOP_KINDS = "kind IN ('loss', 'seizing', 'seizure', 'theft')"


def upgrade() -> None:
    """Create both tables and the index."""
    op.create_table(
        "api_key",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("party_number", sa.BigInteger(), nullable=False),
        sa.Column("station_number", sa.BigInteger(), nullable=False),
        sa.Column("roles", ASCII, nullable=False),
        sa.Column("actions", ASCII, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "enrolment_code",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("station", ASCII, nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=True),
        sa.Column("kid", sa.LargeBinary(), nullable=True),
        sa.Column("api_key", ASCII, nullable=True),
        sa.PrimaryKeyConstraint("digest"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "entry_stop",
        "entry",
        ["log_index"],
        postgresql_where=sa.text(STOP_KINDS),
        sqlite_where=sa.text(STOP_KINDS),
    )


def downgrade() -> None:
    """Take them away; what the log says is untouched."""
    op.drop_index("entry_stop", table_name="entry")
    op.drop_table("enrolment_code")
    op.drop_table("api_key")
