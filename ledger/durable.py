"""Files that are whole at every moment: the old content or the new, and the new one on disk before anybody is told.

`replace_file` puts a new file in the place of the old one, which asks the disk two or three times: for the file, its
name, and the file system's own books. What is written many times a second has two rooms in one file instead, and is
written into them by turns, in place: that asks the disk once. A write that was cut off spoils one room, and the other
still holds what was there before (docs/formats/checkpoint.md).

What a person asked for, and can ask for again, is `write_whole`: nobody waits for the disk.
What a person names is `read_whole`, within a bound; what the ledger keeps is `read_kept`, and nothing but a file.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from ledger.errors import FormatError

__all__ = [
    "ROOM_BYTES", "create_file", "furnish", "locked", "read_kept", "read_rooms", "read_whole", "replace_file",
    "write_room", "write_whole",
]  # fmt: skip

ROOM_BYTES: Final = 4_096
_DIGEST_BYTES: Final = 65


@contextmanager
def locked(folder: Path) -> Iterator[int]:
    """Hold a folder for oneself, against every other process that asks the same way; gives its descriptor.

    Raises:
        OSError: there is no such folder.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def create_file(path: Path, content: bytes) -> None:
    """Make a file that only its owner may read; it is on disk when this returns, or there is none.

    Raises:
        FileExistsError: it is there already, and as it was.
        OSError: it cannot be written.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        path.unlink()
        raise


def replace_file(path: Path, content: bytes, folder: int) -> None:
    """Put a file in the place of an older one; it is on disk when this returns.

    Args:
        path, content: the file.
        folder: descriptor of its folder, which the caller holds `locked`.

    Raises:
        OSError: the old file is still there.
    """
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    os.fsync(folder)


def read_whole(path: Path, bytes_max: int) -> bytes:
    """Return what a file holds; devices and pipes that never end are cut off too.

    Raises:
        FormatError: `file-too-large`.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return _within(file, path, bytes_max)


def read_kept(path: Path, bytes_max: int) -> bytes | None:
    """Return what a file of the ledger holds; None where there is nothing of this name.

    Raises:
        FormatError: `file-too-large`.
        OSError: it cannot be read; it is no file, or a link that leads nowhere: on a disk that is away, there is one.
    """
    try:
        # Opening a pipe would wait for somebody who writes to it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        if path.is_symlink():
            raise
        return None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a file")
        return _within(file, path, bytes_max)


def _within(file: BinaryIO, path: Path, bytes_max: int) -> bytes:
    data = file.read(bytes_max + 1)
    if len(data) > bytes_max:
        raise FormatError("file-too-large", f"{path.name}: more than {bytes_max} bytes")
    return data


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, or leave what was there before; devices and pipes are written to as they are.

    Raises:
        OSError: it cannot be written.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    fresh = path.with_name(path.name + ".new")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def furnish(path: Path, content: bytes, folder: int) -> None:
    """Make a file of two rooms, both with this content; it is on disk when this returns.

    Args:
        path, content: the file, and text that ends in one newline.
        folder: descriptor of its folder, which the caller holds `locked`.

    Raises:
        OSError: there is no such file, or the old one is still there.
    """
    replace_file(path, 2 * _room(content), folder)


def read_rooms(data: bytes) -> list[bytes | None]:
    """Return what each of the two rooms holds, given the file's bytes; None for a room that is not whole."""
    return [_content(data[start : start + ROOM_BYTES]) for start in (0, ROOM_BYTES)]


def write_room(path: Path, number: int, content: bytes) -> None:
    """Write one room of the two, in place; it is on disk when this returns.

    Raises:
        OSError: the other room is as it was.
    """
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.pwrite(descriptor, _room(content), number * ROOM_BYTES)
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


def _room(content: bytes) -> bytes:
    room = b"%s\n%s" % (sha256(content).hexdigest().encode(), content)
    assert len(room) <= ROOM_BYTES
    return room.ljust(ROOM_BYTES, b"\n")


def _content(room: bytes) -> bytes | None:
    content = room[_DIGEST_BYTES:].rstrip(b"\n") + b"\n"
    return content if room == _room(content) else None
