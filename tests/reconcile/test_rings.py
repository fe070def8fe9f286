"""Rings from links, told as links: what joins, what does not, and what is said of them."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from ledger.reconcile.rings import rings_of
from ledger.reconcile.rings.communities import HOMES_MIN
from ledger.reconcile.rules.hit import Hit


def meet(left: str, right: str, *, times: int = 6, known: int = 1_000, places: tuple[int, ...] = (1, 2, 3),
         homes: tuple[str, str] | None = None, street: int = 0, **numbers: Any) -> Hit:  # fmt: skip
    """Return a link of two cards that met so often, where chance makes a hundredth of a meeting."""
    one, other = homes or (left, right)
    said = {
        "cards": 2, "pairs": 1, "meetings": times, "places": len(places), "packs": 0, "chance": 10_000, "expected": 1,
        "counted": times, "elsewhere": 0, "chance_elsewhere": 0, "tested": 10**7, "zeros": 0, "minutes": 60,
        "met_two": None, "met_three": known, "met_four": known + 1, "met_five": known + 2, "cents_left": 100,
        "cents_right": 10, "home_left": one, "home_right": other, "homes": 2, "household": int(one == other),
        "street": street,
    }  # fmt: skip
    return hit(f"{left}~{right}", (left, right), places, known + 10, said | numbers)


def feed(card: str, place: str, *, packs: int = 8, known: int = 5_000) -> Hit:
    """Return a link of a card and the place where so many packs of it came back."""
    said = {
        "cards": 1, "pairs": 0, "meetings": 0, "places": 0, "packs": packs, "chance": 10_000, "expected": 0,
        "counted": packs, "elsewhere": 0, "chance_elsewhere": 0, "tested": 10_000, "zeros": 0, "minutes": 60,
        "met_two": known, "met_three": known + 1, "met_four": known + 2, "met_five": known + 3, "cents_left": 1_000,
        "cents_right": 0, "home_left": card, "home_right": None, "homes": 1, "household": 0, "street": 0,
    }  # fmt: skip
    return hit(f"{card}~{place}", (card,), (1, 9), known + 10, said)


def hit(subject: str, persons: tuple[str, ...], places: tuple[int, ...], time: int, numbers: dict[str, Any]) -> Hit:
    """Return a link."""
    evidence = tuple(sorted(Random(f"{subject}/{part}").randrange(10**6) for part in range(4)))
    return Hit(rule="card-ring", version="0" * 64, subject=subject, time=time, score=50, cents=0, evidence=evidence,
               persons=persons, institutions=places, numbers=numbers)  # fmt: skip


def all_meet(cards: str, **more: Any) -> list[Hit]:
    """Return the links of cards that all meet each other."""
    return [meet(left, right, **more) for left in cards for right in cards if left < right]


def cards_of(links: list[Hit]) -> list[str]:
    """Return the cards of each ring."""
    return ["".join(ring.persons) for ring in rings_of(links)]


def test_three_strangers() -> None:
    """Three that meet are a ring; two are none."""
    assert cards_of(all_meet("abc")) == ["abc"]
    assert cards_of(all_meet("ab")) == []


def test_three_households() -> None:
    """Four cards of two households are none, whoever meets whom."""
    homes = {"a": "h", "b": "h", "c": "k", "d": "k"}
    links = [meet(one, other, homes=(homes[one], homes[other])) for one in "abcd" for other in "abcd" if one < other]
    assert HOMES_MIN == 3
    assert cards_of(links) == []


def test_a_household_inside_a_ring_counts_once() -> None:
    """Its own meetings join nobody; both its cards are in the ring when both meet strangers."""
    links = [*all_meet("acd"), meet("b", "c", homes=("a", "c")), meet("a", "b", homes=("a", "a"), times=200)]
    [ring] = rings_of(links)
    assert "".join(ring.persons) == "abcd"
    assert [ring.numbers[name] for name in ("cards", "homes", "pairs", "household")] == [4, 3, 4, 1]


@pytest.mark.parametrize(("times", "joined"), [(3, False), (5, True)])
def test_what_chance_explains_is_no_link(times: int, joined: bool) -> None:
    """With a hundredth of a meeting expected and ten million pairs, three meetings of one pair happen."""
    assert bool(cards_of(all_meet("abc", times=times))) is joined


def test_daily_customers() -> None:
    """Who comes daily meets twice everywhere by chance; at all other places than one, a hundred times is none."""
    habit = {"counted": 6, "chance": 20_000_000, "met_three": 1_000}
    assert cards_of(all_meet("abc", **habit, elsewhere=15, chance_elsewhere=12_000_000)) == []
    assert cards_of(all_meet("abc", **habit, elsewhere=100, chance_elsewhere=12_000_000)) == ["abc"]


def test_one_merchant_of_two_gangs() -> None:
    """The place joins them not; a card that only sells there goes to the gang that sells there most."""
    north, south = all_meet("abc", places=(1, 2, 3)), all_meet("xyz", places=(4, 5, 6))
    at = [feed(card, "trade 9") for card in "abcx"]
    assert cards_of([*north, *south, *at]) == ["abc", "xyz"]
    assert cards_of([*north, *south, *at, feed("m", "trade 9")]) == ["abcm", "xyz"]


def test_two_couriers_of_one_gang() -> None:
    """One merchant and the same counters: one ring."""
    first, second = all_meet("abc", places=(1, 2, 3)), all_meet("xyz", places=(2, 3, 4))
    assert cards_of([*first, *second]) == ["abc", "xyz"]
    assert cards_of([*first, *second, feed("a", "trade 9"), feed("x", "trade 9")]) == ["abcxyz"]


def test_cards_of_one_warehouse() -> None:
    """Cards that never meet, but whose packs are all found in one warehouse; two packs of a card are chance."""
    assert cards_of([feed(card, "seizure F-1") for card in "abcd"]) == ["abcd"]
    assert cards_of([feed(card, "seizure F-1", packs=2) for card in "abcd"]) == []


def test_a_large_community_is_cut_where_it_is_thinnest() -> None:
    """Two crowds of thirty cards, held together by one link, are two rings; so they are however links are given."""
    crowd = [f"{group}{number:02}" for group in "mn" for number in range(30)]
    links = [
        meet(left, right) for at, left in enumerate(crowd) for right in crowd[at + 1 :] if left[0] == right[0]
    ] + [meet("m00", "n00")]  # fmt: skip
    rings = rings_of(links)
    assert [len(ring.persons) for ring in rings] == [30, 30]
    for seed in range(3):
        Random(seed).shuffle(links)
        assert rings_of(links) == rings


def test_known_when_three_households_were_joined() -> None:
    """The second link joins the third household; chance asks for four meetings before it is believed."""
    links = [meet("a", "b", known=1_000), meet("b", "c", known=2_000), meet("c", "d", known=3_000)]
    [ring] = rings_of(links)
    assert ring.time == 2_001
    assert ring.subject == "a"


def test_the_subject_stays() -> None:
    """What is known later makes the ring larger, and leaves its name, whatever the name of the newcomers."""
    grown: list[Hit] = []
    subjects = set()
    for known, new in enumerate("hgfedcba"):
        grown += [meet(*sorted((old, new)), known=1_000 + 100 * known) for old in "hgfedcba"[:known]]
        subjects |= {ring.subject for ring in rings_of(grown)}
    assert subjects == {"g"}  # the left card of the first link


def test_money_and_evidence() -> None:
    """Each card's money once: what its best link tells; every link's log indexes."""
    links = [*all_meet("abc"), feed("a", "trade 9")]
    [ring] = rings_of(links)
    assert ring.cents == 1_000 + 100 + 10  # a's packs at the merchant, b with c, c with others
    assert set(ring.evidence) == {index for link in links for index in link.evidence}
    assert ring.institutions == (1, 2, 3, 9)


def test_neighbours_lower_the_score() -> None:
    """A bus from one street looks like a ring; the share of neighbours stands beside it and makes it doubtful."""
    [strangers] = rings_of(all_meet("abcd"))
    [neighbours] = rings_of(all_meet("abcd", street=1))
    [returned] = rings_of([*all_meet("abcd"), feed("a", "trade 9")])
    assert (strangers.score, neighbours.score, returned.score) == (74, 49, 84)
    assert (strangers.numbers["street"], neighbours.numbers["street"]) == (0, 6)


def test_how_rarely_chance_makes_it() -> None:
    """Links that hold it together count, those that follow from them do not: a triangle is as rare as a chain."""
    chain = [meet("a", "b"), meet("b", "c")]
    zeros = [ring.numbers["zeros"] for ring in (*rings_of(chain), *rings_of([*chain, meet("a", "c")]))]
    assert zeros[0] == zeros[1] > 4


def test_what_no_ring_repeats() -> None:
    """Numbers of links stay with the links: a ring says what its sentence needs."""
    [ring] = rings_of(all_meet("abc"))
    assert set(ring.numbers) == {
        "cards", "homes", "pairs", "meetings", "places", "packs", "expected", "zeros", "street", "household", "minutes",
    }  # fmt: skip
