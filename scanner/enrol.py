"""Enrolment: the key is made here, and a one-time code shows that it may sign for its party.

    1. the key: made, and on disk, before anybody hears of it; a second try uses the same
    2. the proof that its private half is here (docs/formats/enrolment.md)
    3. the ledger's answer: its key must be the one that was given from elsewhere, if one was given
    4. who we are, on disk
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from ledger.client import Answer, Client
from ledger.clock import Randomness
from ledger.errors import Misuse, NotVerified, Unavailable
from ledger.log.keys import EDDSA, PrivateKey
from ledger.log.note import parse_vkey
from ledger.log.possession import possession_bytes
from ledger.log.spelling import print_base64
from scanner.home import Home, Station

__all__ = ["enrol"]

_OFFSET: Final = re.compile(r"[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00")


def enrol(
    home: Home, client: Client, ledger: str, code: str, *, vkey: str, site: str, offset: str, machine: str,
    random: Randomness,
) -> Station:  # fmt: skip
    """Enrol the station in this folder; asking again after a lost answer is safe.

    Args:
        home: its folder; made when it is not there.
        client, ledger: the ledger, and its address.
        code: the one-time code, as typed.
        vkey: the ledger's key as it was told elsewhere; "" believes the answer.
        site, offset, machine: as in `Station`.
        random: the source of the key.

    Raises:
        Misuse: `station-enrolled` when it is already; `usage-wrong`.
        Denied: `enrolment-code-unknown`.
        NotVerified: `ledger-other-key`.
        Unavailable, FormatError: the ledger cannot be reached, or answers nonsense.
    """
    if not _OFFSET.fullmatch(offset):
        raise Misuse("usage-wrong", "an offset is written +08:00")
    home.make()
    if (home.folder / "station.json").exists():
        raise Misuse("station-enrolled", str(home.folder))
    # 1.
    key = home.key()
    if key is None:
        key = PrivateKey.from_seed(EDDSA, random(32))
        home.keep_key(key)
    # 2.
    origin = parse_vkey(vkey).name if vkey else _origin(client.checkpoint())
    digest = sha256(re.sub(r"[\s-]", "", code).upper().encode()).digest()
    proof = key.sign(possession_bytes(origin, digest, key.public))
    answer = client.enrol(code.strip(), key.public.alg, key.public.raw.hex(), print_base64(proof))
    # 3.
    told = answer.value()
    parse_vkey(told.verifier_key)
    if told.kid != key.public.thumbprint().hex() or told.origin != origin or vkey not in ("", told.verifier_key):
        raise NotVerified("ledger-other-key", told.verifier_key)
    # 4.
    station = Station(
        ledger=ledger.rstrip("/"), station=told.station, party=told.party, site=site, kid=told.kid,
        valid_from=told.valid_from, valid_until=told.valid_until, origin=told.origin,
        verifier_key=told.verifier_key, api_key=told.api_key, offset=offset, machine=machine,
    )  # fmt: skip
    home.keep_station(station)
    return station


def _origin(answer: Answer[bytes]) -> str:
    origin = answer.content.split(b"\n", 1)[0]
    if answer.status != 200 or not origin.isascii() or not origin:
        raise Unavailable("ledger-unreachable", f"status {answer.status}")
    return origin.decode()


