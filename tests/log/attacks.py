"""What tests of the log do to bytes, and what they expect."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ledger.errors import LedgerError
from ledger.log.keys import EDDSA, PrivateKey
from ledger.log.merkle import EMPTY_ROOT, leaf_hash, node_hash


def must_refuse(*codes: str, call: Callable[[], object]) -> LedgerError:
    """Expect that `call` raises a LedgerError with one of `codes`, and nothing else."""
    with pytest.raises(LedgerError) as caught:
        call()
    assert caught.value.code in codes, caught.value
    return caught.value


def flipped(data: bytes) -> Iterator[bytes]:
    """Yield `data` with each of its bits flipped in turn."""
    for at in range(len(data) * 8):
        mutant = bytearray(data)
        mutant[at // 8] ^= 1 << at % 8
        yield bytes(mutant)


def cut(data: bytes) -> Iterator[bytes]:
    """Yield every beginning of `data` that is shorter than it, and `data` with a byte too many."""
    yield from (data[:end] for end in range(len(data)))
    yield data + b"\0"
    yield data + data[-1:]


def private_key(number: int, alg: int = EDDSA) -> PrivateKey:
    """Return a fixed key, another for each number from 1."""
    return PrivateKey.from_seed(alg, number.to_bytes(32, "big"))


def leaves(count: int) -> list[bytes]:
    """Return `count` different leaf hashes, the same each time."""
    return [leaf_hash(number.to_bytes(4, "big")) for number in range(count)]


def naive_root(hashes: list[bytes]) -> bytes:
    """Return the root as RFC 9162 §2.1.1 defines it, by recursion."""
    if len(hashes) < 2:
        return hashes[0] if hashes else EMPTY_ROOT
    split = _split(len(hashes))
    return node_hash(naive_root(hashes[:split]), naive_root(hashes[split:]))


def naive_path(hashes: list[bytes], index: int) -> list[bytes]:
    """Return PATH(index, hashes) of RFC 9162 §2.1.3.1."""
    if len(hashes) == 1:
        return []
    split = _split(len(hashes))
    if index < split:
        return [*naive_path(hashes[:split], index), naive_root(hashes[split:])]
    return [*naive_path(hashes[split:], index - split), naive_root(hashes[:split])]


def naive_consistency(hashes: list[bytes], old_size: int, known: bool = True) -> list[bytes]:
    """Return SUBPROOF(old_size, hashes, known) of RFC 9162 §2.1.4.1."""
    if old_size == len(hashes):
        return [] if known else [naive_root(hashes)]
    split = _split(len(hashes))
    if old_size <= split:
        return [*naive_consistency(hashes[:split], old_size, known), naive_root(hashes[split:])]
    return [*naive_consistency(hashes[split:], old_size - split, False), naive_root(hashes[:split])]


def _split(count: int) -> int:
    return 1 << (count - 1).bit_length() - 1
