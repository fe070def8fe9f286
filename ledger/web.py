"""Requests to other machines, none of which is believed: the answer has a bound in bytes, and one in time.

A redirection is no answer: it would let another machine speak in the name of the one that was asked.
Nor is silence: whoever sends or takes one byte a minute, or names a hundred addresses at which nobody answers, would
otherwise keep a monitor from crying. How long a name is looked up is the resolver's to bound.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import httpcore

from ledger.errors import FormatError, Misuse, Unavailable
from ledger.limits import REMOTE_ATTEMPTS_MAX, REMOTE_SECONDS_MAX

__all__ = ["Answer", "Web", "require_url"]

_CHUNK_BYTES: Final = 65_536
_PASSES: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_ZIPPED: Final = 16 + zlib.MAX_WBITS
_NONE: Final[Mapping[str, str]] = {}
_FAILURES: Final = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError)


class Answer(NamedTuple):
    """An answer: its HTTP status, its media type without parameters, its content, unpacked, and its headers.

    The headers have names in lower case; of one that came twice, the last counts.
    """

    status: int
    media_type: str
    content: bytes
    headers: Mapping[str, str]


class Web:
    """Asks other machines; safe to share between threads.

    Args:
        headers: sent with every request.
        seconds: within which an answer must have arrived as a whole.
        wait: how to wait, in seconds, before a request is made again.
        address_of: which address to connect to for a host and a port; raises when none may be.
        attempts: how often a request is made that failed for reasons that pass.
    """

    def __init__(
        self,
        headers: Mapping[str, str] | None = None,
        *,
        seconds: float = REMOTE_SECONDS_MAX,
        wait: Callable[[float], object] = time.sleep,
        address_of: Callable[[str, int], str] = lambda host, port: host,
        attempts: int = REMOTE_ATTEMPTS_MAX,
    ) -> None:
        self._seconds = seconds
        self._wait = wait
        self._attempts = attempts
        self._headers = list({"User-Agent": "packledger", "Accept-Encoding": "identity", **(headers or {})}.items())
        self._due = _Due()
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(), network_backend=_Backend(self._due, address_of),
            keepalive_expiry=30,
        )

    def __enter__(self) -> Web:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End all connections."""
        self._pool.close()

    def get(self, url: str, bytes_max: int) -> Answer:
        """Ask for a document, again if the failure may pass.

        Raises:
            Unavailable: `remote-unavailable`.
            FormatError: `remote-answer-malformed` for more bytes than asked for, or a compression that is none.
            Misuse: `url-malformed`.
        """
        return self._asked("GET", url, None, bytes_max)

    def post(self, url: str, content: bytes, bytes_max: int) -> Answer:
        """Hand something in that may be handed in twice.

        Raises:
            Unavailable, FormatError, Misuse: as `get`.
        """
        return self._asked("POST", url, content, bytes_max)

    def ask(
        self, method: str, url: str, content: bytes | None, bytes_max: int, headers: Mapping[str, str]
    ) -> Answer:
        """Ask once, whatever the answer.

        Raises:
            Unavailable, FormatError, Misuse: as `get`.
        """
        require_url(url)
        try:
            return self._once(method, url, content, bytes_max, headers)
        except _FAILURES as error:
            raise Unavailable("remote-unavailable", type(error).__name__) from None

    def send(self, url: str, content: bytes, headers: Mapping[str, str]) -> int:
        """Hand something in once, and return the status; what else is answered is not read.

        Raises:
            Unavailable: `remote-unavailable`.
            Misuse: `url-malformed`; and as `address_of`.
        """
        require_url(url)
        self._due.at = time.monotonic() + self._seconds
        try:
            with self._pool.stream(
                "POST", url, headers=[*self._headers, *headers.items()], content=content
            ) as response:
                return int(response.status)
        except _FAILURES as error:
            raise Unavailable("remote-unavailable", type(error).__name__) from None

    def _asked(self, method: str, url: str, content: bytes | None, bytes_max: int) -> Answer:
        require_url(url)
        detail = ""
        for attempt in range(self._attempts):
            if attempt:
                self._wait(2.0 ** (attempt - 1))
            try:
                answer = self._once(method, url, content, bytes_max)
            except _FAILURES as error:
                detail = type(error).__name__
                continue
            if answer.status not in _PASSES:
                return answer
            detail = f"status {answer.status}"
        raise Unavailable("remote-unavailable", f"{url}: {detail}")

    def _once(
        self, method: str, url: str, content: bytes | None, bytes_max: int, more: Mapping[str, str] = _NONE
    ) -> Answer:
        self._due.at = time.monotonic() + self._seconds
        sent = [*self._headers, *more.items()]
        with self._pool.stream(method, url, headers=sent, content=content) as response:
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            data = bytearray()
            for part in _unpacked(response.iter_stream(), headers.get("content-encoding", "identity")):
                data += part
                if len(data) > bytes_max:
                    raise FormatError("remote-answer-malformed", f"{url}: more than {bytes_max} bytes")
            media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
            return Answer(response.status, media_type, bytes(data), headers)


def require_url(url: str) -> None:
    """Refuse a URL that names no web server, or a password beside it.

    Raises:
        Misuse: `url-malformed`.
    """
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
        sound = sound and url.isascii() and url.isprintable() and " " not in url and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise Misuse("url-malformed", "http://HOST/… or https://HOST/…")


def _unpacked(parts: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield the content, a chunk at a time, however much a small packed answer unpacks to."""
    if encoding == "identity":
        yield from parts
        return
    if encoding != "gzip":
        raise FormatError("remote-answer-malformed", "packed in a way that nobody asked for")
    unpacker = zlib.decompressobj(_ZIPPED)
    try:
        for part in parts:
            waiting = part
            while waiting:
                yield unpacker.decompress(waiting, _CHUNK_BYTES)
                waiting = unpacker.unconsumed_tail
                if unpacker.eof:
                    break
            if unpacker.unused_data:  # it would gather whatever follows, as long as it comes
                break
    except zlib.error:
        raise FormatError("remote-answer-malformed", "packed wrongly") from None
    if not unpacker.eof or unpacker.unused_data:
        raise FormatError("remote-answer-malformed", "packed wrongly")


class _Due(threading.local):
    """When the answer to this thread's request must have arrived, by the monotonic clock."""

    at = 0.0

    def left(self) -> float:
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the answer took too long")
        return left


class _Backend(httpcore.SyncBackend):
    """Connects, within the time that is left."""

    def __init__(self, due: _Due, address_of: Callable[[str, int], str]) -> None:
        self._due = due
        self._address_of = address_of

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        failed: Exception = httpcore.ConnectError("its name is not found")
        addresses = _addresses(self._address_of(host, port), port)
        for at, address in enumerate(addresses):
            share = self._due.left() / (len(addresses) - at)
            try:
                stream = super().connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _Stream(stream, self._due)
        raise failed


def _addresses(host: str, port: int) -> list[str]:
    """Return all addresses of a host: `connect` would give each of them all the time that is left."""
    try:
        return [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):  # not asked for: a name with an empty label, or one of over 63 letters
        return []


class _Stream(httpcore.NetworkStream):
    """A connection on which each step takes the time that is left for all of them."""

    def __init__(self, stream: httpcore.NetworkStream, due: _Due) -> None:
        self._stream = stream
        self._due = due

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._due.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # Ours, for httpcore's own takes the time anew for each piece that a slow reader makes room for.
        connection: socket.socket = self._stream.get_extra_info("socket")
        waiting = memoryview(buffer)
        try:
            while waiting:
                connection.settimeout(self._due.left())
                waiting = waiting[connection.send(waiting) :]
        except TimeoutError:
            raise httpcore.WriteTimeout("the request was taken too slowly") from None
        except OSError as error:
            raise httpcore.WriteError(str(error)) from None

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._due.left()), self._due)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
