"""Time and chance come from `ledger.clock` only; everywhere else they are arguments."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house.tree import REPOSITORY, Module, grow, modules, require_none

ALLOWED = {"ledger/clock.py"}
GIVEN = {"random.Random", "time.gmtime"}  # with a seed, with a time, these are arithmetic
CHANCE = {
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "os.getrandom",
    "os.urandom",
    "time.localtime",
    "time.time",
    "time.time_ns",
    "uuid.uuid1",
    "uuid.uuid4",
}


def chance(root: Path) -> list[str]:
    """Name the places that look at the clock or throw dice by themselves."""
    return [line for module in modules(root) if module.path not in ALLOWED for line in _chance_in(module)]


def _chance_in(module: Module) -> list[str]:
    names = _imported(module.syntax)
    inner = {id(node.value) for node in ast.walk(module.syntax) if isinstance(node, ast.Attribute)}
    found = []
    for node in ast.walk(module.syntax):
        if isinstance(node, ast.Name | ast.Attribute) and id(node) not in inner:
            name = _qualified(node, names)
            dice = name.startswith(("secrets.", "random.")) and name not in GIVEN
            if name in CHANCE or dice:
                found.append(module.at(node, name))
        elif isinstance(node, ast.Call) and not node.args and _qualified(node.func, names) in GIVEN:
            found.append(module.at(node, f"{_qualified(node.func, names)} of nothing"))
    return found


def _imported(syntax: ast.Module) -> dict[str, str]:
    """Map each imported name to what it stands for: `dt` to `datetime.datetime`."""
    names: dict[str, str] = {}
    for node in ast.walk(syntax):
        if isinstance(node, ast.Import):
            names |= {item.asname or item.name: item.name for item in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {item.asname or item.name: f"{node.module}.{item.name}" for item in node.names}
    return names


def _qualified(node: ast.expr, names: dict[str, str]) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_qualified(node.value, names)}.{node.attr}"
    return names.get(node.id, node.id) if isinstance(node, ast.Name) else ""


def test_time_and_chance_are_arguments() -> None:
    """No module but the clock reads the time or draws by chance."""
    require_none(chance(REPOSITORY))


def test_hidden_chance_is_found(tmp_path: Path) -> None:
    """Other names for the clock and the dice do not hide them; a seeded generator and a timer are fine."""
    bad = (
        "import os, random, secrets as s, time\n"
        "from datetime import datetime as dt\n"
        "from time import time as t, monotonic\n"
        "dt.now()\n"
        "x = t\n"
        "s.token_bytes(8)\n"
        "random.Random()\n"
        "random.shuffle([])\n"
        "os.urandom(1)\n"
        "time.gmtime()\n"
        "random.Random(7); monotonic(); time.perf_counter(); time.gmtime(0); dt.fromtimestamp(0)\n"
    )
    root = grow(tmp_path, {"ledger/clock.py": bad, "ledger/log/a.py": bad})
    assert sorted(chance(root)) == [
        "ledger/log/a.py:10: time.gmtime of nothing",
        "ledger/log/a.py:4: datetime.datetime.now",
        "ledger/log/a.py:5: time.time",
        "ledger/log/a.py:6: secrets.token_bytes",
        "ledger/log/a.py:7: random.Random of nothing",
        "ledger/log/a.py:8: random.shuffle",
        "ledger/log/a.py:9: os.urandom",
    ]
