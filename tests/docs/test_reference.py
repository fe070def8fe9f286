"""The reference is what the program says, and the prose of the docs keeps its own rules."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.cli.exits import Exit
from ledger.cli.line import app
from ledger.settings import Settings
from tests.house.tree import REPOSITORY, grow, load, require_none

DOCS = REPOSITORY / "docs"
generate = load(DOCS / "generate.py")


def reference(page: str) -> str:
    """Return a page of the reference."""
    return (DOCS / "reference" / page).read_text("utf-8")


@pytest.mark.parametrize("command", ["", "verify", "lake update"])
def test_the_help_is_what_a_terminal_of_that_width_shows(command: str) -> None:
    """The program in a process of its own prints what the page holds, but for its own name."""
    arguments = [sys.executable, "-m", "ledger.cli", *command.split(), "--help"]
    done = subprocess.run(
        arguments, cwd=REPOSITORY, env={**os.environ, "COLUMNS": "100"}, capture_output=True, text=True, check=True
    )
    heading = f"packledger {command}".strip()
    (block,) = re.findall(rf"^## {heading}\n\n```text\n(.*?)\n```", reference("commands.md"), re.MULTILINE | re.DOTALL)
    assert done.stdout.rstrip().replace("python -m ledger.cli", "packledger") == block


def test_every_command_has_its_heading() -> None:
    """In the program's order, those of a room after the room itself, and nothing else."""
    names = [f"packledger {command.name}" for command in app().registered_commands]
    for room in filter(None, (group.typer_instance for group in app().registered_groups)):
        names += [f"packledger {room.info.name}"]
        names += [f"packledger {room.info.name} {command.name}" for command in room.registered_commands]
    assert re.findall(r"^## (.+)$", reference("commands.md"), re.MULTILINE) == ["packledger", *names]


def test_every_setting_has_a_row_that_tells_all() -> None:
    """Variable, default, meaning and danger; none of them empty."""
    rows = [row.split(" | ") for row in re.findall(r"^\| (`PACKLEDGER_.*) \|$", reference("settings.md"), re.MULTILINE)]
    assert [row[0] for row in rows] == [f"`PACKLEDGER_{name.upper()}`" for name in Settings.__struct_fields__]
    assert all(row[2].strip() and row[3].endswith(".") and row[4].endswith(".") for row in rows)


def test_every_exit_code_has_a_meaning() -> None:
    """A row for each, in the order of the numbers."""
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \| (\w.+) \|$", reference("exit-codes.md"), re.MULTILINE)
    assert [(int(number), name) for number, name, _ in rows] == [(code.value, code.name) for code in sorted(Exit)]


def crowded(root: Path) -> list[str]:
    """Name the lines of prose below docs/ that hold more than one sentence."""
    found = []
    for path in sorted((root / "docs").rglob("*.md")):
        if "reference" in path.parts:
            continue  # texts of the program, not ours to break
        prose = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
        for line in prose.split("\n"):
            of_prose = re.match(r"[^|\-\d]", line)  # no table, no list
            if of_prose and re.search(r"[\w`)][.?!] [A-Z`]", line):
                found.append(f"{path.relative_to(root).as_posix()}: {line}")
    return found


def lost_sources(root: Path) -> list[str]:
    """Name the files of the repository that a page below docs/ or the README speaks of and that do not exist."""
    pages = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    return [
        f"{page.relative_to(root).as_posix()}: {path}"
        for page in pages
        for path in re.findall(r"`((?:ledger|tests|docs|migrations)/[\w/.-]*)`", page.read_text("utf-8"))
        if not (root / path).exists()
    ]


def malformed_decisions(root: Path) -> list[str]:
    """Name the decisions out of number, without their title in the index, or without the three parts."""
    index = (root / "docs" / "README.md").read_text("utf-8")
    found = []
    for number, path in enumerate(sorted((root / "docs" / "decisions").glob("*.md")), 1):
        text = path.read_text("utf-8")
        title = text.partition("\n")[0].removeprefix(f"# {number:04d} ")
        row = f"| [{number:04d}](decisions/{path.name}) | {title} |"
        parts = re.findall(r"^## (.+)$", text, re.MULTILINE)
        if row not in index or parts != ["Context", "Decision", "What it costs us"]:
            found.append(path.name)
    return found


def test_each_sentence_has_its_line() -> None:
    """A change to one sentence is a change to one line."""
    require_none(crowded(REPOSITORY))


def test_every_file_spoken_of_exists() -> None:
    """Pages that send the reader to the source send them to a place that is there."""
    require_none(lost_sources(REPOSITORY))


def test_decisions_keep_their_form() -> None:
    """Numbered without gaps, listed by their titles, each with its price."""
    require_none(malformed_decisions(REPOSITORY))


def test_bad_pages_are_found(tmp_path: Path) -> None:
    """Two sentences on a line, a file that is gone, and a decision without its price are found."""
    root = grow(tmp_path, {
        "README.md": "`ledger/gone.py` and `docs/README.md`\n",
        "docs/README.md": "One. Two.\n```\nOne. Two.\n```\n| [0001](decisions/0001-a.md) | A |\n",
        "docs/decisions/0001-a.md": "# 0001 A\n## Context\n## Decision\n",
        "docs/decisions/0003-b.md": "# 0003 B\n## Context\n## Decision\n## What it costs us\n",
    })  # fmt: skip
    assert crowded(root) == ["docs/README.md: One. Two."]
    assert lost_sources(root) == ["README.md: ledger/gone.py"]
    assert malformed_decisions(root) == ["0001-a.md", "0003-b.md"]
