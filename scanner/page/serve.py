"""`packledger-station serve`: the page at an address that this machine alone can reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import uvicorn

from ledger import clock
from ledger.errors import Misuse
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
        Misuse: `settings-malformed` for a port that is none; as `open_counter`.
        FormatError, Unavailable: as `open_counter`.
    """
    if not 0 < port < 65_536:
        raise Misuse("settings-malformed", "a port is from 1 to 65535")
    counter = open_counter(home, clock.now, clock.random_bytes)
    courier = Courier(home, counter.station, counter.outbox, clock.now)
    page = create_page(home, counter, courier, port)
    courier.start()
    try:
        tell(f"http://{_ADDRESS}:{port}/")
        options: dict[str, Any] = {"log_level": "warning", "access_log": False, "server_header": False, "ws": "none"}
        uvicorn.run(page, host=_ADDRESS, port=port, **options)
    finally:
        courier.close()
        counter.outbox.close()
