"""The links of one transaction: made when all is judged, hashed, and laid out in pages.

A shipment makes ten thousand links at once, so no object is made for a single one: links are columns, and the
i-th element of each column belongs to the i-th link of the seal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import pairwise, repeat
from typing import Final

from ledger.chain.link import SALT_BYTES, ZERO_HASH, salts_of
from ledger.chain.page import LinkPage, encode_page
from ledger.codes import known_uris
from ledger.custody.state import Custody
from ledger.limits import PAGE_LINKS_MAX
from ledger.log.merkle import root_of
from ledger.store.packs import Alike, HeadRow

__all__ = ["FIRST", "Links"]

FIRST: Final[HeadRow] = ("", -1, ZERO_HASH, -1, -1, b"")
"""What a pack's first link continues."""

# So many links are made at a time: the database works on their packs while the next are made.
_RUN_LINKS: Final = 10 * PAGE_LINKS_MAX


class Links:
    """Collects links, statement by statement; then makes them.

    Attributes:
        codes: the pack of each link.
        hashes: of each link, once they are made.
    """

    def __init__(self) -> None:
        self.codes: list[str] = []
        self.hashes: list[bytes] = []
        self._entries: list[int] = []
        self._leaves: list[bytes] = []
        self._salts: list[bytes] = []
        self._befores: list[bytes | None] = []
        self._afters: list[bytes] = []
        self._seqs: list[int] = []
        self._prevs: list[bytes] = []
        self._prev_seals: list[int] = []
        self._prev_positions: list[int] = []
        self._names: dict[int, tuple[str, ...]] = {}
        self._newest: dict[str, int] = {}  # the place of each pack's newest link, of those made
        self._pages: list[tuple[bytes, bytes]] = []
        self._seal = -1

    def add(
        self,
        statement: tuple[int, bytes, bytes],
        codes: Collection[str],
        befores: Sequence[bytes | None],
        afters: Sequence[bytes],
    ) -> None:
        """Add the links of a statement, given as its log index, leaf hash and salt; one for each code, in order.

        Args:
            statement: log index, leaf hash, salt.
            codes: the packs.
            befores, afters: each pack's custody, encoded, before and after; None before its first link.
        """
        index, leaf, salt = statement
        count = len(codes)
        self.codes.extend(codes)
        self._entries.extend(repeat(index, count))
        self._leaves.extend(repeat(leaf, count))
        self._salts.append(salts_of(salt, count))
        self._befores.extend(befores)
        self._afters.extend(afters)

    def name(self, position: int, anomalies: tuple[str, ...]) -> None:
        """Say what was wrong with the link at this position."""
        self._names[position] = anomalies

    def make(self, heads: Mapping[str, HeadRow], seal: int) -> Iterator[tuple[int, int]]:
        """Hash every link onto its pack's newest one; iterate over (start, end) of what is made, as it is made.

        Args:
            heads: the newest links of these packs in the store.
            seal: the log index of the seal over the links.
        """
        self._seal = seal
        salts = b"".join(self._salts)
        for start, end in self._runs():
            codes = self.codes[start:end]
            _, seqs, prevs, prev_seals, prev_positions, _ = zip(*self._continued(codes, heads), strict=True)
            self._seqs += [seq + 1 for seq in seqs]
            # Link bytes as ledger.chain.link has them, in one concatenation.
            self.hashes += [
                sha256(b"\0" + salts[at : at + SALT_BYTES] + seq.to_bytes(4, "big") + prev + leaf + uri).digest()
                for at, seq, prev, leaf, uri in zip(
                    range(SALT_BYTES * start, SALT_BYTES * end, SALT_BYTES), self._seqs[start:end], prevs,
                    self._leaves[start:end], known_uris(codes), strict=True,
                )
            ]  # fmt: skip
            self._prevs += prevs
            self._prev_seals += prev_seals
            self._prev_positions += prev_positions
            self._newest.update(zip(codes, range(start, end), strict=True))
            yield start, end
            self._lay_out(end // PAGE_LINKS_MAX)

    def _runs(self) -> Iterator[tuple[int, int]]:
        """Cut where a run is long enough, and where a pack comes again: that link hangs on the one before."""
        start = 0
        seen: set[str] = set()
        for at, code in enumerate(self.codes):
            if at - start == _RUN_LINKS or code in seen:
                yield start, at
                start = at
                seen.clear()
            seen.add(code)
        if seen:
            yield start, len(self.codes)

    def _continued(self, codes: Sequence[str], heads: Mapping[str, HeadRow]) -> list[HeadRow]:
        """Return what the next link of each of these packs continues."""
        if self._newest.keys().isdisjoint(codes):
            return [heads.get(code, FIRST) for code in codes]
        return [self._made(code) if code in self._newest else heads.get(code, FIRST) for code in codes]

    def _made(self, code: str) -> HeadRow:
        at = self._newest[code]
        return code, self._seqs[at], self.hashes[at], self._seal, at, self._afters[at]

    def alike(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Cut a run of links where the packs' rows begin to differ in more than code, hash and position."""
        rows = zip(self._afters[start:end], self._seqs[start:end], strict=True)
        for at, (row, following) in enumerate(pairwise(rows), start + 1):
            if row != following:
                yield start, at
                start = at
        yield start, end

    def stand(self, start: int, end: int, custody: Custody) -> Alike:
        """Return the packs of these links, which stand alike."""
        return Alike(
            codes=self.codes[start:end],
            state=int(custody.state),
            holder=custody.holder,
            parent=custody.parent,
            seq=self._seqs[start],
            heads=b"".join(self.hashes[start:end]),
            seal=self._seal,
            position=start,
            custody=self._afters[start],
        )

    def after(self, at: int) -> bytes:
        """Return the custody, encoded, after the link at this place."""
        return self._afters[at]

    def newest(self, codes: Iterable[str]) -> Iterator[HeadRow]:
        """Iterate over the newest links of these packs, each of which has one here."""
        return map(self._made, codes)

    def pages(self) -> list[tuple[bytes, bytes]]:
        """Return (root, page) for each page of the links made.

        Link hashes are RFC 6962 leaf hashes, and a page holds a power of two of them, so the root over the
        pages' roots is the root over the links.
        """
        self._lay_out(-(-len(self.hashes) // PAGE_LINKS_MAX))
        return self._pages

    def _lay_out(self, count: int) -> None:
        """Lay so many pages out, if they are not yet."""
        for start in range(PAGE_LINKS_MAX * len(self._pages), PAGE_LINKS_MAX * count, PAGE_LINKS_MAX):
            self._pages.append((root_of(self.hashes[start : start + PAGE_LINKS_MAX]), self._page(start)))

    def _page(self, start: int) -> bytes:
        end = min(start + PAGE_LINKS_MAX, len(self.hashes))
        befores, afters, names = self._befores[start:end], self._afters[start:end], self._names
        custodies = [data for data in dict.fromkeys([*befores, *afters]) if data is not None]
        place: dict[bytes | None, int] = {data: number for number, data in enumerate(custodies)}
        place[None] = -1
        return encode_page(
            LinkPage(
                codes=self.codes[start:end],
                entries=self._entries[start:end],
                seqs=self._seqs[start:end],
                prevs=b"".join(self._prevs[start:end]),
                prev_seals=self._prev_seals[start:end],
                prev_positions=self._prev_positions[start:end],
                befores=[place[data] for data in befores],
                afters=[place[data] for data in afters],
                custodies=custodies,
                anomalies=[(at - start, names[at]) for at in range(start, end) if at in names] if names else [],
            )
        )
