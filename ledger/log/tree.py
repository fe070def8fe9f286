"""The tree that is kept: it grows at the right, and holds nothing but its right edge.

    tree = Tree.load(size, read_tile)        from what is stored
    tree.extend(leaf_hashes)                 new leaves
    store(tree.take_tiles()); tree.root()    what changed, and the new head

Hashes are stored in tiles eight levels high (C2SP tlog-tiles): tile n of level l lists the roots of 256
neighbouring subtrees of 256^l leaves each. A tile fills from the left and never changes what it holds, so a
fuller tile also serves every older tree, and any proof is read from a few tiles.

What `read_tile` says is not believed here: a wrong tile gives a wrong root or a proof that does not verify.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import islice, pairwise
from typing import Final, NamedTuple

from ledger.errors import FormatError, Misuse, NotVerified
from ledger.log.merkle import HASH_BYTES, TILE_WIDTH, fold, joined, node_hash, pair_up, require_hash

__all__ = ["TILE_HEIGHT", "ReadTile", "Tile", "Tree", "prove_consistency", "prove_inclusion", "prove_many", "root_at"]

ReadTile = Callable[[int, int], bytes]
"""Returns all hashes stored of the tile (level, number), side by side: 32 bytes each, 256 at most.

May return more than a past tree had, and empty bytes for a tile that is not there.
"""

TILE_HEIGHT: Final = 8


class Tile(NamedTuple):
    """What a tile holds: `hashes` is 32 bytes times its width, from 1 to 256."""

    level: int
    number: int
    hashes: bytes


class Tree:
    """A Merkle tree that only grows; memory is O(log n), and so is the cost of its root.

    Not safe for concurrent use. A `copy` is cheap: try a batch on the copy, and keep whichever holds.
    """

    __slots__ = ("_edge", "_full", "_peaks", "_taken", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []  # the perfect subtrees, one a set bit of size, largest first
        self._edge: list[bytearray] = []  # the unfinished tile of each level
        self._full: list[Tile] = []  # finished since tiles were last taken
        self._taken = 0  # size when tiles were last taken

    @classmethod
    def load(cls, size: int, read_tile: ReadTile) -> Tree:
        """Return the tree of the first `size` leaves of a stored log, at one read a level.

        Raises:
            NotVerified: `tile-missing` when a tile holds fewer hashes than that tree needs.
        """
        _require_sizes(size)
        tree, levels = cls(), range((size.bit_length() + TILE_HEIGHT - 1) // TILE_HEIGHT)
        for level in levels:
            count = size >> TILE_HEIGHT * level
            width = count % TILE_WIDTH
            tile = _read(read_tile, level, count // TILE_WIDTH, width) if width else b""
            tree._edge.append(bytearray(tile[: width * HASH_BYTES]))
        tree._peaks = _peaks(_Nodes(read_tile), size, size.bit_length())
        tree.size = tree._taken = size
        return tree

    def copy(self) -> Tree:
        """Return a tree that grows independently of this one, with the same tiles still to be taken."""
        other = Tree()
        other.size, other._taken = self.size, self._taken
        other._peaks, other._full = self._peaks.copy(), self._full.copy()
        other._edge = [bytearray(tile) for tile in self._edge]
        return other

    def root(self) -> bytes:
        """Return the root hash of all leaves so far."""
        return fold(self._peaks)

    def append(self, leaf_hash: bytes) -> None:
        """Add one leaf at the right.

        Raises:
            FormatError: `hash-malformed` when it is not 32 bytes; the tree is unchanged.
        """
        require_hash(leaf_hash)
        self._carry(leaf_hash, 0)

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        """Add leaves at the right, whole tiles at a time where they fit.

        Raises:
            FormatError: `hash-malformed`; leaves before the tile in which it stands have been added.
        """
        source = iter(leaf_hashes)
        while chunk := list(islice(source, TILE_WIDTH - self.size % TILE_WIDTH)):
            row = joined(chunk)
            if len(chunk) < TILE_WIDTH:
                self._extend_edge(row)
                continue
            self._full.append(Tile(0, self.size // TILE_WIDTH, row))
            while len(row) > HASH_BYTES:
                row = pair_up(row)
            self._carry(row, TILE_HEIGHT)

    def _extend_edge(self, leaves: bytes) -> None:
        """Add leaves that fit into the unfinished tile, in the largest perfect subtrees that may begin there."""
        while leaves:
            width = len(leaves) // HASH_BYTES
            place = self.size | TILE_WIDTH
            height = min(width.bit_length(), (place & -place).bit_length()) - 1
            row, leaves = leaves[: HASH_BYTES << height], leaves[HASH_BYTES << height :]
            if height:  # else _carry puts the one leaf there
                self._put(0, row)
            while len(row) > HASH_BYTES:
                row = pair_up(row)
            self._carry(row, height)

    def _carry(self, root: bytes, height: int) -> None:
        """Add a perfect subtree at the right, and merge it upward as a carry runs through a sum."""
        leaves, number = 1 << height, self.size >> height
        while True:
            if height % TILE_HEIGHT == 0:
                self._put(height // TILE_HEIGHT, root)
            if not number & 1:
                break
            root = node_hash(self._peaks.pop(), root)
            number, height = number >> 1, height + 1
        self._peaks.append(root)
        self.size += leaves

    def _put(self, level: int, root: bytes) -> None:
        while len(self._edge) <= level:
            self._edge.append(bytearray())
        tile = self._edge[level]
        tile += root
        if len(tile) == TILE_WIDTH * HASH_BYTES:
            self._full.append(Tile(level, self.size >> TILE_HEIGHT * (level + 1), bytes(tile)))
            tile.clear()

    def edge(self) -> list[bytes]:
        """Return the hashes of the unfinished tile of each level: all that `load` reads of this tree."""
        return [bytes(tile) for tile in self._edge]

    def edge_tiles(self) -> list[Tile]:
        """Return the unfinished tile of each level that has one."""
        return [
            Tile(level, self.size >> TILE_HEIGHT * (level + 1), bytes(edge))
            for level, edge in enumerate(self._edge)
            if edge
        ]

    def take_tiles(self) -> list[Tile]:
        """Return the tiles that changed since they were last taken: finished ones, then unfinished ones."""
        tiles, self._full = self._full, []
        for level, edge in enumerate(self._edge):
            count = self.size >> TILE_HEIGHT * level
            if edge and count != self._taken >> TILE_HEIGHT * level:
                tiles.append(Tile(level, count // TILE_WIDTH, bytes(edge)))
        self._taken = self.size
        return tiles


def root_at(size: int, read_tile: ReadTile) -> bytes:
    """Return the root of the first `size` leaves of a stored log.

    Raises:
        NotVerified: `tile-missing`.
    """
    _require_sizes(size)
    return fold(_peaks(_Nodes(read_tile), size, size.bit_length()))


def leaf_at(index: int, read_tile: ReadTile) -> bytes:
    """Return the hash of a leaf of a stored log.

    Raises:
        NotVerified: `tile-missing`.
    """
    return _Nodes(read_tile).at(0, index)


def prove_inclusion(index: int, size: int, read_tile: ReadTile) -> list[bytes]:
    """Return the path of leaf `index` in the tree of the first `size` leaves (RFC 9162 §2.1.3.1).

    Raises:
        Misuse: `proof-impossible` when that tree has no such leaf.
        NotVerified: `tile-missing`.
    """
    if not 0 <= index < size:
        raise Misuse("proof-impossible", f"no leaf {index} in a tree of {size}")
    return _siblings(_Nodes(read_tile), 0, index, size)


def prove_many(indexes: Sequence[int], size: int, read_tile: ReadTile) -> list[bytes]:
    """Return the hashes that lead from many leaves to the root of the first `size` leaves, each hash once.

    They are the roots of the largest subtrees without any of these leaves, from left to right:
    what `merkle.root_from_many` needs besides the leaves themselves.

    Args:
        indexes: of the leaves, ascending, at least one.

    Raises:
        Misuse: `proof-impossible` when the tree lacks one of the leaves, or they are not ascending.
        NotVerified: `tile-missing`.
    """
    if not indexes or indexes[0] < 0 or indexes[-1] >= size or any(a >= b for a, b in pairwise(indexes)):
        raise Misuse("proof-impossible", f"leaves that a tree of {size} has, ascending")
    nodes, path = _Nodes(read_tile), []
    waiting = [(0, size, 0, len(indexes))]
    while waiting:
        start, end, first, last = waiting.pop()
        width = end - start
        if first == last:
            path.append(_range_root(nodes, start, end))
        elif width > 1:
            middle = start + (1 << ((width - 1).bit_length() - 1))
            cut = bisect_left(indexes, middle, first, last)
            waiting += [(middle, end, cut, last), (start, middle, first, cut)]
    return path


def _range_root(nodes: _Nodes, start: int, end: int) -> bytes:
    """Return the root over the leaves start … end-1, which are a subtree of a tree that may end there."""
    width = end - start
    if width & (width - 1) == 0:
        return nodes.at(width.bit_length() - 1, start // width)
    return fold(_peaks(nodes, end, width.bit_length()))


def prove_consistency(old_size: int, new_size: int, read_tile: ReadTile) -> list[bytes]:
    """Return the proof that the tree of `new_size` leaves extends that of `old_size` (RFC 9162 §2.1.4.1).

    It is empty between equal sizes.

    Raises:
        Misuse: `proof-impossible` unless 0 < old_size <= new_size.
        NotVerified: `tile-missing`.
    """
    if not 0 < old_size <= new_size:
        raise Misuse("proof-impossible", f"no proof leads from size {old_size} to size {new_size}")
    nodes, height, number = _Nodes(read_tile), 0, old_size - 1
    if old_size == new_size:
        return []
    while number & 1:  # the smallest peak of the old tree is where both trees still agree
        height, number = height + 1, number >> 1
    # The verifier has the old root: when that peak is the whole old tree, it is left out.
    start = [nodes.at(height, number)] if number else []
    return start + _siblings(nodes, height, number, new_size)


_TILES_AT_ONCE: Final = 4_096  # 64 MiB


class _Nodes:
    """The perfect subtrees of a stored log, for the length of one proof."""

    __slots__ = ("_read_tile", "_tiles")

    def __init__(self, read_tile: ReadTile) -> None:
        self._read_tile = read_tile
        self._tiles: dict[tuple[int, int], tuple[bytes, ...]] = {}

    def at(self, height: int, number: int) -> bytes:
        """Return the root of the `number`-th subtree of 2^height leaves."""
        level, rise = divmod(height, TILE_HEIGHT)
        tile_number, place = divmod(number, TILE_WIDTH >> rise)
        rows = self._tiles.get((level, tile_number))
        if rows is None or len(rows[rise]) < (place + 1) * HASH_BYTES:
            if len(self._tiles) >= _TILES_AT_ONCE:
                self._tiles.clear()  # proofs are made from left to right: what was read long ago is done with
            width = (place + 1) << rise
            rows = _rows(_read(self._read_tile, level, tile_number, width))
            self._tiles[level, tile_number] = rows
        return rows[rise][place * HASH_BYTES : (place + 1) * HASH_BYTES]


def _read(read_tile: ReadTile, level: int, number: int, width: int) -> bytes:
    tile = read_tile(level, number)
    if len(tile) < width * HASH_BYTES:
        have = len(tile) // HASH_BYTES
        raise NotVerified("tile-missing", f"tile {level}/{number} has {have} of {width} hashes")
    if len(tile) % HASH_BYTES or len(tile) > TILE_WIDTH * HASH_BYTES:
        raise FormatError("tile-malformed", f"tile {level}/{number} has {len(tile)} bytes")
    return tile


# Some 4 MiB at most. The key is the tile's whole content: a changed tile is never mistaken for its past.
@lru_cache(maxsize=256)
def _rows(tile: bytes) -> tuple[bytes, ...]:
    """Return the rows of nodes of a tile, from its own hashes to the two below its root."""
    rows = [tile]
    for _ in range(TILE_HEIGHT - 1):
        rows.append(pair_up(rows[-1]))
    return tuple(rows)


def _siblings(nodes: _Nodes, height: int, number: int, size: int) -> list[bytes]:
    """Return what stands beside the path from a perfect subtree up to the root of `size` leaves."""
    path, last = [], (size - 1) >> height
    while last:
        if number & 1:
            path.append(nodes.at(height, number - 1))
        elif number + 1 < last or (number + 1 == last and size & ((1 << height) - 1) == 0):
            path.append(nodes.at(height, number + 1))
        elif number + 1 == last:  # the ragged right edge: fold the peaks that it is made of
            path.append(fold(_peaks(nodes, size, height)))
        height, number, last = height + 1, number >> 1, last >> 1
    return path


def _peaks(nodes: _Nodes, size: int, height: int) -> list[bytes]:
    """Return the perfect subtrees lower than `height` at the right edge of `size` leaves, largest first."""
    return [nodes.at(bit, (size >> bit) - 1) for bit in reversed(range(height)) if size >> bit & 1]


def _require_sizes(size: int) -> None:
    if size < 0:
        raise Misuse("proof-impossible", f"no tree has {size} leaves")
