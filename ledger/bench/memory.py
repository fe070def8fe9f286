"""Memory, as the system and the interpreter count it."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

__all__ = ["PeakMemory", "peak_bytes", "watched"]

_EVERY_SECONDS = 0.05


def peak_bytes(work: Callable[[], object]) -> int:
    """Return the most that Python's objects took while `work` ran, beyond what they took before."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        work()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


class PeakMemory:
    """The most that this process and its children held, each page of memory counted once, in bytes."""

    def __init__(self) -> None:
        self.value = 0

    def look(self) -> None:
        """Look once."""
        self.value = max(self.value, sum(map(_proportional, _family(os.getpid()))))


@contextmanager
def watched() -> Iterator[PeakMemory]:
    """Look at the memory of this process and its children again and again until the block ends, and then once more."""
    peak, over = PeakMemory(), Event()

    def watch() -> None:
        while not over.wait(_EVERY_SECONDS):
            peak.look()

    thread = Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()
        peak.look()


def _family(parent: int) -> list[int]:
    found = [parent]
    for children in Path(f"/proc/{parent}/task").glob("*/children"):
        try:
            named = children.read_text("ascii").split()
        except OSError:
            continue
        for child in named:
            found += _family(int(child))
    return found


def _proportional(pid: int) -> int:
    """Return the proportional set size: a page that three processes share counts a third for each."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0  # it ended just now
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
