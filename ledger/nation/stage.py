"""Time in the synthetic country: who does what next, and when word of it reaches the ledger.

Two queues: the agenda holds what is going to be done, by its time; the outbox holds what was done, by the
time at which the ledger receives it. A deed leaves the outbox once nothing can be done any more that would be
received before it, so the stream comes in the order of receipt and only what is under way is in memory.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha1
from typing import Final
from uuid import NAMESPACE_URL

import msgspec

from ledger.nation.deeds import Deed, EventDeed
from ledger.nation.places import Place

__all__ = ["DAY", "Outages", "Skews", "Stage"]

DAY: Final = 86_400

Outages = Mapping[int, Sequence[tuple[int, int]]]
"""For the number of a place, the stretches of time (from, until) in which it has no connection."""

Skews = Mapping[int, Sequence[tuple[int, int, int]]]
"""For the number of a place, the stretches (from, until, seconds) in which its clock is wrong by so much."""


class Stage:
    """Plays what is on the agenda until the end of time, and passes on what was done."""

    def __init__(self, name: str, start: int, end: int, outages: Outages, skews: Skews) -> None:
        self.start = start
        self.end = end
        self.now = start
        self._ids_begin = sha1(NAMESPACE_URL.bytes + f"{name}/".encode(), usedforsecurity=False)
        self._outages = outages
        self.skews = skews
        self._count = 0
        self._ids = 0
        self._agenda: list[tuple[int, int, Callable[[], object]]] = []
        self._outbox: list[tuple[int, int, int, Deed]] = []

    def new_id(self) -> str:
        """Return the next id of an event or a paper, a version 5 UUID; no two countries share one."""
        self._ids += 1
        named = self._ids_begin.copy()
        named.update(str(self._ids).encode())
        digits = named.hexdigest()
        variant = "89ab"[int(digits[16], 16) & 3]  # RFC 9562 §5.5
        return f"urn:uuid:{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"

    def at(self, time: int, act: Callable[[], object]) -> None:
        """Put something on the agenda; what lies beyond the end of time never happens."""
        if time < self.end:
            heapq.heappush(self._agenda, (max(time, self.now), self._next(), act))

    def do(self, deed: Deed) -> None:
        """Let a deed happen, now or in the near future; never in the past."""
        time = deed.time
        assert time >= self.now
        if deed.place.number in self.skews and isinstance(deed, EventDeed):
            deed = self._skewed(deed)
        heapq.heappush(self._outbox, (self.received_at(deed.place, time), time, self._next(), deed))

    def _skewed(self, deed: EventDeed) -> EventDeed:
        """Return a deed with the times that the place's own clock told."""
        stretches = self.skews[deed.place.number]

        def told(time: int) -> int:
            return time + sum(seconds for begin, until, seconds in stretches if begin <= time < until)

        happened = None if deed.happened is None else told(deed.happened)
        return msgspec.structs.replace(deed, time=told(deed.time), happened=happened)

    def received_at(self, place: Place, time: int) -> int:
        """Return when the ledger receives what is done at this place at this time.

        The order of one place's deeds is kept: the delay is fixed, and an outage delays all to its end.
        """
        for begin, until in self._outages.get(place.number, ()):
            if begin <= time < until:
                time = until
                break
        return time + 1 + place.number % 4

    def play(self) -> Iterator[tuple[int, Deed]]:
        """Yield (time of receipt, deed) in the order of receipt, to the end of time and of the outbox."""
        while self._agenda:
            self.now, _, act = heapq.heappop(self._agenda)
            while self._outbox and self._outbox[0][0] <= self.now:
                yield self._leave()
            act()
        while self._outbox:
            yield self._leave()

    def _leave(self) -> tuple[int, Deed]:
        received, _, _, deed = heapq.heappop(self._outbox)
        return received, deed

    def _next(self) -> int:
        self._count += 1
        return self._count
