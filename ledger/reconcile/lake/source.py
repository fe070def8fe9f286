"""Which log a lake is made from: the newest signed head of a ledger, and whether a manifest's head is its own."""

from __future__ import annotations

from ledger.errors import LedgerError, Misuse, NotVerified
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.note import VerifierKey
from ledger.log.tree import root_at
from ledger.opening import Trust
from ledger.reconcile.lake.manifest import Manifest
from ledger.store.database import Connection
from ledger.store.log import last_checkpoint, log_size, tile_reader

__all__ = ["head_of", "newest_head", "require_persons", "require_source"]


def newest_head(connection: Connection, trust: Trust) -> tuple[Checkpoint, str]:
    """Return the newest signed head that the database holds, and its note.

    Raises:
        NotVerified: `checkpoint-missing`; `checkpoint-mismatch` when the tree in the database has another root.
        FormatError, NotVerified: as `open_checkpoint`, when it is not signed by this ledger.
    """
    note = last_checkpoint(connection)
    if note is None:
        raise NotVerified("checkpoint-missing", "no head was ever signed")
    head = open_checkpoint(note, trust.origin, trust.vkey)
    if log_size(connection) < head.size or root_at(head.size, tile_reader(connection)) != head.root:
        raise NotVerified("checkpoint-mismatch", f"size {head.size}", index=head.size - 1)
    return head, note.decode()


def head_of(manifest: Manifest, vkey: VerifierKey) -> Checkpoint:
    """Return the head of the log that a lake says it was made from.

    Raises:
        NotVerified: `lake-of-another` when this key did not sign it, or it is of another size than the lake.
    """
    try:
        head = open_checkpoint(manifest.checkpoint.encode(), vkey.name, vkey)
    except LedgerError as error:
        raise NotVerified("lake-of-another", error.code) from None
    if head.size != manifest.size:
        raise NotVerified("lake-of-another", f"size {manifest.size}, in its checkpoint {head.size}")
    return head


def require_source(connection: Connection, trust: Trust, manifest: Manifest, size: int) -> None:
    """Require that a lake was made from this ledger's log, at a size that it had.

    Args:
        connection, trust: the ledger.
        manifest: the lake's.
        size: of the log now.

    Raises:
        NotVerified: `lake-ahead` when the log is shorter; `lake-of-another` when it had another history.
    """
    head = head_of(manifest, trust.vkey)
    if head.size > size:
        raise NotVerified("lake-ahead", f"made at {head.size} statements, the log has {size}", index=size)
    if root_at(head.size, tile_reader(connection)) != head.root:
        raise NotVerified("lake-of-another", f"another history at size {head.size}")


def require_persons(manifest: Manifest, *, persons: bool) -> None:
    """Require that a lake was made with persons, or without, as it is asked for now.

    Raises:
        Misuse: `lake-persons-differ`.
    """
    if manifest.persons != persons:
        raise Misuse("lake-persons-differ", "made with persons" if manifest.persons else "made without persons")
