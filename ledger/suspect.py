"""The suspect window of a key: what it signed that nobody can be sure of.

A key that was declared compromised was in other hands since some time, and counts for nothing that arrives
after the declaration. What had arrived in between stays in the log, valid by all proofs; whether the station
or the thief made it is for people to find out. This is the list that they work through.
"""

from __future__ import annotations

import msgspec

from ledger.errors import Misuse
from ledger.log.statement import parse_statement
from ledger.store.database import Database
from ledger.store.log import scan_entries
from ledger.store.registry import Registry

__all__ = ["SuspectStatement", "suspect_window"]


class SuspectStatement(msgspec.Struct, frozen=True):
    """One statement in doubt: log index, claimed time (seconds since the epoch), kind, and what it is about."""

    index: int
    issued_at: int
    kind: str
    subject: str


def suspect_window(database: Database, kid: bytes) -> list[SuspectStatement]:
    """Return the statements by this key since it was in others' hands, in the order of the log.

    Claimed times decide, so a thief can date a statement back out of the window; the statement's place in the
    log tells when it really came in. Reads the log from the key's registration to its revocation.

    Raises:
        Misuse: `key-not-compromised` when no revocation says so; `key-not-registered`.
    """
    with database.read() as connection:
        signer = Registry().signer(connection, kid)
        if signer is None:
            raise Misuse("key-not-registered", f"kid {kid.hex()[:16]}…")
        revoked = signer.revoked
        if revoked is None or revoked.reason != "compromised":
            raise Misuse("key-not-compromised", f"kid {kid.hex()[:16]}…")
        found = []
        for index, _, _, _, data, _, _ in scan_entries(database, connection, signer.number, revoked.number):
            # The kid stands in the statement as it is; most entries are passed over without parsing them.
            if kid in data:
                statement = parse_statement(data)
                if statement.kid == kid and statement.issued_at >= revoked.since:
                    found.append(
                        SuspectStatement(index, statement.issued_at, statement.kind, statement.subject)
                    )
        return found
