"""One connection: what comes before a request's body, and around it, within bounds of bytes and of time.

Bodies have their own bounds (`api.reading`), known callers have rates. This is for whoever has said nothing yet: a
head without end would be held whole, and a head that never comes would hold its connection for ever.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ledger.limits import REQUEST_HEAD_BYTES_MAX, REQUEST_SECONDS_MAX

__all__ = ["Connection"]

_TOO_LONG: Final = "Invalid HTTP request received."


class Connection(HttpToolsProtocol):
    """Reads requests as its parent does, and ends the connection of whoever goes beyond a bound.

    All that is not body counts: the request's line and headers, and what stands around the body's chunks and behind
    them, of which there may be as much more as there is body.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._spent = 0
        self._begun = False
        self._due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, and wait for the first head."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._forget_due()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, and count what is no body."""
        super().data_received(data)
        if self._begun:  # of these bytes some belong to the request before: none are counted
            self._begun = False
            return
        self._spent += len(data)
        if self._spent > REQUEST_HEAD_BYTES_MAX and not self.transport.is_closing():
            if self.cycle is None or self.cycle.response_complete:
                self.logger.warning(_TOO_LONG)
                self.send_400_response(_TOO_LONG)
            else:
                self.transport.close()  # in the middle of an answer there is nothing to be said

    def on_message_begin(self) -> None:
        """Begin a request, and wait for its head."""
        super().on_message_begin()
        self._spent, self._begun = 0, True
        self._expect_head()

    def on_headers_complete(self) -> None:
        """Take the head, which is whole now."""
        self._forget_due()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._spent -= 2 * len(body)
        super().on_body(body)

    def _expect_head(self) -> None:
        if self._due is None:
            self._due = self.loop.call_later(REQUEST_SECONDS_MAX, self.transport.close)

    def _forget_due(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
