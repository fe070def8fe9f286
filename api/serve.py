"""`packledger serve`: processes, sockets, and an orderly end.

Each process opens the ledger for itself: recorders of several processes take turns at the database's writer lock, as
several machines' would. Told to end (SIGTERM), a server takes no new connection, answers what it has begun, for as
long as `shutdown_seconds` says, and only then closes the ledger.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from api.metrics import SHARED_FOLDER_VARIABLE
from ledger.errors import Misuse
from ledger.limits import IDLE_CONNECTION_SECONDS_MAX
from ledger.opening import open_ledger
from ledger.settings import HOME_VARIABLE, Settings, load_settings

__all__ = ["serve", "worker"]


def serve(settings: Settings) -> None:
    """Serve a ledger until told to end.

    Raises:
        Misuse: `settings-malformed` for a port that is none.
        Misuse, NotVerified, Unavailable: as `open_ledger`; then nothing was served.
    """
    if not 0 < settings.port < 65_536 or settings.serve_processes < 1:
        raise Misuse("settings-malformed", "port is from 1 to 65535, serve_processes at least 1")
    with open_ledger(settings):
        pass  # what stops every process from opening is told here, once, and in words
    os.environ[HOME_VARIABLE] = str(settings.home)
    with ExitStack() as stack:
        if settings.serve_processes > 1:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="packledger-serve-"))
            os.environ[SHARED_FOLDER_VARIABLE] = folder
            stack.callback(os.environ.pop, SHARED_FOLDER_VARIABLE)
        uvicorn.run("api.serve:worker", factory=True, workers=settings.serve_processes, **_options(settings))


def _options(settings: Settings) -> dict[str, Any]:
    return {
        "host": settings.host,
        "port": settings.port,
        "loop": "uvloop",
        "http": "httptools",
        "ws": "none",
        "lifespan": "on",
        "access_log": False,
        "log_level": "warning",
        "server_header": False,
        "proxy_headers": bool(settings.trusted_proxies),
        "forwarded_allow_ips": settings.trusted_proxies or None,
        "timeout_keep_alive": IDLE_CONNECTION_SECONDS_MAX,
        "timeout_graceful_shutdown": settings.shutdown_seconds,
    }


def worker() -> FastAPI:
    """Return the application of one process, over the ledger whose home the environment names."""
    # Not before: a process that only watches over others needs nothing of it.
    from api.app import create_app  # noqa: PLC0415

    return create_app(load_settings(Path(os.environ[HOME_VARIABLE])))
