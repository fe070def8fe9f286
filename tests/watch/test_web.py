"""Whoever is asked may do as he likes: the request ends in time, in its own memory, with a code."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Callable

import pytest

from ledger.client import Client
from ledger.web import Web
from tests.log.attacks import must_refuse
from tests.watch.machine import drip, machine, sip

HEAD = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"


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


@pytest.mark.parametrize("answer", [drip, sip])
def test_who_is_slow_is_left(answer: Callable[[socket.socket], None]) -> None:
    """An answer that drips, a request that is taken in sips: one deadline holds for all of it, for whoever asks."""
    content = bytes(30_000_000)
    with machine(answer) as url:
        client, web = Client(url, seconds=1), Web(seconds=1, attempts=1)
        for code, call in (
            ("remote-unavailable", lambda: web.post(url, content, 10)),
            ("remote-unavailable", lambda: web.send(url, content, {})),
            ("ledger-unreachable", lambda: client.capture(content)),
        ):
            began = time.monotonic()
            must_refuse(code, call=call)
            assert time.monotonic() - began < 4
        client.close()
        web.close()


def test_a_name_with_many_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers at any of them: they share the time of the request; one that does answer is found behind them."""
    found = ["127.0.0.2"] * 10

    def look_up(host: str, port: int, *_: object, **__: object) -> list[object]:
        addresses = found if host == "many.example" else [host]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    with machine(_nothing) as url, socket.socket() as full, socket.socket() as waiting:
        port = int(url.rpartition(":")[2])
        full.bind(("127.0.0.2", port))
        full.listen(0)
        waiting.connect(full.getsockname())  # its one place is taken: whoever else comes waits in vain
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        with Web(seconds=2, attempts=1) as web:
            began = time.monotonic()
            must_refuse("remote-unavailable", call=lambda: web.get(f"http://many.example:{port}/", 10))
            assert time.monotonic() - began < 4
            found.append("127.0.0.1")
            assert web.get(f"http://many.example:{port}/", 10).content == b""


def _nothing(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize(
    ("first", "again", "status"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", None),
        (b"HTTP/1.1 200 OK\r\n", b"X: " + b"a" * 60_000 + b"\r\n", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", bytes(65_536), 200),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n", bytes(65_536), 302),
        (b"HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n", b"HTTP/1.1 204 No Content\r\n\r\n", 204),
    ],
    ids=["never-an-answer", "headers-without-end", "enormous", "elsewhere", "answers-without-end"],
)
def test_a_receiver_that_goes_on_without_end(first: bytes, again: bytes, status: int | None) -> None:
    """Whatever follows the status is not read, and without a status it is over in time; each request hears its own."""

    def answer(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(first)
        while True:
            connection.sendall(again)

    with machine(answer) as url, Web(seconds=1) as web:
        for _ in range(2):
            began = time.monotonic()
            if status is None:
                must_refuse("remote-unavailable", call=lambda: web.send(url, b"x", {}))
            else:
                assert web.send(url, b"x", {}) == status
            assert time.monotonic() - began < 4
