"""Balance: do all links of a ledger hang together, whatever its size, in constant memory?

Each link hands out one token, for its successor: (code, seq, own hash, own place, custody after).
Each link that has a predecessor takes one in: (code, seq - 1, prev, its place, custody before).
Each pack's row takes in the last one of its chain: (code, seq, head, its place, custody).
A place is a seal and a position among its links: where whoever follows the chain will look.
Every chain is whole, unforked and ends where its pack's row says exactly when the tokens handed out are
those taken in.

Both sides are summed as a multiset hash, a keyed hash of each token added up, whole columns at a time:

    token = 7 blocks of 16 bytes, B1 … B7       (of `_Side.extend`; every token has the same layout)
    hash  = P0(P1(B1) xor … xor P7(B7))         P0 … P7: AES-128 under eight keys of its own
    sum   = the hashes as integers, without modulus; twice, with two times eight keys

All keys follow from one that is drawn for this run, after the ledger was written, and of what they make nobody
sees anything. So whoever changes a ledger has to choose both sides without knowing them, and whatever was chosen,
two sides that differ have the same sum by chance alone. With P0 … P7 random permutations (AES is believed to
be no different to whoever lacks its key) and T different tokens that do not cancel, take one of these, t:
    another token has the same xor as t     at most 1 / (2^128 - 1) each, T / (2^128 - 1) for any: where they
                                            differ first, that permutation alone makes all differences alike
    else P0 gives t a value of its own      at most one of 2^128 - T makes the sides equal
Both sums are independent, so that a change passes by less than (T / 2^127)^2. Names that are no national codes
and custody values stand in the blocks as SHA-256 of key and value, of 20 and of 32 bytes: T / 2^160 and T / 2^256
more. For the 1.2 · 10^11 tokens of 6 · 10^10 links these are 2^-180, 2^-123 and 2^-219.
(Clarke et al., "Incremental multiset hash functions", MSet-Add-Hash; Black and Rogaway, "A block-cipher mode of
operation for parallelizable message authentication", for the xor.)

The sum says whether, not where; `ledger.audit` looks for the place only when it must.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256, shake_256
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

__all__ = ["Balance", "Tokens"]

Numbers = Sequence[int] | npt.NDArray[np.int64]
_Bytes = npt.NDArray[np.uint8]

_BLOCK_BYTES: Final = 16
_BLOCKS: Final = 7
_NAME_BYTES: Final = 20  # a national code stands for itself; they are nearly all
_TOKENS_AT_ONCE: Final = 4_096  # few enough for a processor's cache, many enough that calls do not count
_DIGESTS_MAX: Final = 4_096
_SUMS_APART: Final = 256  # bits; one sum has 128 and the logarithm of the number of tokens


class Tokens(NamedTuple):
    """Tokens in columns, one item of each column for a token.

    Attributes:
        names: of packs, 20 bytes each, side by side, as `Balance.names` gives them.
        seqs: position of the link in its chain, in 64 bits as all numbers here.
        hashes: link hashes, 32 bytes each, side by side.
        seals, positions: where the link is.
        custodies, custody_at: custody values, and for each token the index of its own.
        chosen: which tokens count; None for all.
    """

    names: bytes
    seqs: Numbers
    hashes: bytes
    seals: Numbers
    positions: Numbers
    custodies: Sequence[bytes]
    custody_at: Numbers
    chosen: npt.NDArray[np.bool_] | None = None


class Balance:
    """One side minus the other; zero when they agree.

    Args:
        key: 32 secret bytes, the same for all balances that are added up.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        hashes = [_Hash(key, number) for number in range(2)]
        self._out = _Side(key, hashes)
        self._in = _Side(key, hashes)
        self._others = 0

    @property
    def total(self) -> int:
        """Handed out minus taken in, as a multiset hash."""
        return self._others + self._out.total() - self._in.total()

    def names(self, codes: Sequence[str]) -> bytes:
        """Return 20 bytes for each code: one of so many stands for itself, others for their keyed hash."""
        text = "".join(codes)
        if len(text) == _NAME_BYTES * len(codes) and text.isascii() and set(map(len, codes)) <= {_NAME_BYTES}:
            return text.encode()
        names = [code.encode() for code in codes]
        return b"".join([
            name if len(name) == _NAME_BYTES else sha256(self._key + name).digest()[:_NAME_BYTES] for name in names
        ])

    def add(self, amount: int) -> None:
        """Add the total of another part of the ledger."""
        self._others += amount

    def hand_out(self, tokens: Tokens) -> None:
        """Take note of tokens that links hand out."""
        self._out.extend(tokens)

    def take_in(self, tokens: Tokens) -> None:
        """Take note of tokens that links or packs' rows take in."""
        self._in.extend(tokens)


class _Hash:
    """A keyed hash of many tokens at once, summed."""

    def __init__(self, key: bytes, number: int) -> None:
        keys = shake_256(key + bytes([number])).digest((1 + _BLOCKS) * _BLOCK_BYTES)
        self._last, *self._first = [
            # Each block on its own is what is wanted here: no mode but this one leaves them apart.
            Cipher(AES(keys[at : at + _BLOCK_BYTES]), ECB()).encryptor()  # noqa: S305
            for at in range(0, len(keys), _BLOCK_BYTES)
        ]

    def sum(self, blocks: _Bytes) -> int:
        """Return the sum over tokens in blocks, of shape (blocks, tokens, bytes of a block)."""
        size = blocks[0].nbytes
        room = np.empty(size + _BLOCK_BYTES - 1, np.uint8)
        encrypted = room[:size].view(np.uint64)
        mixed = np.zeros(size // 8, np.uint64)
        for encryptor, column in zip(self._first, blocks, strict=True):
            encryptor.update_into(column.data, room.data)
            mixed ^= encrypted
        self._last.update_into(mixed.view(np.uint8).data, room.data)
        words = room[:size].view("<u4").reshape(-1, 4).sum(axis=0, dtype=np.uint64)
        return sum(word << 32 * at for at, word in enumerate(words.tolist()))


class _Side:
    """Tokens of one side, summed as soon as there are many."""

    def __init__(self, key: bytes, hashes: Sequence[_Hash]) -> None:
        self._key = key
        self._hashes = hashes
        self._digests: dict[bytes, bytes] = {}
        self._waiting: list[_Bytes] = []
        self._count = 0
        self._total = 0

    def total(self) -> int:
        """Return the sum over all tokens."""
        if self._waiting:
            rows = np.concatenate(self._waiting).reshape(-1, _BLOCKS, _BLOCK_BYTES)
            self._waiting, self._count = [], 0
            for start in range(0, len(rows), _TOKENS_AT_ONCE):
                blocks = np.ascontiguousarray(rows[start : start + _TOKENS_AT_ONCE].transpose(1, 0, 2))
                sums = [each.sum(blocks) for each in self._hashes]
                self._total += sum(each << _SUMS_APART * at for at, each in enumerate(sums))
        return self._total

    def extend(self, tokens: Tokens) -> None:
        """Add tokens: a row of seven blocks for each, of which the last four bytes are zero."""
        numbers = np.empty((len(tokens.names) // _NAME_BYTES, 3), "<i8")
        for at, column in enumerate((tokens.seqs, tokens.seals, tokens.positions)):
            numbers[:, at] = column
        digests = np.frombuffer(b"".join(map(self._digest, tokens.custodies)), np.uint8).reshape(-1, 32)
        columns = (
            np.frombuffer(tokens.hashes, np.uint8).reshape(-1, 32),
            digests.take(np.asarray(tokens.custody_at, np.int64), axis=0),
            numbers.view(np.uint8),
            np.frombuffer(tokens.names, np.uint8).reshape(-1, _NAME_BYTES),
            np.zeros((len(numbers), 4), np.uint8),
        )
        rows = np.concatenate(columns, axis=1)
        self._waiting.append(rows if tokens.chosen is None else rows[tokens.chosen])
        self._count += len(self._waiting[-1])
        if self._count >= _TOKENS_AT_ONCE:
            self.total()

    def _digest(self, custody: bytes) -> bytes:
        """Return the keyed hash of a custody value; the same few come page after page."""
        found = self._digests.get(custody)
        if found is None:
            if len(self._digests) >= _DIGESTS_MAX:
                self._digests.clear()
            found = self._digests[custody] = sha256(self._key + custody).digest()
        return found
