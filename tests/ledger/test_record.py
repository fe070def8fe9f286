"""Recording: what counts once, what hangs together, what is taken back, what papers do, whose data is gone."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from ledger.errors import Misuse, NotVerified
from ledger.identity.vault import Vault
from ledger.log.merkle import leaf_hash
from ledger.opening import open_ledger
from ledger.record import Recorder
from ledger.store.packs import children_of
from ledger.store.persons import get_confidential, person_keys
from ledger.submission import Submission
from ledger.suspect import suspect_window
from tests.kit import World, case_uri, chance, patient
from tests.tamper.attacks import unfenced


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    """Return a world with everybody enrolled; when the test is over, its ledger must verify."""
    with World(tmp_path / "home", database_url) as world:
        yield world
        assert world.audit().fault is None


def _stocked(world: World, count: int) -> list[str]:
    """Return packs that the pharmacy has on its shelf."""
    packs = world.packs(count)
    steps = (world.commission(packs), world.ship(packs), world.receive(packs))
    for step in steps:
        outcome = world.one(step)
        assert (outcome.status, outcome.anomalies) == ("recorded", ())
        world.wait(700)
    return packs


def _names(world: World, submission: Submission) -> set[str]:
    outcome = world.one(submission)
    assert outcome.status == "recorded"
    return {name for _, name in outcome.anomalies}


# -- once


def test_a_statement_counts_once_in_one_group(world: World) -> None:
    """The same submission three times in one upload is one statement, with one answer."""
    (pack,) = _stocked(world, 1)
    beep = world.dispense([pack])
    first, second, third = world.record(beep, beep, beep)
    assert (first.status, second.status, third.status) == ("recorded", "already-recorded", "already-recorded")
    assert first.index == second.index == third.index
    custody = world.custody(pack)
    assert custody is not None
    assert (custody.dispensings, custody.repeats) == (1, 0)


def test_a_statement_counts_once_for_ever(world: World) -> None:
    """Sent again later, also after a restart: the first answer comes again, word for word."""
    (pack,) = _stocked(world, 1)
    world.one(world.dispense([pack], by=world.rival))
    caution = world.dispense([pack])
    first = world.one(caution)
    world.wait(86_400)
    again = world.one(caution)
    world.close()
    world.open()
    after_restart = world.one(caution)
    assert first.anomalies
    for later in (again, after_restart):
        assert later.status == "already-recorded"
        assert (later.index, later.anomalies, later.verdict) == (first.index, first.anomalies, first.verdict)


def test_two_recorders_take_turns(world: World) -> None:
    """Two recorders on one database see each other's packs and statements, group by group."""
    packs = _stocked(world, 6)
    with open_ledger(world.settings) as other, Recorder(other, world.clock, chance("other")) as second:
        for number, pack in enumerate(packs):
            mine, theirs = (world.recorder, second) if number % 2 else (second, world.recorder)
            sale = world.dispense([pack])
            assert mine.record([sale])[0].status == "recorded"
            assert theirs.record([sale])[0].status == "already-recorded"
            names = {name for _, name in theirs.record([world.dispense([pack], by=world.rival)])[0].anomalies}
            assert names == {"already-dispensed-elsewhere"}


def test_a_registration_by_one_recorder_binds_the_other(world: World) -> None:
    """A key that one recorder revokes is refused by the other, though that one had it in its memory."""
    packs = _stocked(world, 2)
    assert world.one(world.dispense(packs[:1])).status == "recorded"
    with open_ledger(world.settings) as other, Recorder(other, world.clock, chance("other")) as second:
        assert second.record([world.revoke(world.pharmacy)])[0].status == "recorded"
        outcome = world.one(world.dispense(packs[1:]))
        assert outcome.problem is not None
        assert outcome.problem.code == "key-compromised"
        assert second.record([world.dispense(packs[1:])])[0].status == "refused"


def _record_all(settings: object, now: int, submissions: list[Submission], answers: object) -> None:
    with open_ledger(settings) as ledger, Recorder(ledger, lambda: now, chance("child")) as recorder:  # type: ignore[arg-type]
        outcomes = [recorder.record([each])[0] for each in submissions]
        answers.put([(outcome.status, outcome.index) for outcome in outcomes])  # type: ignore[attr-defined]


def test_two_processes_record_the_same_stream_once(world: World) -> None:
    """Another process sends the same statements at the same time: each is in the log once, both agree where."""
    packs = _stocked(world, 20)
    stream = [world.dispense([pack]) for pack in packs]
    spawn = multiprocessing.get_context("spawn")
    answers = spawn.Queue()
    child = spawn.Process(target=_record_all, args=(world.settings, world.now, stream, answers))
    child.start()
    mine = [(outcome.status, outcome.index) for outcome in (world.one(each) for each in stream)]
    theirs = answers.get(timeout=60)
    child.join()
    assert [index for _, index in mine] == [index for _, index in theirs]
    for (one, _), (other, _) in zip(mine, theirs, strict=True):
        assert sorted((one, other)) == ["already-recorded", "recorded"]


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
    assert _names(world, world.ship([pallet])) == set()
    everything = [*packs, *cartons, pallet]
    assert {world.state(code) for code in everything} == {"in_transit"}
    world.wait(700)
    assert _names(world, world.receive([pallet])) == set()
    assert {world.state(code) for code in everything} == {"active"}
    world.wait(700)
    world.record(world.unpack(pallet), world.unpack(cartons[0]))
    with world.ledger.database.read() as connection:
        inside = children_of(connection, [f"{uri.rpartition('/')[2]}" for uri in [*cartons, pallet]])
    assert len({parent for _, parent in inside}) <= 1
    assert _names(world, world.dispense(packs[:1])) == set()


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
    (pack,) = _stocked(world, 1)
    world.one(world.dispense([pack], insured=True))
    world.wait(3_600)
    assert _names(world, world.undo_dispense([pack])) == set()
    custody = world.custody(pack)
    assert custody is not None
    assert (custody.state.word, custody.insured, custody.dispensings) == ("active", False, 0)
    world.wait(3_600)
    assert _names(world, world.dispense([pack])) == set()


def test_another_shop_cannot_undo_a_dispense(world: World) -> None:
    """A pack comes back elsewhere: that is no undoing, and it stays sold."""
    (pack,) = _stocked(world, 1)
    world.one(world.dispense([pack]))
    world.wait(3_600)
    assert "already-dispensed-elsewhere" in _names(world, world.undo_dispense([pack], by=world.rival))
    assert world.state(pack) == "dispensed"


def test_an_author_takes_an_event_back(world: World) -> None:
    """A sale that never happened: declared so by its author, the pack stands where it stood before."""
    (pack,) = _stocked(world, 1)
    before = world.custody(pack)
    sale = world.dispense([pack], event_id="urn:uuid:mistake")
    world.one(sale)
    world.wait(60)
    declared = world.declare_wrong("dispensing", "urn:uuid:mistake", [pack], by=world.pharmacy)
    assert _names(world, declared) == set()
    assert world.custody(pack) == before


def test_a_correction_leaves_later_events_standing(world: World) -> None:
    """The wrong sale lies under an inspection and a settlement: only the sale is taken out of the chain."""
    (pack,) = _stocked(world, 1)
    world.one(world.dispense([pack], event_id="urn:uuid:mistake"))
    world.wait(700)
    world.record(world.inspect([pack]), world.settle([pack]))
    declared = world.declare_wrong("dispensing", "urn:uuid:mistake", [pack], by=world.pharmacy)
    assert _names(world, declared) == set()
    custody = world.custody(pack)
    assert custody is not None
    assert (custody.state.word, custody.dispensings) == ("active", 0)
    assert (custody.settled, custody.insured) == (True, True)


def test_nobody_takes_back_what_others_did(world: World) -> None:
    """A rival declares the pharmacy's sale wrong: recorded, remarked on, and without effect."""
    (pack,) = _stocked(world, 1)
    world.one(world.dispense([pack], event_id="urn:uuid:sale"))
    before = world.custody(pack)
    declared = world.declare_wrong("dispensing", "urn:uuid:sale", [pack], by=world.rival)
    assert _names(world, declared) == {"nothing-to-correct"}
    assert world.custody(pack) == before


def test_an_event_and_its_correction_may_come_together(world: World) -> None:
    """One upload holds the mistake, its correction, and what was meant: the last one counts."""
    (pack,) = _stocked(world, 1)
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
    (pack,) = _stocked(world, 1)
    world.one(world.dispense([pack], insured=True))
    assert _names(world, world.settle([pack])) == set()
    world.wait(86_400)
    outcome = world.one(world.receive([pack], by=world.rival))
    assert {name for _, name in outcome.anomalies} >= {"dispensed-under-insurance"}
    assert outcome.verdict.word == "stop"


def test_a_settlement_by_a_stranger_does_nothing(world: World) -> None:
    """The police send a settlement: kept as evidence that they did, and no pack is marked."""
    (pack,) = _stocked(world, 1)
    world.one(world.dispense([pack]))
    before = world.custody(pack)
    assert "not-authorised" in _names(world, world.settle([pack], by=world.police))
    assert world.custody(pack) == before


def test_a_recall_stops_its_batch_and_no_other(world: World) -> None:
    """From the recall on the batch is stopped at every counter; another batch is not."""
    recalled, other = world.packs(1), world.packs(1)
    world.record(world.commission(recalled), world.commission(other, batch="B2"))
    world.record(world.ship([*recalled, *other]))
    world.wait(700)
    assert _names(world, world.recall("B1", "B7")) == set()
    assert "recalled" in _names(world, world.receive(recalled))
    assert "recalled" not in _names(world, world.receive(other))


def test_a_recall_by_the_police_recalls_nothing(world: World) -> None:
    """Who may not recall does not: the paper is in the log, the batch is not under recall."""
    packs = world.packs(1)
    world.record(world.commission(packs), world.ship(packs))
    assert _names(world, world.recall("B1", by=world.police)) == {"not-authorised"}
    assert "recalled" not in _names(world, world.receive(packs))


def test_a_seizure_is_final(world: World) -> None:
    """What the police took is sold by nobody."""
    (pack,) = _stocked(world, 1)
    world.one(world.seize([pack]))
    assert world.state(pack) == "seized"
    world.wait(700)
    assert "after-final-state" in _names(world, world.dispense([pack]))


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
    packs = _stocked(world, 2)
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
    packs = _stocked(world, 3)
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
    packs = _stocked(world, 1)
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
    packs = _stocked(world, 2)
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
    packs = _stocked(world, 3)
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
    packs = _stocked(world, 4)
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


# -- opening


def test_the_gaps_that_a_crash_left_are_signed_at_opening(world: World) -> None:
    """Commits whose heads were never signed: opening signs them all, so that every seal has its head."""
    publish_nothing = world.settings.checkpoint_file.read_bytes()
    sizes = []
    for _ in range(3):
        outcome = world.one(world.commission(world.packs(1)))
        sizes.append((outcome.index or 0) + 2)
    world.close()
    world.settings.checkpoint_file.write_bytes(publish_nothing)
    _forget_heads(world, sizes)
    assert world.audit().unsigned == sizes[-1] - sizes[0] + 2
    world.open()
    report = world.audit()
    assert (report.fault, report.unsigned) == (None, 0)


def test_a_head_that_the_server_lost_is_signed_again(world: World) -> None:
    """Heads in the database do not wait for the disk: one that a killed server lost is back with the next group."""
    sizes = [(world.one(world.commission(world.packs(1))).index or 0) + 2 for _ in range(2)]
    _forget_heads(world, sizes[1:])
    fault = world.audit().fault
    assert fault is not None
    assert fault[1] == "checkpoint-missing"
    assert world.one(world.commission(world.packs(1))).status == "recorded"
    report = world.audit()
    assert (report.fault, report.unsigned) == (None, 0)


def test_a_head_on_its_way_to_the_database_is_waited_for(world: World) -> None:
    """Kept outside, its row not yet written: a verifier that comes in between looks again, and finds nothing wrong."""
    world.one(world.commission(world.packs(1)))
    kept, go_on, looks = Event(), Event(), []

    def step(name: str) -> None:
        if name == "kept":
            kept.set()
            assert go_on.wait(60)

    def wait(_seconds: float) -> None:
        looks.append(_seconds)
        go_on.set()
        published.result(60)

    with (
        open_ledger(world.settings) as other, Recorder(other, world.clock, chance("other"), step) as second,
        ThreadPoolExecutor(1) as thread,
    ):  # fmt: skip
        published = thread.submit(second.record, [world.commission(world.packs(1))])
        assert kept.wait(60)
        try:
            report = world.audit(wait=wait)
        finally:
            go_on.set()
    assert (report.fault, len(looks)) == (None, 1)
    assert report.unsigned == 0


def _forget_heads(world: World, sizes: list[int]) -> None:
    engine = unfenced(world.settings.database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM checkpoint WHERE size >= {sizes[0]}")
    engine.dispose()


def test_a_ledger_whose_kept_checkpoint_is_gone_is_not_opened(world: World) -> None:
    """Without what was kept outside, nobody can know whether the database went back in time."""
    world.close()
    kept = world.settings.checkpoint_file.read_bytes()
    world.settings.checkpoint_file.unlink()
    with pytest.raises(NotVerified, match="log-restored"):
        world.open()
    world.settings.checkpoint_file.write_bytes(kept)
    world.open()
