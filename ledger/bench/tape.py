"""The rows that `record` wrote, group by group, caught on their way into the database.

A `Tape` stands in for the store's dialect and passes everything on. What it caught is written again, into an
empty twin of the database, by `bench.raw`: that is the part of the physical limit which is the database's.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import msgspec
from sqlalchemy import URL, Connection, Select, Table

from ledger.store import tables
from ledger.store.database import Alike, Database, Dialect, Row

__all__ = ["Tape", "Writing"]


class Writing(msgspec.Struct, frozen=True):
    """Rows of one table, whole, in one step of a transaction; `replaces` rows with the same key."""

    table: str
    rows: Sequence[Row]
    replaces: bool


class Tape:
    """A dialect that remembers what passes through it, one list of writings a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._inner: Dialect = database.dialect
        self._groups: list[list[Writing | Alike]] = []
        self._heads = 0
        database.dialect = self

    def take(self) -> list[list[Writing]]:
        """Return the transactions caught since the last call, each with the checkpoint that closed it."""
        groups, self._groups = [_at_once(group) for group in self._groups if group], []
        with self._database.read() as connection:
            heads = connection.execute(
                tables.checkpoint.select().where(tables.checkpoint.c.size > self._heads)
                .order_by(tables.checkpoint.c.size)
            ).all()  # fmt: skip
        # The genesis of a ledger signed its head before the tape was there: the last ones are ours.
        for group, head in zip(reversed(groups), reversed(heads), strict=False):
            group.append(Writing("checkpoint", [(head.size, bytes(head.note))], False))
            self._heads = max(self._heads, head.size)
        return groups

    def require_options(self, url: URL) -> None:
        """Pass on."""
        self._inner.require_options(url)

    def prepare(self, raw: Any, cache_kibibytes: int) -> None:
        """Pass on."""
        self._inner.prepare(raw, cache_kibibytes)

    def begin(self, connection: Connection, *, writer: bool, durable: bool) -> None:
        """Pass on, and begin a new list when it is the writer's."""
        self._inner.begin(connection, writer=writer, durable=durable)
        if writer:
            self._groups.append([])

    def begin_asking(
        self, connection: Connection, query: str, after: int, leaves: Sequence[bytes], codes: Sequence[str]
    ) -> Sequence[Sequence[Row]]:
        """Pass on, and begin a new list."""
        answers = self._inner.begin_asking(connection, query, after, leaves, codes)
        self._groups.append([])
        return answers

    def wipe(self, connection: Connection) -> None:
        """Pass on."""
        self._inner.wipe(connection)

    def insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Pass on and remember."""
        self._inner.insert(connection, table, rows)
        if rows:
            self._groups[-1].append(Writing(table.name, rows, False))

    def replace_packs(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Pass on and remember."""
        self._inner.replace_packs(connection, rows)
        if rows:
            self._groups[-1].append(Writing("pack", rows, True))

    def replace_alike(self, connection: Connection, packs: Alike) -> None:
        """Pass on and remember."""
        self._inner.replace_alike(connection, packs)
        self._groups[-1].append(packs)

    @property
    def few_rows(self) -> int:
        """Pass on."""
        return self._inner.few_rows

    def ahead(self, connection: Connection) -> AbstractContextManager[object]:
        """Pass on."""
        return self._inner.ahead(connection)

    def put_tiles(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Pass on and remember."""
        self._inner.put_tiles(connection, rows)
        self._groups[-1].append(Writing("tile", rows, True))

    def keep_heads(self, connection: Connection, heads: Sequence[tuple[int, bytes]]) -> list[bytes]:
        """Pass on."""
        return self._inner.keep_heads(connection, heads)

    def leaves(self, connection: Connection, leaves: Sequence[bytes]) -> Sequence[Row]:
        """Pass on."""
        return self._inner.leaves(connection, leaves)

    def entries(self, connection: Connection, indexes: Sequence[int]) -> Sequence[Row]:
        """Pass on."""
        return self._inner.entries(connection, indexes)

    def claims(self, connection: Connection, indexes: Sequence[int]) -> Sequence[Row]:
        """Pass on."""
        return self._inner.claims(connection, indexes)

    def page(self, connection: Connection, seal: int, page: int) -> bytes | None:
        """Pass on."""
        return self._inner.page(connection, seal, page)

    def packs(self, connection: Connection, codes: Sequence[str]) -> Sequence[Row]:
        """Pass on."""
        return self._inner.packs(connection, codes)

    def packs_after(self, connection: Connection, code: str | None, count: int) -> Sequence[Row]:
        """Pass on."""
        return self._inner.packs_after(connection, code, count)

    def mistyped(self, connection: Connection, table: Table) -> Row | None:
        """Pass on."""
        return self._inner.mistyped(connection, table)

    def parts(self, connection: Connection) -> set[str]:
        """Pass on."""
        return self._inner.parts(connection)

    def scan(
        self, connection: Connection, query: Select[Any], numbers: Mapping[str, int], count: int | None = None
    ) -> Generator[list[Row], None, None]:
        """Pass on."""
        return self._inner.scan(connection, query, numbers, count)


def _at_once(group: Sequence[Writing | Alike]) -> list[Writing]:
    """Return a transaction's writings with all packs that moved in one, the last row of each: the least there is."""
    moved: dict[str, Row] = {}
    writings = []
    for each in group:
        if isinstance(each, Alike):
            moved.update((row[0], row) for row in each.rows())
        elif each.table == "pack" and each.replaces:
            moved.update((row[0], row) for row in each.rows)
        else:
            writings.append(each)
    if moved:
        writings.append(Writing("pack", [moved[code] for code in sorted(moved)], True))
    return writings
