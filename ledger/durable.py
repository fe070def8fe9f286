"""Files that are whole at every moment: the old content or the new, and the new one on disk before anybody is told."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["locked", "replace_file"]


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
