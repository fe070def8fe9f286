"""For those who run the service: does it live, is it ready, how does it fare, what does it offer."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from starlette.responses import Response

from api.door import Asked, Doors
from api.metrics import METRICS_MEDIA_TYPE
from ledger.opening import require_extension

__all__ = ["Ready", "doors"]

doors: Final = Doors("operations", "For those who run the service, and for programs that look at its description.")


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """That the service answers; `size` is how many statements the log holds."""

    status: str
    origin: str
    size: int


@doors.get("/healthz", action="service.read", gives="text/plain", example="alive\n")
async def health(_asked: Asked[Any]) -> Response:
    """Say that the process lives.

    Asks nothing of the database: a process that answers here and not at `/readyz` needs no new start.
    """
    return Response("alive\n", media_type="text/plain")


@doors.get(
    "/readyz", action="service.read", gives=Ready,
    example={"status": "ready", "origin": "ledger.example/2026", "size": 70_012},
    problems=("store-unavailable", "store-busy", "log-restored", "home-unreadable", "home-unwritable"),
)  # fmt: skip
async def ready(asked: Asked[Any]) -> Ready:
    """Say that the database answers, and that its log extends the checkpoint kept outside it.

    Any other answer than 200 means: send nobody here.
    """
    ledger = asked.service.ledger

    def look() -> int:
        with ledger.database.read() as connection:
            return require_extension(ledger.settings, connection, ledger.trust).size

    return Ready(status="ready", origin=ledger.trust.origin, size=await asked.service.in_thread(look))


@doors.get(
    "/metrics", action="metrics.read", gives=METRICS_MEDIA_TYPE, example="packledger_submissions_total 17.0\n"
)
async def metrics(asked: Asked[Any]) -> Response:
    """Return what is counted, in Prometheus' text format, of all processes of this server.

    `packledger_alarms` must stay at zero: a fork that a station saw, a fault of the program, lines of the journal that
    are lost.
    """
    text = await asked.service.in_thread(asked.service.metrics.text)
    return Response(text, media_type=METRICS_MEDIA_TYPE)


@doors.get("/openapi.json", action="service.read", gives="application/json", example={"openapi": "3.1.0"})
async def description(asked: Asked[Any]) -> Response:
    """Return the description of this interface, in OpenAPI 3.1."""
    return Response(asked.service.description, media_type="application/json")
