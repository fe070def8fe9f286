"""The tree that is kept: the same roots and proofs as the definition, from tiles."""

from __future__ import annotations

import random
from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from ledger.log.merkle import root_of, verify_consistency, verify_inclusion
from ledger.log.tiles import width_at
from ledger.log.tree import Tile, Tree, prove_consistency, prove_inclusion, root_at
from tests.log.attacks import leaves, must_refuse, naive_consistency, naive_path, naive_root

LEAVES = leaves(70_000)


class Shelf:
    """Tiles in memory, as a store would keep them: a fuller tile replaces what it continues."""

    def __init__(self, tiles: Iterable[Tile] = ()) -> None:
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.put(tiles)

    def put(self, tiles: Iterable[Tile]) -> None:
        """Store tiles, and insist that each begins with what was stored of it before."""
        for level, number, hashes in tiles:
            assert hashes
            assert hashes.startswith(self.tiles.get((level, number), b""))
            self.tiles[level, number] = hashes

    def read(self, level: int, number: int) -> bytes:
        """Return what is stored of a tile."""
        return self.tiles.get((level, number), b"")


def grown(size: int) -> tuple[Tree, Shelf]:
    """Return the tree of the first `size` leaves and its tiles."""
    tree = Tree()
    tree.extend(LEAVES[:size])
    return tree, Shelf(tree.take_tiles())


def test_every_size_up_to_600() -> None:
    """A tree grown leaf by leaf has the defined root at each size, and can be loaded again there."""
    tree, shelf = Tree(), Shelf()
    for size in range(601):
        root = naive_root(LEAVES[:size])
        assert tree.root() == root
        assert tree.size == size
        shelf.put(tree.take_tiles())
        assert root_at(size, shelf.read) == Tree.load(size, shelf.read).root() == root
        tree.append(LEAVES[size])
    for size in range(601):
        assert root_at(size, shelf.read) == naive_root(LEAVES[:size])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 900), max_size=8), st.randoms(use_true_random=False))
def test_steps_do_not_matter(steps: list[int], chance: random.Random) -> None:
    """However a tree is grown, copied and loaded between steps, roots and tiles come out the same."""
    tree, shelf = Tree(), Shelf()
    for step in steps:
        new = LEAVES[tree.size : tree.size + step]
        forgotten = tree.copy()
        forgotten.extend(LEAVES[:300])
        if chance.random() < 0.5:
            tree.extend(iter(new))
        else:
            for leaf in new:
                tree.append(leaf)
        assert forgotten.size != tree.size or step == 300
        if chance.random() < 0.7:
            shelf.put(tree.take_tiles())
            assert tree.take_tiles() == []
            tree = Tree.load(tree.size, shelf.read)
    shelf.put(tree.take_tiles())
    whole, whole_shelf = grown(tree.size)
    assert tree.root() == whole.root() == root_of(LEAVES[: tree.size])
    assert shelf.tiles == whole_shelf.tiles


def test_a_copy_keeps_the_tiles_still_to_be_taken() -> None:
    """Growing a copy leaves the original as it was, and both give every changed tile once."""
    tree = Tree()
    tree.extend(LEAVES[:300])
    copy = tree.copy()
    copy.extend(LEAVES[300:600])
    assert [tile[:2] for tile in tree.take_tiles()] == [(0, 0), (0, 1), (1, 0)]
    assert [tile[:2] for tile in copy.take_tiles()] == [(0, 0), (0, 1), (0, 2), (1, 0)]
    assert tree.root() == root_of(LEAVES[:300])


def test_tiles_of_a_tree_of_70_000() -> None:
    """Widths are those of the C2SP tlog-tiles text: 273 full and 112 hashes, 1 full and 17, 1."""
    _, shelf = grown(70_000)
    widths = {place: len(hashes) // 32 for place, hashes in shelf.tiles.items()}
    assert len(widths) == 274 + 2 + 1
    last = [widths[place] for place in [(0, 272), (0, 273), (1, 0), (1, 1), (2, 0)]]
    assert last == [256, 112, 256, 17, 1]
    assert all(width == width_at(70_000, *place) for place, width in widths.items())
    assert shelf.tiles[1, 0][:32] == root_of(LEAVES[:256])
    assert shelf.tiles[2, 0] == root_of(LEAVES[:65_536])


def test_every_proof_up_to_60() -> None:
    """Proofs read from the tiles of a later, larger tree are those of the recursive definition."""
    _, shelf = grown(600)
    for size in range(1, 61):
        for index in range(size):
            assert prove_inclusion(index, size, shelf.read) == naive_path(LEAVES[:size], index)
            proof = prove_consistency(index + 1, size, shelf.read)
            assert proof == naive_consistency(LEAVES[:size], index + 1)


@settings(deadline=None)
@given(st.data())
def test_proofs_in_a_large_tree(data: st.DataObject) -> None:
    """Between any two sizes up to 70,000, proofs from tiles verify against roots that were computed apart."""
    new = data.draw(st.integers(1, 70_000))
    old = data.draw(st.integers(1, new))
    index = data.draw(st.integers(0, new - 1))
    new_root, old_root = root_of(LEAVES[:new]), root_of(LEAVES[:old])
    path = prove_inclusion(index, new, SHELF.read)
    verify_inclusion(LEAVES[index], index, new, path, new_root)
    verify_consistency(old, old_root, new, new_root, prove_consistency(old, new, SHELF.read))


_, SHELF = grown(70_000)


def test_pymerkle_agrees() -> None:
    """Another implementation comes to the same roots and inclusion paths."""
    theirs = InmemoryTree(algorithm="sha256")
    ours, shelf = Tree(), Shelf()
    for number in range(77):
        theirs.append_entry(number.to_bytes(4, "big"))
        ours.append(LEAVES[number])
        assert theirs.get_root() == ours.root()
    shelf.put(ours.take_tiles())
    for index in range(77):
        proof = theirs.prove_inclusion(index + 1, 77)  # pymerkle counts leaves from 1
        assert [bytes.fromhex(each) for each in proof.serialize()["path"]][1:] == prove_inclusion(
            index, 77, shelf.read
        )


def test_a_changed_leaf_gives_no_proof() -> None:
    """When a stored tile was edited, proofs across it lead to another root and do not verify."""
    tree, shelf = grown(600)
    tile = bytearray(shelf.tiles[0, 0])
    tile[5 * 32] ^= 1
    shelf.tiles[0, 0] = bytes(tile)
    path = prove_inclusion(4, 600, shelf.read)
    must_refuse(
        "inclusion-proof-wrong", call=lambda: verify_inclusion(LEAVES[4], 4, 600, path, tree.root())
    )


def test_a_forked_log_has_no_consistency_proof() -> None:
    """A log that rewrote one old leaf cannot prove that it extends its past, with all of its own tiles."""
    fork = Tree()
    fork.extend([*LEAVES[:100], LEAVES[999], *LEAVES[101:600]])
    shelf = Shelf(fork.take_tiles())
    for old in (101, 128, 256, 300):
        proof = prove_consistency(old, 600, shelf.read)
        must_refuse(
            "consistency-proof-wrong",
            call=lambda o=old, p=proof: verify_consistency(o, root_of(LEAVES[:o]), 600, fork.root(), p),
        )


def test_missing_and_broken_tiles_are_named() -> None:
    """A tile that is gone, short, or no row of hashes is named, and no proof is made of it."""
    _, shelf = grown(600)
    for place, stored in [((0, 2), b""), ((0, 2), shelf.tiles[0, 2][:32]), ((1, 0), b"")]:
        broken = Shelf()
        broken.tiles = {**shelf.tiles, place: stored}
        error = must_refuse("tile-missing", call=lambda b=broken: Tree.load(600, b.read))
        assert f"tile {place[0]}/{place[1]} " in error.detail
        must_refuse("tile-missing", call=lambda b=broken: root_at(600, b.read))
    for bad in (shelf.tiles[0, 0] + b"\0", shelf.tiles[0, 0] * 2):
        shelf.tiles[0, 0] = bad
        must_refuse("tile-malformed", call=lambda: prove_inclusion(3, 600, shelf.read))


def test_proofs_that_cannot_be() -> None:
    """Indexes outside the tree, sizes in the wrong order, hashes of other lengths: all are refused."""
    for index, size in ((5, 5), (-1, 5), (0, 0)):
        must_refuse("proof-impossible", call=lambda i=index, s=size: prove_inclusion(i, s, SHELF.read))
    for old, new in ((0, 5), (6, 5), (-2, 5)):
        must_refuse("proof-impossible", call=lambda o=old, n=new: prove_consistency(o, n, SHELF.read))
    must_refuse("proof-impossible", call=lambda: Tree.load(-1, SHELF.read))
    must_refuse("tile-missing", call=lambda: prove_inclusion(3, 2**62, SHELF.read))
    tree = Tree()
    must_refuse("hash-malformed", call=lambda: tree.append(b"short"))
    must_refuse("hash-malformed", call=lambda: tree.extend([b"a" * 31, b"b" * 33]))
    assert (tree.size, tree.take_tiles()) == (0, [])
