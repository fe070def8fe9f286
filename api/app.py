"""The application: opens the ledger once, hangs up the doors, frames every answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api import auditors, imports, offices, operations, partners, patients, persons, queries, stations, trade
from api.door import Door, Doors
from api.frame import Frame
from api.journal import Journal
from api.language import language_of
from api.metrics import Metrics
from api.openapi import describe
from api.problems import from_framework, respond
from api.service import open_service
from ledger import clock
from ledger.clock import Clock, Randomness
from ledger.settings import Settings

__all__ = ["AUDIENCES", "create_app"]

AUDIENCES: Final[tuple[Doors, ...]] = (
    stations.doors, partners.doors, imports.doors, offices.doors, trade.doors, persons.doors, queries.doors,
    patients.doors, auditors.doors, operations.doors,
)  # fmt: skip


_encode: Final = msgspec.json.Encoder(order="deterministic").encode


class _DoorRoute(APIRoute):
    """A route that hands the request to its door, and asks FastAPI for nothing else."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the door."""
        handler: Callable[[Request], Coroutine[Any, Any, Response]] = self.endpoint
        return handler


def create_app(
    settings: Settings,
    now: Clock = clock.now,
    random: Randomness = clock.random_bytes,
    journal: Callable[[Clock, Metrics], Journal] = Journal,
) -> FastAPI:
    """Return the application over the ledger of these settings; the ledger is opened when serving begins."""
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        written = journal(now, metrics)
        with open_service(settings, now, random, written, metrics) as service:
            app.state.service = service
            service.description = _encode(describe(AUDIENCES))
            written.say("open", origin=service.ledger.trust.origin, fences=service.fence.fences)
            yield
            written.say("closing")
        written.say("closed")

    app = FastAPI(
        title="packledger", lifespan=lifespan, redirect_slashes=False, openapi_url=None, docs_url=None, redoc_url=None,
        exception_handlers={HTTPException: _refuse},
    )  # fmt: skip
    for audience in AUDIENCES:
        for door in audience.doors:
            _hang(app, door)
    app.add_middleware(Frame)
    return app


def _hang(app: FastAPI, door: Door) -> None:
    app.router.add_api_route(
        door.path, door.__call__, methods=[door.method], name=door.verb.__name__, response_model=None,
        include_in_schema=False, route_class_override=_DoorRoute,
    )  # fmt: skip


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    problem = from_framework(error.status_code, "")
    response = respond(problem, language_of(request.headers.get("accept-language")))
    response.headers.update(error.headers or {})
    return response
