"""The Merkle tree of RFC 6962 and RFC 9162: hashes, roots of small trees, and the two verifications.

    root_of([a, b, c])          node(node(a, b), c)     a, b, c are leaf hashes
    path_of([a, b, c], 2)       [node(a, b)]            the siblings from the leaf to the root

A tree of n leaves splits at the largest power of two below n (RFC 9162 §2.1.1). A leaf hash is
SHA-256(0x00 || entry), a node SHA-256(0x01 || left || right), so no node can pose as a leaf.
Every hash here is 32 `bytes`. A tree that is kept and grows is `ledger.log.tree`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import islice, pairwise
from struct import Struct
from typing import Final, NoReturn

from ledger.errors import FormatError, Misuse, NotVerified
from ledger.limits import PROOF_HASHES_MAX

__all__ = [
    "EMPTY_ROOT",
    "HASH_BYTES",
    "TILE_WIDTH",
    "fold",
    "joined",
    "leaf_hash",
    "node_hash",
    "pair_up",
    "path_of",
    "require_hash",
    "root_from_many",
    "root_from_path",
    "root_of",
    "verify_consistency",
    "verify_inclusion",
]

HASH_BYTES: Final = 32
TILE_WIDTH: Final = 256  # C2SP tlog-tiles: tiles are eight levels high, so hashes are worked on 256 at a time
EMPTY_ROOT: Final = sha256(b"").digest()
_NODE: Final = sha256(b"\x01")
_PAIRS: Final = Struct("64s").iter_unpack


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of the leaf that holds `data` (RFC 9162 §2.1.1)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above two subtrees (RFC 9162 §2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def require_hash(value: bytes) -> None:
    """Refuse anything but 32 bytes: a longer "hash" would let two trees share one root.

    Raises:
        FormatError: `hash-malformed`.
    """
    if len(value) != HASH_BYTES:
        raise FormatError("hash-malformed", f"a SHA-256 hash has 32 bytes, not {len(value)}")


def pair_up(row: bytes) -> bytes:
    """Return the row of nodes above `row`; both are hashes written side by side, and an odd last one waits.

    A hash that has the prefix in it already is copied in less time than a new one is begun.
    """
    nodes = []
    begun = _NODE.copy
    for (pair,) in _PAIRS(row[: len(row) // 64 * 64]):
        node = begun()
        node.update(pair)
        nodes.append(node.digest())
    return b"".join(nodes)


def fold(peaks: Sequence[bytes]) -> bytes:
    """Return the root above `peaks`, the perfect subtrees of a tree from the left (largest) to the right."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return the root of the tree over `leaf_hashes`, in one pass and O(log n) memory.

    Raises:
        FormatError: `hash-malformed` when one of them is not 32 bytes.
    """
    peaks: list[bytes] = []
    size = 0
    source = iter(leaf_hashes)
    while chunk := list(islice(source, TILE_WIDTH)):
        row = joined(chunk)
        if len(chunk) == TILE_WIDTH:
            while len(row) > HASH_BYTES:
                row = pair_up(row)
            _push(peaks, size // TILE_WIDTH, row)
        else:
            for offset, leaf in enumerate(chunk):
                _push(peaks, size + offset, leaf)
        size += len(chunk)
    return fold(peaks)


def joined(hashes: Sequence[bytes]) -> bytes:
    """Return `hashes` side by side, each of them found to be 32 bytes.

    Raises:
        FormatError: `hash-malformed`.
    """
    if set(map(len, hashes)) - {HASH_BYTES}:
        for value in hashes:
            require_hash(value)
    return b"".join(hashes)


def _push(peaks: list[bytes], count: int, root: bytes) -> None:
    """Add the `count`-th subtree of its height; as in a sum, each low set bit of `count` carries."""
    while count & 1:
        root = node_hash(peaks.pop(), root)
        count >>= 1
    peaks.append(root)


def path_of(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Return the inclusion path of leaf `index` in the small tree over `leaf_hashes` (RFC 9162 §2.1.3.1).

    Raises:
        Misuse: `proof-impossible` when the tree has no such leaf.
        FormatError: `hash-malformed`.
    """
    if not 0 <= index < len(leaf_hashes):
        raise Misuse("proof-impossible", f"no leaf {index} in a tree of {len(leaf_hashes)}")
    row, path = joined(leaf_hashes), []
    while len(row) > HASH_BYTES:
        sibling = row[(index ^ 1) * HASH_BYTES : ((index ^ 1) + 1) * HASH_BYTES]
        if sibling:
            path.append(sibling)
        # An odd last node has no pair: it rises unchanged until it finds one.
        alone = row[-HASH_BYTES:] if len(row) % 64 else b""
        row, index = pair_up(row) + alone, index >> 1
    return path


def root_from_path(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that `path` leads to from leaf `index` of a tree of `size` leaves (RFC 9162 §2.1.3.2).

    Raises:
        NotVerified: `inclusion-proof-wrong` when the path cannot belong to that place, with the log index.
    """

    def fail(why: str) -> NoReturn:
        raise NotVerified("inclusion-proof-wrong", why, index=index)

    if len(path) > PROOF_HASHES_MAX or any(len(value) != HASH_BYTES for value in (leaf_hash, *path)):
        fail("a hash is not 32 bytes, or there are too many")
    # 1. Compare leaf_index with tree_size: a leaf outside the tree has no proof.
    if not 0 <= index < size:
        fail(f"no leaf {index} in a tree of {size}")
    # 2.-3. fn walks from the leaf, sn from the last leaf, r is the hash so far.
    fn, sn, r = index, size - 1, leaf_hash
    # 4. For each value p of the path:
    for p in path:
        # a. If sn is 0, the path goes on above the root.
        if sn == 0:
            fail("the path is too long")
        # b. If LSB(fn) is set or fn equals sn, p is a left sibling; then skip the levels without a sibling.
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        # c. Go up one level.
        fn, sn = fn >> 1, sn >> 1
    # 5. (first half) sn must have reached the root.
    if sn != 0:
        fail("the path is too short")
    return r


def root_from_many(
    indexes: Sequence[int], leaf_hashes: Sequence[bytes], size: int, path: Sequence[bytes]
) -> bytes:
    """Return the root that `path` leads to from many leaves of a tree of `size` leaves (`tree.prove_many`).

    The tree is walked from left to right: a subtree with none of the leaves takes its root from the path,
    all else is computed, so that a path has one reading only.

    Raises:
        NotVerified: `inclusion-proof-wrong` when the path cannot belong to these leaves, with a log index.
    """
    first_index = indexes[0] if indexes else 0

    def fail(why: str) -> NoReturn:
        raise NotVerified("inclusion-proof-wrong", why, index=first_index)

    if not indexes or len(indexes) != len(leaf_hashes) or indexes[0] < 0 or indexes[-1] >= size:
        fail(f"leaves that a tree of {size} does not have")
    if any(a >= b for a, b in pairwise(indexes)) or any(len(value) != HASH_BYTES for value in (*leaf_hashes, *path)):
        fail("leaves out of order, or a hash is not 32 bytes")
    given = iter(path)

    def root(start: int, end: int, first: int, last: int) -> bytes:
        if first == last:
            found = next(given, None)
            return fail("the path is too short") if found is None else found
        if end - start == 1:
            return leaf_hashes[first]
        # RFC 9162 §2.1.1: a tree splits at the largest power of two below its size.
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        cut = bisect_left(indexes, middle, first, last)
        return node_hash(root(start, middle, first, cut), root(middle, end, cut, last))

    found = root(0, size, 0, len(indexes))
    if next(given, None) is not None:
        fail("the path is too long")
    return found


def verify_inclusion(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Verify that leaf `index` of the tree with `size` leaves and `root` has this hash (RFC 9162 §2.1.3.2).

    Raises:
        NotVerified: `inclusion-proof-wrong`, with the log index.
    """
    # 5. (second half) Compare r with the root_hash.
    if root_from_path(leaf_hash, index, size, path) != root:
        raise NotVerified("inclusion-proof-wrong", "the path leads to another root", index=index)


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]
) -> None:
    """Verify that the new tree begins with every leaf of the old one, unchanged (RFC 9162 §2.1.4.2).

    A tree is consistent with itself by an empty path. From size 0 there is nothing to prove, and a proof
    of nothing is refused: whoever meets a log for the first time must know that it does.

    Raises:
        NotVerified: `consistency-proof-wrong`.
    """

    def fail(why: str) -> NoReturn:
        raise NotVerified("consistency-proof-wrong", why)

    hashes = (old_root, new_root, *path)
    if len(path) > PROOF_HASHES_MAX + 1 or any(len(value) != HASH_BYTES for value in hashes):
        fail("a hash is not 32 bytes, or there are too many")
    # RFC 9162 §2.1.4.2 takes 0 < first < second; first = second is the one case it leaves to the caller.
    if not 0 < old_size <= new_size:
        fail(f"no proof leads from size {old_size} to size {new_size}")
    if old_size == new_size:
        if path or old_root != new_root:
            fail("two trees of the same size differ")
        return
    # 1. An empty path proves nothing.
    if not path:
        fail("the path is empty")
    # 2. If first is an exact power of 2, then prepend first_hash to the path.
    first, *rest = path if old_size & (old_size - 1) else (old_root, *path)
    # 3.-4. fn and sn walk from the last leaves of both trees, past the levels where the old one is perfect.
    fn, sn = old_size - 1, new_size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    # 5. Set fr and sr to the first value.
    fr = sr = first
    # 6. For each subsequent value c:
    for c in rest:
        # a. If sn is 0, the path goes on above the root.
        if sn == 0:
            fail("the path is too long")
        # b. If LSB(fn) is set or fn equals sn, c stands to the left of both.
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        # c. Go up one level.
        fn, sn = fn >> 1, sn >> 1
    # 7. fr must be first_hash, sr second_hash, and sn 0.
    if fr != old_root or sr != new_root or sn != 0:
        fail("the path leads to other roots")
