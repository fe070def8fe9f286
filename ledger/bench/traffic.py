"""Traffic: requests over real connections, as many at once as there are connections, or so many a second.

At a rate, a request is counted from the moment when it was due, not from when a connection was free for it: a server
that stalls is charged for all who waited.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from time import perf_counter
from typing import NamedTuple

from ledger.errors import Unavailable

__all__ = ["Traffic", "drive"]


class Traffic(NamedTuple):
    """What came of it: requests a second, and the time of each, in milliseconds, ascending."""

    per_second: float
    milliseconds: Sequence[float]

    def percentile(self, share: float) -> float:
        """Return the time that this share of the requests did not exceed, in milliseconds."""
        return self.milliseconds[min(len(self.milliseconds) - 1, int(share * len(self.milliseconds)))]


def drive(
    port: int, path: str, headers: Sequence[str], bodies: Iterable[bytes], *, connections: int, rate: float = 0
) -> Traffic:
    """Send these bodies to this machine's port, one a request.

    Args:
        port, path, headers: where to, and how.
        bodies: in the order in which they are sent.
        connections: how many at once.
        rate: requests a second; 0 for as many as there come.

    Raises:
        Unavailable: `bench-broken` when an answer is not 200.
    """
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", *headers]
    head = "\r\n".join(lines).encode() + b"\r\nContent-Length: %d\r\n\r\n"
    return asyncio.run(_drive(port, head, enumerate(bodies), connections, rate))


async def _drive(
    port: int, head: bytes, bodies: Iterator[tuple[int, bytes]], connections: int, rate: float
) -> Traffic:
    times: list[float] = []
    start = perf_counter()

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number, body in bodies:
            begun = perf_counter()
            if rate:
                begun = start + number / rate
                await asyncio.sleep(begun - perf_counter())
            writer.write(head % len(body) + body)
            try:
                await _read(reader)
            except asyncio.IncompleteReadError:
                raise Unavailable("bench-broken", "the server closed the connection") from None
            times.append(1_000 * (perf_counter() - begun))
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(connection() for _ in range(connections)))
    return Traffic(len(times) / (perf_counter() - start), sorted(times))


async def _read(reader: asyncio.StreamReader) -> None:
    answer = (await reader.readuntil(b"\r\n\r\n")).lower()
    _, _, length = answer.partition(b"\r\ncontent-length: ")
    body = await reader.readexactly(int(length.partition(b"\r\n")[0]))
    if not answer.startswith(b"http/1.1 200 ") or b'"problem"' in body:
        raise Unavailable("bench-broken", body[:200].decode(errors="replace"))
