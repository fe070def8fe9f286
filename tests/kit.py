"""A small world to test in: a ledger, a trade that uses it, a clock that stands still, chance that repeats.

    with World(tmp_path / "home", database_url) as world:
        packs = world.packs(3)
        world.record(world.commission(packs, batch="B1"), world.ship(packs, to=world.pharmacy))
        outcome = world.one(world.receive(packs[:1], by=world.pharmacy))

The verbs of the trade (`commission`, `ship`, `dispense`, `settle` …) build signed submissions and record
nothing; `record` hands them in, all in one group, and `one` hands in one. Time passes only by `wait`.
Everybody's key is made from their name, so a world is the same in every run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ledger import canonical
from ledger.audit import AuditReport, audit
from ledger.clock import iso
from ledger.codes import key_of
from ledger.custody.event import MEDIA_TYPE, make_event
from ledger.custody.state import Custody, decode
from ledger.home import read_checkpoint
from ledger.identity.registration import (
    Erasure,
    Key,
    Party,
    Product,
    Registration,
    Revocation,
    Site,
    Station,
    kind_of,
    make_registration,
    media_type_of,
    subject_of,
)
from ledger.log.keys import PrivateKey
from ledger.log.statement import sign_statement
from ledger.opening import Ledger, Trust, create_ledger, issuer_of, open_ledger
from ledger.papers.confidential import Confidential, make_confidential
from ledger.papers.contents import (
    Action,
    Content,
    Deed,
    Recall,
    Seizure,
    Settlement,
    SettlementLine,
)
from ledger.papers.paper import make_paper, media_type
from ledger.record import Recorder, Step
from ledger.recording.outcome import Outcome
from ledger.settings import Settings, load_settings
from ledger.store.packs import heads_of
from ledger.submission import Submission
from tests.desks import PRODUCT, Desk, case_uri, chance, desk, pack_uri, patient

__all__ = ["BEGINNING", "ORIGIN", "PRODUCT", "Desk", "World", "case_uri", "chance", "desk", "pack_uri", "patient"]

BEGINNING = 1_795_322_220  # 2026-11-22T04:37:00Z
ORIGIN = "ledger.example/2026"
_FOREVER = 2**35


class World:
    """A ledger with everybody enrolled who has a part in the trade.

    Attributes:
        now: what the ledger's clock and everybody's clock say; whole seconds.
        maker, distributor, pharmacy, rival, insurer, police, regulator: a station of each; `rival` is a
            second pharmacy.
        trust: what a verifier must hold from elsewhere.
        ledger, recorder: open between `open` and `close`.
    """

    def __init__(
        self,
        home: Path,
        database_url: str,
        *,
        seed: str = "world",
        on_step: Callable[[Step], None] = lambda step: None,
    ) -> None:
        """Make the ledger; nobody is enrolled and nothing is open yet."""
        self.now = BEGINNING
        self.seed = seed
        self.chance = chance(seed)
        self.settings: Settings = load_settings(home, {"PACKLEDGER_DATABASE_URL": database_url})
        self.maker, self.distributor = desk("maker"), desk("distributor")
        self.pharmacy, self.rival = desk("pharmacy"), desk("rival")
        self.insurer, self.police, self.regulator = desk("insurer"), desk("police"), desk("regulator")
        self._on_step = on_step
        self._events = self._packs = 0
        self._stack = ExitStack()
        self.trust: Trust = create_ledger(self.settings, ORIGIN, self.clock, self.chance)

    def __enter__(self) -> Self:
        self.open()
        self.enrol()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def clock(self) -> int:
        """Return the world's time."""
        return self.now

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.now += seconds

    # -- opening and closing

    def open(self) -> None:
        """Open the ledger for recording, as a process does when it starts."""
        self._stack = ExitStack()
        self.ledger: Ledger = self._stack.enter_context(open_ledger(self.settings))
        self.recorder = self._stack.enter_context(
            Recorder(self.ledger, self.clock, self.chance, self._on_step)
        )

    def close(self) -> None:
        """Close it, as a process does when it ends."""
        self._stack.close()

    def enrol(self) -> None:
        """Register everybody, and the one product."""
        product = Product(
            id=PRODUCT, maker=self.maker.party, name_en="Tablets", name_zh="片剂",
            price_cents=2_500, weight_milligrams=42_000, supply_days=14, strength="250 mg",
        )  # fmt: skip
        roles = {
            self.maker: "manufacturer", self.distributor: "distributor", self.pharmacy: "dispenser",
            self.rival: "dispenser", self.insurer: "insurer", self.police: "police",
            self.regulator: "medicine",
        }  # fmt: skip
        bodies = [each for desk, role in roles.items() for each in self.enrolment(desk, role)]
        outcomes = self.record(*(self.register(each) for each in [*bodies, product]))
        assert all(outcome.status == "recorded" for outcome in outcomes)

    # -- the ledger's own statements

    def enrolment(self, desk: Desk, *roles: Any) -> list[Registration]:
        """Return what enrols a party with its first site, station and key."""
        names = {"name_en": desk.name, "name_zh": desk.name, "region": "610800"}
        return [
            Party(uri=desk.party, roles=roles, **names),
            Site(uri=desk.site, party=desk.party, **names),
            Station(uri=desk.station, site=desk.site),
            self.key(desk),
        ]

    def key(self, desk: Desk, *, valid_from: int = 0, valid_until: int = _FOREVER) -> Key:
        """Return the registration of a station's key."""
        public = desk.key.public
        return Key(
            kid=desk.kid, station=desk.station, alg=public.alg, public=public.raw.hex(),
            valid_from=valid_from, valid_until=valid_until,
        )  # fmt: skip

    def register(self, registration: Registration) -> Submission:
        """Return a registration, signed by the ledger."""
        body = make_registration(registration)
        kind = kind_of(registration)
        return self.sign_as_ledger(kind, media_type_of(kind), subject_of(registration), body)

    def sign_as_ledger(self, kind: str, media_type: str, subject: str, body: bytes) -> Submission:
        """Return any body, signed by the ledger's own key."""
        statement = sign_statement(
            self.signing_key, issuer=issuer_of(self.trust.origin), subject=subject, issued_at=self.now,
            kind=kind, media_type=media_type, digest=canonical.digest(body),
        )  # fmt: skip
        return Submission(statement, body)

    @property
    def signing_key(self) -> PrivateKey:
        """The ledger's private key."""
        return PrivateKey.from_pem(self.settings.signing_key_file.read_bytes())

    def revoke(self, desk: Desk, reason: Any = "compromised", since: int | None = None) -> Submission:
        """Return the end of a station's key; `since` now, unless said otherwise."""
        since = self.now if since is None else since
        return self.register(Revocation(kid=desk.kid, reason=reason, since=since))

    def erase(self, person: Confidential, reason: str = "asked for") -> Submission:
        """Return the erasure of a patient's personal data."""
        return self.register(Erasure(person=self.pseudonym(person).hex(), reason=reason))

    def pseudonym(self, person: Confidential) -> bytes:
        """Return the name under which the ledger knows a patient."""
        return self.ledger.vault.pseudonym(person.patient.id_type, person.patient.id_number)

    # -- events

    def packs(self, count: int) -> list[str]:
        """Return the URIs of packs that were not used before."""
        first, self._packs = self._packs + 1, self._packs + count
        return [pack_uri(number) for number in range(first, first + count)]

    def fresh_id(self) -> str:
        """Return an event or paper id that was not used before."""
        self._events += 1
        return f"urn:uuid:00000000-0000-4000-8000-{self._events:012d}"

    def event(
        self,
        by: Desk,
        kind: str,
        codes: Sequence[str],
        *,
        event_id: str | None = None,
        at: int | None = None,
        person: Confidential | None = None,
        **members: Any,
    ) -> Submission:
        """Return an event of any kind, at the station's site; `at` is the claimed time, now by default."""
        event_id = event_id or self.fresh_id()
        part = None if person is None else make_confidential(person, self.chance(16))
        at = self.now if at is None else at
        members.setdefault("site", by.site)
        if part is not None:
            members["confidential"] = canonical.digest(part)
        body = make_event(kind, event_id=event_id, event_time=at, codes=list(codes), **members)
        return self.sign(by, kind, event_id, body, part)

    def sign(
        self, by: Desk, kind: str, subject: str, body: bytes, part: bytes | None = None, /, **changes: Any
    ) -> Submission:
        """Return any bytes as an event, signed by a station; `changes` replace what the statement claims."""
        claims: dict[str, Any] = {
            "issuer": by.party, "subject": subject, "issued_at": self.now, "kind": kind,
        } | changes  # fmt: skip
        claims.setdefault("media_type", MEDIA_TYPE)
        claims.setdefault("digest", canonical.digest(body))
        return Submission(sign_statement(by.key, **claims), body, part)

    def commission(self, codes: Sequence[str], *, by: Desk | None = None, **members: Any) -> Submission:
        """Return the birth of packs, of batch B1, good until the end of 2028."""
        goods: dict[str, Any] = {"batch": "B1", "expiry": 20281231} | members
        return self.event(by or self.maker, "commissioning", codes, **goods)

    def pack_into(
        self, case: str, codes: Sequence[str], *, by: Desk | None = None, **members: Any
    ) -> Submission:
        """Return the packing of packs or cases into a case."""
        return self.event(by or self.maker, "packing", codes, parent=case, **members)

    def unpack(
        self, case: str, codes: Sequence[str] = (), *, by: Desk | None = None, **members: Any
    ) -> Submission:
        """Return the unpacking of a case, of all that lies in it when no codes are named."""
        return self.event(by or self.pharmacy, "unpacking", codes, parent=case, **members)

    def ship(
        self, codes: Sequence[str], *, by: Desk | None = None, to: Desk | None = None, **members: Any
    ) -> Submission:
        """Return a shipment, from the maker to the pharmacy unless said otherwise."""
        destination = (to or self.pharmacy).party
        return self.event(by or self.maker, "shipping", codes, destination=destination, **members)

    def receive(self, codes: Sequence[str], *, by: Desk | None = None, **members: Any) -> Submission:
        """Return a receipt of goods, by the pharmacy unless said otherwise."""
        return self.event(by or self.pharmacy, "receiving", codes, **members)

    def dispense(
        self, codes: Sequence[str], *, by: Desk | None = None, insured: bool = False, **members: Any
    ) -> Submission:
        """Return a handing out, by the pharmacy unless said otherwise."""
        payment = "insured" if insured else "self_pay"
        return self.event(by or self.pharmacy, "dispensing", codes, settlement=payment, **members)

    def undo_dispense(self, codes: Sequence[str], *, by: Desk | None = None, **members: Any) -> Submission:
        """Return the taking back of a dispense."""
        return self.event(by or self.pharmacy, "undoing-dispense", codes, **members)

    def inspect(self, codes: Sequence[str], *, by: Desk | None = None, **members: Any) -> Submission:
        """Return a mere look at packs."""
        return self.event(by or self.pharmacy, "inspecting", codes, **members)

    def declare_wrong(
        self, kind: str, event_id: str, codes: Sequence[str], *, by: Desk, **members: Any
    ) -> Submission:
        """Return the error declaration that takes the event with this id back."""
        return self.event(by, kind, codes, event_id=event_id, declared_at=self.now, **members)

    # -- papers

    def paper(self, by: Desk, content: Content, part: bytes | None = None) -> Submission:
        """Return a signed paper."""
        body = make_paper(content)
        kind = str(type(content).__struct_config__.tag)
        return self.sign(by, kind, content.id, body, part, media_type=media_type(kind))

    def settle(
        self, codes: Sequence[str], *, by: Desk | None = None, at: Desk | None = None,
        person: Confidential | None = None, **members: Any,
    ) -> Submission:  # fmt: skip
        """Return an insurer's payment for packs that an institution (`at`) handed out."""
        part = None if person is None else make_confidential(person, self.chance(16))
        amount = f"{25 * len(codes)}.00"
        line = SettlementLine(product=PRODUCT, packs=len(codes), amount=amount, codes=sorted(codes))
        content = Settlement(
            id=self.fresh_id(), time=self.stamp(), institution=(at or self.pharmacy).party,
            payment="insured", currency="CNY", amount=amount, fund=amount, lines=[line],
            confidential=None if part is None else f"sha-256:{canonical.digest(part).hex()}",
            **members,
        )  # fmt: skip
        return self.paper(by or self.insurer, content, part)

    def recall(self, *batches: str, by: Desk | None = None) -> Submission:
        """Return a recall of batches of the product, of all batches when none is named."""
        content = Recall(
            id=self.fresh_id(), time=self.stamp(), product=PRODUCT, level=1, reason="impurity",
            batches=sorted(batches) or None,
        )  # fmt: skip
        return self.paper(by or self.regulator, content)

    def seize(self, codes: Sequence[str], *, by: Desk | None = None) -> Submission:
        """Return a seizure list, by the police unless said otherwise."""
        content = Seizure(
            id=self.fresh_id(), time=self.stamp(), case="2026-17", place="warehouse", codes=sorted(codes)
        )
        return self.paper(by or self.police, content)

    def act(self, by: Desk, do: Deed, case: str | None = None) -> Submission:
        """Return what an officer does in the case of this URI; an opening needs none."""
        paper_id = self.fresh_id()
        return self.paper(by, Action(id=paper_id, time=self.stamp(), case=case or paper_id, do=do))

    def stamp(self) -> str:
        """Return the world's time as papers write it."""
        return iso(self.now)

    # -- recording and looking

    def record(self, *submissions: Submission) -> list[Outcome]:
        """Hand submissions in, together; return an outcome for each."""
        return self.recorder.record(submissions)

    def one(self, submission: Submission) -> Outcome:
        """Hand one submission in."""
        return self.record(submission)[0]

    def custody(self, code: str) -> Custody | None:
        """Return where the pack with this URI stands, or None when the ledger never heard of it."""
        key = key_of(code)
        with self.ledger.database.read() as connection:
            head = heads_of(self.ledger.database, connection, [key]).get(key)
        return None if head is None else decode(head.custody)

    def state(self, code: str) -> str:
        """Return the state of a pack in a word; `nowhere` when the ledger never heard of it."""
        custody = self.custody(code)
        return "nowhere" if custody is None else custody.state.word

    def audit(self, *, master_key: bool = True, processes: int = 1, **changes: Any) -> AuditReport:
        """Verify the whole ledger, with everything that the home holds."""
        options: dict[str, Any] = {
            "kept_checkpoint": read_checkpoint(self.settings),
            "master_key": bytes.fromhex(self.settings.master_key_file.read_text()) if master_key else None,
            "token_key": os.urandom(32),
            "processes": processes,
            "wait": lambda seconds: None,
        }
        return audit(self.settings.database_url, self.trust, **(options | changes))
