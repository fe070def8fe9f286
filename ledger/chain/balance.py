"""Balance: do all links of a ledger hang together, whatever its size, in constant memory?

Each link hands out one token, for its successor: (code, seq + 1, own hash, own place, custody after).
Each link that has a predecessor takes one in: (code, seq, prev, its place, custody before).
Each pack's row takes in the last one of its chain: (code, seq + 1, head, its place, custody).
A place is a seal and a position among its links: where whoever follows the chain will look.
Every chain is whole, unforked and ends where its pack's row says exactly when the tokens handed out are
those taken in. Both sides are summed as a multiset hash: a keyed hash of each token, added modulo 2^128,
with a key drawn for this run, so that nobody can have prepared a change that cancels out
(Blum et al., "Checking the correctness of memories"; Clarke et al., "Incremental multiset hash functions").

The sum says whether, not where; `ledger.audit` looks for the place only when it must.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

__all__ = ["Balance"]

_MODULUS: Final = 1 << 128


class Balance:
    """One side minus the other; zero when they agree."""

    def __init__(self, key: bytes, total: int = 0) -> None:
        self._keyed = blake2b(key=key, digest_size=16)
        self.total = total

    def token(self, code: str, seq: int, link: bytes, seal: int, position: int, custody: bytes) -> int:
        """Return the keyed hash of a token; the code holds no NUL byte, the other parts have fixed places."""
        hashed = self._keyed.copy()
        hashed.update(b"%s\0%d %d %d\0%s%s" % (code.encode(), seq, seal, position, link, custody))
        return int.from_bytes(hashed.digest(), "big")

    def add(self, amount: int) -> None:
        """Add a token handed out, or subtract one taken in."""
        self.total = (self.total + amount) % _MODULUS
