"""Where a chain breaks: asked only when the balance of all chains says that one does.

Packs are spread over as many rounds as it takes for one round's packs to fit in memory; each round follows
its packs through all pages and compares where they end with their rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Final
from zlib import crc32

from ledger.chain.link import SALT_BYTES, ZERO_HASH, link_bytes, link_hash, salts_of
from ledger.chain.page import PackedLink, decode_page
from ledger.codes import uri_of
from ledger.errors import NotVerified
from ledger.store.database import Connection, Database
from ledger.store.log import get_entry
from ledger.store.packs import count_packs, packs_in_order, scan_pages

__all__ = ["find_break"]

_PACKS_A_ROUND: Final = 500_000

_End = tuple[int, bytes, bytes]
"""(seq, link hash, custody) of the newest link of a pack."""


def find_break(database: Database, connection: Connection, size: int) -> NotVerified:
    """Return the first fault in any pack's chain, as an error to raise."""
    rounds = -(-count_packs(connection) // _PACKS_A_ROUND) or 1
    faults = [fault for number in range(rounds) if (fault := _round(database, connection, size, number, rounds))]
    if not faults:
        return NotVerified("chain-broken", "the chains do not balance", index=max(size - 1, 0))
    return min(faults, key=lambda fault: fault.index or 0)


def _round(
    database: Database, connection: Connection, size: int, number: int, rounds: int
) -> NotVerified | None:
    ends: dict[str, _End] = {}
    places: dict[str, int] = {}
    for link, own in _links(database, connection, size):
        if crc32(link.code.encode()) % rounds != number:
            continue
        known = ends.get(link.code)
        before = (0, ZERO_HASH, None) if known is None else (known[0] + 1, known[1], known[2])
        if (link.seq, link.prev, link.before) != before:
            return NotVerified("chain-broken", link.code, index=link.entry)
        ends[link.code] = (link.seq, own, link.after)
        places[link.code] = link.entry
    for row in packs_in_order(connection):
        code, seq, head, seal, custody = row[0], row[4], row[5], row[6], row[8]
        if crc32(code.encode()) % rounds != number:
            continue
        if ends.pop(code, None) != (seq, head, custody):
            return NotVerified("pack-altered", code, index=places.get(code, seal))
    for code in ends:
        return NotVerified("pack-missing", code, index=places[code])
    return None


def _links(database: Database, connection: Connection, size: int) -> Iterator[tuple[PackedLink, bytes]]:
    """Iterate over every link of the ledger with its hash, seal by seal."""
    pages = scan_pages(database, connection, 0, size)
    for _, of_seal in groupby(pages, key=itemgetter(0)):
        links = [link for _, _, _, data in of_seal for link in decode_page(data).links()]
        for index, of_entry in groupby(links, key=attrgetter("entry")):
            run = list(of_entry)
            _, _, leaf, salt, _, _ = get_entry(connection, index)
            salts = salts_of(bytes(salt), len(run))
            for at, link in enumerate(run):
                salt = salts[SALT_BYTES * at : SALT_BYTES * at + SALT_BYTES]
                yield link, link_hash(link_bytes(salt, link.seq, link.prev, bytes(leaf), uri_of(link.code)))
