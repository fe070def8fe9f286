"""The docs hang together: pages are reached, match the source, and tell all that one can set."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import REPOSITORY, grow, load, modules, read, require_none

generate = load(REPOSITORY / "docs" / "generate.py")
LINK = re.compile(r"\[[^\]]*\]\((?!\w+:)([^)#\s]*)(#[^)\s]*)?\)")


def broken_links(root: Path) -> list[str]:
    """Name the links, in the pages at the top and below docs/, that lead nowhere."""
    found = []
    for page in _pages(root):
        for target, anchor in LINK.findall(_prose(page)):
            place = page.parent / target if target else page
            if not place.exists() or (anchor and anchor[1:] not in _anchors(place)):
                found.append(f"{page.relative_to(root).as_posix()}: {target}{anchor}")
    return found


def unreached(root: Path) -> list[str]:
    """Name the pages below docs/ to which no links lead from docs/README.md."""
    seen: set[Path] = set()
    waiting = [(root / "docs" / "README.md").resolve()]
    while waiting:
        page = waiting.pop()
        if page.is_file() and page.suffix == ".md" and page not in seen:
            seen.add(page)
            links = LINK.findall(_prose(page))
            waiting += [(page.parent / target).resolve() for target, _ in links if target]
    pages = {page.resolve() for page in (root / "docs").rglob("*.md")}
    return sorted(page.relative_to(root.resolve()).as_posix() for page in pages - seen)


def untold_settings(root: Path) -> list[str]:
    """Name the environment variables that the program or its tests read and that no page explains."""
    told = "".join(page.read_text("utf-8") for page in _pages(root))
    return sorted(name for name in _variables(root) if not re.search(rf"\b{name}\b", told))


def _variables(root: Path) -> set[str]:
    """Collect the names written out in the source, and those that the fields of `Settings` stand for."""
    found = set()
    for module in [*modules(root), *(read(root, path) for path in sorted((root / "tests").glob("*.py")))]:
        for node in ast.walk(module.syntax):
            if isinstance(node, ast.Constant) and re.fullmatch(r"PACKLEDGER(_[A-Z]+)+", str(node.value)):
                found.add(str(node.value))
            elif isinstance(node, ast.ClassDef) and node.name == "Settings":
                fields = [each.target for each in node.body if isinstance(each, ast.AnnAssign)]
                found |= {f"PACKLEDGER_{ast.unparse(field).upper()}" for field in fields}
    return found


def unhelpful_targets(makefile: str) -> list[str]:
    """Name the targets of a Makefile for which `make help` has no line."""
    targets = re.findall(r"^\.PHONY:(.*)$", makefile, re.MULTILINE)
    names = " ".join(targets).split()
    return [name for name in names if not re.search(rf"^{name}:.*  ## \w", makefile, re.MULTILINE)]


def _pages(root: Path) -> list[Path]:
    return sorted([*root.glob("*.md"), *(root / "docs").rglob("*.md")])


def _prose(page: Path) -> str:
    """Return a page's text without its blocks of code, where brackets are no links."""
    return re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def _anchors(page: Path) -> set[str]:
    """Return the anchors that forges give a page's headings."""
    headings = re.findall(r"^#+ +(.+)$", _prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_link_leads_somewhere() -> None:
    """Files and headings that the pages link to exist."""
    require_none(broken_links(REPOSITORY))


def test_every_page_is_reached_from_the_first() -> None:
    """Whoever starts at docs/README.md can come to every page."""
    assert (REPOSITORY / "docs" / "README.md").is_file()
    require_none(unreached(REPOSITORY))


def test_the_reference_is_as_the_source_says() -> None:
    """Each generated page is what `make docs` would write now."""
    assert generate.main(["--check"]) == 0


def test_every_setting_is_explained() -> None:
    """Each environment variable stands in some page."""
    require_none(untold_settings(REPOSITORY))


def test_every_target_is_explained() -> None:
    """`make help` has a line for each thing that make can be asked for."""
    require_none(unhelpful_targets((REPOSITORY / "Makefile").read_text("utf-8")))


def test_a_stale_page_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Checking names a page that is missing or has one letter changed, and mends nothing; writing does."""
    monkeypatch.setattr(generate, "REFERENCE", tmp_path)
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    altered = generate.errors_page().replace("JSON", "JSOM", 1)
    grow(tmp_path, {"errors.md": altered})
    (tmp_path / "limits.md").unlink()
    capsys.readouterr()
    assert generate.main(["--check"]) == 1
    assert re.findall(r"(\w+\.md) is out of date", capsys.readouterr().out) == ["errors.md", "limits.md"]
    assert (tmp_path / "errors.md").read_text("utf-8") == altered
    assert generate.main([]) == 0
    assert generate.stale(tmp_path) == {}


def test_lost_pages_and_links_are_found(tmp_path: Path) -> None:
    """A link to a missing file, to a missing heading, and a page that nothing links to are found."""
    root = grow(tmp_path, {
        "README.md": "[docs](docs/README.md#start-here) [web](https://example.org/x) [gone](docs/gone.md)\n",
        "docs/README.md": "# Start here!\n[a](formats/a.md#no-such-heading)\n```\n[code](is/no/link)\n```\n",
        "docs/formats/a.md": "[back](../README.md) [self](#also-lost)\n",
        "docs/lost.md": "",
    })  # fmt: skip
    assert broken_links(root) == [
        "README.md: docs/gone.md",
        "docs/README.md: formats/a.md#no-such-heading",
        "docs/formats/a.md: #also-lost",
    ]
    assert unreached(root) == ["docs/lost.md"]


def test_a_silent_setting_and_a_silent_target_are_found(tmp_path: Path) -> None:
    """A variable that no page names, be it a field or written out, and a target without help are found."""
    root = grow(tmp_path, {
        "ledger/settings.py": "class Settings:\n    told: str\n    silent: str\nX = 'PACKLEDGER_'\n",
        "tests/conftest.py": "os.environ['PACKLEDGER_TEST_SILENT']\n",
        "README.md": "PACKLEDGER_TOLD and PACKLEDGER_TEST_SILENT_TOO\n",
    })  # fmt: skip
    assert untold_settings(root) == ["PACKLEDGER_SILENT", "PACKLEDGER_TEST_SILENT"]
    assert unhelpful_targets(".PHONY: a b\na: x  ## does a\nb: x\n") == ["b"]
