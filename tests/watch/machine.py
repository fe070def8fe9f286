"""Machines that speak as they like: what is done with each connection is said in bytes.

    with machine(drip) as url, Web(seconds=1) as web:
        must_refuse("remote-unavailable", call=lambda: web.get(url, 10))
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

__all__ = ["drip", "machine", "sip"]


@contextmanager
def machine(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Run a machine that does this with each connection, until the other side ends it; gives its address."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()

        def one(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                answer(connection)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=one, args=[door.accept()[0]], daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        door.shutdown(socket.SHUT_RDWR)


def drip(connection: socket.socket) -> None:
    """Answer a header without end, a byte now and then."""
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        time.sleep(0.1)
        connection.sendall(b"a")


def sip(connection: socket.socket) -> None:
    """Take a request by and by, as if its sender had for ever."""
    while connection.recv(65_536):
        time.sleep(0.02)
