"""Own stock, known offline: which packs are at this site, by the ledger's list and by what was done here since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from ledger import canonical
from ledger.codes import key_of
from ledger.errors import CodeFault, FormatError, NotVerified
from scanner.home import Station
from scanner.knowledge import Size, opened, seconds_of
from scanner.outbox import Entry, Outbox

__all__ = ["Stock", "Where", "open_stock", "standing", "take_in_stock"]

Where = Literal["here", "dispensed", "gone"]

_MEDIA_TYPE: Final = "application/vnd.packledger.stock+json"
# Where an act leaves a pack, as seen from this site.
_LEADS: Final[dict[str, Where]] = {
    "receiving": "here", "undoing-dispense": "here", "dispensing": "dispensed", "shipping": "gone",
}  # fmt: skip


class Stock(msgspec.Struct, frozen=True, rename="camel"):
    """What changed at a site between two sizes of the log, as docs/formats/stock.md has it."""

    origin: str
    station: str
    made_at: str
    only_site: bool
    since: Size
    to: Size
    more: bool
    here: list[str]
    dispensed: list[str]
    gone: list[str]


def open_stock(station: Station, statement: str, body: str, since: int) -> Stock:
    """Return a list of this site's stock, once it is found to be the ledger's word to this station.

    Raises:
        NotVerified: `snapshot-wrong`.
        FormatError: `statement-malformed`, `snapshot-malformed`, `json-…`.
    """
    try:
        stock = msgspec.convert(canonical.loads(opened(station, statement, body, "stock", _MEDIA_TYPE)), Stock)
    except msgspec.ValidationError as error:
        raise FormatError("snapshot-malformed", str(error)) from None
    if (stock.origin, stock.station) != (station.origin, station.station):
        raise NotVerified("snapshot-wrong", "of another ledger, or for another station")
    if stock.since != since or stock.to < since:
        raise NotVerified("snapshot-wrong", "another stretch of the log")
    return stock


def take_in_stock(outbox: Outbox, stock: Stock) -> None:
    """Keep what a list says; on disk when this returns.

    Raises:
        FormatError: `snapshot-malformed`; nothing of it is kept.
    """
    made = seconds_of(stock.made_at)
    lists: tuple[tuple[Where, list[str]], ...] = (
        ("here", stock.here), ("dispensed", stock.dispensed), ("gone", stock.gone),
    )  # fmt: skip
    with outbox.transaction():
        for where, uris in lists:
            for uri in uris:
                try:
                    key = key_of(uri)
                except CodeFault as fault:
                    raise FormatError("snapshot-malformed", fault.code) from None
                outbox.execute("INSERT OR REPLACE INTO stock VALUES (?, ?)", key, where)
        outbox.keep_fact("stock-to", stock.to)
        outbox.keep_fact("stock-only-site", int(stock.only_site))
        if not stock.more:
            outbox.keep_fact("stock-made", made)


def standing(outbox: Outbox, code: str, entries: Sequence[Entry]) -> Where | None:
    """Return where a pack is, as far as is known here; None when nothing is known of it.

    What this station did and the list does not have yet counts first. A pack that was never listed is not the party's
    when this is its only site; else it may be at another one, which the ledger knows.

    Args:
        outbox: the station's.
        code: the pack's key.
        entries: all events of this station about it, in order.
    """
    told_to = outbox.fact("stock-to") or 0
    undone = {entry.corrects for entry in entries}
    fresh = [entry for entry in entries if entry.log_index is None or entry.log_index >= told_to]
    moves = [
        _LEADS[entry.kind]
        for entry in fresh
        if entry.kind in _LEADS and entry.corrects is None and entry.number not in undone and entry.state != "refused"
    ]
    if moves:
        return moves[-1]
    rows = outbox.execute("SELECT stands FROM stock WHERE code = ?", code)
    if any(entry.corrects is not None for entry in fresh) or outbox.fact("stock-made") is None:
        return None  # what the list says was taken back since, or it is not whole
    if not rows:
        return "gone" if outbox.fact("stock-only-site") else None
    where: Where = rows[0]["stands"]
    return where
