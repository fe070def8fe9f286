"""What the repository says of itself: docstrings everywhere, and no word about one machine."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import REPOSITORY, Module, files, grow, modules, require_none

# A path of one person's or one machine's; after a word or a dot it is part of an address or of another path.
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|farm|home/\w+|Users/\w+)/")
PACKAGE_HOST = re.compile(r"(?:pypi|pythonhosted|npmjs|crates|deb\.debian)\.(?:org|com|io)", re.IGNORECASE)


def undocumented(root: Path) -> list[str]:
    """Name the modules, public classes and public functions without a docstring."""
    return [
        module.at(node, f"{getattr(node, 'name', 'the module')} has no docstring")
        for module in modules(root)
        for node in _public(module)
        if ast.get_docstring(node) is None
    ]


def _public(module: Module) -> Iterator[ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    yield module.syntax
    waiting: list[ast.Module | ast.ClassDef] = [module.syntax]
    while waiting:
        for node in waiting.pop().body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if node.name.startswith("_") or _speaks_for_another(node):
                continue
            yield node
            if isinstance(node, ast.ClassDef):
                waiting.append(node)


def _speaks_for_another(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell an overload or a property's setter, which the function proper documents."""
    return any(re.search(r"(^|\.)(overload|setter)$", ast.unparse(each)) for each in node.decorator_list)


def machine_words(root: Path) -> list[str]:
    """Name the lines that hold a path of one machine or the host of a package registry."""
    return [
        f"{path}:{number}: {match[0]}"
        for path, text in files(root)
        for number, line in enumerate(text.split("\n"), 1)
        for match in (MACHINE_PATH.search(line) or PACKAGE_HOST.search(line),)
        if match
    ]


def test_everything_public_is_documented() -> None:
    """Every module, public class and public function says what it is for."""
    require_none(undocumented(REPOSITORY))


def test_the_repository_names_no_machine() -> None:
    """No file holds a path of the machine it was written on, or says where packages come from."""
    require_none(machine_words(REPOSITORY))


def test_a_missing_docstring_is_found(tmp_path: Path) -> None:
    """A module, a class, a method and a function without a word are found; private things may be silent."""
    bare = (
        "class A:\n    def f(self): pass\n    def _g(self): pass\n"
        "async def h(): pass\n"
        "class _B:\n    def f(self): pass\n"
    )
    fine = '"""A module."""\nclass A:\n    """A class."""\n    @overload\n    def f(self): ...\n'
    root = grow(tmp_path, {"ledger/bare.py": bare, "ledger/log/fine.py": fine})
    assert undocumented(root) == [
        "ledger/bare.py:1: the module has no docstring",
        "ledger/bare.py:1: A has no docstring",
        "ledger/bare.py:4: h has no docstring",
        "ledger/bare.py:2: f has no docstring",
    ]


def test_a_machine_word_is_found(tmp_path: Path) -> None:
    """Paths and hosts are found in any file, our hidden folders' included; addresses on the web are fine."""
    folder, host = "/".join(["", "home", "somebody", "x"]), ".".join(["files", "pythonhosted", "org"])
    web, near = "/".join(["https://example.org", "work", "x"]), "/".join([".", "root", "x"])
    root = grow(tmp_path, {
        "docs/a.md": f"see\n`{folder}`\n",
        ".ci/run": f"curl {host}\n",
        "README.md": f"{web} and {near} are no machine's\n",
        ".venv/lib/x.py": folder,
    })  # fmt: skip
    assert machine_words(root) == [f".ci/run:1: {host.partition('.')[2]}", f"docs/a.md:2: {folder[:-1]}"]
