"""Is a lake what it says it is, and is it what the log says?

With nothing but the folder and the ledger's key (`check_lake`):
    1. the manifest is what its format says, bit by bit
    2. its checkpoint is signed by the ledger's key, and of the lake's size
    3. every file is there, as long as the manifest says, with its digest
    4. every file is Parquet with the columns of its table, and as many rows as the manifest says
    5. there is nothing else in the folder
What follows: these are the files that belong to this manifest. What does not: that whoever made them from that log
made them truly; the ledger signs its log, not its lakes.

With the ledger at hand as well (`compare_lake`):
    6. the lake was made from a state of this very log
    7. nobody who was erased since still stands in it
    8. making each file again gives the same bytes
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from ledger.errors import Misuse, NotVerified
from ledger.identity.vault import Vault
from ledger.log.note import VerifierKey
from ledger.opening import Trust
from ledger.reconcile.facts import FACTS, KEPT_WHOLE
from ledger.reconcile.lake.erased import holding_erased
from ledger.reconcile.lake.folder import Lake, held_lake, on_disk, strange_paths
from ledger.reconcile.lake.manifest import WRITER, LakeFile, Manifest, register_path, segment_path
from ledger.reconcile.lake.segment import Maker
from ledger.reconcile.lake.source import head_of, require_persons, require_source
from ledger.store.database import Database
from ledger.store.log import log_size

__all__ = ["LakeReport", "check_lake", "compare_lake"]

Progress = Callable[[int, int], None]


class LakeReport(msgspec.Struct, frozen=True):
    """What a check found: everything holds, or it would have raised.

    Attributes:
        origin: whose log.
        size: how many statements of it.
        files, rows, bytes: how many were checked.
        compared: whether the ledger was at hand, and the files were made again.
    """

    origin: str
    size: int
    files: int
    rows: int
    bytes: int
    compared: bool = False


def check_lake(folder: Path, vkey: VerifierKey, progress: Progress = lambda done, total: None) -> LakeReport:
    """Check a lake without its ledger; the steps are those of the module's docstring.

    Args:
        folder: the lake's.
        vkey: the ledger's key, known from elsewhere.
        progress: called with (bytes done, bytes in all).

    Raises:
        NotVerified: `lake-of-another`, `lake-file-missing`, `lake-file-altered`, `lake-file-unexpected`; the detail
            names the first file at fault, the index the first statement whose facts are in it.
        FormatError: `lake-malformed`, `json-…`.
        Misuse: `lake-missing`, `lake-outdated`.
        Unavailable: `lake-busy`.
    """
    with held_lake(folder, manifest_alone=True) as lake:  # 1.
        head = head_of(lake.manifest, vkey)  # 2.
        files = list(lake.paths())
        total, done = sum(file.bytes for _, file, _ in files), 0
        for name, file, first in files:  # 3. 4.
            _require_file(lake, name, file, first)
            done += file.bytes
            progress(done, total)
        for name in strange_paths(folder, {name for name, _, _ in files}):  # 5.
            raise NotVerified("lake-file-unexpected", name)
        rows = sum(file.rows for _, file, _ in files)
        return LakeReport(head.origin, head.size, len(files), rows, total)


def _require_file(lake: Lake, name: str, file: LakeFile, first: int) -> None:
    path = lake.folder / name
    try:
        with path.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
            size = opened.tell()
    except FileNotFoundError:
        raise NotVerified("lake-file-missing", name, index=first) from None
    if (digest, size) != (file.digest, file.bytes):
        raise NotVerified("lake-file-altered", name, index=first)
    try:
        found = pq.ParquetFile(path)
    except (pa.ArrowException, OSError):
        raise NotVerified("lake-file-altered", f"{name} is not Parquet", index=first) from None
    table = name.partition("/")[0].partition(".")[0]
    if found.schema_arrow != FACTS[table] or found.metadata.num_rows != file.rows:
        raise NotVerified("lake-file-altered", f"{name} has other columns or rows", index=first)


def compare_lake(
    database: Database,
    trust: Trust,
    vault: Vault | None,
    folder: Path,
    progress: Progress = lambda done, total: None,
) -> None:
    """Compare a lake with its ledger: make every file again, and hold it against the manifest.

    Args:
        database, trust: the ledger; nothing is written there.
        vault: opens confidential parts; None for a lake without persons.
        folder: the lake's; nothing is written there either.
        progress: called with (statements done, statements in all).

    Raises:
        NotVerified: `lake-rows-altered` with the first file at fault; `lake-holds-erased`; as `require_source`.
        Misuse: `lake-persons-differ`; `lake-outdated` when another version wrote it; as `check_lake`.
        Unavailable: `lake-busy`, `lake-unreachable`.
    """
    with held_lake(folder) as lake, database.read() as connection, on_disk():
        manifest = lake.manifest
        require_source(connection, trust, manifest, log_size(connection))  # 6.
        require_persons(manifest, persons=vault is not None)
        if manifest.writer != WRITER:
            raise Misuse("lake-outdated", f"written by {manifest.writer}, here is {WRITER}")
        for held in holding_erased(connection, lake, log_size(connection)):  # 7.
            raise NotVerified("lake-holds-erased", f"statements {held.first} to {held.end - 1}", index=held.first)
        with tempfile.TemporaryDirectory(prefix="packledger-lake-") as made:
            maker = Maker(database, connection, vault, manifest.size, Path(made))
            for name, first, same in _made_again(maker, manifest, progress):  # 8.
                if not same:
                    raise NotVerified("lake-rows-altered", name, index=first)


def _made_again(maker: Maker, manifest: Manifest, progress: Progress) -> Iterator[tuple[str, int, bool]]:
    """Make every file again; iterate over (its path in the lake, first log index, whether it came out the same)."""
    for each in manifest.segments:
        made = maker.segment(each.first, each.end, lambda index: progress(min(index, manifest.size), manifest.size))
        for table, file in each.tables.items():
            yield segment_path(table, each.first, each.end, file.digest), each.first, made.tables[table] == file
            maker.path(table).unlink()
        if made.erased != each.erased:
            raise NotVerified("lake-rows-altered", "the count of erased parts", index=each.first)
    for table in KEPT_WHOLE:
        file = manifest.registers[table]
        yield register_path(table, file.digest), 0, maker.register(table) == file
        maker.path(table).unlink()
