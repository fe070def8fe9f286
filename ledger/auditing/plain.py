"""Plain entries, many at once: events about one pack each, of one form, with nothing wrong or unusual about them.

A till writes thousands of them, and nearly all of a ledger's entries are such. All that `ledger.auditing.stretch`
asks of each (its numbers 2. to 4.) is asked here of whole columns. The answer is either that everything holds for
all of these, or nothing: then they are gone through one by one, which tells what is wrong, and with which.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from ledger.auditing.links import Sealed
from ledger.chain.claim import Claim, encode_claim
from ledger.chain.link import STATEMENT_SALT_BYTES
from ledger.content import parse_content, require_agreement
from ledger.custody.series import EventColumns, EventReader
from ledger.errors import LedgerError, NotVerified
from ledger.identity.signer import require_valid
from ledger.log.keys import EDDSA
from ledger.log.series import StatementColumns, StatementReader
from ledger.log.suites import ed25519_all_hold
from ledger.store.database import Connection, Row
from ledger.store.registry import Registry

__all__ = ["PlainChecker"]

_FEW: Final = 8  # of so few it is no faster to ask at once
_UNPACKED_BYTES_MAX: Final = 4_096  # of a body; what is longer names many packs


class PlainChecker:
    """Finds the plain ones among entries.

    Args:
        connection, registry: tell who may sign.
        own: kid of the ledger's own key, which signs no events.
        statements, events: remember how these are written.
    """

    def __init__(
        self,
        connection: Connection,
        registry: Registry,
        own: bytes,
        statements: StatementReader,
        events: EventReader,
    ) -> None:
        self._connection = connection
        self._registry = registry
        self._own = own
        self._statements = statements
        self._events = events

    def check(self, rows: Sequence[Row]) -> dict[int, Sealed]:
        """Return what waits for its seal of those rows of the log that hold, by log index; of others, nothing."""
        alike: defaultdict[tuple[str, int, int], list[Row]] = defaultdict(list)
        for row in rows:
            if len(row[6]) <= _UNPACKED_BYTES_MAX:
                alike[row[1], len(row[4]), len(row[6])].append(row)
        found: dict[int, Sealed] = {}
        for some in alike.values():
            if len(some) >= _FEW:
                found.update(self._check_alike(some))
        return found

    def _check_alike(self, rows: Sequence[Row]) -> dict[int, Sealed]:
        indexes, kinds, stored_leaves, salts, data, stored_claims, bodies = zip(*rows, strict=True)
        # 2.
        leaves = [sha256(b"\0" + each).digest() for each in data]
        statements = self._statements.read_alike(data)
        if statements is None or statements.first.kind != kinds[0] or leaves != list(stored_leaves):
            return {}
        # 4. It costs less than the signatures.
        if b"".join([sha256(body).digest() for body in bodies]) != statements.digests:
            return {}
        events = self._events.read_alike(bodies)
        if events is None or not _agree(statements, events, bodies[0]) or _claims(events) != list(stored_claims):
            return {}
        if {*map(len, salts)} != {STATEMENT_SALT_BYTES}:
            return {}
        # 3.
        if not self._signed(statements, min(indexes), max(indexes)):
            return {}
        columns = zip(indexes, leaves, salts, events.codes, events.confidentials, strict=True)
        return {
            index: Sealed(index, leaf, salt, [code], None, None, confidential)
            for index, leaf, salt, code, confidential in columns
        }

    def _signed(self, statements: StatementColumns, first: int, last: int) -> bool:
        """Tell whether all are signed by registered keys, each of which counts from first to last."""
        if statements.first.alg != EDDSA:
            return False
        publics: dict[bytes, bytes] = {}
        for kid, issuer in set(zip(statements.kids, statements.issuers, strict=True)):
            signer = self._registry.signer(self._connection, kid)
            if (
                signer is None
                or kid == self._own
                or (signer.public.alg, signer.public.thumbprint()) != (EDDSA, kid)
                or signer.party_uri.encode() != issuer
            ):
                return False
            try:
                # A key counts from some index and time on, and to another: between two for which it does, too.
                for index in (first, last):
                    for issued_at in statements.issued:
                        require_valid(signer, issued_at, index, error=NotVerified)
            except NotVerified:
                return False
            publics[kid] = signer.public.raw
        raws = map(publics.__getitem__, statements.kids)
        return ed25519_all_hold(zip(raws, statements.signed, strict=True))


def _agree(statements: StatementColumns, events: EventColumns, first: bytes) -> bool:
    """Tell whether each statement speaks of its event; all are of one kind, so that the rest is asked of the first."""
    try:
        if parse_content(statements.first, first, lambda _: events.first) is not events.first:
            return False
        require_agreement(statements.first, events.first, own=False)
    except LedgerError:
        return False
    return statements.subjects == events.event_ids


def _claims(events: EventColumns) -> list[bytes]:
    """Return the claims of events; many are of the same time and place."""
    like = events.first
    pairs = list(zip(events.times, events.sites, strict=True))
    claims = {pair: encode_claim(Claim(*pair, like.insured, like.corrects)) for pair in set(pairs)}
    return [claims[pair] for pair in pairs]
