"""`publication`: the log as others follow it: its newest signed head, and everything under it, each with its proof.

Nothing is told that no signed head covers yet. What is asked for by a name that the log does not have, or that the
asker may not know of, is answered in one and the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import msgspec

from ledger.chain.pedigree import Pedigree
from ledger.codes import product_of
from ledger.custody.state import decode
from ledger.errors import Denied, Misuse
from ledger.export import Exporter
from ledger.identity.access import Caller
from ledger.identity.sight import may_see_pack, sees_every_pack
from ledger.log.merkle import HASH_BYTES, TILE_WIDTH
from ledger.log.proof import ProofFile, print_proof
from ledger.log.tiles import TilePath, print_bundle, print_tile_path, width_at
from ledger.log.tree import prove_consistency, prove_inclusion, root_at
from ledger.store.database import Connection, Database
from ledger.store.log import find_leaves, get_claims, tile_reader
from ledger.store.registry import Registry
from ledger.trace import require_head

__all__ = ["EntryName", "Publication", "TreePath"]

EntryName = int | bytes
"""An entry of the log: by its index, or by its leaf hash."""


class TreePath(msgspec.Struct, frozen=True, kw_only=True):
    """Hashes that lead to a root: from a leaf (`index`), or from a smaller tree (`since`)."""

    index: int | None = None
    since: int | None = None
    size: int
    path: list[bytes]
    root: bytes


class Publication:
    """Answers those who follow the log.

    Args:
        database: where it lies; only read.
        exporter: proves things under its newest signed head.
        cosigned: reads the newest head that enough witnesses cosigned; None where none ever was.
    """

    def __init__(
        self, database: Database, exporter: Exporter, cosigned: Callable[[], bytes | None] = lambda: None
    ) -> None:
        self._database = database
        self._exporter = exporter
        self._cosigned = cosigned

    def checkpoint(self) -> bytes:
        """Return the newest head that enough witnesses cosigned, as its note; without witnesses the newest signed one.

        A head that nobody else saw could be shown to one follower alone; proofs are still given up to the newest.
        """
        cosigned = self._cosigned()
        if cosigned is not None:
            return cosigned
        with self._database.read() as connection:
            return self._exporter.head(connection)[1]

    def tile(self, path: TilePath) -> bytes:
        """Return a tile's hashes, or a bundle of entries (C2SP tlog-tiles).

        Raises:
            Misuse: `tile-unknown` when the newest signed head has no such tile, or not so much of it.
        """
        with self._database.read() as connection:
            size = self._exporter.head(connection)[0].size
            if path.width > width_at(size, path.level or 0, path.number):
                raise Misuse("tile-unknown", f"{print_tile_path(path)}, in a log of {size}")
            if path.level is not None:
                return tile_reader(connection)(path.level, path.number)[: path.width * HASH_BYTES]
            first = path.number * TILE_WIDTH
            found = sorted(get_claims(connection, range(first, first + path.width)))
            return print_bundle([bytes(statement) for _, statement, _ in found])

    def inclusion(self, entry: EntryName, size: int | None) -> TreePath:
        """Return the path of an entry in the tree of this size, by default that of the newest signed head.

        Raises:
            Misuse: `entry-unknown`; `proof-impossible` for a size without that entry, or beyond the head.
        """
        with self._database.read() as connection:
            head = self._exporter.head(connection)[0]
            index = self._index(connection, entry, head.size)
            wanted = _within(size, head.size)
            read_tile = cache(tile_reader(connection))
            path = prove_inclusion(index, wanted, read_tile)
            return TreePath(index=index, size=wanted, path=path, root=root_at(wanted, read_tile))

    def consistency(self, since: int, to: int | None) -> TreePath:
        """Return the proof that the tree of one size extends that of another.

        Raises:
            Misuse: `proof-impossible` unless 0 < since <= to <= the size of the newest signed head.
        """
        with self._database.read() as connection:
            size = _within(to, self._exporter.head(connection)[0].size)
            read_tile = cache(tile_reader(connection))
            path = prove_consistency(since, size, read_tile)
            return TreePath(since=since, size=size, path=path, root=root_at(size, read_tile))

    def receipt(self, entry: EntryName) -> tuple[int, bytes]:
        """Return an entry's index, and its COSE receipt (RFC 9942).

        Raises:
            Misuse: `entry-unknown`.
        """
        with self._database.read() as connection:
            index = self._index(connection, entry, self._exporter.head(connection)[0].size)
        return index, self._exporter.receipt(index)

    def proof_file(self, entry: EntryName) -> bytes:
        """Return an entry's proof file (C2SP tlog-proof).

        Raises:
            Misuse: `entry-unknown`.
        """
        with self._database.read() as connection:
            index = self._index(connection, entry, self._exporter.head(connection)[0].size)
            head, note = self._exporter.head_over(connection, index)
            path = prove_inclusion(index, head.size, tile_reader(connection))
            return print_proof(ProofFile(index, tuple(path), note))

    def statement(self, entry: EntryName) -> bytes:
        """Return the statement that is this entry.

        Raises:
            Misuse: `entry-unknown`.
        """
        with self._database.read() as connection:
            index = self._index(connection, entry, self._exporter.head(connection)[0].size)
            ((_, statement, _),) = get_claims(connection, [index])
            return bytes(statement)

    def pedigree(self, caller: Caller, code: str, *, withhold_bodies: bool) -> Pedigree:
        """Return the pedigree of the pack with this key.

        Bodies name the other packs of the same shipment: those who see their own packs alone get none.

        Raises:
            Misuse: `pack-unknown` when the ledger never heard of it, or the caller may not see it.
            Denied: `access-denied` for bodies.
            NotVerified: when its chain is broken.
        """
        if not (withhold_bodies or sees_every_pack(caller)):
            raise Denied("access-denied", "bodies name packs that are not yours; ask with bodies=withheld")
        with self._database.read() as connection:
            custody = decode(require_head(self._database, connection, code).custody)
            maker = Registry().facts(connection, product_of(code)).maker
            if not may_see_pack(caller, custody, maker):
                raise Misuse("pack-unknown", code)
            return self._exporter.pedigree_at(connection, code, withhold_bodies=withhold_bodies)

    def _index(self, connection: Connection, entry: EntryName, size: int) -> int:
        index = entry if isinstance(entry, int) else find_leaves(self._database, connection, [entry]).get(entry)
        if index is None or index >= size:
            raise Misuse("entry-unknown")
        return index


def _within(size: int | None, head: int) -> int:
    if size is None:
        return head
    if size > head:
        raise Misuse("proof-impossible", f"the newest signed head has {head} statements")
    return size
