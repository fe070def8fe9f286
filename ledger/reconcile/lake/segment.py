"""One segment: the facts of a range of the log, one Parquet file a table. A function of the log and of erasures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from ledger.identity.vault import Vault
from ledger.reconcile.lake.batches import Batch, SealedPart, batches
from ledger.reconcile.lake.events import add_events
from ledger.reconcile.lake.manifest import SEGMENTED, LakeFile, Segment
from ledger.reconcile.lake.papers import add_paper
from ledger.reconcile.lake.parquet import FactWriter
from ledger.reconcile.lake.persons import Named, Pseudonyms
from ledger.reconcile.lake.registered import Registered, register_table
from ledger.reconcile.lake.rows import Rows
from ledger.store.database import Connection, Database

__all__ = ["Maker"]

# What waits to become Arrow: enough that the work a column is small beside the work a row.
_WAITING_ROWS_MAX: Final = 65_536
_WAITING_STATEMENTS_MAX: Final = 8_192


class Maker:
    """Makes the files of a lake from one snapshot of a ledger.

    Args:
        database, connection: the snapshot.
        vault: opens confidential parts; None leaves persons out.
        size: of the log that the lake is made from; what was recorded later is not looked at.
        folder: for the files; each must be moved away before the next of its name is made.
    """

    def __init__(
        self, database: Database, connection: Connection, vault: Vault | None, size: int, folder: Path
    ) -> None:
        self._database = database
        self._connection = connection
        self._vault = vault
        self._size = size
        self._folder = folder
        self._registered = Registered(connection)

    @property
    def has_persons(self) -> bool:
        """Whether confidential parts are opened."""
        return self._vault is not None

    def path(self, table: str) -> Path:
        """Return where a table's file is made."""
        return self._folder / f"{table}.parquet"

    def segment(self, first: int, end: int, progress: Callable[[int], None] = lambda index: None) -> Segment:
        """Make a file a table of the statements first … end-1, on disk before this returns.

        Args:
            first, end: the range.
            progress: called with the log index that was reached.

        Raises:
            NotVerified, FormatError: the ledger's rows do not hold together; `packledger verify` says more.
        """
        writers = {table: FactWriter(table, self.path(table)) for table in SEGMENTED}
        pseudonyms = Pseudonyms(self._connection, self._vault)
        rows, parts = Rows(), list[SealedPart]()
        for batch in batches(self._database, self._connection, first, end, self._size):
            self._add(rows, batch)
            parts += batch.parts
            if rows.rows >= _WAITING_ROWS_MAX or len(parts) + rows.statements >= _WAITING_STATEMENTS_MAX:
                self._write(writers, rows, pseudonyms.of(parts))
                parts = []
                progress(batch.index)
        self._write(writers, rows, pseudonyms.of(parts))
        tables = {table: writer.close() for table, writer in writers.items()}
        progress(end)
        return Segment(first=first, end=end, erased=pseudonyms.erased, tables=tables)

    def _add(self, rows: Rows, batch: Batch) -> None:
        add_events(rows, self._registered, self._connection, batch)
        for entry in batch.entries:
            add_paper(rows, self._registered, entry, batch.recorded, batch.remarks.get(entry[0], ()))

    def _write(self, writers: dict[str, FactWriter], rows: Rows, named: dict[int, Named]) -> None:
        for table, made in rows.take(named).items():
            writers[table].write(made)

    def register(self, table: str) -> LakeFile:
        """Make the file of a table that is kept whole."""
        writer = FactWriter(table, self.path(table))
        writer.write(register_table(self._database, self._connection, table, self._size))
        return writer.close()
