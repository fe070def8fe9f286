"""What is installed is pinned by hash, is all that the project asks for, and names no place to get it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import REPOSITORY, grow, require_none

PIN = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9-]*)==(?P<version>[0-9][a-z0-9.+!]*)(?: ; [\w .'<>=!]+)?"
    r"(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n"
)


def pins(path: Path) -> dict[str, str]:
    """Read a lock: the version of each package. A line that is not a pin with hashes is an error."""
    text = path.read_text("utf-8")
    found = list(PIN.finditer(text))
    rest = PIN.sub("", text)
    assert rest == "", f"not a pin with hashes: {rest[:80]!r}"
    return {match["name"]: match["version"] for match in found}


def unlocked(root: Path, lock: str, extras: list[str]) -> list[str]:
    """Name the requirements of pyproject.toml that a lock does not meet."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["build"]]
    for extra in extras:
        wanted += project["project"]["optional-dependencies"][extra]
    locked = pins(root / ".requirements" / lock)
    return [
        str(each)
        for each in map(Requirement, wanted)
        if locked.get(canonicalize_name(each.name), "0") not in each.specifier
    ]


def test_the_locks_meet_what_the_project_asks() -> None:
    """Every dependency of pyproject.toml is locked at a version it admits; else run `make lock`."""
    require_none(unlocked(REPOSITORY, "run.txt", []))
    require_none(unlocked(REPOSITORY, "test.txt", ["bench", "test", "trace"]))


def test_tests_run_with_what_users_run() -> None:
    """Each pin of the run lock stands unchanged in the test lock."""
    run, test = (pins(REPOSITORY / ".requirements" / name) for name in ("run.txt", "test.txt"))
    assert run.items() - test.items() == set()


@pytest.mark.parametrize(
    "line",
    [
        "--index-url somewhere\n",
        "# a comment that may name a host\n",
        "alembic==1.20.1\n",
        "alembic>=1.20.1 \\\n    --hash=sha256:" + "0" * 64 + "\n",
        "alembic==1.20.1 \\\n    --hash=md5:" + "0" * 32 + "\n",
        "alembic @ git+ssh://example.org/alembic \\\n    --hash=sha256:" + "0" * 64 + "\n",
    ],
)
def test_a_loose_line_is_found(tmp_path: Path, line: str) -> None:
    """Anything but a name, a version and SHA-256 hashes is refused."""
    with pytest.raises(AssertionError, match="not a pin"):
        pins(grow(tmp_path, {"run.txt": line}) / "run.txt")


def test_a_forgotten_requirement_is_found(tmp_path: Path) -> None:
    """A dependency that is not locked, and one that is locked too low, are both named."""
    wanted = '"rich>=15", "Typer>=0.29", "biip>=5"'
    project = f"[project]\ndependencies = [{wanted}]\n[dependency-groups]\nbuild = []\n"
    lock = "".join(f"{pin} \\\n    --hash=sha256:{'0' * 64}\n" for pin in ("rich==14.9", "typer==0.29.2"))
    root = grow(tmp_path, {"pyproject.toml": project, ".requirements/run.txt": lock})
    assert unlocked(root, "run.txt", []) == ["rich>=15", "biip>=5"]
