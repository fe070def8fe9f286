"""Whose data is gone, and whose signature counts until when."""

from __future__ import annotations

import pytest

from ledger.errors import Misuse, NotVerified
from ledger.identity.vault import Vault
from ledger.log.merkle import leaf_hash
from ledger.store.persons import get_confidential, person_keys
from ledger.suspect import suspect_window
from tests.kit import World, patient
from tests.ledger.stock import stocked

# -- persons


def _opened(world: World, index: int | None) -> bytes:
    """Open the confidential part of a statement, as the ledger itself would."""
    assert index is not None
    with world.ledger.database.read() as connection:
        found = get_confidential(connection, index)
        assert found is not None
        person, sealed = found
        wrapped = person_keys(connection, [person])[person].wrapped
        assert wrapped is not None
        entry = connection.exec_driver_sql(f"SELECT statement FROM entry WHERE log_index = {index}")
        leaf = leaf_hash(bytes(entry.scalar_one()))
    vault = world.ledger.vault
    return Vault.open(vault.data_key(person, wrapped), sealed, leaf)


def test_an_erased_person_is_unreadable_and_the_ledger_whole(world: World) -> None:
    """The key is destroyed, the neighbour's stays, every proof still holds (the fixture verifies)."""
    packs = stocked(world, 2)
    erased, other = patient("P-1"), patient("P-2")
    one, two = world.record(
        world.dispense(packs[:1], person=erased), world.dispense(packs[1:], person=other)
    )
    assert b"P-1" in _opened(world, one.index)
    assert world.one(world.erase(erased)).status == "recorded"
    with pytest.raises(AssertionError):
        _opened(world, one.index)
    assert b"P-2" in _opened(world, two.index)


def test_after_an_erasure_a_person_gets_a_new_key(world: World) -> None:
    """Who comes again is known again, under another key; what was erased does not come back with it."""
    packs = stocked(world, 3)
    person = patient("P-1")
    before = world.one(world.dispense(packs[:1], person=person))
    outcomes = world.record(
        world.dispense(packs[1:2], person=person), world.erase(person), world.dispense(packs[2:], person=person)
    )
    assert b"P-1" in _opened(world, outcomes[2].index)
    for old in (before, outcomes[0]):
        with pytest.raises(NotVerified, match="confidential-altered"):
            _opened(world, old.index)


def test_no_personal_data_lies_in_the_open(world: World) -> None:
    """A patient's number stands in no table, in no form."""
    packs = stocked(world, 1)
    world.record(
        world.dispense(packs, person=patient("P-0815")), world.settle(packs, person=patient("P-0815"))
    )
    with world.ledger.database.read() as connection:
        for table in ("entry", "confidential", "person", "link_page", "anomaly"):
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}"):
                assert b"P-0815" not in b"|".join(
                    value if isinstance(value, bytes) else str(value).encode() for value in row
                )


# -- keys


def test_a_retired_key_counts_for_what_it_signed_before(world: World) -> None:
    """A station that was offline uploads after its key was retired: what is older than that is taken."""
    packs = stocked(world, 2)
    offline = world.dispense(packs[:1])
    world.wait(60)
    world.one(world.revoke(world.pharmacy, "retired", since=world.now))
    world.wait(60)
    assert world.one(offline).status == "recorded"
    late = world.one(world.dispense(packs[1:]))
    assert late.problem is not None
    assert late.problem.code == "key-retired"


def test_a_compromised_key_counts_for_nothing_that_arrives_later(world: World) -> None:
    """A thief can claim any time, so the claimed time does not help; what had arrived stays."""
    packs = stocked(world, 3)
    held_back = world.dispense(packs[:1])
    assert world.one(world.dispense(packs[1:2])).status == "recorded"
    world.wait(60)
    world.one(world.revoke(world.pharmacy, "compromised", since=world.now))
    for attempt in (held_back, world.dispense(packs[2:])):
        outcome = world.one(attempt)
        assert outcome.problem is not None
        assert outcome.problem.code == "key-compromised"
    assert world.state(packs[1]) == "dispensed"


def test_the_suspect_window_lists_what_nobody_can_be_sure_of(world: World) -> None:
    """From the time since when the key was in other hands to its revocation: these, all, and no others'."""
    packs = stocked(world, 4)
    world.one(world.dispense(packs[:1]))
    world.wait(60)
    since = world.now
    suspect = [world.one(world.dispense([pack])).index for pack in packs[1:3]]
    world.one(world.inspect(packs[3:], by=world.rival))
    world.wait(60)
    kid = bytes.fromhex(world.pharmacy.kid)
    with pytest.raises(Misuse, match="key-not-compromised"):
        suspect_window(world.ledger.database, kid)
    world.one(world.revoke(world.pharmacy, "compromised", since=since))
    found = suspect_window(world.ledger.database, kid)
    assert [each.index for each in found] == suspect
    assert {each.kind for each in found} == {"dispensing"}
    with pytest.raises(Misuse, match="key-not-registered"):
        suspect_window(world.ledger.database, bytes(32))
