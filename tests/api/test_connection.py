"""Whoever has not said who he is: he holds neither memory nor a connection for long."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn

from api import connection
from api.serve import _options
from ledger.limits import REQUEST_HEAD_BYTES_MAX
from tests.kit import World


async def _echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the length of what was sent, once all of it is there."""
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length, more = length + len(message["body"]), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"8")]})
    await send({"type": "http.response.body", "body": b"%08d" % length})


@pytest.fixture
def port(sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Return where that is served, with the options that a ledger is served with."""
    settings = World(tmp_path_factory.mktemp("home") / "home", sqlite_url).settings
    with _served(_options(settings) | {"lifespan": "off", "workers": 1}) as port:
        yield port


@contextmanager
def _served(options: dict[str, Any]) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = uvicorn.Server(uvicorn.Config(_echo, **options))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([door])), daemon=True)
        thread.start()
        yield door.getsockname()[1]
        server.should_exit = True
        thread.join()


def said(port: int, *parts: bytes, times: int = 1) -> bytes:
    """Send this, the last part so many times; return what is answered until the other side ends it, or falls still."""
    with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
        try:
            for part in (*parts[:-1], *parts[-1:] * times):
                line.sendall(part)
        except OSError:
            return b"cut off"
        heard = b""
        try:
            while part := line.recv(65_536):
                heard += part
        except ConnectionError:
            return heard + b"cut off"
        except TimeoutError:
            return heard + b"still open"
        return heard + b"ended"


CHUNKED = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
LONG = b"a" * 10_000


@pytest.mark.parametrize(
    ("first", "part"),
    [
        (b"GET /", LONG),
        (b"GET / HTTP/1.1\r\n", b"X: " + LONG + b"\r\n"),
        (b"GET / HTTP/1.1\r\nX: ", LONG),
        (b"GET / HTTP/1.1\r\n" + LONG[:100], LONG),
        (CHUNKED + b"1;", LONG),
        (CHUNKED + b"1\r\na\r\n0\r\n", b"X: " + LONG + b"\r\n"),
        (CHUNKED + b"1\r\na\r\n0\r\nX: ", LONG),
        (b"", b"\r\n" * 5_000),
    ],
)
def test_a_head_without_end_is_cut_off(port: int, first: bytes, part: bytes) -> None:
    """A line, a header, many headers, a name, what stands around chunks: sixty megabytes of it get nowhere."""
    assert said(port, first, part, times=6_000).endswith((b"cut off", b"ended"))


def test_what_is_long_and_right_is_taken(port: int) -> None:
    """A body in many chunks, a body longer than any head, requests one behind the other, a head of half the bound."""
    chunks = b"400\r\n" + b"a" * 1_024 + b"\r\n"
    assert b"02048000still open" in said(port, CHUNKED, chunks * 2_000 + b"0\r\n\r\n")
    body = b"POST / HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n" + bytes(3_000_000)
    answers = said(port, body, times=3)
    assert answers.count(b"03000000") == 3
    half = b"GET / HTTP/1.1\r\nX: " + b"a" * (REQUEST_HEAD_BYTES_MAX // 2) + b"\r\n\r\n"
    assert said(port, half, times=10).count(b"00000000") == 10


def test_a_head_that_never_comes_is_not_waited_for(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing, half a head, half a second one: ended after its time; who answers slowly is not cut off."""
    monkeypatch.setattr(connection, "REQUEST_SECONDS_MAX", 0.3)
    began = time.monotonic()
    for half in (b"", b"GET / HT", b"GET / HTTP/1.1\r\nX: 1\r\n"):
        assert said(port, half) == b"ended"
    assert said(port, b"GET / HTTP/1.1\r\n\r\nGET / HT").endswith(b"00000000ended")
    assert time.monotonic() - began < 4
    assert said(port, b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\na") == b"still open"
