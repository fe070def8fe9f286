"""The service: one open ledger and all else that routes need, from the process's first request to its last."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TypeVar

from api.callers import Callers
from api.checks import Checks
from api.checks import Recorder as Inspections
from api.journal import Journal
from api.metrics import Metrics
from api.rates import Rates, open_buckets
from api.reading import Held
from api.recording import Recording
from api.tokens import Tokens
from api.tracing import Tracing
from api.verdicts import Verdicts
from ledger.answers import Answers
from ledger.capture import Capturing
from ledger.clock import Clock, Randomness
from ledger.enrolment import Desk
from ledger.errors import Unavailable
from ledger.events import read_on
from ledger.export import Exporter
from ledger.gateway import Gateway
from ledger.home import load_gateway_secret, read_cosigned
from ledger.identity.officer_keys import OfficerKeys
from ledger.importing import load_names
from ledger.limits import OFFICE_THREADS_MAX, OFFICE_WAITING_MAX
from ledger.office.officers import Officers
from ledger.opening import Ledger, open_ledger
from ledger.publication import Publication
from ledger.record import Recorder
from ledger.recording.outcome import Outcome
from ledger.settings import Settings
from ledger.snapshot import signed_snapshot
from ledger.stock import Asker, signed_stock
from ledger.store.database import Database
from ledger.store.fence import Fence, require_fenced
from ledger.submission import Submission
from ledger.subscriptions import Queries, Subscriptions
from ledger.webhook import Sender

__all__ = ["Service", "made_service", "open_service"]

T = TypeVar("T")
_READERS = 4


class _Office:
    """A few threads of their own for what offices ask of the lake and do in cases: it takes longer than others wait."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(OFFICE_THREADS_MAX, "office")
        self._at_work = 0

    async def run(self, work: Callable[[], T]) -> T:
        if self._at_work >= OFFICE_THREADS_MAX + OFFICE_WAITING_MAX:
            raise Unavailable("server-busy")
        self._at_work += 1
        done = asyncio.get_running_loop().run_in_executor(self._threads, work)
        done.add_done_callback(self._finished)  # also when whoever asked has gone
        return await done

    def _finished(self, _done: object) -> None:
        self._at_work -= 1

    def close(self) -> None:
        self._threads.shutdown()


class Service:
    """What routes need.

    Attributes:
        ledger: open for recording.
        clock, random: time and chance.
        metrics, journal, tracing: what is counted, what is written down, what is traced (None for nothing).
        callers, rates, held: who asks; how often; how much of it is held.
        recording, verdicts, exporter: the verbs that requests share.
        desk: where stations enrol.
        captures, answers: documents of EPCIS that others send, and what their queries find.
        queries, subscriptions: queries that have a name, and answers that are sent.
        names: whom the numbers in national forms stand for.
        gateway: signs for parties that do not sign themselves.
        checks: what patients ask.
        officers: who act for their offices; fence: where is read on their behalf.
        publication: the log as others follow it.
        description: the OpenAPI document; the application writes it when it is put together.
    """

    def __init__(
        self, ledger: Ledger, recorder: Recorder, clock: Clock, random: Randomness, journal: Journal, metrics: Metrics,
        tracing: Tracing | None,
    ) -> None:  # fmt: skip
        settings, database = ledger.settings, ledger.database
        self.ledger = ledger
        self.clock, self.random = clock, random
        self.metrics, self.journal, self.tracing = metrics, journal, tracing
        tokens = Tokens(settings, database, clock) if settings.oidc_issuer else None
        self.callers = Callers(database, clock, tokens)
        self._buckets = open_buckets(random)
        self.rates = Rates("requests", self._buckets, settings.rate_per_second, settings.public_rate_per_second)
        self.held = Held()
        self.exporter = Exporter(database, ledger.trust, ledger.key, lambda: read_cosigned(settings))
        self.publication = Publication(database, self.exporter, lambda: read_cosigned(settings))
        self.recording = Recording(recorder, self.exporter, tracing)
        self.verdicts = Verdicts(database, clock, tracing)
        self.desk = Desk(database, ledger.trust, ledger.key, self.recording.record_one, random)
        secret = load_gateway_secret(settings, random)
        self.gateway = Gateway(ledger, secret, self.recording.record_one, clock)
        self.names = load_names(settings)
        self.captures = Capturing(database, self.gateway, recorder, clock, random, partial(journal.fault, "/capture"))
        inspections = Inspections(self.gateway, self.recording, random, journal, self.in_thread)
        self.checks = Checks(
            database, clock, inspections, metrics, self._buckets, settings.checks_recorded_per_second
        )
        self.officers = Officers(ledger, recorder, OfficerKeys(secret), clock, random)
        self.fence = _fence(settings, database)
        self.answers = Answers(database, hmac.digest(secret, b"packledger page tokens 1", "sha256"))
        sender = Sender(settings.webhook_private_hosts.split(","))
        self.queries = Queries(database, sender, clock, random)
        self.subscriptions = Subscriptions(
            database, self.answers, sender, clock, random, partial(journal.fault, "/queries")
        )
        self.description = b""
        self._office = _Office()
        self._readers = ThreadPoolExecutor(_READERS, "reader")

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Run what must wait for the database, in one of a few threads, and return what it returns."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, work)

    async def in_office(self, work: Callable[[], T]) -> T:
        """Run what an office asks of the lake or does in a case, in threads of its own, and return what it returns.

        Raises:
            Unavailable: `server-busy` when too many wait already; nothing was begun.
        """
        return await self._office.run(work)

    def snapshot(self, since: int) -> Submission:
        """Return what a station must know offline of the log from `since` on, signed now."""
        ledger = self.ledger
        return signed_snapshot(ledger.database, ledger.trust, ledger.key, since, self.clock())

    def stock(self, asker: Asker, since: int) -> Submission:
        """Return which packs are at a station's site, signed now; the index that tells follows the log a step."""
        ledger = self.ledger
        read_on(ledger.database)
        return signed_stock(ledger.database, ledger.trust, ledger.key, asker, since, self.clock())

    def count(self, outcomes: Iterable[Outcome]) -> None:
        """Count what became of submissions, and what was wrong with them."""
        for outcome in outcomes:
            self.metrics.outcomes.labels(outcome.status).inc()
            if outcome.status == "recorded":
                for _, name in outcome.anomalies:
                    self.metrics.anomalies.labels(name).inc()

    def close(self) -> None:
        """Finish what was begun, and stop."""
        self.subscriptions.close()
        self.captures.close()
        self._office.close()
        self.recording.close()
        self.verdicts.close()
        self.checks.close()
        self.callers.close()
        self._buckets.close()
        if self.fence.fences > 1:
            self.fence.close()
        self._readers.shutdown()


def _fence(settings: Settings, database: Database) -> Fence:
    """Open the fence as the door's own role, where the settings name one.

    Raises:
        Misuse: `fence-open` when that role is above the policies.
    """
    if not settings.door_database_url:
        return Fence(database, is_second=False)
    own = Database(settings.door_database_url)
    try:
        require_fenced(own)
    except BaseException:
        own.close()
        raise
    return Fence(own, is_second=True)


@contextmanager
def made_service(
    settings: Settings, clock: Clock, random: Randomness, journal: Journal, metrics: Metrics,
    tracing: Tracing | None,
) -> Iterator[Service]:  # fmt: skip
    """Open a ledger for service, and close it in good order: what was accepted is recorded first.

    Raises:
        Misuse, NotVerified, Unavailable: as `open_ledger`, or for settings that cannot be served.
    """
    with ExitStack() as stack:
        ledger = stack.enter_context(open_ledger(settings))
        recorder = stack.enter_context(Recorder(ledger, clock, random))
        service = Service(ledger, recorder, clock, random, journal, metrics, tracing)
        stack.callback(service.close)
        yield service


@contextmanager
def open_service(
    settings: Settings, clock: Clock, random: Randomness, journal: Journal, metrics: Metrics,
    tracing: Tracing | None,
) -> Iterator[Service]:  # fmt: skip
    """Open a ledger for service as `made_service`, and go on with what an earlier process had begun."""
    with made_service(settings, clock, random, journal, metrics, tracing) as service:
        service.captures.resume()
        service.subscriptions.start()
        yield service
