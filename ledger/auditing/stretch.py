"""One stretch of the log, verified on its own: the work that `ledger.audit` spreads over processes.

For each statement, in order:
    1. it stands at its index, and its row says of it what it says of itself
    2. it parses, and its leaf hash is the one stored
    3. its key is registered, counted at the time, and made its signature
    4. its body has the digest that was signed, and parses as what it says it is; its claim is the body's
For each seal, over the statements before it:
    5. it covers exactly those statements
    6. its pages are the ones that it commits to
    7. each statement has a link for every pack that it names, or that lay in a case that it names
    8. the links hash to the root that it commits to
Beside them:
    9. anomalies, confidential parts and registrations in the tables are those that statements and pages say
What hangs together across stretches (chains, tree) is summed up for the caller.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from ledger.auditing.links import Sealed, link_hashes
from ledger.auditing.persons import NamedPart, SealedParts, check_confidential
from ledger.auditing.plain import PlainChecker
from ledger.auditing.tables import check_recall, check_registration
from ledger.chain.balance import Balance
from ledger.chain.claim import NO_CLAIM
from ledger.chain.link import STATEMENT_SALT_BYTES
from ledger.chain.page import decode_page
from ledger.chain.seal import SEAL_KIND, SEAL_MEDIA_TYPE, Seal, parse_seal
from ledger.content import GENESIS_KIND, claim_of, parse_content, require_agreement
from ledger.custody.event import Event
from ledger.custody.series import EventReader
from ledger.errors import LedgerError, NotVerified, Unavailable
from ledger.identity.registration import Erasure, Registration
from ledger.identity.signer import require_valid
from ledger.identity.vault import Vault
from ledger.limits import PAGE_LINKS_MAX
from ledger.log.keys import PublicKey
from ledger.log.merkle import root_of
from ledger.log.series import StatementReader
from ledger.log.statement import Statement, verify_statement
from ledger.papers.paper import Paper
from ledger.store import tables
from ledger.store.database import Connection, Database, Row
from ledger.store.log import scan_rows
from ledger.store.packs import anomalies_between, scan_pages
from ledger.store.registry import Registry
from ledger.store.sound import typed_columns

__all__ = ["Means", "Stretch", "StretchChecker"]

_WINDOW_ENTRIES: Final = 1_024
_WINDOW_BYTES: Final = 2 << 20


class Stretch(msgspec.Struct):
    """What was found in one stretch of the log.

    Attributes:
        first, end: the log indexes asked for.
        leaves: leaf hashes of the statements found, in order, 32 bytes each.
        seals: log indexes of the seals.
        registered: how many rows these statements put into each table of the registry.
        links: how many links.
        balance: the sum of chain tokens, see `chain.balance`.
        erased: log index of the last erasure of each pseudonym that one names.
        fault: the first thing wrong, by log index.
    """

    first: int
    end: int
    leaves: bytes = b""
    seals: list[int] = []
    registered: dict[str, int] = {}
    links: int = 0
    balance: int = 0
    erased: dict[bytes, int] = {}
    fault: tuple[int, str, str] | None = None


class Means(NamedTuple):
    """What a process verifies with, stretch after stretch.

    Attributes:
        database, connection: where the ledger lies.
        issuer, public: the ledger's own issuer URI and key, known from elsewhere.
        vault: opens confidential parts; None leaves their content unchecked.
        token_key: key of the balance, the same for all stretches.
        registry: remembers who may sign.
        statements, events: remember how these are written.
    """

    database: Database
    connection: Connection
    issuer: str
    public: PublicKey
    vault: Vault | None
    token_key: bytes
    registry: Registry
    statements: StatementReader
    events: EventReader


class StretchChecker:
    """Verifies one stretch over one connection."""

    def __init__(self, means: Means) -> None:
        self._database = means.database
        self._connection = means.connection
        self._issuer = means.issuer
        self._public = means.public
        self._kid = means.public.thumbprint()
        self._vault = means.vault
        self._registry = means.registry
        self._read_statement = means.statements.read
        self._read_event = means.events.read
        self._plain = PlainChecker(
            means.connection, means.registry, self._kid, means.statements, means.events
        )
        self._balance = Balance(means.token_key)
        self._seals: list[int] = []
        self._confidential_roots: list[SealedParts] = []
        self._registered: Counter[str] = Counter()
        self._erased: dict[bytes, int] = {}
        self._links = 0
        self._pending: list[Sealed] = []
        self._anomalies: list[tuple[int, str, str]] = []

    def check(self, first: int, end: int) -> Stretch:
        """Verify the statements first … end-1; the last one must be a seal."""
        leaves: list[bytes] = []
        fault = None
        try:
            self._check(first, end, leaves)
        except Unavailable:
            raise  # the world failed, which says nothing of the ledger
        except LedgerError as error:
            index = error.index if error.index is not None else first + len(leaves)
            fault = (index, error.code, error.detail)
        return Stretch(
            first, end, b"".join(leaves), self._seals, dict(self._registered), self._links,
            self._balance.total, self._erased, fault,
        )  # fmt: skip

    def _check(self, first: int, end: int, leaves: list[bytes]) -> None:
        entries = scan_rows(self._database, self._connection, first, end)
        with (
            closing(entries),
            closing(scan_pages(self._database, self._connection, first, end)) as pages,
        ):
            index = first
            for rows in _windows(entries):
                plain = self._plain.check(rows)
                for row in rows:
                    # 1.
                    if row[0] != index:
                        raise NotVerified("entry-missing", index=index)
                    index += 1
                    sealed = plain.get(row[0])
                    if sealed is None:
                        leaves.append(self._statement(row, pages))
                    else:
                        self._pending.append(sealed)
                        leaves.append(sealed.leaf)
            if index != end:
                raise NotVerified("entry-missing", index=index)
            if self._pending:
                raise NotVerified("entry-unsealed", index=self._pending[0].index)
            for seal, page, _, _ in pages:
                raise NotVerified("page-unsealed", f"page {page}", index=seal)
        # 9.
        self._compare_anomalies(first, end)
        check_confidential(self._connection, self._vault, first, self._confidential_roots)

    def _statement(self, row: Row, pages: Iterator[Row]) -> bytes:
        index, kind, stored_leaf, salt, data, stored_claim, body = row
        try:
            # 2.
            leaf = sha256(b"\0" + data).digest()
            if leaf != stored_leaf:
                raise NotVerified("leaf-altered")
            statement = self._read_statement(data)
            if statement.kind != kind:
                raise NotVerified("entry-altered", f"the row says {kind}, the statement {statement.kind}")
            # 3.
            self._signature(statement, index)
            # 4.
            if sha256(body).digest() != statement.digest:
                raise NotVerified("body-altered")
            if kind == SEAL_KIND:
                claim = self._seal(statement, index, body, salt, pages)
            else:
                claim = self._enter(statement, index, leaf, salt, body)
            if claim != stored_claim:
                raise NotVerified("entry-altered", "the claim is not the body's")
        except LedgerError as error:
            if error.index is None:
                error.index = index
            raise
        return leaf

    def _signature(self, statement: Statement, index: int) -> None:
        if statement.kid == self._kid:
            public, issuer = self._public, self._issuer
        else:
            signer = self._registry.signer(self._connection, statement.kid)
            if signer is None:
                raise NotVerified("key-unknown")
            require_valid(signer, statement.issued_at, index, error=NotVerified)
            public, issuer = signer.public, signer.party_uri
        if not verify_statement(statement, public):
            raise NotVerified("signature-wrong")
        if statement.issuer != issuer:
            raise NotVerified("issuer-mismatch")

    def _enter(self, statement: Statement, index: int, leaf: bytes, salt: bytes, body: bytes) -> bytes:
        sealed = Sealed(index, leaf, salt)
        claim = NO_CLAIM
        if statement.kind != GENESIS_KIND:
            content = parse_content(statement, body, self._read_event)
            require_agreement(statement, content, own=statement.kid == self._kid)
            claim = claim_of(content)
            if isinstance(content, Event | Paper):
                self._about_packs(content, sealed)
            else:
                self._registration(content, index)
        touches = bool(sealed.codes) or sealed.parent is not None  # emptying a case names the case alone
        if len(salt) != (STATEMENT_SALT_BYTES if touches else 0):
            raise NotVerified("salt-altered")
        self._pending.append(sealed)
        return claim

    def _registration(self, registration: Registration, index: int) -> None:
        table = check_registration(self._connection, registration, index)
        if table is not None:
            self._registered[table] += 1
        if isinstance(registration, Erasure):
            self._erased[bytes.fromhex(registration.person)] = index

    def _about_packs(self, content: Event | Paper, sealed: Sealed) -> None:
        sealed.confidential = content.confidential
        sealed.codes = content.codes
        if isinstance(content, Event):
            sealed.parent = content.parent
        elif content.product:
            sealed.recall = content
        elif content.kind == "action":
            self._registered["action"] += 1

    def _seal(
        self, statement: Statement, index: int, body: bytes, salt: bytes, pages: Iterator[Row]
    ) -> bytes:
        if statement.kid != self._kid or statement.media_type != SEAL_MEDIA_TYPE:
            raise NotVerified("seal-not-the-ledgers")
        if salt:
            raise NotVerified("salt-altered")
        seal = parse_seal(body)
        pending, self._pending = self._pending, []
        # 5.
        if seal.count != len(pending) or seal.first != index - seal.count:
            raise NotVerified("seal-mismatch", f"covers {seal.first} and {seal.count - 1} more")
        # 6.
        stored = list(_pages_of(index, seal, pages))
        if root_of(sha256(b"\0" + data).digest() for _, data in stored).hex() != seal.pages_root:
            raise NotVerified("page-altered", "the links of this seal")
        # 7. 8.
        decoded = [decode_page(data) for _, data in stored]
        hashes = link_hashes(self._balance, pending, index, decoded)
        roots = [root_of(hashes[at : at + PAGE_LINKS_MAX]) for at in range(0, len(hashes), PAGE_LINKS_MAX)]
        if len(hashes) != seal.links or root_of(roots).hex() != seal.links_root:
            raise NotVerified("links-altered", "the links of this seal")
        if roots != [root for root, _ in stored]:
            raise NotVerified("page-altered", "the root of a page of this seal")
        self._links += len(hashes)
        self._anomalies.extend((at, "", name) for at, names in seal.remarks for name in names)
        self._anomalies.extend(
            (page.entries[at], page.codes[at], name)
            for page in decoded
            for at, names in page.anomalies
            for name in names
        )
        self._seals.append(index)
        named = [
            NamedPart(each.index, each.leaf, each.confidential) for each in pending if each.confidential is not None
        ]
        self._confidential_roots.append(SealedParts(index, seal.confidential_root, named))
        self._recalls(pending, {at for at, names in seal.remarks if "not-authorised" in names})
        return claim_of(seal)

    def _recalls(self, pending: list[Sealed], not_authorised: set[int]) -> None:
        for sealed in pending:
            if sealed.recall is not None:
                in_force = () if sealed.index in not_authorised else sealed.recall.batches
                check_recall(self._connection, sealed.recall.product, in_force, sealed.index)
                self._registered["recall"] += len(in_force)

    def _compare_anomalies(self, first: int, end: int) -> None:
        stored = set(anomalies_between(self._connection, first, end))
        expected = set(self._anomalies)
        if stored != expected:
            index, code, name = min(stored ^ expected)
            raise NotVerified("anomaly-altered", f"{name} of {code or 'the statement'}", index=index)


def _windows(entries: Iterator[list[Row]]) -> Iterator[list[Row]]:
    """Yield rows of the log in order, some thousand together, and no more than a few MiB."""
    rows: list[Row] = []
    size = 0
    for some in entries:
        *_, bodies = typed_columns(tables.entry, some)
        rows += some
        size += sum(map(len, bodies))
        if len(rows) >= _WINDOW_ENTRIES or size >= _WINDOW_BYTES:
            yield rows
            rows, size = [], 0
    yield rows


def _pages_of(index: int, seal: Seal, pages: Iterator[Row]) -> Iterator[tuple[bytes, bytes]]:
    for expected in range(-(-seal.links // PAGE_LINKS_MAX)):
        at, page, root, data = next(pages, (-1, -1, b"", b""))
        if (at, page) != (index, expected):
            if 0 <= at < index:
                raise NotVerified("page-unsealed", f"page {page}", index=at)
            raise NotVerified("page-missing", f"page {expected}", index=index)
        yield root, data
