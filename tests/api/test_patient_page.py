"""The patients' page in a browser: by day and in the dark, on a phone, by keys, with words for a patient."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.api.kit import Door
from tests.scanner.browser import Desk, browser

if TYPE_CHECKING:
    from pathlib import Path

_NON_TEXT_CONTRAST = 3.0  # WCAG 2.2, 1.4.11


def answers(door: Door) -> list[httpx.Response]:
    """Return a page of each look: genuine, look closer, not known, no code, nothing asked yet."""
    pack = "https://id.gs1.org/01/09521234543213/21/SN1"
    door.world.one(door.world.commission([pack]))
    link = "/01/09521234543213/21/SN"
    return [door.get(path) for path in (f"{link}1", f"{link}1?17=270101", link, "/dtc/8770984", "/check")]


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour as the browser tells it."""
    parts = [int(each) / 255 for each in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_read_by_day_and_in_the_dark(quick_door: Door, scheme: Any) -> None:
    """As the phone is set; axe finds nothing too faint; where the keys are is seen; nothing is wider than a phone."""
    pages = answers(quick_door)
    with browser() as found:
        page = found.new_page(viewport={"width": 360, "height": 780}, color_scheme=scheme, bypass_csp=True)
        for answer in pages:
            page.set_content(answer.text)
            assert Desk(page).axe() == []
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            page.focus("#code")
            paper = luminance(page.evaluate("getComputedStyle(document.body).backgroundColor"))
            ring = luminance(page.evaluate("getComputedStyle(document.activeElement).outlineColor"))
            assert (paper > 0.5) == (scheme == "light")
            assert (max(paper, ring) + 0.05) / (min(paper, ring) + 0.05) >= _NON_TEXT_CONTRAST


def test_advice_is_for_a_patient(quick_door: Door, tmp_path: Path, sqlite_url: str) -> None:
    """Who holds a box sets no scanner, and submits nothing: the page says what they can do, in both languages."""
    broken = [quick_door.get(f"/dtc/8770984?lang={each}").text for each in ("en", "zh")]
    assert "Compare the digits with the box" in broken[0]
    assert "请与药盒上的数字核对" in broken[1]
    with Door(tmp_path / "rated", sqlite_url.replace("ledger.", "rated."), public_rate_per_second=1) as door:
        rated = [door.get("/check", accept_language="en, zh;q=0.5").text for _ in range(6)][-1]
    assert "Wait a moment, then try again." in rated
    assert "submissions" not in rated
