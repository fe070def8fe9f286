"""Updating a lake: what the log has more of is added, what erasures take away is written anew.

    1. lock          one update at a time, and no reader meanwhile
    2. belongs       the folder is empty, or a lake of this very log, not ahead of it
    3. head          the newest signed checkpoint: signed by this ledger's key, and the tree's own root
    4. erased        which segments hold persons who were erased since
    5. segments      make what is new or no longer right; each file is on disk before its name says so
    6. registers     the tables that are kept whole
    7. manifest      replaced in one step: until then the lake is the old one, from then on the new one
    8. sweep         take away what the manifest does not name

Killed at any moment, the folder holds one whole lake, and files that the next update takes away.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ledger.errors import LedgerError, Misuse, NotVerified
from ledger.identity.registration import Erasure, parse_registration
from ledger.identity.vault import Vault
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.tree import root_at
from ledger.opening import Trust
from ledger.reconcile.facts import FACTS, KEPT_WHOLE
from ledger.reconcile.lake.folder import (
    MANIFEST_FILE,
    NEW_FOLDER,
    Lake,
    locked,
    read_manifest,
    require_ours,
    strange_paths,
)
from ledger.reconcile.lake.manifest import (
    FACTS_DIGEST,
    SEGMENTED,
    WRITER,
    LakeFile,
    Manifest,
    Segment,
    print_manifest,
    ranges,
    register_path,
    segment_path,
)
from ledger.reconcile.lake.segment import Maker
from ledger.store.database import Connection, Database
from ledger.store.lake import erasures_between
from ledger.store.log import last_checkpoint, log_size, tile_reader

__all__ = ["LakeUpdate", "Step", "newest_head", "update_lake"]

Step = Literal["opened", "segment-made", "segment-moved", "registers-moved", "manifest-made", "manifest-moved", "swept"]
"""Where an update is, for whoever watches: progress, crash tests."""

# The columns in which a person's pseudonym may stand.
_PERSON_COLUMNS = ("person", "pickup")


class LakeUpdate(msgspec.Struct, frozen=True):
    """What an update did.

    Attributes:
        before: the lake as it was, None when there was none that could be kept.
        after: the lake as it is.
        written: how many statements were read for it, whether new or not.
    """

    before: Manifest | None
    after: Manifest
    written: int


def update_lake(
    database: Database,
    trust: Trust,
    vault: Vault | None,
    folder: Path,
    *,
    on_step: Callable[[Step], None] = lambda step: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> LakeUpdate:
    """Bring a lake up to the newest signed head of a ledger; make it when there is none.

    Args:
        database, trust: the ledger; nothing is written there.
        vault: opens confidential parts; None makes a lake without persons.
        folder: the lake's; made when it is not there.
        on_step: called at each step.
        progress: called with (statements done, statements to do).

    Raises:
        Misuse: `lake-not-ours`, `lake-of-another`, `lake-persons-differ`.
        NotVerified: `checkpoint-mismatch`, `lake-ahead`, and what the ledger's rows are not.
        FormatError: `lake-malformed`.
        Unavailable: `lake-busy`; the world failed, and the lake is the old one.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(folder), database.read() as connection:  # 1.
        require_ours(folder)
        before = read_manifest(folder)
        head, note = newest_head(connection, trust)  # 3.
        if before is not None:
            _require_same(connection, trust, before, head.size, persons=vault is not None)  # 2.
            if (before.facts, before.writer) != (FACTS_DIGEST, WRITER):
                before = None  # a new version writes everything anew
        on_step("opened")
        work = _Work(Maker(database, connection, vault, head.size, folder / NEW_FOLDER), folder, on_step, progress)
        after = work.manifest(connection, before, head.size, note)
        _commit(folder, after, on_step)
        return LakeUpdate(before, after, work.written)


def newest_head(connection: Connection, trust: Trust) -> tuple[Checkpoint, str]:
    """Return the newest signed head that the database holds, and its note.

    Raises:
        NotVerified: `checkpoint-missing`; `checkpoint-mismatch` when the tree in the database has another root.
        FormatError, NotVerified: `note-…`, `checkpoint-…` when it is not signed by this ledger.
    """
    note = last_checkpoint(connection)
    if note is None:
        raise NotVerified("checkpoint-missing", "no head was ever signed")
    head = open_checkpoint(note, trust.origin, trust.vkey)
    if log_size(connection) < head.size or root_at(head.size, tile_reader(connection)) != head.root:
        raise NotVerified("checkpoint-mismatch", f"size {head.size}", index=head.size - 1)
    return head, note.decode()


def _require_same(connection: Connection, trust: Trust, before: Manifest, size: int, *, persons: bool) -> None:
    try:
        made_from = open_checkpoint(before.checkpoint.encode(), trust.origin, trust.vkey)
    except LedgerError as error:
        raise Misuse("lake-of-another", error.code) from None
    if made_from.size != before.size:
        raise Misuse("lake-of-another", f"size {before.size}, by its checkpoint {made_from.size}")
    if before.size > size:
        raise NotVerified("lake-ahead", f"made at {before.size} statements, the log has {size}", index=size)
    if root_at(made_from.size, tile_reader(connection)) != made_from.root:
        raise Misuse("lake-of-another", f"another history at size {made_from.size}")
    if before.persons != persons:
        raise Misuse("lake-persons-differ", "made with persons" if before.persons else "made without persons")


class _Work:
    """Makes segments and registers, and moves them into place."""

    def __init__(
        self, maker: Maker, folder: Path, on_step: Callable[[Step], None], progress: Callable[[int, int], None]
    ) -> None:
        self._maker = maker
        self._folder = folder
        self._on_step = on_step
        self._progress = progress
        self.written = 0

    def manifest(self, connection: Connection, before: Manifest | None, size: int, note: str) -> Manifest:
        """Make what is missing, and return the manifest of the whole."""
        _clear(self._folder / NEW_FOLDER)
        kept = {} if before is None else {(each.first, each.end): each for each in before.segments}
        if before is not None:
            for spoilt in _holding(connection, Lake(self._folder, before), size):  # 4.
                del kept[spoilt.first, spoilt.end]
        wanted = ranges(size)
        todo = sum(end - first for first, end in wanted if (first, end) not in kept)
        segments = []
        for first, end in wanted:  # 5.
            segment = kept.get((first, end))
            segments.append(self._segment(first, end, todo) if segment is None else segment)
        registers = {table: self._register(table) for table in KEPT_WHOLE}  # 6.
        _sync(self._folder)
        self._on_step("registers-moved")
        persons = self._maker.has_persons
        return Manifest(
            facts=FACTS_DIGEST, writer=WRITER, persons=persons, size=size, checkpoint=note,
            segments=segments, registers=registers,
        )  # fmt: skip

    def _segment(self, first: int, end: int, todo: int) -> Segment:
        done = self.written
        segment = self._maker.segment(first, end, lambda index: self._progress(done + min(index, end) - first, todo))
        self.written += end - first
        self._on_step("segment-made")
        for table, file in segment.tables.items():
            self._move(table, segment_path(table, first, end, file.digest))
        self._on_step("segment-moved")
        return segment

    def _register(self, table: str) -> LakeFile:
        file = self._maker.register(table)
        self._move(table, register_path(table, file.digest))
        return file

    def _move(self, table: str, name: str) -> None:
        path = self._folder / name
        path.parent.mkdir(exist_ok=True)
        self._maker.path(table).replace(path)
        _sync(path.parent)


def _holding(connection: Connection, lake: Lake, size: int) -> list[Segment]:
    """Return the segments in which a person stands who was erased since the lake was made."""
    bodies = erasures_between(connection, lake.manifest.size, size)
    gone = {_person(body) for body in bodies}
    if not gone or not lake.manifest.persons:
        return []
    return [segment for segment in lake.manifest.segments if _names_any(lake, segment, sorted(gone))]


def _person(body: bytes) -> str:
    erasure = parse_registration("erasure", body)
    assert isinstance(erasure, Erasure)
    return erasure.person


def _names_any(lake: Lake, segment: Segment, persons: list[str]) -> bool:
    for table in SEGMENTED:
        columns = [name for name in _PERSON_COLUMNS if name in FACTS[table].names]
        if not columns:
            continue
        path = lake.folder / segment_path(table, segment.first, segment.end, segment.tables[table].digest)
        for batch in pq.ParquetFile(path).iter_batches(columns=columns):
            for column in batch.columns:
                if pc.any(pc.is_in(column, value_set=pc.cast(persons, column.type))).as_py():
                    return True
    return False


def _commit(folder: Path, manifest: Manifest, on_step: Callable[[Step], None]) -> None:
    data = print_manifest(manifest)
    path, fresh = folder / MANIFEST_FILE, folder / NEW_FOLDER / MANIFEST_FILE
    with fresh.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    on_step("manifest-made")
    fresh.replace(path)  # 7.
    _sync(folder)
    on_step("manifest-moved")
    _sweep(Lake(folder, manifest))  # 8.
    on_step("swept")


def _sweep(lake: Lake) -> None:
    shutil.rmtree(lake.folder / NEW_FOLDER)
    for name in strange_paths(lake.folder, {path for path, _, _ in lake.paths()}):
        (lake.folder / name).unlink()
    for folder in lake.folder.iterdir():
        if folder.is_dir():
            _sync(folder)


def _clear(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
