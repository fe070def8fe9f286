"""docs/formats/event.md shows what the code writes, and names every member that it reads."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ledger import canonical
from ledger.custody import event
from ledger.custody.vocabulary import OWN_STEPS
from tests.custody.examples import DISPENSING, PACKING

PAGE = (Path(__file__).parents[2] / "docs" / "formats" / "event.md").read_text("utf-8")


def test_the_examples_are_what_the_code_writes() -> None:
    """Both of them, member by member, in order."""
    blocks = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    shown = [canonical.dumps(json.loads(block)) for block in blocks]
    assert shown == [DISPENSING, PACKING]


def test_every_member_is_explained() -> None:
    """Those of EPCIS that are read or tolerated, ours, and our steps."""
    members = set().union(*event._MEMBERS.values()) | OWN_STEPS
    kin = {"childQuantityList", "inputQuantityList", "outputQuantityList", "transformationID"}
    assert {member for member in members - kin if f"`{member}`" not in PAGE} == set()
