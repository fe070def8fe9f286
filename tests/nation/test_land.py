"""The land and its people: places where distances mean something, households, carers, movers, habits."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import groupby
from random import Random

import pytest

from ledger.identity.registration import Party, Site
from ledger.nation import build
from ledger.nation.deeds import PaperDeed
from ledger.nation.land import kilometres, survey
from ledger.papers.contents import Prescription, Settlement
from tests.nation.conftest import START
from tests.nation.deeds import honest

DAY = 86_400


@pytest.mark.parametrize("count", [4, 28, 300, 10_280])
def test_towns_are_apart_and_counties_hold_together(count: int) -> None:
    """Towns of one county are within forty kilometres, other provinces a day's drive away; codes are per county."""
    towns = survey(count, Random(1))
    assert len(towns) == count
    assert len({town.region for town in towns}) == towns[-1].county + 1
    assert all(re.fullmatch("9[5-7][0-9]{4}", town.region) for town in towns)
    for _, county in groupby(towns[:400], key=lambda town: town.county):
        points = [town.point for town in county]
        assert all(kilometres(points[0], point) < 40 for point in points)
    first, last = towns[0], towns[-1]
    assert first.province == 0
    assert last.province in (1, 2)
    assert kilometres(first.point, last.point) > 500
    assert all(37 * 10_000 <= town.point.north < 50 * 10_000 for town in towns)


def test_every_site_says_where_it_is() -> None:
    """Registrations carry locations, near the town's other places; chains are one party with several sites."""
    registered = list(build(20_000, 3, 1, START).registrations())
    sites = [each for each in registered if isinstance(each, Site)]
    assert all(site.degrees is not None for site in sites)
    per_party = Counter(site.party for site in sites)
    assert max(per_party.values()) > 1
    assert set(per_party) == {each.uri for each in registered if isinstance(each, Party)}
    roles = {role for each in registered if isinstance(each, Party) for role in each.roles}
    assert {"insurer", "medicine", "commerce", "tax", "police"} <= roles


def test_households_and_streets_are_neighbours() -> None:
    """A household lives in one street of its town's county; streets have some dozens of people."""
    people = honest().country.people
    homes: defaultdict[str, list[int]] = defaultdict(list)
    streets: Counter[str] = Counter()
    for town in people.towns:
        for person in town:
            homes[person.household].append(person.number)
            streets[person.residence] += 1
            assert person.residence[:6] == honest().country.places.towns[person.town].region
            assert len(person.residence) == 9
    assert all(1 <= len(numbers) <= 4 for numbers in homes.values())
    assert all(numbers[-1] - numbers[0] == len(numbers) - 1 for numbers in homes.values())
    assert 2 < sum(len(numbers) for numbers in homes.values()) / len(homes) < 3
    assert max(streets.values()) <= 60


def test_people_are_made_the_same_every_time() -> None:
    """A person asked for twice is equal, and equal to nobody else."""
    people = honest().country.people
    assert people.person(7) == people.towns[0][6]
    assert len({people.person(number) for number in range(1, 101)}) == 100
    assert [person.number for person in people.towns[1][:3]] == list(people.numbers(1))[:3]


def patients(paper: PaperDeed) -> tuple[str, str]:
    """Return the card of a paper, and the residence that it tells."""
    assert paper.personal is not None
    return paper.personal.patient.id_number, paper.personal.residence or ""


def test_carers_fetch_for_both_parents_on_one_day() -> None:
    """Whoever fetches for somebody lives next door, and fetches for a couple on the same day."""
    played = honest()
    visits: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    for event in played.of("dispensing"):
        personal = event.personal
        assert personal is not None
        if personal.pickup is not None:
            visits[personal.pickup.id_number, event.time // DAY].add(personal.patient.id_number)
    assert visits
    assert max(len(cards) for cards in visits.values()) == 2
    for (carer, _), cards in visits.items():
        assert carer not in cards
        assert all(abs(int(card[4:]) - int(carer[4:])) < 8 for card in cards)
    assert sum(len(cards) == 2 for cards in visits.values()) > 20


def test_movers_are_known_at_their_new_home() -> None:
    """Somebody who moves is settled under the new residence afterwards, in another county or the same."""
    played = honest()
    seen: defaultdict[str, list[str]] = defaultdict(list)
    for paper in sorted(played.paper("settlement"), key=lambda paper: paper.time):
        card, residence = patients(paper)
        if not seen[card] or seen[card][-1] != residence:
            seen[card].append(residence)
    moved = {card: homes for card, homes in seen.items() if len(homes) > 1}
    assert moved
    for card, homes in moved.items():
        person = played.country.people.person(int(card[4:]))
        assert homes == [person.residence, person.new_residence]


def test_everyday_medicine_is_fetched_together_and_in_time() -> None:
    """Who takes two medicines gets both on one prescription, for one to three months, never for more than twelve weeks
    and some days."""
    played = honest()
    lines = []
    for paper in played.paper("prescription"):
        assert isinstance(paper.content, Prescription)
        lines.append(paper.content.lines)
    assert sum(len(each) > 1 for each in lines) > len(lines) / 20
    assert max(line.days for each in lines for line in each) <= 120
    assert {1, 2, 3} <= {line.packs for each in lines for line in each}


def test_winter_brings_more_illness_than_summer() -> None:
    """In the winter months at least a third more of the cold medicine is handed out than in summer."""
    played = honest()
    months: Counter[int] = Counter()
    for event in played.of("dispensing"):
        packs = sum(code.startswith("urn:nmpa:dtc:8990011") for code in event.codes)
        months[(event.time - START) // (30 * DAY)] += packs
    assert months[1] + months[2] > 1.3 * (months[7] + months[8])


def test_some_are_seen_by_several_hospitals() -> None:
    """The gravely ill are honest, and settled at more institutions than nearly anybody else."""
    played = honest()
    where: defaultdict[str, set[str]] = defaultdict(set)
    for paper in played.paper("settlement"):
        assert isinstance(paper.content, Settlement)
        where[patients(paper)[0]].add(paper.content.institution)
    roaming = [card for card in where if played.country.people.person(int(card[4:])).roams]
    assert roaming
    mean = sum(map(len, where.values())) / len(where)
    assert sum(len(where[card]) for card in roaming) / len(roaming) > 2 * mean
