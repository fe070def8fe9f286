"""What stations need offline, by the log index of what said it: products, recalls, packs that left the trade."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from sqlalchemy import Connection, select, text

from ledger.chain.page import decode_page
from ledger.store import tables
from ledger.store.database import Database
from ledger.store.exchange import event_reader
from ledger.store.log import next_seal
from ledger.store.packs import scan_pages

__all__ = [
    "codes_of_statements", "events_of", "products_from", "recalls_from", "sites_of", "station_at", "stops_from",
]  # fmt: skip

_INDEXES_A_QUERY = 500


def products_from(connection: Connection, first: int, end: int, count: int) -> list[tuple[int, str, str, str, str]]:
    """Return (log index, product, English name, Chinese name, strength) of the first of registrations first … end-1."""
    product = tables.product.c
    query = select(product.number, product.id, product.name_en, product.name_zh, product.strength)
    within = query.where(product.number >= first, product.number < end).order_by(product.number)
    return [(row[0], row[1], row[2], row[3], row[4]) for row in connection.execute(within.limit(count))]


def recalls_from(connection: Connection, first: int, end: int, count: int) -> list[tuple[int, str, str]]:
    """Return (log index, product, batch) of the first `count` rows of recalls first … end-1; `*` is every batch."""
    recall = tables.recall.c
    query = select(recall.number, recall.product_id, recall.batch)
    within = query.where(recall.number >= first, recall.number < end).order_by(recall.number, recall.batch)
    return [(row[0], row[1], row[2]) for row in connection.execute(within.limit(count))]


def stops_from(connection: Connection, first: int, end: int, count: int) -> list[int]:
    """Return the first `count` log indexes, first … end-1, of statements that packs left the trade unlawfully."""
    entry = tables.entry.c
    # The words of the index, so that it is used.
    query = select(entry.log_index).where(text(tables.STOP_KINDS), entry.log_index >= first, entry.log_index < end)
    return list(connection.execute(query.order_by(entry.log_index).limit(count)).scalars())


def events_of(connection: Connection, party: int, first: int, end: int, count: int) -> list[tuple[int, bytes]]:
    """Return (log index, statement) of the first `count` indexed events first … end-1 that are or go to a party's."""
    reader = event_reader.c
    query = select(reader.log_index).where(
        reader.party == party, reader.log_index >= first, reader.log_index < end
    )
    indexes = list(connection.execute(query.order_by(reader.log_index).limit(count)).scalars())
    entry = tables.entry.c
    found: dict[int, bytes] = {}
    for start in range(0, len(indexes), _INDEXES_A_QUERY):
        some = select(entry.log_index, entry.statement).where(
            entry.log_index.in_(indexes[start : start + _INDEXES_A_QUERY])
        )
        found.update((row[0], bytes(row[1])) for row in connection.execute(some))
    return [(index, found[index]) for index in indexes]


def station_at(connection: Connection, number: int) -> tuple[str, str] | None:
    """Return (station, site) as URIs by the log index of the station's registration; None when it is no station's."""
    query = (
        select(tables.station.c.uri, tables.site.c.uri)
        .join(tables.site, tables.site.c.number == tables.station.c.site_number)
        .where(tables.station.c.number == number)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def sites_of(connection: Connection, party: int) -> list[str]:
    """Return the URIs of a party's first sites, two at most: whether it has more than one."""
    site = tables.site.c
    return list(connection.execute(select(site.uri).where(site.party_number == party).limit(2)).scalars())


def codes_of_statements(
    database: Database, connection: Connection, indexes: Sequence[int], size: int
) -> dict[int, list[str]]:
    """Return the keys of the packs that each of these statements touched; the log indexes are ascending."""
    found: dict[int, list[str]] = {index: [] for index in indexes}
    done = -1
    for index in indexes:
        if index <= done:
            continue  # its batch was read already
        done = next_seal(connection, index, size)
        with closing(scan_pages(database, connection, done, done + 1)) as pages:
            for _, _, _, links in pages:
                page = decode_page(bytes(links))
                for code, entry in zip(page.codes, page.entries, strict=True):
                    if entry in found:
                        found[entry].append(code)
    return found
