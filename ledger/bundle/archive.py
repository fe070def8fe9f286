"""The zip: written so that the same members make the same bytes, read so that no file from anywhere does harm.

Nothing is ever unpacked to disk. Before the archive's own list is read, its length is held against a bound, and
before any member is read, the list: how many members, how large each and all of them, which names; a member that
turns out longer than it said is refused too.

Every byte counts. What a zip says around its members stands there twice, and other programs believe the other copy:
so all of it must be what we would have written, members follow each other without a gap, nothing stands behind their
compressed bytes, and nothing behind the list.
"""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final, NoReturn

from ledger.bundle.form import NAME, Member
from ledger.errors import FormatError
from ledger.limits import BUNDLE_BYTES_MAX, BUNDLE_LIST_BYTES_MAX, BUNDLE_MEMBER_BYTES_MAX, BUNDLE_MEMBERS_MAX

__all__ = ["Archive", "Writer", "is_zip", "opened", "writing"]

# The first moment that a zip can tell; when it was written is no part of a case.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
_READABLE: Final = 0o100644 << 16
_UNIX: Final = 3
_LEVEL: Final = 6
_FIRST_BYTES: Final = b"PK\x03\x04"
_RAW_DEFLATE: Final = -15
# The last bytes of a zip without a comment (APPNOTE 4.3.14 to 4.3.16): the record for large archives, where it lies,
# and the record that all have; each begins with its mark, and tells how many bytes the list takes.
_LAST_BYTES, _LARGE, _LARGE_BYTES, _PLACE, _END, _END_BYTES = 98, b"PK\x06\x06", 40, 56, -22, -10
# What cannot be compressed grows by five bytes a block of 16 KiB: far less than this.
_GROWTH, _LEAST = 256, 64


class Writer:
    """Adds members, one after the other, and remembers their digests."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.members: list[Member] = []

    def add(self, name: str, data: bytes) -> None:
        """Add a member.

        Raises:
            FormatError: `bundle-too-large` when no reader would take it.
        """
        total = sum(member.bytes for member in self.members) + len(data)
        if len(data) > BUNDLE_MEMBER_BYTES_MAX or total > BUNDLE_BYTES_MAX or len(self.members) >= BUNDLE_MEMBERS_MAX:
            raise FormatError("bundle-too-large", name)
        self._archive.writestr(_entry(name), data, compresslevel=_LEVEL)
        self.members.append(Member(name=name, bytes=len(data), digest=sha256(data).hexdigest()))


def _entry(name: str) -> zipfile.ZipInfo:
    """Return what we say of a member, before its sizes are known."""
    entry = zipfile.ZipInfo(name, _NO_TIME)
    entry.external_attr, entry.create_system = _READABLE, _UNIX
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


@contextmanager
def writing(path: Path, before: Writer | None = None) -> Iterator[Writer]:
    """Write an archive, or go on with one; `before` is what wrote its beginning."""
    with zipfile.ZipFile(path, "a" if before else "w") as archive:
        writer = Writer(archive)
        writer.members = before.members if before else []
        yield writer


def is_zip(path: Path) -> bool:
    """Say whether a file begins as a zip does."""
    with path.open("rb") as file:
        return file.read(len(_FIRST_BYTES)) == _FIRST_BYTES


class Archive:
    """The members of an archive, by name; each is read whole, and no longer than it said it was."""

    def __init__(self, archive: zipfile.ZipFile, file: BinaryIO) -> None:
        self._file = file
        self._entries = {entry.filename: entry for entry in archive.infolist()}

    @property
    def names(self) -> list[str]:
        """The names of all members, ascending."""
        return sorted(self._entries)

    def below(self, folder: str) -> list[str]:
        """Return the names of the members of a folder, ascending."""
        return [name for name in self.names if name.startswith(folder)]

    def read(self, name: str, bytes_max: int = BUNDLE_MEMBER_BYTES_MAX) -> bytes:
        """Return a member.

        Raises:
            FormatError: `bundle-member-missing`; `casefile-malformed` when it is damaged, or not as long as it said;
                `bundle-too-large`.
        """
        entry = self._entries.get(name)
        if entry is None:
            raise FormatError("bundle-member-missing", name)
        if entry.file_size > bytes_max:
            raise FormatError("bundle-too-large", f"{name}: {entry.file_size} bytes, at most {bytes_max}")
        self._file.seek(entry.header_offset + len(entry.FileHeader(zip64=False)))
        inflating = zlib.decompressobj(_RAW_DEFLATE)
        try:
            data = inflating.decompress(self._file.read(entry.compress_size), entry.file_size + 1)
        except zlib.error:
            _refuse(f"{name}: damaged")
        if len(data) != entry.file_size or not inflating.eof or inflating.unused_data:
            _refuse(f"{name}: not as long as it says")
        if zlib.crc32(data) != entry.CRC:
            _refuse(f"{name}: damaged")
        return data


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open an archive for reading.

    Raises:
        FormatError: `casefile-malformed` when it is no zip, has something before or behind, or a member has a name
            that is not ours, is there twice, or is written in a way that we never write; `bundle-too-large`.
    """
    with path.open("rb") as file:
        _require_short_list(file)
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError) as error:
            raise FormatError("casefile-malformed", f"no zip: {type(error).__name__}") from None
        with archive:
            _require_bounds(archive.infolist())
            _require_ours(file, archive.infolist())
            yield Archive(archive, file)


def _require_short_list(file: BinaryIO) -> None:
    """Require that the list of members is no longer than a bundle's: whoever reads it holds all of it."""
    file.seek(0, os.SEEK_END)
    file.seek(max(0, file.tell() - _LAST_BYTES))
    last = file.read(_LAST_BYTES).rjust(_LAST_BYTES, b"\0")
    if not last[_END:].startswith(b"PK\x05\x06"):
        _refuse("no zip, or something stands behind it")
    told = int.from_bytes(last[_END_BYTES : _END_BYTES + 4], "little")
    if last.startswith(_LARGE) and last[_PLACE:].startswith(b"PK\x06\x07"):
        told = int.from_bytes(last[_LARGE_BYTES : _LARGE_BYTES + 8], "little")
    if told > BUNDLE_LIST_BYTES_MAX:
        raise FormatError("bundle-too-large", f"a list of members of {told} bytes, at most {BUNDLE_LIST_BYTES_MAX}")


def _require_bounds(entries: Sequence[zipfile.ZipInfo]) -> None:
    if len(entries) > BUNDLE_MEMBERS_MAX:
        raise FormatError("bundle-too-large", f"{len(entries)} members, at most {BUNDLE_MEMBERS_MAX}")
    for entry in entries:
        if entry.file_size > BUNDLE_MEMBER_BYTES_MAX:
            raise FormatError("bundle-too-large", f"a member of {entry.file_size} bytes")
        if entry.compress_size > entry.file_size + entry.file_size // _GROWTH + _LEAST:
            raise FormatError("bundle-too-large", f"a member that takes {entry.compress_size} bytes")
        if not NAME.fullmatch(entry.filename) or entry.orig_filename != entry.filename:
            _refuse("a member has a name that no bundle has")
    total = sum(entry.file_size for entry in entries)
    if total > BUNDLE_BYTES_MAX:
        raise FormatError("bundle-too-large", f"{total} bytes, at most {BUNDLE_BYTES_MAX}")
    names = [entry.filename for entry in entries]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        _refuse(f"{twice[0]} is there twice")


def _require_ours(file: BinaryIO, entries: Sequence[zipfile.ZipInfo]) -> None:
    """Require that all bytes around the members' own are those that we would have written."""
    ours, place = [], 0
    for entry in entries:
        known = _entry(entry.filename)
        known.CRC, known.file_size, known.compress_size = entry.CRC, entry.file_size, entry.compress_size
        known.header_offset = place
        header = known.FileHeader(zip64=False)
        file.seek(place)
        if file.read(len(header)) != header:
            _refuse(f"{entry.filename}: written as no bundle is, or something stands before it")
        place += len(header) + entry.compress_size
        ours.append(known)
    file.seek(place)
    behind = _List(place)
    with zipfile.ZipFile(behind, "w") as archive:  # which writes the list, and nothing else
        archive.infolist().extend(ours)
    told = behind.getvalue()
    if not entries or file.read(len(told) + 1) != told:
        _refuse("the list of members is written as no bundle's is, or something stands behind it")


class _List(io.BytesIO):
    """The end of an archive: what is written comes behind so many bytes that are not here."""

    def __init__(self, before: int) -> None:
        super().__init__()
        self._before = before

    def tell(self) -> int:
        return super().tell() + self._before

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return super().seek(offset - (self._before if whence == io.SEEK_SET else 0), whence) + self._before


def _refuse(why: str) -> NoReturn:
    raise FormatError("casefile-malformed", why)
