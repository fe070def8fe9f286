"""Two recording processes on one ledger: they take turns, and neither's death disturbs the other."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from ledger.clock import random_bytes
from ledger.home import read_checkpoint
from ledger.identity.signer import Signer
from ledger.log.checkpoint import open_checkpoint
from ledger.opening import open_ledger
from ledger.record import Recorder
from ledger.recording.outcome import Outcome
from ledger.store import registry
from ledger.submission import Submission
from tests.crash.child import Death
from tests.crash.trial import Trial, read_acks
from tests.kit import World

_SOMEBODY_WAITS = """
SELECT 1 FROM pg_locks JOIN pg_database AS d ON d.oid = database WHERE d.datname = current_database() AND NOT granted
"""


def test_two_recorders_take_turns(tmp_path: Path, database_url: str) -> None:
    """Both are given the same stream: each statement is new to one of them only, and both name its place."""
    trial = Trial(tmp_path, database_url, seed=6, statements=120)
    second_journal = tmp_path / "second"
    both = [trial.start(group=3), trial.start(group=5, journal=second_journal)]
    killed = [trial.end(process) for process in both]  # wait for both
    assert killed == [False, False]
    first, second = trial.acks(), read_acks(second_journal.read_text())
    new = [{ack.position for ack in acks if ack.status == "recorded"} for acks in (first, second)]
    assert new[0] | new[1] == set(range(120))
    assert not new[0] & new[1]
    assert {ack[:2] for ack in first} == {ack[:2] for ack in second}
    assert trial.finish() == []


def test_one_is_killed_while_the_other_records(tmp_path: Path, database_url: str) -> None:
    """One process is killed again and again; the other never meets a problem, nothing is lost or doubled."""
    trial = Trial(tmp_path, database_url, seed=7, statements=200)
    chance = random.Random(7)
    steady_journal = tmp_path / "steady"
    steady = trial.start(group=3, journal=steady_journal)
    for _ in range(3):
        trial.run(kill_after=chance.uniform(0, 0.05))
    steady.join()
    assert steady.exitcode == 0
    assert "problem" not in steady_journal.read_text()
    places = {ack.position: ack.log_index for ack in trial.acks()}
    theirs = {ack.position: ack.log_index for ack in read_acks(steady_journal.read_text())}
    assert len(theirs) == 200
    assert {position: theirs[position] for position in places} == places
    assert trial.finish() == []


def test_what_a_dead_recorder_left_unsigned_is_signed_before_it_is_repeated(
    tmp_path: Path, database_url: str
) -> None:
    """A process dies between commit and checkpoint; another, open all the while, is asked about the same."""
    trial = Trial(tmp_path, database_url, seed=8, statements=8)
    world = trial.world
    world.open()
    assert trial.run(death=Death("committed"))
    outcomes = world.recorder.record(trial.submissions[:4])
    note = read_checkpoint(world.settings)
    world.close()
    assert {outcome.status for outcome in outcomes} == {"already-recorded"}
    assert note is not None
    signed = open_checkpoint(note, world.trust.origin, world.trust.vkey).size
    assert all(outcome.index is not None and outcome.index < signed for outcome in outcomes)
    assert trial.finish() == []


def test_an_older_head_never_replaces_a_newer_one(tmp_path: Path, database_url: str) -> None:
    """A recorder is slow between its commit and its checkpoint, and another overtakes it."""
    overtakers: list[Callable[[], object]] = []

    def be_overtaken(step: str) -> None:
        if step == "committed" and overtakers:
            overtakers.pop()()

    with World(tmp_path / "home", database_url, on_step=be_overtaken) as world, another(world) as other:
        slow, fast = world.commission(world.packs(1)), world.commission(world.packs(1))
        heads: list[bytes | None] = []

        def overtake() -> None:
            other.record([fast])
            heads.append(read_checkpoint(world.settings))

        overtakers.append(overtake)
        assert world.one(slow).status == "recorded"
        assert heads == [read_checkpoint(world.settings)]
        assert world.audit().fault is None


def test_a_writer_who_waited_sees_what_the_other_wrote(tmp_path: Path, postgres_url: str) -> None:
    """Also where the server's default is to look at the database as it was before the wait."""
    with psycopg.connect(address_of(postgres_url), autocommit=True) as session:
        name = sql.Identifier(session.info.dbname)
        session.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_isolation = 'repeatable read'").format(name))
        waiting: list[Future[list[Outcome]]] = []

        def make_the_other_wait(step: str) -> None:
            if step == "locked" and submissions and not waiting:
                waiting.append(pool.submit(other.record, submissions[1:]))
                while not (waiting[0].done() or session.execute(_SOMEBODY_WAITS).fetchone()):
                    pass

        submissions: list[Submission] = []
        with (
            ThreadPoolExecutor(1) as pool,
            World(tmp_path / "home", postgres_url, on_step=make_the_other_wait) as world,
            another(world) as other,
        ):
            submissions += [world.commission(world.packs(1)) for _ in range(2)]
            assert world.one(submissions[0]).status == "recorded"
            assert waiting[0].result()[0].status == "recorded"
            assert world.audit().fault is None


@contextmanager
def another(world: World) -> Iterator[Recorder]:
    """Open a second recorder on the same ledger, as another process would."""
    with open_ledger(world.settings) as ledger, Recorder(ledger, world.clock, random_bytes) as recorder:
        yield recorder


def address_of(url: str) -> str:
    """Return a database's address as psycopg wants it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def test_a_look_up_that_was_overtaken_is_not_remembered(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key is looked up just before its revocation is recorded: the old answer must not outlive it."""
    load = registry._load_signer
    with World(tmp_path / "home", database_url) as world:
        known, kid = world.ledger.registry, bytes.fromhex(world.pharmacy.kid)
        revocation = world.revoke(world.pharmacy)

        def overtaken(connection: Connection, wanted: bytes) -> Signer | None:
            found = load(connection, wanted)
            monkeypatch.setattr(registry, "_load_signer", load)
            assert world.one(revocation).status == "recorded"
            world.record(world.commission(world.packs(1)))  # brings the registry up to date
            return found

        known.forget()
        monkeypatch.setattr(registry, "_load_signer", overtaken)
        with world.ledger.database.read() as connection:
            assert known.signer(connection, kid) is not None
        with world.ledger.database.read() as connection:
            signer = known.signer(connection, kid)
        assert signer is not None
        assert signer.revoked is not None
        refused = world.one(world.dispense(world.packs(1)))
        assert (refused.status, refused.problem and refused.problem.code) == ("refused", "key-compromised")
