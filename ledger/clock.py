"""The only clock, and the only source of chance.

Time, randomness and ids come to every other module as arguments; these are the real ones,
handed in where the program is put together. Times are whole seconds since 1970-01-01T00:00:00Z.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime

__all__ = ["Clock", "Randomness", "iso", "now", "random_bytes"]

Clock = Callable[[], int]
"""Returns the time in whole seconds since the epoch, UTC."""

Randomness = Callable[[int], bytes]
"""Returns that many unpredictable bytes."""


def now() -> int:
    """Return the machine's time in whole seconds since the epoch, UTC."""
    return int(time.time())


def random_bytes(count: int) -> bytes:
    """Return `count` bytes from the system's generator, fit for keys and salts."""
    return secrets.token_bytes(count)


def iso(seconds: int) -> str:
    """Print a time as people and JSON read it: `2026-11-22T04:37:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
