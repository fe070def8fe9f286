"""Pages: up to 256 consecutive links of one seal in one row.

A country makes hundreds of billions of links a year. A row each, with an index by code, would cost three
times the bytes and most of the write time; so links are stored where they are made, in pages, and a pack's
chain is followed backwards from its head: each link says where its predecessor lies (seal and position).
Decision: docs/decisions/0003-links-in-pages.md.

A page is one MessagePack array of columns (docs/formats/link-page.md):

    0 codes          keys of the packs, in the order of the links
    1 entries        log index of each link's statement
    2 seqs           position of each link in its pack's chain
    3 prevs          previous link hashes, 32 bytes each, one run of bytes
    4 prev_seals     log index of the seal that holds the previous link; -1 at seq 0
    5 prev_positions the previous link's position among the links of that seal; -1 at seq 0
    6 befores        for each link, the index into `custodies` before the event; -1 for none
    7 afters         for each link, the index into `custodies` after it
    8 custodies      the distinct custody values, encoded
    9 anomalies      pairs [index of the link in this page, [names]]

The seal commits to every page (`pagesRoot`), so what the ledger judged at the time is sealed as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from ledger.errors import FormatError
from ledger.limits import PAGE_LINKS_MAX

__all__ = ["LinkPage", "PackedLink", "decode_page", "encode_page"]


_Seq = Annotated[int, Meta(ge=0, le=2**32 - 1)]  # four bytes of the link
_Number = Annotated[int, Meta(ge=-1, le=2**63 - 1)]


class PackedLink(msgspec.Struct, frozen=True):
    """One link as its page holds it; custody values are encoded, `before` is None at the first link."""

    code: str
    entry: int
    seq: int
    prev: bytes
    prev_seal: int
    prev_position: int
    before: bytes | None
    after: bytes
    anomalies: tuple[str, ...]


class LinkPage(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Columns of a page; see the module's docstring."""

    codes: Sequence[str]
    entries: Sequence[int]
    seqs: Sequence[_Seq]
    prevs: bytes
    prev_seals: Sequence[_Number]
    prev_positions: Sequence[_Number]
    befores: list[_Number]
    afters: list[_Seq]
    custodies: list[bytes]
    anomalies: list[tuple[int, tuple[str, ...]]]

    def __len__(self) -> int:
        return len(self.codes)

    def link(self, at: int) -> PackedLink:
        """Return the link at this place of the page."""
        return PackedLink(
            code=self.codes[at],
            entry=self.entries[at],
            seq=self.seqs[at],
            prev=self.prevs[32 * at : 32 * at + 32],
            prev_seal=self.prev_seals[at],
            prev_position=self.prev_positions[at],
            before=self.custodies[self.befores[at]] if self.befores[at] >= 0 else None,
            after=self.custodies[self.afters[at]],
            anomalies=next((names for index, names in self.anomalies if index == at), ()),
        )

    def links(self) -> Iterator[PackedLink]:
        """Iterate over the links in order."""
        return map(self.link, range(len(self)))


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(LinkPage).decode


def encode_page(page: LinkPage) -> bytes:
    """Return the stored bytes of a page."""
    return _encode(page)


def decode_page(data: bytes) -> LinkPage:
    """Read a stored page.

    Raises:
        FormatError: `page-malformed` when columns are missing, of unequal length, or point outside.
    """
    try:
        page = _decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError("page-malformed", str(error)) from None
    count = len(page.codes)
    columns = (page.entries, page.seqs, page.prev_seals, page.prev_positions, page.befores, page.afters)
    if not 1 <= count <= PAGE_LINKS_MAX:
        raise FormatError("page-malformed", f"{count} links")
    if any(len(column) != count for column in columns) or len(page.prevs) != 32 * count:
        raise FormatError("page-malformed", "columns of unequal length")
    distinct = len(page.custodies)
    if max(page.afters) >= distinct or max(page.befores) >= distinct:
        raise FormatError("page-malformed", "a custody value is missing")
    if any(not 0 <= at < count for at, _ in page.anomalies):
        raise FormatError("page-malformed", "an index points outside the page")
    return page
