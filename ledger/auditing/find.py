"""Where a fault lies: asked only when something is known to be wrong, so that verifying itself stays cheap.

A chain that does not balance is followed link by link. A seal whose links do not hash to its root is compared
with what the links' successors say of them. And a wrong row among the registrations makes innocent statements
look guilty, so that table is compared with the statements row by row.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import chain, groupby
from operator import attrgetter, itemgetter
from typing import Final
from zlib import crc32

from ledger.auditing.tables import agrees, check_recall, check_registration
from ledger.chain.link import SALT_BYTES, ZERO_HASH, link_bytes, link_hash, salts_of
from ledger.chain.page import PackedLink, decode_page
from ledger.chains import Chains
from ledger.codes import uri_of
from ledger.content import parse_content
from ledger.custody.event import Event
from ledger.errors import LedgerError, NotVerified
from ledger.log.statement import parse_statement
from ledger.log.tree import TILE_HEIGHT
from ledger.papers.paper import Paper
from ledger.store.database import Connection, Database
from ledger.store.log import get_entry
from ledger.store.packs import anomalies_of, count_packs, heads_of, packs_by_thousands, scan_pages
from ledger.store.persons import first_confidential
from ledger.store.registry import REGISTERED, registered_in_order
from ledger.store.sound import UnsoundRow, require_whole_typed

__all__ = ["find_break", "find_faults", "find_link", "find_registration"]

_PACKS_A_ROUND: Final = 500_000
_LEVELS: Final = 8  # of tiles, for the largest log that there can be
# The column by which a row of these tables says which statement it comes from.
_PLACED_BY: Final = {
    "entry": "log_index", "anomaly": "log_index", "confidential": "log_index", "case_action": "log_index",
    "link_page": "seal", "case_state": "last", **dict.fromkeys((table.name for table in REGISTERED.values()), "number"),
}  # fmt: skip

_End = tuple[int, bytes, int, int, bytes]
"""(seq, link hash, seal, position, custody) of the newest link of a pack: as in its row."""
_Placed = tuple[int, int, PackedLink, bytes]
"""(seal, position, link, link hash)."""


def find_faults(database: Database, connection: Connection, size: int, fault: NotVerified) -> list[NotVerified]:
    """Return what is wrong, given one fault: a row that is unsound in itself, or that one and those of the registry."""
    unsound = fault
    if not isinstance(fault, UnsoundRow):
        try:
            require_whole_typed(database, connection)
        except UnsoundRow as found:
            unsound = found
    if not isinstance(unsound, UnsoundRow):
        return [fault, *find_registration(connection, size)]
    place = _place_of(database, connection, size, unsound)
    named = NotVerified(unsound.code, unsound.detail, index=place)
    return [named] if unsound is fault else [named, fault]


def _place_of(database: Database, connection: Connection, size: int, fault: UnsoundRow) -> int | None:
    """Return the log index of the statement that such a row concerns; None when it does not say, or concerns none."""
    place: int | None = None
    match fault.values:
        case {"origin": _, "verifier_key": _}:
            place = 0
        case {"code": str(code), "custody": _}:
            place = _newest(database, connection, size, code)
        case {"pseudonym": bytes(person)}:
            place = first_confidential(connection, person)
        case {"level": int(level), "number": int(number)}:
            place = number << TILE_HEIGHT * (level + 1) if 0 <= level < _LEVELS else None
        case {"size": int(signed)}:
            place = signed - 1
        case values:
            place = values.get(_PLACED_BY.get(fault.table.name, ""))
    return place if isinstance(place, int) and 0 <= place < size else None


def _newest(database: Database, connection: Connection, size: int, code: str) -> int | None:
    """Return the newest statement about a pack, as the pages of links say; None when they cannot be read."""
    newest = None
    try:
        for _, _, _, data in scan_pages(database, connection, 0, size):
            page = decode_page(data)
            if code in page.codes:
                newest = max(entry for entry, each in zip(page.entries, page.codes, strict=True) if each == code)
    except LedgerError:
        return None
    return newest


def find_registration(connection: Connection, size: int) -> list[NotVerified]:
    """Return a fault for every row of the registry that its statement did not make."""
    found = (_row_fault(connection, kind, number, size) for kind, number in registered_in_order(connection))
    return [fault for fault in found if fault is not None]


def _row_fault(connection: Connection, kind: str, number: int, size: int) -> NotVerified | None:
    at = number if 0 <= number < size else size
    unsigned = NotVerified("registration-unsigned", f"a {kind} that nobody signed", index=at)
    try:
        _, stored_kind, _, _, data, body = get_entry(connection, number)
        if stored_kind != kind:  # asked first: a seal registers nothing, and is no content either
            return unsigned
        content = parse_content(parse_statement(data), body)
        if isinstance(content, Event):
            return unsigned
        if not isinstance(content, Paper):
            check_registration(connection, content, number)
        elif ("", "not-authorised") in anomalies_of(connection, number):
            return unsigned
        else:
            check_recall(connection, content.product, content.batches, number)
    except NotVerified as fault:
        return unsigned if fault.code == "entry-missing" else fault
    except LedgerError:
        return None  # the entry itself is at fault, and named for that
    return None


def find_link(database: Database, connection: Connection, fault: NotVerified) -> NotVerified:
    """Return the fault at the statement whose link is not what its successor says, else as it was given.

    Args:
        database, connection: where the ledger lies.
        fault: at a seal whose pages hold, while its links do not hash to its root.
    """
    assert fault.index is not None
    chains = Chains(connection)
    try:
        for seal, position, link, own in _links(database, connection, fault.index, fault.index + 1):
            head = heads_of(database, connection, [link.code])[link.code]
            chain = chains.links_of(link.code, head.seal, head.position)
            at = next(at for at, placed in enumerate(chain) if (placed.seal, placed.position) == (seal, position))
            committed = chain[at + 1].link.prev if at + 1 < len(chain) else head.hash
            if own != committed:
                return NotVerified(fault.code, f"the link of {link.code}", index=link.entry)
    except (LedgerError, LookupError, StopIteration):
        return fault  # more is wrong than one link
    return fault


def find_break(database: Database, connection: Connection, size: int) -> NotVerified:
    """Return the first fault in any pack's chain, as an error to raise."""
    rounds = -(-count_packs(connection) // _PACKS_A_ROUND) or 1
    faults = [fault for number in range(rounds) for fault in _round(database, connection, size, number, rounds)]
    if not faults:
        return NotVerified("chain-broken", "the chains do not balance", index=max(size - 1, 0))
    return min(faults, key=lambda fault: fault.index or 0)


def _round(
    database: Database, connection: Connection, size: int, number: int, rounds: int
) -> Iterator[NotVerified]:
    ends: dict[str, _End] = {}
    entries: dict[str, int] = {}
    for seal, position, link, own in _links(database, connection, 0, size):
        if crc32(link.code.encode()) % rounds != number:
            continue
        before = ends.get(link.code, (-1, ZERO_HASH, -1, -1, None))
        said = (link.seq - 1, link.prev, link.prev_seal, link.prev_position, link.before)
        if said != before:
            yield NotVerified("chain-broken", link.code, index=link.entry)
        ends[link.code] = (link.seq, own, seal, position, link.after)
        entries[link.code] = link.entry
    for row in chain.from_iterable(packs_by_thousands(connection)):
        code = row[0]
        if crc32(code.encode()) % rounds == number and (ends.pop(code, None) != row[4:] or not agrees(row)):
            yield NotVerified("pack-altered", code, index=entries.get(code, max(row[6], 0)))
    for code in ends:
        yield NotVerified("pack-missing", code, index=entries[code])


def _links(database: Database, connection: Connection, first: int, end: int) -> Iterator[_Placed]:
    """Iterate over every link of the seals first … end-1 with its hash, seal by seal."""
    with closing(scan_pages(database, connection, first, end)) as pages:
        for seal, of_seal in groupby(pages, key=itemgetter(0)):
            links = [link for _, _, _, data in of_seal for link in decode_page(data).links()]
            position = 0
            for index, of_entry in groupby(links, key=attrgetter("entry")):
                run = list(of_entry)
                _, _, leaf, salt, _, _ = get_entry(connection, index)
                salts = salts_of(bytes(salt), len(run))
                for at, link in enumerate(run):
                    salt = salts[SALT_BYTES * at : SALT_BYTES * at + SALT_BYTES]
                    data = link_bytes(salt, link.seq, link.prev, bytes(leaf), uri_of(link.code))
                    yield seal, position, link, link_hash(data)
                    position += 1
