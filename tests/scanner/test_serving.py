"""`packledger-station serve` and the page's doors, without a browser."""

from __future__ import annotations

import json
import socket
from urllib.request import Request, urlopen

from typer.testing import CliRunner

from ledger.texts import PROBLEMS
from scanner.care.calibration import CALIBRATION, load_calibration
from scanner.cli.exits import Exit
from scanner.cli.line import app
from tests.scanner.browser import served
from tests.scanner.keyboards import typed
from tests.scanner.kit import Place


def test_an_address_that_is_taken_is_told_before_any_other(place: Place) -> None:
    """As a problem, and no address is promised."""
    post = place.enrol()
    post.close()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = CliRunner().invoke(app, ["serve", "--station", str(post.home.folder), "--port", port, "--json"])
    assert (done.exit_code, done.stdout) == (Exit.RUNTIME, "")
    assert json.loads(done.stderr)["code"] == "address-unusable"


def test_a_damaged_calibration_keeps_nobody_from_the_page(place: Place) -> None:
    """It is said there, and there the scanner is calibrated again."""
    post = place.enrol()
    post.home.scanner.write_bytes(b"{")

    def ask(address: str, path: str, content: object = None) -> dict[str, object]:
        data = None if content is None else json.dumps(content).encode()
        headers = {"Content-Type": "application/json", "Origin": address}
        with urlopen(Request(address + path, data, headers)) as answer:
            told: dict[str, object] = json.loads(answer.read())
            return told

    with served(post, online=False) as address:
        (alarm,) = ask(address, "/state")["alarms"]  # type: ignore[misc]
        assert alarm["title"] == PROBLEMS["calibration-malformed"].en
        strokes = [[each.code, each.key, each.shift, each.ctrl, each.alt, each.caps]
                   for each in typed(CALIBRATION, "us", "us")]  # fmt: skip
        ask(address, "/calibrate", {"strokes": strokes})
        assert ask(address, "/state")["alarms"] == []
    assert load_calibration(post.home.scanner) is not None
