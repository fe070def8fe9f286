"""Where a scan begins and ends, on a page or a machine that is too busy to hand its keys over in time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Route

from scanner.care.calibration import CALIBRATION, load_calibration
from tests.scanner.browser import Desk, browser, opened, served
from tests.scanner.kit import Place, Post
from tests.scanner.test_pictures import NATIONAL

# Cut after its first letters, it is another pack's code, and a good one.
SERIAL = "ABC123"
LONG = f"]d20109521234543213" f"21{SERIAL}"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return a browser."""
    with browser() as found:
        yield found


class Wedge:
    """A scanner whose keys bear the time at which they were pressed, however late they are handed over."""

    def __init__(self, desk: Desk) -> None:
        self._session: CDPSession = desk.page.context.new_cdp_session(desk.page)
        self._pressed = 0.0

    def begin(self) -> None:
        """Let the next scan begin now."""
        self._pressed = time.time()

    def type(self, text: str, end: str = "") -> None:
        """Press keys, a millisecond after each other."""
        for each in text:
            code = f"Digit{each}" if each.isdigit() else f"Key{each.upper()}" if each.isalpha() else "BracketRight"
            self._press({"code": code, "key": each, "text": each, "modifiers": 8 if each.isupper() else 0})
        if end:
            self._press({"code": end, "key": end, "text": "\r", "windowsVirtualKeyCode": 13})

    def _press(self, key: dict[str, Any]) -> None:
        self._pressed += 0.001
        for kind in ("keyDown", "keyUp"):
            given = {name: value for name, value in key.items() if kind == "keyDown" or name != "text"}
            self._session.send("Input.dispatchKeyEvent", {"type": kind, "timestamp": self._pressed, **given})


def recorded(post: Post) -> list[str]:
    """Return the codes that the station recorded, in order."""
    return [entry.code for entry in reversed(post.outbox.since(0, 99))]


def told(desk: Desk, text: str) -> None:
    """Wait until the page says this."""
    desk.until(f"document.querySelector('#say').textContent.includes({text!r})")


def test_a_page_that_stalls_in_the_middle_of_a_scan(place: Place, chromium: Browser) -> None:
    """The code is one: for when its keys were pressed counts, and the silence of a stalled page is none."""
    post = place.enrol()
    with served(post, online=False) as address, opened(chromium, address, "en") as desk:
        wedge = Wedge(desk)
        wedge.begin()
        wedge.type(NATIONAL.key[:11])
        desk.page.evaluate("() => { const begun = performance.now(); while (performance.now() - begun < 2500); }")
        wedge.type(NATIONAL.key[11:], "Enter")
        desk.verdict("ok")
    assert recorded(post) == [NATIONAL.key]


@pytest.mark.slow
def test_a_scan_handed_over_in_pieces_is_never_two_codes(place: Place, chromium: Browser) -> None:
    """Neither half is recorded, though the first looks like a code; after a whole one, the page waits longer."""
    post = place.enrol()
    with served(post, online=False) as address, opened(chromium, address, "en") as desk:
        wedge = Wedge(desk)
        wedge.begin()
        wedge.type(LONG[:-3])
        desk.verdict("scanner_fault")
        told(desk, "The end of this scan did not come")
        desk.press("F6")  # the same mode: nothing changes, and the page stays as it is
        wedge.type(NATIONAL.key, "Enter")  # whatever the rest is
        time.sleep(0.5)
        assert recorded(post) == []
        wedge.begin()
        wedge.type(LONG, "Enter")
        desk.verdict("ok")
        wedge.begin()
        wedge.type(NATIONAL.key[:9])
        time.sleep(3)
        wedge.type(NATIONAL.key[9:], "Enter")
        desk.until(f"document.querySelector('#goods').textContent.includes('{NATIONAL.key}')")
    assert [code.rpartition("/")[2] for code in recorded(post)] == [SERIAL, NATIONAL.key]


def test_a_scanner_without_an_end_is_calibrated_first(place: Place, chromium: Browser) -> None:
    """Before, only a code of fixed length is taken without an end; then it is known that none comes."""
    post = place.enrol()
    with served(post, online=False) as address, opened(chromium, address, "en") as desk:
        desk.type(NATIONAL.key)
        desk.verdict("ok")
        desk.type(LONG)
        desk.verdict("scanner_fault")
        desk.page.click("#calibrate")
        desk.type(CALIBRATION)
        desk.until("document.querySelector('#calibration-say').textContent.startsWith('Calibrated')")
        desk.page.click("#calibration-close")
        desk.type(LONG)
        desk.verdict("ok")
    calibration = load_calibration(post.home.scanner)
    assert calibration is not None
    assert not calibration.ends


def test_a_scan_that_waits_belongs_to_its_own_basket(place: Place, chromium: Browser) -> None:
    """The next patient is served already while the station's program still works on the last one's pack."""
    post, packs = place.enrol(), place.stock(2)
    one, two = (pack.rpartition(":")[2] for pack in packs)
    with served(post, online=False) as address, opened(chromium, address, "en") as desk:
        held: list[Route] = []
        desk.page.route("**/scan", lambda route: held.append(route))  # noqa: PLW0108  no builtin may be given
        desk.press("F3")
        desk.page.keyboard.type("P-0001")
        desk.press("Enter")
        desk.scan(one)
        desk.scan(two)
        desk.press("F10", "F4")
        for number in range(2):
            while len(held) <= number:
                desk.page.wait_for_timeout(20)
            given = held[number].request.post_data_json
            assert (given["mode"], given["card"]) == ("dispense-insured", "P-0001")
            held[number].continue_()
        desk.until(f"document.querySelector('#goods').textContent.includes('{two}')")
        assert desk.text("#basket") == ""
    assert [entry.mode for entry in post.outbox.since(0, 9)] == ["dispense-insured"] * 2
