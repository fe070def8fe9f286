"""Rates: who asks too often is told to come again; one bucket a caller, in each process.

A bucket fills by so many a second, up to some seconds' worth, and each request takes one. A caller with a key or
token has one bucket for all its connections; without, one address has.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from ledger.errors import Unavailable
from ledger.identity.access import Caller
from ledger.limits import CALLERS_REMEMBERED_MAX, RATE_BURST_SECONDS_MAX

__all__ = ["Rates"]


class Rates:
    """Counts requests by caller.

    Args:
        per_second: for each key or token.
        public_per_second: for each address without one.
        clock: seconds that only ever grow.
    """

    def __init__(
        self, per_second: int, public_per_second: int, clock: Callable[[], float] = monotonic
    ) -> None:
        self._rates = {False: per_second, True: public_per_second}
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # caller -> what is left, and when

    def take(self, caller: Caller, address: str) -> None:
        """Count one request.

        Raises:
            Unavailable: `rate-exceeded`.
        """
        rate = self._rates[caller.is_public]
        full = float(rate * RATE_BURST_SECONDS_MAX)
        name = f"@{address}" if caller.is_public else caller.name
        now = self._clock()
        left, since = self._buckets.get(name, (full, now))
        left = min(full, left + rate * (now - since))
        if left < 1:
            raise Unavailable("rate-exceeded", f"at most {rate} requests a second")
        self._buckets[name] = (left - 1, now)
        self._buckets.move_to_end(name)
        if len(self._buckets) > CALLERS_REMEMBERED_MAX:
            self._buckets.popitem(last=False)  # was quiet longest: its bucket is full again, or nearly
