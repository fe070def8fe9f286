"""A witness over HTTP (C2SP tlog-witness):

    POST /add-checkpoint                        cosign a head
    GET  /<SHA-256 of the origin>/checkpoint    the head cosigned last

One thread a connection, and a bounded number of them; TLS and names are a reverse proxy's part. A request has one
deadline, from the end of the one before it, however it drips; and while all threads are taken, none is kept for a
further request: whoever waits gets its turn.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedReader, RawIOBase
from threading import BoundedSemaphore
from typing import Any, Final, NamedTuple

from ledger.errors import FormatError, LedgerError
from ledger.limits import WITNESS_CONNECTIONS_MAX, WITNESS_REQUEST_BYTES_MAX, WITNESS_REQUEST_SECONDS_MAX
from ledger.log.spelling import read_decimal
from ledger.log.witness import SIZE_MEDIA_TYPE, Rejection, parse_extension
from ledger.texts import PROBLEMS
from ledger.witness.state import Witness

__all__ = ["Answered", "WitnessServer"]

_ADD: Final = "/add-checkpoint"
_NEWEST: Final = re.compile(r"/([0-9a-f]{64})/checkpoint")
_TEXT: Final = "text/plain; charset=utf-8"


class Answered(NamedTuple):
    """One request that was answered: its path, the status, and the code of what was wrong, if anything."""

    path: str
    status: int
    code: str


class WitnessServer(ThreadingHTTPServer):
    """Answers until it is shut down.

    Args:
        witness: what it offers.
        address: host and port; port 0 takes any that is free.
        on_answer: told of each answer, in the thread that gave it.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, witness: Witness, address: tuple[str, int], on_answer: Callable[[Answered], None] = lambda _: None
    ) -> None:
        self.witness = witness
        self.on_answer = on_answer
        self._free = BoundedSemaphore(WITNESS_CONNECTIONS_MAX)
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own, once one is free."""
        self._free.acquire()
        super().process_request(request, client_address)

    def is_full(self) -> bool:
        """Say whether every thread is taken."""
        if not self._free.acquire(blocking=False):
            return True
        self._free.release()
        return False

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer one connection, in its thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over a connection that broke: there is nobody left to tell."""


class _Timely(RawIOBase):
    """What a connection sends, until a moment by the monotonic clock."""

    due = 0.0

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self.due - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "packledger-witness"
    sys_version = ""
    server: WitnessServer

    def setup(self) -> None:
        super().setup()
        self._timely = _Timely(self.connection)
        self.rfile.close()
        self.rfile = BufferedReader(self._timely)

    def handle_one_request(self) -> None:
        self._timely.due = time.monotonic() + WITNESS_REQUEST_SECONDS_MAX
        super().handle_one_request()

    def do_POST(self) -> None:
        if self.path != _ADD:
            self._answer(404, "not-found")
            return
        body = self._body()
        if body is None:
            return
        try:
            answer = self.server.witness.add_checkpoint(parse_extension(body))
        except FormatError as error:
            self._answer(400, error.code)
        except LedgerError as error:  # our own disk or our own files: no word about the log
            self._answer(503, error.code)
        else:
            if isinstance(answer, Rejection):
                self._reject(answer)
            else:
                self._send(200, f"{answer}\n".encode(), _TEXT)

    def do_GET(self) -> None:
        named = _NEWEST.fullmatch(self.path)
        try:
            note = self.server.witness.newest(named[1]) if named else None
        except LedgerError as error:
            self._answer(503, error.code)
            return
        if note is None:
            self._answer(405 if self.path == _ADD else 404, "not-found")
        else:
            self._send(200, note, _TEXT)

    def _body(self) -> bytes | None:
        """Return the request's body; None when it was refused unread, which ends the connection."""
        self.close_connection = True
        try:
            length = read_decimal(self.headers.get("Content-Length", ""))
        except ValueError:
            self._answer(411, "extension-malformed")
            return None
        if length > WITNESS_REQUEST_BYTES_MAX:
            self._answer(413, "extension-malformed")
            return None
        body = self.rfile.read(length)
        if len(body) != length:
            self._answer(400, "extension-malformed")
            return None
        self.close_connection = self.headers.get("Connection", "").lower() == "close"
        return body

    def _reject(self, rejection: Rejection) -> None:
        if rejection.size is None:
            self._answer(rejection.status, rejection.problem.code)
        else:
            self._send(rejection.status, f"{rejection.size}\n".encode(), SIZE_MEDIA_TYPE, rejection.problem.code)

    def _answer(self, status: int, code: str) -> None:
        title = PROBLEMS[code].en if code in PROBLEMS else "There is nothing here."
        self._send(status, f"{code}: {title}\n".encode(), _TEXT, code)

    def _send(self, status: int, content: bytes, media_type: str, code: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.close_connection = self.close_connection or self.server.is_full()
        if self.close_connection:
            self.send_header("Connection", "close")
        self.connection.settimeout(WITNESS_REQUEST_SECONDS_MAX)
        self.end_headers()
        self.wfile.write(content)
        self.server.on_answer(Answered(self.path, status, code))

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: whoever runs the witness is told by `on_answer`."""
