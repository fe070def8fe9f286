"""The suspect window: what a compromised key signed between the theft and its declaration.

Those statements stay in the log, and count: whoever works the case must look at each. The log has no index by
key, so this reads the stretch between the key's registration and its revocation once.
"""

from __future__ import annotations

from ledger.errors import Misuse
from ledger.log.statement import parse_statement
from ledger.store.database import Database
from ledger.store.log import scan_entries
from ledger.store.registry import Registry

__all__ = ["suspect_window"]


def suspect_window(database: Database, kid: bytes) -> list[tuple[int, int, str, str]]:
    """Return (log index, claimed time, kind, subject) of each statement in the key's suspect window.

    It is judged by claimed time; a thief may claim an earlier one, so declare the theft early rather than late.

    Raises:
        Misuse: `key-not-registered`, `key-not-compromised`.
    """
    with database.read() as connection:
        signer = Registry().signer(connection, kid)
        if signer is None:
            raise Misuse("key-not-registered", kid.hex()[:16])
        revoked = signer.revoked
        if revoked is None or revoked.reason != "compromised":
            raise Misuse("key-not-compromised", kid.hex()[:16])
        window = []
        for index, _, _, _, data, _ in scan_entries(database, connection, signer.number, revoked.number):
            statement = parse_statement(data)
            if statement.kid == kid and statement.issued_at >= revoked.since:
                window.append((index, statement.issued_at, statement.kind, statement.subject))
        return window
