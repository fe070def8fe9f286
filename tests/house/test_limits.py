"""Every bound has a reason and is used, and stands in a file of bounds."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house.tree import REPOSITORY, grow, load, modules, require_none

generate = load(REPOSITORY / "docs" / "generate.py")
LIMITS: list[str] = list(generate.LIMITS.values())


def unreasoned(source: str) -> list[str]:
    """Name the limits without a comment above them that says why."""
    return [limit.name for limit in generate.read_limits(source) if not limit.reason.endswith((".", ")"))]


def unused(root: Path) -> list[str]:
    """Name the limits that no other module reads."""
    files = [root / path for path in LIMITS if (root / path).is_file()]
    names = {limit.name for file in files for limit in generate.read_limits(file.read_text("utf-8"))}
    for module in modules(root):
        if module.path not in LIMITS:
            for node in ast.walk(module.syntax):
                names.discard(node.id if isinstance(node, ast.Name) else getattr(node, "attr", ""))
    return sorted(names)


def test_every_limit_has_a_reason() -> None:
    """Each constant carries its reason, a sentence, in the comment above it."""
    require_none([name for path in LIMITS for name in unreasoned((REPOSITORY / path).read_text("utf-8"))])


def test_every_limit_is_used() -> None:
    """A bound that nothing enforces is a promise that nobody keeps."""
    require_none(unused(REPOSITORY))


def test_limits_are_positive_whole_numbers_with_a_unit() -> None:
    """Each name ends in its unit and in MAX or MIN, each value is a whole number above zero."""
    for name, value, _ in (limit for path in LIMITS for limit in generate.read_limits(path)):
        assert name.rpartition("_")[2] in {"MAX", "MIN"}, name
        assert isinstance(value, int), name
        assert value > 0, name


def test_a_bad_limit_is_found(tmp_path: Path) -> None:
    """A limit without a reason and a limit that is only imported are found; neighbours share a reason."""
    source = (
        "# Because.\nA_MAX: Final = 1\nB_MAX: Final = 2\n\n"
        "C_MAX: Final = 3\n\n"
        "# no sentence\nD_MAX: Final = 4\n"
    )
    assert unreasoned(source) == ["C_MAX", "D_MAX"]
    user = "from ledger.limits import A_MAX, D_MAX\nprint(A_MAX, limits.C_MAX)\n"
    assert unused(grow(tmp_path, {LIMITS[0]: source, "ledger/a.py": user})) == ["B_MAX", "D_MAX"]
