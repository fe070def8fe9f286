"""The ledger that the tamper suite attacks: small, but with every kind of row, and varied in every column."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from ledger.chains import Chains
from ledger.codes import key_of
from ledger.home import read_checkpoint
from ledger.identity.registration import Key, Party, Product, Site, Station
from ledger.log.keys import ES256, PrivateKey
from ledger.log.statement import parse_statement
from ledger.opening import Trust
from ledger.papers.contents import Adding, Claim, Deadline, Opening, Outcome, Recall
from ledger.store.packs import packs_by_thousands
from ledger.store.persons import person_keys
from tests.kit import World, case_uri, desk, patient

__all__ = ["ERASED", "LIVING", "Scene", "build", "clone", "keep_sqlite"]

LIVING, OTHER, ERASED = patient("P-1"), patient("P-2"), patient("P-3")
_STOLEN, _RETIRED = desk("stolen"), desk("retired")


class Scene(NamedTuple):
    """A finished ledger, closed, and what the tests must know of it.

    Attributes:
        world: the world that made it; `open` before recording more.
        size: statements in its log.
        early: a copy of home and database from the middle of its life, where it had `early_size` statements.
        newest: log index of the newest statement about each pack, by key.
        marks: log indexes of statements that the tests name.
        persons: pseudonyms, by what became of the person.
        destroyed: the wrapped key that the erased person had.
    """

    world: World
    size: int
    early: Path
    early_size: int
    newest: dict[str, int]
    marks: dict[str, int]
    persons: dict[str, bytes]
    destroyed: bytes

    @property
    def trust(self) -> Trust:
        """What a verifier holds from elsewhere."""
        return self.world.trust

    def first_part(self, person: bytes) -> int:
        """Return the first statement with a confidential part of this person: they came one after the other."""
        return self.marks["dispensed"] + list(self.persons.values()).index(person)

    @property
    def kept(self) -> bytes | None:
        """The checkpoint kept outside the database."""
        return read_checkpoint(self.world.settings)


def build(folder: Path, database_url: str, keep_early: Callable[[World, Path], None]) -> Scene:
    """Make the ledger; `keep_early` copies its database half-way."""
    with World(folder / "home", database_url) as world:
        marks: dict[str, int] = {}

        def record(name: str, *submissions: Any) -> None:
            outcomes = world.record(*submissions)
            assert [outcome.status for outcome in outcomes] == ["recorded"] * len(outcomes)
            marks[name] = outcomes[0].index or 0
            world.wait(700)

        record("enrolled", *(world.register(each) for each in _variety(world)))
        packs = world.packs(300)  # more links than one page holds
        record("commissioned", world.commission(packs))
        record("packed", world.pack_into(case_uri(1), packs[:5]), world.pack_into(case_uri(2), packs[5:9]))
        record("shipped", world.ship([case_uri(1), case_uri(2), *packs[9:]]))
        record("received", world.receive([case_uri(1), case_uri(2), *packs[9:]]))
        record("unpacked", world.unpack(case_uri(1)))
        world.close()
        keep_early(world, folder / "early")
        early_size = marks["unpacked"] + 2
        world.open()
        record(
            "dispensed",
            world.dispense(packs[:1], insured=True, person=LIVING),
            world.dispense(packs[1:2], person=OTHER),
            world.dispense(packs[2:3], person=ERASED),
        )
        record("settled", world.settle(packs[:1], person=LIVING))
        record("again", world.dispense(packs[:1], by=world.rival, at=world.now + 100_000))
        record("by stolen key", world.inspect(packs[:2], by=_STOLEN), world.inspect(packs[:2], by=_RETIRED))
        record("revoked", world.revoke(_STOLEN), world.revoke(_RETIRED, "retired", since=world.now - 5))
        record("recalled", world.recall("B7", "B8"), world.recall("B9", by=world.police))
        record("second recall", world.register(_second(world)), _other_recall(world))
        with world.ledger.database.read() as connection:
            person = world.pseudonym(ERASED)
            destroyed = person_keys(connection, [person])[person].wrapped or b""
        record("erased", world.erase(ERASED))
        record("after erasure", world.dispense(packs[3:4], person=ERASED))
        record("seized", world.seize(packs[4:6]))
        record("cases", *_casework(world))
        record("many", *(world.inspect(packs[at : at + 2]) for at in range(40, 260)))
        with world.ledger.database.read() as connection:
            chains = Chains(connection)
            newest = {
                str(row[0]): chains.links_of(row[0], row[6], row[7])[-1].link.entry
                for row in chain.from_iterable(packs_by_thousands(connection))
            }
        persons = {name: world.pseudonym(person) for name, person in _PATIENTS.items()}
        size = marks["many"] + 221
        assert newest[key_of(packs[259])] == size - 2
    return Scene(world, size, folder / "early", early_size, newest, marks, persons, destroyed)


_PATIENTS = {"living": LIVING, "other": OTHER, "erased": ERASED}


def _variety(world: World) -> list[Any]:
    """Return registrations that differ from the usual ones in every column."""
    station = f"{world.pharmacy.site}/till"
    key = PrivateKey.from_seed(ES256, bytes(31) + b"\7").public
    names = {"name_en": "Annexe", "name_zh": "分店", "region": "110105"}
    return [
        *world.enrolment(_STOLEN, "dispenser"),
        *world.enrolment(_RETIRED, "dispenser"),
        Party(uri="https://other.example/", roles=("dispenser", "public"), **names),
        Site(uri="https://other.example/annexe", party="https://other.example/", **names),
        Station(uri=station, site=world.pharmacy.site),
        Key(
            kid=key.thumbprint().hex(), station=station, alg=ES256, public=key.raw.hex(),
            valid_from=5, valid_until=world.now + 10**8,
        ),
        Product(
            id="06901234000009", maker="https://other.example/", name_en="Drops", name_zh="滴剂",
            price_cents=900, weight_milligrams=15_000, supply_days=7, strength="5 mg/ml",
        ),
    ]  # fmt: skip


def _casework(world: World) -> list[Any]:
    """Return actions that make two cases, different in every column; two of the actions do not count."""
    first, second = world.act(world.police, Opening(title="packs")), world.act(world.insurer, Opening(title="cards"))
    case, other = (parse_statement(each.statement).subject for each in (first, second))
    return [
        first, second,
        world.act(world.police, Claim(), case),
        world.act(world.police, Deadline(until="2027-01-31T00:00:00Z"), case),
        world.act(world.insurer, Deadline(until="2027-02-28T00:00:00Z"), other),
        world.act(world.regulator, Claim(), case),
        world.act(world.insurer, Outcome(result="unresolved"), other),
        world.act(world.police, Adding(findings=["ab" * 16]), other),
    ]  # fmt: skip


def _second(world: World) -> Any:
    return Product(
        id="8770985", maker=world.maker.party, name_en="Capsules", name_zh="胶囊",
        price_cents=1_000, weight_milligrams=9_000, supply_days=30, strength="100 mg",
    )  # fmt: skip


def _other_recall(world: World) -> Any:
    content = Recall(
        id=world.fresh_id(), time=world.stamp(), product="8770985", level=2, reason="label", batches=["C1"]
    )
    return world.paper(world.regulator, content)


def clone(database: Path, to: Path) -> Path:
    """Copy a SQLite database that nobody writes to, with what still lies in its write-ahead log."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)
    return to


def keep_sqlite(world: World, folder: Path) -> None:
    """Copy home and database of a world that is closed."""
    shutil.copytree(world.settings.home, folder / "home")
    clone(Path(world.settings.database_url.removeprefix("sqlite:///")), folder / "ledger.sqlite")
