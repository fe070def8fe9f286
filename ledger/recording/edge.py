"""The edge: how far this process knows the log, and how it follows what other processes appended since.

Whoever gets the writer's lock may find that others wrote meanwhile. What they appended comes with the look-up that
begins the group (`Standing.tail`), beginning with the entry that stood last when this process looked last: if that is
still there, what comes after it continues the same log. Otherwise, and when too much was appended, the tree is loaded
anew and held against the checkpoint that is kept outside the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from ledger.chain.seal import SEAL_KIND
from ledger.home import read_checkpoint, size_told
from ledger.limits import LOG_SIZE_MAX
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.tree import Tree, leaf_at
from ledger.opening import Ledger, head_of, require_extension
from ledger.store.database import Connection, Row
from ledger.store.log import tile_reader

__all__ = ["NOWHERE", "Edge", "follow", "load"]

NOWHERE: Final = LOG_SIZE_MAX
"""Where nothing is appended."""


class Edge(msgspec.Struct):
    """What a process knows of the log.

    Attributes:
        tree: of all entries.
        last: leaf hash of the last one.
    """

    tree: Tree
    last: bytes

    @property
    def begins(self) -> int:
        """The log index of the last entry."""
        return self.tree.size - 1


def load(ledger: Ledger, connection: Connection) -> Edge:
    """Return the edge of the log in the database.

    Raises:
        NotVerified: as `require_extension`.
    """
    tree = require_extension(ledger.settings, connection, ledger.trust)
    return Edge(tree, leaf_at(tree.size - 1, tile_reader(connection)))


def follow(ledger: Ledger, edge: Edge, tail: Sequence[Row], size: int) -> list[Checkpoint] | None:
    """Let the edge grow by what other processes appended.

    Args:
        edge: of no use any more when None is returned.
        tail: (kind, leaf) of the entries from the edge's last one on.
        size: of the log.

    Returns:
        The heads at their seals, ascending, which may be unsigned. None when the tail does not continue this edge up
        to that size, or another history was signed.
    """
    if not tail or bytes(tail[0][1]) != edge.last or edge.begins + len(tail) != size:
        return None
    note = read_checkpoint(ledger.settings)
    if note is not None and size_told(note) > size:
        return None  # the database went back to where this process stands
    if len(tail) == 1:
        return []
    tree, heads = edge.tree, [head_of(ledger.trust, edge.tree)]
    for kind, leaf in tail[1:]:
        edge.last = bytes(leaf)
        tree.append(edge.last)
        if kind == SEAL_KIND:
            heads.append(head_of(ledger.trust, tree))
    tree.take_tiles()  # whoever appended them wrote them
    kept = None if note is None else open_checkpoint(note, ledger.trust.origin, ledger.trust.vkey)
    if kept is None or (kept.size >= heads[0].size and kept not in heads):
        return None
    return heads[1:]
