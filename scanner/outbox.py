"""The outbox: every event that this station made, from before the beep until for ever; and what is known offline.

    queued ──> sent ──> receipted        the ledger has it, and proved it
                   └──> refused          the ledger will not have it, and said why

Nothing is deleted and no event is changed; triggers hold that. One thing is blotted out: the personal fields of an
event, once the ledger has answered, since the ledger keeps them encrypted and must be able to erase them.
An event is on disk when `add` returns. Several threads and processes may use one outbox.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from ledger.errors import Unavailable

__all__ = ["Entry", "Outbox", "Said"]

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS event (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL,
    made         INTEGER NOT NULL,
    mode         TEXT NOT NULL,
    kind         TEXT NOT NULL,
    code         TEXT NOT NULL,
    batch        TEXT NOT NULL,
    expiry       INTEGER NOT NULL,
    scanned      BLOB NOT NULL,
    source       TEXT NOT NULL,
    corrects     INTEGER REFERENCES event (number),
    statement    BLOB NOT NULL UNIQUE,
    body         BLOB NOT NULL,
    confidential BLOB,
    verdict      TEXT NOT NULL,
    known        TEXT NOT NULL,
    anomalies    TEXT NOT NULL,
    state        TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'receipted', 'refused')),
    log_index    INTEGER,
    receipt      BLOB,
    answered     INTEGER,
    problem      TEXT NOT NULL DEFAULT '',
    repeats      INTEGER NOT NULL DEFAULT 0,
    confirmed    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS event_code ON event (code, number);
CREATE INDEX IF NOT EXISTS event_waits ON event (number) WHERE state IN ('queued', 'sent');
CREATE INDEX IF NOT EXISTS event_made ON event (made);
CREATE INDEX IF NOT EXISTS event_state ON event (state);
CREATE INDEX IF NOT EXISTS event_stops ON event (number) WHERE verdict = 'stop' AND confirmed = 0;
CREATE INDEX IF NOT EXISTS event_corrects ON event (corrects) WHERE corrects IS NOT NULL;
CREATE TABLE IF NOT EXISTS product (
    id TEXT PRIMARY KEY, en TEXT NOT NULL, zh TEXT NOT NULL, strength TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS recall (product TEXT, batch TEXT, PRIMARY KEY (product, batch)) STRICT;
CREATE TABLE IF NOT EXISTS stop (code TEXT PRIMARY KEY, stopped INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS stock (code TEXT PRIMARY KEY, stands TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS goods (code TEXT PRIMARY KEY, batch TEXT NOT NULL, expiry INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS head (
    size INTEGER NOT NULL, root BLOB NOT NULL, proven INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (size, root)
) STRICT;
CREATE TABLE IF NOT EXISTS alarm (
    number INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, code TEXT NOT NULL, detail TEXT NOT NULL,
    evidence BLOB NOT NULL, UNIQUE (code, evidence)
) STRICT;
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT;
CREATE TRIGGER IF NOT EXISTS event_stays BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events stay'); END;
CREATE TRIGGER IF NOT EXISTS alarm_stays BEFORE DELETE ON alarm BEGIN SELECT RAISE(ABORT, 'alarms stay'); END;
CREATE TRIGGER IF NOT EXISTS event_fixed
    BEFORE UPDATE OF number, id, made, mode, kind, code, scanned, source, corrects, statement, body ON event
    BEGIN SELECT RAISE(ABORT, 'events do not change'); END;
CREATE TRIGGER IF NOT EXISTS event_ends
    BEFORE UPDATE OF state ON event WHEN old.state IN ('receipted', 'refused') AND new.state <> old.state
    BEGIN SELECT RAISE(ABORT, 'an answer stays'); END;
"""
_BUSY_SECONDS: Final = 10.0


class Said(msgspec.Struct, frozen=True):
    """A verdict: the word, how much was known, and the names of what is wrong."""

    verdict: str
    known: str
    anomalies: tuple[str, ...] = ()


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One event of this station.

    Attributes:
        number: its place in the station's order; 0 before it has one.
        id: the eventID; a correction has that of the event it takes back.
        made: when, by this station's clock.
        mode, kind: what was done at the counter, and the act that this is in the custody table.
        code: the pack's key; batch, expiry: of the goods as far as known, "" and 0 when not.
        scanned, source: the bytes that arrived, and how.
        corrects: the number of the event that it takes back.
        statement, body, confidential: what is handed in; the last is None once it was answered.
        said: the newest verdict: our own, then the ledger's.
        state: queued, sent, receipted, refused.
        log_index, receipt, answered: the ledger's answer.
        problem: why it was refused.
        repeats: how often the same was scanned again, right after.
        confirmed: somebody saw a stop, and said so.
    """

    number: int = 0
    id: str
    made: int
    mode: str
    kind: str
    code: str
    batch: str = ""
    expiry: int = 0
    scanned: bytes
    source: str
    corrects: int | None = None
    statement: bytes
    body: bytes
    confidential: bytes | None = None
    said: Said
    state: str = "queued"
    log_index: int | None = None
    receipt: bytes | None = None
    answered: int | None = None
    problem: str = ""
    repeats: int = 0
    confirmed: bool = False


class Outbox:
    """The file.

    Args:
        path: of the file; made when it is not there, for its owner alone.

    Raises:
        Unavailable: `outbox-unavailable`, here and from every method, when the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connection.row_factory = sqlite3.Row
            # FULL: a commit that returned survives the loss of power. secure_delete: what is blotted out is gone.
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "foreign_keys = ON"):
                self._connection.execute(f"PRAGMA {pragma}")
            self._connection.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise Unavailable("outbox-unavailable", type(error).__name__) from None

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do several things as one; on disk when the block ends."""
        with self._lock:
            try:
                if self._connection.in_transaction:
                    yield
                    return
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield
                except BaseException:
                    self._connection.execute("ROLLBACK")
                    raise
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise Unavailable("outbox-unavailable", type(error).__name__) from None

    def _rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock, closing(self._connection.cursor()) as cursor:
            try:
                return cursor.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise Unavailable("outbox-unavailable", type(error).__name__) from None

    # -- events

    def add(self, entry: Entry) -> Entry:
        """Append an event, and return it with its number."""
        said = entry.said
        with self.transaction():
            (row,) = self._rows(
                "INSERT INTO event (id, made, mode, kind, code, batch, expiry, scanned, source, corrects, statement,"
                " body, confidential, verdict, known, anomalies) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
                " RETURNING number",
                entry.id, entry.made, entry.mode, entry.kind, entry.code, entry.batch, entry.expiry, entry.scanned,
                entry.source, entry.corrects, entry.statement, entry.body, entry.confidential, said.verdict,
                said.known, " ".join(said.anomalies),
            )  # fmt: skip
        return msgspec.structs.replace(entry, number=row["number"])

    def find(self, number: int) -> Entry | None:
        """Return an event by its number."""
        return next(iter(self._entries("number = ?", number)), None)

    def of_code(self, code: str) -> list[Entry]:
        """Return all events about a pack, in order."""
        return self._entries("code = ? ORDER BY number", code)

    def since(self, time: int, count: int) -> list[Entry]:
        """Return the newest events made since then, the newest first."""
        return self._entries("made >= ? ORDER BY number DESC LIMIT ?", time, count)

    def alike(self, text: str, count: int) -> list[Entry]:
        """Return the newest events whose code or batch holds this text, the newest first."""
        return self._entries(
            "instr(code, ?1) > 0 OR (batch <> '' AND instr(batch, ?1) > 0) ORDER BY number DESC LIMIT ?2", text, count
        )

    def waiting(self, count: int) -> list[Entry]:
        """Return the first events that the ledger has not answered, in the station's order."""
        return self._entries("state IN ('queued', 'sent') ORDER BY number LIMIT ?", count)

    def stops(self) -> list[Entry]:
        """Return the events whose verdict is a stop that nobody confirmed and nobody took back, in order."""
        return self._entries(
            "verdict = 'stop' AND confirmed = 0 AND number NOT IN"
            " (SELECT corrects FROM event WHERE corrects IS NOT NULL) ORDER BY number"
        )

    def correction_of(self, number: int) -> Entry | None:
        """Return the event that takes this one back, if there is one."""
        return next(iter(self._entries("corrects = ?", number)), None)

    def _entries(self, where: str, *values: Any) -> list[Entry]:
        return [_entry(row) for row in self._rows(f"SELECT * FROM event WHERE {where}", *values)]  # noqa: S608  ours

    def note_repeat(self, number: int) -> int:
        """Count that the same was scanned again; return how often by now."""
        with self.transaction():
            (row,) = self._rows("UPDATE event SET repeats = repeats + 1 WHERE number = ? RETURNING repeats", number)
        return int(row["repeats"])

    def note_sent(self, numbers: Sequence[int]) -> None:
        """Note that these are on their way: from now on the ledger may have them."""
        with self.transaction():
            for number in numbers:
                self._rows("UPDATE event SET state = 'sent' WHERE number = ? AND state = 'queued'", number)

    def note_receipt(self, number: int, index: int, receipt: bytes, said: Said, now: int) -> None:
        """Keep a receipt, and the ledger's verdict; the personal fields go."""
        with self.transaction():
            self._rows(
                "UPDATE event SET state = 'receipted', log_index = ?, receipt = ?, verdict = ?, known = ?,"
                " anomalies = ?, answered = ?, confidential = NULL,"
                # A stop that was seen before the ledger said the same need not be confirmed again.
                " confirmed = confirmed AND verdict = ? WHERE number = ?",
                index, receipt, said.verdict, said.known, " ".join(said.anomalies), now, said.verdict, number,
            )  # fmt: skip

    def note_refusal(self, number: int, problem: str, now: int) -> None:
        """Keep why the ledger will not have an event; the personal fields go."""
        with self.transaction():
            self._rows(
                "UPDATE event SET state = 'refused', problem = ?, answered = ?, confidential = NULL WHERE number = ?",
                problem, now, number,
            )  # fmt: skip

    def note_confirmed(self, number: int) -> None:
        """Note that somebody saw this stop."""
        with self.transaction():
            self._rows("UPDATE event SET confirmed = 1 WHERE number = ?", number)

    def counts(self) -> dict[str, int]:
        """Return how many events are in each state."""
        rows = self._rows("SELECT state, count(*) AS count FROM event GROUP BY state")
        return {"queued": 0, "sent": 0, "receipted": 0, "refused": 0} | {row["state"]: row["count"] for row in rows}

    def oldest_waiting(self) -> int | None:
        """Return when the oldest event was made that the ledger has not answered."""
        (row,) = self._rows("SELECT min(made) AS made FROM event WHERE state IN ('queued', 'sent')")
        return None if row["made"] is None else int(row["made"])

    # -- what is known offline

    def execute(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Run one statement of `scanner.knowledge` or `scanner.heads`, which own the other tables."""
        return self._rows(sql, *values)

    def fact(self, name: str) -> Any:
        """Return a fact by its name, or None."""
        return next((row["value"] for row in self._rows("SELECT value FROM fact WHERE name = ?", name)), None)

    def revision(self) -> str:
        """Return a text that is another one after any change of the file, by whichever program, and in each run."""
        (row,) = self._rows("PRAGMA data_version")
        return f"{os.getpid()}.{self._connection.total_changes}.{row['data_version']}"

    def keep_fact(self, name: str, value: str | int | bytes) -> None:
        """Keep a fact in the place of an older one."""
        with self.transaction():
            self._rows("INSERT INTO fact VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                       name, value)  # fmt: skip


def _entry(row: sqlite3.Row) -> Entry:
    values = {name: row[name] for name in row.keys()}  # noqa: SIM118  a Row iterates over values
    verdict, known, anomalies = (values.pop(name) for name in ("verdict", "known", "anomalies"))
    values["confirmed"] = bool(values["confirmed"])
    return Entry(**values, said=Said(verdict, known, tuple(anomalies.split())))
