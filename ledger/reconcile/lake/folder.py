"""A lake on disk: opening one, and telling what an update changed.

    with held_lake(folder) as lake:                 # no update takes files away meanwhile
        paths = lake.files("custody")
        changes = changes_between(manifest_of_last_run, lake.manifest)

The folder holds `manifest.json`, a folder of segments for each table of facts, a file for each register. The name
of every file tells its content, so that an update overwrites nothing: the manifest alone, replaced at the end in
one step, says which files are the lake.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from ledger.errors import Misuse, NotVerified, Unavailable
from ledger.limits import LAKE_MANIFEST_BYTES_MAX
from ledger.reconcile.facts import FACTS
from ledger.reconcile.lake.manifest import (
    FACTS_DIGEST,
    LakeFile,
    Manifest,
    parse_manifest,
    register_path,
    segment_path,
)

__all__ = [
    "MANIFEST_FILE", "NEW_FOLDER", "Changes", "Lake", "changes_between", "held_lake", "lies_there", "locked", "on_disk",
    "open_lake", "read_manifest", "require_ours", "strange_paths",
]  # fmt: skip

MANIFEST_FILE: Final = "manifest.json"
NEW_FOLDER: Final = ".new"
"""Where files are made; what lies there is not part of the lake."""

# Also the tables of other versions: an update writes everything anew, and takes them away.
_OURS: Final = re.compile(
    r"[a-z]+/[0-9]+-[0-9]+\.[0-9a-f]{16}\.parquet|[a-z]+\.[0-9a-f]{16}\.parquet"
    rf"|{re.escape(NEW_FOLDER)}/(?:[a-z]+\.parquet|{re.escape(MANIFEST_FILE)})"
)


class Lake(msgspec.Struct, frozen=True):
    """An open lake: its folder, and what its manifest says. What is in the files is compared by `verify` alone."""

    folder: Path
    manifest: Manifest

    def files(self, table: str) -> list[Path]:
        """Return the files of a table, in the order of the log; at least one, if perhaps without rows."""
        return self.files_between(table, 0, self.manifest.size)

    def files_between(self, table: str, first: int, end: int) -> list[Path]:
        """Return the files that hold the rows of the statements first … end-1, and neighbours of theirs.

        The file of a table that is kept whole is returned whatever the range.
        """
        if table in self.manifest.registers:
            return [self.folder / register_path(table, self.manifest.registers[table].digest)]
        return [
            self.folder / segment_path(table, each.first, each.end, each.tables[table].digest)
            for each in self.manifest.segments
            if each.first < end and first < each.end
        ]

    def facts(self) -> dict[str, list[str]]:
        """Return the files of every table, as an engine takes them."""
        return {table: [str(path) for path in self.files(table)] for table in FACTS}

    def rows(self, table: str) -> int:
        """Return how many rows a table has."""
        return sum(file.rows for file in self._of(table))

    def bytes(self, table: str) -> int:
        """Return how large a table's files are."""
        return sum(file.bytes for file in self._of(table))

    def _of(self, table: str) -> Iterator[LakeFile]:
        if table in self.manifest.registers:
            yield self.manifest.registers[table]
        else:
            yield from (each.tables[table] for each in self.manifest.segments)

    def paths(self) -> Iterator[tuple[str, LakeFile, int]]:
        """Iterate over (path inside the folder, what it should be, first log index) of every file."""
        for each in self.manifest.segments:
            for table, file in each.tables.items():
                yield segment_path(table, each.first, each.end, file.digest), file, each.first
        for table, file in self.manifest.registers.items():
            yield register_path(table, file.digest), file, 0


class Changes(msgspec.Struct, frozen=True):
    """What is different between two states of a lake.

    Attributes:
        everything: nothing of the earlier state can be relied on: there is none, or its facts are defined otherwise.
        first, end: the log indexes first … end-1 are new.
        rewritten: ranges of older log indexes in which an erasure emptied the persons of some rows.
    """

    everything: bool
    first: int
    end: int
    rewritten: tuple[tuple[int, int], ...] = ()


def changes_between(before: Manifest | None, after: Manifest) -> Changes:
    """Say what is new or different since an earlier state of the same lake; None is before there was one."""
    if (
        before is None
        or (before.facts, before.persons) != (after.facts, after.persons)
        or before.size > after.size
    ):
        return Changes(True, 0, after.size)
    rewritten = []
    earlier = list(before.segments)
    for each in after.segments:
        inside = []
        while earlier and earlier[0].end <= each.end:  # an earlier segment lies whole inside a later one
            inside.append(earlier.pop(0))
        # Erasures are never undone, so that more of them is the same as others.
        if inside and sum(one.erased for one in inside) != each.erased:
            rewritten.append((each.first, inside[-1].end))
    return Changes(False, before.size, after.size, tuple(rewritten))


def lies_there(folder: Path, name: str, file: LakeFile) -> bool:
    """Say whether a file of a lake is in its place, as long as the manifest says."""
    try:
        return (folder / name).stat().st_size == file.bytes
    except FileNotFoundError:
        return False


def open_lake(folder: Path) -> Lake:
    """Open a lake for reading; an update meanwhile takes files away (`held_lake` forbids it).

    Raises:
        Misuse: `lake-missing`; `lake-outdated` when it was made for facts that are defined otherwise.
        FormatError: `lake-malformed`, `json-…`.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        raise Misuse("lake-missing", f"{folder} has no {MANIFEST_FILE}")
    if manifest.facts != FACTS_DIGEST:
        raise Misuse("lake-outdated", "it was made for tables of another version")
    return Lake(folder, manifest)


@contextmanager
def held_lake(folder: Path, *, manifest_alone: bool = False) -> Iterator[Lake]:
    """Open a lake for reading, and keep updates away until the block ends.

    Args:
        manifest_alone: look at no file: the caller compares each, or those that count lie at another address.

    Raises:
        Unavailable: `lake-busy` while it is updated.
        NotVerified: `lake-file-missing`; `lake-file-altered` when a file is not as long as the manifest says.
        Misuse, FormatError: as `open_lake`.
    """
    if not folder.is_dir():
        raise Misuse("lake-missing", f"there is no folder {folder}")
    with locked(folder, fcntl.LOCK_SH):
        lake = open_lake(folder)
        for name, file, first in () if manifest_alone else lake.paths():
            if not lies_there(folder, name, file):
                code = "lake-file-altered" if (folder / name).exists() else "lake-file-missing"
                raise NotVerified(code, name, index=first)
        yield lake


@contextmanager
def on_disk() -> Iterator[None]:
    """Turn what the disk says into a problem of the lake; the database would take it for its own.

    Raises:
        Unavailable: `lake-unreachable`.
    """
    try:
        yield
    except OSError as error:
        raise Unavailable("lake-unreachable", error.strerror or type(error).__name__) from None


@contextmanager
def locked(folder: Path, kind: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Hold a folder's lock: updates alone, readers together.

    Raises:
        Unavailable: `lake-busy`.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unavailable("lake-busy", str(folder)) from None
        yield
    finally:
        os.close(descriptor)


def read_manifest(folder: Path) -> Manifest | None:
    """Read a folder's manifest; None when there is none.

    Raises:
        FormatError: `lake-malformed`, `json-…`.
    """
    try:
        with (folder / MANIFEST_FILE).open("rb") as file:
            data = file.read(LAKE_MANIFEST_BYTES_MAX + 1)
    except FileNotFoundError:
        return None
    return parse_manifest(data)


def strange_paths(folder: Path, known: set[str]) -> Iterator[str]:
    """Iterate over the files of a lake's folder that neither its manifest names nor the lake knows, in order."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name != MANIFEST_FILE and name not in known and not path.is_dir():
            yield name


def require_ours(folder: Path) -> None:
    """Require that a folder holds nothing but what an update could have put there.

    Raises:
        Misuse: `lake-not-ours`, with the first name that does not belong.
    """
    for name in strange_paths(folder, set()):
        if _OURS.fullmatch(name) is None:
            raise Misuse("lake-not-ours", f"{name} does not belong into a lake")
