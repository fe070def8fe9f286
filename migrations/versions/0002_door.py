"""The door: API keys, enrolment codes, an index for the stop list, and what EPCIS's interface keeps.

Revision: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import sqlite

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ASCII = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
STOP_KINDS = "kind IN ('loss', 'seizing', 'seizure', 'theft')"


def upgrade() -> None:
    """Create all tables and the index."""
    _create_door()
    _create_captures()
    _create_events()
    _create_subscriptions()


def _create_captures() -> None:
    op.create_table(
        "capture_job",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("party_number", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.BigInteger(), nullable=True),
        sa.Column("behaviour", ASCII, nullable=False),
        sa.Column("media_type", ASCII, nullable=False),
        sa.Column("faults", sa.LargeBinary(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("capture_job_party", "capture_job", ["party_number", "created", "id"])
    op.create_index("capture_job_finished", "capture_job", ["finished"])
    op.create_table(
        "gateway_statement",
        sa.Column("party_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", ASCII, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kid", sa.LargeBinary(), nullable=False),
        sa.Column("declares_error", sa.SmallInteger(), nullable=False),
        sa.Column("statement", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("party_number", "event_id", "digest", "kid"),
        sqlite_with_rowid=False,
    )


def _create_events() -> None:
    texts = ("type", "action", "biz_step", "disposition", "read_point", "biz_location")
    op.create_table(
        "event_index",
        sa.Column("log_index", NUMBER, autoincrement=False, nullable=False),
        sa.Column("issuer", sa.BigInteger(), nullable=False),
        sa.Column("event_id", ASCII, nullable=False),
        sa.Column("event_time", sa.BigInteger(), nullable=False),
        sa.Column("recorded", sa.BigInteger(), nullable=False),
        *(sa.Column(name, ASCII, nullable=False) for name in texts),
        sa.Column("declared", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("log_index"),
        sqlite_with_rowid=False,
    )
    op.create_index("event_index_id", "event_index", ["event_id", "log_index"])
    op.create_index("event_index_time", "event_index", ["event_time", "log_index"])
    op.create_index("event_index_record", "event_index", ["recorded", "log_index"])
    op.create_index("event_index_place", "event_index", ["biz_location", "event_time", "log_index"])
    op.create_table(
        "event_reader",
        sa.Column("party", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("party", "event_time", "log_index"),
        sqlite_with_rowid=False,
    )
    op.create_index("event_reader_log", "event_reader", ["party", "log_index"])
    op.create_index("event_reader_record", "event_reader", ["party", "recorded", "log_index"])
    op.create_table(
        "event_value",
        sa.Column("party", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", ASCII, nullable=False),
        sa.Column("value", ASCII, nullable=False),
        sa.PrimaryKeyConstraint("party", "name", "value"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "event_progress",
        sa.Column("size", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("size"),
        sqlite_with_rowid=False,
    )


def _create_subscriptions() -> None:
    op.create_table(
        "named_query",
        sa.Column("party_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("definition", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("party_number", "name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "subscription",
        sa.Column("id", ASCII, nullable=False),
        sa.Column("party_number", sa.BigInteger(), nullable=False),
        sa.Column("query_name", sa.Text(), nullable=False),
        sa.Column("api_key", ASCII, nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("controls", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("resting", ASCII, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_index("subscription_query", "subscription", ["party_number", "query_name"])
    op.create_index("subscription_due", "subscription", ["resting", "due"])
    op.create_table(
        "delivery",
        sa.Column("subscription", ASCII, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", ASCII, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subscription", "position"),
        sqlite_with_rowid=False,
    )
    op.create_index("delivery_due", "delivery", ["due"])


def _create_door() -> None:
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
    for table in (
        "delivery", "subscription", "named_query", "event_progress", "event_value", "event_reader",
        "event_index", "gateway_statement", "capture_job",
    ):  # fmt: skip
        op.drop_table(table)
    op.drop_index("entry_stop", table_name="entry")
    op.drop_table("enrolment_code")
    op.drop_table("api_key")
