"""A draft over all history: what it finds, where and when, beside what is published, and for past cases."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from ledger.errors import FormatError
from ledger.reconcile.rules.backtest import Known, backtest, parse_known
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.rule import CATALOGUE, load_rule, load_rules, published
from tests.reconcile.facts_kit import Story


def draft(folder: Path) -> Path:
    """Write a draft: packs dispensed at two parties, whatever happened between."""
    path = folder / "two-sellers.sql"
    path.write_text(
        (CATALOGUE / "dispensed-twice.sql").read_text("utf-8").split("*/")[0].replace("dispensed-twice", "two-sellers")
        + """*/
        SELECT code AS subject, max(recorded) AS time, 50 AS score, 100 AS cents, list(log_index) AS evidence,
            list(person) AS persons, list(party) AS institutions, count(*) AS sales, min(party) AS first_party,
            max(party) AS again_party, 0 AS days
        FROM live_custody WHERE act = 'dispensing' GROUP BY code HAVING count(DISTINCT party) > 1
        """,
        "utf-8",
    )
    return path


def finding(rule: str, subject: str) -> str:
    """Return a finding's id."""
    return sha256(f"packledger finding\0{rule}\0{subject}".encode()).hexdigest()[:32]


def test_what_is_told(tmp_path: Path) -> None:
    """Hits and money by month and region, overlap, and cases by their outcome; nothing is remembered."""
    story = Story()
    crime = story.stock(story.aspirin, story.here)
    story.dispense(crime, story.here, day=3)
    story.dispense(crime, story.near, day=9)
    honest = story.stock(story.aspirin, story.far)
    story.dispense(honest, story.far, day=30)
    story.undo(honest, story.far, day=31)
    story.deliver(honest, story.near, day=40, sender=story.far)
    story.dispense(honest, story.near, day=44)
    same = story.stock(story.aspirin, story.here)
    story.dispense(same, story.here, day=3)
    story.dispense(same, story.here, day=5)
    known = [
        Known(finding("dispensed-twice", crime), "confirmed"),
        Known(finding("dispensed-twice", same), "false-alarm"),
        Known("0" * 32, "unresolved"),
    ]
    engine = DuckEngine(story.facts(), memory_mib=512, threads=1)
    rules, _ = load_rules(published())
    told = backtest(engine, load_rule(draft(tmp_path)), rules, known)
    engine.close()
    assert (told.hits, told.cents, told.subjects) == (2, 200, sorted([crime, honest]))
    assert [(each.name, each.hits) for each in told.months] == [("202601", 1), ("202602", 1)]
    assert [(each.name, each.hits, each.cents) for each in told.regions] == [("110101", 1, 100), ("110105", 1, 100)]
    overlap = {each.rule: (each.hits, each.same_subject, each.common_evidence) for each in told.overlaps}
    assert overlap["dispensed-twice"] == (2, 1, 1)
    assert told.outcomes == [("confirmed", 1, 1), ("false-alarm", 1, 0), ("unresolved", 1, 0)]
    assert told.failed == []


WRONG = [b"", b"{}", b'[{"finding": "1"}]', b'[{"finding": "%s", "outcome": "maybe"}]' % (b"0" * 32)]


@pytest.mark.parametrize("data", WRONG)
def test_a_wrong_list_of_outcomes_is_refused(data: bytes) -> None:
    """Not JSON, not a list, not an id, not an outcome."""
    with pytest.raises(FormatError, match="outcomes-malformed"):
        parse_known(data)
