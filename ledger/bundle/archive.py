"""The zip: written so that the same members make the same bytes, read so that no file from anywhere does harm.

Nothing is ever unpacked to disk. Before any member is read, the archive's own list is held against bounds: how many
members, how large each and all of them, which names; a member that turns out longer than it said is refused too.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final, NoReturn

from ledger.bundle.form import NAME, Member
from ledger.errors import FormatError
from ledger.limits import BUNDLE_BYTES_MAX, BUNDLE_MEMBER_BYTES_MAX, BUNDLE_MEMBERS_MAX

__all__ = ["Archive", "Writer", "is_zip", "opened", "writing"]

# The first moment that a zip can tell; when it was written is no part of a case.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
_READABLE: Final = 0o100644 << 16
_UNIX: Final = 3
_LEVEL: Final = 6
_ENCRYPTED: Final = 0x1
_FIRST_BYTES: Final = b"PK\x03\x04"
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


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
        entry = zipfile.ZipInfo(name, _NO_TIME)
        entry.external_attr, entry.create_system = _READABLE, _UNIX
        entry.compress_type = zipfile.ZIP_DEFLATED
        self._archive.writestr(entry, data, compresslevel=_LEVEL)
        self.members.append(Member(name=name, bytes=len(data), digest=sha256(data).hexdigest()))


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

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._entries = {entry.filename: entry for entry in archive.infolist()}

    @property
    def names(self) -> list[str]:
        """The names of all members, ascending."""
        return sorted(self._entries)

    def below(self, folder: str) -> list[str]:
        """Return the names of the members of a folder, ascending."""
        return [name for name in self.names if name.startswith(folder)]

    def read(self, name: str) -> bytes:
        """Return a member.

        Raises:
            FormatError: `bundle-member-missing`; `casefile-malformed` when it is damaged, or not as long as it said.
        """
        entry = self._entries.get(name)
        if entry is None:
            raise FormatError("bundle-member-missing", name)
        try:
            with self._archive.open(entry) as file:
                data = file.read(entry.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            _refuse(f"{name}: {type(error).__name__}")
        if len(data) != entry.file_size:
            _refuse(f"{name}: not as long as it says")
        return data


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open an archive for reading.

    Raises:
        FormatError: `casefile-malformed` when it is no zip, has something before or behind, or a member has a name
            that is not ours, is there twice, or is written in a way that we never write; `bundle-too-large`.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError) as error:
        raise FormatError("casefile-malformed", f"no zip: {type(error).__name__}") from None
    with archive:
        _require_bounds(archive)
        yield Archive(archive)


def _require_bounds(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > BUNDLE_MEMBERS_MAX:
        raise FormatError("bundle-too-large", f"{len(entries)} members, at most {BUNDLE_MEMBERS_MAX}")
    if archive.comment or not entries or min(entry.header_offset for entry in entries) != 0:
        _refuse("something stands before the first member, or behind the last")
    for entry in entries:
        if entry.file_size > BUNDLE_MEMBER_BYTES_MAX:
            raise FormatError("bundle-too-large", f"a member of {entry.file_size} bytes")
        if not NAME.fullmatch(entry.filename) or entry.orig_filename != entry.filename:
            _refuse("a member has a name that no bundle has")
        if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _METHODS or entry.external_attr != _READABLE:
            _refuse(f"{entry.filename}: written as no bundle is")
    total = sum(entry.file_size for entry in entries)
    if total > BUNDLE_BYTES_MAX:
        raise FormatError("bundle-too-large", f"{total} bytes, at most {BUNDLE_BYTES_MAX}")
    names = [entry.filename for entry in entries]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        _refuse(f"{twice[0]} is there twice")


def _refuse(why: str) -> NoReturn:
    raise FormatError("casefile-malformed", why)
