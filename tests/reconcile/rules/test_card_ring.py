"""card-ring: cards that keep meeting where chance lets nobody meet, and cards whose packs end at one place."""

from __future__ import annotations

from random import Random

import pytest

from tests.reconcile.facts_kit import Shop, Story, person
from tests.reconcile.rules_kit import Cases, found

CASES = Cases("card-ring")


def town(story: Story, name: str, shops: int = 4, people: int = 40, visits: int = 10) -> list[Shop]:
    """Settle a town whose people go to its counters on any day, at any hour."""
    counters = [story.pharmacy(f"{name} counter {number}") for number in range(shops)]
    dice = Random(name)
    for number in range(people):
        for _ in range(visits):
            day, hour = dice.randrange(1, 190), dice.randrange(8, 18)
            visit(story, f"{name} citizen {number}", dice.choice(counters), day, hour)
    return counters


def visit(story: Story, name: str, shop: Shop, day: int, hour: int = 11, minute: int = 0) -> str:
    """Collect one pack; return its code."""
    code = story.pack(story.aspirin, day=0)
    story.dispense(code, shop, to=name, day=day, hour=hour, minute=minute)
    return code


def drive(story: Story, cards: list[str], shops: list[Shop], days: list[int]) -> list[str]:
    """Carry cards from counter to counter, one after the other at each."""
    return [
        visit(story, card, shop, day, hour=9 + 2 * stop, minute=3 * number)
        for day in days
        for stop, shop in enumerate(shops)
        for number, card in enumerate(cards)
    ]


def sell_on(story: Story, codes: list[str], name: str) -> Shop:
    """Let a merchant take packs into stock that patients had."""
    merchant = story.pharmacy(name)
    story.receive(codes, merchant, day=200)
    return merchant


def first_of(*cards: str) -> str:
    """Return the card by which a ring of these, all known at once, goes."""
    return min(person(card) for card in cards)


@CASES.guilty
def borrowed_cards(story: Story) -> str:
    """Five strangers' cards at three counters, on four days."""
    counters = town(story, "Ring town")
    cards = [f"Borrowed {number}" for number in range(5)]
    drive(story, cards, counters[:3], [20, 47, 75, 101])
    return first_of(*cards[:2])  # the first two at the third counter


@CASES.guilty
def packs_at_one_merchant(story: Story) -> str:
    """Four cards that are never used together; eight packs of each end on one merchant's shelf."""
    counters = town(story, "Merchant town")
    cards = [f"Supplier {number}" for number in range(4)]
    codes = [
        visit(story, card, counters[turn % 4], 3 + 20 * turn + 5 * number, hour=9 + turn)
        for number, card in enumerate(cards)
        for turn in range(8)
    ]
    sell_on(story, codes, "Merchant of four")
    return first_of(*cards)


@CASES.innocent
def family(story: Story) -> str:
    """A daughter goes to every counter with her parents' and her own card, all year."""
    counters = town(story, "Family town")
    cards = ["Daughter", "Mother", "Father"]
    for card in cards:
        story.lives(card, household="The family")
    drive(story, cards, counters[:3], [20, 47, 75, 101, 130])
    return first_of(*cards)


@CASES.innocent
def two_friends(story: Story) -> str:
    """They go everywhere together; two are no ring."""
    drive(story, ["Friend", "Other friend"], town(story, "Friends' town")[:3], [20, 47, 75, 101, 130])
    return first_of("Friend", "Other friend")


@CASES.innocent
def neighbours_at_the_health_centre(story: Story) -> str:
    """Five neighbours share a car to one health centre every four weeks, on its clinic day."""
    counters = town(story, "Clinic town")
    drive(story, [f"Passenger {number}" for number in range(5)], counters[:1], list(range(20, 160, 28)))
    return person("Passenger 0")


@CASES.innocent
def busy_monday(story: Story) -> str:
    """Two hospitals where the whole town comes on Monday morning: everybody meets everybody, by chance."""
    hospitals = [story.pharmacy(f"Monday hospital {number}") for number in range(2)]
    dice = Random(1)
    for number in range(40):
        for week in dice.sample(range(26), 9):
            visit(story, f"Monday patient {number}", hospitals[week % 2], 7 * week, 8, dice.randrange(60))
    return person("Monday patient 0")


@CASES.innocent
def victims_of_a_cloning_shop(story: Story) -> str:
    """A shop sells copies of what the town collected: everybody's packs are seen there, nobody's above all."""
    counters = town(story, "Cloned town")
    cloned = [row["code"] for row in story.rows["custody"] if row["act"] == "dispensing" and row["party"] in
              {shop.party for shop in counters}]  # fmt: skip
    merchant = story.pharmacy("Cloning shop")
    for code in Random(2).sample(cloned, 60):
        story.dispense(code, merchant, to=f"Buyer of {code}", insured=False, day=190)
    return person("Cloned town citizen 0")


@CASES.innocent
def late_uploads(story: Story) -> str:
    """A counter was offline for a fortnight: all its sales are recorded at once, but happened when they happened."""
    counters = town(story, "Offline town")
    for number in range(5):
        for turn, shop in enumerate(counters[:3]):
            code = story.pack(story.aspirin, day=0)
            story.dispense(code, shop, to=f"Late {number}", day=20 + 2 * number + 30 * turn, late_days=14 - 2 * number)
    return person("Late 0")


@pytest.mark.parametrize("name", CASES.tellings)
def test_case(name: str) -> None:
    """Each case is found, or left alone."""
    CASES.tell(name)


def test_what_stands_beside_it() -> None:
    """Neighbours and households speak against a ring, and lower its score; they are counted, not hidden."""
    story = Story()
    counters = town(story, "Mixed town")
    cards = [f"Mixed {number}" for number in range(6)]
    for number, card in enumerate(cards):
        story.lives(card, household=f"Mixed house {max(1, number)}", street="One street")
    drive(story, cards, counters[:3], [20, 47, 75, 101])
    [ring] = found("card-ring", story)
    assert len(ring.persons) == ring.numbers["cards"] == 6
    assert (ring.numbers["homes"], ring.numbers["household"]) == (5, 1)
    assert ring.numbers["pairs"] == ring.numbers["street"] == 14  # of fifteen; the household's own is not counted
    alone = CASES.tell("borrowed_cards")
    assert alone is not None
    assert alone.numbers["street"] == 0
    assert ring.score == alone.score + 1 - 25  # one card more, and all of them neighbours


def test_money_counts_once() -> None:
    """Each card's packs once, however many others it met."""
    ring = CASES.tell("borrowed_cards")
    assert ring is not None
    assert ring.cents == 5 * 3 * 4 * 2_500


def test_evidence_is_what_the_cards_did() -> None:
    """Log indexes of their visits: two a counter and pair at most, so that a court is not drowned."""
    story = Story()
    borrowed_cards(story)
    [ring] = found("card-ring", story)
    visits = {row["log_index"]: row["person"] for row in story.rows["custody"] if row["act"] == "dispensing"}
    assert {visits[index] for index in ring.evidence} == set(ring.persons)
    assert len(ring.evidence) == 5 * 3 * 2


def test_the_subject_stays_while_the_ring_grows() -> None:
    """More days, more cards, a merchant: the same ring, with more in it."""
    story = Story()
    counters = town(story, "Growing town")
    cards = [f"Grown {number}" for number in range(8)]
    subjects, sizes = [], []
    codes = drive(story, cards[:4], counters[:3], [20, 47])
    for day, count in ((75, 4), (101, 6), (130, 8), (150, 8)):
        codes += drive(story, cards[:count], counters[:3], [day])
        [ring] = found("card-ring", story)
        subjects.append(ring.subject)
        sizes.append(ring.numbers["cards"])
    sell_on(story, codes, "Merchant of the grown")
    [ring] = found("card-ring", story)
    assert {*subjects, ring.subject} == {subjects[0]}
    assert sizes == [4, 4, 6, 8]
    assert ring.score == 70 + 8 + 10  # eight cards, and packs that came back


def test_two_gangs_of_one_merchant_are_two_rings() -> None:
    """They work in two towns and know nothing of each other; a third card of the merchant's goes to one of them."""
    story = Story()
    codes = []
    for name in ("North", "South"):
        counters = town(story, name)
        codes += drive(story, [f"{name} card {number}" for number in range(4)], counters[:3], [20, 47, 75, 101])
    sell_on(story, codes, "Merchant of both")
    rings = found("card-ring", story)
    assert [ring.numbers["cards"] for ring in rings] == [4, 4]
    assert not set(rings[0].persons) & set(rings[1].persons)


def test_two_couriers_of_one_gang_are_one_ring() -> None:
    """Their cards never meet, but they drive to the same counters, and sell to the same merchant."""
    story = Story()
    counters = town(story, "Courier town")
    codes = []
    for name, days in (("First", [20, 47, 75, 101]), ("Second", [25, 52, 80, 106])):
        codes += drive(story, [f"{name} courier's card {number}" for number in range(4)], counters[:3], days)
    assert len(found("card-ring", story)) == 2
    sell_on(story, codes, "Merchant of the gang")
    [ring] = found("card-ring", story)
    assert ring.numbers["cards"] == 8


def test_the_same_in_any_order() -> None:
    """The order of the record changes log indexes, and no ring."""
    rings = []
    for turn in (1, -1):
        story = Story()
        counters = town(story, "Any town")
        for day in [20, 47, 75, 101][::turn]:
            drive(story, [f"Any {number}" for number in range(5)][::turn], counters[:3], [day])
        rings.append([(ring.persons, ring.score, ring.cents, ring.numbers) for ring in found("card-ring", story)])
    assert rings[0] == rings[1] != [[]]
