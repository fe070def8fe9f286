"""What the guide for an office says to type and to ask is typed and asked, in its order."""

from __future__ import annotations

import json
import re
import shlex
import time
from pathlib import Path
from typing import Any

import httpx
from typer.testing import CliRunner

from ledger.cli.line import app
from tests.api.kit import Door
from tests.api.test_offices import finding
from tests.api.test_persons import NUMBER, scene
from tests.house.tree import REPOSITORY

GUIDE = REPOSITORY / "docs" / "guide" / "office.md"


def blocks(text: str) -> list[tuple[str, str]]:
    """Return (language, content) of every block of code, in order."""
    return re.findall(r"^```(\w*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def run(arguments: list[str]) -> dict[str, Any]:
    """Run a command, which must end well, and return the document that it prints."""
    done = CliRunner().invoke(app(), [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    printed = [line for line in done.stdout.splitlines() if line.startswith("{")]
    document: dict[str, Any] = json.loads(printed[-1])
    return document


def ask(door: Door, content: str) -> httpx.Response:
    """Ask what a block shows."""
    head, _, body = content.partition("\n\n")
    line, authorization = head.strip().split("\n")
    method, target = line.split(" ")
    answer: httpx.Response = door.run(
        door.request(method, target, body.strip() or None, Authorization=authorization.partition(": ")[2])
    )
    return answer


def test_the_guide_can_be_followed(tmp_path: Path, sqlite_url: str, monkeypatch: Any) -> None:
    """Every command but those that need a server of their own, every request; each answers well."""
    monkeypatch.setenv("PACKLEDGER_DATABASE_URL", sqlite_url)
    with Door(tmp_path / "home", sqlite_url) as door:
        door.world.now = int(time.time())
        (seen,) = door.find(finding(1))
        said = {"FINDING": seen, "PERSON": scene(door)}
        asked = []
        for language, content in blocks(GUIDE.read_text("utf-8")):
            if language == "json":
                (tmp_path / "officers.json").write_text(content, "utf-8")
            elif language == "http":
                told = content
                for word, meant in said.items():
                    told = told.replace(word, str(meant))
                door.world.now = int(time.time())  # commands know no other clock
                answer = ask(door, told)
                assert answer.status_code == 200, (told, answer.text)
                asked.append(told.partition("\n")[0])
                if "json" in answer.headers["content-type"]:
                    case = answer.json().get("case") or {}
                    said["LAST"] = case.get("last", "")
                    for each in case.get("asks", ()):
                        said["ASK"] = each["ask"]
            else:
                for command in re.findall(r"^packledger (.+)$", content, re.MULTILINE):
                    words = shlex.split(command.replace("/srv/ledger", str(tmp_path / "home")))
                    if words[0] == "door-role":  # on PostgreSQL; tests/api/test_fence.py goes that way
                        continue
                    words = [str(tmp_path / word) if word == "officers.json" else word for word in words]
                    printed = run(words)
                    if words[0] == "officer":
                        said["KEY_TWO" if "KEY_ONE" in said else "KEY_ONE"] = printed["apiKey"]
        looks = door.get("/v1/looks", key=said["KEY_ONE"])
        assert NUMBER not in looks.text
        assert [each["what"] for each in looks.json()["looks"]] == ["name", "acts"]
        assert door.world.audit().fault is None
    assert len(asked) >= 15
