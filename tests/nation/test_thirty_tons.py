"""The case of thirty tons, at a size that takes seconds: collected, stored, partly sold, and seized."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from ledger.codes import key_of, read, uri_of
from ledger.errors import CodeFault, Misuse
from ledger.nation import Nation, build
from ledger.nation.crimes import seizure
from ledger.nation.deeds import PaperDeed
from ledger.papers.contents import Seizure
from tests.nation.conftest import START
from tests.nation.spy import WAREHOUSE, Watched, alone, card_of, the

DAY = 86_400


@pytest.fixture(scope="module")
def watched() -> Watched:
    """Return a country in which nothing else is done."""
    return alone("thirty-tons")


@pytest.fixture(scope="module")
def nation() -> Nation:
    """Return the same country, to be asked for its list."""
    return build(6_000, 6, 11, START, "none", thirty_tons=WAREHOUSE)


def seizures(watched: Watched) -> list[Seizure]:
    """Return the papers of the police."""
    return [deed.content for deed in watched.papers(Seizure)]


def test_the_police_find_what_was_asked_for(watched: Watched) -> None:
    """The warehouse holds about as many packs as were asked for, and they weigh what the papers say."""
    papers = seizures(watched)
    found = sum(len(paper.codes or ()) + (paper.unreadable or 0) for paper in papers)
    assert WAREHOUSE * 0.9 <= found <= WAREHOUSE * 1.02
    assert 0 < sum(paper.unreadable or 0 for paper in papers) < found // 10
    kilograms = sum(Decimal(paper.kilograms or 0) for paper in papers)
    each = Decimal(the(watched).kilograms) / len(the(watched).packs)
    assert Decimal("0.9") < kilograms / found / each < Decimal("1.1")
    assert Decimal("0.035") < kilograms / found < Decimal("0.045")


def test_every_seized_pack_was_collected(watched: Watched) -> None:
    """Each code on the papers is a pack of the crime, last handed out on one of its cards, and seized once."""
    crime, sold = the(watched), watched.handed_out()
    codes = [code for paper in seizures(watched) for code in paper.codes or ()]
    assert len(codes) == len(set(codes))
    assert set(codes) <= set(crime.packs)
    assert {sold[code][-1][2] for code in codes} <= set(crime.persons)


def test_the_papers_are_signed_by_the_police(watched: Watched) -> None:
    """One file number, and nothing collected after the police came."""
    papers = [deed for deed in watched.papers(Seizure) if isinstance(deed, PaperDeed)]
    assert {deed.place.kind for deed in papers} == {"police"}
    assert len({deed.content.case for deed in papers}) == 1
    collected = [seen.deed.time for seen in watched.seen if seen.criminal and "collect" in seen.by]
    assert max(collected) < min(deed.time for deed in papers)


def test_several_papers_when_one_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """No paper names more codes than a paper may, and together they name them all."""
    monkeypatch.setattr(seizure, "CODES_PER_EVENT_MAX", 400)
    packs = sum(len(paper.codes or ()) for paper in seizures(alone("thirty-tons")))
    alone.cache_clear()
    papers = seizures(alone("thirty-tons"))
    alone.cache_clear()
    assert len(papers) == -(-packs // 400)
    assert max(len(paper.codes or ()) for paper in papers) == 400
    assert [bool(paper.unreadable) for paper in papers] == [False] * (len(papers) - 1) + [True]


def test_it_is_a_large_ring(watched: Watched) -> None:
    """Cards of neighbours, many centres, batches of cards in a row, a part back in trade."""
    crime = the(watched)
    centres = {party for party in crime.institutions if watched.kind_of(party) == "centre"}
    assert len(crime.persons) >= 8
    assert len(centres) >= 4
    collected = [seen.deed for seen in watched.seen if seen.criminal and "collect" in seen.by]
    meetings = Counter((deed.place.party, deed.time // DAY) for deed in collected)
    assert max(meetings.values()) > 5
    cards = Counter(card_of(deed) for deed in collected if deed.personal is not None)
    assert min(cards.values()) > 20
    seized = {code for paper in seizures(watched) for code in paper.codes or ()}
    sold = watched.handed_out()
    back = [pack for pack in crime.packs if len({place.party for _, place, _ in sold[pack]}) > 1]
    assert back
    assert not seized & set(back)


def test_trade_goes_on_as_without_it(watched: Watched) -> None:
    """What is collected is made on top of the trade: the country asked for has its packs besides."""
    made = sum(
        1
        for deed in watched.events("commissioning")
        for code in deed.codes
        if code not in watched.inside
    )
    assert made > 6_000 + WAREHOUSE
    assert watched.truth.packs == 6_000
    assert watched.truth.thirty_tons == WAREHOUSE


def test_the_list_has_the_faults_of_a_real_one(nation: Nation, watched: Watched) -> None:
    """Most lines read as packs of the crime; some twice, some not at all, some as nobody's packs."""
    crime = {key_of(pack) for pack in the(watched).packs}
    keys, faults = Counter(), Counter()
    for line in nation.seizure_list():
        assert "\n" not in line
        try:
            keys[read(line).key] += 1
        except CodeFault as fault:
            faults[fault.code.split("-")[0]] += 1
    readable = {key_of(code) for paper in seizures(watched) for code in paper.codes or ()}
    assert set(keys) & crime <= readable
    assert len(readable - set(keys)) < len(readable) // 50
    assert sum(count > 1 for count in keys.values()) > 3
    assert len(set(keys) - crime) > 2
    assert faults["code"] > 3


def test_the_list_is_the_same_every_time(nation: Nation) -> None:
    """Asked for twice, and of the same country made again, it is the same list."""
    lines = list(nation.seizure_list())
    assert lines == list(nation.seizure_list())
    assert lines == list(build(6_000, 6, 11, START, "none", thirty_tons=WAREHOUSE).seizure_list())


def test_a_country_without_the_case_has_no_list() -> None:
    """No police, no list."""
    assert list(build(400, 1, 1, START).seizure_list()) == []
    assert build(400, 1, 1, START).truth().thirty_tons == 0


def test_a_warehouse_larger_than_the_trade_is_refused() -> None:
    """The case needs a country around it."""
    with pytest.raises(Misuse) as refused:
        build(6_000, 6, 11, START, thirty_tons=6_001)
    assert refused.value.code == "nation-size"


def test_other_crimes_go_on_beside_it() -> None:
    """With everything at once, each kind is still there, and the great case is the last."""
    truth = build(6_000, 6, 11, START, thirty_tons=WAREHOUSE).truth()
    assert truth.crimes[-1].name == "thirty-tons"
    assert len(truth.kinds) > 10
    assert uri_of(key_of(truth.crimes[-1].packs[0])) == truth.crimes[-1].packs[0]
