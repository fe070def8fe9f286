"""Whoever is asked may do as he likes: the request ends in time, in its own memory, with a code."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from ledger.web import Web
from tests.log.attacks import must_refuse

HEAD = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"


@contextmanager
def machine(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Run a machine that does this with each connection, until the other side ends it; gives its address."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()

        def serve() -> None:
            while True:
                try:
                    connection, _ = door.accept()
                except OSError:
                    return
                with connection, suppress(OSError):
                    answer(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        door.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("host", ["a..b", ".a", "a" * 64, f"{'a' * 64}.example"])
def test_a_host_that_cannot_be_looked_up(host: str) -> None:
    """An empty label, or one longer than any: the resolver is not even asked, and there is a code all the same."""
    with Web(wait=lambda _: None) as web:
        must_refuse("remote-unavailable", call=lambda: web.get(f"http://{host}/checkpoint", 10))


def test_what_follows_a_packed_answer_is_not_gathered() -> None:
    """A packed answer that is over, and bytes without end behind it: told at once, not after a minute of them."""
    sent = []

    def answer(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(HEAD)
        for part in (gzip.compress(b"hello"), *([bytes(65_536)] * 2_000)):
            connection.sendall(b"%x\r\n%s\r\n" % (len(part), part))
            sent.append(len(part))

    with machine(answer) as url, Web(wait=lambda _: None) as web:
        error = must_refuse("remote-answer-malformed", call=lambda: web.get(url, 10))
    assert error.detail == "packed wrongly"
    assert sum(sent) < 20_000_000
