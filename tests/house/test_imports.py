"""Imports run one way: the contracts of pyproject.toml, and what a verifier may load."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import REPOSITORY, grow, require_none


def broken_contracts(root: Path) -> list[str]:
    """Return the names of the contracts that the tree breaks."""
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    broken = re.findall(r"^(.+) BROKEN$", done.stdout, re.MULTILINE)
    assert done.returncode == bool(broken), done.stdout + done.stderr
    return broken


def test_imports_run_one_way() -> None:
    """Every contract is kept."""
    require_none(broken_contracts(REPOSITORY))


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("ledger/log/intruder.py", "import ledger.custody", "Imports run one way"),
        ("ledger/codes/intruder.py", "from ledger.log import tree", "Imports run one way"),
        ("ledger/errors.py", "import ledger.codes", "Imports run one way"),
        ("ledger/newroom.py", "", "Imports run one way"),
        ("ledger/identity/intruder.py", "def f():\n    import sqlalchemy", "Only the store"),
        ("ledger/reconcile/intruder.py", "import ledger.nation", "The synthetic country"),
        ("ledger/store/intruder.py", "import api", "The API stands"),
        ("ledger/cli/intruder.py", "import fastapi", "The API stands"),
        ("api/intruder.py", "from ledger.cli import x", "The API serves"),
        ("api/intruder.py", "import sqlalchemy", "Only the store"),
        ("ledger/custody/event.py", "import ledger.custody.epcis", "What an event means"),
        ("scanner/intruder.py", "from ledger.papers import x", "The station knows"),
        ("scanner/intruder.py", "from ledger.store import x", "The station knows"),
        ("scanner/intruder.py", "import fastapi", "In the station"),
        ("api/intruder.py", "import scanner", "Nothing stands on the station"),
    ],
)
def test_a_wrong_import_is_found(tmp_path: Path, module: str, line: str, broken: str) -> None:
    """Added to an empty house, each wrong import breaks its contract."""
    rooms = ("codes", "custody", "identity", "log", "nation", "papers", "reconcile", "store")
    base = {f"{name}.py": "" for name in ("__init__", "canonical", "clock", "errors", "limits", "texts")}
    base |= {f"{room}/__init__.py": "" for room in (*rooms, "custody/epcis", "reconcile/rules")} | {"log/tree.py": ""}
    base |= {f"reconcile/{name}.py": "" for name in ("rings", "rules/backtest", "rules/run", "rules/hit", "rules/rule")}
    base |= {f"{room}/__init__.py": "" for room in ("bench", "cli")}
    house = {f"ledger/{name}": text for name, text in base.items()} | {"api/__init__.py": ""}
    house |= {"scanner/__init__.py": "", "scanner/page/__init__.py": "", "migrations/__init__.py": ""}
    root = grow(tmp_path, house | {module: line + "\n"})
    shutil.copy(REPOSITORY / "pyproject.toml", root)
    assert [name for name in broken_contracts(root) if name.startswith(broken)] != []


def loaded_by(module: str, unwanted: set[str]) -> set[str]:
    """Import a module in a new interpreter; return which of the unwanted ones it brought along."""
    program = f"import sys, {module}; print(*sorted({unwanted!r} & set(sys.modules)))"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_verifying_needs_no_database_and_no_network() -> None:
    """Whoever checks evidence loads neither SQL nor sockets; the same look finds both in the store."""
    unwanted = {"sqlalchemy", "psycopg", "sqlite3", "fastapi", "httpx", "ssl"}
    assert loaded_by("ledger.verify", unwanted) == set()
    assert "sqlalchemy" in loaded_by("ledger.store.database", unwanted)
