"""What the guide for whoever runs a server says to type is typed, in its order, on PostgreSQL."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy.engine import make_url
from typer.testing import CliRunner

from api.metrics import Metrics
from ledger.cli.line import app
from ledger.enrol import print_registrations
from ledger.identity.registration import Product
from ledger.submission import UploadLine, print_line
from tests.api.serving import START_SECONDS, free_port
from tests.house.tree import REPOSITORY
from tests.kit import PRODUCT, World, desk, patient
from tests.postgres import binaries, fresh_database

GUIDE = REPOSITORY / "docs" / "guide" / "operations.md"
RESTORED = 13
"""Exit code of `log-restored`."""


def commands() -> list[list[str]]:
    """Return the lines of the guide's blocks, in order."""
    found = re.findall(r"^```\n(.*?)^```", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [shlex.split(line) for block in found for line in block.splitlines()]


def run(arguments: list[str], given: str = "") -> str:
    """Run a command, which must end well; return what it prints."""
    done = CliRunner().invoke(app(), [*arguments, "--json"], input=given)
    assert done.exit_code == 0, (arguments, done.output)
    return done.stdout


@contextmanager
def serving(arguments: list[str], folder: Path) -> Iterator[str]:
    """Serve in processes of its own, until the block ends; give the address."""
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PACKLEDGER_PORT": str(port)}
    with (folder / "journal").open("wb") as journal:
        server = subprocess.Popen(
            [sys.executable, "-m", "ledger.cli", *arguments], stderr=journal, env=environment, cwd=folder
        )
    until = time.monotonic() + START_SECONDS
    try:
        while True:
            assert server.poll() is None, (folder / "journal").read_text()
            assert time.monotonic() < until
            try:
                if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def trade(folder: Path) -> tuple[str, Path]:
    """Write who trades, and one sale to a patient, as files; return the seller's key id and the sale's file.

    Made by another ledger, whose parties' keys these are.
    """
    with World(folder / "elsewhere", f"sqlite:///{folder}/elsewhere.db") as world:
        world.now = int(time.time())
        roles = {world.maker: "manufacturer", world.pharmacy: "dispenser", desk("operator"): "operator"}
        enrolled = [each for whose, role in roles.items() for each in world.enrolment(whose, role)]
        product = Product(
            id=PRODUCT, maker=world.maker.party, name_en="Tablets", name_zh="片剂", price_cents=2_500,
            weight_milligrams=42_000, supply_days=14, strength="250 mg",
        )  # fmt: skip
        (folder / "registrations.json").write_bytes(print_registrations([*enrolled, product]))
        packs = world.packs(1)
        sale = world.dispense(packs, insured=True, person=patient())
        lines = [print_line(UploadLine(each)) for each in (world.commission(packs), sale)]
        (folder / "sale.jsonl").write_bytes(b"".join(lines))
        return world.pharmacy.kid, folder / "sale.jsonl"


def test_the_guide_can_be_followed(tmp_path: Path, postgres_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command ends well; a database restored from the dump, older than the checkpoint, is not served."""
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home"
    kid, sale = trade(tmp_path)
    with fresh_database(postgres_server) as url, fresh_database(postgres_server) as restored:
        plain = {"packledger": url, "restored": restored}
        said = {
            "/srv/ledger": str(home), "KID": kid, "1795322220": str(int(time.time()) - 60), "4": "2",
            "https://operator.example/": desk("operator").party, "identity_card": patient().patient.id_type,
        } | {
            f"postgresql://packledger@db/{name}": make_url(each).set(drivername="postgresql").render_as_string()
            for name, each in plain.items()
        }  # fmt: skip
        served, key = [], ""
        for line in commands():
            program, *words = (said.get(word, word) for word in line)
            if program != "packledger":
                done = subprocess.run([binaries() / program, *words], capture_output=True, text=True, check=False)
                assert done.returncode == 0, done.stderr
            elif words[0] == "serve":
                served = words
                run(["record", str(sale), "--home", str(home)])
                with serving(words, tmp_path) as address:
                    assert httpx.get(f"{address}/healthz").status_code == 200
            elif words[0] == "api-key":
                key = re.findall(r'"apiKey": ?"([^"]+)"', run(words))[0]
            else:
                run(words, f"{patient().patient.id_number}\n")
        with serving(served, tmp_path) as address:
            metrics = httpx.get(f"{address}/metrics", headers={"Authorization": f"Bearer {key}"}).text
        assert "packledger_requests_total" in metrics
        monkeypatch.setenv("PACKLEDGER_DATABASE_URL", said["postgresql://packledger@db/restored"])
        done = CliRunner().invoke(app(), [*served, "--json"])
        assert (done.exit_code, "log-restored" in done.output) == (RESTORED, True), done.output


def test_every_metric_is_explained() -> None:
    """The guide names what is counted, all of it and nothing else."""
    told = set(re.findall(r"`(packledger_\w+)`", GUIDE.read_text("utf-8")))
    counted = {
        family.name + ("_total" if family.type == "counter" else "") for family in Metrics()._registry.collect()
    }
    assert told == counted
