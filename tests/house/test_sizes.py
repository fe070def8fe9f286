"""Files and functions stay small enough to be read in one go."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house.tree import REPOSITORY, Function, functions, grow, modules, require_none

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70  # without the docstring

DATA_TABLES = {
    "ledger/texts.py": "one row a problem; looked up by code, never read from top to bottom",
    "ledger/limits.py": "one bound after the other, each with its reason; looked up by name",
}


def oversized(root: Path) -> list[str]:
    """Name the files and functions that are too long."""
    found = []
    for module in modules(root):
        lines = module.text.count("\n")
        if lines > FILE_LINES_MAX and module.path not in DATA_TABLES:
            found.append(f"{module.path}:1: {lines} lines, {FILE_LINES_MAX} allowed")
        for function in functions(module.syntax):
            if length(function) > FUNCTION_LINES_MAX:
                found.append(module.at(function, f"{function.name} has {length(function)} lines"))
    return found


def length(function: Function) -> int:
    """Count a function's lines from `def` to its end, without its docstring."""
    assert function.end_lineno is not None
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if isinstance(first, ast.Expr) and ast.get_docstring(function) is not None:
        assert first.end_lineno is not None
        lines -= first.end_lineno - first.lineno + 1
    return lines


def test_no_file_and_no_function_is_too_long() -> None:
    """Every file has at most 400 lines and every function at most 70, tables of data aside."""
    require_none(oversized(REPOSITORY))


def test_the_exceptions_still_exist() -> None:
    """A file that is gone is no longer excused."""
    require_none([path for path in DATA_TABLES if not (REPOSITORY / path).is_file()])


def test_length_is_found(tmp_path: Path) -> None:
    """One line too many is found, in a file and in a method; a long docstring does not count."""
    method = "class A:\n    def long(self):\n" + "        x = 1\n" * 70
    documented = 'def fine():\n    """Do.\n' + "\n" * 80 + '    """\n' + "    x = 1\n" * 69
    root = grow(tmp_path, {"ledger/a.py": "x = 1\n" * 401, "ledger/log/b.py": method, "api/c.py": documented})
    assert oversized(root) == [
        "ledger/a.py:1: 401 lines, 400 allowed",
        "ledger/log/b.py:2: long has 71 lines",
    ]
