"""A signed head that is on disk, with what is near the right edge of its tree: enough to prove what is new."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ledger.log.checkpoint import Checkpoint
from ledger.log.tree import TILE_HEIGHT, Tile, Tree

__all__ = ["Published"]


class Published(msgspec.Struct, frozen=True):
    """A head that everybody may be shown.

    Attributes:
        head: what was signed.
        tiles: the hashes of tiles by (level, number); none is shorter than in that tree.
    """

    head: Checkpoint
    tiles: dict[tuple[int, int], bytes]

    @classmethod
    def of(cls, head: Checkpoint, tree: Tree, finished: Iterable[Tile] = ()) -> Published:
        """Return the head of a tree as it is now; `finished` are tiles that it finished of late."""
        return cls(head, {(each.level, each.number): each.hashes for each in (*finished, *tree.edge_tiles())})

    def reaches(self, index: int) -> bool:
        """Return whether the whole path of this leaf lies within the tiles that are here."""
        size, levels = self.head.size, -(-(self.head.size - 1).bit_length() // TILE_HEIGHT)
        return index < size and all(
            (level, number) in self.tiles
            for level in range(levels)
            if (number := index >> TILE_HEIGHT * (level + 1)) << TILE_HEIGHT < size >> TILE_HEIGHT * level
        )

    def read_tile(self, level: int, number: int) -> bytes:
        """Return the hashes of a tile, as `ledger.log.tree.ReadTile`."""
        return self.tiles.get((level, number), b"")
