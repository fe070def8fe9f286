"""Write `docs/reference/` from the source, so that the two cannot disagree.

    python docs/generate.py             writes the pages that changed, and names them
    python docs/generate.py --check     writes nothing; fails, naming the pages that are out of date

A new page is one function that returns its text, and one row in PAGES.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from ledger import limits, texts

REFERENCE = Path(__file__).parent / "reference"


class Limit(NamedTuple):
    """One bound: its name, its value, and the reason that stands above it (empty when none does)."""

    name: str
    value: int
    reason: str


def errors_page() -> str:
    """Return the catalogue of problems, in the order and under the headings of `ledger/texts.py`."""
    parts = [
        "# Problems",
        "Everything that packledger refuses or reports has a code.\n"
        "The code is for machines and never changes its meaning.\n"
        "The texts are for people, in English and Chinese.\n"
        "The classes of errors, and what each promises, are drawn in `ledger/errors.py`.",
    ]
    room = ""
    for heading, code in _problem_rows(Path(texts.__file__).read_text("utf-8")):
        if heading != room:
            room = heading
            parts.append(f"## {room[0].upper()}{room[1:]}")
        text = texts.PROBLEMS[code]
        parts.append(f"### {code}\n\n{text.en}\n{text.do_en}\n\n{text.zh}{text.do_zh}")
    return _page("ledger/texts.py", parts)


def _problem_rows(source: str) -> Iterator[tuple[str, str]]:
    """Yield (heading, code) for each row of PROBLEMS; a heading is a comment `# -- room` above its rows."""
    heading = "everywhere"
    for line in source.partition("PROBLEMS:")[2].splitlines():
        if match := re.fullmatch(r"    # -- (.+)", line):
            heading = match[1]
        elif match := re.match(r'    "([^"]+)": Text\(', line):
            yield heading, match[1]


def limits_page() -> str:
    """Return the table of bounds, in the order of `ledger/limits.py`."""
    rows = [f"| `{limit.name}` | {limit.value:,} | {limit.reason} |" for limit in read_limits()]
    return _page("ledger/limits.py", [
        "# Limits",
        "Every bound in one place; the unit is the last word before `MAX` or `MIN`.",
        "\n".join(["| limit | value | why |", "|---|---:|---|", *rows]),
    ])  # fmt: skip


def read_limits(source: str | None = None) -> list[Limit]:
    """Read the constants of a module of limits, `ledger/limits.py` unless its text is given.

    The reason is the comment right above the constant; constants that follow each other share it.
    """
    if source is None:
        source = Path(limits.__file__).read_text("utf-8")
    lines = source.splitlines()
    found: list[Limit] = []
    end_of_last = -1
    for node in ast.parse(source).body:
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value):
            continue
        shared = found[-1].reason if end_of_last == node.lineno - 1 else ""
        value = eval(compile(ast.Expression(node.value), "limits", "eval"), {})  # noqa: S307  `2 * 86_400`, from our own source
        found.append(Limit(node.target.id, value, _comment_above(lines, node.lineno - 1) or shared))
        end_of_last = node.end_lineno or node.lineno
    return found


def _comment_above(lines: list[str], index: int) -> str:
    words: list[str] = []
    while index > 0 and lines[index - 1].startswith("#"):
        index -= 1
        words.insert(0, lines[index].removeprefix("#").strip())
    return " ".join(words)


def _page(source: str, parts: list[str]) -> str:
    note = f"<!-- Written by docs/generate.py from {source}; change it there, then run: make docs -->"
    return "\n\n".join([parts[0], note, *parts[1:]]) + "\n"


PAGES: Final[dict[str, Callable[[], str]]] = {
    "errors.md": errors_page,
    "limits.md": limits_page,
}


def stale(folder: Path) -> dict[str, str]:
    """Return the pages of `folder` that differ from what the source says, with the text they should have."""
    wanted = {name: make() for name, make in PAGES.items()}
    return {
        name: text
        for name, text in wanted.items()
        if not (folder / name).is_file() or (folder / name).read_text("utf-8") != text
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the pages; return the exit status."""
    parser = argparse.ArgumentParser(description="Write docs/reference/ from the source.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is out of date")
    check = parser.parse_args(arguments).check
    pages = stale(REFERENCE)
    for name, text in pages.items():
        print(f"docs/reference/{name} {'is out of date: make docs' if check else 'written'}")
        if not check:
            REFERENCE.mkdir(parents=True, exist_ok=True)
            (REFERENCE / name).write_text(text, "utf-8")
    return int(check and bool(pages))


if __name__ == "__main__":
    sys.exit(main())
