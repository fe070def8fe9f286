"""Updating a lake: what the log has more of is added, what erasures take away is written anew.

    1. lock          one update at a time, and no reader meanwhile
    2. belongs       the folder is empty, or a lake of this very log, not ahead of it
    3. head          the newest signed checkpoint: signed by this ledger's key, and the tree's own root
    4. spoilt        which segments have lost a file, or hold persons who were erased since
    5. segments      make what is new or no longer right; each file is on disk before its name says so
    6. registers     the tables that are kept whole
    7. manifest      replaced in one step: until then the lake is the old one, from then on the new one
    8. sweep         take away what the manifest does not name

Killed at any moment, the folder holds one whole lake, and files that the next update takes away.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from ledger.identity.vault import Vault
from ledger.opening import Trust
from ledger.reconcile.facts import KEPT_WHOLE
from ledger.reconcile.lake.erased import holding_erased
from ledger.reconcile.lake.folder import (
    MANIFEST_FILE,
    NEW_FOLDER,
    Lake,
    lies_there,
    locked,
    on_disk,
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
from ledger.reconcile.lake.source import newest_head, require_persons, require_source
from ledger.store.database import Connection, Database

__all__ = ["LakeUpdate", "Step", "update_lake"]

Step = Literal["opened", "segment-made", "segment-moved", "registers-moved", "manifest-made", "manifest-moved", "swept"]
"""Where an update is, for whoever watches: progress, crash tests."""


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
        Misuse: `lake-not-ours`, `lake-persons-differ`.
        NotVerified: `lake-of-another`, `lake-ahead`; as `newest_head`; what the ledger's rows are not.
        FormatError: `lake-malformed`.
        Unavailable: `lake-busy`; `lake-unreachable`, `store-…`: the world failed, and the lake is the old one.
    """
    with on_disk():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(folder), database.read() as connection, on_disk():  # 1.
        require_ours(folder)
        before = read_manifest(folder)
        head, note = newest_head(connection, trust)  # 3.
        if before is not None:
            require_source(connection, trust, before, head.size)  # 2.
            require_persons(before, persons=vault is not None)
            if (before.facts, before.writer) != (FACTS_DIGEST, WRITER):
                before = None  # a new version writes everything anew
        on_step("opened")
        work = _Work(Maker(database, connection, vault, head.size, folder / NEW_FOLDER), folder, on_step, progress)
        after = work.manifest(connection, before, head.size, note)
        _commit(folder, after, on_step)
        return LakeUpdate(before, after, work.written)


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
            for spoilt in _spoilt(self._folder, before):  # 4.
                del kept[spoilt.first, spoilt.end]
            whole = msgspec.structs.replace(before, segments=list(kept.values()))
            for spoilt in holding_erased(connection, Lake(self._folder, whole), size):
                del kept[spoilt.first, spoilt.end]
        wanted = ranges(size)
        todo = sum(end - first for first, end in wanted if (first, end) not in kept)
        segments = []
        for first, end in wanted:  # 5.
            segment = kept.get((first, end))
            segments.append(self._segment(first, end, todo) if segment is None else segment)
        registers = {table: self._register(table) for table in KEPT_WHOLE}  # 6.
        for folder in (self._folder, *(self._folder / table for table in SEGMENTED)):
            _sync(folder)
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


def _spoilt(folder: Path, manifest: Manifest) -> Iterator[Segment]:
    """Iterate over the segments of which a file is gone, or not as long as the manifest says."""
    for each in manifest.segments:
        files = ((segment_path(table, each.first, each.end, file.digest), file) for table, file in each.tables.items())
        if not all(lies_there(folder, name, file) for name, file in files):
            yield each


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
