"""Plain entries are verified many at once: whatever is wrong with one is found and named as if it stood alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, update

from ledger import canonical
from ledger.audit import AuditReport
from ledger.auditing.links import Sealed
from ledger.auditing.plain import PlainChecker
from ledger.custody.series import EventReader
from ledger.log.series import StatementReader
from ledger.log.statement import parse_statement, sign_statement
from ledger.store import tables
from ledger.store.database import Database
from ledger.store.log import log_size, scan_rows
from ledger.store.registry import Registry
from tests.kit import World, patient
from tests.tamper.attacks import flip_bit, unfenced

Row = dict[str, Any]
ENTRY = tables.entry


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return a closed world in which one pharmacy sells forty packs, half of them with confidential parts."""
    home: Path = tmp_path_factory.mktemp("plain")
    with World(home / "home", f"sqlite:///{home / 'ledger.db'}") as world:
        packs = world.packs(40)
        world.record(world.commission(packs), world.ship(packs), world.receive(packs))
        world.record(*(
            world.dispense([pack], insured=number % 2 == 0, person=patient() if number % 2 == 0 else None)
            for number, pack in enumerate(packs)
        ))  # fmt: skip
    return world


@pytest.fixture(scope="module")
def way(world: World) -> Iterator[Engine]:
    """Return a way around the fences; in the end, all must be as it was."""
    way = unfenced(world.settings.database_url)
    yield way
    way.dispose()
    assert world.audit().fault is None


@pytest.fixture
def engine(way: Engine) -> Iterator[Engine]:
    """Return the same way; what a test changed is as it was when the test is over."""
    kept = {table: _rows(way, table) for table in (ENTRY, tables.key)}
    yield way
    with way.begin() as connection:
        for table, rows in kept.items():
            connection.execute(table.delete())
            connection.execute(table.insert(), rows)


def _rows(engine: Engine, table: Any) -> list[Row]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def sales(engine: Engine) -> list[Row]:
    """Return the rows of the dispensings."""
    return [row for row in _rows(engine, ENTRY) if row["kind"] == "dispensing"]


def put(connection: Connection, index: int, **values: Any) -> None:
    """Overwrite columns of an entry."""
    connection.execute(update(ENTRY).where(ENTRY.c.log_index == index).values(values))


def one_by_one(world: World, monkeypatch: pytest.MonkeyPatch) -> AuditReport:
    """Return what is found when nothing is asked of many at once."""
    with monkeypatch.context() as patch:
        patch.setattr(PlainChecker, "check", lambda self, rows: {})
        return world.audit()


def test_nearly_all_are_plain(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sales of one shop are asked about together, and the report is the same as when each is asked about alone."""
    real = PlainChecker.check
    found: dict[int, Sealed] = {}

    def spied(self: PlainChecker, rows: Sequence[Any]) -> dict[int, Sealed]:
        these = real(self, rows)
        found.update(these)
        return these

    with monkeypatch.context() as patch:
        patch.setattr(PlainChecker, "check", spied)
        together = world.audit()
    assert len(found) == 40
    assert sum(each.confidential is not None for each in found.values()) == 20
    assert together.fault is None
    assert together == one_by_one(world, monkeypatch)


def _signed_anew(row: Row, **changes: Any) -> Row:
    """Return a row whose statement somebody else wrote and signed, with the leaf hash that belongs to it."""
    old = parse_statement(row["statement"])
    claims = {
        "issuer": old.issuer, "subject": old.subject, "issued_at": old.issued_at, "kind": old.kind,
        "media_type": old.media_type, "digest": old.digest,
    }  # fmt: skip
    key = changes.pop("key")
    statement = sign_statement(key, **(claims | changes))
    return {"statement": statement, "leaf": sha256(b"\0" + statement).digest()}


def _flips(column: str) -> dict[str, Callable[[World, Row], Row]]:
    def change(at: int) -> Callable[[World, Row], Row]:
        return lambda world, row: {column: flip_bit(at)(row[column])}

    return {f"{column} {at}": change(at) for at in (0, 9, 20, 50, 90, 130, -120, -97, -70, -30, -1)}


def _flipped_with_its_leaf(at: int) -> Callable[[World, Row], Row]:
    def change(world: World, row: Row) -> Row:
        statement = flip_bit(at)(row["statement"])
        return {"statement": statement, "leaf": sha256(b"\0" + statement).digest()}

    return change


def _other_body(world: World, row: Row) -> Row:
    """The pharmacy itself sells another pack under the same statement's id, and signs it."""
    value = canonical.loads(row["body"])
    value["eventID"] = "urn:uuid:00000000-0000-4000-8000-999999999999"
    body = canonical.dumps(value)
    return {"body": body} | _signed_anew(row, key=world.pharmacy.key, digest=canonical.digest(body))


def _in_body(member: str) -> Callable[[World, Row], Row]:
    """Return a change of one digit of a member of the body: as sound as before, but not what was signed."""

    def change(world: World, row: Row) -> Row:
        at = row["body"].index(b'"', row["body"].index(member.encode()) + len(member) + 4) - 1
        digit = b"1" if row["body"][at : at + 1] != b"1" else b"2"
        return {"body": row["body"][:at] + digit + row["body"][at + 1 :]}

    return change


def _of_a_kind_that_the_body_is_not(world: World, row: Row) -> Row:
    return {"kind": "receiving!"} | _signed_anew(row, key=world.pharmacy.key, kind="receiving!")


CHANGES: dict[str, Callable[[World, Row], Row]] = {
    **{name: change for column in ("leaf", "statement", "body", "claim") for name, change in _flips(column).items()},
    **{f"statement and leaf {at}": _flipped_with_its_leaf(at) for at in (4, 12, 45, 60, 100, -140, -97, -80, -30)},
    "kind": lambda world, row: {"kind": "receiving"},
    "salt gone": lambda world, row: {"salt": b""},
    "salt longer": lambda world, row: {"salt": row["salt"] + b"\0"},
    "signed by another": lambda world, row: _signed_anew(row, key=world.rival.key),
    "signed by another as itself": lambda world, row: _signed_anew(
        row, key=world.rival.key, issuer=world.rival.party),
    "signed by the ledger": lambda world, row: _signed_anew(row, key=world.signing_key),
    "signed by nobody known": lambda world, row: _signed_anew(row, key=world.signing_key, issued_at=1),
    "issued before the key": lambda world, row: _signed_anew(row, key=world.pharmacy.key, issued_at=2**32 - 1),
    "of another kind": lambda world, row: _signed_anew(row, key=world.pharmacy.key, kind="receiving!"),
    "a media type": lambda world, row: _signed_anew(row, key=world.pharmacy.key, media_type="application/ld+jsom"),
    "another id": lambda world, row: _signed_anew(row, key=world.pharmacy.key, subject="urn:uuid:" + "0" * 36),
    "another body": _other_body,
    "another pack in the body": _in_body('epcList":["urn:nmpa'),
    "another place in the body": _in_body('bizLocation":{"id"'),
}  # fmt: skip


@pytest.mark.parametrize(("name", "at"), [(name, 17) for name in CHANGES] + [("body 20", 0), ("body 20", 39)])
def test_one_wrong_among_many_is_named(
    world: World, engine: Engine, monkeypatch: pytest.MonkeyPatch, name: str, at: int
) -> None:
    """The first, the last, or one in the middle of many is changed: that one is named, and for its own fault."""
    row = sales(engine)[at]
    changed = CHANGES[name](world, row)
    assert any(row[column] != value for column, value in changed.items())
    with engine.begin() as connection:
        put(connection, row["log_index"], **changed)
    fault = world.audit().fault
    assert fault is not None
    assert fault[0] == row["log_index"]
    assert fault == one_by_one(world, monkeypatch).fault


def test_all_wrong_alike_are_named(world: World, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong with all of them in the same way is not taken for their form."""
    for change in (
        CHANGES["salt gone"], CHANGES["kind"], CHANGES["signed by another"], _flipped_with_its_leaf(-97),
        _of_a_kind_that_the_body_is_not,
    ):  # fmt: skip
        rows = sales(engine)
        with engine.begin() as connection:
            for row in rows:
                put(connection, row["log_index"], **change(world, row))
        fault = world.audit().fault
        assert fault is not None
        assert fault[0] == rows[0]["log_index"]
        assert fault == one_by_one(world, monkeypatch).fault
        with engine.begin() as connection:
            for row in rows:
                put(connection, row["log_index"], **row)


def plain(world: World, own: bytes = bytes(32)) -> int:
    """Return how many entries are found plain by a checker for a ledger with this key."""
    database = Database(world.settings.database_url)
    with database.read() as connection:
        rows = list(chain.from_iterable(scan_rows(database, connection, 0, log_size(connection))))
        checker = PlainChecker(connection, Registry(), own, StatementReader(), EventReader())
        found = len(checker.check(rows))
    database.close()
    return found


def test_whether_keys_count_is_asked(world: World, engine: Engine) -> None:
    """The ledger's own key signs no event; and none is plain before its key counts, or when it counts no more."""
    assert plain(world) == 40
    assert plain(world, own=bytes.fromhex(world.pharmacy.kid)) == 0
    kept = _rows(engine, tables.key)
    last = sales(engine)[-1]["log_index"]
    for values in ({"valid_until": 1}, {"valid_from": 2**40}, {"number": last}):
        with engine.begin() as connection:
            key = tables.key.c.kid == bytes.fromhex(world.pharmacy.kid)
            connection.execute(update(tables.key).where(key).values(values))
        assert plain(world) == 0
        with engine.begin() as connection:
            connection.execute(tables.key.delete())
            connection.execute(tables.key.insert(), kept)
    assert plain(world) == 40


def test_two_that_changed_places_are_named(world: World, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two whole statements with their bodies are exchanged: each holds, and stands where it was not recorded."""
    one, other = (sales(engine)[at] for at in (4, 6))
    with engine.begin() as connection:
        for here, there in ((one, other), (other, one)):
            moved = {name: there[name] for name in ("leaf", "salt", "statement", "claim", "body")}
            put(connection, here["log_index"], **(moved | {"leaf": sha256(str(here["log_index"]).encode()).digest()}))
        for here, there in ((one, other), (other, one)):
            put(connection, here["log_index"], leaf=there["leaf"])
    fault = world.audit().fault
    assert fault is not None
    assert fault == one_by_one(world, monkeypatch).fault
    assert fault[0] == one["log_index"]


@pytest.mark.parametrize("column", ["valid_until", "valid_from"])
def test_a_key_that_did_not_count_is_found(
    world: World, engine: Engine, monkeypatch: pytest.MonkeyPatch, column: str
) -> None:
    """The row of the key says another time: that registration is named, as when each sale is asked about alone."""
    kid = bytes.fromhex(world.pharmacy.kid)
    with engine.begin() as connection:
        value = 1 if column == "valid_until" else 2**40
        connection.execute(update(tables.key).where(tables.key.c.kid == kid).values({column: value}))
        number = connection.execute(select(tables.key.c.number).where(tables.key.c.kid == kid)).scalar_one()
    fault = world.audit().fault
    assert fault is not None
    assert fault == one_by_one(world, monkeypatch).fault
    assert fault[0] == number
