"""Entries, tiles and checkpoints: the log on disk."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from ledger.errors import NotVerified, Unavailable
from ledger.limits import CAPTURE_EVENTS_MAX, GROUP_SUBMISSIONS_MAX, LOG_SIZE_MAX
from ledger.log.tree import ReadTile, Tile
from ledger.store import tables
from ledger.store.database import Database, Row, dialect_of, scan

__all__ = [
    "STATED", "checkpoints_in_order", "find_leaves", "get_claims", "get_entries", "get_entry", "insert_entries",
    "last_checkpoint", "log_size", "next_seal", "put_checkpoints", "put_tiles", "read_identity", "read_tiles",
    "scan_entries", "scan_rows", "tile_reader", "tile_widths", "unsigned_sizes", "write_identity",
]  # fmt: skip

_entry = tables.entry.c
_tile = tables.tile.c
_checkpoint = tables.checkpoint.c
_LEAVES_A_QUERY = 500
_ENTRIES_A_QUERY = 200
_SEAL_WITHIN = max(GROUP_SUBMISSIONS_MAX, CAPTURE_EVENTS_MAX) + 1

_size = select(func.max(_entry.log_index))
STATED: Final = (_entry.log_index, _entry.kind, _entry.leaf, _entry.salt, _entry.statement, _entry.body)
"""A row of `entry` without the claim, which is derived from the body."""

_within = (_entry.log_index >= bindparam("first"), _entry.log_index < bindparam("end"))
_entries = select(*STATED).where(*_within).order_by(_entry.log_index)
_rows = select(tables.entry).where(*_within).order_by(_entry.log_index)
_next_seal = select(func.min(_entry.log_index)).where(*_within, _entry.kind == "seal")
_get = select(*STATED).where(_entry.log_index == bindparam("at"))
_signed = select(func.coalesce(func.max(_checkpoint.size), 0)).where(_checkpoint.size < bindparam("size"))
_unsigned = (
    select(_entry.log_index + 1)
    .where(_entry.kind == "seal", _entry.log_index >= _signed.scalar_subquery())
    .where(_entry.log_index < bindparam("size") - 1)
    .order_by(_entry.log_index)
)
_read_tiles = (
    select(_tile.number, _tile.hashes)
    .where(_tile.level == bindparam("at_level"), _tile.number >= bindparam("first"), _tile.number < bindparam("end"))
    .order_by(_tile.number)
)
_read_tile = select(_tile.hashes).where(_tile.level == bindparam("at_level"), _tile.number == bindparam("at"))


def read_identity(connection: Connection) -> tuple[str, str] | None:
    """Return (origin, verifier key) of the ledger that this database holds.

    Raises:
        NotVerified: `ledger-of-another` when it names more than one.
    """
    rows = connection.execute(select(tables.ledger).limit(2)).all()
    if len(rows) > 1:
        raise NotVerified("ledger-of-another", "the database names two ledgers", index=0)
    return (rows[0].origin, rows[0].verifier_key) if rows else None


def write_identity(connection: Connection, origin: str, verifier_key: str) -> None:
    """Say once whose ledger this database holds."""
    connection.execute(tables.ledger.insert(), {"origin": origin, "verifier_key": verifier_key})


def log_size(connection: Connection) -> int:
    """Return how many statements the log holds; a row beyond all logs makes it the largest that there can be."""
    last = connection.execute(_size).scalar_one()
    return 0 if last is None else min(int(last) + 1, LOG_SIZE_MAX)


def find_leaves(database: Database, connection: Connection, leaves: Sequence[bytes]) -> dict[bytes, int]:
    """Return the log index of each of these leaf hashes that the log already holds."""
    found: dict[bytes, int] = {}
    for start in range(0, len(leaves), _LEAVES_A_QUERY):
        rows = database.dialect.leaves(connection, leaves[start : start + _LEAVES_A_QUERY])
        found.update((bytes(leaf), index) for leaf, index in rows)
    return found


def insert_entries(database: Database, connection: Connection, rows: Sequence[Row]) -> None:
    """Append entries: rows of (log_index, kind, leaf, salt, statement, claim, body)."""
    database.dialect.insert(connection, tables.entry, rows)


def get_entry(connection: Connection, index: int) -> Row:
    """Return one entry as (log_index, kind, leaf, salt, statement, body).

    Raises:
        NotVerified: `entry-missing` when the log has no such row.
    """
    row = connection.execute(_get, {"at": index}).one_or_none()
    if row is None:
        raise NotVerified("entry-missing", index=index)
    return tuple(row)


def get_entries(
    connection: Connection, indexes: Sequence[int]
) -> Iterator[tuple[int, str, bytes, bytes, bytes, bytes]]:
    """Iterate over these entries as (log_index, kind, leaf, salt, statement, body), those that exist."""
    for start in range(0, len(indexes), _ENTRIES_A_QUERY):
        some = indexes[start : start + _ENTRIES_A_QUERY]
        for index, kind, *blobs in dialect_of(connection).entries(connection, some):
            leaf, salt, statement, body = map(bytes, blobs)
            yield index, kind, leaf, salt, statement, body


def get_claims(connection: Connection, indexes: Sequence[int]) -> Iterator[tuple[int, bytes, bytes]]:
    """Iterate over these entries as (log_index, statement, claim), those that exist; no body is read."""
    for start in range(0, len(indexes), _ENTRIES_A_QUERY):
        yield from dialect_of(connection).claims(connection, indexes[start : start + _ENTRIES_A_QUERY])


def scan_entries(
    database: Database, connection: Connection, first: int, end: int
) -> Generator[Row, None, None]:
    """Iterate over the entries first … end-1 that exist, in order, a few at a time, as `get_entry` gives them."""
    return scan(database, connection, _entries, first=first, end=end)


def scan_rows(database: Database, connection: Connection, first: int, end: int) -> Generator[list[Row], None, None]:
    """Iterate over the same entries as whole rows, in lists of a few: with the claim before the body."""
    return database.dialect.scan(connection, _rows, {"first": first, "end": end})


def next_seal(connection: Connection, at: int, size: int) -> int:
    """Return the log index of the first seal at or after `at`; the last index when there is none."""
    found = connection.execute(_next_seal, {"first": at, "end": at + _SEAL_WITHIN}).scalar_one()
    return size - 1 if found is None else int(found)


def tile_reader(connection: Connection) -> ReadTile:
    """Return a function that reads the hashes stored of a tile, empty when there are none."""

    def read(level: int, number: int) -> bytes:
        hashes = connection.execute(_read_tile, {"at_level": level, "at": number}).scalar_one_or_none()
        return b"" if hashes is None else bytes(hashes)

    return read


def read_tiles(connection: Connection, level: int, first: int, end: int) -> dict[int, bytes]:
    """Return the hashes stored of the tiles first … end-1 of a level, by number, those that exist."""
    rows = connection.execute(_read_tiles, {"at_level": level, "first": first, "end": end})
    return {number: bytes(hashes) for number, hashes in rows}


def put_tiles(database: Database, connection: Connection, tiles: Iterable[Tile]) -> None:
    """Store tiles; a partial tile is replaced by its longer self."""
    database.dialect.put_tiles(connection, [(tile.level, tile.number, tile.hashes) for tile in tiles])


def put_checkpoints(database: Database, heads: Sequence[tuple[int, bytes]]) -> None:
    """Keep signed tree heads, as (size, note); the same one twice is kept once. A power cut may lose them again.

    Raises:
        Unavailable: `log-forked` when another head was signed for one of these sizes.
    """
    if not heads:
        return
    for (size, note), kept in zip(heads, database.keep_heads(heads), strict=True):
        if kept != note:
            raise Unavailable("log-forked", f"two different heads of size {size}")


def unsigned_sizes(connection: Connection, size: int) -> list[int]:
    """Return the sizes that the log had at its seals, between the last two heads up to `size`, unsigned."""
    return list(connection.execute(_unsigned, {"size": size}).scalars())


def last_checkpoint(connection: Connection) -> bytes | None:
    """Return the newest signed tree head that the database holds."""
    newest = select(tables.checkpoint.c.note).order_by(tables.checkpoint.c.size.desc()).limit(1)
    note = connection.execute(newest).scalar_one_or_none()
    return None if note is None else bytes(note)


def checkpoints_in_order(connection: Connection, after: int = -1) -> Iterator[tuple[int, bytes]]:
    """Iterate over (size, note) of all signed tree heads of more than this size, smallest first."""
    size = tables.checkpoint.c.size
    rows = connection.execute(select(tables.checkpoint).where(size > after).order_by(size))
    return ((row.size, bytes(row.note)) for row in rows)


def tile_widths(connection: Connection) -> Iterator[tuple[int, int, int]]:
    """Iterate over (level, number, bytes of hashes) of every tile, in order."""
    query = select(_tile.level, _tile.number, func.length(_tile.hashes)).order_by(_tile.level, _tile.number)
    return (tuple(row) for row in connection.execute(query))
