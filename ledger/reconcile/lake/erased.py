"""Where erased persons still stand: in a lake that was made before their erasure, found by their pseudonyms."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ledger.identity.registration import Erasure, parse_registration
from ledger.reconcile.facts import FACTS
from ledger.reconcile.lake.folder import Lake
from ledger.reconcile.lake.manifest import SEGMENTED, Segment, segment_path
from ledger.store.database import Connection
from ledger.store.lake import erasures_between

__all__ = ["holding_erased"]

_NAMING: Final = ("person", "pickup")
"""The columns in which a person's own pseudonym may stand; what else is personal stands beside it."""


def holding_erased(connection: Connection, lake: Lake, size: int) -> list[Segment]:
    """Return the segments of a lake in which a person stands whom a log of this size has erased since."""
    bodies = erasures_between(connection, lake.manifest.size, size)
    gone = sorted({_person(body) for body in bodies})
    if not gone or not lake.manifest.persons:
        return []
    return [segment for segment in lake.manifest.segments if _names_any(lake, segment, gone)]


def _person(body: bytes) -> str:
    erasure = parse_registration("erasure", body)
    assert isinstance(erasure, Erasure)
    return erasure.person


def _names_any(lake: Lake, segment: Segment, persons: list[str]) -> bool:
    wanted = pa.array(persons, pa.string())
    for table in SEGMENTED:
        columns = [name for name in _NAMING if name in FACTS[table].names]
        if columns:
            path = lake.folder / segment_path(table, segment.first, segment.end, segment.tables[table].digest)
            for rows in pq.ParquetFile(path).iter_batches(columns=columns):
                if any(pc.any(pc.is_in(column, value_set=wanted)).as_py() for column in rows.columns):
                    return True
    return False
