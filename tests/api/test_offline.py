"""What stations need to work offline: the snapshot, and what they enrol with."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from ledger.enrolment import give_code
from ledger.errors import FormatError
from ledger.identity.credential import code_digest
from ledger.identity.registration import Product
from ledger.log.keys import EDDSA, ES256, PrivateKey
from ledger.log.possession import possession_bytes
from ledger.log.statement import parse_statement, verify_statement
from ledger.snapshot import SNAPSHOT_KIND, Snapshot, parse_snapshot
from ledger.stock import STOCK_KIND, Stock
from ledger.submission import Submission
from tests.api.kit import Door, problem
from tests.kit import ORIGIN, PRODUCT, Desk, case_uri, chance


def fetch(door: Door, since: int = 0) -> Snapshot:
    """Fetch a snapshot, verify it as a station does, and return it."""
    answer = door.get(f"/v1/snapshot?since={since}", key=door.keys["pharmacy"])
    assert answer.status_code == 200, answer.text
    document = answer.json()
    statement, body = parse_statement(base64.b64decode(document["statement"])), document["body"].encode()
    assert verify_statement(statement, door.world.trust.vkey.key)
    assert (statement.kind, statement.digest) == (SNAPSHOT_KIND, sha256(body).digest())
    snapshot = parse_snapshot(body)
    assert snapshot.origin == ORIGIN
    return snapshot


def test_the_first_snapshot_holds_everything(door: Door) -> None:
    """Names of products, batches under recall, packs that were stolen or seized, those in cases too."""
    world = door.world
    packs, case = world.packs(5), case_uri(7)
    world.record(
        world.commission(packs), world.pack_into(case, packs[:2]), world.event(world.maker, "theft", [case]),
        world.seize([packs[2]]), world.recall("B1"), world.event(world.maker, "loss", [packs[3]]),
    )  # fmt: skip

    snapshot = fetch(door)

    told = [(each.id, each.name_en, each.name_zh, each.strength) for each in snapshot.products]
    assert told == [(PRODUCT, "Tablets", "片剂", "250 mg")]
    assert [(each.product, each.batch) for each in snapshot.recalls] == [(PRODUCT, "B1")]
    assert set(snapshot.stop) == {*packs[:4], case}
    assert not snapshot.released
    assert not snapshot.more


def test_the_next_snapshot_holds_what_is_new(door: Door) -> None:
    """Asked from where the last one ended: only that; a theft that was taken back releases the pack."""
    world = door.world
    packs = world.packs(2)
    theft = world.event(world.maker, "theft", packs[:1], event_id="urn:uuid:00000000-0000-4000-8000-00000000f00d")
    world.record(world.commission(packs), theft)
    first = fetch(door)
    assert first.stop == packs[:1]
    nothing = fetch(door, first.to)
    assert (nothing.products, nothing.recalls, nothing.stop) == ([], [], [])
    assert (nothing.since, nothing.to) == (first.to, first.to)

    world.record(
        world.declare_wrong(
            "theft", "urn:uuid:00000000-0000-4000-8000-00000000f00d", packs[:1], by=world.maker
        ),
        world.recall(), world.seize(packs[1:]),
    )  # fmt: skip
    second = fetch(door, first.to)

    assert second.products == []
    assert [each.batch for each in second.recalls] == ["*"]
    assert (second.stop, second.released) == (packs[1:], packs[:1])


def test_a_large_registry_comes_in_parts(quick_door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part ends where the next begins, and none tells a thing twice."""
    monkeypatch.setattr("ledger.snapshot.SNAPSHOT_ROWS_MAX", 7)
    world = quick_door.world
    products = [
        Product(
            id=f"8{number:06d}", maker=world.maker.party, name_en=f"P{number}", name_zh="药", price_cents=1,
            weight_milligrams=1, supply_days=1,
        )
        for number in range(20)
    ]  # fmt: skip
    world.record(*map(world.register, products))
    world.record(world.recall("A", "B", "C", "D", "E", "F", "G", "H", "I", "J"))

    parts = [fetch(quick_door)]
    while parts[-1].more:
        parts.append(fetch(quick_door, parts[-1].to))

    assert [each.id for part in parts for each in part.products] == [PRODUCT, *(each.id for each in products)]
    assert [each.batch for part in parts for each in part.recalls] == list("ABCDEFGHIJ")
    assert [len(part.products) for part in parts] == [7, 7, 7, 0]
    assert all(before.to == after.since for before, after in pairwise(parts))


def test_an_altered_snapshot_is_no_snapshot(quick_door: Door) -> None:
    """Another spelling, a member too many: refused, not believed."""
    body = quick_door.get("/v1/snapshot", key=quick_door.keys["pharmacy"]).json()["body"].encode()
    for wrong in (body + b" ", body.replace(b'"more":false', b'"more":false,"extra":1'), b"[]", b"{"):
        with pytest.raises(FormatError):
            parse_snapshot(wrong)


@pytest.mark.parametrize(
    "query", ["since=-1", "since=x", "since=1&since=2", "until=1", "since=1e3", "since=" + "9" * 30]
)
def test_places_that_are_none(quick_door: Door, query: str) -> None:
    """A problem, not a guess."""
    problem(quick_door.get(f"/v1/snapshot?{query}", key=quick_door.keys["pharmacy"]), 422, "request-invalid")


def test_a_place_beyond_the_log(quick_door: Door) -> None:
    """Whoever was further than the log is, is not quietly sent back."""
    answer = quick_door.get("/v1/snapshot?since=100000", key=quick_door.keys["pharmacy"])
    problem(answer, 409, "snapshot-beyond")


def test_a_snapshot_is_no_submission(quick_door: Door) -> None:
    """What the ledger signs for stations cannot be handed in as a statement."""
    told = quick_door.get("/v1/snapshot", key=quick_door.keys["pharmacy"]).json()
    (outcome,) = quick_door.submit(Submission(base64.b64decode(told["statement"]), told["body"].encode()))
    assert outcome["status"] == "refused"


# -- enrolment


def new_station(door: Door, number: int = 9) -> Desk:
    """Register a further station of the pharmacy, which has no key yet."""
    world = door.world
    home = world.pharmacy
    key = PrivateKey.from_seed(EDDSA, sha256(f"station {number}".encode()).digest())
    desk = home._replace(station=f"{home.site}/{number}", key=key)
    world.record(world.register(world.enrolment(desk, "dispenser")[2]))
    return desk


def a_code(door: Door, station: str, days: int = 7, seed: str = "code") -> str:
    """Return a fresh code for a station."""
    now = door.world.now
    database = door.world.ledger.database
    return give_code(database, station, now=now, expires=now + days * 86_400, random=chance(seed))


def asking(code: str, key: PrivateKey, origin: str = ORIGIN, **changes: Any) -> dict[str, Any]:
    """Return what a station sends."""
    proof = key.sign(possession_bytes(origin, code_digest(code), key.public))
    return {
        "code": code, "alg": key.public.alg, "public": key.public.raw.hex(), "proof": base64.b64encode(proof).decode(),
    } | changes  # fmt: skip


@pytest.mark.parametrize("alg", [EDDSA, ES256])
def test_a_station_enrols_and_works(door: Door, alg: int) -> None:
    """With nothing but a code it gets a registered key and an API key, and dispenses."""
    world = door.world
    desk = new_station(door)._replace(key=PrivateKey.from_seed(alg, b"\x11" * 32))
    code = a_code(door, desk.station)

    answer = door.post("/v1/enrolments", asking(code.lower(), desk.key))

    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["station"], told["party"], told["kid"]) == (desk.station, desk.party, desk.kid)
    assert (told["origin"], told["verifierKey"]) == (ORIGIN, world.trust.verifier_key)
    packs = world.packs(1)
    world.record(world.commission(packs), world.ship(packs), world.receive(packs))
    (outcome,) = door.submit(world.dispense(packs, by=desk), key=told["apiKey"])
    assert (outcome["status"], outcome["verdict"]) == ("recorded", "ok")
    verdicts = door.post("/v1/verdicts", {"codes": packs, "act": "dispensing"}, key=told["apiKey"]).json()
    assert verdicts["codes"][0]["anomalies"][0]["name"] == "repeat-scan"  # this very station, a moment ago
    assert world.audit().fault is None


def test_a_lost_answer_is_asked_for_again(door: Door) -> None:
    """The same registration, to the byte; a fresh API key, and the one of the lost answer ends."""
    desk = new_station(door)
    body = asking(a_code(door, desk.station), desk.key)
    first = door.post("/v1/enrolments", body).json()
    door.world.wait(3_600)
    second = door.post("/v1/enrolments", body).json()

    assert first["apiKey"] != second["apiKey"]
    assert {**first, "apiKey": ""} == {**second, "apiKey": ""}
    assert door.get("/healthz", key=second["apiKey"]).status_code == 200
    problem(door.get("/healthz", key=first["apiKey"]), 401, "access-unknown")


def test_a_code_serves_one_key(door: Door) -> None:
    """Two keys at one moment: one is enrolled; the other, and everybody later, is told that there is no such code."""
    desk = new_station(door)
    code = a_code(door, desk.station)
    keys = [PrivateKey.from_seed(EDDSA, bytes([number]) * 32) for number in range(1, 7)]

    answers = door.at_once(*(door.request("POST", "/v1/enrolments", asking(code, key)) for key in keys))

    assert sorted(answer.status_code for answer in answers) == [200] + [403] * 5
    for answer in answers:
        if answer.status_code == 403:
            problem(answer, 403, "enrolment-code-unknown")


def test_enrolments_that_are_refused(door: Door) -> None:
    """No such code, an old one, somebody else's proof, another ledger's, another code's; a key of another station."""
    desk, other = new_station(door), PrivateKey.from_seed(EDDSA, b"\x22" * 32)
    code, short = a_code(door, desk.station), a_code(door, desk.station, days=1, seed="short")
    problem(door.post("/v1/enrolments", asking("AAAAA-AAAAA", desk.key)), 403, "enrolment-code-unknown")
    stolen = asking(code, other)["proof"]
    for wrong in (
        asking(code, desk.key, proof=stolen), asking(code, desk.key, origin="another.example/2026"),
        asking(short, desk.key) | {"code": code},
    ):  # fmt: skip
        problem(door.post("/v1/enrolments", wrong), 422, "possession-not-shown")
    problem(door.post("/v1/enrolments", asking(code, door.world.rival.key)), 409, "registration-exists")
    door.world.wait(2 * 86_400)
    problem(door.post("/v1/enrolments", asking(short, desk.key)), 403, "enrolment-code-unknown")
    for change in ({"public": "00" * 32}, {"public": "ff" * 40}, {"alg": -7}):
        answer = door.post("/v1/enrolments", asking(a_code(door, desk.station, seed=str(change)), desk.key, **change))
        assert answer.status_code == 400, answer.text
    for change in ({"proof": "????"}, {"code": ""}, {"alg": -9}, {"public": "0g" * 32}):
        problem(door.post("/v1/enrolments", asking(code, desk.key) | change), 422, "request-invalid")
    assert door.world.audit().fault is None


# -- own stock


def station_key(door: Door) -> str:
    """Enrol a further station of the pharmacy; return its API key."""
    desk = new_station(door)
    answer = door.post("/v1/enrolments", asking(a_code(door, desk.station), desk.key))
    assert answer.status_code == 200, answer.text
    key: str = answer.json()["apiKey"]
    return key


def stock(door: Door, key: str, since: int = 0) -> Stock:
    """Fetch a station's stock until nothing more follows; return the last part with the lists of all."""
    parts: list[Stock] = []
    while not parts or parts[-1].more:
        answer = door.get(f"/v1/stock?since={parts[-1].to if parts else since}", key=key)
        assert answer.status_code == 200, answer.text
        document = answer.json()
        statement, body = parse_statement(base64.b64decode(document["statement"])), document["body"].encode()
        assert verify_statement(statement, door.world.trust.vkey.key)
        assert (statement.kind, statement.digest) == (STOCK_KIND, sha256(body).digest())
        parts.append(msgspec.convert(json.loads(body), Stock))
    last: dict[str, str] = {}
    for part in parts:
        for name in ("here", "dispensed", "gone"):
            last |= dict.fromkeys(getattr(part, name), name)
    lists = {name: [uri for uri, where in last.items() if where == name] for name in ("here", "dispensed", "gone")}
    return msgspec.structs.replace(parts[-1], **lists)


def test_own_stock_is_what_stands_at_the_site(door: Door) -> None:
    """Received packs, those in a case too; what was dispensed here, and what went on; nothing of other sites."""
    world, key = door.world, station_key(door)
    packs, case = world.packs(6), case_uri(7)
    arrived = [case, *packs[2:5]]
    world.record(world.commission(packs), world.pack_into(case, packs[:2]), world.ship(arrived))
    assert not stock(door, key).here
    world.record(world.event(world.pharmacy, "receiving", arrived))
    world.record(
        world.event(world.pharmacy, "dispensing", [packs[3]]),
        world.event(world.pharmacy, "shipping", [packs[4]], destination=world.distributor.party),
    )

    told = stock(door, key)

    assert (told.station, told.site) == (f"{world.pharmacy.site}/9", world.pharmacy.site)
    assert set(told.here) == {case, *packs[:3]}
    assert (told.dispensed, told.gone, told.only_site) == ([packs[3]], [packs[4]], True)
    assert not {*told.here, *told.dispensed, *told.gone} & {packs[5]}
    nothing = stock(door, key, told.to)
    assert (nothing.here, nothing.dispensed, nothing.gone, nothing.to) == ([], [], [], told.to)


def test_a_large_stock_comes_in_parts(quick_door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few events a part, and few rows: together they say the same."""
    world, key = quick_door.world, station_key(quick_door)
    packs = world.packs(12)
    world.record(world.commission(packs), world.ship(packs))
    for pack in packs:
        world.record(world.event(world.pharmacy, "receiving", [pack]))
    whole = stock(quick_door, key)
    for bound, value in (("STOCK_EVENTS_MAX", 3), ("SNAPSHOT_ROWS_MAX", 4)):
        monkeypatch.setattr(f"ledger.stock.{bound}", value)
        assert sorted(stock(quick_door, key).here) == sorted(whole.here) == sorted(packs)


def test_a_stock_is_whole_once_the_index_has_come(quick_door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that ends far behind the log says that more follows: what it does not name is not gone."""
    world = quick_door.world
    packs = world.packs(4)
    for each in packs:
        world.record(world.commission([each]), world.ship([each]), world.receive([each]))
    for room in ("events", "stock"):
        monkeypatch.setattr(f"ledger.{room}.EVENTS_INDEXED_AT_ONCE_MAX", 3)
    assert sorted(stock(quick_door, station_key(quick_door)).here) == sorted(packs)


def test_only_a_station_has_a_stock(quick_door: Door) -> None:
    """A key without a station, nobody, and a place beyond the log are refused."""
    problem(quick_door.get("/v1/stock?since=100000", key=station_key(quick_door)), 409, "snapshot-beyond")
    problem(quick_door.get("/v1/stock"), 401, "access-missing")
    problem(quick_door.get("/v1/stock", key=quick_door.keys["pharmacy"]), 422, "site-unknown")
