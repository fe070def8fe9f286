"""The pages on findings, actions and bundles say what the code does: examples, members, words."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import msgspec

from ledger import canonical
from ledger.bundle import form
from ledger.bundle.form import Index
from ledger.papers import contents
from ledger.papers.case import Fault
from ledger.papers.contents import Action, Cause, Deed
from ledger.papers.paper import make_paper, parse_paper
from ledger.reconcile.findings.finding import Finding, Reason, Seen, finding_id
from ledger.reconcile.seizure.traced import REASONS, TRACED_COLUMNS

FORMATS = Path(__file__).parents[2] / "docs" / "formats"


def text_of(page: str) -> str:
    """Return a page."""
    return (FORMATS / page).read_text("utf-8")


def shown(page: str) -> list[bytes]:
    """Return the page's examples in their canonical spelling."""
    return [canonical.dumps(json.loads(block)) for block in re.findall(r"```json\n(.*?)```", text_of(page), re.DOTALL)]


def firsts(page: str, heading: str) -> list[str]:
    """Return what stands in the first column of the table under the line of headings that begins so."""
    table = text_of(page).partition(f"| {heading} |")[2].partition("\n\n")[0]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]


def test_the_finding_shown_is_one() -> None:
    """It reads as a finding, and its id is that of its rule and subject."""
    (example,) = shown("finding.md")
    finding = msgspec.json.decode(example, type=Finding)
    assert canonical.dumps(msgspec.to_builtins(finding)) == example
    assert finding.id == finding_id(finding.seen.rule, finding.seen.subject)


def test_every_member_of_a_finding_is_explained() -> None:
    """And every reason for closing one."""
    assert set(firsts("finding.md", "member")) == set(Seen.__struct_fields__)
    kept = text_of("finding.md").partition("Around it stands")[2]
    assert set(re.findall(r"^\| `(\w+)`(?:, `(\w+)`)? \|", kept.partition("## Example")[0], re.MULTILINE)) == {
        ("seen", ""), ("first_run", "run"), ("closing", ""),
    }  # fmt: skip
    assert set(firsts("finding.md", "reason")) == set(get_args(Reason))


def test_the_actions_shown_are_actions() -> None:
    """In their one spelling."""
    examples = shown("action.md")
    assert len(examples) == 3
    for example in examples:
        content = parse_paper("action", example).content
        assert isinstance(content, Action)
        assert make_paper(content) == example


def test_every_deed_fault_and_cause_is_explained() -> None:
    """No more and no fewer than there are, each deed with its members."""
    deeds = {str(deed.__struct_config__.tag): deed for deed in get_args(Deed)}
    assert firsts("action.md", "`act`") == list(deeds)
    for act, deed in deeds.items():
        (row,) = re.findall(rf"^\| `{act}` \| (.*)$", text_of("action.md"), re.MULTILINE)
        assert set(re.findall(r"`(\w+)`", row.split("|")[0])) == set(deed.__struct_fields__)
    assert set(firsts("action.md", "fault")) == set(get_args(Fault))
    causes = text_of("action.md").partition("has a `cause`:\n")[2].partition(".")[0]
    assert re.findall(r"`([\w-]+)`", causes) == list(get_args(Cause))
    assert contents.Outcome in get_args(Deed)


def test_every_member_of_a_bundle_is_explained() -> None:
    """The files of the zip, the members of the index, the columns of the table, and why a pack is not traced."""
    files = {
        form.INDEX, form.SIGNATURE, form.PAGE, form.CASE, form.FINDINGS, form.PROOF, form.TRACING, form.TRACED,
        form.EVIDENCE, form.FACTS, form.PEDIGREES, form.RULES,
    }  # fmt: skip
    assert set(firsts("bundle.md", "member")) == files
    index = text_of("bundle.md").partition("## Index")[2].partition("## Evidence")[0]
    assert {name for row in re.findall(r"^\| (`.*?) \|", index, re.MULTILINE)
            for name in re.findall(r"`(\w+)`", row)} == set(Index.__struct_fields__)  # fmt: skip
    columns = text_of("bundle.md").partition("has the columns\n")[2].partition(",\nascending")[0]
    assert tuple(re.findall(r"`(\w+)`", columns)) == TRACED_COLUMNS
    assert tuple(firsts("bundle.md", "reason")) == REASONS
