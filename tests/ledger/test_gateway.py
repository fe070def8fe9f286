"""The gateway: what it signs is the party's word, the same to the byte each time, and only for who asked for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.content import EVENT_MEDIA_TYPE
from ledger.custody.event import make_event
from ledger.errors import LedgerError, Misuse, Refusal
from ledger.gateway import Gateway, Signed
from ledger.home import load_gateway_secret
from ledger.identity.registration import Revocation, Station
from ledger.log.statement import parse_statement
from ledger.store.access import roles_of_party
from tests.kit import BEGINNING, Desk, World, chance

YEAR = 365 * 86_400


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    """Return an open world, on each kind of database."""
    with World(tmp_path / "home", database_url) as world:
        yield world


def gateway_of(world: World) -> Gateway:
    """Return a gateway as a process of its own has it."""
    ledger = world.ledger
    secret = load_gateway_secret(world.settings, chance("gateway"))
    return Gateway(ledger.database, ledger.trust, ledger.key, secret, world.one, world.clock)


def number_of(world: World, party: Desk) -> int:
    """Return a party's number."""
    with world.ledger.database.read() as connection:
        found = roles_of_party(connection, party.party)
    assert found is not None
    return found[0]


def inspection(world: World, code: str, at: int = BEGINNING) -> Signed:
    """Return an inspection that somebody wants signed."""
    event_id = f"urn:x:inspection:{at}"
    body = make_event("inspecting", event_id=event_id, event_time=at, codes=[code], site=world.pharmacy.site)
    return Signed(subject=event_id, kind="inspecting", media_type=EVENT_MEDIA_TYPE, time=at, body=body)


def must_refuse(code: str, gateway: Gateway, party: int, signed: Signed, kind: type[LedgerError] = Refusal) -> None:
    """Require that this is not signed, for this reason."""
    with pytest.raises(kind) as caught:
        gateway.sign(party, [signed])
    assert caught.value.code == code


def test_it_signs_for_the_party(world: World) -> None:
    """Issued by the party, by the gateway's station; recorded, judged as the party's, and verified like every other."""
    packs = world.packs(1)
    world.record(world.commission(packs), world.ship(packs), world.receive(packs))
    gateway, party = gateway_of(world), number_of(world, world.pharmacy)
    assert gateway.open_for(world.pharmacy.site) == f"https://ledger.example/2026/gateway/{party}"

    (submission,) = gateway.sign(party, [inspection(world, packs[0])])

    assert parse_statement(submission.statement).issuer == world.pharmacy.party
    outcome = world.one(submission)
    assert (outcome.status, outcome.anomalies) == ("recorded", ())
    assert world.audit().fault is None


def test_the_same_body_is_the_same_statement(world: World) -> None:
    """A year later, by another process, after the station was registered twice: the first answer again."""
    packs = world.packs(1)
    world.one(world.commission(packs))
    first, party = gateway_of(world), number_of(world, world.pharmacy)
    first.open_for(world.pharmacy.site)
    recorded = world.one(first.sign(party, [inspection(world, packs[0])])[0])

    world.wait(YEAR)
    second = gateway_of(world)
    second.open_for(world.pharmacy.site)
    again = world.one(second.sign(party, [inspection(world, packs[0])])[0])

    assert (again.status, again.index, again.anomalies) == ("already-recorded", recorded.index, recorded.anomalies)


def test_each_year_has_its_key(world: World) -> None:
    """A key of one year is worth nothing in another; years that the gateway cannot know are refused."""
    gateway, party = gateway_of(world), number_of(world, world.pharmacy)
    gateway.open_for(world.pharmacy.site)
    code = world.packs(1)[0]
    old, new = gateway.sign(party, [inspection(world, code, BEGINNING - YEAR), inspection(world, code)])
    assert parse_statement(old.statement).kid != parse_statement(new.statement).kid
    assert [each.status for each in world.record(old, new)] == ["recorded", "recorded"]
    for time in (BEGINNING + 3 * YEAR, 900_000_000, 0):
        must_refuse("key-outside-validity", gateway, party, inspection(world, code, time))


def test_nobody_is_spoken_for_unasked(world: World) -> None:
    """A party that has no station of the gateway, and one whose name somebody else has taken for a station."""
    gateway = gateway_of(world)
    signed = inspection(world, world.packs(1)[0])
    party = number_of(world, world.pharmacy)
    must_refuse("gateway-closed", gateway, party, signed, Misuse)
    must_refuse("gateway-closed", gateway, 0, signed, Misuse)

    world.one(world.register(Station(uri=f"https://ledger.example/2026/gateway/{party}", site=world.rival.site)))

    must_refuse("gateway-closed", gateway, party, signed, Misuse)
    with pytest.raises(Misuse) as caught:
        gateway.open_for("https://nowhere.example/")
    assert caught.value.code == "site-unknown"


def test_a_revoked_key_signs_no_more(world: World) -> None:
    """Compromised or retired, the gateway stops by itself; other parties' gateways go on."""
    gateway, party = gateway_of(world), number_of(world, world.pharmacy)
    rival = number_of(world, world.rival)
    signed = inspection(world, world.packs(1)[0])
    for desk in (world.pharmacy, world.rival):
        gateway.open_for(desk.site)
    (before,) = gateway.sign(party, [signed])
    kid = parse_statement(before.statement).kid.hex()

    world.one(world.register(Revocation(kid=kid, reason="retired", since=world.now)))

    must_refuse("key-retired", gateway, party, signed)
    assert gateway.sign(rival, [signed])


def test_the_secret_is_made_once_and_kept_well(world: World) -> None:
    """For its owner's eyes; a file that others may read, or that holds no secret, is told."""
    path = world.settings.gateway_key_file
    secret = load_gateway_secret(world.settings, chance("a"))
    assert load_gateway_secret(world.settings, chance("b")) == secret
    assert path.stat().st_mode & 0o777 == 0o600
    for content, mode, code in ((b"00\n", 0o600, "secret-malformed"), (b"x", 0o640, "secret-exposed")):
        path.write_bytes(content)
        path.chmod(mode)
        with pytest.raises(Misuse) as caught:
            load_gateway_secret(world.settings, chance("c"))
        assert caught.value.code == code


def test_secrets_are_not_printed(world: World) -> None:
    """A gateway in a traceback shows nothing."""
    assert repr(gateway_of(world)) == "Gateway()"
