"""`packledger-station serve`: the page at an address that this machine alone can reach."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Any

import uvicorn

from ledger import clock
from ledger.errors import Unavailable
from scanner.counter import open_counter
from scanner.courier import Courier
from scanner.home import Home
from scanner.page.app import create_page

__all__ = ["serve"]

_ADDRESS = "127.0.0.1"


def serve(home: Home, port: int, tell: Callable[[str], None]) -> None:
    """Serve the page of the station in a folder until told to end.

    Args:
        home: the folder.
        port: on 127.0.0.1.
        tell: hears the address.

    Raises:
        Misuse, FormatError: as `open_counter`.
        Unavailable: `address-unusable` when something else listens there; as `open_counter`.
    """
    with ExitStack() as stack:
        counter = open_counter(home, clock.now, clock.random_bytes)
        stack.callback(counter.outbox.close)
        listening = stack.enter_context(closing(_bound(port)))
        courier = Courier(home, counter.station, counter.outbox, clock.now)
        page = create_page(home, counter, courier, port)
        courier.start()
        stack.callback(courier.close)
        options: dict[str, Any] = {"log_level": "warning", "access_log": False, "server_header": False, "ws": "none"}
        server = uvicorn.Server(uvicorn.Config(page, **options))
        tell(f"http://{_ADDRESS}:{port}/")
        server.run([listening])


def _bound(port: int) -> socket.socket:
    listening = socket.socket()
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((_ADDRESS, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise Unavailable("address-unusable", f"{_ADDRESS}, port {port}: {error.strerror}") from None
    return listening
