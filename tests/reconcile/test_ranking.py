"""Who is looked at first: confidence times money, each pack once."""

from __future__ import annotations

from random import Random

from ledger.reconcile.ranking import ranked
from ledger.reconcile.rules.hit import Hit

GRAINS = {"excess-supply": "person", "card-ring": "network", "dispensed-twice": "pack", "remote-swipe": "institution"}


def found(rule: str, *persons: str, score: int = 50, cents: int = 1_000, subject: str = "") -> Hit:
    """Return what a rule found."""
    return Hit(rule=rule, version="", subject=subject or "".join(persons), time=0, score=score, cents=cents,
               evidence=(1,), persons=persons, institutions=(), numbers={})  # fmt: skip


def order(*hits: Hit) -> list[tuple[str, int]]:
    """Return persons and what they are worth."""
    return [(each.person, each.worth) for each in ranked(hits, GRAINS)]


def test_money_and_doubt() -> None:
    """Half sure of a thousand is five hundred; the surer and the dearer come first."""
    assert order(
        found("excess-supply", "a"), found("excess-supply", "b", score=90), found("excess-supply", "c", cents=9_000)
    ) == [("c", 4_500), ("b", 900), ("a", 500)]  # fmt: skip


def test_rules_strengthen_each_other() -> None:
    """Two rules that are half sure are three quarters sure together; the packs that both see count once."""
    [both] = ranked([found("excess-supply", "a"), found("card-ring", "a", cents=800)], GRAINS)
    assert (both.worth, both.percent, both.cents) == (750, 75, 1_000)
    assert both.rules == ("card-ring", "excess-supply")


def test_a_ring_shares_its_money_and_no_blame() -> None:
    """Each of four cards of a ring is meant, and carries a quarter of the money."""
    assert order(found("card-ring", "a", "b", "c", "d", score=80)) == [(name, 200) for name in "abcd"]


def test_who_is_only_touched() -> None:
    """Of two buyers of one pack, or forty customers of one shop, each has one share of suspicion and of money."""
    assert order(found("dispensed-twice", "a", "b", score=100)) == [("a", 250), ("b", 250)]
    customers = [f"customer {number:02}" for number in range(40)]
    assert order(found("remote-swipe", *customers, score=100, cents=160_000)) == [(name, 100) for name in customers]


def test_many_packs_add_up() -> None:
    """A rule's findings about several packs of one person are several packs' money, and one rule's confidence."""
    packs = [found("dispensed-twice", "a", score=80, cents=100, subject=str(number)) for number in range(10)]
    [one] = ranked(packs, GRAINS)
    assert (one.cents, one.percent) == (1_000, 80)


def test_nobody() -> None:
    """Findings without persons rank nobody."""
    assert order(found("remote-swipe"), found("dispensed-twice")) == []


def test_any_order_of_findings() -> None:
    """Equals stand in order of pseudonym, however findings come."""
    dice = Random(7)
    hits = [found(rule, *dice.sample("abcdefgh", 3), score=dice.randrange(101), cents=dice.randrange(9_999),
                  subject=str(number)) for number, rule in enumerate(list(GRAINS) * 10)]  # fmt: skip
    first = ranked(hits, GRAINS)
    for _ in range(5):
        dice.shuffle(hits)
        assert ranked(hits, GRAINS) == first
    assert order(found("excess-supply", "b"), found("excess-supply", "a")) == [("a", 500), ("b", 500)]
