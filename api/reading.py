"""Reading a request: its body within bounds, as it streams in; then strictly into a typed value.

A body's length is counted while it arrives, whatever its header claims, so none is held that is too large; and what
all requests of a process hold together is bounded too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Final, Generic, NamedTuple, TypeVar, cast

import msgspec
from starlette.requests import ClientDisconnect, Request

from ledger.canonical import loads
from ledger.errors import FormatError, Misuse, Unavailable
from ledger.limits import DECIMAL_DIGITS_MAX, REQUEST_BYTES_MAX, REQUEST_SECONDS_MAX, REQUESTS_HELD_BYTES_MAX

__all__ = ["JSON", "Decimal", "Held", "Takes", "convert_query", "json_of", "read_body"]

T = TypeVar("T")
Decimal = Annotated[str, msgspec.Meta(pattern=rf"^(?:0|[1-9][0-9]{{0,{DECIMAL_DIGITS_MAX - 1}}})\Z")]
"""A whole number in a query or a path, in its one spelling."""

JSON: Final = "application/json"


class Takes(NamedTuple, Generic[T]):
    """What the body of a request is.

    Attributes:
        media: the types it may have; the first is the one to show.
        bytes_max: its bound.
        read: makes the typed value of the bytes and their media type.
        schema: the value's type, for the description; None for what is no JSON.
        example: a body, for the description.
    """

    media: tuple[str, ...]
    bytes_max: int
    read: Callable[[bytes, str], T]
    schema: type | None
    example: Any


class Held:
    """How many bytes of requests one process holds."""

    def __init__(self) -> None:
        self._bytes = 0

    def take(self, count: int) -> None:
        """Hold so many more.

        Raises:
            Unavailable: `server-busy`; nothing was taken.
        """
        if self._bytes + count > REQUESTS_HELD_BYTES_MAX:
            raise Unavailable("server-busy")
        self._bytes += count

    def give_back(self, count: int) -> None:
        """Let go of so many."""
        self._bytes -= count


def json_of(model: type[T], example: Any) -> Takes[T]:
    """Return what a JSON body of this type is: no unknown member, none twice, no value out of its bounds."""
    decode = msgspec.json.Decoder(model).decode

    def read(data: bytes, _media: str) -> T:
        try:
            value = decode(data)
            loads(data)  # which takes nothing that can be read in two ways
            return value
        except msgspec.ValidationError as error:
            raise Misuse("request-invalid", str(error)) from None
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise FormatError("request-malformed", str(error)) from None

    return Takes((JSON,), REQUEST_BYTES_MAX, read, cast("type", model), example)


def convert_query(request: Request, model: type[T]) -> T:
    """Return the query of a request as this type: no unknown name, none twice.

    Raises:
        Misuse: `request-invalid`.
    """
    pairs = request.query_params.multi_items()
    given = dict(pairs)
    if len(given) < len(pairs):
        raise Misuse("request-invalid", "a name stands twice in the query")
    try:
        return msgspec.convert(given, model, strict=False)
    except msgspec.ValidationError as error:
        raise Misuse("request-invalid", str(error)) from None


async def read_body(request: Request, takes: Takes[T], held: Held) -> tuple[T, int]:
    """Return the typed body of a request, and how many bytes it holds; give them back when it is answered.

    Raises:
        Misuse: `media-type-unsupported`, `request-too-large`, `request-slow`, `request-cut-off`; and as its reader.
        Unavailable: `server-busy`.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in takes.media:
        raise Misuse("media-type-unsupported", f"send {' or '.join(takes.media)}")
    # RFC 9110 §15.5.16: "the request's indicated Content-Type or Content-Encoding"
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Misuse("media-type-unsupported", "send it as it is, without a Content-Encoding")
    data = bytearray()
    try:
        async with asyncio.timeout(REQUEST_SECONDS_MAX):
            async for chunk in request.stream():
                if len(data) + len(chunk) > takes.bytes_max:
                    raise Misuse("request-too-large", f"at most {takes.bytes_max} bytes")
                held.take(len(chunk))
                data += chunk
        if len(data) > REQUEST_BYTES_MAX:  # long to read: others are answered meanwhile
            return await asyncio.to_thread(takes.read, bytes(data), media), len(data)
        return takes.read(bytes(data), media), len(data)
    except BaseException as error:
        held.give_back(len(data))
        if isinstance(error, TimeoutError):
            raise Misuse("request-slow", f"not whole after {REQUEST_SECONDS_MAX} seconds") from None
        if isinstance(error, ClientDisconnect):
            raise Misuse("request-cut-off") from None
        raise
