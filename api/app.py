"""The application: opens the ledger once, hangs up the doors, frames every answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from http import HTTPStatus
from typing import Final

import msgspec
from fastapi import FastAPI, Request
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api import auditors, imports, offices, operations, partners, patients, persons, queries, stations, trade
from api.door import Door, Doors
from api.frame import Frame
from api.journal import Journal
from api.language import language_of
from api.metrics import Metrics
from api.openapi import describe
from api.problems import from_framework, respond
from api.refused import tell
from api.service import open_service
from api.tracing import PROBLEM, Tracing, open_tracing
from ledger import clock
from ledger.clock import Clock, Randomness
from ledger.errors import LedgerError
from ledger.settings import Settings

__all__ = ["AUDIENCES", "create_app"]

AUDIENCES: Final[tuple[Doors, ...]] = (
    stations.doors, partners.doors, imports.doors, offices.doors, trade.doors, persons.doors, queries.doors,
    patients.doors, auditors.doors, operations.doors,
)  # fmt: skip


_encode: Final = msgspec.json.Encoder(order="deterministic").encode


class _Application(FastAPI):
    """An application whose requests go through our own frame, and from there straight to the door at their path.

    FastAPI's layers close files of forms, count bodies and turn errors into answers: doors do all of it. Its own
    telemetry is passed by as well: it would tell paths, and a path may hold a pack's code.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await Starlette.__call__(self, scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        """Return the layers, the outermost first."""
        routed = ExceptionMiddleware(self.router, handlers=self.exception_handlers)
        return Frame(_Straight(self.router.routes, routed))


class _DoorRoute(Route):
    """A route that hands the request to its door, and asks for nothing else."""

    def __init__(self, door: Door) -> None:
        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            response = await door(Request(scope, receive, send))
            await response(scope, receive, send)

        super().__init__(door.path, door.__call__, name=door.verb.__name__, include_in_schema=False)
        self.app = answer
        self.methods = door.methods

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Say whether the request is this door's, and leave word of it for the frame."""
        match, found = super().matches(scope)
        return match, {**found, "route": self} if match is not Match.NONE else found


class _Straight:
    """ASGI middleware: a path that is a door's own, letter for letter, needs no search among all routes."""

    def __init__(self, routes: Sequence[object], otherwise: ASGIApp) -> None:
        own = [route for route in routes if isinstance(route, _DoorRoute) and not route.param_convertors]
        self._routes = {(method, route.path): route for route in own for method in route.methods or ()}
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._routes.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if route is None:
            await self._otherwise(scope, receive, send)
            return
        scope["route"], scope["path_params"] = route, {}
        await route.app(scope, receive, send)


def create_app(
    settings: Settings,
    now: Clock = clock.now,
    random: Randomness = clock.random_bytes,
    journal: Callable[[Clock, Metrics], Journal] = Journal,
    tracing: Callable[[Settings, Journal], AbstractContextManager[Tracing | None]] = open_tracing,
) -> FastAPI:
    """Return the application over the ledger of these settings; the ledger is opened when serving begins."""
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        written = journal(now, metrics)
        with ExitStack() as stack:
            try:
                traces = stack.enter_context(tracing(settings, written))  # closed last: all that is done is told
                service = stack.enter_context(open_service(settings, now, random, written, metrics, traces))
            except LedgerError as error:
                written.say("refused", code=error.code, detail=error.detail)
                tell(error)
                raise
            app.state.service = service
            service.description = _encode(describe(AUDIENCES))
            written.say("open", origin=service.ledger.trust.origin, fences=service.fence.fences)
            yield
            written.say("closing")
        written.say("closed")

    app = _Application(
        title="packledger", lifespan=lifespan, redirect_slashes=False, openapi_url=None, docs_url=None, redoc_url=None,
        exception_handlers={HTTPException: _refuse},
    )  # fmt: skip
    for audience in AUDIENCES:
        for door in audience.doors:
            app.router.routes.append(_DoorRoute(door))
    return app


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    problem = from_framework(error.status_code, "")
    request.scope[PROBLEM] = problem.code
    response = respond(problem, language_of(request.headers.get("accept-language")))
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = ", ".join(_methods_at(request.scope["route"].path, request.app.routes))
    return response


def _methods_at(path: str, routes: Iterable[object]) -> list[str]:
    """Return what all doors at a path allow together: the framework knows of the first alone (RFC 9110 §10.2.1)."""
    at = [route.methods or () for route in routes if isinstance(route, _DoorRoute) and route.path == path]
    return sorted(set().union(*at))
