"""The links of one seal, made again from its pages and from the statements that it covers.

A link is a handful of values in columns; a country has hundreds of billions of them. So whole columns are
worked on at once, and what is asked of each single link (may this pack be here?) is asked only where
a statement names other packs than its links do.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from itertools import repeat

import msgspec

from ledger.chain.balance import Balance, Token
from ledger.chain.link import SALT_BYTES, ZERO_HASH, salts_of
from ledger.chain.page import LinkPage
from ledger.codes import known_uri
from ledger.custody.state import decode
from ledger.errors import NotVerified
from ledger.limits import PAGE_LINKS_MAX
from ledger.papers.paper import Paper

__all__ = ["Sealed", "link_hashes"]


class Sealed(msgspec.Struct, gc=False):
    """A statement waiting for its seal: log index, leaf hash, salt, the packs and the case that it names."""

    index: int
    leaf: bytes
    salt: bytes
    codes: list[str] = []
    parent: str | None = None
    recall: Paper | None = None

    @property
    def named(self) -> list[str]:
        """The packs and the case, ascending: each has a link."""
        return self.codes if self.parent is None else sorted({*self.codes, self.parent})


def link_hashes(balance: Balance, pending: Sequence[Sealed], seal: int, pages: Sequence[LinkPage]) -> list[bytes]:
    """Return the hashes of a seal's links, in order; their tokens go into the balance.

    Args:
        balance: of the stretch.
        pending: the statements that the seal covers, in order.
        seal: its log index.
        pages: its pages, in order.

    Raises:
        NotVerified: `links-altered` when a statement lacks a link or has one too many, `chain-broken` when
            a chain begins in the middle.
    """
    salts: list[bytes] = []
    leaves: list[bytes] = []
    for sealed, count in zip(pending, _counts(pending, pages), strict=True):
        if count:
            run = salts_of(sealed.salt, count)
            salts += [run[at : at + SALT_BYTES] for at in range(0, len(run), SALT_BYTES)]
            leaves += [sealed.leaf] * count
    hashes: list[bytes] = []
    for page in pages:
        start, end = len(hashes), len(hashes) + len(page)
        found = _hashes(page, salts[start:end], leaves[start:end])
        balance.hand_out(_handed_out(page, seal, start, found))
        balance.take_in(_taken_in(page))
        hashes += found
    return hashes


def _counts(pending: Sequence[Sealed], pages: Sequence[LinkPage]) -> list[int]:
    """Return how many links each statement has; they are those of the packs that it names."""
    codes = [code for page in pages for code in page.codes]
    entries = [entry for page in pages for entry in page.entries]
    named = [sealed.named for sealed in pending]
    if codes == [code for some in named for code in some]:
        counts = list(map(len, named))
        if entries == [each.index for each, count in zip(pending, counts, strict=True) for _ in range(count)]:
            return counts
    counts = []
    start = 0
    for sealed in pending:
        end = start
        while end < len(entries) and entries[end] == sealed.index:
            end += 1
        _require_packs(sealed, codes[start:end], start, pages)
        counts.append(end - start)
        start = end
    if start != len(entries):
        raise NotVerified("links-altered", "a link of no statement")
    return counts


def _require_packs(sealed: Sealed, codes: list[str], start: int, pages: Sequence[LinkPage]) -> None:
    """Require a link for each pack that the statement names, and for no other but what lay in a case of its."""
    named = set(sealed.named)
    if codes == sealed.named:
        return
    if named - set(codes) or sorted(set(codes)) != codes:
        raise NotVerified("links-altered", "a pack that the statement names has no link", index=sealed.index)
    known = set(codes)
    for at, code in enumerate(codes, start):
        if code in named:
            continue
        before = pages[at // PAGE_LINKS_MAX].link(at % PAGE_LINKS_MAX).before
        if before is None or decode(before).parent not in known:
            raise NotVerified("links-altered", "a pack outside the case has a link", index=sealed.index)


def _hashes(page: LinkPage, salts: list[bytes], leaves: list[bytes]) -> list[bytes]:
    seqs = [seq.to_bytes(4, "big") for seq in page.seqs]
    uris = [known_uri(code).encode() for code in page.codes]
    # 0x00 and the link bytes, in the order that ledger.chain.link has them
    columns = zip(repeat(b"\0"), salts, seqs, _prevs(page), leaves, uris, strict=False)
    return [sha256(b"".join(parts)).digest() for parts in columns]


def _prevs(page: LinkPage) -> list[bytes]:
    return [page.prevs[at : at + 32] for at in range(0, len(page.prevs), 32)]


def _handed_out(page: LinkPage, seal: int, start: int, hashes: list[bytes]) -> list[Token]:
    custodies = page.custodies
    places = range(start, start + len(hashes))
    afters = [custodies[after] for after in page.afters]
    return list(zip(page.codes, [seq + 1 for seq in page.seqs], hashes, repeat(seal), places, afters, strict=False))


def _taken_in(page: LinkPage) -> list[Token]:
    custodies = page.custodies
    befores = [custodies[before] for before in page.befores]  # -1 is any value: no chain goes on from there
    tokens: list[Token] = list(
        zip(page.codes, page.seqs, _prevs(page), page.prev_seals, page.prev_positions, befores, strict=True)
    )
    if min(page.befores) >= 0:
        return tokens
    for (code, *beginning, _), before in zip(tokens, page.befores, strict=True):
        if before < 0 and beginning != [0, ZERO_HASH, -1, -1]:
            raise NotVerified("chain-broken", f"{code} begins in the middle")
    return [token for token, before in zip(tokens, page.befores, strict=True) if before >= 0]
