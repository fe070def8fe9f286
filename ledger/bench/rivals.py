"""What people would write instead, doing the same work: no signatures are verified, nothing can be proved.

`trigger_chain`: a table whose trigger hashes each row with the one before it of the same code. `eventsourcing`:
the library of that name, aggregates of one event each, saved many at a time. Both commit durably, in the same
portions as we do: a row for each pack and event, with the event's body when it names one pack alone.
"""

from __future__ import annotations

import importlib.util
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, Final

import psycopg
from sqlalchemy.engine import make_url

from ledger.bench.measure import Rival, clocked
from ledger.bench.place import driver_url
from ledger.submission import Submission

__all__ = ["PortionsOf", "eventsourcing_store", "packs_of", "rivals_at", "trigger_chain"]

Fact = tuple[str, bytes]
"""A pack's code, and what is told of it."""

PortionsOf = Callable[[Sequence[Submission]], list[list[Fact]]]
"""Cuts submissions into what shares a transaction."""

_POSTGRES_TABLE: Final = """
CREATE TABLE trigger_chain (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text COLLATE "C" NOT NULL, seq int NOT NULL,
    prev bytea NOT NULL, hash bytea NOT NULL, payload bytea NOT NULL, UNIQUE (code, seq)
);
CREATE FUNCTION trigger_chain_link() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last record;
BEGIN
    SELECT seq, hash INTO last FROM trigger_chain WHERE code = NEW.code ORDER BY seq DESC LIMIT 1;
    NEW.seq := coalesce(last.seq + 1, 0);
    NEW.prev := coalesce(last.hash, decode(repeat('00', 32), 'hex'));
    NEW.hash := sha256(NEW.prev || convert_to(NEW.code, 'UTF8') || NEW.payload);
    RETURN NEW;
END $$;
CREATE TRIGGER link BEFORE INSERT ON trigger_chain FOR EACH ROW EXECUTE FUNCTION trigger_chain_link()
"""
_SQLITE_TABLE: Final = """
CREATE TABLE trigger_chain (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL, seq INTEGER NOT NULL,
    prev BLOB NOT NULL, hash BLOB NOT NULL, payload BLOB NOT NULL, UNIQUE (code, seq)
);
CREATE VIEW trigger_chain_in AS SELECT code, payload FROM trigger_chain;
CREATE TRIGGER link INSTEAD OF INSERT ON trigger_chain_in BEGIN
    INSERT INTO trigger_chain (code, seq, prev, hash, payload)
    SELECT NEW.code, seq + 1, hash, chain_hash(hash, NEW.code, NEW.payload), NEW.payload FROM (
        SELECT seq, hash FROM trigger_chain WHERE code = NEW.code
        UNION ALL SELECT -1, zeroblob(32) ORDER BY seq DESC LIMIT 1
    );
END;
"""


def packs_of(facts: Sequence[Fact], size: int) -> list[list[Fact]]:
    """Cut facts into portions of `size`."""
    return [list(facts[at : at + size]) for at in range(0, len(facts), size)]


@contextmanager
def rivals_at(url: str, portions_of: PortionsOf) -> Iterator[dict[str, Rival]]:
    """Give the rivals that can run in this database, by name; the library only where it is installed."""
    with trigger_chain(url, portions_of) as chain:
        rivals = {"trigger chain": chain}
        needed = ["eventsourcing"] + ["psycopg_pool"] * (make_url(url).get_backend_name() == "postgresql")
        if all(importlib.util.find_spec(name) is not None for name in needed):
            rivals["eventsourcing"] = eventsourcing_store(url, portions_of)
        yield rivals


@contextmanager
def trigger_chain(url: str, portions_of: PortionsOf) -> Iterator[Rival]:
    """Make the table with its trigger, and give what fills it."""
    if make_url(url).get_backend_name() == "postgresql":
        with psycopg.connect(driver_url(url), autocommit=True) as raw:
            raw.execute(_POSTGRES_TABLE.encode())
            yield lambda submissions: _timed(portions_of(submissions), lambda facts: _copy(raw, facts))
        return
    raw_sqlite = sqlite3.connect(f"{make_url(url).database}.chain", isolation_level=None)
    try:
        raw_sqlite.create_function("chain_hash", 3, _chain_hash, deterministic=True)
        raw_sqlite.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" + _SQLITE_TABLE)
        yield lambda submissions: _timed(portions_of(submissions), lambda facts: _insert(raw_sqlite, facts))
    finally:
        raw_sqlite.close()


def _timed(portions: list[list[Fact]], write: Callable[[list[Fact]], None]) -> float:
    return sum(clocked(lambda portion=portion: write(portion)) for portion in portions)  # type: ignore[misc]


def _chain_hash(prev: bytes, code: str, payload: bytes) -> bytes:
    return sha256(prev + code.encode() + payload).digest()


def _insert(raw: sqlite3.Connection, facts: Sequence[Fact]) -> None:
    raw.execute("BEGIN IMMEDIATE")
    raw.executemany("INSERT INTO trigger_chain_in (code, payload) VALUES (?, ?)", facts)
    raw.execute("COMMIT")


def _copy(raw: psycopg.Connection, facts: Sequence[Fact]) -> None:
    with (
        raw.transaction(),
        raw.cursor().copy("COPY trigger_chain (code, payload) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(["text", "bytea"])
        for fact in facts:
            copy.write_row(fact)


def eventsourcing_store(url: str, portions_of: PortionsOf) -> Rival:
    """Return what saves an aggregate of one event for each fact, a portion at a time."""
    from eventsourcing.application import Application  # noqa: PLC0415  an extra: only where it is installed
    from eventsourcing.domain import Aggregate, event  # noqa: PLC0415

    class PackEvent(Aggregate):  # type: ignore[misc]
        @event("Recorded")
        def __init__(self, code: str, told: str) -> None:
            self.code = code
            self.told = told

    application = Application(env=_environment(url))

    def save(facts: Sequence[Fact]) -> None:
        application.save(*[PackEvent(code=code, told=told.decode()) for code, told in facts])

    return lambda submissions: _timed(portions_of(submissions), save)


def _environment(url: str) -> dict[str, Any]:
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        name = f"{parsed.database}.events"
        return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": name, "SQLITE_LOCK_TIMEOUT": "30"}
    host = parsed.host or str(parsed.query.get("host", ""))
    port = parsed.port or parsed.query.get("port", "5432")
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parsed.database or "",
        "POSTGRES_HOST": host,
        "POSTGRES_PORT": str(port),
        "POSTGRES_USER": parsed.username or "",
        "POSTGRES_PASSWORD": parsed.password or " ",
    }
