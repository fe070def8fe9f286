"""What people would write instead, doing the same work: no signatures are verified, nothing can be proved.

The trigger chain: a table whose trigger hashes each row with the one before it of the same code. `eventsourcing`:
the library of that name, aggregates of one event each, saved many at a time. Both commit durably, in the same
portions as we do: a row for each pack and event, with the event's body when it names one pack alone.
"""

from __future__ import annotations

import importlib.util
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from typing import Final

import psycopg
from sqlalchemy.engine import make_url

from ledger.bench.measure import Rival, clocked
from ledger.bench.place import driver_url
from ledger.submission import Submission

__all__ = ["Fact", "PortionsOf", "rivals_at"]

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


@contextmanager
def rivals_at(url: str, portions_of: PortionsOf) -> Iterator[dict[str, Rival]]:
    """Give the rivals that can run in this database, by name; the library only where it is installed."""
    with ExitStack() as stack:
        rivals = {"trigger chain": stack.enter_context(_trigger_chain(url, portions_of))}
        needed = ["eventsourcing"] + ["psycopg_pool"] * (make_url(url).get_backend_name() == "postgresql")
        if all(importlib.util.find_spec(name) is not None for name in needed):
            from ledger.bench.sourced import open_store  # noqa: PLC0415  an extra: only where it is installed

            save = stack.enter_context(open_store(url))
            rivals["eventsourcing"] = lambda submissions: _timed(portions_of(submissions), save)
        yield rivals


@contextmanager
def _trigger_chain(url: str, portions_of: PortionsOf) -> Iterator[Rival]:
    """Make the table with its trigger, and give what fills it."""
    if make_url(url).get_backend_name() == "postgresql":
        with psycopg.connect(driver_url(url), autocommit=True) as raw:
            raw.execute(_POSTGRES_TABLE.encode())
            raw.execute("SET enable_seqscan = off")  # as we do: the plan is made while the table is empty
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
