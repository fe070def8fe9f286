"""Checks by patients: look-ups that arrive together become one query, and each is an inspection in the log.

Anybody may check, as often as the public's rate allows, so what enters the log by it is bounded four times:

    1. packs alone, that some maker registered: codes that somebody invents leave no trace, cases do not multiply
    2. a pack once a day, unless something else was done to it since
    3. one address once a second, after a few at once
    4. all of them together so many a second as the setting `checks_recorded_per_second` says

A check that is not recorded is answered all the same; `packledger_checks` counts both.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from api.batching import Batcher
from api.journal import Journal
from api.metrics import Metrics
from api.rates import Buckets, Rates
from api.recording import Recording
from ledger.casework import fresh_id
from ledger.check import CHECK_ACT, Checked, Checker
from ledger.clock import Clock, Randomness
from ledger.codes import Code, product_of, uri_of
from ledger.custody.event import make_event
from ledger.errors import LedgerError, Unavailable
from ledger.gateway import Gateway, Patients, ToSign
from ledger.identity.access import PUBLIC
from ledger.limits import CHECK_AGAIN_SECONDS_MIN, CHECKS_PER_ADDRESS_SECOND_MAX, LOOKUPS_PER_QUERY_MAX
from ledger.store.database import Database
from ledger.submission import Submission

__all__ = ["Checks", "Recorder"]

_EVERYBODY: Final = "everybody"


class Recorder(NamedTuple):
    """How an inspection enters the log: whose key signs, who writes, chance for its id, and who is told of faults."""

    gateway: Gateway
    recording: Recording
    random: Randomness
    journal: Journal
    in_thread: Callable[[Callable[[], Submission]], Awaitable[Submission]]


class Checks:
    """Answers checks, and records them within bounds.

    Args:
        database: where the ledger lies; only read.
        clock: the time for which is judged, and of the inspections.
        recorder: records.
        metrics: counts.
        buckets: where those are counted that are recorded.
        per_second: how many are recorded a second at most; 0 for none.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        recorder: Recorder,
        metrics: Metrics,
        buckets: Buckets,
        per_second: int,
    ) -> None:
        self._checker = Checker(database)
        self._clock = clock
        self._recorder = recorder
        self._metrics = metrics
        self._all = Rates("all checks", buckets, per_second, per_second)
        self._each = Rates("checks", buckets, CHECKS_PER_ADDRESS_SECOND_MAX, CHECKS_PER_ADDRESS_SECOND_MAX)
        self._patients: Patients | None = None
        self._at_work: set[str] = set()  # packs whose inspection is being recorded
        self._codes: Batcher[Code, Checked] = Batcher("checks", self._answer, batch_max=LOOKUPS_PER_QUERY_MAX)

    async def check(self, code: Code, address: str) -> Checked:
        """Return what may be told of a pack to anybody; the check itself is recorded, within bounds.

        Raises:
            Unavailable: the database failed; `server-busy`.
        """
        checked = await self._codes.ask(code)
        is_recorded = self._is_news(checked) and await self._record(checked, address)
        self._metrics.checks.labels("yes" if is_recorded else "no").inc()
        return checked

    def _answer(self, codes: Sequence[Code]) -> Sequence[Checked]:
        return self._checker.answer(codes, self._clock())

    def _is_news(self, checked: Checked) -> bool:
        # 1.
        custody = checked.custody
        is_pack = bool(product_of(checked.code)) and custody is not None and not custody.holds
        if not checked.is_known or not is_pack or checked.code in self._at_work:
            return False
        # 2.
        assert custody is not None
        if self._patients is None or (custody.last_kind, custody.last_station) != (CHECK_ACT, self._patients.station):
            return True
        return self._clock() - custody.last_time >= CHECK_AGAIN_SECONDS_MIN

    async def _record(self, checked: Checked, address: str) -> bool:
        """Record an inspection; whoever holds the pack is answered also when that fails."""
        self._at_work.add(checked.code)
        try:
            # 3. 4.
            self._each.take(PUBLIC, address)
            self._all.take(PUBLIC, _EVERYBODY)
            signed = await self._recorder.in_thread(lambda: self._signed(checked.code))
            (receipted,) = await self._recorder.recording.record([signed])
            if receipted.outcome.problem is not None:
                raise receipted.outcome.problem
        except Unavailable:
            return False
        except LedgerError as error:
            self._recorder.journal.alarm(error.code)
            return False
        finally:
            self._at_work.discard(checked.code)
        return True

    def _signed(self, code: str) -> Submission:
        """Return the inspection of a pack, signed for the patients."""
        patients = self._patients = self._patients or self._recorder.gateway.patients()
        now, event_id = self._clock(), fresh_id(self._recorder.random)
        body = make_event(CHECK_ACT, event_id=event_id, event_time=now, codes=[uri_of(code)], site=patients.site)
        to_sign = ToSign(body=body, subject=event_id, kind=CHECK_ACT)
        return self._recorder.gateway.sign_fresh(patients.party, to_sign)

    def close(self) -> None:
        """Stop."""
        self._codes.close()
