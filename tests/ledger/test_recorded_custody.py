"""Custody as it is recorded: what hangs together, what is taken back, what papers do."""

from __future__ import annotations

from ledger.store.packs import children_of
from tests.kit import World, case_uri
from tests.ledger.stock import names, stocked

# -- cases


def test_cases_in_cases_move_as_one(world: World) -> None:
    """Bottles in cartons on a pallet: shipping the pallet ships all, and each gets a link of its own."""
    packs = world.packs(6)
    cartons, pallet = [case_uri(1), case_uri(2)], case_uri(3)
    world.record(
        world.commission(packs), world.pack_into(cartons[0], packs[:3]),
        world.pack_into(cartons[1], packs[3:]), world.pack_into(pallet, cartons),
    )  # fmt: skip
    world.wait(700)
    assert names(world, world.ship([pallet])) == set()
    everything = [*packs, *cartons, pallet]
    assert {world.state(code) for code in everything} == {"in_transit"}
    world.wait(700)
    assert names(world, world.receive([pallet])) == set()
    assert {world.state(code) for code in everything} == {"active"}
    world.wait(700)
    world.record(world.unpack(pallet), world.unpack(cartons[0]))
    with world.ledger.database.read() as connection:
        inside = children_of(connection, [f"{uri.rpartition('/')[2]}" for uri in [*cartons, pallet]])
    assert len({parent for _, parent in inside}) <= 1
    assert names(world, world.dispense(packs[:1])) == set()


def test_a_pack_sold_out_of_a_case_leaves_it(world: World) -> None:
    """What was taken out of a shipped case does not travel on with it."""
    packs = world.packs(3)
    world.record(world.commission(packs), world.pack_into(case_uri(1), packs))
    world.wait(700)
    world.one(world.ship(packs[:1], to=world.rival))
    world.wait(700)
    world.one(world.ship([case_uri(1)]))
    world.wait(700)
    world.one(world.receive([case_uri(1)]))
    assert [world.state(code) for code in packs] == ["in_transit", "active", "active"]


# -- taking back


def test_a_dispense_can_be_undone_at_the_same_counter(world: World) -> None:
    """The patient brings the pack back at once: it is on the shelf again, and may be sold again."""
    (pack,) = stocked(world, 1)
    world.one(world.dispense([pack], insured=True))
    world.wait(3_600)
    assert names(world, world.undo_dispense([pack])) == set()
    custody = world.custody(pack)
    assert custody is not None
    assert (custody.state.word, custody.insured, custody.dispensings) == ("active", False, 0)
    world.wait(3_600)
    assert names(world, world.dispense([pack])) == set()


def test_another_shop_cannot_undo_a_dispense(world: World) -> None:
    """A pack comes back elsewhere: that is no undoing, and it stays sold."""
    (pack,) = stocked(world, 1)
    world.one(world.dispense([pack]))
    world.wait(3_600)
    assert "already-dispensed-elsewhere" in names(world, world.undo_dispense([pack], by=world.rival))
    assert world.state(pack) == "dispensed"


def test_an_author_takes_an_event_back(world: World) -> None:
    """A sale that never happened: declared so by its author, the pack stands where it stood before."""
    (pack,) = stocked(world, 1)
    before = world.custody(pack)
    sale = world.dispense([pack], event_id="urn:uuid:mistake")
    world.one(sale)
    world.wait(60)
    declared = world.declare_wrong("dispensing", "urn:uuid:mistake", [pack], by=world.pharmacy)
    assert names(world, declared) == set()
    assert world.custody(pack) == before


def test_a_correction_leaves_later_events_standing(world: World) -> None:
    """The wrong sale lies under an inspection and a settlement: only the sale is taken out of the chain."""
    (pack,) = stocked(world, 1)
    world.one(world.dispense([pack], event_id="urn:uuid:mistake"))
    world.wait(700)
    world.record(world.inspect([pack]), world.settle([pack]))
    declared = world.declare_wrong("dispensing", "urn:uuid:mistake", [pack], by=world.pharmacy)
    assert names(world, declared) == set()
    custody = world.custody(pack)
    assert custody is not None
    assert (custody.state.word, custody.dispensings) == ("active", 0)
    assert (custody.settled, custody.insured) == (True, True)


def test_nobody_takes_back_what_others_did(world: World) -> None:
    """A rival declares the pharmacy's sale wrong: recorded, remarked on, and without effect."""
    (pack,) = stocked(world, 1)
    world.one(world.dispense([pack], event_id="urn:uuid:sale"))
    before = world.custody(pack)
    declared = world.declare_wrong("dispensing", "urn:uuid:sale", [pack], by=world.rival)
    assert names(world, declared) == {"nothing-to-correct"}
    assert world.custody(pack) == before


def test_an_event_and_its_correction_may_come_together(world: World) -> None:
    """One upload holds the mistake, its correction, and what was meant: the last one counts."""
    (pack,) = stocked(world, 1)
    outcomes = world.record(
        world.dispense([pack], event_id="urn:uuid:mistake", insured=True),
        world.declare_wrong("dispensing", "urn:uuid:mistake", [pack], by=world.pharmacy),
        world.ship([pack], by=world.pharmacy, to=world.rival),
    )
    assert [outcome.status for outcome in outcomes] == ["recorded"] * 3
    assert all(outcome.anomalies == () for outcome in outcomes)
    assert world.state(pack) == "in_transit"


# -- papers


def test_a_settled_pack_that_comes_back_into_trade_stops(world: World) -> None:
    """The case behind the project: an insurer paid for a pack, and somebody else sells it again."""
    (pack,) = stocked(world, 1)
    world.one(world.dispense([pack], insured=True))
    assert names(world, world.settle([pack])) == set()
    world.wait(86_400)
    outcome = world.one(world.receive([pack], by=world.rival))
    assert {name for _, name in outcome.anomalies} >= {"dispensed-under-insurance"}
    assert outcome.verdict.word == "stop"


def test_a_settlement_by_a_stranger_does_nothing(world: World) -> None:
    """The police send a settlement: kept as evidence that they did, and no pack is marked."""
    (pack,) = stocked(world, 1)
    world.one(world.dispense([pack]))
    before = world.custody(pack)
    assert "not-authorised" in names(world, world.settle([pack], by=world.police))
    assert world.custody(pack) == before


def test_a_recall_stops_its_batch_and_no_other(world: World) -> None:
    """From the recall on the batch is stopped at every counter; another batch is not."""
    recalled, other = world.packs(1), world.packs(1)
    world.record(world.commission(recalled), world.commission(other, batch="B2"))
    world.record(world.ship([*recalled, *other]))
    world.wait(700)
    assert names(world, world.recall("B1", "B7")) == set()
    assert "recalled" in names(world, world.receive(recalled))
    assert "recalled" not in names(world, world.receive(other))


def test_a_recall_by_the_police_recalls_nothing(world: World) -> None:
    """Who may not recall does not: the paper is in the log, the batch is not under recall."""
    packs = world.packs(1)
    world.record(world.commission(packs), world.ship(packs))
    assert names(world, world.recall("B1", by=world.police)) == {"not-authorised"}
    assert "recalled" not in names(world, world.receive(packs))


def test_a_seizure_is_final(world: World) -> None:
    """What the police took is sold by nobody."""
    (pack,) = stocked(world, 1)
    world.one(world.seize([pack]))
    assert world.state(pack) == "seized"
    world.wait(700)
    assert "after-final-state" in names(world, world.dispense([pack]))
