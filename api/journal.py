"""The journal: one line of JSON for each request and each event of the server's life, on standard error.

    {"time": "2026-11-26T08:00:00Z", "event": "request", "door": "/v1/statements", "status": 200, "ms": 12.3, …}

A line names the door, not the address that was asked for, since that may hold a pack's code; and the caller by the id
of their key. Nothing of a body, a query, an answer or a secret ever stands in it.
A journal that cannot be written, its disk being full, stops nothing; `packledger_alarms` counts lines that are lost.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, Final

import msgspec

from api.metrics import Metrics
from ledger.clock import Clock, iso

__all__ = ["Journal", "Listener"]

_SPEAK_PLAINLY: Final = frozenset({"uvicorn", "sqlalchemy"})
_encode = msgspec.json.Encoder().encode


def _to_standard_error(line: bytes) -> None:
    sys.stderr.buffer.write(line + b"\n")
    sys.stderr.buffer.flush()


class Journal:
    """Writes lines, and counts alarms.

    Args:
        clock: the time of each line.
        metrics: counts alarms.
        write: where lines go.
    """

    def __init__(
        self, clock: Clock, metrics: Metrics, write: Callable[[bytes], None] = _to_standard_error
    ) -> None:
        self._clock = clock
        self._metrics = metrics
        self._process = os.getpid()
        self._write = write
        self._printed = (-1, "")  # the second of the line before, and how it reads

    def say(self, event: str, **facts: Any) -> None:
        """Write a line; one that finds no room is counted, and nobody who asks is made to wait or fail for it."""
        line = _encode({"time": self._time(), "process": self._process, "event": event, **facts})
        try:
            self._write(line)
        except OSError:
            self._metrics.alarms.labels("journal-lost").inc()

    def _time(self) -> str:
        now = self._clock()
        if self._printed[0] != now:
            self._printed = now, iso(now)
        return self._printed[1]

    def alarm(self, what: str, **facts: Any) -> None:
        """Write a line that somebody must look at, and count it."""
        self._metrics.alarms.labels(what).inc()
        self.say("alarm", what=what, **facts)

    def fault(self, door: str, error: BaseException) -> None:
        """Write where the program failed, without the values that it failed on: they may be anybody's."""
        self.alarm("server-fault", door=door, kind=type(error).__name__, frames=_frames(error))


def _frames(error: BaseException) -> list[str]:
    return [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]


class Listener(logging.Handler):
    """Hears what libraries say, and writes it into a journal as a line like every other, without their values.

    What stands in a library's message before its values are put in is written only of those who put none in there.
    """

    def __init__(self, journal: Journal) -> None:
        super().__init__(logging.WARNING)
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        facts: dict[str, Any] = {"logger": record.name, "level": record.levelname.lower()}
        if isinstance(record.msg, str) and record.name.partition(".")[0] in _SPEAK_PLAINLY:
            facts["text"] = record.msg.strip().partition("\n")[0]
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            facts |= {"kind": type(error).__name__, "frames": _frames(error)}
        self._journal.say("library", **facts)
