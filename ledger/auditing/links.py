"""The links of one seal, made again from its pages and from the statements that it covers.

A link is a handful of values in columns; a country has hundreds of billions of them. So whole columns are
worked on at once, and what is asked of each single link (may this pack be here?) is asked only where
a statement names other packs than its links do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import chain, repeat
from operator import attrgetter
from struct import pack
from typing import Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from ledger.chain.balance import Balance, Tokens
from ledger.chain.link import SALT_BYTES, link_bytes, link_hash, salts_of
from ledger.chain.page import LinkPage
from ledger.codes import NATIONAL_URI, known_uri, national_digits
from ledger.custody.state import decode
from ledger.errors import NotVerified
from ledger.limits import PAGE_LINKS_MAX
from ledger.log.merkle import HASH_BYTES
from ledger.log.series import cut
from ledger.papers.paper import Paper

__all__ = ["Sealed", "link_hashes"]

_Column = npt.NDArray[np.int64]
_NUMBERS: Final = ("seqs", "prev_seals", "prev_positions", "befores", "afters")
_numbers_of: Final = attrgetter(*_NUMBERS)
_PAGES_AT_ONCE: Final = 16  # few enough links for a processor's cache, many enough that calls do not count


class Sealed(msgspec.Struct, gc=False):
    """A statement waiting for its seal: log index, leaf hash, salt; the packs, case and confidential part it names."""

    index: int
    leaf: bytes
    salt: bytes
    codes: list[str] = []
    parent: str | None = None
    recall: Paper | None = None
    confidential: bytes | None = None

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
    counts = _counts(pending, pages)
    salts = b"".join([salts_of(each.salt, count) for each, count in zip(pending, counts, strict=True) if count])
    leaves = b"".join([each.leaf * count for each, count in zip(pending, counts, strict=True)])
    hashes: list[bytes] = []
    for at in range(0, len(pages), _PAGES_AT_ONCE):
        for links in _columns(pages[at : at + _PAGES_AT_ONCE]):
            start, end = len(hashes), len(hashes) + len(links.codes)
            salted = salts[SALT_BYTES * start : SALT_BYTES * end], leaves[HASH_BYTES * start : HASH_BYTES * end]
            found = _hashes(links, *salted)
            _balance(balance, links, seal, start, found)
            hashes += found
    return hashes


def _counts(pending: Sequence[Sealed], pages: Sequence[LinkPage]) -> list[int]:
    """Return how many links each statement has; they are those of the packs that it names."""
    codes = list(chain.from_iterable(page.codes for page in pages))
    entries = list(chain.from_iterable(page.entries for page in pages))
    named = [each.codes if each.parent is None else each.named for each in pending]
    if codes == list(chain.from_iterable(named)):
        counts = list(map(len, named))
        if entries == list(chain.from_iterable(map(repeat, [each.index for each in pending], counts))):
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


class _Links(NamedTuple):
    """Links of some pages, in columns.

    Attributes:
        codes, prevs, custodies: as in `LinkPage`.
        digits: the codes as 20 bytes each, where all are national ones.
        seqs, prev_seals, prev_positions, befores, afters: the columns that are numbers.
    """

    codes: Sequence[str]
    digits: bytes | None
    prevs: bytes
    custodies: Sequence[bytes]
    seqs: _Column
    prev_seals: _Column
    prev_positions: _Column
    befores: _Column
    afters: _Column


def _columns(pages: Sequence[LinkPage]) -> Iterator[_Links]:
    """Yield the links of some pages: of all together, or of each page where not all codes are national ones."""
    codes = list(chain.from_iterable([page.codes for page in pages]))
    digits = national_digits(codes)
    if digits is None and len(pages) > 1:
        yield from chain.from_iterable(_columns([page]) for page in pages)
        return
    numbers = chain.from_iterable(chain.from_iterable(zip(*map(_numbers_of, pages), strict=True)))  # column by column
    data = np.frombuffer(pack(f"<{len(_NUMBERS) * len(codes)}q", *numbers), "<i8")  # faster than into an array
    seqs, prev_seals, prev_positions, befores, afters = data.reshape(len(_NUMBERS), -1)
    custodies = list(chain.from_iterable([page.custodies for page in pages]))
    firsts = np.cumsum([0, *(len(page.custodies) for page in pages[:-1])])
    first = np.repeat(firsts, list(map(len, pages)))  # of the custodies of a link's page
    befores, afters = np.where(befores < 0, befores, befores + first), afters + first
    prevs = b"".join([page.prevs for page in pages])
    yield _Links(codes, digits, prevs, custodies, seqs, prev_seals, prev_positions, befores, afters)


def _hashes(links: _Links, salts: bytes, leaves: bytes) -> list[bytes]:
    if links.digits is None:
        columns = zip(
            cut(salts, SALT_BYTES), links.seqs.tolist(), cut(links.prevs), cut(leaves), links.codes, strict=True
        )
        return [
            link_hash(link_bytes(salt, seq, prev, leaf, known_uri(code))) for salt, seq, prev, leaf, code in columns
        ]
    # 0x00 and the link bytes, in the order that ledger.chain.link has them: a row a link
    count = len(links.codes)
    seqs = links.seqs.astype(">u4").tobytes()
    parts = (bytes(count), salts, seqs, links.prevs, leaves, NATIONAL_URI * count, links.digits)
    rows = np.concatenate([np.frombuffer(each, np.uint8).reshape(count, -1) for each in parts], axis=1)
    return [sha256(row).digest() for row in cut(rows.tobytes(), rows.shape[1])]


def _balance(balance: Balance, links: _Links, seal: int, start: int, hashes: list[bytes]) -> None:
    """Hand out what links hand out, and take in what they take in."""
    count = len(links.codes)
    names = balance.names(links.codes) if links.digits is None else links.digits
    balance.hand_out(
        Tokens(
            names, links.seqs, b"".join(hashes), np.full(count, seal), np.arange(start, start + count),
            links.custodies, links.afters,
        )
    )  # fmt: skip
    goes_on = links.befores >= 0
    if not goes_on.all():
        _require_beginning(links, ~goes_on)
    if goes_on.any():
        balance.take_in(
            Tokens(
                names, links.seqs - 1, links.prevs, links.prev_seals, links.prev_positions,
                links.custodies, links.befores, None if goes_on.all() else goes_on,
            )
        )  # fmt: skip


def _require_beginning(links: _Links, begins: npt.NDArray[np.bool_]) -> None:
    """Require of links that begin a chain, and so take in nothing, that they say so."""
    prevs = np.frombuffer(links.prevs, np.uint8).reshape(-1, HASH_BYTES)
    middle = (links.seqs != 0) | (links.prev_seals != -1) | (links.prev_positions != -1) | prevs.any(axis=1)
    wrong = np.flatnonzero(middle & begins)
    if len(wrong):
        raise NotVerified("chain-broken", f"{links.codes[wrong[0]]} begins in the middle")
