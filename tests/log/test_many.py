"""One proof for many leaves: the same root as the tree's, no hash twice, and no other reading."""

from __future__ import annotations

import contextlib
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Misuse, NotVerified
from ledger.log.merkle import path_of, root_from_many, root_of
from ledger.log.tree import ReadTile, Tree, prove_many

LEAVES = [sha256(number.to_bytes(4, "big")).digest() for number in range(700)]


def tiles_of(size: int) -> ReadTile:
    """Return a reader of the tiles of a tree of the first leaves."""
    tree = Tree()
    tree.extend(LEAVES[:size])
    tiles = {(tile.level, tile.number): tile.hashes for tile in tree.take_tiles()}
    return lambda level, number: tiles.get((level, number), b"")


def must_refuse(indexes: list[int], leaves: list[bytes], size: int, path: list[bytes], root: bytes) -> None:
    """Require that these do not lead to the root."""
    found = None
    with contextlib.suppress(NotVerified):
        found = root_from_many(indexes, leaves, size, path)
    assert found != root


@given(st.data())
def test_any_leaves_of_any_tree_lead_to_its_root(data: st.DataObject) -> None:
    """The path has exactly the hashes that are needed; without one, with one more or another, nothing holds."""
    size = data.draw(st.integers(1, len(LEAVES)))
    indexes = sorted(data.draw(st.sets(st.integers(0, size - 1), min_size=1, max_size=40)))
    leaves, root = [LEAVES[at] for at in indexes], root_of(LEAVES[:size])
    path = prove_many(indexes, size, tiles_of(size))
    assert root_from_many(indexes, leaves, size, path) == root
    other = data.draw(st.integers(0, len(indexes) - 1))
    must_refuse(indexes, [*leaves[:other], bytes(32), *leaves[other + 1 :]], size, path, root)
    must_refuse(indexes, leaves, size, [*path, bytes(32)], root)
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        must_refuse(indexes, leaves, size, path[:at] + path[at + 1 :], root)
        must_refuse(indexes, leaves, size, [*path[:at], bytes(32), *path[at + 1 :]], root)
    if len(indexes) > 1:
        must_refuse(indexes[:-1], leaves[:-1], size, path, root)
        must_refuse(indexes, leaves[::-1], size, path, root)


def test_one_leaf_needs_what_a_plain_proof_needs() -> None:
    """The same hashes, from left to right."""
    for size in (1, 2, 3, 255, 256, 257, 700):
        for index in {0, size // 2, size - 1}:
            assert sorted(prove_many([index], size, tiles_of(size))) == sorted(path_of(LEAVES[:size], index))


def test_all_leaves_need_nothing() -> None:
    """Whoever has every leaf can make the root alone."""
    assert prove_many(list(range(300)), 300, tiles_of(300)) == []


@pytest.mark.parametrize("indexes", [[], [-1], [5], [3, 3], [3, 1]])
def test_leaves_that_cannot_be_proven_are_refused(indexes: list[int]) -> None:
    """None at all, outside the tree, twice, out of order."""
    with pytest.raises(Misuse, match="proof-impossible"):
        prove_many(indexes, 5, tiles_of(5))
    with pytest.raises(NotVerified, match="inclusion-proof-wrong"):
        root_from_many(indexes, [LEAVES[0]] * len(indexes), 5, [])
