"""`packledger serve`: processes, sockets, and an orderly end.

Each process opens the ledger for itself: recorders of several processes take turns at the database's writer lock, as
several machines' would. Told to end (SIGTERM), a server takes no new connection, answers what it has begun, for as
long as `shutdown_seconds` says, and only then closes the ledger. What follows a process that ends by itself:
`api.supervisor`.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE

from api.connection import Connection
from api.journal import Journal, Listener
from api.metrics import SHARED_FOLDER_VARIABLE, Metrics
from api.refused import tell
from api.supervisor import Supervisor
from ledger import clock
from ledger.errors import LedgerError, Unavailable
from ledger.limits import IDLE_CONNECTION_SECONDS_MAX
from ledger.settings import HOME_VARIABLE, Settings, load_settings

__all__ = ["serve", "worker"]

_WAITING_CONNECTIONS: Final = 2_048
_SHARED_MEMORY: Final = "/dev/shm"  # noqa: S108  Linux's; the folder below it has a random name, and is its owner's
_NOT_OPENED: Final = "a process could not open the ledger; the line `refused` of the journal says why"


def serve(settings: Settings) -> None:
    """Serve a ledger until told to end.

    Raises:
        KeyboardInterrupt: it was told to end by SIGINT.
        Unavailable: `address-unusable`; `server-fault` when no process could open what was opened before.
        Misuse, NotVerified, Unavailable: as `open_tracing` and `made_service`, before anything was served; or later,
            when a process that follows another meets what will not pass by itself.
    """
    # Not before: a command that only says how it is called needs nothing of it.
    from api.service import made_service  # noqa: PLC0415
    from api.tracing import open_tracing  # noqa: PLC0415

    os.environ[HOME_VARIABLE] = str(settings.home)
    metrics = Metrics()
    journal = _listen(metrics)
    with ExitStack() as stack:
        listening = stack.enter_context(closing(_bound(settings.host, settings.port)))
        with (
            open_tracing(settings, journal) as tracing,
            made_service(settings, clock.now, clock.random_bytes, journal, metrics, tracing),
        ):
            pass  # what stops every process from opening is told here, once, and in words
        config = uvicorn.Config("api.serve:worker", factory=True, **_options(settings))
        if settings.serve_processes == 1:
            server = uvicorn.Server(config)
            server.run([listening])
            if not server.started:
                raise Unavailable("server-fault", _NOT_OPENED)
            return
        shared = tempfile.TemporaryDirectory(prefix="packledger-serve-", dir=_shared_memory())
        folder = stack.enter_context(shared)
        os.environ[SHARED_FOLDER_VARIABLE] = folder
        stack.callback(os.environ.pop, SHARED_FOLDER_VARIABLE)
        supervisor = Supervisor(config, listening, Path(folder), journal.say)
        supervisor.run()
        if supervisor.refused is not None:
            raise supervisor.refused
        if supervisor.is_interrupted:
            raise KeyboardInterrupt  # as uvicorn itself ends, where it serves in one process


def _shared_memory() -> str | None:
    """Return where files lie in memory; None where there is no such place.

    What processes share they write through memory maps. On a disk that is full, that would end them (SIGBUS).
    """
    return _SHARED_MEMORY if os.access(_SHARED_MEMORY, os.W_OK | os.X_OK) else None


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens; the processes of a server take connections from it in turn."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(_WAITING_CONNECTIONS)
            listening.set_inheritable(True)
        except BaseException:
            listening.close()
            raise
    except OSError as error:
        raise Unavailable("address-unusable", f"{host}, port {port}: {error.strerror}") from None
    return listening


def _options(settings: Settings) -> dict[str, Any]:
    return {
        "loop": "uvloop",
        "http": Connection,
        "ws": "none",
        "lifespan": "on",
        "access_log": False,
        "log_config": None,
        "log_level": "warning",
        "server_header": False,
        "workers": settings.serve_processes,
        "backlog": _WAITING_CONNECTIONS,
        "proxy_headers": bool(settings.trusted_proxies),
        "forwarded_allow_ips": settings.trusted_proxies or None,
        "timeout_keep_alive": IDLE_CONNECTION_SECONDS_MAX,
        "timeout_graceful_shutdown": settings.shutdown_seconds,
    }


def worker() -> FastAPI:
    """Return the application of one process, over the ledger whose home the environment names."""
    # Not before: a process that only watches over others needs nothing of it.
    from api.app import create_app  # noqa: PLC0415

    journal = _listen(Metrics())
    try:
        return create_app(load_settings(Path(os.environ[HOME_VARIABLE])))
    except LedgerError as error:
        if not tell(error):
            raise  # to whoever started the server
        journal.say("refused", code=error.code, detail=error.detail)
        sys.exit(STARTUP_FAILURE)


def _listen(metrics: Metrics) -> Journal:
    """Let what libraries say stand in this process's journal."""
    journal = Journal(clock.now, metrics)
    logging.getLogger().handlers[:] = [Listener(journal)]
    return journal
