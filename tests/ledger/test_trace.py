"""Stories: what the log says of a pack, told without reading what does not concern it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from ledger.chain.pedigree import print_pedigree
from ledger.codes import key_of
from ledger.content import claim_of, parse_content
from ledger.custody.event import Event
from ledger.errors import FormatError, NotVerified
from ledger.export import Exporter
from ledger.log.statement import parse_statement
from ledger.papers.paper import Paper
from ledger.store import tables
from ledger.store.log import get_entry, log_size, scan_rows
from ledger.store.registry import Registry
from ledger.trace import Story, story_of
from ledger.verify import verify_pedigree
from tests.kit import World, case_uri
from tests.tamper.attacks import unfenced

HOUR = 3_600


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    """Return a world with everybody enrolled."""
    with World(tmp_path / "home", database_url) as world:
        yield world


def told(world: World, pack: str) -> Story:
    """Return a pack's story, as somebody hears it who asks for the first time."""
    return story_of(world.ledger.database, Registry(), key_of(pack))


def lived(world: World) -> tuple[str, str]:
    """Let two packs go to the pharmacy in a case, one be sold and settled; return both."""
    first, second = world.packs(2)
    case = case_uri(1)
    steps = [
        world.commission([first, second], at=world.now - HOUR), world.pack_into(case, [first, second]),
        world.ship([case]), world.receive([case]), world.unpack(case, [first]), world.unpack(case),
        world.dispense([first], insured=True, at=world.now - 7), world.settle([first]),
        world.inspect([first], by=world.rival, site="https://nowhere.example/1"),
    ]  # fmt: skip
    for step in steps:
        assert world.one(step).status == "recorded"
        world.wait(60)
    return first, second


def test_a_story_says_what_the_bodies_say(world: World) -> None:
    """Time, place and payer of each step are those that stand in its body, the kind is the body's own."""
    first, _ = lived(world)
    story = told(world, first)
    assert [step.kind for step in story.steps] == [
        "commissioning", "packing", "shipping", "receiving", "unpacking", "dispensing", "settlement", "inspecting",
    ]  # fmt: skip
    with world.ledger.database.read() as connection:
        for step in story.steps:
            _, _, _, _, data, body = get_entry(connection, step.index)
            content = parse_content(parse_statement(bytes(data)), bytes(body))
            assert isinstance(content, Event | Paper)
            said = content.event_time if isinstance(content, Event) else content.paper_time
            assert (step.kind, step.claimed_at, step.insured) == (content.kind, said, content.insured)
    maker, shop, rival = world.maker.name, world.pharmacy.name, world.rival.name
    assert [step.site[0] for step in story.steps] == [maker] * 3 + [shop] * 3 + [world.insurer.name, rival]
    assert [step.insured for step in story.steps] == [False] * 5 + [True, True, False]
    late = [step.recorded_at - step.claimed_at for step in story.steps]
    assert late == [HOUR, 60, 120, 180, 240, 367, 420, 480]  # all were written at once, and recorded minute by minute


def test_a_story_tells_named_packs_from_those_in_a_named_case(world: World) -> None:
    """Shipped in its case; unpacked by name the one, with all that is left the other; the case itself is named."""
    first, second = lived(world)
    assert [(step.kind, step.inside) for step in told(world, second).steps] == [
        ("commissioning", False), ("packing", False), ("shipping", True), ("receiving", True), ("unpacking", True),
    ]  # fmt: skip
    assert [step.inside for step in told(world, first).steps] == [False, False, True, True] + [False] * 4
    assert not any(step.inside for step in told(world, case_uri(1)).steps)


def test_a_story_reads_no_body_of_a_shipment(world: World) -> None:
    """The same story is told when the bodies of all that never met the pack in a case are gone."""
    packs = world.packs(3)
    for step in (world.commission(packs), world.ship(packs), world.receive(packs), world.dispense(packs[:1])):
        world.one(step)
    before = [told(world, pack) for pack in packs]
    engine = unfenced(world.settings.database_url)
    with engine.begin() as connection:
        connection.execute(tables.entry.update().values(body=b"gone"))
    engine.dispose()
    assert [told(world, pack) for pack in packs] == before
    assert world.audit().fault is not None


@pytest.mark.parametrize("claim", [b"", b"\xff"])
def test_a_claim_that_cannot_be_read_is_a_fault(world: World, claim: bytes) -> None:
    """A damaged row ends the story, and `verify` names the row."""
    first, _ = lived(world)
    index = told(world, first).steps[2].index
    engine = unfenced(world.settings.database_url)
    with engine.begin() as connection:
        at = tables.entry.c.log_index == index
        connection.execute(tables.entry.update().where(at).values(claim=claim))
    engine.dispose()
    with pytest.raises(FormatError, match="claim-malformed"):
        told(world, first)
    fault = world.audit().fault
    assert fault is not None
    assert fault[:2] == (index, "entry-altered")


def test_a_story_with_a_missing_entry_is_a_fault(world: World) -> None:
    """A link of a statement that is gone ends the story, at that statement."""
    first, _ = lived(world)
    index = told(world, first).steps[5].index
    engine = unfenced(world.settings.database_url)
    with engine.begin() as connection:
        connection.execute(tables.entry.delete().where(tables.entry.c.log_index == index))
    engine.dispose()
    with pytest.raises(NotVerified, match="entry-missing") as caught:
        told(world, first)
    assert caught.value.index == index


def test_every_claim_is_that_of_its_body(world: World) -> None:
    """Events, papers and seals have one, registrations and the genesis have none."""
    lived(world)
    kinds = set()
    with world.ledger.database.read() as connection:
        rows = chain.from_iterable(scan_rows(world.ledger.database, connection, 0, log_size(connection)))
        for _, kind, _, _, data, claim, body in rows:
            if kind not in ("seal", "genesis"):
                assert claim == claim_of(parse_content(parse_statement(data), body))
            assert bool(claim) == (kind not in ("genesis", "party", "site", "station", "key", "product"))
            kinds.add(kind)
    assert kinds >= {"genesis", "seal", "party", "dispensing", "settlement"}
    assert world.audit().fault is None


def test_a_story_tells_errors_that_were_declared(world: World) -> None:
    """A sale that never happened is told as such, and so is the declaration; a rival's changes nothing."""
    (pack,) = world.packs(1)
    wrong = "urn:uuid:00000000-0000-4000-8000-00000000e001"
    for step in (
        world.commission([pack]), world.ship([pack]), world.receive([pack]), world.dispense([pack], event_id=wrong),
        world.declare_wrong("dispensing", wrong, [pack], by=world.rival),
    ):  # fmt: skip
        world.one(step)
        world.wait(60)
    *_, sale, strange = told(world, pack).steps
    assert (sale.taken_back, strange.corrects, strange.anomalies) == (False, True, ("nothing-to-correct",))
    world.one(world.declare_wrong("dispensing", wrong, [pack], by=world.pharmacy))
    steps = told(world, pack).steps
    assert [step.corrects for step in steps] == [False] * 4 + [True] * 2
    assert [step.taken_back for step in steps] == [False] * 3 + [True] + [False] * 2
    assert steps[-1].state == "active"
    exporter = Exporter(world.ledger.database, world.trust, world.ledger.key)
    proven = verify_pedigree(print_pedigree(exporter.pedigree(key_of(pack))), world.trust.vkey).steps
    assert [(each.corrects, each.taken_back) for each in proven] == [(each.corrects, each.taken_back) for each in steps]
    assert world.audit().fault is None
