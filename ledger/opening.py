"""Making a ledger, and opening one: home, database, keys, and the check that nobody took it back in time.

A database restored from a backup would make the ledger sign a second, different history: a fork. So the
last checkpoint is also kept outside the database, and a ledger whose tree does not extend it is not opened.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import msgspec

from ledger import canonical
from ledger.chain.claim import NO_CLAIM
from ledger.chain.seal import SEAL_KIND, SEAL_MEDIA_TYPE, Seal, make_seal
from ledger.clock import Clock, Randomness
from ledger.content import GENESIS_KIND, claim_of
from ledger.errors import Misuse, NotVerified, Unavailable
from ledger.home import (
    create_home,
    create_secrets,
    discard_secrets,
    load_signing_key,
    load_vault,
    read_checkpoint,
    write_checkpoint,
)
from ledger.identity.vault import Vault
from ledger.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from ledger.log.keys import PrivateKey, PublicKey
from ledger.log.merkle import EMPTY_ROOT, leaf_hash
from ledger.log.note import ED25519, VerifierKey, parse_vkey
from ledger.log.statement import sign_statement
from ledger.log.tree import Tree, root_at
from ledger.settings import Settings
from ledger.store.database import Connection, Database
from ledger.store.log import (
    insert_entries,
    log_size,
    put_checkpoints,
    put_tiles,
    read_identity,
    tile_reader,
    unsigned_sizes,
    write_identity,
)
from ledger.store.registry import Registry
from ledger.store.schema import require_current_schema, upgrade

__all__ = [
    "GENESIS_MEDIA_TYPE", "Ledger", "Trust", "create_ledger", "head_of", "issuer_of", "keep_head", "open_ledger",
    "open_store", "own_statement", "require_extension", "show_gaps", "signed", "vkey_of",
]  # fmt: skip

_ORIGIN: Final = re.compile(r"[a-z0-9][a-z0-9.:-]{0,99}(?:/[A-Za-z0-9._~-]{1,50}){0,3}")
GENESIS_MEDIA_TYPE: Final = "application/vnd.packledger.genesis+json"


class Trust(msgspec.Struct, frozen=True):
    """What one must hold from elsewhere to verify a ledger: its origin and its key (C2SP vkey)."""

    origin: str
    verifier_key: str

    @property
    def vkey(self) -> VerifierKey:
        """The ledger's key; `.key` is the public key itself.

        Raises:
            FormatError: `vkey-malformed`.
        """
        return parse_vkey(self.verifier_key)


class Ledger(msgspec.Struct, frozen=True):
    """An open ledger that can record: everything `record` needs, put together once."""

    settings: Settings
    database: Database
    trust: Trust
    key: PrivateKey
    vault: Vault
    registry: Registry


def vkey_of(origin: str, public: PublicKey) -> VerifierKey:
    """Return a ledger's key as notes name it."""
    return VerifierKey(origin, ED25519, public)


def issuer_of(origin: str) -> str:
    """Return the URI under which the ledger itself signs statements."""
    return f"https://{origin}"


def create_ledger(settings: Settings, origin: str, clock: Clock, random: Randomness) -> Trust:
    """Make a new ledger: secrets in the home, tables in the database, the first statement in the log.

    Raises:
        Misuse: `ledger-exists`, `origin-malformed`.
        Unavailable: when the home or the database cannot be written.
    """
    _require_origin(origin)
    database = Database(settings.database_url)
    create_home(settings)
    try:
        upgrade(database)
        with database.read() as connection:
            if read_identity(connection) is not None:
                raise Misuse("ledger-exists", "the database holds a ledger")
        key = create_secrets(settings, random)
        trust = Trust(origin, str(vkey_of(origin, key.public)))
        try:
            head = _write_genesis(settings, database, trust, key, clock())
        except BaseException:
            discard_secrets(settings)
            raise
        with suppress(Unavailable):  # the ledger is made; whoever opens it shows what is missing here: `show_gaps`
            put_checkpoints(database, signed(key, [head]))
    finally:
        database.close()
    return trust


def _require_origin(origin: str) -> None:
    # C2SP tlog-checkpoint: a schema-less URL; and it becomes part of URIs that a statement holds.
    if not _ORIGIN.fullmatch(origin):
        raise Misuse("origin-malformed", "a host, then parts after slashes: ledger.example/2026")


def _write_genesis(settings: Settings, database: Database, trust: Trust, key: PrivateKey, now: int) -> Checkpoint:
    # The first two leaves: who this ledger is, and a seal over that. Index 0 is thereby never a registration,
    # and 0 can stand for "nobody" wherever a registration's number is stored.
    genesis = canonical.dumps({"createdAt": now, "origin": trust.origin, "verifierKey": trust.verifier_key})
    first = own_statement(trust, key, now, GENESIS_KIND, GENESIS_MEDIA_TYPE, "genesis", genesis)
    root = EMPTY_ROOT.hex()
    seal = Seal(
        first=0,
        count=1,
        links=0,
        links_root=root,
        pages_root=root,
        confidential_root=root,
        recorded_at=now,
        remarks=[],
    )
    sealed = make_seal(seal)
    second = own_statement(trust, key, now, SEAL_KIND, SEAL_MEDIA_TYPE, "seal:1", sealed)
    tree = Tree()
    rows = []
    entries = ((GENESIS_KIND, first, NO_CLAIM, genesis), (SEAL_KIND, second, claim_of(seal), sealed))
    for index, (kind, statement, claim, body) in enumerate(entries):
        leaf = leaf_hash(statement)
        tree.append(leaf)
        rows.append((index, kind, leaf, b"", statement, claim, body))
    with database.write() as connection:
        write_identity(connection, trust.origin, trust.verifier_key)
        insert_entries(database, connection, rows)
        put_tiles(database, connection, tree.take_tiles())
        head = head_of(trust, tree)
        # Before the commit, for once: a log whose home has no head is taken for a restored one, and nobody can undo it.
        keep_head(settings, key, head)
    return head


def own_statement(
    trust: Trust, key: PrivateKey, now: int, kind: str, media_type: str, subject: str, body: bytes
) -> bytes:
    """Sign a body as the ledger itself; `subject` is the last part of the subject's URI."""
    return sign_statement(
        key,
        issuer=issuer_of(trust.origin),
        subject=f"{issuer_of(trust.origin)}/{subject}",
        issued_at=now,
        kind=kind,
        media_type=media_type,
        digest=canonical.digest(body),
    )


def head_of(trust: Trust, tree: Tree) -> Checkpoint:
    """Return the head of a tree, as it is now."""
    return Checkpoint(trust.origin, tree.size, tree.root())


def keep_head(settings: Settings, key: PrivateKey, head: Checkpoint) -> bytes:
    """Sign the head of a log whose transactions are durable, keep it outside the database, and return its note.

    From here on it may be shown: it can never be taken back.

    Raises:
        Unavailable: the statements stand, but nobody may be answered yet; opening the ledger tries again.
    """
    note = sign_checkpoint(head, key)
    write_checkpoint(settings, head.size, note)
    return note


def signed(key: PrivateKey, heads: Iterable[Checkpoint]) -> list[tuple[int, bytes]]:
    """Sign heads that the one kept outside covers, for the database, where followers look: (size, note)."""
    return [(head.size, sign_checkpoint(head, key)) for head in heads]


def show_gaps(database: Database, trust: Trust, key: PrivateKey, size: int) -> None:
    """Sign the heads that a crash or a full disk left out, before that of this size: every seal has one."""
    with database.read() as connection:
        read_tile = tile_reader(connection)
        heads = [
            Checkpoint(trust.origin, each, root_at(each, read_tile)) for each in unsigned_sizes(connection, size)
        ]
    put_checkpoints(database, signed(key, heads))


@contextmanager
def open_store(settings: Settings) -> Iterator[tuple[Database, Trust]]:
    """Open a ledger for reading only: no secrets are touched.

    Raises:
        Misuse: `ledger-missing` when there is none; `store-needs-migration`.
    """
    database = Database(settings.database_url)
    try:
        if database.is_missing:
            raise Misuse("ledger-missing", "there is no database file")
        require_current_schema(database)
        with database.read() as connection:
            identity = read_identity(connection)
        if identity is None:
            raise Misuse("ledger-missing", "the database holds no ledger")
        yield database, Trust(*identity)
    finally:
        database.close()


@contextmanager
def open_ledger(settings: Settings) -> Iterator[Ledger]:
    """Open a ledger for recording.

    1. The home's signing key is the one that the database names.
    2. The tree in the database extends the checkpoint kept outside it.
    3. A checkpoint that a crash cut off between commit and signature is signed now.

    Raises:
        Misuse: `key-of-another-ledger`, and as `open_store`.
        NotVerified: `log-restored` when the database is older than, or forked from, what was signed.
    """
    with open_store(settings) as (database, trust):
        key = load_signing_key(settings)
        # 1.
        if key.public != trust.vkey.key:
            raise Misuse("key-of-another-ledger", "the signing key is not this ledger's")
        # 2.
        with database.read() as connection:
            tree = require_extension(settings, connection, trust)
        # 3.
        head = head_of(trust, tree)
        keep_head(settings, key, head)
        show_gaps(database, trust, key, head.size)
        put_checkpoints(database, signed(key, [head]))
        yield Ledger(settings, database, trust, key, load_vault(settings), Registry())


def require_extension(settings: Settings, connection: Connection, trust: Trust) -> Tree:
    """Require that the tree in the database extends the checkpoint kept outside it, and return the tree.

    Raises:
        NotVerified: `log-restored`, at the size of the database's log, when it is shorter than what was
            signed, or another history; `note-…` when the checkpoint kept outside was altered.
    """
    note = read_checkpoint(settings)
    if note is None:
        raise NotVerified("log-restored", "the checkpoint kept outside the database is gone")
    kept = open_checkpoint(note, trust.origin, trust.vkey)
    size = log_size(connection)
    read_tile = tile_reader(connection)
    if size < kept.size:
        raise NotVerified("log-restored", f"{size} statements, but {kept.size} were signed", index=size)
    if root_at(kept.size, read_tile) != kept.root:
        raise NotVerified("log-restored", f"another history than the one signed at size {kept.size}")
    return Tree.load(size, read_tile)
