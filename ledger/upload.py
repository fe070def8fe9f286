"""Upload files into the ledger: every line stands alone, and each gets its answer."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from ledger.errors import FormatError, LedgerError
from ledger.limits import GROUP_SUBMISSIONS_MAX, UPLOAD_LINE_BYTES_MAX
from ledger.record import Recorder
from ledger.recording.outcome import Outcome
from ledger.submission import Submission, UploadLine, parse_line

__all__ = ["LineOutcome", "SimulatedClock", "by_time", "read_lines", "record_lines"]

_SAME_BATCH_SECONDS = 1_800


class LineOutcome(msgspec.Struct, frozen=True):
    """The answer to one line of a file, counted from 1."""

    line: int
    outcome: Outcome


class SimulatedClock:
    """A clock that shows what it was set to last; for simulated data only."""

    def __init__(self, start: int) -> None:
        self.time = start

    def __call__(self) -> int:
        return self.time


def read_lines(file: BinaryIO) -> Iterator[tuple[int, UploadLine | LedgerError]]:
    """Iterate over the lines of an upload file: each parsed, or what is wrong with it. Empty lines are skipped."""
    number = 0
    while line := file.readline(UPLOAD_LINE_BYTES_MAX + 1):
        number += 1
        if len(line) > UPLOAD_LINE_BYTES_MAX:
            while line and not line.endswith(b"\n"):
                line = file.readline(UPLOAD_LINE_BYTES_MAX)
            yield number, FormatError("upload-line-too-large", f"more than {UPLOAD_LINE_BYTES_MAX} bytes")
        elif line.strip():
            try:
                yield number, parse_line(line)
            except FormatError as error:
                yield number, error


def record_lines(
    recorder: Recorder, lines: Iterator[tuple[int, UploadLine | LedgerError]]
) -> Iterator[list[LineOutcome]]:
    """Record a file's lines, group by group; lines that do not parse are refused in their place."""
    waiting: deque[tuple[int, LedgerError | None]] = deque()

    def submissions() -> Iterator[Submission]:
        for number, line in lines:
            waiting.append((number, line if isinstance(line, LedgerError) else None))
            if isinstance(line, UploadLine):
                yield line.submission

    for outcomes in recorder.record_all(submissions()):
        yield [answer for outcome in outcomes for answer in (*_refused(waiting), _next(waiting, outcome))]
    yield list(_refused(waiting))


def _refused(waiting: deque[tuple[int, LedgerError | None]]) -> Iterator[LineOutcome]:
    """Answer the lines at the front that did not parse."""
    while waiting and waiting[0][1] is not None:
        number, problem = waiting.popleft()
        yield LineOutcome(number, Outcome(status="refused", problem=problem))


def _next(waiting: deque[tuple[int, LedgerError | None]], outcome: Outcome) -> LineOutcome:
    return LineOutcome(waiting.popleft()[0], outcome)


def by_time(
    recorder: Recorder, clock: SimulatedClock, lines: Iterator[tuple[int, UploadLine | LedgerError]]
) -> Iterator[list[LineOutcome]]:
    """Record simulated lines, each at the time it says it was received, near ones in one batch."""
    group: list[tuple[int, UploadLine | LedgerError]] = []
    opened = clock.time
    for number, line in lines:
        received = line.received if isinstance(line, UploadLine) and line.received is not None else clock.time
        if group and (received > opened + _SAME_BATCH_SECONDS or len(group) == GROUP_SUBMISSIONS_MAX):
            yield _record(recorder, group)
            group = []
        if not group:
            opened = max(received, clock.time)
        clock.time = max(received, clock.time)
        group.append((number, line))
    if group:
        yield _record(recorder, group)


def _record(recorder: Recorder, group: list[tuple[int, UploadLine | LedgerError]]) -> list[LineOutcome]:
    outcomes = iter(recorder.record([line.submission for _, line in group if isinstance(line, UploadLine)]))
    return [
        LineOutcome(
            number,
            next(outcomes) if isinstance(line, UploadLine) else Outcome(status="refused", problem=line),
        )
        for number, line in group
    ]
