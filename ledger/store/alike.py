"""Packs that stand alike: rows of `pack` that differ in code, hash and position only.

What a shipment leaves behind is thousands of them. Said once, they are written by one statement that carries
little more than what differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from ledger.log.merkle import HASH_BYTES

__all__ = ["Alike"]


class Alike(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of `pack`, some of whose columns have one value.

    Attributes:
        codes: the packs, in the order of their newest links.
        heads: the hashes of those links, 32 bytes each, side by side.
        position: of the first of those links; the others follow it.
    """

    codes: Sequence[str]
    state: int
    holder: int
    parent: str | None
    seq: int
    heads: bytes
    seal: int
    position: int
    custody: bytes

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Iterate over them as whole rows."""
        for number, code in enumerate(self.codes):
            head = self.heads[HASH_BYTES * number : HASH_BYTES * (number + 1)]
            yield (
                code, self.state, self.holder, self.parent, self.seq, head, self.seal, self.position + number,
                self.custody,
            )  # fmt: skip
