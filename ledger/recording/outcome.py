"""The answer to one submission."""

from __future__ import annotations

from typing import Literal

import msgspec

from ledger.custody.anomalies import Verdict, verdict_of
from ledger.errors import LedgerError

__all__ = ["Outcome"]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a submission.

    Attributes:
        status: `recorded`; `already-recorded`, this very statement, earlier; or `refused`.
        index: the statement's log index; None when refused.
        anomalies: (pack key, name) of what was wrong; the key is empty for the statement as a whole.
        problem: why it was refused.
    """

    status: Literal["recorded", "already-recorded", "refused"]
    index: int | None = None
    anomalies: tuple[tuple[str, str], ...] = ()
    problem: LedgerError | None = None

    @property
    def verdict(self) -> Verdict:
        """What the station is told: the gravest of the anomalies."""
        return verdict_of(name for _, name in self.anomalies)
