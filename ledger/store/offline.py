"""What stations need offline, by the log index of what said it: products, recalls, packs that left the trade."""

from __future__ import annotations

from contextlib import closing

from sqlalchemy import Connection, select, text

from ledger.chain.page import decode_page
from ledger.store import tables
from ledger.store.database import Database
from ledger.store.log import next_seal
from ledger.store.packs import scan_pages

__all__ = ["codes_touched", "products_from", "recalls_from", "stops_from"]


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


def codes_touched(database: Database, connection: Connection, index: int, size: int) -> list[str]:
    """Return the keys of all packs that the statement at this log index touched, those in cases included."""
    seal = next_seal(connection, index, size)
    codes: list[str] = []
    with closing(scan_pages(database, connection, seal, seal + 1)) as pages:
        for _, _, _, links in pages:
            page = decode_page(bytes(links))
            codes += [code for code, entry in zip(page.codes, page.entries, strict=True) if entry == index]
    return codes
