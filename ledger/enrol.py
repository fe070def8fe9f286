"""`enrol`: parties, sites, stations, keys and products enter the ledger, signed by the ledger's own key.

A file of registrations is a JSON list of objects; `kind` says which, the other members are the fields of
`ledger.identity.registration`:

    [{"kind": "party", "uri": "https://id.gs1.org/417/6901234000009", "name_en": "…", "name_zh": "…",
      "roles": ["dispenser"], "region": "610800"}, …]
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ledger import canonical
from ledger.errors import FormatError
from ledger.identity.registration import (
    REGISTRATIONS,
    Registration,
    kind_of,
    make_registration,
    media_type_of,
    parse_registration,
    subject_of,
)
from ledger.log.keys import PrivateKey
from ledger.log.statement import sign_statement
from ledger.opening import Trust, issuer_of
from ledger.submission import Submission

__all__ = ["print_registrations", "read_registrations", "registering"]


def registering(trust: Trust, key: PrivateKey, registration: Registration, now: int) -> Submission:
    """Return the ledger's own statement that registers this."""
    kind = kind_of(registration)
    body = make_registration(registration)
    parse_registration(kind, body)
    statement = sign_statement(
        key,
        issuer=issuer_of(trust.origin),
        subject=subject_of(registration),
        issued_at=now,
        kind=kind,
        media_type=media_type_of(kind),
        digest=canonical.digest(body),
    )
    return Submission(statement, body)


def read_registrations(data: bytes) -> list[Registration]:
    """Read a file of registrations.

    Raises:
        FormatError: `registrations-malformed`, with the number of the object at fault; `registration-…`.
    """
    value = canonical.loads(data)
    if not isinstance(value, list):
        raise FormatError("registrations-malformed", "not a JSON list")
    return [_read(number, item) for number, item in enumerate(value, 1)]


def _read(number: int, item: object) -> Registration:
    if not isinstance(item, dict) or item.get("kind") not in REGISTRATIONS:
        raise FormatError("registrations-malformed", f"object {number}: kind is one of {', '.join(REGISTRATIONS)}")
    fields = {name: value for name, value in item.items() if name != "kind"}
    try:
        return parse_registration(item["kind"], canonical.dumps(fields))
    except FormatError as error:
        raise FormatError(error.code, f"object {number}: {error.detail}") from None


def print_registrations(registrations: Iterable[Registration]) -> bytes:
    """Return a file of registrations, one object a line."""
    lines = [
        canonical.dumps({"kind": kind_of(each), **msgspec.to_builtins(each)}).decode() for each in registrations
    ]
    return ("[\n" + ",\n".join(lines) + "\n]\n").encode()
