"""The counter's page in a real browser: served as it is, and driven by keys as a scanner and a person press them."""

from __future__ import annotations

import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from scanner.care.strokes import GS
from scanner.courier import Courier
from scanner.page.app import create_page
from tests.scanner.keyboards import KEYS, LAYOUTS
from tests.scanner.kit import Post

__all__ = ["ARGUMENTS", "Desk", "browser", "opened", "served"]

ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required"]


@contextmanager
def browser(*arguments: str) -> Iterator[Browser]:
    """Give the system's Chromium, started with these arguments."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium is not None, "Chromium is missing: run .requirements/system"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS, *arguments])
        try:
            yield found
        finally:
            found.close()


@contextmanager
def served(post: Post, *, online: bool = True) -> Iterator[str]:
    """Serve a station's page; give its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    port: int = listener.getsockname()[1]
    courier = Courier(post.home, post.station, post.outbox, post.clock)
    page = create_page(post.home, post.counter, courier if online else None, port)
    server = uvicorn.Server(uvicorn.Config(page, log_level="error", access_log=False, ws="none"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    if online:
        courier.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        if online:
            courier.close()
        server.should_exit = True
        thread.join(30)
        listener.close()


class Desk:
    """A person at the page, with a scanner: keys only.

    Attributes:
        page: what they look at.
        complaints: what the browser complained of so far.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []

    def scan(self, text: str) -> None:
        """Let the scanner type a code, and Enter."""
        self.type(text)
        self.page.keyboard.press("Enter")

    def type(self, text: str) -> None:
        """Press the keys of an American keyboard, with Shift where a scanner presses it; GS is Ctrl and a bracket."""
        plain, shifted = LAYOUTS["us"]
        for each in re.findall(r"[0-9]+|[^0-9]", text):
            if each == GS:
                self.page.keyboard.press("Control+BracketRight")
            elif each.isdigit():
                self.page.keyboard.type(each)
            elif each in plain:
                self.page.keyboard.press(KEYS[plain.index(each)])
            else:
                self.page.keyboard.press(f"Shift+{KEYS[shifted.index(each)]}")

    def press(self, *keys: str) -> None:
        """Press keys."""
        for key in keys:
            self.page.keyboard.press(key)

    def verdict(self, word: str) -> None:
        """Wait until the page shows this verdict."""
        self.page.wait_for_selector(f'#verdict[data-verdict="{word}"]', timeout=10_000)

    def until(self, expression: str) -> None:
        """Wait until this holds in the page; asked from outside, since the page's policy lets nobody in."""
        end = time.monotonic() + 40
        while not self.page.evaluate(expression):
            assert time.monotonic() < end, expression
            time.sleep(0.02)

    def text(self, selector: str) -> str:
        """Return what stands there."""
        return self.page.inner_text(selector)

    def axe(self) -> list[Any]:
        """Return the accessibility violations that axe finds, by WCAG 2.2 A and AA."""
        from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415  looks for its script when loaded

        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = Axe().run(self.page, options={"runOnly": {"type": "tag", "values": tags}})
        violations: list[Any] = found.response["violations"]
        return [(each["id"], [node["html"] for node in each["nodes"]]) for each in violations]


@contextmanager
def opened(
    found: Browser, address: str, language: str, scheme: str = "light", *, inspected: bool = False
) -> Iterator[Desk]:
    """Open the page in a language; give the person before it. Anything in the browser's console is an error.

    `inspected` lets axe put its own script into the page, which the page's policy would else forbid.
    """
    context = found.new_context(
        locale="zh-CN" if language == "zh" else "en-GB", viewport={"width": 1366, "height": 860}, bypass_csp=inspected,
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # 409 is how the station says that something must be said first, or that a scan is none.
        if message.type == "error" and "status of 409" not in message.text:
            complaints.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    page.wait_for_selector("body[data-ready]")
    try:
        desk = Desk(page)
        desk.complaints = complaints
        yield desk
        assert complaints == []
    finally:
        context.close()
