"""The camera of the page, in Chromium: a pack held before it, decoders that disagree, and every way to have none."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Route

import scanner.page.app
from ledger.codes import Code
from scanner.decoders import Symbology, zxing
from scanner.pictures import read_picture
from scanner.words import WORDS
from tests.scanner.browser import Desk, browser, opened, served
from tests.scanner.kit import Place, Post
from tests.scanner.photos import photo
from tests.scanner.test_pictures import GS1, NATIONAL, liar

FAKE = "--use-fake-device-for-media-stream"
ALLOWED = "--use-fake-ui-for-media-stream"


def film(path: Path, *scenes: tuple[Code, Symbology] | None) -> str:
    """Write what a camera sees, a second a scene, over and over; return how Chromium is told."""
    chance = random.Random(1)
    with path.open("wb") as file:
        for scene in scenes:
            table = Image.new("L", (960, 720), 190)
            if scene is not None:
                label = Image.fromarray(photo(*scene, "clean", chance))
                table.paste(label, ((table.width - label.width) // 2, (table.height - label.height) // 2))
            frame = np.asarray(table, dtype=np.float64)
            for number in range(30):
                noise = np.random.default_rng(number).normal(0, 3, frame.shape)
                picture = io.BytesIO()
                Image.fromarray((frame + noise).clip(0, 255).astype(np.uint8)).save(picture, "JPEG", quality=80)
                file.write(picture.getvalue())
    return f"--use-file-for-fake-video-capture={path}"


@contextmanager
def before_the_camera(post: Post, *arguments: str) -> Iterator[Desk]:
    """Open the page in a browser of its own, to inspect packs."""
    with served(post, online=False) as address, browser(*arguments) as found, opened(found, address, "en") as desk:
        desk.press("F6")
        yield desk


def frames_of(desk: Desk) -> list[str]:
    """Return the list that grows with each frame that the page sends to the station."""
    frames: list[str] = []
    desk.page.on("request", lambda request: frames.append(request.url) if request.url.endswith("/picture") else None)
    return frames


@pytest.mark.parametrize(("code", "symbology"), [(NATIONAL, "code-128"), (GS1, "data-matrix")], ids=["bars", "matrix"])
def test_a_pack_before_the_camera_is_read_once(
    place: Place, tmp_path: Path, code: Code, symbology: Symbology
) -> None:
    """However long it is held there; and once more when something else is to be done with it."""
    post = place.enrol()
    with before_the_camera(post, FAKE, ALLOWED, film(tmp_path / "pack.mjpeg", (code, symbology))) as desk:
        frames = frames_of(desk)
        desk.page.click("#camera")
        desk.until("document.querySelectorAll('#basket li').length === 1")
        seen = len(frames)
        while len(frames) < seen + 4:
            desk.page.wait_for_timeout(100)
        (entry,) = post.outbox.since(0, 9)
        assert (entry.code, entry.mode, entry.source, entry.repeats) == (code.key, "inspect", "camera", 0)
        desk.press("F7")
        desk.until("document.querySelectorAll('#basket li').length === 1")
        desk.page.click("#camera")
        assert not desk.page.locator("#eye").is_visible()
    assert [each.mode for each in post.outbox.since(0, 9)] == ["stock-take", "inspect"]


def test_packs_one_after_the_other(place: Place, tmp_path: Path) -> None:
    """Each is read when it comes before the camera, and nothing when none is there."""
    post, other = place.enrol(), Code("87709840000000015539")
    scenes = ((NATIONAL, "code-128"), None, (other, "qr"))
    with before_the_camera(post, FAKE, ALLOWED, film(tmp_path / "two.mjpeg", *scenes)) as desk:  # type: ignore[arg-type]
        desk.page.click("#camera")
        desk.until("document.querySelectorAll('#basket li').length === 2")
    assert {each.code for each in post.outbox.since(0, 9)} == {NATIONAL.key, other.key}


def test_decoders_that_disagree_are_refused_and_said(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is recorded, and the pack is not blamed."""
    post = place.enrol()
    doubtful = partial(read_picture, decoders={"zxing": zxing, "liar": liar})
    monkeypatch.setattr(scanner.page.app, "read_picture", doubtful)
    with before_the_camera(post, FAKE, ALLOWED, film(tmp_path / "pack.mjpeg", (NATIONAL, "code-128"))) as desk:
        desk.page.click("#camera")
        desk.verdict("scanner_fault")
        assert "decoders" in desk.text("#say")
    assert post.outbox.counts()["queued"] == 0


def test_there_is_no_camera(place: Place) -> None:
    """The page says so, and goes on."""
    with before_the_camera(place.enrol(), ALLOWED) as desk:
        said(desk, "camera-none")
        desk.scan(NATIONAL.key)
        desk.verdict("ok")


def test_the_camera_is_not_allowed(place: Place, tmp_path: Path) -> None:
    """Another sentence: a person can mend it."""
    with before_the_camera(place.enrol(), FAKE, film(tmp_path / "pack.mjpeg", (NATIONAL, "qr"))) as desk:
        said(desk, "camera-denied")


def test_the_camera_is_pulled_out(place: Place, tmp_path: Path) -> None:
    """The page notices, and says what to do."""
    with before_the_camera(place.enrol(), FAKE, ALLOWED, film(tmp_path / "none.mjpeg", None)) as desk:
        desk.page.click("#camera")
        desk.until("!document.querySelector('#eye').hidden")
        desk.page.evaluate("document.querySelector('#eye').srcObject.getTracks()[0].dispatchEvent(new Event('ended'))")
        assert desk.text("#camera-say") == WORDS["camera-gone"][0]
        assert not desk.page.locator("#eye").is_visible()


def test_a_page_that_came_over_a_line_gets_no_camera(place: Place) -> None:
    """A browser gives one to secure contexts alone; here the page comes from a name, through a proxy that lies."""
    post = place.enrol()
    with served(post, online=False) as address, browser(FAKE, ALLOWED) as found:
        page = found.new_page(locale="en-GB")

        def passed_on(route: Route) -> None:
            asked = route.request
            headers = {**asked.headers, "host": urlsplit(address).netloc, "origin": address}
            parts = urlsplit(asked.url)
            answer = page.context.request.fetch(
                f"{address}{parts.path}", method=asked.method, headers=headers, data=asked.post_data_buffer
            )
            route.fulfill(response=answer)

        page.route("http://counter.example/**", passed_on)
        page.goto("http://counter.example/")
        page.wait_for_selector("body[data-ready]")
        said(Desk(page), "camera-insecure")
        page.unroute_all(behavior="ignoreErrors")


def said(desk: Desk, word: str) -> None:
    """Ask for the camera, and require this sentence in both languages."""
    desk.page.click("#camera")
    for language in (0, 1):
        sentence = json.dumps(WORDS[word][language])
        desk.until(f"document.querySelector('#camera-say').textContent === {sentence}")
        desk.page.click("#language")
        desk.until(f"document.documentElement.lang === '{('zh', 'en')[language]}'")
    assert not desk.page.locator("#eye").is_visible()
