"""Roots, paths and the two verifications of RFC 9162."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import LedgerError
from ledger.log.merkle import (
    EMPTY_ROOT,
    leaf_hash,
    path_of,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from tests.log.attacks import flipped, leaves, must_refuse, naive_consistency, naive_path, naive_root

LEAVES = leaves(600)

# The tree that implementations of certificate transparency share: eight entries, the root of each size.
ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_known_roots() -> None:
    """The roots that other implementations publish are ours too, from the empty tree on."""
    hashes = [leaf_hash(bytes.fromhex(entry)) for entry in ENTRIES]
    assert [root_of(hashes[:size]).hex() for size in range(9)] == ROOTS
    assert EMPTY_ROOT.hex() == ROOTS[0]


def test_a_root_is_what_the_rfc_defines() -> None:
    """Every size up to 600 has the root of the recursive definition, read from a list or a stream."""
    for size in range(601):
        assert root_of(iter(LEAVES[:size])) == naive_root(LEAVES[:size])


def test_every_path_is_what_the_rfc_defines() -> None:
    """Every leaf of every tree up to 40 leaves has the recursive path, and it verifies."""
    for size in range(1, 41):
        root = root_of(LEAVES[:size])
        for index in range(size):
            path = path_of(LEAVES[:size], index)
            assert path == naive_path(LEAVES[:size], index)
            verify_inclusion(LEAVES[index], index, size, path, root)


def test_every_consistency_proof_of_the_rfc_verifies() -> None:
    """Every recursive proof between any two sizes up to 40 verifies."""
    for new in range(1, 41):
        for old in range(1, new + 1):
            proof = naive_consistency(LEAVES[:new], old)
            verify_consistency(old, root_of(LEAVES[:old]), new, root_of(LEAVES[:new]), proof)


SIZE_INDEX_OTHER = st.integers(1, 300).flatmap(
    lambda size: st.tuples(st.just(size), st.integers(0, size - 1), st.integers(0, 299))
)


@given(SIZE_INDEX_OTHER)
def test_a_leaf_is_at_one_place_only(case: tuple[int, int, int]) -> None:
    """In a tree of known size, a path verifies neither for another index nor for another leaf."""
    size, index, other = case
    root, path = root_of(LEAVES[:size]), path_of(LEAVES[:size], index)
    verify_inclusion(LEAVES[index], index, size, path, root)
    if other != index:
        must_refuse(
            "inclusion-proof-wrong", call=lambda: verify_inclusion(LEAVES[index], other, size, path, root)
        )
        must_refuse(
            "inclusion-proof-wrong", call=lambda: verify_inclusion(LEAVES[other], index, size, path, root)
        )


def test_a_path_proves_only_what_it_was_made_for() -> None:
    """Flipped bits, missing, doubled, swapped and longer hashes are refused, and the index is named."""
    size, index = 13, 6
    root, path = root_of(LEAVES[:size]), path_of(LEAVES[:size], index)
    joined = b"".join(path)
    mutants = [[mutant[at : at + 32] for at in range(0, len(mutant), 32)] for mutant in flipped(joined)]
    mutants += [path[:-1], path[1:], [*path, path[-1]], path[::-1], [path[0] + b"\0", *path[1:]], []]
    mutants += [[path[0][:31], *path[1:]], path * 20]
    for mutant in mutants:
        error = must_refuse(
            "inclusion-proof-wrong",
            call=lambda m=mutant: verify_inclusion(LEAVES[index], index, size, m, root),
        )
        assert error.index == index


def test_a_node_cannot_pose_as_a_leaf() -> None:
    """The two hashes under a root do not make a two-leaf tree of inner nodes: leaves are hashed apart."""
    root, path = root_of(LEAVES[:4]), path_of(LEAVES[:4], 0)
    forged = leaf_hash(LEAVES[0] + LEAVES[1])
    must_refuse("inclusion-proof-wrong", call=lambda: verify_inclusion(forged, 0, 2, path[1:], root))


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (5, 5), (-1, 5), (-5, 5), (2**70, 5)])
def test_no_proof_outside_the_tree(index: int, size: int) -> None:
    """An index that the tree does not have is refused whatever the path."""
    for path in ([], LEAVES[:3]):
        must_refuse(
            "inclusion-proof-wrong",
            call=lambda p=path: verify_inclusion(LEAVES[0], index, size, p, LEAVES[0]),
        )


def test_no_place_before_the_first_leaf() -> None:
    """Shifting -1 never reaches 0, so a walk from it fits the last leaf of a perfect tree: it is refused."""
    root, path = root_of(LEAVES[:4]), path_of(LEAVES[:4], 3)
    must_refuse("inclusion-proof-wrong", call=lambda: verify_inclusion(LEAVES[3], -1, 4, path, root))


def test_a_consistency_proof_is_for_its_sizes() -> None:
    """A proof to size 2 under the name of size 4 leads to the right hashes, and is refused for its length."""
    one, two = root_of(LEAVES[:1]), root_of(LEAVES[:2])
    verify_consistency(1, one, 2, two, [LEAVES[1]])
    must_refuse("consistency-proof-wrong", call=lambda: verify_consistency(1, one, 4, two, [LEAVES[1]]))


def test_a_consistency_proof_proves_only_what_it_was_made_for() -> None:
    """Any flipped bit in either root or the proof, and any hash too few or too many, is refused."""
    for old, new in ((8, 13), (6, 13), (1, 2), (7, 8), (5, 600)):
        proof = naive_consistency(LEAVES[:new], old)
        given = [root_of(LEAVES[:old]), root_of(LEAVES[:new]), *proof]
        verify_consistency(old, given[0], new, given[1], proof)
        mutants = [[m[at : at + 32] for at in range(0, len(m), 32)] for m in flipped(b"".join(given))]
        mutants += [given[:-1], [*given, given[-1]], [given[1], given[0], *proof]]
        mutants += [[given[0] + b"\0", *given[1:]]]
        for a, b, *rest in mutants:
            must_refuse(
                "consistency-proof-wrong",
                call=lambda a=a, b=b, rest=rest, old=old, new=new: verify_consistency(old, a, new, b, rest),
            )


def test_sizes_that_no_consistency_proof_joins() -> None:
    """From nothing, backward, and between two trees of one size: only a tree and itself are consistent."""
    root, other = root_of(LEAVES[:5]), root_of(LEAVES[1:6])
    verify_consistency(5, root, 5, root, [])
    for old, old_root, new, proof in (
        (0, EMPTY_ROOT, 5, []),
        (6, root, 5, []),
        (-1, root, 5, []),
        (5, other, 5, []),
        (5, root, 5, [other]),
        (4, root, 5, []),
    ):
        must_refuse(
            "consistency-proof-wrong",
            call=lambda o=old, r=old_root, n=new, p=proof: verify_consistency(o, r, n, root, p),
        )


def test_hashes_of_other_lengths_are_refused() -> None:
    """Two wrong lengths that add up to two right ones do not slip through a joined row."""
    for pair in ([b"a" * 31, b"b" * 33], [b"", b"b" * 64], [b"a" * 32, b"b" * 31]):
        must_refuse("hash-malformed", call=lambda p=pair: root_of(p))
        must_refuse("hash-malformed", call=lambda p=pair: path_of(p, 0))
    must_refuse("proof-impossible", call=lambda: path_of(LEAVES[:3], 3))


@given(st.integers(), st.integers(), st.lists(st.binary(max_size=40), max_size=70), st.binary(max_size=40))
def test_nonsense_is_refused_in_words(index: int, size: int, path: list[bytes], value: bytes) -> None:
    """Whatever the numbers and bytes, verification ends in one of our own errors."""
    with pytest.raises(LedgerError):
        verify_inclusion(value, index, size, path, b"\0" * 32)
    with pytest.raises(LedgerError):
        verify_consistency(index, value, size, b"\0" * 32, path)
