"""`stock`: which packs are at a station's own site, so that it can judge offline what it receives and hands out.

    1. the next events of the station's party, in the order of the log, as far as the index of events has come
    2. the packs that they touched, as many as fit; the list ends before the first event that does not
    3. where these packs stand today: at this site, dispensed here, or elsewhere; another site's packs are left out
    4. the ledger's own statement over all that

A station keeps `to`, and asks from there the next time; while `more` is true there is more to fetch at once.
What is listed twice counts as it was listed last. Format: docs/formats/stock.md.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from ledger import canonical
from ledger.clock import iso
from ledger.codes import uri_of
from ledger.custody.state import SOLD, State, decode
from ledger.errors import Misuse
from ledger.limits import EVENTS_INDEXED_AT_ONCE_MAX, SNAPSHOT_ROWS_MAX, STOCK_EVENTS_MAX
from ledger.log.keys import PrivateKey
from ledger.log.statement import kid_of
from ledger.opening import Trust, own_statement
from ledger.snapshot import Size
from ledger.store.database import Connection, Database
from ledger.store.events import indexed_size
from ledger.store.log import log_size
from ledger.store.offline import codes_of_statements, events_of, sites_of, station_at
from ledger.store.packs import heads_of
from ledger.store.registry import Registry
from ledger.submission import Submission

__all__ = ["STOCK_KIND", "STOCK_MEDIA_TYPE", "Asker", "Stock", "signed_stock", "take_stock"]

STOCK_KIND: Final = "stock"
STOCK_MEDIA_TYPE: Final = "application/vnd.packledger.stock+json"


class Asker(NamedTuple):
    """The station that asks: log indexes of the registrations of its party, its site, and itself."""

    party: int
    site: int
    station: int


class Stock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What changed at a site between two sizes of the log.

    Attributes:
        origin: whose word it is.
        station, site: URIs: for which station, and which site it tells of.
        made_at: when, as ISO 8601 in UTC.
        only_site: the party has no other site, so that a pack which no list names is not the party's.
        since, to: the log indexes since ≤ index < to are told.
        more: more follows at once.
        here, dispensed, gone: URIs of packs that are at this site, were dispensed there, or are there no longer.
    """

    origin: str
    station: str
    site: str
    made_at: str
    only_site: bool
    since: Size
    to: Size
    more: bool
    here: list[str]
    dispensed: list[str]
    gone: list[str]


def take_stock(
    database: Database, connection: Connection, trust: Trust, asker: Asker, *, since: int, now: int
) -> Stock:
    """Return what changed at the station's site from `since` on.

    Args:
        database, connection: of the ledger.
        trust: whose ledger it is.
        asker: for whom.
        since: the `to` of the station's last list; 0 for its first.
        now: seconds since the epoch.

    Raises:
        Misuse: `site-unknown` for a caller who is no station; `snapshot-beyond` when the log is not that long.
    """
    named = station_at(connection, asker.station)
    if named is None:
        raise Misuse("site-unknown", "the key is no station's")
    size = indexed_size(connection)
    if since > size:
        raise Misuse("snapshot-beyond", f"from {since} on, of {size}")
    # 1.
    events = events_of(connection, asker.party, since, size, STOCK_EVENTS_MAX + 1)
    is_behind = log_size(connection) - size >= EVENTS_INDEXED_AT_ONCE_MAX  # the next request brings it further
    to, more = (events.pop()[0], True) if len(events) > STOCK_EVENTS_MAX else (size, is_behind)
    # 2. What one event says is told whole, however much it is.
    touched: dict[str, bool] = {}
    registry = Registry()
    codes = codes_of_statements(database, connection, [index for index, _ in events], size)
    for number, (index, statement) in enumerate(events):
        if number and len(touched) + len(codes[index]) > SNAPSHOT_ROWS_MAX:
            to, more = index, True
            break
        signer = registry.signer(connection, kid_of(statement))
        own = signer is not None and signer.site == asker.site
        touched.update((code, touched.get(code, False) or own) for code in codes[index])
    # 3.
    lists: dict[str, list[str]] = {"here": [], "dispensed": [], "gone": []}
    for code, head in heads_of(database, connection, list(touched)).items():
        custody = decode(head.custody)
        if custody.state == State.ACTIVE and (custody.holder, custody.site) == (asker.party, asker.site):
            lists["here"].append(uri_of(code))
        elif custody.state in SOLD and custody.dispensed_site == asker.site:
            lists["dispensed"].append(uri_of(code))
        elif touched[code] or custody.site == asker.site:
            lists["gone"].append(uri_of(code))
    station, site = named
    return Stock(
        origin=trust.origin, station=station, site=site, made_at=iso(now), since=since, to=to, more=more,
        only_site=len(sites_of(connection, asker.party)) == 1, **{name: sorted(uris) for name, uris in lists.items()},
    )  # fmt: skip


def signed_stock(
    database: Database, trust: Trust, key: PrivateKey, asker: Asker, since: int, now: int
) -> Submission:
    """Return what changed at a station's site, as the ledger's own statement with the body that it signs.

    Raises:
        Misuse: as `take_stock`.
    """
    with database.read() as connection:
        stock = take_stock(database, connection, trust, asker, since=since, now=now)
    # 4.
    body = canonical.dumps(msgspec.to_builtins(stock))
    subject = f"stock:{stock.since}-{stock.to}"
    return Submission(own_statement(trust, key, now, STOCK_KIND, STOCK_MEDIA_TYPE, subject, body), body)
