"""Balance: do all links of a ledger hang together, whatever its size, in constant memory?

Each link hands out one token, for its successor: (code, seq + 1, own hash, own place, custody after).
Each link that has a predecessor takes one in: (code, seq, prev, its place, custody before).
Each pack's row takes in the last one of its chain: (code, seq + 1, head, its place, custody).
A place is a seal and a position among its links: where whoever follows the chain will look.
Every chain is whole, unforked and ends where its pack's row says exactly when the tokens handed out are
those taken in.

Tokens that were handed out a short while ago are kept, and cancel one by one when they are taken in. All
others are summed, on both sides, as a multiset hash: a keyed hash of each token, added modulo 2^256,
with a key drawn for this run, so that nobody can have prepared a change that cancels out
(Blum et al., "Checking the correctness of memories"; Clarke et al., "Incremental multiset hash functions").

The sum says whether, not where; `ledger.audit` looks for the place only when it must.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import sha256
from typing import Final

import msgspec

__all__ = ["Balance", "Token"]

_MODULUS: Final = 1 << 256
_KEPT_MAX: Final = 120_000  # tokens kept open, some 300 bytes each

Token = tuple[str, int, bytes, int, int, bytes]
"""(code, seq, link hash, seal, position, custody)."""

# MessagePack tells types and lengths, so that no two tokens have the same bytes.
_encode = msgspec.msgpack.Encoder().encode


class Balance:
    """One side minus the other; zero when they agree.

    Args:
        key: 32 secret bytes, the same for all balances that are added up.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._kept: set[Token] = set()
        self._total = 0

    @property
    def total(self) -> int:
        """Handed out minus taken in, as a multiset hash; what is kept is added, and kept no longer."""
        self.add(self._sum(self._kept))
        self._kept.clear()
        return self._total

    def add(self, amount: int) -> None:
        """Add the total of another part of the ledger."""
        self._total = (self._total + amount) % _MODULUS

    def hand_out(self, tokens: Collection[Token]) -> None:
        """Take note of tokens that links hand out."""
        fresh = set(tokens)
        if len(fresh) == len(tokens) and fresh.isdisjoint(self._kept):
            self._kept |= fresh
        else:  # a set would count two of the same as one
            self.add(self._sum(tokens))
        if len(self._kept) > _KEPT_MAX:
            self.add(self._sum(self._kept))
            self._kept.clear()

    def take_in(self, tokens: Collection[Token]) -> None:
        """Take note of tokens that links or packs' rows take in."""
        taken = set(tokens)
        if len(taken) == len(tokens):
            met = taken & self._kept
            self._kept -= met
            self.add(-self._sum(taken - met))
        else:
            self.add(-self._sum(tokens))

    def _sum(self, tokens: Iterable[Token]) -> int:
        key = self._key
        # SHA-256 behind a secret key of one length; nobody sees the hashes, so nobody can extend one.
        return sum([int.from_bytes(sha256(key + _encode(token)).digest(), "big") for token in tokens])
