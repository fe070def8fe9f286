"""The trade that is measured: a maker, a distributor, eight pharmacies with four stations each, their keys.

Keys and events follow from numbers alone, so that two runs measure the same work. Bodies are as systems write
them: a dispensing names its pharmacy, its till, its receipt and its prescription, some 700 bytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from ledger import canonical, clock
from ledger.codes import uri_of
from ledger.custody.event import MEDIA_TYPE, make_event
from ledger.errors import Unavailable
from ledger.identity.registration import (
    Key,
    Party,
    Product,
    Registration,
    Site,
    Station,
    kind_of,
    make_registration,
    media_type_of,
    subject_of,
)
from ledger.limits import CODES_PER_EVENT_MAX
from ledger.log.keys import EDDSA, PrivateKey
from ledger.log.statement import sign_statement
from ledger.opening import Ledger, create_ledger, issuer_of, open_ledger
from ledger.record import Recorder
from ledger.settings import load_settings
from ledger.submission import Submission

__all__ = ["Desk", "Scene", "open_scene"]

_PHARMACIES: Final = 8
_STATIONS: Final = 4
_PRODUCT: Final = "8770984"
_KEY_VALID_SECONDS: Final = 366 * 86_400
_REGION: Final = "610800"
_EXPIRY: Final = 20_991_231


class Desk(msgspec.Struct, frozen=True):
    """One station: whose it is, where it stands, and its key."""

    party: str
    site: str
    station: str
    key: PrivateKey


class Scene:
    """An open ledger with enrolled parties, and the submissions that they send.

    Attributes:
        ledger: the open ledger.
        recorder: records into it.
        maker, distributor: one station each.
        tills: the pharmacies' stations, those of one pharmacy together.
    """

    def __init__(self, ledger: Ledger, recorder: Recorder) -> None:
        self.ledger = ledger
        self.recorder = recorder
        self._events = 0
        self._serial = 0
        self._now = clock.now()
        (self.maker,) = self.enrol("maker", "manufacturer", 1)
        (self.distributor,) = self.enrol("distributor", "distributor", 1)
        self.tills: list[Desk] = []
        for number in range(_PHARMACIES):
            self.tills += self.enrol(f"pharmacy-{number}", "dispenser", _STATIONS)
        product = Product(
            id=_PRODUCT, maker=self.maker.party, name_en="Tablets", name_zh="片剂",
            price_cents=2_500, weight_milligrams=12_000, supply_days=14,
        )  # fmt: skip
        self.register([product])

    @property
    def desks(self) -> list[Desk]:
        """All stations."""
        return [self.maker, self.distributor, *self.tills]

    def enrol(self, name: str, role: Any, stations: int) -> list[Desk]:
        """Enrol a party with so many stations; return them."""
        party = Party(
            uri=f"https://{name}.example", name_en=name, name_zh=name, roles=(role,), region=_REGION
        )
        site = Site(uri=f"{party.uri}/414/1", party=party.uri, name_en=name, name_zh=name, region=_REGION)
        registrations: list[Registration] = [party, site]
        desks = []
        for number in range(stations):
            key = PrivateKey.from_seed(EDDSA, sha256(f"{name} {number}".encode()).digest())
            desk = Desk(party.uri, site.uri, f"urn:packledger:station:{name}-{number}", key)
            desks.append(desk)
            registrations.append(Station(uri=desk.station, site=site.uri))
            registrations.append(
                Key(
                    kid=key.public.thumbprint().hex(), station=desk.station, alg=EDDSA,
                    public=key.public.raw.hex(), valid_from=0, valid_until=self._now + _KEY_VALID_SECONDS,
                )
            )  # fmt: skip
        self.register(registrations)
        return desks

    def register(self, registrations: Iterable[Registration]) -> None:
        """Record registrations."""
        self.record([self._registered(each) for each in registrations])

    def record(self, submissions: Iterable[Submission]) -> None:
        """Record a stream of submissions; all must be accepted, and nothing be wrong with them.

        Raises:
            Unavailable: `bench-broken`: the benchmark would measure something else than it says.
        """
        for outcomes in self.recorder.record_all(submissions):
            for outcome in outcomes:
                if outcome.status != "recorded" or outcome.anomalies:
                    raise Unavailable("bench-broken", f"{outcome.problem} {outcome.anomalies[:3]}")

    def stock(self, packs: int) -> list[str]:
        """Commission packs, ship and receive them to the pharmacies in turn; return their keys.

        The packs at place i lie in the pharmacy of till i % len(tills).
        """
        codes = self.codes(packs)
        self.deliver(codes)
        return codes

    def deliver(self, codes: Sequence[str]) -> None:
        """Commission these packs, ship and receive them to the pharmacies, as `stock` does."""
        self.record(self.commissionings(codes))
        count = len(self.tills)
        for at in range(0, count, _STATIONS):
            here = [code for place in range(at, at + _STATIONS) for code in codes[place::count]]
            self.record(self.moves(here, self.maker, self.tills[at]))

    def codes(self, count: int) -> list[str]:
        """Return keys of packs that were never named before."""
        first, self._serial = self._serial, self._serial + count
        return [f"{_PRODUCT}{serial:09d}0000" for serial in range(first, first + count)]

    def commissionings(self, codes: Sequence[str]) -> Iterator[Submission]:
        """Yield the maker's events that bring these packs into being, as few as possible."""
        for part in _parts(codes):
            yield self.event("commissioning", self.maker, part, batch="B2026001", expiry=_EXPIRY)

    def moves(self, codes: Sequence[str], sender: Desk, receiver: Desk) -> Iterator[Submission]:
        """Yield a shipping and a receiving for every 10,000 of these packs."""
        for part in _parts(codes):
            yield self.event("shipping", sender, part, source=sender.party, destination=receiver.party)
            yield self.event("receiving", receiver, part, source=sender.party, destination=receiver.party)

    def dispensings(self, codes: Iterable[str]) -> Iterator[Submission]:
        """Yield a dispensing for each of these packs, which `stock` or `deliver` put into pharmacies in this order."""
        for number, code in enumerate(codes):
            yield self.dispensing(self.tills[number % len(self.tills)], code)

    def dispensing(self, till: Desk, code: str) -> Submission:
        """Return one pack's dispensing at its pharmacy, self-paid, some 700 bytes."""
        number = self._events
        body = make_event(
            "dispensing", event_id=self._event_id(), event_time=self._now, codes=[uri_of(code)],
            site=till.site, settlement="self_pay",
        )  # fmt: skip
        value: dict[str, Any] = canonical.loads(body)
        value["readPoint"] = {"id": f"{till.site}/254/{number % 4}"}
        value["bizTransactionList"] = [
            {"type": "inv", "bizTransaction": f"https://id.gs1.org/253/9521234543213{number:012d}"},
            {"type": "prodorder", "bizTransaction": f"urn:packledger:prescription:{number:012d}"},
        ]
        return self._signed("dispensing", till, value["eventID"], canonical.dumps(value))

    def event(self, kind: str, desk: Desk, codes: Sequence[str], **members: Any) -> Submission:
        """Return a signed event of a desk on these packs."""
        name = self._event_id()
        body = make_event(
            kind, event_id=name, event_time=self._now, codes=[uri_of(code) for code in codes],
            site=desk.site, **members,
        )  # fmt: skip
        return self._signed(kind, desk, name, body)

    def _event_id(self) -> str:
        self._events += 1
        return f"urn:uuid:00000000-0000-4000-8000-{self._events:012d}"

    def _signed(self, kind: str, desk: Desk, name: str, body: bytes) -> Submission:
        statement = sign_statement(
            desk.key, issuer=desk.party, subject=name, issued_at=self._now, kind=kind,
            media_type=MEDIA_TYPE, digest=canonical.digest(body),
        )  # fmt: skip
        return Submission(statement, body)

    def _registered(self, registration: Registration) -> Submission:
        body = make_registration(registration)
        kind = kind_of(registration)
        statement = sign_statement(
            self.ledger.key, issuer=issuer_of(self.ledger.trust.origin), subject=subject_of(registration),
            issued_at=self._now, kind=kind, media_type=media_type_of(kind), digest=canonical.digest(body),
        )  # fmt: skip
        return Submission(statement, body)


def _parts(codes: Sequence[str]) -> Iterator[list[str]]:
    source = iter(codes)
    while part := list(islice(source, CODES_PER_EVENT_MAX)):
        yield part


@contextmanager
def open_scene(home: Path, database_url: str) -> Iterator[Scene]:
    """Make a ledger in an empty home and an empty database, enrol the parties, and close it in the end."""
    settings = load_settings(home, {"PACKLEDGER_DATABASE_URL": database_url})
    create_ledger(settings, "bench.example/2026", clock.now, clock.random_bytes)
    with open_ledger(settings) as ledger, Recorder(
        ledger, clock.now, clock.random_bytes, verifiers=max(1, (os.cpu_count() or 1) - 1)
    ) as recorder:
        yield Scene(ledger, recorder)
