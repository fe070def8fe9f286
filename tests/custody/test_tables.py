"""The tables themselves: each row is authorised as it says, and each word of both has a story."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from ledger.custody.anomalies import ANOMALIES, Verdict, verdict_of
from ledger.custody.judge import (
    Act,
    Actor,
    Circumstances,
    judge,
)
from ledger.custody.reference import rules_parts
from ledger.custody.rules import EFFECTS, ROLES, RULES, select
from ledger.custody.state import Custody
from ledger.custody.vocabulary import DISPOSITIONS, STEPS, disposition_word, step_word
from tests.custody.trade import (
    MORNING,
    PHARMACY,
    PRODUCT,
    at_pharmacy,
)

STORIES = {"test_cases", "test_counter", "test_journey", "test_order"}


def test_each_kind_is_refused_to_every_role_that_its_row_does_not_name() -> None:
    """The attempt has one anomaly and no effect, also on a pack never seen."""
    before = at_pharmacy().custody
    for rule in RULES.values():
        for role in ROLES - rule.roles:
            actor = Actor(PHARMACY.party, PHARMACY.site, PHARMACY.station, frozenset({role}))
            circumstances = Circumstances(actor, PHARMACY.party, MORNING)
            act = Act(rule.kind, MORNING)
            assert judge(act, circumstances, PRODUCT, before, "named").anomalies == ("not-authorised",)
            assert judge(act, circumstances, PRODUCT, before, "named").after == before
            assert judge(act, circumstances, PRODUCT, None, "named").after == Custody()


def test_every_kind_and_every_anomaly_has_a_story() -> None:
    """The words of both tables stand in the stories, but those that only the recorder or a station says."""
    stories = [page for page in Path(__file__).parent.glob("test_*.py") if page.stem in STORIES]
    assert len(stories) == len(STORIES)
    texts = {
        node.value
        for page in stories
        for node in ast.walk(ast.parse(page.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert RULES.keys() - texts == set()
    assert ANOMALIES.keys() - texts == {"already-recorded", "nothing-to-correct", "recall-unclear"}


def test_the_page_is_what_the_tables_say() -> None:
    """docs/reference/custody-rules.md holds every part, in order, and nothing else but its note."""
    page = (Path(__file__).parents[2] / "docs" / "reference" / "custody-rules.md").read_text("utf-8")
    title, note, rest = page.split("\n\n", 2)
    assert note.startswith("<!-- ")
    assert [title, rest] == [rules_parts()[0], "\n\n".join(rules_parts()[1:]) + "\n"]


def test_no_two_rows_are_selected_by_the_same_event() -> None:
    """Type, action, step and disposition name at most one row, so that the order of rows means nothing."""
    seen: set[tuple[str, str, str, str]] = set()
    for rule in RULES.values():
        for action in rule.actions:
            for step in rule.steps:
                for disposition in rule.dispositions or ("",):
                    words = (rule.event_type, action, step, disposition)
                    assert words not in seen
                    seen.add(words)
                    assert select(*words) is rule


def test_the_tables_use_only_words_that_are_defined() -> None:
    """Steps and dispositions are words of CBV or ours, roles and effects are listed, other rows exist."""
    for rule in RULES.values():
        assert {step_word(step) for step in rule.steps} == set(rule.steps)
        assert {disposition_word(word) for word in rule.dispositions} == set(rule.dispositions)
        assert rule.disposition == "" or disposition_word(rule.disposition) == rule.disposition
        assert rule.roles <= ROLES
        assert rule.sets <= EFFECTS.keys()
        assert rule.watches <= {"product", "expired", "recalled"}
        assert (rule.despite | {rule.says} - {""}) <= ANOMALIES.keys()
        assert (rule.otherwise or rule.kind) in RULES


def test_the_vocabulary_is_as_long_as_the_standard_says() -> None:
    """CBV 2.0 has 41 business steps and 33 dispositions."""
    assert (len(STEPS), len(DISPOSITIONS)) == (41, 33)


def test_each_anomaly_speaks_both_languages() -> None:
    """English in ASCII, Chinese in Chinese, and a grade below a scanner fault."""
    for anomaly in ANOMALIES.values():
        assert anomaly.en.isascii()
        assert re.search("[\u4e00-\u9fff]", anomaly.zh)
        assert anomaly.verdict < Verdict.SCANNER_FAULT
    assert verdict_of(()) is Verdict.OK
    assert verdict_of(("repeat-scan", "recalled", "expired", "refused")) is Verdict.STOP
