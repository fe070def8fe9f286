"""What the guide of the station says to type is typed, in its order, against a ledger that serves."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from ledger.cli.line import app as ledger_app
from ledger.log.keys import EDDSA, PrivateKey
from scanner.cli.line import app
from scanner.home import Home
from tests.house.tree import REPOSITORY
from tests.scanner.kit import Place

GUIDE = REPOSITORY / "docs" / "guide" / "station.md"


def commands() -> list[list[str]]:
    """Return the commands of the guide, in order."""
    found = re.findall(r"^ *(packledger(?:-station)? .+)$", GUIDE.read_text("utf-8"), re.MULTILINE)
    return [shlex.split(each) for each in found]


@pytest.mark.slow
def test_the_guide_can_be_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A station is enrolled, served, calibrated, used and synced; labels are made and read."""
    monkeypatch.chdir(tmp_path)
    with Place(tmp_path) as place:
        world, station = place.world, tmp_path / "station"
        monkeypatch.setenv("PACKLEDGER_DATABASE_URL", world.settings.database_url)
        desk = world.pharmacy._replace(
            station="https://pharmacy.example/shop/one", key=PrivateKey.from_seed(EDDSA, b"\7" * 32)
        )
        world.record(world.register(world.enrolment(desk, "dispenser")[2]))
        (pack,) = place.stock(1)
        said = {
            "/srv/ledger": str(world.settings.home), "https://ledger.example": place.url,
            "VKEY": world.trust.verifier_key, "/srv/station": str(station),
        }  # fmt: skip
        answers = {"enrol": "", "counter": f"{pack}\n"}
        done = []
        for program, *words in commands():
            typed = [said.get(word, word) for word in words]
            done.append(words[0])
            if words[0] == "serve":
                serves(typed)
                continue
            room = ledger_app() if program == "packledger" else app
            result = CliRunner().invoke(room, typed, input=answers.get(words[0], ""))
            assert result.exit_code == 0, (words, result.output)
            if words[0] == "enrolment-code":
                (answers["enrol"],) = re.findall(r"\b(?:[A-Z2-7]{5}-){4}[A-Z2-7]{5}\b", result.output)
        assert {"enrol", "serve", "counter", "sync", "status", "labels", "scan", "calibrate"} <= set(done)
        assert Home(station).outbox.exists()
        assert place.world.state(pack) == "active"
        assert world.custody(pack).holder  # type: ignore[union-attr]


def serves(typed: list[str]) -> None:
    """Serve the page in a process of its own until it answers."""
    process = subprocess.Popen(
        [sys.executable, "-m", "scanner.cli", *typed], cwd=REPOSITORY, stdout=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 60
        while True:
            assert process.poll() is None
            assert time.monotonic() < until
            try:
                with urlopen("http://127.0.0.1:8470/") as answer:
                    assert b"packledger" in answer.read()
                return
            except URLError:
                time.sleep(0.1)
    finally:
        process.terminate()
        process.wait(30)
