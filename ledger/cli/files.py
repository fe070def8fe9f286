"""Key files that a command reads and makes, and folders that it fills."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.durable import create_file, read_whole
from ledger.errors import Misuse
from ledger.limits import KEY_FILE_BYTES_MAX
from ledger.log.keys import PrivateKey

__all__ = ["fresh_folder", "load_key", "save_key"]


def load_key(path: Path) -> PrivateKey:
    """Read a station's private key.

    Raises:
        FormatError: `key-malformed`, `file-too-large`.
        OSError: it cannot be read.
    """
    return PrivateKey.from_pem(read_whole(path, KEY_FILE_BYTES_MAX))


def save_key(path: Path, key: PrivateKey) -> None:
    """Write a private key to a new file that only its owner may read.

    Raises:
        Misuse: `file-exists`.
        OSError: it cannot be written; there is no such file.
    """
    try:
        create_file(path, key.to_pem())
    except FileExistsError:
        raise Misuse("file-exists", f"{path} is there already") from None


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
