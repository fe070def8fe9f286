"""The first tables: the log, what is derived from it, the registrations, what can be erased, cases and findings.

Revision: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import sqlite

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ASCII = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")

APPEND_ONLY = (
    "ledger", "entry", "link_page", "checkpoint", "anomaly", "confidential",
    "party", "site", "station", "key", "revocation", "product", "recall",
)  # fmt: skip


def upgrade() -> None:
    """Create every table, and the fences around those that only grow."""
    _create_log()
    _create_derived()
    _create_parties()
    _create_goods()
    _create_personal()
    _create_cases()
    _create_findings()
    for table in APPEND_ONLY:
        _fence(table)


def _create_log() -> None:
    op.create_table(
        "ledger",
        sa.Column("origin", ASCII, nullable=False),
        sa.Column("verifier_key", ASCII, nullable=False),
        sa.PrimaryKeyConstraint("origin"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entry",
        sa.Column("log_index", NUMBER, autoincrement=False, nullable=False),
        sa.Column("kind", ASCII, nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("statement", sa.LargeBinary(), nullable=False),
        sa.Column("claim", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("log_index"),
        sa.UniqueConstraint("leaf"),
    )
    op.create_index(
        "entry_office",
        "entry",
        ["log_index"],
        postgresql_where=sa.text("kind IN ('action', 'look', 'rule', 'seizure')"),
        sqlite_where=sa.text("kind IN ('action', 'look', 'rule', 'seizure')"),
    )
    op.create_table(
        "link_page",
        sa.Column("seal", NUMBER, autoincrement=False, nullable=False),
        sa.Column("page", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("links", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seal", "page"),
    )
    op.create_table(
        "tile",
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", NUMBER, autoincrement=False, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )


def _create_derived() -> None:
    op.create_table(
        "pack",
        sa.Column("code", ASCII, nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("holder", sa.BigInteger(), nullable=False),
        sa.Column("parent", ASCII, nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("seal", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("custody", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
        postgresql_with={"fillfactor": 70},
        sqlite_with_rowid=False,
    )
    op.create_index(
        "pack_parent",
        "pack",
        ["parent"],
        postgresql_where=sa.text("parent IS NOT NULL"),
        sqlite_where=sa.text("parent IS NOT NULL"),
    )
    op.create_table(
        "anomaly",
        sa.Column("log_index", NUMBER, autoincrement=False, nullable=False),
        sa.Column("code", ASCII, nullable=False),
        sa.Column("name", ASCII, nullable=False),
        sa.PrimaryKeyConstraint("log_index", "code", "name"),
        sqlite_with_rowid=False,
    )


def _create_parties() -> None:
    op.create_table(
        "party",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("uri", ASCII, nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("roles", ASCII, nullable=False),
        sa.Column("region", ASCII, nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("uri"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "site",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("uri", ASCII, nullable=False),
        sa.Column("party_number", sa.BigInteger(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("region", ASCII, nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("uri"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_site_party_number", "site", ["party_number"])
    op.create_table(
        "station",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("uri", ASCII, nullable=False),
        sa.Column("site_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("uri"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "key",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("kid", sa.LargeBinary(), nullable=False),
        sa.Column("station_number", sa.BigInteger(), nullable=False),
        sa.Column("alg", sa.SmallInteger(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("kid"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "revocation",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("kid", sa.LargeBinary(), nullable=False),
        sa.Column("reason", ASCII, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("kid"),
        sqlite_with_rowid=False,
    )


def _create_goods() -> None:
    op.create_table(
        "product",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("id", ASCII, nullable=False),
        sa.Column("maker_number", sa.BigInteger(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("weight_milligrams", sa.BigInteger(), nullable=False),
        sa.Column("supply_days", sa.Integer(), nullable=False),
        sa.Column("strength", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "recall",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("product_id", ASCII, nullable=False),
        sa.Column("batch", ASCII, nullable=False),
        sa.PrimaryKeyConstraint("number", "batch"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_recall_product_id", "recall", ["product_id"])


def _create_personal() -> None:
    op.create_table(
        "person",
        sa.Column("pseudonym", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("erased", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("pseudonym"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "confidential",
        sa.Column("log_index", NUMBER, autoincrement=False, nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("log_index"),
    )


def _create_cases() -> None:
    op.create_table(
        "case_state",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("uri", ASCII, nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("office", sa.BigInteger(), nullable=False),
        sa.Column("officer", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=True),
        sa.Column("offices", ASCII, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("uri"),
    )
    op.create_table(
        "case_action",
        sa.Column("log_index", NUMBER, autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("fault", ASCII, nullable=False),
        sa.PrimaryKeyConstraint("log_index"),
    )
    op.create_index("ix_case_action_number", "case_action", ["number"])


def _create_findings() -> None:
    op.create_table(
        "finding_run",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("tree_size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "finding_rule",
        sa.Column("version", sa.LargeBinary(), nullable=False),
        sa.Column("rule", ASCII, nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("rule", ASCII, nullable=False),
        sa.Column("is_open", sa.SmallInteger(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("first_run", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("grain", ASCII, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "finding_event",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("run", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("what", ASCII, nullable=False),
        sa.Column("reason", ASCII, nullable=False),
        sa.PrimaryKeyConstraint("id", "run"),
        sqlite_with_rowid=False,
    )


def _fence(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_only_grows() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{table} only grows'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_only_grows()"
    )


def downgrade() -> None:
    """Take everything away."""
    for table in (
        "finding_event", "finding", "finding_rule", "finding_run", "case_action", "case_state",
        "confidential", "person", "recall", "product", "revocation", "key", "station", "site",
        "party", "anomaly", "pack", "checkpoint", "tile", "link_page", "entry", "ledger",
    ):  # fmt: skip
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        for table in APPEND_ONLY:
            op.execute(f"DROP FUNCTION {table}_only_grows()")
