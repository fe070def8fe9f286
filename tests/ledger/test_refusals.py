"""What is malformed or not authentic is refused: with a stable code, without a trace, and alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from ledger import canonical
from ledger.identity.registration import Key, Revocation, Station, make_registration
from ledger.limits import (
    BODY_BYTES_MAX,
    CASE_DEPTH_MAX,
    CONFIDENTIAL_BYTES_MAX,
    STATEMENT_BYTES_MAX,
)
from ledger.papers.confidential import make_confidential
from ledger.store import tables
from ledger.submission import Submission
from ledger.texts import PROBLEMS
from tests.kit import Desk, World, case_uri, desk, pack_uri, patient
from tests.postgres import fresh_database

Attack = Callable[[World], Submission]
STRANGER, RETIRED, STOLEN, EARLY = desk("stranger"), desk("retired"), desk("stolen"), desk("early")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return a world with a retired key, a compromised one, and one that is valid for an hour.

    All tests share it: that is what a refusal which leaves no trace allows.
    """
    folder = tmp_path_factory.mktemp("refusals")
    with ExitStack() as stack:
        url = f"sqlite:///{folder / 'ledger.sqlite'}"
        if request.param == "postgresql":
            url = stack.enter_context(fresh_database(request.getfixturevalue("postgres_server")))
        world = stack.enter_context(World(folder / "home", url))
        for each in (RETIRED, STOLEN, EARLY):
            enrolment = world.enrolment(each, "dispenser")
            enrolment[-1] = world.key(each, valid_from=world.now, valid_until=world.now + 3_600)
            world.record(*map(world.register, enrolment))
        world.record(world.revoke(RETIRED, "retired"), world.revoke(STOLEN, "compromised"))
        world.wait(10)
        yield world
        assert world.audit().fault is None


def _retold(submission: Submission, **changes: Any) -> Submission:
    return msgspec.structs.replace(submission, **changes)


def _with_bit(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _inspection(world: World, by: Desk | None = None, **members: Any) -> Submission:
    return world.inspect([pack_uri(1)], by=by or world.pharmacy, **members)


def _altered_event(world: World, **members: Any) -> Submission:
    """Return an event whose author itself wrote and signed these members."""
    event = json.loads(_inspection(world).body) | members
    body = canonical.dumps(event)
    return world.sign(world.pharmacy, "inspecting", event["eventID"], body)


def _claiming(world: World, **claims: Any) -> Submission:
    """Return an honest event under a statement that claims something else."""
    body = _inspection(world).body
    subject = json.loads(body)["eventID"]
    return world.sign(world.pharmacy, "inspecting", subject, body, **claims)


def _registered_by(world: World, by: Desk) -> Submission:
    station = Station(uri="https://pharmacy.example/shop/2", site=world.pharmacy.site)
    media_type = "application/vnd.packledger.station+json"
    return world.sign(by, "station", station.uri, make_registration(station), media_type=media_type)


def _misspelt_registration(world: World) -> Submission:
    body = b'{"site":"https://pharmacy.example/shop", "uri":"https://pharmacy.example/shop/2"}'
    media_type = "application/vnd.packledger.station+json"
    return world.sign_as_ledger("station", media_type, "https://pharmacy.example/shop/2", body)


def _key_of_another_name(world: World) -> Submission:
    key = Key(
        kid="00" * 32, station=world.pharmacy.station, alg=-8, public=STRANGER.key.public.raw.hex(),
        valid_from=0, valid_until=1,
    )  # fmt: skip
    return world.register(key)


def _event_by_the_ledger(world: World) -> Submission:
    body = _inspection(world).body
    subject = json.loads(body)["eventID"]
    return world.sign_as_ledger("inspecting", "application/ld+json", subject, body)


def _part_for(world: World, part: bytes | None) -> Submission:
    honest = world.dispense([pack_uri(1)], person=patient())
    return _retold(honest, confidential=part)


def _bad_part(world: World, part: bytes) -> Submission:
    """Return a dispensing whose body names a part that is no confidential part."""
    return _retold(
        world.event(world.pharmacy, "dispensing", [pack_uri(1)], confidential=canonical.digest(part)),
        confidential=part,
    )


# One row a refusal: its code, and who provokes it how.
REFUSALS: dict[str, tuple[str, Attack]] = {
    "empty statement": ("statement-malformed", lambda w: _retold(_inspection(w), statement=b"")),
    "cut statement": (
        "statement-malformed",
        lambda w: _retold(_inspection(w), statement=_inspection(w).statement[:-1]),
    ),
    "longer statement": (
        "statement-malformed",
        lambda w: _retold(_inspection(w), statement=_inspection(w).statement + b"\0"),
    ),
    "huge statement": (
        "statement-malformed",
        lambda w: _retold(_inspection(w), statement=bytes(STATEMENT_BYTES_MAX + 1)),
    ),
    "unsigned": (
        "signature-wrong",
        lambda w: _retold(_inspection(w), statement=_inspection(w).statement[:-64] + bytes(64)),
    ),
    "flipped signature": (
        "signature-wrong",
        lambda w: _retold(_inspection(w), statement=_with_bit(_inspection(w).statement, -1 % 200)),
    ),
    "unknown key": ("key-unknown", lambda w: _inspection(w, STRANGER)),
    "retired key": ("key-retired", lambda w: _inspection(w, RETIRED)),
    "compromised key": ("key-compromised", lambda w: _inspection(w, STOLEN)),
    "key before its time": (
        "key-outside-validity",
        lambda w: w.sign(EARLY, "inspecting", "urn:x:1", b"{}", issued_at=w.now - 60),
    ),
    "key after its time": (
        "key-outside-validity",
        lambda w: w.sign(EARLY, "inspecting", "urn:x:1", b"{}", issued_at=w.now + 3_600),
    ),
    "another body": ("body-mismatch", lambda w: _retold(_inspection(w), body=_inspection(w).body)),
    "flipped body": (
        "body-mismatch",
        lambda w: _retold(honest := _inspection(w), body=_with_bit(honest.body, 40)),
    ),
    "huge body": ("body-too-large", lambda w: _retold(_inspection(w), body=bytes(BODY_BYTES_MAX + 1))),
    "no JSON": ("json-malformed", lambda w: w.sign(w.pharmacy, "inspecting", "urn:x:1", b"{")),
    "JSON of two meanings": (
        "json-ambiguous",
        lambda w: w.sign(w.pharmacy, "inspecting", "urn:x:1", b'{"a":1,"a":2}'),
    ),
    "deep JSON": (
        "json-too-deep",
        lambda w: w.sign(w.pharmacy, "inspecting", "urn:x:1", b"[" * 100_000 + b"]" * 100_000),
    ),
    "no event": ("event-member", lambda w: w.sign(w.pharmacy, "inspecting", "urn:x:1", b"{}")),
    "unknown member": ("event-member", lambda w: _altered_event(w, surprise=1)),
    "impossible time": ("event-time", lambda w: _altered_event(w, eventTime="2026-02-30T00:00:00Z")),
    "no code": ("event-codes", lambda w: _altered_event(w, epcList=[])),
    "one code twice": ("event-codes", lambda w: _altered_event(w, epcList=[pack_uri(1), pack_uri(1)])),
    "misspelt code": ("code-uri", lambda w: _altered_event(w, epcList=["urn:nmpa:dtc:8770984"])),
    "Arabic digits": (
        "code-uri",
        lambda w: _altered_event(w, epcList=["urn:nmpa:dtc:8770984" + "\u0661" * 13]),
    ),
    "another kind": ("kind-mismatch", lambda w: _claiming(w, kind="dispensing")),
    "another subject": ("subject-mismatch", lambda w: _claiming(w, subject="urn:uuid:other")),
    "another party": ("issuer-mismatch", lambda w: _claiming(w, issuer=w.rival.party)),
    "another media type": ("media-type-mismatch", lambda w: _claiming(w, media_type="text/plain")),
    "a seal by a station": ("kind-reserved", lambda w: _claiming(w, kind="seal")),
    "a genesis by a station": ("kind-reserved", lambda w: _claiming(w, kind="genesis")),
    "registered by a station": ("not-the-registrar", lambda w: _registered_by(w, w.pharmacy)),
    "an event by the ledger": ("not-the-registrar", _event_by_the_ledger),
    "misspelt registration": ("registration-malformed", _misspelt_registration),
    "a key of another name": ("registration-malformed", _key_of_another_name),
    "registered twice": ("registration-exists", lambda w: w.register(w.key(w.pharmacy))),
    "revoked twice": ("registration-exists", lambda w: w.revoke(RETIRED)),
    "a revocation of nothing": (
        "registration-reference-unknown",
        lambda w: w.register(Revocation(kid="00" * 32, reason="retired", since=0)),
    ),
    "a station nowhere": (
        "registration-reference-unknown",
        lambda w: w.register(Station(uri="https://x.example/1", site="https://x.example/")),
    ),
    "a part that is missing": ("confidential-missing", lambda w: _part_for(w, None)),
    "a part that is another's": (
        "confidential-mismatch",
        lambda w: _part_for(w, make_confidential(patient(), w.chance(16))),
    ),
    "a part that nobody named": (
        "confidential-unexpected",
        lambda w: _retold(_inspection(w), confidential=make_confidential(patient(), w.chance(16))),
    ),
    "a huge part": (
        "confidential-too-large",
        lambda w: _part_for(w, bytes(CONFIDENTIAL_BYTES_MAX + 1)),
    ),
    "a part without a patient": ("confidential-member", lambda w: _bad_part(w, b"{}")),
    "a part in another spelling": (
        "confidential-not-canonical",
        lambda w: _bad_part(w, make_confidential(patient(), w.chance(16)) + b" "),
    ),
}  # fmt: skip


def dump(world: World) -> dict[str, list[Any]]:
    """Return every row of every table."""
    with world.ledger.database.read() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in tables.metadata.sorted_tables
        }


def test_a_dump_shows_what_is_stored(world: World) -> None:
    """The control: one recorded event changes the dump that the refusals must not change."""
    before = dump(world)
    assert world.one(_inspection(world)).status == "recorded"
    changed = {name for name, rows in dump(world).items() if rows != before[name]}
    assert changed >= {"entry", "link_page", "pack", "anomaly", "tile", "checkpoint"}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_has_its_code_and_leaves_no_trace(name: str, world: World) -> None:
    """Alone in its group: refused with the code and its advice, and not a byte is stored."""
    code, attack = REFUSALS[name]
    before = dump(world)
    outcome = world.one(attack(world))
    assert (outcome.status, outcome.index) == ("refused", None)
    assert outcome.problem is not None
    assert outcome.problem.code == code
    assert code in PROBLEMS
    assert dump(world) == before


def test_neighbours_are_unharmed(world: World) -> None:
    """All refusals in one upload, an honest event between every two: these are recorded, in their order."""
    attacks = [attack(world) for _, attack in REFUSALS.values()]
    honest = [world.commission(world.packs(1)) for _ in attacks]
    mixed = [each for pair in zip(attacks, honest, strict=True) for each in pair]
    outcomes = world.record(*mixed)
    assert [outcome.problem and outcome.problem.code for outcome in outcomes[::2]] == [
        code for code, _ in REFUSALS.values()
    ]
    indexes = [outcome.index for outcome in outcomes[1::2]]
    first = indexes[0]
    assert first is not None
    assert indexes == list(range(first, first + len(honest)))
    assert all(outcome.anomalies == () for outcome in outcomes[1::2])
    assert world.audit().fault is None


@pytest.mark.parametrize("place", range(0, 250, 5))
def test_no_bit_of_a_statement_can_be_flipped(place: int, world: World) -> None:
    """Every fifth byte of a statement, one bit flipped: refused, never an exception."""
    honest = world.inspect([pack_uri(1)])
    data = honest.statement
    outcome = world.one(_retold(honest, statement=_with_bit(data, place % len(data))))
    assert outcome.status == "refused"


def test_cases_deeper_than_allowed_are_refused(world: World) -> None:
    """A case in a case in a case …: what may be packed may be shipped, and one case more is refused."""
    (pack,) = world.packs(1)
    world.one(world.commission([pack]))
    inside = pack
    for number in range(1, CASE_DEPTH_MAX):
        assert world.one(world.pack_into(case_uri(number), [inside])).status == "recorded", number
        inside = case_uri(number)
    before = dump(world)
    outcome = world.one(world.pack_into(case_uri(CASE_DEPTH_MAX), [inside]))
    assert outcome.problem is not None
    assert outcome.problem.code == "case-too-deep"
    assert dump(world) == before
    assert world.one(world.ship([inside])).status == "recorded"
    assert world.state(pack) == "in_transit"
