"""The `eventsourcing` library as a store of what happened to packs; imported only where the extra is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from sqlalchemy.engine import make_url

__all__ = ["PackEvent", "open_store"]

# Of some thousand events at once, its pipeline to PostgreSQL stalls for good.
_SAVED_AT_ONCE: Final = 500


class PackEvent(Aggregate):
    """An aggregate that never has another event than the one that made it."""

    @event("Recorded")
    def __init__(self, code: str, told: str) -> None:
        self.code = code
        self.told = told


@contextmanager
def open_store(url: str) -> Iterator[Callable[[Sequence[tuple[str, bytes]]], None]]:
    """Give what saves (code, what is told of it) pairs, an aggregate each, many in one transaction."""
    application: Application[UUID] = Application(env=_environment(url))

    def save(facts: Sequence[tuple[str, bytes]]) -> None:
        aggregates = [PackEvent(code=code, told=told.decode()) for code, told in facts]
        for at in range(0, len(aggregates), _SAVED_AT_ONCE):
            application.save(*aggregates[at : at + _SAVED_AT_ONCE])

    try:
        yield save
    finally:
        application.close()


def _environment(url: str) -> dict[str, str]:
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        name = f"{parsed.database}.events"
        return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": name, "SQLITE_LOCK_TIMEOUT": "30"}
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parsed.database or "",
        "POSTGRES_HOST": parsed.host or str(parsed.query.get("host", "")),
        "POSTGRES_PORT": str(parsed.port or parsed.query.get("port", "5432")),
        "POSTGRES_USER": parsed.username or "",
        "POSTGRES_PASSWORD": parsed.password or " ",  # the library refuses an empty one
    }
