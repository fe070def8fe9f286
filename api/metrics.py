"""Counters of one server, in Prometheus' text format; of all its processes together when there are several."""

from __future__ import annotations

import os
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector

__all__ = ["METRICS_MEDIA_TYPE", "SHARED_FOLDER_VARIABLE", "UNKNOWN_DOOR", "Metrics"]

METRICS_MEDIA_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
SHARED_FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder that the processes of one server share: they count together there, metrics and rates."""
UNKNOWN_DOOR: Final = "unknown"
"""Stands for every path that is no door's: the caller's own words are counted nowhere."""
_SECONDS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30)


class Metrics:
    """What is counted.

    Attributes:
        requests: by door, method and status.
        seconds: how long doors took.
        waiting: requests at work this moment.
        outcomes: submissions by what became of them, `recorded`, `already-recorded` or `refused`.
        anomalies: what was wrong with recorded submissions, by name.
        checks: checks by patients, by whether they entered the log.
        alarms: what an operator must look at now: forks that somebody saw, faults of the program, a lost journal.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        known = self._registry
        self.requests = Counter(
            "packledger_requests", "Requests answered.", ("door", "method", "status"), registry=known
        )
        self.seconds = Histogram(
            "packledger_request_seconds", "Time from first byte to answer.", ("door",), buckets=_SECONDS, registry=known
        )
        self.waiting = Gauge(
            "packledger_requests_waiting", "Requests at work.", registry=known, multiprocess_mode="livesum"
        )
        self.outcomes = Counter(
            "packledger_submissions", "Submissions by what became of them.", ("status",), registry=known
        )
        self.anomalies = Counter(
            "packledger_anomalies", "What was wrong with recorded submissions.", ("name",), registry=known
        )
        self.checks = Counter(
            "packledger_checks", "Checks by patients, by whether they entered the log.", ("recorded",), registry=known
        )
        self.alarms = Counter(
            "packledger_alarms", "What an operator must look at now.", ("what",), registry=known
        )
        # Processes that count together have a file for each kind of count, opened at the first count of that kind:
        # now, and not when a request was answered and no descriptor is left.
        self.alarms.labels("server-fault")
        self.seconds.labels(UNKNOWN_DOOR)
        self._doors: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, door: str, method: str, status: int, seconds: float) -> None:
        """Count a request that was answered; `door` and `method` are of our own words, so that they are few."""
        known = self._doors.get((door, method, status))
        if known is None:  # looking a counter up by its labels takes longer than counting
            known = self.requests.labels(door, method, str(status)), self.seconds.labels(door)
            self._doors[door, method, status] = known
        known[0].inc()
        known[1].observe(seconds)

    def text(self) -> bytes:
        """Return everything counted, of this process or of all of them."""
        if SHARED_FOLDER_VARIABLE not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)
