"""The source as the house rules see it: modules with their syntax trees, and pages of text.

Each rule is a function from a tree to the list of its breaches, one line each, `path:line: what`;
so the same function that guards the repository is shown, on a small bad tree, that it can find something.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

REPOSITORY = Path(__file__).parents[2]
ROOMS = ("ledger", "api", "scanner", "migrations")

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One source file: its path inside the tree, its text, its syntax tree."""

    path: str
    text: str
    syntax: ast.Module

    def at(self, node: ast.AST, what: str) -> str:
        """Say `what` with its place."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {what}"


def modules(root: Path) -> list[Module]:
    """Read every Python file of the rooms below `root`, in order of path."""
    files = sorted(path for room in ROOMS for path in (root / room).rglob("*.py"))
    return [read(root, path) for path in files]


def read(root: Path, path: Path) -> Module:
    """Read one Python file."""
    name, text = path.relative_to(root).as_posix(), path.read_text("utf-8")
    return Module(name, text, ast.parse(text, name))


def functions(syntax: ast.AST) -> Iterator[Function]:
    """Yield every function and method, nested ones included."""
    return (node for node in ast.walk(syntax) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def files(root: Path) -> Iterator[tuple[str, str]]:
    """Yield path and text of every file of the repository: no caches, no environments, no pictures."""
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        hidden = any(part.startswith(".") and part not in {".ci", ".requirements"} for part in parts[:-1])
        if hidden or "__pycache__" in parts or parts[0] == "dist" or not path.is_file():
            continue
        try:
            yield "/".join(parts), path.read_text("utf-8")
        except UnicodeDecodeError:
            continue


def require_none(breaches: list[str]) -> None:
    """Fail with every breach on a line of its own."""
    assert not breaches, "\n".join(["", *breaches])


def grow(root: Path, tree: Mapping[str, str]) -> Path:
    """Write a small tree, for showing that a rule finds what is wrong in it."""
    for name, text in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def load(path: Path) -> ModuleType:
    """Import a script that is in no package, such as `docs/generate.py`."""
    name = re.sub(r"\W", "_", path.stem)
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # dataclasses look their module up
    specification.loader.exec_module(module)
    return module
