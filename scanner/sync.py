"""Sync: what waits goes to the ledger, in the station's order; what is needed offline comes back.

    1. events that wait, a batch at a time; the next batch goes when this one was answered
    2. each receipt is verified before it counts
    3. what is new for offline use, as far as the ledger's signature holds
    4. the newest checkpoint must extend every head that was seen before
    5. batches and dates of packs that were scanned lately or are at this site

One sync at a time, whoever starts it. A batch whose answer was lost is handed in again, to the byte; the ledger
answers it as the first time. So an event is in the log once, and behind those that this station made before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import msgspec

from ledger.client import Answer, Client
from ledger.client.answers import Outcome, SignedBody
from ledger.clock import Clock
from ledger.codes import known_uri
from ledger.durable import locked
from ledger.errors import Denied, FormatError, Misuse, NotVerified, Unavailable
from ledger.limits import CLOCK_SKEW_SECONDS_MAX, CODES_PER_LOOKUP_MAX
from ledger.log.spelling import read_base64
from scanner.heads import accept_receipt, alarm, follow
from scanner.home import Home, Station
from scanner.knowledge import Snapshot, keep_goods, open_snapshot, take_in
from scanner.limits import STATION_BATCH_BYTES_MAX, STATION_BATCH_EVENTS_MAX, STATION_LOOKUPS_MAX
from scanner.outbox import Entry, Outbox, Said
from scanner.stock import Stock, open_stock, take_in_stock

__all__ = ["Report", "synchronise"]

T = TypeVar("T")
_DAY: Final = re.compile(r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?")
_SERVER_FAULT: Final = 500
_VERDICTS: Final = frozenset({"ok", "caution", "stop"})
Part = TypeVar("Part", Snapshot, Stock)


class Report(msgspec.Struct):
    """What a sync came to.

    Attributes:
        online: the ledger answered to the end.
        receipted, refused: how many events it answered so.
        caught: the code of what the ledger was caught at; "" for nothing.
        detail: why it is not online.
        clock_off: seconds that the ledger's clock is ahead of ours; None when it does not tell.
    """

    online: bool = False
    receipted: int = 0
    refused: int = 0
    caught: str = ""
    detail: str = ""
    clock_off: int | None = None


def synchronise(home: Home, station: Station, outbox: Outbox, client: Client, clock: Clock) -> Report:
    """Bring station and ledger together as far as the network lets us; what fails is tried again the next time.

    Raises:
        Unavailable: `outbox-unavailable`.
        OSError: the station's folder is gone.
    """
    report = Report()
    run = _Run(station, outbox, client, clock, report)
    with locked(home.folder):
        try:
            run.push()
            run.learn()
            run.audit()
            run.look_up()
        except (Unavailable, Denied, Misuse) as error:
            if error.code == "outbox-unavailable":
                raise
            outbox.keep_fact("silent", 1)
            report.detail = error.detail if isinstance(error, Unavailable) else str(error)
        else:
            report.online = not report.caught
            outbox.keep_fact("online-at", clock())
            outbox.keep_fact("silent", 0)
    if report.clock_off is not None:
        outbox.keep_fact("clock-off", report.clock_off)
    return report


class _Run:
    """One sync under way."""

    def __init__(self, station: Station, outbox: Outbox, client: Client, clock: Clock, report: Report) -> None:
        self._station = station
        self._outbox = outbox
        self._client = client
        self._clock = clock
        self._report = report

    def push(self) -> None:
        """Hand in what waits."""
        while batch := _batch(self._outbox.waiting(STATION_BATCH_EVENTS_MAX)):
            self._outbox.note_sent([entry.number for entry in batch])
            outcomes = self._heard(self._client.submit(batch)).value().outcomes
            if len(outcomes) != len(batch):
                raise Unavailable("ledger-answer-malformed", f"{len(outcomes)} outcomes for {len(batch)} events")
            for entry, outcome in zip(batch, outcomes, strict=True):
                if not self._answered(entry, outcome):
                    return

    def _answered(self, entry: Entry, outcome: Outcome) -> bool:
        """Keep what the ledger says of one event; False when it is not to be believed."""
        problem = outcome.problem
        if problem is not None:
            if problem.status >= _SERVER_FAULT:
                # Not a word on the event: it stays to be sent.
                raise Unavailable("ledger-unreachable", f"status {problem.status}")
            self._outbox.note_refusal(entry.number, problem.code, self._clock())
            self._report.refused += 1
            return True
        if outcome.verdict not in _VERDICTS or outcome.index < 0 or not outcome.receipt:
            raise Unavailable("ledger-answer-malformed", "an outcome")
        names = tuple(each.name for each in outcome.anomalies if " " not in each.name)
        try:
            data = read_base64(outcome.receipt)
            accept_receipt(self._station, self._outbox, entry.statement, data, outcome.index)
        except ValueError:
            raise Unavailable("ledger-answer-malformed", "a receipt that is not base64") from None
        except (FormatError, NotVerified) as error:
            self._catch(error, outcome.receipt.encode())
            return False
        said = Said(outcome.verdict, "online", names)
        self._outbox.note_receipt(entry.number, outcome.index, data, said, self._clock())
        self._report.receipted += 1
        return True

    def learn(self) -> None:
        """Fetch what is needed offline: what all stations are told, and what is at this site."""
        self._fetch("snapshot-to", self._client.snapshot, open_snapshot, take_in)
        self._fetch("stock-to", self._client.stock, open_stock, take_in_stock)

    def _fetch(
        self, place: str, ask: Callable[[int], Answer[SignedBody]], open_: Callable[[Station, str, str, int], Part],
        take: Callable[[Outbox, Part], None],
    ) -> None:  # fmt: skip
        """Fetch part after part, from the place that was kept, and take each in."""
        more = True
        while more:
            since = self._outbox.fact(place) or 0
            answer = self._heard(ask(since))
            if answer.problem() == "snapshot-beyond":
                # We were told of more by the ledger's own signed word: it is shorter than it was.
                self._catch(NotVerified("checkpoint-ahead", f"told up to {since}"), str(since).encode())
                return
            told = answer.value()
            try:
                part = open_(self._station, told.statement, told.body, since)
                take(self._outbox, part)
            except (FormatError, NotVerified) as error:
                self._catch(error, answer.content)
                return
            more = part.more and part.to > since

    def audit(self) -> None:
        """Hold what was seen against the newest checkpoint."""
        try:
            follow(self._station, self._outbox, self._client)
        except (FormatError, NotVerified) as error:
            self._catch(error, self._outbox.fact("checkpoint") or b"")

    def look_up(self) -> None:
        """Ask for batch and date of packs that do not say so themselves: a recall is of batches.

        A pack of which the ledger knows neither is asked for again while it was scanned lately.
        """
        codes = self._codes(
            "SELECT DISTINCT code FROM (SELECT code, batch FROM event ORDER BY number DESC LIMIT ?) WHERE batch = ''"
            " AND code NOT LIKE '00/%' AND code NOT IN (SELECT code FROM goods WHERE batch <> '')"
        )
        for _ in range(STATION_LOOKUPS_MAX):
            if codes and not self._told_of(codes):
                return
            codes = self._codes(
                "SELECT code FROM stock WHERE stands = 'here' AND code NOT LIKE '00/%'"
                " AND code NOT IN (SELECT code FROM goods) LIMIT ?"
            )
            if not codes:
                return

    def _codes(self, sql: str) -> list[str]:
        return [row["code"] for row in self._outbox.execute(sql, CODES_PER_LOOKUP_MAX)]

    def _told_of(self, codes: Sequence[str]) -> bool:
        """Ask for these, and keep what is told; False when there is no sense in asking on."""
        answer = self._heard(self._client.verdicts([known_uri(code) for code in codes]))
        try:
            told = answer.value().codes
        except (Unavailable, Denied, Misuse):
            return False  # the events are safe; the next sync asks again
        if len(told) != len(codes) or not all(_DAY.fullmatch(each.expiry) for each in told):
            return False
        with self._outbox.transaction():
            for code, each in zip(codes, told, strict=True):
                keep_goods(self._outbox, code, each.batch, int(each.expiry.replace("-", "") or "0"))
        return True

    def _heard(self, answer: Answer[T]) -> Answer[T]:
        if answer.date is not None:
            off = answer.date - self._clock()
            self._report.clock_off = off if abs(off) > CLOCK_SKEW_SECONDS_MAX else 0
        return answer

    def _catch(self, error: FormatError | NotVerified, evidence: bytes) -> None:
        alarm(self._outbox, error, evidence, self._clock())
        self._report.caught = self._report.caught or error.code


def _batch(entries: Sequence[Entry]) -> list[Entry]:
    """Return as many of the first events as one request may carry."""
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        size += 2 * (len(entry.statement) + len(entry.body) + len(entry.confidential or b""))
        if batch and size > STATION_BATCH_BYTES_MAX:
            break
        batch.append(entry)
    return batch
