"""What a short story looks like in the lake: each table, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.codes import key_of
from ledger.identity.registration import Party, Site
from ledger.papers.contents import Settlement, SettlementLine
from ledger.reconcile.lake import open_lake
from tests.kit import BEGINNING, PRODUCT, Desk, World, case_uri
from tests.reconcile.lake_kit import family, make_lake, prescribe, rows_of, sell

DAY = (BEGINNING + 8 * 3_600) // 86_400
BEST_BEFORE = 21_549  # 2028-12-31


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    """Return an open world, on each kind of database."""
    with World(tmp_path / "home", database_url) as world:
        yield world


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Return a folder that is not there yet."""
    return tmp_path / "lake"


def party(world: World, desk: Desk) -> int:
    """Return the number of a desk's party."""
    with world.ledger.database.read() as connection:
        return world.ledger.registry.place(connection, desk.party)[0]


def site(world: World, desk: Desk) -> int:
    """Return the number of a desk's site."""
    with world.ledger.database.read() as connection:
        return world.ledger.registry.place(connection, desk.site)[1]


def name(world: World, word: str, number: str) -> str:
    """Return a pseudonym as the lake spells it."""
    return world.ledger.vault.pseudonym(word, number).hex()


def test_a_pack_from_its_maker_to_a_patient(world: World, lake: Path) -> None:
    """Every event is a row for each pack, told by whom and where it was, with the state that the ledger gave it."""
    packs = world.packs(2)
    keys = [key_of(pack) for pack in packs]
    born, sent, _, sold = (
        world.one(each).index
        for each in (
            world.commission(packs), world.ship(packs), world.receive(packs),
            world.dispense(packs[:1], insured=True, person=family("P-1", "C-1"), at=BEGINNING - 60),
        )
    )  # fmt: skip
    make_lake(world, lake)
    maker, pharmacy = party(world, world.maker), party(world, world.pharmacy)
    columns = ("log_index", "time", "day", "code", "product", "seq", "act", "party", "site", "destination", "state")
    rows = rows_of(lake, "custody", *columns)
    assert rows[0] == (
        born, BEGINNING, DAY, keys[0], PRODUCT, 0, "commissioning", maker, site(world, world.maker), None, "active",
    )  # fmt: skip
    assert [row[6] for row in rows] == [
        "commissioning", "commissioning", "shipping", "shipping", "receiving", "receiving", "dispensing",
    ]  # fmt: skip
    assert rows[2][0::9] == (sent, pharmacy)
    assert rows[6][1] == BEGINNING - 60
    assert [row[10] for row in rows[2::2]] == ["in_transit", "active", "dispensed"]
    told = rows_of(lake, "custody", "log_index", "recorded", "payment", "person", "prescriber", "pickup")
    assert told[6] == (
        sold, BEGINNING, "insured", name(world, "insurance_card", "P-1"), name(world, "prescriber", "D-77"),
        name(world, "identity_card", "C-1"),
    )  # fmt: skip
    assert told[0][2:] == (None, None, None, None)
    assert rows_of(lake, "pack") == [
        (born, BEGINNING, BEGINNING, DAY, key, PRODUCT, "B1", BEST_BEFORE, maker) for key in keys
    ]
    assert rows_of(lake, "residence", "log_index", "person", "household", "street", "region") == [
        (
            sold, name(world, "insurance_card", "P-1"), name(world, "household", "H-5"),
            name(world, "street", "610802003"), "610802",
        )
    ]  # fmt: skip


def test_a_case_and_what_is_in_it(world: World, lake: Path) -> None:
    """An act on a case is a row for the case, without a product, and one for each pack in it."""
    packs, case = world.packs(2), case_uri(1)
    world.record(world.commission(packs), world.pack_into(case, packs))
    sent = world.one(world.ship([case])).index
    make_lake(world, lake)
    rows = [row[1:] for row in rows_of(lake, "custody", "log_index", "code", "product") if row[0] == sent]
    assert sorted(rows) == sorted([(key_of(case), None), *((key_of(pack), PRODUCT) for pack in packs)])
    assert [row[0] for row in rows_of(lake, "pack", "code")] == [key_of(pack) for pack in packs]


def test_anomalies_stand_by_name(world: World, lake: Path) -> None:
    """What was wrong with the pack, and with the event as a whole, ascending; nothing else is said of good ones."""
    packs = world.packs(2)
    world.record(world.commission(packs[:1]))
    world.one(world.dispense(packs, by=world.rival, at=world.now + 7_200))
    make_lake(world, lake)
    rows = rows_of(lake, "custody", "act", "anomalies", "payment")
    assert rows == [
        ("commissioning", "", None),
        ("dispensing", "clock-skew,not-in-custody", "self_pay"),
        ("dispensing", "clock-skew,unknown-pack", "self_pay"),
    ]


def test_a_correction_is_no_second_event(world: World, lake: Path) -> None:
    """What declares an event void is an act of its own, and names the event; in vain, it names none."""
    packs, others, case = world.packs(3), world.packs(1), case_uri(7)
    world.record(world.commission([*packs, *others]), world.pack_into(case, packs[:2]))
    wrong, named = world.fresh_id(), [case, packs[2]]
    void = world.one(world.ship(named, event_id=wrong)).index
    declared = world.one(
        world.declare_wrong("shipping", wrong, named, by=world.maker, destination=world.pharmacy.party)
    ).index
    world.one(world.declare_wrong("shipping", world.fresh_id(), others, by=world.maker))
    make_lake(world, lake)
    assert rows_of(lake, "correction", "log_index", "corrects") == [(declared, void)]
    rows = rows_of(lake, "custody", "act", "state", "anomalies", "destination")
    assert rows[-5:] == [
        *[("correcting", "active", "", None)] * 4, ("correcting", "active", "nothing-to-correct", None),
    ]  # fmt: skip


def test_papers_are_rows_a_line_or_a_code(world: World, lake: Path) -> None:
    """Money is shared among codes, the rest on the first; lines without codes count their packs."""
    packs = world.packs(3)
    world.record(world.commission(packs), world.ship(packs), world.receive(packs))
    prescribed = world.one(prescribe(world, 3, family("P-1"))).index
    sold = world.one(sell(world, 3)).index
    paid = world.one(world.paper(world.insurer, settlement(world, packs))).index
    seized = world.one(world.seize(packs[:2])).index
    recalled = world.one(world.recall("B1", "B2")).index
    make_lake(world, lake)
    columns = ("log_index", "line", "code", "packs", "split", "cents", "fund_cents", "payment", "institution")
    pharmacy = party(world, world.pharmacy)
    codes = [key_of(pack) for pack in packs]
    assert rows_of(lake, "settlement", *columns) == [
        (paid, 0, codes[0], 1, False, 3334, 1667, "insured", pharmacy),
        (paid, 0, codes[1], 1, False, 3333, 1666, "insured", pharmacy),
        (paid, 0, codes[2], 1, False, 3333, 1666, "insured", pharmacy),
        (paid, 1, None, 4, False, 0, 0, "insured", pharmacy),
    ]
    assert rows_of(lake, "prescription", "log_index", "line", "packs", "days", "medium", "department", "person") == [
        (prescribed, 0, 3, 14, "electronic", "cardiology", name(world, "insurance_card", "P-1")),
        (prescribed, 1, 1, 7, "electronic", "cardiology", name(world, "insurance_card", "P-1")),
    ]
    assert rows_of(lake, "invoice", "log_index", "invoice_number", "seller", "buyer", "batch", "packs", "cents") == [
        (sold, "F-1", party(world, world.maker), pharmacy, "B1", 3, 6050)
    ]
    assert rows_of(lake, "seizure", "log_index", "party", "file", "place", "codes", "unreadable", "grams") == [
        (seized, party(world, world.police), "2026-17", "warehouse", 2, 0, None)
    ]
    assert rows_of(lake, "seized", "code", "product") == [(code, PRODUCT) for code in codes[:2]]
    assert rows_of(lake, "recall", "log_index", "product", "batch", "level") == [
        (recalled, PRODUCT, "B1", 1), (recalled, PRODUCT, "B2", 1),
    ]  # fmt: skip


def settlement(world: World, packs: list[str], **members: str) -> Settlement:
    """Return a settlement of 100.00 for these packs, and of nothing for four others."""
    lines = [
        SettlementLine(product=PRODUCT, packs=len(packs), amount="100.00", codes=packs),
        SettlementLine(product=PRODUCT, packs=4, amount="0.00"),
    ]
    return Settlement(
        id=world.fresh_id(), time=world.stamp(), institution=world.pharmacy.party, payment="insured", currency="CNY",
        amount="100.00", fund="50.00", lines=lines, **members,
    )  # fmt: skip


def test_papers_without_standing_are_no_facts(world: World, lake: Path) -> None:
    """A distributor settles nothing, a pharmacy takes no settlement back, and nobody recalls another's products."""
    packs = world.packs(1)
    world.record(world.commission(packs), world.ship(packs), world.receive(packs))
    paid = settlement(world, packs)
    world.record(world.paper(world.insurer, paid))
    world.record(
        world.paper(world.distributor, settlement(world, packs)),
        world.paper(world.pharmacy, settlement(world, packs, reverses=paid.id)),
        world.recall("B1", by=world.distributor),
    )
    reversal = settlement(world, packs, reverses=paid.id)
    world.one(world.paper(world.insurer, reversal))
    make_lake(world, lake)
    assert rows_of(lake, "settlement", "id", "line", "reverses") == [
        (paid.id, 0, None), (paid.id, 1, None), (reversal.id, 0, paid.id), (reversal.id, 1, paid.id),
    ]  # fmt: skip
    assert rows_of(lake, "recall") == []


def test_registers_are_whole(world: World, lake: Path) -> None:
    """Parties, sites and products, with their places on earth where the registration tells them."""
    shop = Site(
        uri="https://maker.example/north", party=world.maker.party, name_en="North", name_zh="北",
        region="610800", location="geo:38.3,-109.75",
    )  # fmt: skip
    number = world.one(world.register(shop)).index
    make_lake(world, lake)
    sites = {row[0]: row for row in rows_of(lake, "site")}
    maker = party(world, world.maker)
    assert sites[number] == (number, shop.uri, maker, "North", "北", "610800", 38.3, -109.75)
    assert sites[site(world, world.pharmacy)][6:] == (None, None)
    parties = {row[0]: row for row in rows_of(lake, "party")}
    assert parties[maker] == (maker, world.maker.party, "maker", "maker", "manufacturer", "610800")
    assert [row[1:] for row in rows_of(lake, "product")] == [
        (PRODUCT, maker, "Tablets", "片剂", 2_500, 42_000, 14)
    ]


def test_who_registers_later_is_not_in_earlier_rows(world: World, lake: Path) -> None:
    """A destination that nobody had registered stays null, so that a lake that grew equals one made at once."""
    packs = world.packs(2)
    world.record(world.commission(packs))
    stranger = "https://stranger.example/"
    world.one(world.event(world.maker, "shipping", packs[:1], destination=stranger))
    make_lake(world, lake)
    number = world.one(world.register(Party(
        uri=stranger, name_en="S", name_zh="生", roles=("distributor",), region="610800",
    ))).index  # fmt: skip
    world.one(world.event(world.maker, "shipping", packs[1:], destination=stranger))
    for folder in (lake, lake.with_name("anew")):
        make_lake(world, folder)
        assert [row[0] for row in rows_of(folder, "custody", "destination")][2:] == [None, number]


def test_without_persons_nobody_is_in_it(world: World, lake: Path) -> None:
    """A lake made without the master key has the same rows, and no pseudonym of anybody."""
    packs = world.packs(1)
    world.record(world.commission(packs), world.ship(packs), world.receive(packs))
    world.record(world.dispense(packs, insured=True, person=family("P-1", "C-1")), prescribe(world, 1, family("P-1")))
    make_lake(world, lake, persons=False)
    assert not open_lake(lake).manifest.persons
    assert rows_of(lake, "custody", "act", "person", "prescriber", "pickup")[-1] == ("dispensing", None, None, None)
    assert rows_of(lake, "prescription", "person", "prescriber") == [(None, None)] * 2
    assert rows_of(lake, "residence") == []
