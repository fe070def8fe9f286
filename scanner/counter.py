"""The counter: a scan becomes a verdict and a signed event on disk, before anything beeps.

    1. the text is a code, or a fault of the scanner; a fault records nothing and blames no pack
    2. a double beep is answered as the first scan was, and makes no second event
    3. the verdict, by what is known here
    4. the event, signed by the station's key
    5. in the outbox, on disk; then the answer
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ledger.clock import Clock, Randomness
from ledger.codes import Code, read
from ledger.custody.anomalies import verdict_of
from ledger.errors import CodeFault, Misuse
from ledger.limits import CLOCK_SKEW_SECONDS_MAX, OFFLINE_SECONDS_MAX, REPEAT_SCAN_SECONDS_MAX
from ledger.log.keys import PrivateKey
from scanner.acts import MODES, Basket, Made, Mode, make_act, make_correction
from scanner.home import Home, Station, machine_id
from scanner.judging import judge
from scanner.knowledge import Goods, known_of
from scanner.outbox import Entry, Outbox, Said

__all__ = ["Counter", "Scan", "open_counter"]

_OFTEN: Final = 2  # the third scan in a row, as the ledger counts


class Scan(NamedTuple):
    """What a scan came to.

    Attributes:
        said: the verdict; `scanner_fault` when the text is no code.
        entry: the event, new or the one that this is a double beep of; None when nothing was recorded.
        repeated: it is a double beep.
        goods: what is known of the pack's content.
        fault: what is wrong with the text.
    """

    said: Said
    entry: Entry | None = None
    repeated: bool = False
    goods: Goods | None = None
    fault: CodeFault | None = None


class Counter:
    """One station at work. Several threads may use it.

    Args:
        station, key: who it is.
        outbox: where events go.
        clock, random: the station's.
    """

    def __init__(
        self, station: Station, key: PrivateKey, outbox: Outbox, clock: Clock, random: Randomness
    ) -> None:
        self.station = station
        self.outbox = outbox
        self.clock = clock
        self._key = key
        self._random = random

    def scan(self, text: str | bytes, mode: Mode, basket: Basket, source: str = "typed") -> Scan:
        """Take in what a scanner delivered; the event is on disk when this returns.

        Args:
            text: as it arrived.
            mode: what is being done.
            basket: for whom.
            source: how it arrived: `typed`, `keyboard`, `serial`, `camera`, `picture`.

        Raises:
            Misuse: `basket-incomplete`, `person-malformed`; nothing was recorded.
            Unavailable: `outbox-unavailable`; nothing was recorded.
        """
        # 1.
        try:
            code = read(text)
        except CodeFault as fault:
            return Scan(Said("scanner_fault", self._known()), fault=fault)
        scanned = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        return self.take(code, mode, basket, scanned=scanned, source=source)

    def take(self, code: Code, mode: Mode, basket: Basket, *, scanned: bytes, source: str) -> Scan:
        """Take in a code that was read already, from a picture: as `scan`."""
        now = self._now()
        goods = known_of(self.outbox, code)
        with self.outbox.transaction():
            # 2.
            first = self._first_of(code, mode, now)
            if first is not None:
                return self._repeated(first, goods)
            # 3.
            said = judge(self.outbox, code, mode, goods, now=now, zone_seconds=self.station.zone_seconds)
            # 4.
            made = make_act(self.station, self._key, mode, code, basket, now=now, random=self._random)
            # 5.
            entry = self._add(made, mode.name, mode.kind, code, goods, now, scanned=scanned, source=source, said=said)
        return Scan(said, entry, goods=goods)

    def undo(self, number: int) -> Entry:
        """Take an event back: it never happened. Return the correction; the same again returns the same.

        Raises:
            Misuse: `scan-unknown` for a number that is no event's, or a correction's.
        """
        now = self._now()
        with self.outbox.transaction():
            entry = self.outbox.find(number)
            if entry is None or entry.corrects is not None:
                raise Misuse("scan-unknown", f"number {number}")
            earlier = self.outbox.correction_of(number)
            if earlier is not None:
                return earlier
            self.outbox.note_confirmed(number)
            code = Code(entry.code)
            made = make_correction(self.station, self._key, entry, now=now)
            said = Said("ok", self._known())
            return self._add(
                made, entry.mode, entry.kind, code, known_of(self.outbox, code), now, scanned=b"", source="undo",
                said=said, corrects=number,
            )  # fmt: skip

    def offline_left(self) -> int:
        """Return for how many more seconds events may wait before the ledger no longer takes them for offline ones."""
        oldest = self.outbox.oldest_waiting()
        return OFFLINE_SECONDS_MAX if oldest is None else OFFLINE_SECONDS_MAX - (self.clock() - oldest)

    def _now(self) -> int:
        """Return the time; that of the key's beginning while a clock that is slightly slow has not reached it."""
        now, beginning = self.clock(), self.station.valid_from
        return beginning if 0 < beginning - now <= CLOCK_SKEW_SECONDS_MAX else now

    def _known(self) -> str:
        return "blind" if self.outbox.fact("snapshot-made") is None else "offline"

    def _first_of(self, code: Code, mode: Mode, now: int) -> Entry | None:
        """Return the event that a scan merely repeats: the last about this pack, of the same mode, and fresh."""
        entries = self.outbox.of_code(code.key)
        if not entries or entries[-1].mode != mode.name or entries[-1].corrects is not None:
            return None
        return entries[-1] if abs(now - entries[-1].made) <= REPEAT_SCAN_SECONDS_MAX else None

    def _repeated(self, first: Entry, goods: Goods) -> Scan:
        again = "repeat-scan-often" if self.outbox.note_repeat(first.number) >= _OFTEN else "repeat-scan"
        anomalies = tuple(dict.fromkeys((*first.said.anomalies, again)))
        return Scan(Said(verdict_of(anomalies).word, first.said.known, anomalies), first, repeated=True, goods=goods)

    def _add(
        self, made: Made, mode: str, kind: str, code: Code, goods: Goods, now: int, *, scanned: bytes, source: str,
        said: Said, corrects: int | None = None,
    ) -> Entry:  # fmt: skip
        return self.outbox.add(
            Entry(
                id=made.id, made=now, mode=mode, kind=kind, code=code.key, batch=goods.batch, expiry=goods.expiry,
                scanned=scanned, source=source, corrects=corrects, statement=made.statement, body=made.body,
                confidential=made.confidential, said=said,
            )
        )


def open_counter(home: Home, clock: Clock, random: Randomness) -> Counter:
    """Open the station in a folder for work.

    Raises:
        Misuse: `station-not-enrolled`, `station-home-open`, `station-moved`.
        FormatError: `station-malformed`, `key-malformed`.
        Unavailable: `outbox-unavailable`.
    """
    station = home.station(machine_id())
    key = home.key()
    if key is None or key.public.thumbprint().hex() != station.kid:
        raise Misuse("station-not-enrolled", "its key is not that of the enrolment")
    return Counter(station, key, Outbox(home.outbox), clock, random)


def mode_of(name: str) -> Mode:
    """Return a mode by its name.

    Raises:
        Misuse: `usage-wrong`.
    """
    mode = MODES.get(name)
    if mode is None:
        raise Misuse("usage-wrong", f"a mode is one of {', '.join(MODES)}")
    return mode
