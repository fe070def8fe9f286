"""`gateway`: signs for parties that do not sign themselves: their ERPs hand events in over an authenticated connection.

    1. each party has a key of its own here, made from the gateway's secret; whoever asks for the same key gets it
    2. it is registered in the log as that of a station `<ledger>/gateway/<party's number>`, which names the gateway
    3. a body is signed once by each key: the same body again gets the same statement
    4. another body under an id that the party has used is refused, unless it declares the event an error

What is on its way to the log at the same moment is decided when it is recorded (ledger.recording.sole): a body that two
keys signed gets one place and its first answer, and one event alone holds an id.

A key that is revoked, or comes to its end, is followed by the next one. What is signed is durable before it is
recorded, so that a process which is killed in between leaves nothing that could be recorded twice.
Decision: docs/decisions/0031-a-key-for-each-party-at-the-gateway.md.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256
from threading import Lock
from typing import Final

import msgspec

from ledger.clock import Clock
from ledger.content import EVENT_MEDIA_TYPE
from ledger.enrol import registering
from ledger.errors import Misuse, Refusal, Unavailable
from ledger.identity.registration import Key, Party, Registration, Site, Station
from ledger.identity.signer import Signer
from ledger.limits import CLOCK_SKEW_SECONDS_MAX, GATEWAY_KEYS_MAX
from ledger.log.keys import EDDSA, PrivateKey
from ledger.log.statement import sign_statement
from ledger.opening import Ledger, issuer_of
from ledger.recording.outcome import Outcome
from ledger.recording.sole import places_of
from ledger.store.access import roles_of_party, station_of
from ledger.store.captures import Signed, keep_signed, party_numbered, signed_under
from ledger.store.registry import Registry
from ledger.submission import Submission

__all__ = ["Gateway", "Patients", "ToSign"]

_LABEL: Final = b"packledger gateway key 1\0"
_SALT_LABEL: Final = b"packledger gateway salt 1\0"
_KEY_VALID_SECONDS: Final = 2 * 365 * 86_400
_DAY: Final = 86_400


class ToSign(msgspec.Struct, frozen=True, kw_only=True):
    """A body that was read, and what its statement says of it.

    Attributes:
        subject: its id.
        kind, media_type: what it is.
        corrects: it declares an earlier one an error, and has its id.
        confidential: the part that it names.
    """

    body: bytes
    subject: str
    kind: str
    media_type: str = EVENT_MEDIA_TYPE
    corrects: bool = False
    confidential: bytes | None = None


class Patients(msgspec.Struct, frozen=True):
    """In whose name patients check packs: numbers of party and station, URI of the site."""

    party: int
    station: int
    site: str


class _PartyKey(msgspec.Struct, frozen=True):
    party: int
    uri: str
    kid: bytes
    key: PrivateKey


class Gateway:
    """Signs for parties; safe to share between threads.

    Args:
        ledger: where keys are registered, and what is signed is kept.
        secret: 32 bytes of chance (`home.load_gateway_secret`).
        record: records one submission, for registrations.
        clock: the time of signing.
    """

    def __init__(
        self, ledger: Ledger, secret: bytes, record: Callable[[Submission], Outcome], clock: Clock
    ) -> None:
        self._ledger = ledger
        self._secret = secret
        self._record = record
        self._clock = clock
        self._lock = Lock()

    def __repr__(self) -> str:
        return "Gateway()"  # never the secret

    def sign(self, party: int, bodies: Sequence[ToSign]) -> list[Submission | Refusal]:
        """Return a submission for each body, signed for this party, now or earlier; or why it is refused.

        Args:
            party: its number.

        Raises:
            Unavailable: the database failed; nothing new was signed.
        """
        # 1. 2.
        with self._lock:
            held = self._key_of(party)
        digests = [sha256(each.body).digest() for each in bodies]
        with self._ledger.database.write() as connection:
            before = signed_under(connection, party, [each.subject for each in bodies])
            known = {each.digest: each.statement for each in before if each.kid == held.kid}
            recorded = [each for each, _ in places_of(self._ledger.database, connection, before)]
            repeats = {each.digest for each in recorded}
            taken = {each.event_id for each in recorded if not each.declares_error}
            fresh: list[Signed] = []
            answers: list[Submission | Refusal] = []
            for each, digest in zip(bodies, digests, strict=True):
                # 3.
                statement = known.get(digest)
                if statement is None:
                    # 4.
                    if each.subject in taken and not each.corrects and digest not in repeats:
                        answers.append(Refusal("event-exists", each.subject))
                        continue
                    statement = known[digest] = self._signed(held, each, digest)
                    fresh.append(_row(held, digest, each, statement))
                if not each.corrects:
                    taken.add(each.subject)
                answers.append(Submission(statement, each.body, each.confidential, from_gateway=True))
            keep_signed(connection, fresh)
        return answers

    def sign_fresh(self, party: int, body: ToSign) -> Submission:
        """Return a submission for a body with an id that nobody has used: nothing is looked up, nothing kept.

        Raises:
            Unavailable, Misuse: as `sign`.
        """
        with self._lock:
            held = self._key_of(party)
        statement = self._signed(held, body, sha256(body.body).digest())
        return Submission(statement, body.body, body.confidential)

    def patients(self) -> Patients:
        """Return in whose name patients check packs; it is registered when it is not yet.

        Raises:
            Unavailable: the database failed, or `gateway-unregistered`.
        """
        uri = f"{issuer_of(self._ledger.trust.origin)}/patients"
        with self._ledger.database.read() as connection:
            found = roles_of_party(connection, uri)
        if found is None:
            names = {"name_en": "Checks by patients", "name_zh": "公众查验", "region": "000000"}
            self._register(Party(uri=uri, roles=("public",), **names))
            with self._ledger.database.read() as connection:
                found = roles_of_party(connection, uri)
        assert found is not None  # registrations stay
        with self._lock:
            self._key_of(found[0])
        place = self._place(found[0])
        with self._ledger.database.read() as connection:
            station = station_of(connection, place)
        assert station is not None
        return Patients(found[0], station[0], f"{place}/site")

    def salt(self, data: bytes) -> bytes:
        """Return 16 bytes that nobody else can tell, the same for the same data.

        With them the confidential part that is made of a line, and so the body that names it, is the same each time.
        """
        return hmac.digest(self._secret, _SALT_LABEL + data, "sha256")[:16]

    def _signed(self, held: _PartyKey, body: ToSign, digest: bytes) -> bytes:
        return sign_statement(
            held.key, issuer=held.uri, subject=body.subject, issued_at=self._clock(), kind=body.kind,
            media_type=body.media_type, digest=digest,
        )  # fmt: skip

    def _place(self, party: int) -> str:
        return f"{issuer_of(self._ledger.trust.origin)}/gateway/{party}"

    def _key_of(self, party: int) -> _PartyKey:
        """Return the party's newest key that counts, registered in the log.

        Raises:
            Misuse: `gateway-keys-used-up`.
        """
        with self._ledger.database.read() as connection:
            uri, region = party_numbered(connection, party)
            for generation in range(GATEWAY_KEYS_MAX):
                key = self._derived(uri, generation)
                signer = Registry().signer(connection, key.public.thumbprint())
                if signer is None or _counts(signer, self._clock()):
                    break
            else:
                raise Misuse("gateway-keys-used-up", f"{GATEWAY_KEYS_MAX} keys of {uri} have ended")
        if signer is None:
            self._enrol(party, uri, region, key)
        return _PartyKey(party, uri, key.public.thumbprint(), key)

    def _derived(self, uri: str, generation: int) -> PrivateKey:
        message = _LABEL + generation.to_bytes(4, "big") + uri.encode()
        return PrivateKey.from_seed(EDDSA, hmac.digest(self._secret, message, "sha256"))

    def _enrol(self, party: int, uri: str, region: str, key: PrivateKey) -> None:
        now, place = self._clock(), self._place(party)
        self._register(
            Site(uri=f"{place}/site", party=uri, name_en="Gateway", name_zh="网关", region=region),
            Station(uri=place, site=f"{place}/site"),
            Key(
                kid=key.public.thumbprint().hex(), station=place, alg=EDDSA, public=key.public.raw.hex(),
                valid_from=now - CLOCK_SKEW_SECONDS_MAX, valid_until=now + _KEY_VALID_SECONDS,
            ),
        )  # fmt: skip

    def _register(self, *registrations: Registration) -> None:
        ledger, now = self._ledger, self._clock()
        for registration in registrations:
            problem = self._record(registering(ledger.trust, ledger.key, registration, now)).problem
            # Another process, or an earlier key of this party, may have registered it already.
            if problem is not None and problem.code != "registration-exists":
                raise Unavailable("gateway-unregistered", problem.code)


def _counts(signer: Signer, now: int) -> bool:
    return signer.revoked is None and now < signer.valid_until - _DAY


def _row(held: _PartyKey, digest: bytes, body: ToSign, statement: bytes) -> Signed:
    return Signed(
        party_number=held.party, event_id=body.subject, digest=digest, kid=held.kid,
        declares_error=body.corrects, statement=statement,
    )  # fmt: skip
