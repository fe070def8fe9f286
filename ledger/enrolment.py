"""`enrolment`: a station makes its key itself, and shows with a one-time code that it may.

Whoever keeps the ledger gives out a code for a registered station (`give_code`). The station then sends code,
public key and proof (`redeem`):

    1. the code is known, and was neither used for another key nor has its time passed
    2. the key is one, and the proof shows that its private half is there
    3. the code is used up for this key, at this time
    4. the ledger's own statement registers the key, with the time of step 3
    5. the station gets an API key for its party

From step 3 on the same request can only lead to the same registration, to the byte; so a station whose answer was
lost asks again, and is answered again. It then gets a fresh API key, and the one of the lost answer ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from ledger.access import new_api_key
from ledger.clock import Randomness
from ledger.enrol import registering
from ledger.errors import Denied, Misuse, Refusal
from ledger.identity.credential import code_digest, make_code
from ledger.identity.registration import Key
from ledger.log.keys import PrivateKey, PublicKey
from ledger.log.possession import possession_bytes
from ledger.opening import Trust
from ledger.recording.outcome import Outcome
from ledger.store.access import (
    EnrolmentCode,
    claim_code,
    find_code,
    insert_api_key,
    insert_code,
    note_api_key,
    revoke_api_key,
    station_of,
)
from ledger.store.database import Database
from ledger.submission import Submission

__all__ = ["Asking", "Desk", "Enrolled", "give_code", "redeem"]

_KEY_VALID_SECONDS: Final = 2 * 365 * 86_400


class Asking(msgspec.Struct, frozen=True):
    """What a station sends: the code as typed, its public key, and the signature over `possession_bytes`."""

    code: str
    public: PublicKey
    proof: bytes


class Enrolled(msgspec.Struct, frozen=True):
    """What a station is told: its registration, where that stands in the log, and its API key, shown once."""

    station: str
    party: str
    registration: Key
    index: int
    api_key: str


class Desk(NamedTuple):
    """Where stations enrol: the ledger's database, its name and key, a way to record, and chance."""

    database: Database
    trust: Trust
    key: PrivateKey
    record: Callable[[Submission], Outcome]
    random: Randomness


def give_code(database: Database, station: str, *, now: int, expires: int, random: Randomness) -> str:
    """Make a one-time code for a registered station, and return it; it cannot be read again.

    Raises:
        Misuse: `station-unknown`.
    """
    code = make_code(random)
    with database.write() as connection:
        if station_of(connection, station) is None:
            raise Misuse("station-unknown", station)
        row = EnrolmentCode(digest=code_digest(code), station=station, made=now, expires=expires)
        insert_code(connection, row)
    return code


def redeem(desk: Desk, asking: Asking, now: int) -> Enrolled:
    """Enrol a station.

    Raises:
        Denied: `enrolment-code-unknown` when there is no such code, or not for this key any more.
        Refusal: `possession-not-shown`; `registration-exists` when the key is registered for another station.
        Unavailable: as `Recorder.record`; ask again.
    """
    kid = asking.public.thumbprint()
    digest = code_digest(asking.code)
    # 1.
    with desk.database.read() as connection:
        _require_good(find_code(connection, digest), kid, now)
    # 2.
    if not asking.public.verify(asking.proof, possession_bytes(desk.trust.origin, digest, asking.public)):
        raise Refusal("possession-not-shown")
    # 3. Of two keys that come with one code at one moment, the first to be written has it.
    with desk.database.write() as connection:
        claim_code(connection, digest, kid, now)
        code, used = _require_good(find_code(connection, digest), kid, now)
        place = station_of(connection, code.station)
    assert place is not None  # registrations stay
    station, party, party_uri, roles = place
    # 4.
    registration = Key(
        kid=kid.hex(), station=code.station, alg=asking.public.alg, public=asking.public.raw.hex(),  # type: ignore[arg-type]
        valid_from=used, valid_until=used + _KEY_VALID_SECONDS,
    )  # fmt: skip
    outcome = desk.record(registering(desk.trust, desk.key, registration, used))
    if outcome.problem is not None:
        raise outcome.problem
    assert outcome.index is not None
    # 5.
    key, secret = new_api_key(
        party, station=station, roles=roles.split(" "), label=code.station, now=now,
        expires=registration.valid_until, random=desk.random,
    )  # fmt: skip
    with desk.database.write() as connection:
        before = find_code(connection, digest)
        if before is not None and before.api_key is not None:
            revoke_api_key(connection, before.api_key, now)
        insert_api_key(connection, key)
        note_api_key(connection, digest, key.id)
    return Enrolled(code.station, party_uri, registration, outcome.index, secret)


def _require_good(code: EnrolmentCode | None, kid: bytes, now: int) -> tuple[EnrolmentCode, int]:
    """Return a code that may be used for this key, and when it was first used for it (now, if not yet)."""
    if code is None or now >= code.expires or code.kid not in (None, kid):
        raise Denied("enrolment-code-unknown")
    return code, now if code.used is None else code.used
