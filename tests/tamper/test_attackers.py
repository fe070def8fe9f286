"""Attackers with a plan: rows that look right, signatures by the wrong key, persons who were erased.

Each rebuilds whatever somebody who has the whole database and no key could rebuild.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, select

from ledger.audit import AuditReport
from ledger.content import claim_of
from ledger.custody.event import parse_event
from ledger.identity.registration import Revocation
from ledger.log.merkle import leaf_hash
from ledger.store import tables
from tests.kit import desk
from tests.tamper.attacks import TABLES, is_row, place_of, unfenced, victim
from tests.tamper.rebuilding import relink, replant, resign
from tests.tamper.scene import Scene
from tests.tamper.test_matrix import must_name

Verify = Callable[[str], AuditReport]


def _next_statement(scene: Scene) -> dict[str, Any]:
    """Return the row of an honest new event by the pharmacy, which the ledger never saw."""
    world = scene.world
    submission = world.inspect(world.packs(1))
    return {
        "log_index": scene.size, "kind": "inspecting", "leaf": leaf_hash(submission.statement),
        "salt": bytes(32), "statement": submission.statement, "claim": claim_of(parse_event(submission.body)),
        "body": submission.body,
    }  # fmt: skip


def _plausible(scene: Scene, connection: Connection, name: str) -> tuple[dict[str, Any], int]:
    """Return a row that could be one, and the entry that must be named."""
    if name == "entry":
        return _next_statement(scene), scene.size
    row = dict(victim(connection, scene, TABLES[name]))
    change = {column: value(row) if callable(value) else value for column, value in _NEW[name].items()}
    if "number" in row and "number" not in change:
        change["number"] = scene.marks["many"]  # the statement there registers nothing
    if name in ("confidential", "case_action"):
        change["log_index"] = scene.marks["many"]  # nor does it name a confidential part, nor a case
    new = row | change
    if name in ("pack", "person"):  # these name no entry; a pack's row at least names a seal
        return new, row.get("seal", -1)
    return new, place_of(scene, name, new)


# What sets a new row apart from the one that it was copied from.
_NEW: dict[str, dict[str, Any]] = {
    "ledger": {"origin": "ledger.example/2027"},
    "link_page": {"page": 2},
    "pack": {"code": "87709849999999999999"},
    "anomaly": {"name": "recalled"},
    "tile": {"number": 2},
    "checkpoint": {"size": lambda row: row["size"] - 1},
    "party": {"uri": "https://new.example/"},
    "site": {"uri": "https://new.example/"},
    "station": {"uri": "https://new.example/"},
    "key": {"kid": bytes(32)},
    "revocation": {"kid": bytes(32)},
    "product": {"id": "8770999"},
    "recall": {"number": lambda row: row["number"], "batch": "B1"},
    "person": {"pseudonym": bytes(16)},
    "confidential": {},
    "case_action": {},
    "case_state": {"uri": "urn:uuid:new"},
}


@pytest.mark.parametrize("name", TABLES)
def test_an_inserted_row_is_found(name: str, scene: Scene, copy: str, verify: Verify) -> None:
    """A row is added that looks like its neighbours."""
    engine = unfenced(copy)
    with engine.begin() as connection:
        row, index = _plausible(scene, connection, name)
        connection.execute(TABLES[name].insert(), row)
    must_name(index, verify, engine, copy)


@pytest.mark.parametrize("place", ["genesis", "seal", "event", "registration", "paper", "beyond"])
@pytest.mark.parametrize("name", ["party", "site", "station", "key", "revocation", "product", "recall"])
def test_a_registration_is_found_wherever_it_claims_to_be_from(
    name: str, place: str, scene: Scene, copy: str, verify: Verify
) -> None:
    """Whoever can write rows can let in a key of their own: no entry of the log serves as its cover."""
    number = {
        "genesis": 0, "seal": 1, "event": scene.marks["commissioned"],
        "registration": scene.marks["enrolled"] + (8 if name == "site" else 9),  # of another kind
        "paper": scene.marks["settled"], "beyond": scene.size,
    }[place]  # fmt: skip
    engine = unfenced(copy)
    with engine.begin() as connection:
        row, _ = _plausible(scene, connection, name)
        connection.execute(TABLES[name].insert(), row | {"number": number})
    must_name(number, verify, engine, copy)


@pytest.mark.parametrize("index", [-3, 1_000_000])
@pytest.mark.parametrize("name", ["entry", "link_page", "anomaly", "confidential"])
def test_a_row_outside_the_log_is_found(
    name: str, index: int, scene: Scene, copy: str, verify: Verify
) -> None:
    """Whoever walks the log from end to end never meets it; named is the end, where there is no entry."""
    engine = unfenced(copy)
    with engine.begin() as connection:
        row = dict(victim(connection, scene, TABLES[name]))
        if name == "entry":
            row = _next_statement(scene)
        row["seal" if name == "link_page" else "log_index"] = index
        connection.execute(TABLES[name].insert(), row)
    must_name(scene.size, verify, engine, copy)


def test_an_inserted_revocation_is_named_not_its_victims(scene: Scene, copy: str, verify: Verify) -> None:
    """A forged revocation makes every later statement of a key look false; the forgery itself is named."""
    engine = unfenced(copy)
    forged = scene.marks["commissioned"]
    kid = bytes.fromhex(scene.world.pharmacy.kid)
    with engine.begin() as connection:
        row = {"number": forged, "kid": kid, "reason": "compromised", "since": 0}
        connection.execute(tables.revocation.insert(), row)
    must_name(forged, verify, engine, copy)


def test_moved_revocations_are_named_not_their_victims(scene: Scene, copy: str, verify: Verify) -> None:
    """A revocation dated back: the entry that it claims to be is named."""
    engine = unfenced(copy)
    claimed = scene.marks["commissioned"]
    with engine.begin() as connection:
        row = victim(connection, scene, tables.revocation)
        moved = tables.revocation.update().where(is_row(tables.revocation, row))
        connection.execute(moved.values(number=claimed))
    must_name(claimed, verify, engine, copy)


def test_a_swap_of_whole_entries_is_found(scene: Scene, copy: str, verify: Verify) -> None:
    """Two statements change places, with everything that is theirs."""
    engine = unfenced(copy)
    first = scene.marks["many"] + 3
    with engine.begin() as connection:
        index = tables.entry.c.log_index
        for old, new in ((first, -9), (first + 1, first), (-9, first + 1)):
            connection.execute(tables.entry.update().where(index == old).values(log_index=new))
    must_name(first, verify, engine, copy)


# -- statements signed again


def test_rebuilding_alone_changes_nothing(copy: str, verify: Verify) -> None:
    """The control: the administrator's tools rebuild exactly what is there."""
    engine = unfenced(copy)
    with engine.begin() as connection:
        relink(connection)
        replant(connection)
    engine.dispose()
    assert verify(copy).fault is None


@pytest.mark.parametrize(
    ("signer", "code"),
    [
        ("nobody", "key-unknown"), ("stolen", "key-compromised"), ("retired", "key-retired"),
        ("rival", "issuer-mismatch"),
    ],
)
def test_a_statement_signed_again_by_a_wrong_key_is_named(
    signer: str, code: str, scene: Scene, copy: str, verify: Verify
) -> None:
    """All that hangs on the statement is rebuilt; who may sign for the pharmacy cannot be."""
    engine = unfenced(copy)
    index = scene.marks["many"] + 5
    with engine.begin() as connection:
        resign(connection, index, desk(signer))
    engine.dispose()
    report = verify(copy)
    assert report.fault is not None
    assert report.fault[:2] == (index, code)


@pytest.mark.parametrize("signer", ["pharmacy", "rival"])
def test_a_statement_signed_again_by_a_good_key_is_found_at_its_seal(
    signer: str, scene: Scene, copy: str, verify: Verify
) -> None:
    """The author itself, or another party under its own name, signs anew, and the administrator rebuilds.

    Nothing but the seal and the heads still knows the old statement, and they know it by one root; so what
    is named is the seal, the first entry that cannot be rebuilt.
    """
    engine = unfenced(copy)
    by = desk(signer)
    with engine.begin() as connection:
        resign(connection, scene.marks["received"], by, issuer=by.party, issued_at=scene.world.now)
    must_name(scene.marks["received"] + 1, verify, engine, copy)


def test_a_seal_signed_again_is_named(scene: Scene, copy: str, verify: Verify) -> None:
    """The administrator makes the links fit and signs the seal with a key of its own."""
    engine = unfenced(copy)
    seal = scene.marks["received"] + 1
    with engine.begin() as connection:
        resign(connection, seal, desk("nobody"), media_type="application/vnd.packledger.seal+json")
    must_name(seal, verify, engine, copy)


def test_a_forged_registration_signed_by_its_own_key_is_found(
    scene: Scene, copy: str, verify: Verify
) -> None:
    """A row of the registry with a statement of its own behind it, signed by a station, not the ledger."""
    engine = unfenced(copy)
    world = scene.world
    honest = world.register(Revocation(kid=world.rival.kid, reason="retired", since=world.now))
    kind = "key-revocation"
    media_type = "application/vnd.packledger.key-revocation+json"
    subject = f"urn:packledger:key:{world.rival.kid}"
    forged = world.sign(world.pharmacy, kind, subject, honest.body, media_type=media_type)
    with engine.begin() as connection:
        row = {
            "log_index": scene.size, "kind": kind, "leaf": leaf_hash(forged.statement), "salt": b"",
            "statement": forged.statement, "claim": b"", "body": forged.body,
        }  # fmt: skip
        connection.execute(tables.entry.insert(), row)
        replant(connection)
    must_name(scene.size, verify, engine, copy)


# -- persons


def test_a_destroyed_key_put_back_is_found(scene: Scene, copy: str, verify: Verify) -> None:
    """An old backup still holds the key of somebody whose data was erased; putting it back is no secret."""
    engine = unfenced(copy)
    person = scene.persons["erased"]
    with engine.begin() as connection:
        connection.execute(
            tables.person.update().where(tables.person.c.pseudonym == person)
            .values(wrapped=scene.destroyed)
        )  # fmt: skip
    must_name(scene.marks["dispensed"] + 2, verify, engine, copy)


def test_ciphertext_without_a_key_is_still_watched(scene: Scene, copy: str, verify: Verify) -> None:
    """What was erased can be read by nobody, and exchanged by nobody: the seal commits to the ciphertext."""
    engine = unfenced(copy)
    index = scene.marks["dispensed"] + 2
    row = tables.confidential.c.log_index == index
    with engine.begin() as connection:
        old = connection.execute(select(tables.confidential.c.sealed).where(row)).scalar_one()
        connection.execute(tables.confidential.update().where(row).values(sealed=old[::-1]))
    must_name(index, verify, engine, copy)


def test_a_part_moved_to_an_erased_person_is_found(scene: Scene, copy: str, verify: Verify) -> None:
    """A part that nobody may open any more would be out of sight; the seal knows whose it was."""
    engine = unfenced(copy)
    index = scene.marks["dispensed"]
    with engine.begin() as connection:
        row = tables.confidential.c.log_index == index
        moved = tables.confidential.update().where(row)
        connection.execute(moved.values(person=scene.persons["erased"]))
    must_name(index, verify, engine, copy)


def test_a_pack_of_no_code_is_found(scene: Scene, copy: str, verify: Verify) -> None:
    """The first of all codes, an empty one, is read like any other."""
    engine = unfenced(copy)
    with engine.begin() as connection:
        row = dict(connection.execute(select(TABLES["pack"])).mappings().first() or {})
        connection.execute(TABLES["pack"].insert(), row | {"code": ""})
    must_name(row["seal"], verify, engine, copy)


def test_damaged_text_among_thousands_is_found(scene: Scene, copy: str, verify: Verify) -> None:
    """What sqlite3 cannot read at once is read slowly, from where it gave up: the row is named, not its reader."""
    engine = unfenced(copy)
    with engine.begin() as connection:
        where = f"WHERE log_index = {scene.marks['many']}"
        connection.exec_driver_sql(f"UPDATE entry SET kind = CAST(x'ff' AS TEXT) {where}")
    must_name(scene.marks["many"], verify, engine, copy)


def test_text_that_is_no_utf8_is_found(scene: Scene, copy: str, verify: Verify) -> None:
    """A damaged text is another text; the row that holds it is named."""
    engine = unfenced(copy)
    number = scene.marks["enrolled"] + 8
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE party SET name_zh = CAST(x'e58dff' AS TEXT) WHERE number = {number}"
        )
    must_name(number, verify, engine, copy)
