"""How long a person at the page waits for a verdict, at twenty scans a second.

    python -m tests.scanner.waits

prints the waits from a scan's last key to its verdict on the screen, in milliseconds, as the browser measures them.
Run it on a machine that has nothing else to do: the browser, the station and a ledger share it already.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from tests.scanner.browser import Desk, browser, opened, served
from tests.scanner.kit import Place

__all__ = ["scan_all"]


def scan_all(desk: Desk, codes: list[str]) -> list[float]:
    """Scan codes at twenty a second, or as fast as the machine lets us; return the wait for each verdict."""
    before = desk.page.evaluate("station.waits.length")
    begun = time.monotonic()
    for number, code in enumerate(codes, 1):
        desk.scan(code)
        time.sleep(max(0.0, begun + number * 0.05 - time.monotonic()))
    desk.until(f"station.waits.length === {before + len(codes)}")
    waits: list[float] = desk.page.evaluate(f"station.waits.slice({before})")
    return waits


def main() -> None:
    """Measure two hundred scans."""
    with tempfile.TemporaryDirectory() as folder, Place(Path(folder)) as place:
        post, packs = place.enrol(), place.stock(201)
        post.sync()
        with served(post, online=False) as address, browser() as found, opened(found, address, "en") as desk:
            desk.press("F1")
            scan_all(desk, packs[:1])  # what is loaded once is loaded
            begun = time.monotonic()
            waits = sorted(scan_all(desk, [pack.rpartition(":")[2] for pack in packs[1:]]))
            rate = len(waits) / (time.monotonic() - begun)
    print(json.dumps({
        "scans": len(waits), "a_second": round(rate, 1), "median": round(waits[100]), "p95": round(waits[190]),
        "longest": round(waits[-1]),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
