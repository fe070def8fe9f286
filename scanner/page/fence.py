"""Who may talk to the page's server: a browser on this machine that shows the page itself, and nobody else.

A web page from elsewhere can make a browser send requests to 127.0.0.1. It cannot make it lie about where they come
from: the Host header defeats names that are turned to this address, Origin and Sec-Fetch-Site tell a stranger.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from scanner.limits import PICTURE_BYTES_MAX

__all__ = ["Fence"]

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
_OWN: Final = frozenset({"same-origin", "none", ""})


class Fence:
    """Turns strangers away, and puts the headers on every answer.

    Args:
        app: what is behind it.
        port: at which the page is served.
    """

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(Request(scope))

        async def with_headers(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                pairs = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message.get("headers", ()), *pairs]  # type: ignore[misc]
            await send(message)

        answer = self._app if refusal is None else PlainTextResponse(refusal, 403)
        await answer(scope, receive, with_headers)  # type: ignore[arg-type]

    def _refusal(self, request: Request) -> str | None:
        headers: Mapping[str, str] = request.headers
        host = headers.get("host", "")
        if host not in self._hosts:
            return "another host\n"
        if headers.get("sec-fetch-site", "") not in _OWN:
            return "another site\n"
        if request.method == "GET":
            return None
        if headers.get("origin") != f"http://{host}":
            return "another origin\n"
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 12 and int(length) <= PICTURE_BYTES_MAX):
            return "too much\n"
        return None
