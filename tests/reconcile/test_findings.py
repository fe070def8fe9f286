"""Findings from run to run: one a rule and subject, opened once, closed with a reason, free of erased persons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Column

from ledger.cli.looking import finding_named
from ledger.errors import FormatError, Misuse
from ledger.identity.registration import Erasure
from ledger.reconcile.findings.finding import Closing, Finding, Seen, Sentence, decode_finding, finding_id
from ledger.reconcile.findings.update import Changes, RuleRun, Run, update_findings
from ledger.store import tables
from ledger.store.database import Database
from ledger.store.findings import (
    all_findings,
    events_of,
    last_run,
    open_findings,
    rule_text,
)
from ledger.store.schema import upgrade
from tests.kit import World, patient

PACK, OTHER_PACK = "87709840000000015538", "87709840000000015539"
PERSON, OTHER_PERSON = "ab" * 16, "cd" * 16
TEXT = b"/* a rule */ SELECT 1"
RULES = frozenset({"dispensed-twice", "card-lent"})


def seen(subject: str = PACK, rule: str = "dispensed-twice", **changes: Any) -> Seen:
    """Return what a rule sees about a subject."""
    about: dict[str, Any] = {
        "id": finding_id(rule, subject), "rule": rule, "version": sha256(TEXT).hexdigest(), "grain": "pack",
        "severity": "high", "subject": subject, "time": 1_795_322_220, "score": 90, "cents": 5_000,
        "evidence": (12, 17), "persons": (PERSON,), "institutions": (2, 6), "numbers": {"times": 2},
        "sentence": Sentence("Handed out twice.", "重复发药。"),
    }  # fmt: skip
    return Seen(**(about | changes))


def ran(*found: Seen, rule: str = "dispensed-twice", text: bytes = TEXT) -> RuleRun:
    """Return a rule that ran to its end and saw this."""
    return RuleRun(rule, sha256(text).hexdigest(), text, found)


def run(*rules: RuleRun, size: int = 20, standing: frozenset[str] = RULES) -> Run:
    """Return a run over a log of this size."""
    return Run(at=1_795_400_000 + size, tree_size=size, root=size.to_bytes(32, "big"), rules=rules, standing=standing)


def nothing_new(gone: Sequence[Finding], since: int) -> Mapping[str, Sequence[int]]:
    """Explain nothing."""
    return {}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Return a database with our tables."""
    database = Database(database_url)
    upgrade(database)
    yield database
    database.close()


def update(database: Database, *rules: RuleRun, **options: Any) -> Changes:
    """Take a run in, with nothing to explain what is gone unless said otherwise."""
    explain = options.pop("explain", nothing_new)
    return update_findings(database, run(*rules, **options), explain)


def stored(database: Database) -> list[Finding]:
    """Return all findings."""
    with database.read() as connection:
        return [decode_finding(row.data) for row in all_findings(connection)]


def history(database: Database, each: Seen) -> list[tuple[int, str, str]]:
    """Return what happened to a finding."""
    with database.read() as connection:
        return events_of(connection, bytes.fromhex(each.id))


def rows(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that stands in the tables of findings."""
    with database.read() as connection:
        return {
            name: sorted(tuple(row) for row in connection.execute(tables.metadata.tables[name].select()))
            for name in tables.RECOMPUTED
        }


def test_the_id_is_of_rule_and_subject_alone() -> None:
    """As written in the page: SHA-256 over both, 16 bytes of it."""
    digest = sha256(b"packledger finding\0dispensed-twice\0" + PACK.encode()).digest()
    assert finding_id("dispensed-twice", PACK) == digest[:16].hex()
    assert finding_id("settled-twice", PACK) != finding_id("dispensed-twice", PACK)


def test_a_first_run_opens(database: Database) -> None:
    """What is seen is kept, gravest first, with the text of its rule and the tree that it was made from."""
    mild = seen(OTHER_PACK, severity="low", score=99)
    assert update(database, ran(mild, seen())) == Changes(opened=2)
    with database.read() as connection:
        assert [decode_finding(row.data).seen for row in open_findings(connection)] == [seen(), mild]
        assert rule_text(connection, sha256(TEXT).digest()) == ("dispensed-twice", TEXT)
        kept = last_run(connection)
    assert kept is not None
    assert (kept.number, kept.tree_size) == (1, 20)
    assert history(database, mild) == [(1, "opened", "")]


def test_a_second_run_over_the_same_changes_nothing(database: Database) -> None:
    """Not a row, not a time, not even a run is added."""
    update(database, ran(seen()))
    before = rows(database)
    assert update(database, ran(seen())) == Changes(same=1)
    assert rows(database) == before


def test_a_run_over_a_longer_log_that_sees_the_same_keeps_the_row(database: Database) -> None:
    """The run is noted, so that it can be said up to where the findings hold; the findings stay as they are."""
    update(database, ran(seen()))
    before = rows(database)
    assert update(database, ran(seen()), size=30) == Changes(same=1)
    after = rows(database)
    assert after["finding"] == before["finding"]
    assert len(after["finding_run"]) == 2


def test_a_finding_grows(database: Database) -> None:
    """More evidence changes the finding that there is; when it was first seen stays."""
    update(database, ran(seen()))
    grown = seen(evidence=(12, 17, 25), score=95)
    assert update(database, ran(grown), size=30) == Changes(changed=1)
    assert stored(database) == [Finding(seen=grown, first_run=1, run=2)]


def test_what_is_gone_is_closed_with_the_statements_that_explain_it(database: Database) -> None:
    """A late upload makes the rule silent: the finding is closed, and says by which statements."""
    update(database, ran(seen()))
    changes = update(database, ran(), size=30, explain=lambda gone, since: {each.id: (24, 25) for each in gone})
    assert changes == Changes(closed=1)
    (kept,) = stored(database)
    assert kept.closing == Closing("new-facts", (24, 25))
    assert kept.seen == seen()
    assert update(database, ran(), size=40) == Changes()


def test_a_closed_finding_is_called_by_its_beginning_too(database: Database) -> None:
    """An officer noted it from the list of the open ones; why it is gone is told by the same name."""
    update(database, ran(seen()))
    name = seen().id[:12]
    with database.read() as connection:
        assert finding_named(connection, name).is_open
    update(database, ran())
    with database.read() as connection:
        assert not finding_named(connection, name.upper()).is_open
        for wrong in ("", "zz", name[:-1] + "_", name + "0" * 60, "f" * 12):
            with pytest.raises(Misuse, match="finding-unknown"):
                finding_named(connection, wrong)


def test_what_comes_back_is_reopened(database: Database) -> None:
    """Closed and seen again: the same finding, open, first seen when it was."""
    update(database, ran(seen()))
    update(database, ran(), size=30)
    assert update(database, ran(seen()), size=40) == Changes(reopened=1)
    assert stored(database) == [Finding(seen=seen(), first_run=1, run=3)]
    assert [what for _, what, _ in history(database, seen())] == ["opened", "closed", "reopened"]


def test_each_reason_is_told_apart(database: Database) -> None:
    """Another text of the rule, a rule that is no more, and nothing but time."""
    lent = seen(PERSON, "card-lent", grain="person")
    update(database, ran(seen(), seen(OTHER_PACK)), ran(lent, rule="card-lent"))
    update(database, ran(seen()), ran(lent, rule="card-lent"), size=30)
    update(database, ran(text=b"/* other */ SELECT 2"), size=40, standing=frozenset({"dispensed-twice"}))
    reasons = {each.seen.subject: each.closing and each.closing.reason for each in stored(database)}
    assert reasons == {PACK: "rule-changed", OTHER_PACK: "time-passed", PERSON: "rule-withdrawn"}


def test_a_rule_that_failed_closes_nothing(database: Database) -> None:
    """A rule that did not run to its end, or was left out, keeps its findings."""
    update(database, ran(seen()))
    assert update(database, size=30) == Changes()
    assert [each.is_open for each in stored(database)] == [True]


def test_a_run_that_breaks_leaves_nothing(database: Database) -> None:
    """The second rule's explanation fails half-way: neither rule's findings moved."""
    lent = seen(PERSON, "card-lent")
    update(database, ran(lent, rule="card-lent"))
    before = rows(database)

    def fail(gone: Sequence[Finding], since: int) -> Mapping[str, Sequence[int]]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update(database, ran(seen()), ran(rule="card-lent"), size=30, explain=fail)
    assert rows(database) == before


@pytest.mark.parametrize("column", tables.finding.columns, ids=lambda column: column.name)
def test_an_altered_row_is_mended_by_the_next_run(database: Database, column: Column[Any]) -> None:
    """Whoever writes into the table by hand gains nothing: what the rules see stands there again."""
    update(database, ran(seen(), seen(OTHER_PACK)))
    before = [row for row in rows(database)["finding"] if row[0].hex() == seen().id]
    value = {bytes: b"altered-altered-", str: "other", int: 0}[column.type.python_type]
    with database.write() as connection:
        at = tables.finding.c.id == bytes.fromhex(seen().id)
        connection.execute(tables.finding.update().where(at).values({column.name: value}))
    update(database, ran(seen(), seen(OTHER_PACK)), size=30)
    after = [row for row in rows(database)["finding"] if row[0].hex() == seen().id]
    assert len(rows(database)["finding"]) == 2
    assert after[0][:6] == before[0][:6]
    assert decode_finding(after[0][-1]).seen == seen()
    # When it was first seen is lost with the key of the row; nothing else is.
    assert column.name == "id" or after[0][6] == before[0][6]


def test_a_damaged_finding_that_nobody_sees_is_told(database: Database) -> None:
    """What cannot be read and cannot be made again is not passed over in silence."""
    update(database, ran(seen()))
    with database.write() as connection:
        connection.execute(tables.finding.update().values(data=b"damaged"))
    with pytest.raises(FormatError, match="finding-malformed"):
        update(database, ran(), size=30)


def erase(database: Database, person: str, index: int) -> None:
    """Note an erasure as recording does."""
    with database.write() as connection:
        row = {"pseudonym": bytes.fromhex(person), "wrapped": None, "erased": index}
        connection.execute(tables.person.insert(), row)


def test_an_erased_person_is_in_no_finding_any_more(database: Database) -> None:
    """Open or closed, as subject, beside it, in numbers or in the sentence: the pseudonym is in no table."""
    lent = seen(
        PERSON, "card-lent", grain="person", numbers={"card": PERSON},
        sentence=Sentence(f"The card {PERSON} was lent.", f"参保人{PERSON}的卡被借用。"),
    )  # fmt: skip
    old = seen(OTHER_PACK, persons=(PERSON, OTHER_PERSON))
    update(database, ran(seen(), old), ran(lent, rule="card-lent"))
    update(database, ran(seen()), ran(lent, rule="card-lent"), size=30)
    erase(database, PERSON, 33)
    changes = update(database, ran(seen(persons=())), ran(rule="card-lent"), size=40)
    assert changes == Changes(changed=1, closed=1, erased=2)
    found = {each.id: each for each in stored(database)}
    assert found[lent.id].closing == Closing("person-erased")
    assert found[lent.id].seen.subject == ""
    assert found[old.id].seen.persons == (OTHER_PERSON,)
    assert PERSON not in repr(rows(database))
    assert OTHER_PERSON in repr(rows(database))


def test_a_lake_from_before_the_erasure_brings_nobody_back(database: Database) -> None:
    """The person was erased after the lake was made: what its rules still see of them is not taken in."""
    erase(database, PERSON, 25)
    lent = seen(PERSON, "card-lent", grain="person")
    update(database, ran(seen()), ran(lent, rule="card-lent"), size=20)
    assert PERSON not in repr(rows(database))
    assert [each.seen.subject for each in stored(database)] == [PACK]


def test_a_person_who_comes_again_after_the_erasure_can_be_found_again(database: Database) -> None:
    """What was stated since is theirs again, and is kept."""
    erase(database, PERSON, 10)
    update(database, ran(seen()), size=20)
    update(database, ran(seen()), size=30)
    assert stored(database)[0].seen.persons == (PERSON,)


def test_an_erasure_through_the_front_door_is_seen(tmp_path: Any, sqlite_url: str) -> None:
    """The erasure that the ledger records is the one that findings obey."""
    with World(tmp_path / "home", sqlite_url) as world:
        person = patient()
        world.record(world.commission(world.packs(1)), world.dispense(world.packs(1), person=person))
        name = world.pseudonym(person).hex()
        database = world.ledger.database
        update(database, ran(seen(persons=(name,))), size=2)
        assert world.one(world.register(Erasure(person=name, reason="asked for"))).status == "recorded"
        update(database, ran(seen(persons=())), size=100)
        assert name not in repr(stored(database))
        assert replace(stored(database)[0].seen, persons=()) == seen(persons=())
