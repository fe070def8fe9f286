"""The examples on pages of docs/formats: fenced blocks, each after a comment `example: NAME`, that code writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tests.house.tree import REPOSITORY

__all__ = ["PAGES", "Examples", "rewritten", "shown", "write_anew"]

PAGES = REPOSITORY / "docs" / "formats"
Examples = Mapping[str, Callable[[], str]]
"""What makes each example of a page, by the example's name."""
_BLOCK = re.compile(r"(?<=<!-- example: )([\w-]+) -->\n```(\w+)\n(.*?)\n?```", re.DOTALL)


def shown(page: str) -> dict[str, str]:
    """Return the examples on a page, by name."""
    blocks: list[tuple[str, str, str]] = _BLOCK.findall((PAGES / page).read_text("utf-8"))
    return {name: text for name, _, text in blocks}


def rewritten(text: str, make: Examples) -> str:
    """Return the text of a page with every example made anew."""
    return _BLOCK.sub(lambda found: f"{found[1]} -->\n```{found[2]}\n{make[found[1]]()}\n```", text)


def write_anew(examples: Mapping[str, Examples]) -> None:
    """Write the examples of pages, by page, into them."""
    for page, make in examples.items():
        path = PAGES / page
        path.write_text(rewritten(path.read_text("utf-8"), make), "utf-8")
