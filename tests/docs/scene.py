"""The small ledger behind the examples on the pages of link, page, seal, pedigree, submission and lake.

Made anew by the program itself, on SQLite, from fixed keys, a fixed time and chance that repeats.

    0  genesis                  2 … 9   maker and pharmacy: party, site, station, key
    1  its seal                 10      the product; 11 its seal
    12 commissioning, 13 shipping of two packs; 14 their seal
    15 dispensing of both: they were never received, and the station's clock is fast; 16 its seal
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from ledger.chain.page import LinkPage
from ledger.chain.pedigree import Pedigree
from ledger.chains import Chains, PlacedLink, StoredEntry
from ledger.codes import key_of
from ledger.events import read_on
from ledger.export import Exporter
from ledger.identity.registration import Product, Registration
from ledger.reconcile.lake import Manifest, open_lake, update_lake
from ledger.snapshot import signed_snapshot
from ledger.stock import Asker, signed_stock
from ledger.store.packs import heads_of
from ledger.submission import Submission
from tests.kit import PRODUCT, World, pack_uri, patient

__all__ = ["PACKS", "PRODUCT_REGISTRATION", "SEAL", "Scene", "scene"]

PACKS = ("urn:nmpa:dtc:87709840000000015538", "urn:nmpa:dtc:87709840000000015539")
SEAL = 16
PRODUCT_REGISTRATION = Product(
    id=PRODUCT, maker="https://maker.example/", name_en="Tablets", name_zh="片剂",
    price_cents=2_500, weight_milligrams=42_000, supply_days=14,
)  # fmt: skip


class Scene(NamedTuple):
    """What the pages show.

    Attributes:
        verifier_key: what one must hold to believe any of it.
        registrations: of the pharmacy and the product, in the order of the log.
        dispensing: the last submission handed in.
        entry, seal: the dispensing in the log, and the seal over it.
        links: the chain of the first pack.
        page: the one page of that seal, and its bytes.
        pedigree: of the first pack.
        lake: the manifest of a lake of all of it.
        custody: the rows of its table `custody`, column by column.
        snapshot: what stations are told after a theft and a recall that came later still.
        stock: what the pharmacy's station is told of its site, after a delivery that came last.
    """

    verifier_key: str
    registrations: Sequence[Registration]
    dispensing: Submission
    entry: StoredEntry
    seal: StoredEntry
    links: Sequence[PlacedLink]
    page: LinkPage
    pedigree: Pedigree
    lake: Manifest
    custody: Sequence[dict[str, Any]]
    snapshot: Submission
    stock: Submission


@cache
def scene() -> Scene:
    """Make the ledger, look at it, and leave nothing behind."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        world = World(home, f"sqlite:///{folder}/ledger.db", seed="format pages")
        world.open()
        try:
            return _played(world, Path(folder) / "lake")
        finally:
            world.close()


def _played(world: World, folder: Path) -> Scene:
    maker = world.enrolment(world.maker, "manufacturer")
    pharmacy = world.enrolment(world.pharmacy, "dispenser")
    world.record(*map(world.register, [*maker, *pharmacy, PRODUCT_REGISTRATION]))
    world.record(world.commission(PACKS), world.ship(PACKS))
    world.wait(3_600)
    fast = world.now + 900
    dispensing = world.dispense(PACKS, insured=True, at=fast, person=patient())
    (outcome,) = world.record(dispensing)
    assert outcome.index == SEAL - 1
    database = world.ledger.database
    manifest = update_lake(database, world.trust, world.ledger.vault, folder).after
    (custody,) = open_lake(folder).files("custody")
    with database.read() as connection:
        chains = Chains(connection)
        key = key_of(PACKS[0])
        head = heads_of(database, connection, [key])[key]
        return Scene(
            verifier_key=world.trust.verifier_key,
            registrations=[*pharmacy, PRODUCT_REGISTRATION],
            dispensing=dispensing,
            entry=chains.entry(outcome.index),
            seal=chains.entry(SEAL),
            links=chains.links_of(key, head.seal, head.position),
            page=chains.page(SEAL, 0),
            pedigree=Exporter(database, world.trust, world.ledger.key).pedigree(key),
            lake=manifest,
            custody=pq.read_table(custody).to_pylist(),
            snapshot=_snapshot(world),
            stock=_stock(world),
        )


def _snapshot(world: World) -> Submission:
    stolen = [pack_uri(7)]
    world.record(
        world.commission(stolen), world.event(world.maker, "theft", stolen), world.recall("B1", by=world.maker)
    )
    ledger = world.ledger
    return signed_snapshot(ledger.database, ledger.trust, ledger.key, 0, world.now)


def _stock(world: World) -> Submission:
    came = [pack_uri(8), pack_uri(9)]
    world.record(world.commission(came), world.ship(came))
    world.record(world.receive(came[:1]))
    read_on(world.ledger.database)
    ledger = world.ledger
    # Of the pharmacy: the log indexes of party, site and station, as above.
    return signed_stock(ledger.database, ledger.trust, ledger.key, Asker(6, 7, 8), 0, world.now)
