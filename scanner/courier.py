"""The courier: a thread that brings station and ledger together, soon after each scan and now and then besides."""

from __future__ import annotations

import threading

from ledger.client import Client
from ledger.clock import Clock
from scanner.home import Home, Station
from scanner.limits import STATION_RETRY_SECONDS_MAX, STATION_SYNC_SECONDS_MAX
from scanner.outbox import Outbox
from scanner.sync import Report, synchronise

__all__ = ["Courier"]


class Courier:
    """Syncs until it is closed. While the ledger cannot be reached it tries less and less often.

    Attributes:
        report: what the last sync came to; None before the first.
        finished: how many syncs there were.
    """

    def __init__(self, home: Home, station: Station, outbox: Outbox, clock: Clock) -> None:
        self.report: Report | None = None
        self.finished = 0
        self._home = home
        self._station = station
        self._outbox = outbox
        self._clock = clock
        self._client = Client(station.ledger, station.api_key)
        self._wake = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def hurry(self) -> None:
        """Sync now: something waits."""
        self._wake.set()

    def close(self) -> None:
        """End, after the request that is under way."""
        self._ended = True
        self._wake.set()
        self._thread.join()
        self._client.close()

    def _run(self) -> None:
        failures = 0
        while not self._ended:
            self._wake.clear()
            try:
                report = synchronise(self._home, self._station, self._outbox, self._client, self._clock)
            except Exception as error:  # whatever it was: a courier that is gone would never send anything again
                report = Report(detail=f"{type(error).__name__}: {error}")
            failures = 0 if report.online else failures + 1
            self.report = report
            self.finished += 1
            if failures and not self._ended:
                # A scan does not wake it then: a hundred scans are no reason to knock a hundred times.
                self._pause(min(2.0**failures, STATION_RETRY_SECONDS_MAX))
            else:
                self._wake.wait(STATION_SYNC_SECONDS_MAX)

    def _pause(self, seconds: float) -> None:
        tick = 0.1
        while seconds > 0 and not self._ended:
            threading.Event().wait(tick)
            seconds -= tick
