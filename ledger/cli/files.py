"""Files that a command reads whole, never more of them than such a file can hold; and folders that it fills."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import FormatError, Misuse
from ledger.limits import KEY_FILE_BYTES_MAX
from ledger.log.keys import PrivateKey

__all__ = ["fresh_folder", "load_key", "read_file"]


def read_file(path: Path, bytes_max: int) -> bytes:
    """Return what a file holds; devices and pipes that never end are cut off too.

    Raises:
        FormatError: `file-too-large`.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(bytes_max + 1)
    if len(data) > bytes_max:
        raise FormatError("file-too-large", f"{path.name}: more than {bytes_max} bytes")
    return data


def load_key(path: Path) -> PrivateKey:
    """Read a station's private key.

    Raises:
        FormatError: `key-malformed`, `file-too-large`.
        OSError: it cannot be read.
    """
    return PrivateKey.from_pem(read_file(path, KEY_FILE_BYTES_MAX))


@contextmanager
def fresh_folder(path: Path) -> Iterator[None]:
    """Make a folder for the block to fill; it goes again, with what is in it, when the block does not end well.

    Raises:
        Misuse: `file-exists`.
        OSError: it cannot be made.
    """
    if path.exists():
        raise Misuse("file-exists", f"{path} is there already")
    path.mkdir(parents=True)
    try:
        yield
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
