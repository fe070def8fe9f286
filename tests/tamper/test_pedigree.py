"""Pedigrees in the hands of somebody who wants them to say something else."""

from __future__ import annotations

import base64
import json
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ledger import canonical
from ledger.chain.pedigree import parse_pedigree, print_pedigree
from ledger.codes import key_of
from ledger.custody.state import decode, encode
from ledger.errors import FormatError, LedgerError, NotVerified
from ledger.export import Exporter
from ledger.log.note import ED25519, VerifierKey
from ledger.verify import verify_pedigree
from tests.kit import World, case_uri, desk
from tests.tamper.attacks import unfenced

File = dict[str, Any]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return a world in which packs were commissioned, packed, shipped, received, unpacked and sold."""
    folder = tmp_path_factory.mktemp("pedigree")
    with World(folder / "home", f"sqlite:///{folder / 'ledger.sqlite'}") as world:
        packs = world.packs(6)
        story = (
            world.commission(packs), world.pack_into(case_uri(1), packs[:4]), world.ship([case_uri(1)]),
            world.receive([case_uri(1)]), world.unpack(case_uri(1)), world.dispense(packs[:1], insured=True),
            world.dispense(packs[1:2]), world.settle(packs[:1]),
        )  # fmt: skip
        for each in story:
            assert world.one(each).status == "recorded"
            world.wait(700)
        yield world


def exported(world: World, number: int = 1, **options: Any) -> bytes:
    """Return the pedigree of one of the packs."""
    exporter = Exporter(world.ledger.database, world.trust, world.ledger.key)
    return print_pedigree(exporter.pedigree(key_of(f"urn:nmpa:dtc:8770984{number:013d}"), **options))


def must_refuse(world: World, data: bytes, *codes: str) -> None:
    """Require that the verifier refuses the file, for one of these reasons if any are given."""
    with pytest.raises((NotVerified, FormatError)) as caught:
        verify_pedigree(data, world.trust.vkey)
    assert not codes or caught.value.code in codes, caught.value


def altered(data: bytes, change: Callable[[File], None]) -> bytes:
    """Return the file after a change, spelt as it should be."""
    value = json.loads(data)
    change(value)
    return canonical.dumps(value)


def test_an_honest_pedigree_is_believed(world: World) -> None:
    """The control: the whole story, in order, with nothing to remark but the case that was named."""
    report = verify_pedigree(exported(world), world.trust.vkey)
    kinds = [step.statement.kind for step in report.steps]
    assert kinds == [
        "commissioning", "packing", "shipping", "receiving", "unpacking", "dispensing", "settlement",
    ]  # fmt: skip
    assert report.warnings == {"named-by-case"}


def test_withheld_bodies_are_said_to_be(world: World) -> None:
    """Without bodies the chain still holds, and the report says what was kept back."""
    report = verify_pedigree(exported(world, withhold_bodies=True), world.trust.vkey)
    assert "body-withheld" in report.warnings
    assert all(step.event_time is None for step in report.steps)


@pytest.mark.parametrize("part", range(40))
def test_no_byte_can_be_changed(part: int, world: World) -> None:
    """One bit in each of many bytes spread over the whole file: refused, and never another exception."""
    data = exported(world)
    for at in range(part, len(data), 40 * 7):
        flipped = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises(LedgerError):
            verify_pedigree(flipped, world.trust.vkey)


@pytest.mark.parametrize("length", [0, 1, 100, -100, -1])
def test_no_byte_can_be_cut_off(length: int, world: World) -> None:
    """A file that ends too early is no file."""
    must_refuse(world, exported(world)[:length])


@pytest.mark.parametrize("seq", range(7))
def test_no_link_can_be_left_out(seq: int, world: World) -> None:
    """A statement that somebody would rather not show is missed, wherever it stands."""
    shown = altered(exported(world), lambda file: file["links"].pop(seq))
    must_refuse(world, shown, "inclusion-proof-wrong", "pack-not-named")
    mute = altered(exported(world, withhold_bodies=True), lambda file: file["links"].pop(seq))
    must_refuse(world, mute, "inclusion-proof-wrong")


@pytest.mark.parametrize("seq", range(7))
def test_no_link_can_be_shown_twice(seq: int, world: World) -> None:
    """A statement counts once."""

    def change(file: File) -> None:
        file["links"].insert(seq, file["links"][seq])

    must_refuse(world, altered(exported(world), change), "inclusion-proof-wrong")


@pytest.mark.parametrize("seq", range(6))
def test_no_two_links_can_change_places(seq: int, world: World) -> None:
    """The order is part of what is proven."""

    def change(file: File) -> None:
        links = file["links"]
        links[seq], links[seq + 1] = links[seq + 1], links[seq]

    must_refuse(world, altered(exported(world), change), "inclusion-proof-wrong", "pack-not-named")
    must_refuse(world, altered(exported(world, withhold_bodies=True), change), "inclusion-proof-wrong")


def test_bodies_cannot_be_exchanged(world: World) -> None:
    """The body of one statement does not pass for another's."""

    def change(file: File) -> None:
        links = file["links"]
        links[2]["body"], links[3]["body"] = links[3]["body"], links[2]["body"]

    must_refuse(world, altered(exported(world), change), "body-altered")


@pytest.mark.parametrize("member", ["statement", "salt"])
def test_nothing_can_be_borrowed_from_another_pack(member: str, world: World) -> None:
    """A link of a pack from the same shipment: same statement, other salt; other sale, other statement."""
    other = json.loads(exported(world, 2))

    def change(file: File) -> None:
        for mine, theirs in zip(file["links"], other["links"], strict=False):
            if mine[member] != theirs[member]:
                mine[member] = theirs[member]
                mine["body"] = theirs["body"]

    must_refuse(world, altered(exported(world), change), "inclusion-proof-wrong", "pack-not-named", "body-altered")


def test_a_pedigree_is_of_one_pack_only(world: World) -> None:
    """The proof of one pack under the name of its neighbour proves nothing."""

    def change(file: File) -> None:
        file["code"] = file["code"][:-1] + "2"

    must_refuse(world, altered(exported(world), change), "pack-not-named")
    must_refuse(world, altered(exported(world, withhold_bodies=True), change), "inclusion-proof-wrong")


@pytest.fixture(scope="module")
def other_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return another ledger, with other keys, in which the same things happened."""
    folder = tmp_path_factory.mktemp("other")
    with World(folder / "home", f"sqlite:///{folder / 'ledger.sqlite'}", seed="other") as world:
        world.one(world.commission(world.packs(3)))
        yield world


@pytest.mark.parametrize("member", ["seal", "checkpoint", "registrations"])
def test_parts_of_another_ledger_are_refused(member: str, world: World, other_world: World) -> None:
    """Another ledger's seal, head or registrations have no say, though that ledger has the same origin."""
    foreign = json.loads(exported(other_world))

    def change(file: File) -> None:
        file[member] = foreign[member]

    must_refuse(world, altered(exported(world), change), "signature-wrong", "note-unsigned", "note-signature-wrong")


def test_another_ledgers_pedigree_is_refused(world: World, other_world: World) -> None:
    """Whole and sound, and by the wrong key."""
    data = exported(other_world)
    verify_pedigree(data, other_world.trust.vkey)
    must_refuse(world, data, "note-unsigned", "note-signature-wrong")
    key = VerifierKey("other.example", ED25519, other_world.trust.vkey.key)
    with pytest.raises(LedgerError):
        verify_pedigree(data, key)


def test_a_receipt_must_fit_the_head_beside_it(world: World) -> None:
    """A receipt of yesterday beside a head of today: neither is false, together they prove nothing."""
    old = json.loads(exported(world, 5))
    world.one(world.commission(world.packs(1)))
    new = json.loads(exported(world, 5))
    assert old["checkpoint"] != new["checkpoint"]

    def change(file: File) -> None:
        file["seal"]["receipt"] = old["seal"]["receipt"]

    must_refuse(world, altered(canonical.dumps(new), change), "receipt-of-another-head")


@pytest.mark.parametrize("number", range(4))
def test_every_registration_is_needed(number: int, world: World) -> None:
    """Who signed must be shown, from the party down to the key."""
    data = altered(exported(world), lambda file: file["registrations"].pop(number))
    must_refuse(world, data, "key-unknown", "registration-reference-unknown")


def test_a_registration_by_somebody_else_is_refused(world: World) -> None:
    """A station cannot register a key for itself, though the rest of the file is in order."""
    forger = desk("forger")
    honest = world.register(world.key(world.pharmacy))
    forged = world.sign(forger, "key", "urn:x", honest.body, media_type="application/vnd.packledger.key+json")

    def change(file: File) -> None:
        file["registrations"][3]["statement"] = base64.b64encode(forged.statement).decode()

    must_refuse(world, altered(exported(world), change), "signature-wrong")


def test_a_key_that_was_compromised_later_is_remarked(tmp_path: Path) -> None:
    """What was recorded before the declaration holds; the reader is told that the key was in other hands."""
    with World(tmp_path / "home", f"sqlite:///{tmp_path / 'ledger.sqlite'}") as world:
        packs = world.packs(1)
        world.one(world.commission(packs))
        world.one(world.revoke(world.maker, "compromised"))
        report = verify_pedigree(exported(world), world.trust.vkey)
        assert report.warnings == {"key-compromised-since"}


def test_an_unrelated_statement_cannot_pass_for_one_about_the_case(tmp_path: Path) -> None:
    """The ledger itself puts a statement into a pack's chain that names neither the pack nor a case of it."""
    with World(tmp_path / "home", f"sqlite:///{tmp_path / 'ledger.sqlite'}") as world:
        packs = world.packs(2)
        world.record(world.commission(packs), world.pack_into(case_uri(1), packs[:1]))
        world.wait(700)
        lie_about_contents(world, case_uri(1), packs[1])
        world.one(world.ship([case_uri(1)]))
        assert len(verify_pedigree(exported(world, 1), world.trust.vkey).steps) == 3
        must_refuse(world, exported(world, 2), "pack-not-named")


def lie_about_contents(world: World, case: str, pack: str) -> None:
    """Make the ledger believe that a pack lies in a case, by the means of its operator: in the database."""
    key, parent = key_of(pack), key_of(case)
    engine = unfenced(world.settings.database_url)
    with engine.begin() as connection:
        row = connection.exec_driver_sql(f"SELECT custody FROM pack WHERE code = '{key}'").one()
        custody = encode(replace(decode(row.custody), parent=parent))
        connection.exec_driver_sql(
            "UPDATE pack SET parent = ?, custody = ? WHERE code = ?", (parent, custody, key)
        )
    engine.dispose()


def test_a_pedigree_is_no_bomb() -> None:
    """Two million lists where a pedigree should be: the first one is told, and no more are made."""
    data = b"[" + b"[]," * 2_000_000 + b"[]]"
    for bomb in (data, b'{"links":%s}' % data, b'{"code":%s' % data):
        tracemalloc.start()
        try:
            with pytest.raises(FormatError, match="pedigree-malformed"):
                parse_pedigree(bomb)
            assert tracemalloc.get_traced_memory()[1] < 2**20
        finally:
            tracemalloc.stop()
