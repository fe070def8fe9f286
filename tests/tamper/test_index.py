"""The index of events is held against the log: no evidence, but a row that is gone hides an event from queries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Table, update

from ledger import events
from ledger.errors import NotVerified
from ledger.events import catch_up, compare, read_on, remake
from ledger.store.database import Database
from ledger.store.events import LISTS, empty_index, indexed_size
from ledger.store.exchange import event_index, event_progress, event_reader, event_value
from tests.kit import World
from tests.tamper.attacks import Edit, Row, edits_of, is_row, rows_of
from tests.tamper.scene import clone

INDEX = {table.name: table for table in (event_index, event_reader)}
EDITS = [edit for edit in edits_of(INDEX.values()) if edit.name != "nothing" or edit.column == "declared"]


def _traded(home: Path, url: str) -> int:
    """Let packs be made, sent, received and sold, one sale declared an error; return the log index of that."""
    with World(home, url) as world:
        packs = world.packs(6)
        world.record(world.commission(packs))
        world.record(world.ship(packs), world.inspect(packs[:2], by=world.rival))
        world.record(world.receive(packs), world.dispense(packs[:1]))
        mistake = world.fresh_id()
        sold = {"settlement": "self_pay", "destination": world.rival.party}  # to somebody, so that two parties read it
        world.record(world.event(world.pharmacy, "dispensing", packs[1:2], event_id=mistake, **sold))
        return world.one(world.declare_wrong("dispensing", mistake, packs[1:2], by=world.pharmacy, **sold)).index or 0


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """Return a ledger's file whose events are indexed, and the log index of its declaration; nobody may change it."""
    folder = tmp_path_factory.mktemp("indexed")
    declared = _traded(folder / "home", f"sqlite:///{folder / 'ledger.sqlite'}")
    database = Database(f"sqlite:///{folder / 'ledger.sqlite'}")
    catch_up(database)
    database.close()
    return folder / "ledger.sqlite", declared


@pytest.fixture
def database(made: tuple[Path, int], tmp_path: Path) -> Iterator[Database]:
    """Return a copy that the test may do anything to."""
    database = Database(f"sqlite:///{clone(made[0], tmp_path / 'copy.sqlite')}")
    yield database
    database.close()


def _fault(database: Database) -> NotVerified:
    with pytest.raises(NotVerified) as caught:
        compare(database)
    return caught.value


def _stored(database: Database) -> list[list[Row]]:
    with database.read() as connection:
        return [rows_of(connection, table) for table in (event_index, event_reader, event_value, event_progress)]


def _is_mended(database: Database) -> bool:
    before = _stored(database)
    remake(database)
    after = _stored(database)
    return compare(database) == len(after[0]) and before != after


def test_an_honest_index_holds(database_url: str, tmp_path: Path) -> None:
    """The control, on both databases: before it is made, when it is, and made again."""
    _traded(tmp_path / "home", database_url)
    database = Database(database_url)
    assert compare(database) == 0
    covered = catch_up(database)
    assert compare(database) == 7
    assert remake(database) == covered
    assert compare(database) == 7
    database.close()


@pytest.mark.parametrize("edit", EDITS, ids=str)
def test_an_edited_value_is_found(edit: Edit, made: tuple[Path, int], database: Database) -> None:
    """One value of one row is changed: of the event that declares an error, which has a value in every column."""
    table = INDEX[edit.table]
    with database.write() as connection:
        row = next(row for row in rows_of(connection, table) if row["log_index"] == made[1])
        changed = "x" if row[edit.column] == "" else edit.change(row[edit.column])
        assert changed != row[edit.column]
        done = connection.execute(table.update().where(is_row(table, row)).values({edit.column: changed}))
        assert done.rowcount == 1
    fault = _fault(database)
    assert fault.code == "index-altered"
    # A row that was moved to an earlier statement is one too many there.
    assert fault.index is not None
    assert fault.index <= made[1]
    assert _is_mended(database)


@pytest.mark.parametrize("table", [event_index, event_reader, event_value], ids=str)
def test_a_deleted_row_is_found(table: Table, database: Database) -> None:
    """Each row in turn is taken away; for an event and its readers, that statement is named."""
    with database.read() as connection:
        rows = rows_of(connection, table)
    assert len(rows) > 6
    for row in rows:
        with database.write() as connection:
            connection.execute(table.delete().where(is_row(table, row)))
        fault = _fault(database)
        assert (fault.code, fault.index) == ("index-altered", row.get("log_index", fault.index))
        with database.write() as connection:
            connection.execute(table.insert(), dict(row))
    assert compare(database) == 7


@pytest.mark.parametrize("known", [True, False])
def test_a_reader_who_was_let_in_is_found(known: bool, made: tuple[Path, int], database: Database) -> None:
    """Somebody reads an event who is neither its author nor its addressee."""
    with database.write() as connection:
        rows = rows_of(connection, event_reader)
        last = next(row for row in rows if row["log_index"] == made[1])
        party = min({row["party"] for row in rows} - {last["party"]}) if known else 999
        connection.execute(event_reader.insert(), {**last, "party": party})
    fault = _fault(database)
    assert (fault.code, fault.index) == ("index-altered", made[1] if known else None)
    assert _is_mended(database)


def test_a_word_too_many_is_found(database: Database) -> None:
    """A list tells somebody a word of no event, or of another's events alone: which list, and whose, is named."""
    with database.read() as connection:
        stored = {(row["party"], row["name"], row["value"]) for row in rows_of(connection, event_value)}
    parties = sorted({party for party, _, _ in stored})
    others = {(party, name, value) for party in parties for _, name, value in stored} - stored
    assert sum(party > 0 and (0, name, value) in stored for party, name, value in others) > 6
    nobodys = {(party, name, "urn:nobody:knows") for party in (*parties, 999) for name in (*LISTS, "eventtypes")}
    for word in sorted(others | nobodys):
        row = dict(zip(("party", "name", "value"), word, strict=True))
        with database.write() as connection:
            connection.execute(event_value.insert(), row)
        fault = _fault(database)
        told = f"{word[1]} of party {word[0]} holds a value of no event of theirs"
        assert (fault.code, fault.index, fault.detail) == ("index-altered", None, told)
        with database.write() as connection:
            connection.execute(event_value.delete().where(is_row(event_value, row)))
    assert compare(database) == 7


def test_a_word_too_many_is_found_there(database_url: str, tmp_path: Path) -> None:
    """On both databases, for the looking is theirs; and what was told is gone when the index is made again."""
    _traded(tmp_path / "home", database_url)
    database = Database(database_url)
    catch_up(database)
    for name in (*LISTS, "eventtypes"):
        with database.write() as connection:
            connection.execute(event_value.insert(), {"party": 0, "name": name, "value": "urn:nobody:knows"})
        assert _fault(database).detail.startswith(f"{name} of party 0 ")
        assert _is_mended(database)
    database.close()


@pytest.fixture
def half_way(made: tuple[Path, int], database: Database, monkeypatch: pytest.MonkeyPatch) -> tuple[Database, int]:
    """Return an index that stands in the middle of the log, and the size that it covers: one step was made."""
    last = made[1]
    with database.write() as connection:
        empty_index(connection)
    with monkeypatch.context() as changed:
        changed.setattr(events, "EVENTS_INDEXED_AT_ONCE_MAX", last - 4)  # and from there to the end of a group
        assert read_on(database) is None
    with database.read() as connection:
        covered = indexed_size(connection)
    assert last - 4 < covered == last - 2
    return database, covered


def test_an_index_half_way_holds(half_way: tuple[Database, int]) -> None:
    """It is behind the log, and says of what it covers all that the log says; read on, it holds to the end."""
    database, _ = half_way
    assert compare(database) == 5
    catch_up(database)
    assert compare(database) == 7


@pytest.mark.parametrize("table", [event_index, event_reader], ids=str)
def test_a_row_before_the_middle_is_looked_at(table: Table, half_way: tuple[Database, int]) -> None:
    """Each row that it has, taken away or altered, is found at its statement."""
    database, covered = half_way
    with database.read() as connection:
        rows = rows_of(connection, table)
    assert len(rows) >= 5
    for row in rows:
        altered = {**row, "recorded": row["recorded"] + 1}
        assert row["log_index"] < covered
        with database.write() as connection:
            connection.execute(table.delete().where(is_row(table, row)))
        assert _fault(database).index == row["log_index"]
        with database.write() as connection:
            connection.execute(table.insert(), altered)
        assert _fault(database).index == row["log_index"]
        with database.write() as connection:
            connection.execute(table.update().where(is_row(table, altered)).values(recorded=row["recorded"]))
    assert compare(database) == 5


def test_a_row_beyond_the_middle_is_one_too_many(made: tuple[Path, int], half_way: tuple[Database, int]) -> None:
    """Also one that will be right when the index comes there: it would be in its way, and answers before that."""
    database, covered = half_way
    whole = Database(f"sqlite:///{made[0]}")
    for table in (event_index, event_reader, event_value):
        with whole.read() as connection:
            rows = rows_of(connection, table)
        with database.read() as connection:
            known = rows_of(connection, table)
        later = [row for row in rows if row not in known]
        assert later
        for row in later:
            assert row.get("log_index", covered) >= covered
            with database.write() as connection:
                connection.execute(table.insert(), dict(row))
            fault = _fault(database)
            assert (fault.code, fault.index) == ("index-altered", None)
            with database.write() as connection:
                connection.execute(table.delete().where(is_row(table, row)))
    whole.close()
    assert compare(database) == 5


@pytest.mark.parametrize("size", [-1, 0, 10_000])
def test_an_index_that_stands_in_two_places_is_no_failure(size: int, half_way: tuple[Database, int]) -> None:
    """A second row of how far it has come, before or behind the first: it is told, and a remade index has one."""
    database, covered = half_way
    with database.write() as connection:
        connection.execute(event_progress.insert(), {"size": size})
    assert _fault(database).detail == f"it stands at {sorted({size, covered})}"
    assert _is_mended(database)


def test_an_index_that_claims_to_have_come_further_is_found(database: Database) -> None:
    """Nothing is indexed of what it jumped over."""
    with database.write() as connection:
        connection.execute(update(event_progress).values(size=event_progress.c.size + 1))
    assert _fault(database).code == "index-altered"
    assert _is_mended(database)
