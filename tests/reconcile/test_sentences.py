"""Sentences of rules: a word agrees with the number before it."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from ledger.reconcile.rules.rule import Rule, load_rule, published
from ledger.reconcile.rules.sentence import Number, fault_of, say

PACKS = "{packs} {packs:pack|packs} of which none {packs:was|were} sold"
NOT_ONE = re.compile(r"(?<!\^)\b1 (?:(?:more|other|paper) )?[a-z]+s(?:'|\b)(?<!was)(?<!is)(?<!'s)")
"""One of many: '1 packs', '1 other regions', '1 days' supply'."""


def told(sentence: str, number: Number) -> str:
    """Fill in a sentence whose columns all have one value."""
    columns = {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}
    return say(sentence, dict.fromkeys(columns, number), dict.fromkeys(columns, "–" if number is None else str(number)))


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "1 pack of which none was sold"),
        (0, "0 packs of which none were sold"),
        (-1, "-1 packs of which none were sold"),
        (21, "21 packs of which none were sold"),
        (None, "– packs of which none were sold"),
        ("1", "1 packs of which none were sold"),
    ],
)
def test_one_and_more(number: Number, said: str) -> None:
    """English has one word for 1 and one for all else; what is no number is not one."""
    assert told(PACKS, number) == said


def test_braces_and_what_is_told() -> None:
    """Doubled braces print once; what a column says is never read as a sentence."""
    assert say("{{{packs}}}", {"packs": 1}, {"packs": "{packs:a|b}"}) == "{{packs:a|b}}"


def test_what_is_told_by_a_name_counts_nothing() -> None:
    """A party's number is not how many parties there are."""
    for column in ("selling_party", "product"):
        assert "counts nothing" in fault_of(f"{{{column}:it|they}}", {column}, "en")


@pytest.mark.parametrize("rule", [load_rule(path) for path in published()], ids=lambda rule: rule.id)
def test_no_published_rule_says_one_packs(rule: Rule) -> None:
    """Each number of a sentence may be 1, and reads well then."""
    said = told(rule.header.sentence.en, 1)
    assert not NOT_ONE.findall(said), said
    assert "1 pack " not in told(rule.header.sentence.en, 2)


def test_the_check_finds_what_is_wrong() -> None:
    """The pattern above knows one from many."""
    assert [bool(NOT_ONE.search(said)) for said in ("1 packs", "1 other regions", "1 days' supply")] == [True] * 3
    assert [bool(NOT_ONE.search(said)) for said in ("1 pack", "1 was", "1 day's supply", "11 pack")] == [False] * 4
