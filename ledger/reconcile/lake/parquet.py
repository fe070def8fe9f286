"""Writing Parquet so that the same rows are always the same bytes.

One version of the format, one compression, row groups of a fixed size, no time of writing, no schema of the
library's own. How rows come in makes no difference: they are gathered to full row groups first.
"""

from __future__ import annotations

import io
import os
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from ledger.limits import LAKE_ROW_GROUP_ROWS_MAX
from ledger.reconcile.facts import FACTS
from ledger.reconcile.lake.manifest import LakeFile

__all__ = ["FactWriter"]

# Ascending or nearly unique: the difference to the one before is shorter than an index into a dictionary.
_BY_DIFFERENCE: Final = {
    "code": "DELTA_BYTE_ARRAY",
    "id": "DELTA_BYTE_ARRAY",
    "log_index": "DELTA_BINARY_PACKED",
    "time": "DELTA_BINARY_PACKED",
}


class FactWriter:
    """Writes one table to one file; rows may come in any portions.

    Args:
        table: a name of FACTS.
        path: a file that does not exist yet.
    """

    def __init__(self, table: str, path: Path) -> None:
        self._schema = FACTS[table]
        self._sink = _HashingFile(path)
        by_difference = {name: _BY_DIFFERENCE[name] for name in self._schema.names if name in _BY_DIFFERENCE}
        self._writer = pq.ParquetWriter(
            self._sink,
            self._schema,
            version="2.6",
            data_page_version="1.0",
            compression="zstd",
            compression_level=1,
            use_dictionary=[name for name in self._schema.names if name not in by_difference],
            column_encoding=by_difference,
            write_statistics=True,
            store_schema=False,
        )
        self._waiting: list[Any] = []
        self._waiting_rows = 0
        self._rows = 0

    def write(self, rows: Any) -> None:
        """Add rows: an Arrow table in the schema of this one."""
        self._waiting.append(rows)
        self._waiting_rows += len(rows)
        if self._waiting_rows >= LAKE_ROW_GROUP_ROWS_MAX:
            waiting = pa.concat_tables(self._waiting)
            full = len(waiting) - len(waiting) % LAKE_ROW_GROUP_ROWS_MAX
            for start in range(0, full, LAKE_ROW_GROUP_ROWS_MAX):
                self._group(waiting.slice(start, LAKE_ROW_GROUP_ROWS_MAX))
            self._waiting = [waiting.slice(full)]
            self._waiting_rows = len(waiting) - full

    def _group(self, rows: Any) -> None:
        # Where a chunk ends would show in the pages.
        self._writer.write_table(rows.combine_chunks(), row_group_size=LAKE_ROW_GROUP_ROWS_MAX)
        self._rows += len(rows)

    def close(self) -> LakeFile:
        """Finish the file, on disk before this returns; say what it is."""
        if self._waiting_rows or not self._rows:
            self._group(pa.concat_tables(self._waiting) if self._waiting else self._schema.empty_table())
        self._writer.close()
        self._sink.close()
        return LakeFile(rows=self._rows, bytes=self._sink.size, digest=self._sink.digest)


class _HashingFile(io.RawIOBase):
    """A new file that knows the digest of what was written to it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("xb")
        self._hash = sha256()
        self.size = 0

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._hash.update(data)
        written = self._file.write(data)
        self.size += written
        return written

    def tell(self) -> int:
        return self.size

    def close(self) -> None:
        if not self.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        super().close()
