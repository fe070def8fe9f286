"""Links of one transaction: long runs, packs that come again, packs that stand alike and packs that do not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.codes import known_uri, known_uris
from tests.kit import World


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    """Return a world with everybody enrolled; when the test is over, its ledger must verify."""
    with World(tmp_path / "home", database_url) as world:
        yield world
        assert world.audit().fault is None


def test_a_shipment_longer_than_one_run(world: World) -> None:
    """Thousands of packs of two batches move together; each stands where it should, and all links hold."""
    packs = world.packs(3_000)
    world.record(world.commission(packs[:1_300]), world.commission(packs[1_300:], batch="B2"))
    world.one(world.ship(packs))
    outcome = world.one(world.receive(packs))
    assert (outcome.status, outcome.anomalies) == ("recorded", ())
    for at, batch in ((0, "B1"), (1_299, "B1"), (1_300, "B2"), (2_559, "B2"), (2_560, "B2"), (2_999, "B2")):
        custody = world.custody(packs[at])
        assert custody is not None
        assert (custody.state.word, custody.batch) == ("active", batch)


def test_packs_that_come_again_in_one_transaction(world: World) -> None:
    """Shipped, received, and some dispensed in one group: each link hangs on the one before, the last state stays."""
    packs = world.packs(400)
    world.one(world.commission(packs))
    outcomes = world.record(
        world.ship(packs), world.receive(packs), world.dispense(packs[5:6]), world.dispense(packs[10:200])
    )
    assert [(each.status, each.anomalies) for each in outcomes] == [("recorded", ())] * 4
    assert [world.state(packs[at]) for at in (0, 5, 9, 10, 199, 200)] == [
        "active", "dispensed", "active", "dispensed", "dispensed", "active",
    ]  # fmt: skip


def test_known_packs_beside_packs_that_nobody_knew(world: World) -> None:
    """Born and moved in one group, with others that were there: new rows and moved rows are told apart."""
    old, new = world.packs(100), world.packs(100)
    world.one(world.commission(old))
    outcomes = world.record(world.commission(new), world.ship([*old, *new]), world.inspect(world.packs(1)))
    assert [each.status for each in outcomes] == ["recorded"] * 3
    assert {world.state(pack) for pack in [*old, *new]} == {"in_transit"}


def test_uris_of_many_keys() -> None:
    """The bytes of many URIs are those of each."""
    keys = ["87709840000000015538", "01/09521234543213/21/SN%2F1", "00/095212345432100018"]
    assert known_uris(keys) == [known_uri(key).encode() for key in keys]
