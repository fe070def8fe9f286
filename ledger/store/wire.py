"""A wire to PostgreSQL: prepared statements sent one after the other, and waited for together.

A cursor looks at each value to find out what it is; for a group of few rows that costs more than all the rest.
Here a statement says of what kinds its parameters are, and they go as the server keeps them.
psycopg opens the connection, and does all else on it; from the first `send` to `results` it is the wire's alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from select import POLLIN, POLLOUT, poll
from struct import Struct
from typing import Any, Final, NamedTuple

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, Format
from psycopg.pq.abc import PGresult

__all__ = ["Parameter", "Statement", "Wire", "array", "value"]

_FAILED: Final = (ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED)
_NOT_PREPARED: Final = b"26000"  # invalid_sql_statement_name
_NULL: Final = b"\xff\xff\xff\xff"
_LENGTH_BYTES: Final = 4
_ARRAY_HEAD: Final = Struct(">5i")  # dimensions, whether there may be nulls, type, length, first index


def _integer(code: str, octets: int) -> Callable[[int], bytes]:
    pack = Struct(f">i{code}").pack
    return lambda number: pack(octets, number)


def _octets(data: bytes) -> bytes:
    return len(data).to_bytes(_LENGTH_BYTES, "big") + data


# The server's number of each type, and how a value is sent: its length, then itself.
_KINDS: Final[dict[str, tuple[int, Callable[[Any], bytes]]]] = {
    "int2": (21, _integer("h", 2)),
    "int4": (23, _integer("i", 4)),
    "int8": (20, _integer("q", 8)),
    "text": (25, lambda text: _octets(text.encode())),
    "bytea": (17, _octets),
}


def value(kind: str, single: Any) -> bytes | None:
    """Return a parameter of one value; None is null."""
    return None if single is None else _KINDS[kind][1](single)[_LENGTH_BYTES:]


def array(kind: str, values: Sequence[Any]) -> bytearray:
    """Return a parameter of an array of one dimension; None in it is null."""
    oid, encode = _KINDS[kind]
    data = bytearray(_ARRAY_HEAD.pack(1, 1, oid, len(values), 1))
    for each in values:
        data += _NULL if each is None else encode(each)  # a list of them would hold all that is sent twice
    return data


Parameter = bytes | bytearray | None
"""What `value` and `array` return."""


class Statement(NamedTuple):
    """A statement, with $1, $2 … for its parameters."""

    name: str
    text: str


class Wire:
    """Sends statements over one connection; each is prepared when it is first sent.

    Attributes:
        is_ahead: whoever sends does not wait for `results`, which somebody else will.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._pgconn = connection.pgconn
        self._prepared: set[str] = set()
        self._forgotten = 0  # how often the server forgot; part of each name, so that none is given twice
        self._sent: list[tuple[Statement, tuple[Parameter, ...]]] = []
        self._preparing: list[str | None] = []  # for each answer that will come, what it says to be prepared
        self._poll = poll()
        self.is_ahead = False

    def send(self, statement: Statement, *parameters: Parameter) -> None:
        """Send a statement on its way; what comes of it, `results` tells."""
        name = statement.name
        known_as = f"{name}_{self._forgotten}".encode()
        with self._or_closed():
            if not self._sent:
                self._pgconn.enter_pipeline_mode()
            if name not in self._prepared and name not in self._preparing:
                self._pgconn.send_prepare(known_as, statement.text.encode())
                self._preparing.append(name)
            formats = [Format.BINARY] * len(parameters)
            self._pgconn.send_query_prepared(known_as, parameters, formats, Format.BINARY)
            self._preparing.append(None)
            self._sent.append((statement, parameters))

    def push(self) -> None:
        """Let the server begin with what was sent, as far as it takes it; the rest goes with what is sent next."""
        with self._or_closed():
            self._pgconn.flush()

    def results(self) -> list[list[tuple[Any, ...]]]:
        """Wait for all that was sent; return the rows of each statement, in order.

        Raises:
            psycopg.Error: by the first statement that failed; those after it did nothing.
        """
        sent, results = self._finish()
        if results and results[0].error_field(DiagnosticField.SQLSTATE) == _NOT_PREPARED:
            # With each rollback psycopg makes the server forget all that was prepared, so that the first statement
            # of the next transaction fails, if it was prepared before all others. Nothing was done: once more.
            self._prepared.clear()
            self._forgotten += 1
            for statement, parameters in sent:
                self.send(statement, *parameters)
            _, results = self._finish()
        for result in results:
            if result.status in _FAILED:
                raise psycopg.errors.error_from_result(result)
        return [self._rows(result) for result in results]

    def _finish(self) -> tuple[list[tuple[Statement, tuple[Parameter, ...]]], list[PGresult]]:
        """Return what was sent, and what came of each."""
        if not self._sent:
            return [], []
        with self._or_closed():
            received = self._received()
            self._pgconn.exit_pipeline_mode()
        sent, preparing = self._sent, self._preparing
        self._sent, self._preparing = [], []
        results = []
        for name, result in zip(preparing, received, strict=True):
            if name is None or result.status in _FAILED:
                results.append(result)
            else:
                self._prepared.add(name)
        return sent, results

    @contextmanager
    def _or_closed(self) -> Iterator[None]:
        """Close the connection if anything fails: nobody could tell any more which answer is whose."""
        try:
            yield
        except BaseException:
            self._connection.close()
            raise

    def _received(self) -> list[PGresult]:
        self._pgconn.pipeline_sync()
        self._flush()
        self._poll.register(self._pgconn.socket, POLLIN)
        results: list[PGresult] = []
        while True:
            while self._pgconn.is_busy():
                self._poll.poll()
                self._pgconn.consume_input()
            result = self._pgconn.get_result()
            if result is None:
                continue  # stands between the answers to two statements
            if result.status == ExecStatus.PIPELINE_SYNC:
                return results
            results.append(result)
            if self._pgconn.status == ConnStatus.BAD:
                raise psycopg.errors.error_from_result(result)

    def _flush(self) -> None:
        self._poll.register(self._pgconn.socket, POLLIN | POLLOUT)
        while self._pgconn.flush():
            # The server may stop reading until its answers are read.
            if any(event & ~POLLOUT for _, event in self._poll.poll()):
                self._pgconn.consume_input()

    def _rows(self, result: PGresult) -> list[tuple[Any, ...]]:
        if not result.ntuples:
            return []
        rows = Transformer(self._connection)
        rows.set_pgresult(result, format=Format.BINARY)
        return rows.load_rows(0, result.ntuples, tuple)
