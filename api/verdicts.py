"""Verdicts for HTTP: look-ups that arrive together become one query."""

from __future__ import annotations

from collections.abc import Sequence

from api.batching import Batcher
from api.tracing import Tracing
from ledger.ask import Asker, Foretold, Question
from ledger.clock import Clock
from ledger.errors import LedgerError
from ledger.limits import LOOKUPS_PER_QUERY_MAX
from ledger.store.database import Database

__all__ = ["Verdicts"]


class Verdicts:
    """Answers questions for verdicts.

    Args:
        database: where the ledger lies; only read.
        clock: the time for which is judged.
        tracing: tells how long a request waits for it; None for nobody who asks.
    """

    def __init__(self, database: Database, clock: Clock, tracing: Tracing | None) -> None:
        self._asker = Asker(database)
        self._clock = clock
        self._tracing = tracing
        self._questions: Batcher[Question, tuple[Foretold, ...] | LedgerError] = Batcher(
            "verdicts", self._answer, batch_max=LOOKUPS_PER_QUERY_MAX
        )

    async def ask(self, question: Question) -> tuple[Foretold, ...]:
        """Return what would be said of each code of this question.

        Raises:
            Refusal: `links-too-many`, `case-too-deep`.
            Unavailable: the database failed; `server-busy`.
        """
        asked = self._questions.ask(question)
        if self._tracing is not None:
            asked = self._tracing.part("verdicts", "packledger.codes", len(question.codes), asked)
        answer = await asked
        if isinstance(answer, LedgerError):
            raise answer
        return answer

    def _answer(self, questions: Sequence[Question]) -> Sequence[tuple[Foretold, ...] | LedgerError]:
        return self._asker.answer(questions, self._clock())

    def close(self) -> None:
        """Stop."""
        self._questions.close()
