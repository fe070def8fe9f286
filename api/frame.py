"""The frame around every request: its id, safe headers, its line in the journal, its counters, its span.

It stands outside everything else of ours, so that an answer which no door gave is framed as well.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import UNKNOWN_DOOR

if TYPE_CHECKING:
    from api.service import Service

__all__ = ["SAFE_HEADERS", "Frame"]

SAFE_HEADERS: Final = {
    b"x-content-type-options": b"nosniff",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"referrer-policy": b"no-referrer",
    b"strict-transport-security": b"max-age=31536000",
    b"cross-origin-resource-policy": b"same-site",
    b"cache-control": b"no-store",
}
"""What every answer says unless it says otherwise: nothing of it is a page, and nothing is kept by caches."""


class Frame:
    """ASGI middleware; wants `scope["app"].state.service`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, framed."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        service: Service = scope["app"].state.service
        request_id = service.random(8).hex()
        status = 0

        async def framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers: list[tuple[bytes, bytes]] = message["headers"]
                said = {name for name, _ in headers}
                headers += [header for header in SAFE_HEADERS.items() if header[0] not in said]
                headers.append((b"x-request-id", request_id.encode()))
            elif scope["method"] == "HEAD":  # RFC 9110 §9.3.2: all that a GET would say, but for what it would send
                message = {**message, "body": b""}
            await send(message)

        traced = None if service.tracing is None else service.tracing.begin(scope["headers"])
        began = perf_counter()
        service.metrics.waiting.inc()
        try:
            await self._app(scope, receive, framed)
        finally:
            service.metrics.waiting.dec()
            _note(service, scope, request_id, status, perf_counter() - began)
            if traced is not None:
                traced.end(scope, status)


def _note(service: Service, scope: Scope, request_id: str, status: int, seconds: float) -> None:
    # The template of the path, never the path itself; a method of our own choice, never the caller's.
    route = scope.get("route")
    door = getattr(route, "path", UNKNOWN_DOOR)
    method = scope["method"] if scope["method"] in getattr(route, "methods", ()) else ""
    service.metrics.answered(door, method, status, seconds)
    service.journal.say(
        "request", id=request_id, door=door, method=method, status=status, ms=round(1000 * seconds, 1),
        caller=scope.get("packledger.caller", ""),
    )  # fmt: skip
