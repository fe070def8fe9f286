"""Sync: what waits goes to the ledger, in the station's order; what is needed offline comes back.

    1. events that wait, a batch at a time; the next batch goes when this one was answered
    2. each receipt is verified before it counts
    3. what is new for offline use, as far as the ledger's signature holds
    4. the newest checkpoint must extend every head that was seen before
    5. batches and dates of packs that were scanned lately

One sync at a time, whoever starts it. A batch whose answer was lost is handed in again, to the byte; the ledger
answers it as the first time. So an event is in the log once, and behind those that this station made before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec

from ledger.clock import Clock
from ledger.codes import known_uri
from ledger.durable import locked
from ledger.errors import FormatError, NotVerified, Unavailable
from ledger.limits import CLOCK_SKEW_SECONDS_MAX, CODES_PER_LOOKUP_MAX
from ledger.log.spelling import read_base64
from scanner.heads import accept_receipt, alarm, follow
from scanner.home import Home, Station
from scanner.knowledge import Snapshot, keep_goods, open_snapshot, take_in
from scanner.limits import STATION_BATCH_BYTES_MAX, STATION_BATCH_EVENTS_MAX
from scanner.outbox import Entry, Outbox, Said
from scanner.remote import Answer, Remote
from scanner.stock import Stock, open_stock, take_in_stock

__all__ = ["Report", "synchronise"]

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


def synchronise(home: Home, station: Station, outbox: Outbox, remote: Remote, clock: Clock) -> Report:
    """Bring station and ledger together as far as the network lets us; what fails is tried again the next time.

    Raises:
        Unavailable: `outbox-unavailable`.
        OSError: the station's folder is gone.
    """
    report = Report()
    run = _Run(station, outbox, remote, clock, report)
    with locked(home.folder):
        try:
            run.push()
            run.learn()
            run.audit()
            run.look_up()
        except Unavailable as error:
            if error.code == "outbox-unavailable":
                raise
            report.detail = error.detail
        else:
            report.online = not report.caught
            outbox.keep_fact("online-at", clock())
    if report.clock_off is not None:
        outbox.keep_fact("clock-off", report.clock_off)
    return report


class _Run:
    """One sync under way."""

    def __init__(self, station: Station, outbox: Outbox, remote: Remote, clock: Clock, report: Report) -> None:
        self._station = station
        self._outbox = outbox
        self._remote = remote
        self._clock = clock
        self._report = report

    def push(self) -> None:
        """Hand in what waits."""
        while batch := _batch(self._outbox.waiting(STATION_BATCH_EVENTS_MAX)):
            self._outbox.note_sent([entry.number for entry in batch])
            answer = self._heard(self._remote.submit(batch))
            outcomes = answer.document().get("outcomes") if answer.status == 200 else None
            if not isinstance(outcomes, list) or len(outcomes) != len(batch):
                raise Unavailable("ledger-unreachable", f"status {answer.status} {answer.problem()}".strip())
            for entry, outcome in zip(batch, outcomes, strict=True):
                if not self._answered(entry, outcome):
                    return

    def _answered(self, entry: Entry, outcome: Any) -> bool:
        """Keep what the ledger says of one event; False when it is not to be believed."""
        match outcome:
            case {"status": "refused", "problem": {"status": int(status)}} if status >= _SERVER_FAULT:
                # Not a word on the event: it stays to be sent.
                raise Unavailable("ledger-unreachable", f"status {status}")
            case {"status": "refused", "problem": {"code": str(code)}}:
                self._outbox.note_refusal(entry.number, code, self._clock())
                self._report.refused += 1
                return True
            case {"status": _, "verdict": str(verdict), "index": int(index), "receipt": str(text)} if (
                verdict in _VERDICTS
            ):
                pass
            case _:
                raise Unavailable("ledger-answer-malformed", "an outcome")
        named = [each.get("name") for each in outcome.get("anomalies", []) if isinstance(each, dict)]
        said = Said(verdict, "online", tuple(name for name in named if isinstance(name, str) and " " not in name))
        try:
            data = read_base64(text)
            accept_receipt(self._station, self._outbox, entry.statement, data, index)
        except ValueError:
            raise Unavailable("ledger-answer-malformed", "a receipt that is not base64") from None
        except (FormatError, NotVerified) as error:
            self._catch(error, text.encode())
            return False
        self._outbox.note_receipt(entry.number, index, data, said, self._clock())
        self._report.receipted += 1
        return True

    def learn(self) -> None:
        """Fetch what is needed offline: what all stations are told, and what is at this site."""
        self._fetch("snapshot-to", self._remote.snapshot, open_snapshot, take_in)
        self._fetch("stock-to", self._remote.stock, open_stock, take_in_stock)

    def _fetch(
        self, place: str, ask: Callable[[int], Answer], open_: Callable[[Station, str, str, int], Part],
        take: Callable[[Outbox, Part], None],
    ) -> None:  # fmt: skip
        """Fetch part after part, from the place that was kept, and take each in."""
        more = True
        while more:
            since = self._outbox.fact(place) or 0
            answer = self._heard(ask(since))
            if answer.problem() == "snapshot-beyond":
                self._catch(NotVerified("snapshot-beyond", f"from {since} on"), str(since).encode())
                return
            told = answer.document()
            statement, body = told.get("statement"), told.get("body")
            if answer.status != 200 or not isinstance(statement, str) or not isinstance(body, str):
                raise Unavailable("ledger-unreachable", f"status {answer.status} {answer.problem()}".strip())
            try:
                part = open_(self._station, statement, body, since)
                take(self._outbox, part)
            except (FormatError, NotVerified) as error:
                self._catch(error, answer.content)
                return
            more = part.more and part.to > since

    def audit(self) -> None:
        """Hold what was seen against the newest checkpoint."""
        try:
            follow(self._station, self._outbox, self._remote)
        except (FormatError, NotVerified) as error:
            self._catch(error, self._outbox.fact("checkpoint") or b"")

    def look_up(self) -> None:
        """Ask for batch and date of packs that do not say so themselves."""
        rows = self._outbox.execute(
            "SELECT DISTINCT code FROM (SELECT code, batch FROM event ORDER BY number DESC LIMIT ?)"
            " WHERE batch = '' AND code NOT LIKE '00/%' AND code NOT IN (SELECT code FROM goods)",
            CODES_PER_LOOKUP_MAX,
        )  # fmt: skip
        codes = [row["code"] for row in rows]
        if not codes:
            return
        answer = self._heard(self._remote.verdicts([known_uri(code) for code in codes]))
        told = answer.document().get("codes") if answer.status == 200 else None
        if not isinstance(told, list) or len(told) != len(codes):
            return  # a nicety: nothing hangs on it
        for code, each in zip(codes, told, strict=True):
            if isinstance(each, dict):
                batch, expiry = each.get("batch", ""), each.get("expiry", "")
                if isinstance(batch, str) and isinstance(expiry, str) and _DAY.fullmatch(expiry):
                    keep_goods(self._outbox, code, batch, int(expiry.replace("-", "") or "0"))

    def _heard(self, answer: Answer) -> Answer:
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
