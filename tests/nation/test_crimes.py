"""Each crime really happens, and is told by the truth file as it was done."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from ledger.codes import key_of, product_of
from ledger.custody.anomalies import ANOMALIES, Verdict
from ledger.errors import Misuse
from ledger.identity.registration import Product
from ledger.limits import NATION_PACKS_MIN
from ledger.nation import Crime, build, print_truth
from ledger.nation.crimes import CRIMES
from ledger.nation.deeds import EventDeed
from tests.nation.conftest import START, Played
from tests.nation.spy import Watched, alone, card_of, codes_of, parties_of, the, watch

NAMES = sorted(CRIMES)
ALL = [*NAMES, "thirty-tons"]
DAY = 86_400


# -- all kinds


@pytest.mark.parametrize("name", ALL)
def test_it_happens(name: str) -> None:
    """Asked for alone, there is one crime of that kind, with packs and places, within the country's time."""
    crime = the(alone(name))
    assert crime.name == name
    assert alone(name).truth.asked == [each for each in [name] if each in CRIMES]
    assert [kind.name for kind in alone(name).truth.kinds] == [name]
    assert len(crime.packs) >= 2
    assert crime.institutions
    assert START <= crime.begin < crime.end < START + 190 * DAY


@pytest.mark.parametrize("name", ALL)
def test_the_truth_is_complete(name: str) -> None:
    """Whatever the spy saw a crime do is in its truth: packs, cards, doctors, places and times."""
    watched, crime = alone(name), the(alone(name))
    packs: set[str] = set()
    for seen in watched.seen:
        if not seen.criminal:
            continue
        deed = seen.deed
        codes = deed.codes if isinstance(deed, EventDeed) else codes_of(deed.content)
        packs |= set(watched.packs(codes))
        customer = "sell" in seen.by  # somebody who knows nothing, on an honest doctor's prescription
        if isinstance(deed, EventDeed) or not customer:
            assert parties_of(deed) <= set(crime.institutions)
        if isinstance(deed, EventDeed):
            assert crime.begin <= deed.time <= crime.end
        if deed.personal is not None and not customer:
            assert card_of(deed) in crime.persons
            assert deed.personal.prescriber in (None, *crime.prescribers)
    assert packs == set(crime.packs)


@pytest.mark.parametrize("name", ALL)
def test_the_truth_names_nobody_else(name: str) -> None:
    """Every card, doctor and place of the truth appears in what the crime did, or put on its shelf."""
    watched, crime = alone(name), the(alone(name))
    mine = [seen for seen in watched.seen if seen.criminal]
    collecting = [seen.deed for seen in mine if seen.deed.personal is not None and "sell" not in seen.by]
    assert {card_of(deed) for deed in collecting} == set(crime.persons)
    assert {deed.personal.prescriber for deed in collecting} - {None} == set(crime.prescribers)
    places = {party for seen in mine for party in parties_of(seen.deed)}
    sold = watched.handed_out()
    places |= {place.party for pack in crime.packs for _, place, _ in sold.get(pack, ())}
    assert set(crime.institutions) - places <= shelves_left_full(watched, crime)


def shelves_left_full(watched: Watched, crime: Crime) -> set[str]:
    """Return dispensers: packs of a crime that were put on a shelf unscanned may wait there to the end."""
    return {party for party in crime.institutions if watched.kind_of(party) in ("pharmacy", "centre", "hospital")}


@pytest.mark.parametrize("name", ALL)
def test_money_and_weight_add_up(name: str) -> None:
    """Cents and kilograms are those of the registered products, each pack counted once."""
    registered = build(NATION_PACKS_MIN, 1, 1, START).registrations()
    products = {each.id: each for each in registered if isinstance(each, Product)}
    crime = the(alone(name))
    goods = [products[product_of(key_of(pack))] for pack in crime.packs]
    assert crime.cents == sum(each.price_cents for each in goods)
    assert Decimal(crime.kilograms) == Decimal(sum(each.weight_milligrams for each in goods) // 1_000) / 1_000


@pytest.mark.parametrize("name", NAMES)
def test_it_is_the_same_every_time(name: str) -> None:
    """Committed again with the same seed it is the same; with another seed it is another."""
    assert build(6_000, 6, 11, START, [name]).truth() == alone(name).truth
    assert build(6_000, 6, 12, START, [name]).truth().crimes != alone(name).truth.crimes


def test_a_country_without_crimes_has_none() -> None:
    """Nothing criminal is done, small traders are all the merchants there are, and the truth is empty."""
    watched = watch(6_000, 6, 11, "none")
    assert watched.truth.crimes == watched.truth.kinds == watched.truth.asked == []
    assert not [seen for seen in watched.seen if seen.by]
    places = build(6_000, 6, 11, START, "none")._places
    assert places.merchants == places.backrooms == []
    assert {place.number for place in places.all() if place.kind == "merchant"} == {
        place.number for place in places.traders
    }


def test_the_spy_would_see_a_crime_that_was_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a record that writes nothing down, the spy still has its deeds."""
    monkeypatch.setattr("ledger.nation.crimes.record.Record.note", lambda *_, **__: None)
    watched = watch(6_000, 6, 11, ["sold-twice"])
    assert watched.truth.crimes == []
    assert [seen for seen in watched.seen if seen.criminal]


def test_a_country_has_every_kind_once_it_is_large_enough(country: Played) -> None:
    """With 6,000 packs there is one of each kind; two kinds are marked as hidden."""
    assert sorted(crime.name for crime in country.truth.crimes) == NAMES
    assert [kind.name for kind in country.truth.kinds] == country.truth.asked
    assert sum(kind.hidden for kind in country.truth.kinds) == 2


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("months", [1, 24])
def test_the_smallest_country_has_three_crimes(seed: int, months: int) -> None:
    """Even with the fewest packs that may be asked for, none of the three comes to nothing."""
    truth = build(NATION_PACKS_MIN, months, seed, START).truth()
    assert [crime.name for crime in truth.crimes] == ["sold-twice", "resold-after-insured-purchase", "card-ring"]
    assert all(len(crime.packs) >= 2 for crime in truth.crimes)


def test_a_large_country_has_more_of_each() -> None:
    """With 40,000 packs there are two at the same trade, in different places with different packs."""
    names = ["sold-twice", "resold-after-insured-purchase", "card-lent"]
    truth = build(40_000, 1, 1, START, names).truth()
    assert Counter(crime.name for crime in truth.crimes) == {**dict.fromkeys(names[:2], 2), "card-lent": 4}
    for name in names[:2]:
        first, second = (crime for crime in truth.crimes if crime.name == name)
        assert not set(first.packs) & set(second.packs)


def test_an_unknown_kind_is_refused() -> None:
    """A kind that does not exist is refused, and the refusal tells the open ones and no hidden one."""
    with pytest.raises(Misuse) as refused:
        build(6_000, 6, 1, START, ["treason"])
    assert refused.value.code == "nation-crime"
    told = str(refused.value)
    assert all((name in told) != CRIMES[name].hidden for name in NAMES)


def test_the_order_of_the_names_does_not_matter() -> None:
    """Kinds are committed in the order of their table, however they were asked for."""
    one = build(6_000, 6, 1, START, ["card-lent", "sold-twice"]).truth()
    assert print_truth(one) == print_truth(build(6_000, 6, 1, START, ["sold-twice", "card-lent"]).truth())


STOPPED = [
    "sold-twice", "resold-after-insured-purchase", "card-ring", "code-used-for-another-box",
    "codes-photographed", "settled-twice-across-provinces", "cloned-codes", "department-surge",
]  # fmt: skip


@pytest.mark.parametrize("name", STOPPED)
def test_custody_stops_what_can_be_seen_at_the_counter(country: Played, name: str) -> None:
    """Custody says something is wrong with packs of each of these, at a place that the truth names."""
    (crime,) = [crime for crime in country.truth.crimes if crime.name == name]
    told = [
        told for told in country.fold.told
        if told.pack in crime.packs and ANOMALIES[told.anomaly].verdict is not Verdict.OK
    ]  # fmt: skip
    assert told
    named = {party for each in country.truth.crimes for party in each.institutions}
    assert {each.issuer for each in told if each.kind == "dispensing"} <= named
