"""The pages on papers and on the confidential part show what the code writes, and name every member."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec

from ledger import canonical
from ledger.papers import contents
from ledger.papers.confidential import Confidential, Person, make_confidential
from ledger.papers.paper import PAPERS as RULES
from ledger.papers.paper import make_paper
from tests.papers.examples import CONFIDENTIAL, PAPERS, SALT

FORMATS = Path(__file__).parents[2] / "docs" / "formats"


def shown(page: str) -> list[bytes]:
    """Return the page's examples in their canonical spelling."""
    return [canonical.dumps(json.loads(block)) for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]


def test_the_papers_are_what_the_code_writes() -> None:
    """One of each kind, in the order of the table, under its heading."""
    page = (FORMATS / "paper.md").read_text("utf-8")
    assert shown(page) == [make_paper(PAPERS[kind]) for kind in RULES]
    assert re.findall(r"^## (\w+)$", page, re.MULTILINE) == [*(kind.capitalize() for kind in RULES), "Faults"]


def test_every_optional_member_of_a_paper_is_named_as_optional() -> None:
    """What may be left out stands in its kind's list, and nothing else does."""
    page = (FORMATS / "paper.md").read_text("utf-8")
    for kind, rule in RULES.items():
        section = page.partition(f"## {kind.capitalize()}\n")[2].partition("\n## ")[0]
        named = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^Optional: (.*)$", section, re.MULTILINE))))
        optional = {field.name for field in msgspec.structs.fields(rule.content) if not field.required}
        line = rule.content.__annotations__.get("lines", "")
        if line:
            lines = vars(contents)[re.findall(r"list\[(\w+)\]", str(line))[0]]
            optional |= {field.name for field in msgspec.structs.fields(lines) if not field.required}
        assert named == optional


def test_the_confidential_part_is_what_the_code_writes() -> None:
    """The example, its digest, and every member."""
    page = (FORMATS / "confidential.md").read_text("utf-8")
    data = make_confidential(CONFIDENTIAL, SALT)
    assert shown(page) == [data]
    assert f"`sha-256:{canonical.digest(data).hex()}`" in page
    for name in (*Confidential.__struct_fields__, *Person.__struct_fields__, "salt"):
        assert f"`{name}`" in page
