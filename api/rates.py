"""Rates: who asks too often is told to come again; one bucket a caller, for all processes of one server.

A bucket fills by so many a second, up to some seconds' worth, and each request takes one. A caller with a key or
token has one bucket for all its connections; without, one address has.

Buckets lie in memory that the processes of a server share: a key of 16 bytes, then rooms of 8 bytes. A room holds the
moment at which its bucket will be full again, in nanoseconds of the machine's steady clock. A hash of the caller's
name under that key leads to the room: no name and no address is kept. Two callers whom it leads to one room share a
bucket; nobody outside can tell who they would be.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from mmap import mmap
from pathlib import Path
from struct import Struct
from time import monotonic_ns
from typing import Final

from api.metrics import SHARED_FOLDER_VARIABLE
from ledger.clock import Randomness
from ledger.errors import Unavailable
from ledger.identity.access import Caller
from ledger.limits import CALLERS_COUNTED_MAX, RATE_BURST_SECONDS_MAX

__all__ = ["Buckets", "Rates", "open_buckets"]

_SECOND: Final = 1_000_000_000
_BURST: Final = RATE_BURST_SECONDS_MAX * _SECOND
_KEY_BYTES: Final = 16
_ROOM: Final = Struct("<q")
_BYTES: Final = _KEY_BYTES + _ROOM.size * CALLERS_COUNTED_MAX


class Buckets:
    """Rooms for buckets, in one process or in several.

    Args:
        random: makes the key of new rooms.
        path: of the file through which processes share them; the first to open it makes it. None for no file.
    """

    def __init__(self, random: Randomness, path: Path | None = None) -> None:
        self._file = -1 if path is None else os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with self._alone(0, 0):
            is_new = path is None or os.fstat(self._file).st_size < _BYTES
            if is_new and path is not None:
                os.posix_fallocate(self._file, 0, _BYTES)  # a disk that is full later would end the process (SIGBUS)
            self._memory = mmap(self._file, _BYTES)
            if is_new:
                self._memory[:_KEY_BYTES] = random(_KEY_BYTES)
        self._key = self._memory[:_KEY_BYTES]

    def take(self, name: str, interval: int, now: int) -> bool:
        """Take one from a bucket, and say whether there was one.

        Args:
            name: whose.
            interval: in how many nanoseconds one comes in.
            now: of a clock that all processes share, in nanoseconds.
        """
        number = int.from_bytes(blake2b(name.encode(), key=self._key, digest_size=8).digest())
        at = _KEY_BYTES + _ROOM.size * (number % CALLERS_COUNTED_MAX)
        with self._alone(at, _ROOM.size):
            (full,) = _ROOM.unpack_from(self._memory, at)
            if not now < full <= now + _BURST:
                full = now  # it is full already; or the clock began anew
            if full + interval > now + _BURST:
                return False
            _ROOM.pack_into(self._memory, at, full + interval)
        return True

    @contextmanager
    def _alone(self, at: int, size: int) -> Iterator[None]:
        """Keep other processes out of some bytes; a process that dies inside lets them in."""
        if self._file < 0:
            yield
            return
        fcntl.lockf(self._file, fcntl.LOCK_EX, size, at)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, size, at)

    def close(self) -> None:
        """Let go of the memory."""
        self._memory.close()
        if self._file >= 0:
            os.close(self._file)


def open_buckets(random: Randomness) -> Buckets:
    """Return the buckets of this server: in the folder that its processes share, when there are several.

    Raises:
        Unavailable: `server-fault` when there is no room for them.
    """
    folder = os.environ.get(SHARED_FOLDER_VARIABLE)
    try:
        return Buckets(random, None if folder is None else Path(folder) / "rates")
    except OSError as error:
        raise Unavailable("server-fault", f"no room in {folder}: {error.strerror}") from None


class Rates:
    """Counts requests by caller.

    Args:
        what: is counted; other counts of the same caller have other buckets.
        buckets: where.
        per_second: for each key or token; 0 for none at all.
        public_per_second: for each address without one.
        clock: nanoseconds that only ever grow, the same for all processes.
    """

    def __init__(
        self,
        what: str,
        buckets: Buckets,
        per_second: int,
        public_per_second: int,
        clock: Callable[[], int] = monotonic_ns,
    ) -> None:
        self._what = what
        self._buckets = buckets
        self._rates = {False: per_second, True: public_per_second}
        self._clock = clock

    def take(self, caller: Caller, address: str) -> None:
        """Count one request.

        Raises:
            Unavailable: `rate-exceeded`.
        """
        rate = self._rates[caller.is_public]
        name = f"{self._what} @{address}" if caller.is_public else f"{self._what} {caller.name}"
        if not rate or not self._buckets.take(name, _SECOND // rate, self._clock()):
            raise Unavailable("rate-exceeded", f"at most {rate} requests a second")
