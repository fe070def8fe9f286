"""Small things at the counter that a person stumbles over, in Chromium."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from scanner.words import WORDS
from tests.scanner.browser import browser, opened, served
from tests.scanner.kit import Place
from tests.scanner.test_page import confirmed, keys_of


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return a browser."""
    with browser() as found:
        yield found


def test_a_pack_is_no_card(place: Place, chromium: Browser) -> None:
    """Scanned while the card is asked for, it is told at once, and nobody gets it on their card."""
    post, (one,) = place.enrol(), keys_of(place.stock(1))
    with served(post, online=False) as address, opened(chromium, address, "en") as desk:
        desk.press("F3")
        desk.scan(one)
        assert desk.text("#hint") == WORDS["card-is-code"][0]
        assert desk.page.input_value("#card") == ""
        desk.page.keyboard.type("110101199003078515")
        desk.press("Tab")
        desk.page.keyboard.type("S-20261126-7")
        desk.press("Enter")
        desk.scan(one)
        desk.verdict("ok")
        assert desk.text("#hint") == "1 pack."
        desk.press("F10")
        assert desk.text("#hint") == "Basket finished: 1 pack."
        assert desk.page.input_value("#settlement") == ""
    (entry,) = post.outbox.since(0, 9)
    assert entry.confidential is not None
    part = json.loads(entry.confidential)
    assert (part["patient"]["id_number"], part["settlement"]) == ("110101199003078515", "S-20261126-7")


def test_what_was_taken_back_no_longer_stands_there(place: Place, chromium: Browser) -> None:
    """After an undo the tick is gone; after a stop, the same keys take it back; another deed begins clean."""
    post, packs = place.enrol(), place.stock(2)
    one, stolen = keys_of(packs)
    place.world.record(place.world.event(place.world.maker, "theft", packs[1:]))
    post.sync()
    with served(post) as address, opened(chromium, address, "zh") as desk:
        desk.press("F1")
        desk.scan(one)
        confirmed(desk, one)
        desk.press("Control+z")
        desk.verdict("ready")
        assert desk.text("#say") == f"已撤销：片剂 250 mg {one}"
        desk.scan(stolen)
        desk.page.wait_for_selector("#stop", state="visible")
        desk.press("Control+z")
        desk.verdict("ready")
        assert not desk.page.is_visible("#stop")
        desk.until("document.querySelectorAll('#rows tr[data-undone]').length === 2")
        assert desk.text("#basket") == ""
        desk.scan("nonsense")
        desk.verdict("scanner_fault")
        desk.press("F6")
        desk.verdict("ready")
        desk.press("Escape")
        desk.scan(one)  # right after a key that a person pressed
        desk.verdict("ok")


def test_the_ledgers_word_reaches_the_basket_and_the_search(place: Place, chromium: Browser) -> None:
    """A pack that only the ledger knows nothing of gets its sign there too; Esc leads from the search to the day."""
    post, (one,) = place.enrol(), keys_of(place.stock(1))
    post.sync()
    with served(post) as address, opened(chromium, address, "en") as desk:
        desk.press("F1")
        desk.scan(one)
        desk.until("document.querySelector('#basket').textContent.startsWith('✔')")
        unknown = f"8770984{int(one[7:]) + 9_000_000:013}"
        desk.scan(unknown)
        desk.page.wait_for_selector("#stop", state="visible")
        desk.press("F9")
        desk.until("document.querySelector('#basket li:last-child').textContent.startsWith('✘')")
        assert desk.text("#source") == WORDS["changed-by-ledger"][0]
        desk.press("Control+k")
        desk.page.keyboard.type(unknown[-8:])
        desk.until("document.querySelectorAll('#rows tr').length === 1")
        desk.press("Escape")
        desk.until("document.querySelectorAll('#rows tr').length === 2")
        assert desk.text("#list-title") == WORDS["today"][0]
        desk.press("F8")
        desk.page.keyboard.type(one)
        desk.press("Enter")
        desk.until("document.querySelector('#say').textContent.includes('counts once')")
        desk.page.click("#language")
        desk.until("document.querySelector('#basket').textContent.includes('片剂')")


def test_who_was_shipped_to_is_offered_again(place: Place, chromium: Browser) -> None:
    """A URI is typed once."""
    post, (one,) = place.enrol(), keys_of(place.stock(1))
    receiver = place.world.distributor.party
    with served(post, online=False) as address, opened(chromium, address, "en") as desk:
        desk.press("F2")
        desk.page.keyboard.type(receiver)
        desk.press("Enter")
        desk.scan(one)
        desk.verdict("ok")
        desk.page.reload()
        desk.page.wait_for_selector("body[data-ready]")
        assert desk.page.get_attribute("#receivers option", "value") == receiver
