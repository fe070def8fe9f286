"""Recording for HTTP: submissions that arrive together are admitted together, and get their receipts together.

What a commit costs depends little on how much is in it: so a batch of few submissions waits until the one before it
is written, and a moment more for those who were answered by it. A full one is admitted meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import msgspec

from api.batching import Batcher
from api.tracing import Tracing
from ledger.export import Exporter
from ledger.limits import GROUP_SUBMISSIONS_MAX
from ledger.record import Recorder
from ledger.recording.outcome import Outcome
from ledger.submission import Submission

__all__ = ["Receipted", "Recording"]


_BATCHES_AT_WORK = 2
_COMPANY = 0.75  # to answer sixteen, and to read what they ask next, takes more than half as long as their group


class Receipted(msgspec.Struct, frozen=True):
    """The answer to one submission, with the receipt of what is in the log (None when refused)."""

    outcome: Outcome
    receipt: bytes | None


class Recording:
    """Hands what requests bring to the recorder.

    Args:
        recorder: writes.
        exporter: makes receipts.
        tracing: tells how long a request waits for it; None for nobody who asks.
    """

    def __init__(self, recorder: Recorder, exporter: Exporter, tracing: Tracing | None) -> None:
        self._recorder = recorder
        self._exporter = exporter
        self._tracing = tracing
        self._requests: Batcher[Sequence[Submission], list[Receipted]] = Batcher(
            "recording", self._record, batch_max=GROUP_SUBMISSIONS_MAX, threads=_BATCHES_AT_WORK,
            size=lambda submissions: max(1, len(submissions)), company=_COMPANY,
        )  # fmt: skip

    async def record(self, submissions: Sequence[Submission]) -> list[Receipted]:
        """Record the submissions of one request, in order; each stands alone.

        Raises:
            Unavailable: as `Recorder.record`; or `server-busy`, and nothing was begun.
            NotVerified: as `Recorder.record`.
        """
        done = self._requests.ask(submissions)
        if self._tracing is not None:
            done = self._tracing.part("record", "packledger.statements", len(submissions), done)
        return await done

    def record_one(self, submission: Submission) -> Outcome:
        """Record one submission from a thread that may wait; its receipt is nobody's concern."""
        return self._recorder.record([submission])[0]

    def record_many(self, submissions: Sequence[Submission]) -> list[Receipted]:
        """Record submissions, in order, from a thread that may wait.

        Raises:
            Unavailable, NotVerified: as `Recorder.record`.
        """
        return self._record([submissions])[0]

    def _record(self, requests: Sequence[Sequence[Submission]]) -> list[list[Receipted]]:
        outcomes = self._recorder.record(list(chain.from_iterable(requests)))
        indexes = [outcome.index for outcome in outcomes if outcome.index is not None]
        receipts = dict(zip(indexes, self._receipts(indexes), strict=True))
        answers = iter(outcomes)
        return [
            [_receipted(next(answers), receipts) for _ in submissions] for submissions in requests
        ]

    def _receipts(self, indexes: Sequence[int]) -> list[bytes]:
        return self._exporter.receipts(indexes, self._recorder.published)

    def close(self) -> None:
        """Finish what was begun, and stop."""
        self._requests.close()


def _receipted(outcome: Outcome, receipts: dict[int, bytes]) -> Receipted:
    return Receipted(outcome, None if outcome.index is None else receipts[outcome.index])
