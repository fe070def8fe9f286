"""What stands in a database beside rows: what is gone, what somebody altered, and what was added."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from ledger.errors import NotVerified
from ledger.store.database import Database
from ledger.store.parts import look_at_parts
from ledger.store.schema import upgrade
from ledger.store.tables import APPEND_ONLY, metadata
from tests.house.tree import REPOSITORY, load

SHOWN: dict[str, str] = load(REPOSITORY / "migrations" / "versions" / "0003_fence.py").POLICIES
INDEXES = [index.name for table in metadata.sorted_tables for index in table.indexes]
# Each trigger, and what takes it away.
FENCES = {
    "sqlite": {
        f"{table}_no_{act}": f"DROP TRIGGER {table}_no_{act}" for table in APPEND_ONLY for act in ("update", "delete")
    },
    "postgresql": {f"{table}_only_grows": f"DROP TRIGGER {table}_only_grows ON {table}" for table in APPEND_ONLY},
}
# What puts another in its place.
WEAKENED = {
    "sqlite": {
        "CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry WHEN 0"
        " BEGIN SELECT RAISE(ABORT, 'entry only grows'); END",
        "CREATE TRIGGER entry_no_update BEFORE UPDATE OF kind ON entry"
        " BEGIN SELECT RAISE(ABORT, 'entry only grows'); END",
        "CREATE TRIGGER entry_no_update BEFORE UPDATE ON tile BEGIN SELECT RAISE(ABORT, 'tile only grows'); END",
    },
    "postgresql": {
        "CREATE TRIGGER entry_only_grows BEFORE UPDATE OR DELETE ON entry"
        " FOR EACH STATEMENT EXECUTE FUNCTION entry_only_grows()",
        "CREATE TRIGGER entry_only_grows BEFORE UPDATE OF kind OR DELETE OR TRUNCATE ON entry"
        " FOR EACH STATEMENT EXECUTE FUNCTION entry_only_grows()",
        "CREATE TRIGGER entry_only_grows AFTER UPDATE OR DELETE OR TRUNCATE ON entry"
        " FOR EACH STATEMENT EXECUTE FUNCTION entry_only_grows()",
    },
}


def look(database: Database, *statements: str) -> tuple[list[str], list[str]]:
    """Return what is missing and what is foreign after these statements, which are taken back."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        for statement in statements:
            connection.exec_driver_sql(statement)
        found = look_at_parts(database, connection)
        assert sorted(map(str, found.keyless)) == [part for part in found.missing if part.startswith("key ")]
        return found.missing, found.foreign


@pytest.fixture
def whole(database_url: str) -> Iterator[Database]:
    """Return a database as the migrations make it."""
    with closing(Database(database_url)) as database:
        upgrade(database)
        yield database


def test_what_the_migrations_make_is_whole(whole: Database) -> None:
    """The control: nothing is missing, and nothing is foreign."""
    assert look(whole) == ([], [])


def test_an_index_that_is_gone_is_told(whole: Database) -> None:
    """Nothing is proved by it, but without it, what is asked every second takes minutes."""
    assert INDEXES
    for name in INDEXES:
        assert look(whole, f"DROP INDEX {name}") == ([f"index {name}"], [])


def test_a_fence_that_is_gone_is_told(whole: Database) -> None:
    """Each trigger of each table."""
    for name, drop in FENCES[whole.kind].items():
        assert look(whole, drop) == ([f"trigger {name}"], [])


def test_a_fence_with_a_hole_is_told(whole: Database) -> None:
    """A trigger of the right name that lets through what it should refuse."""
    for weakened in WEAKENED[whole.kind]:
        name = weakened.split()[2]
        found = look(whole, FENCES[whole.kind][name], weakened)
        assert found == ([f"trigger {name}"], [f"trigger {name}, altered"]), weakened


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("ALTER TABLE entry DISABLE TRIGGER entry_only_grows", (["trigger entry_only_grows"], [])),
        ("ALTER TABLE entry ENABLE REPLICA TRIGGER entry_only_grows", (["trigger entry_only_grows"], [])),
        (
            "CREATE OR REPLACE FUNCTION entry_only_grows() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RETURN NULL; END $$",
            (["trigger entry_only_grows"], ["trigger entry_only_grows, altered"]),
        ),
        ("CREATE RULE quiet AS ON INSERT TO anomaly DO INSTEAD NOTHING", ([], ["rule quiet"])),
        ("ALTER TABLE entry DROP CONSTRAINT entry_leaf_key", (["key entry (leaf)"], [])),
        ("ALTER TABLE pack DROP CONSTRAINT pack_pkey", (["key pack (code)"], [])),
    ],
)
def test_what_only_a_server_can_be_made_to_do_is_told(
    statement: str, found: tuple[list[str], list[str]], postgres_url: str
) -> None:
    """Triggers can be switched off there, their functions replaced, keys dropped, and statements rewritten."""
    with closing(Database(postgres_url)) as database:
        upgrade(database)
        assert look(database, statement) == found


def test_a_trigger_of_others_is_told(whole: Database) -> None:
    """Whatever it does: what is recorded passes it."""
    statements = {
        "sqlite": ["CREATE TRIGGER quiet AFTER INSERT ON anomaly BEGIN DELETE FROM pack; END"],
        "postgresql": [
            "CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
            "CREATE TRIGGER quiet BEFORE INSERT ON anomaly FOR EACH ROW EXECUTE FUNCTION quiet()",
        ],
    }
    assert look(whole, *statements[whole.kind]) == ([], ["trigger quiet, altered"])


# Each makes another policy of one of ours: {0} is its table, {1} the condition that our migrations give it.
AGAIN = "DROP POLICY {0}_shown ON {0}; CREATE POLICY {0}_shown ON {0}"
OPENED = {
    "everybody": "ALTER POLICY {0}_shown ON {0} USING (true)",
    "the same words": "ALTER POLICY {0}_shown ON {0} USING (({1}) OR true)",
    "one blank": "ALTER POLICY {0}_shown ON {0} USING (({1}) AND '  ' <> ' ')",
    "another role": "ALTER POLICY {0}_shown ON {0} TO CURRENT_USER",
    "restrictive": f"{AGAIN} AS RESTRICTIVE FOR SELECT USING ({{1}})",
    "for all": f"{AGAIN} FOR ALL USING ({{1}})",
    "with check": f"{AGAIN} FOR ALL USING ({{1}}) WITH CHECK (true)",
    "for update": f"{AGAIN} FOR UPDATE USING ({{1}}) WITH CHECK (false)",
}


@pytest.mark.parametrize("done", OPENED.values(), ids=OPENED)
def test_a_policy_that_is_not_word_for_word_ours_is_told(done: str, postgres_url: str) -> None:
    """Each policy in turn: whom it lets in, to whom it applies, when, and how it adds to others."""
    assert len(SHOWN) > 6
    with closing(Database(postgres_url)) as database:
        upgrade(database)
        for table, shown in SHOWN.items():
            found = look(database, *done.format(table, shown).split("; "))
            assert found == ([f"policy {table}_shown"], [f"policy {table}_shown, altered"])


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["ALTER TABLE pack DISABLE ROW LEVEL SECURITY"], (["policy pack_shown"], [])),
        (["DROP POLICY pack_shown ON pack"], (["policy pack_shown"], [])),
        (
            ["ALTER POLICY pack_shown ON pack RENAME TO shown"],
            (["policy pack_shown"], ["policy shown, altered"]),
        ),
        (
            ["DROP POLICY pack_shown ON pack", "CREATE POLICY pack_shown ON finding FOR SELECT USING (true)"],
            (["policy pack_shown"], ["policy pack_shown, altered"]),
        ),
        (["CREATE POLICY more ON recall USING (true)"], ([], ["policy more, altered"])),
    ],
    ids=["asleep", "gone", "renamed", "moved", "more"],
)
def test_a_policy_that_stands_elsewhere_is_told(
    statements: list[str], found: tuple[list[str], list[str]], postgres_url: str
) -> None:
    """Nowhere, under another name, at another table, beside ours."""
    with closing(Database(postgres_url)) as database:
        upgrade(database)
        assert look(database, *statements) == found


def test_a_policy_that_asks_somebodys_own_function_is_told(postgres_url: str) -> None:
    """It prints word for word as ours where the search path puts that function before the server's own."""
    statements = [
        "CREATE FUNCTION public.current_setting(text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT '1' $$",
        "SET LOCAL search_path = public, pg_catalog",
        *(f"ALTER POLICY {table}_shown ON {table} USING ({shown})" for table, shown in SHOWN.items()),
    ]
    asking = sorted(f"policy {table}_shown" for table, shown in SHOWN.items() if "current_setting" in shown)
    assert len(asking) > 4
    with closing(Database(postgres_url)) as database:
        upgrade(database)
        assert look(database, *statements) == (asking, [f"{each}, altered" for each in asking])


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["DROP TABLE finding_run"], "finding_run"),
        (["ALTER TABLE checkpoint DROP COLUMN note"], "checkpoint.note"),
        (["ALTER TABLE checkpoint RENAME COLUMN note TO paper", "DROP TABLE tile"], "checkpoint.note, tile"),
        (["ALTER TABLE pack RENAME TO hidden", "CREATE VIEW pack AS SELECT * FROM hidden"], "pack"),
    ],
)
def test_a_table_that_is_gone_is_named(statements: list[str], named: str, whole: Database) -> None:
    """With its columns, where only these are gone; a view is no table, whatever it shows."""
    with pytest.raises(NotVerified) as met:
        look(whole, *statements)
    assert (met.value.code, met.value.detail, met.value.index) == ("table-missing", named, None)


def test_a_database_without_any_table_is_another_matter(database_url: str) -> None:
    """There is no ledger to verify; whoever reads from it is told so."""
    with closing(Database(database_url)) as database:
        assert look(database)[1] == []
