"""A scanner at the page that is quicker than hands: trusted keystrokes, sent to Chromium without waiting for each.

Each key goes down and up through the browser's own input queue, as one from a keyboard does; only what lies below the
browser (cable, operating system) is left out. Its keys come as quickly as USB carries them, 42 ms a scan.
"""

from __future__ import annotations

import asyncio
import shutil
import threading
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from playwright.async_api import CDPSession, Page, async_playwright

from tests.scanner.browser import ARGUMENTS

__all__ = ["Played", "play"]

_SETTLED_SECONDS = 120
_REPORT_SECONDS = 0.001  # a keyboard tells a key's way down or up in a report, and USB asks for one each millisecond
_REPORTS_TOGETHER = 6


class Played(NamedTuple):
    """What came of it.

    Attributes:
        waits: from each scan's last key to its verdict on the screen, milliseconds, in order.
        seconds: from the first key to the last verdict.
    """

    waits: list[float]
    seconds: float


def play(address: str, codes: Sequence[str], *, a_second: float, mode: str = "F1") -> Played:
    """Scan codes of digits one after the other into a page that is freshly opened.

    Args:
        address: of the page.
        codes: what the scanner reads.
        a_second: how many; a scan that is late is made up for.
        mode: the key that is pressed before.
    """
    found: list[Played] = []
    # A thread of its own: a loop may be running in this one, for the browser of another test.
    thread = threading.Thread(target=lambda: found.append(asyncio.run(_played(address, codes, a_second, mode))))
    thread.start()
    thread.join()
    assert found, "the browser failed; see above"
    return found[0]


async def _played(address: str, codes: Sequence[str], a_second: float, mode: str) -> Played:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        page = await (await chromium.new_context(locale="en-GB")).new_page()
        await page.goto(address)
        await page.wait_for_selector("body[data-ready]")
        await page.keyboard.press(mode)
        session = await page.context.new_cdp_session(page)
        begun = time.monotonic()
        for number, code in enumerate(codes):
            await asyncio.sleep(begun + number / a_second - time.monotonic())
            await _scan(session, code)
        await _until(page, len(codes))
        seconds = time.monotonic() - begun
        waits: list[float] = await page.evaluate("station.waits")
        await chromium.close()
        return Played(waits, seconds)


async def _scan(session: CDPSession, code: str) -> None:
    strokes = [_stroke(f"Digit{digit}", digit, digit) for digit in code]
    keys = [key for down, up in [*strokes, _stroke("Enter", "Enter", "\r")] for key in (down, up)]
    begun, pressed = time.monotonic(), time.time()
    sent: list[asyncio.Task[Any]] = []
    for place, key in enumerate(keys):
        due = place * _REPORT_SECONDS
        if not place % _REPORTS_TOGETHER:
            await asyncio.sleep(begun + due - time.monotonic())
        # The time of the key itself, as a keyboard's driver gives it, however late a busy browser comes to handle it.
        stamped = key | {"timestamp": pressed + due}
        sent.append(asyncio.create_task(session.send("Input.dispatchKeyEvent", stamped)))
    await asyncio.gather(*sent)


def _stroke(code: str, key: str, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    named = {"code": code, "key": key, "windowsVirtualKeyCode": ord(text)}
    return {"type": "keyDown", "text": text, **named}, {"type": "keyUp", **named}


async def _until(page: Page, count: int) -> None:
    end = time.monotonic() + _SETTLED_SECONDS
    while await page.evaluate("station.waits.length") < count:
        assert time.monotonic() < end, "verdicts are missing"
        await asyncio.sleep(0.05)
