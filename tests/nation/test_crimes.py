"""Each crime really happens in the uploads, stops at custody, and is told by the truth file as it was done."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from ledger.codes import key_of, product_of
from ledger.custody.anomalies import ANOMALIES, Verdict
from ledger.identity.registration import Party, Product
from ledger.limits import NATION_PACKS_MIN, REPEAT_SCAN_SECONDS_MAX
from ledger.log.statement import parse_statement
from ledger.nation import Crime, build
from ledger.nation.crimes import CRIMES
from tests.nation.conftest import START, Played

NAMES = ["card-ring", "resold-after-insured-purchase", "sold-twice"]


def the(played: Played, name: str) -> Crime:
    """Return the one crime of that name."""
    (crime,) = [crime for crime in played.truth.crimes if crime.name == name]
    return crime


def handed_out(played: Played) -> dict[str, list[tuple[str, int, str]]]:
    """Return for each pack (party, time, card) of its dispensings, without double beeps and undone ones."""
    found: dict[str, list[tuple[str, int, str]]] = {}
    for line in played.lines:
        statement = parse_statement(line.submission.statement)
        event = played.fold.events.get(statement.subject)
        if event is None or event.kind not in ("dispensing", "undoing-dispense"):
            continue
        for code in event.codes:
            before = found.setdefault(code, [])
            if event.kind == "undoing-dispense":
                before.pop()
            elif not before or event.event_time - before[-1][1] > REPEAT_SCAN_SECONDS_MAX:
                before.append((statement.issuer, event.event_time, played.fold.cards[event.event_id]))
    return found


def test_every_kind_of_crime_is_in_the_truth(country: Played) -> None:
    """The truth names each crime file once in a small country."""
    assert sorted(crime.name for crime in country.truth.crimes) == NAMES == sorted(CRIMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_crime_is_stopped(country: Played, name: str) -> None:
    """Custody tells `stop` about packs of each crime, at a place that the truth names."""
    crime = the(country, name)
    stops = [
        told
        for told in country.fold.told
        if told.pack in crime.packs and ANOMALIES[told.anomaly].verdict is Verdict.STOP
    ]
    assert stops
    assert {told.issuer for told in stops if told.kind == "dispensing"} <= set(crime.institutions)


@pytest.mark.parametrize("name", NAMES)
def test_the_packs_of_a_crime_were_handed_out_twice(country: Played, name: str) -> None:
    """Each pack was made, handed out and handed out again, at institutions that the truth names."""
    crime, sales = the(country, name), handed_out(country)
    assert crime.packs
    for pack in crime.packs:
        places = [party for party, _, _ in sales[key_of(pack)]]
        assert len(places) == 2
        assert set(places) <= set(crime.institutions)


def test_no_other_pack_was_handed_out_twice(country: Played) -> None:
    """What the truth leaves out was handed out once at most."""
    twice = {code for code, sales in handed_out(country).items() if len(sales) > 1}
    assert twice == {key_of(pack) for pack in country.guilty}


@pytest.mark.parametrize("name", ["card-ring", "resold-after-insured-purchase"])
def test_the_cards_of_a_crime_are_those_that_collected(country: Played, name: str) -> None:
    """The first hand-out of each pack was on a card of the truth, under insurance, and all cards were used."""
    crime, sales = the(country, name), handed_out(country)
    cards = [sales[key_of(pack)][0][2] for pack in crime.packs]
    assert set(cards) == set(crime.persons)
    assert all(country.fold.packs[key_of(pack)].insured for pack in crime.packs)


def test_the_ring_has_several_cards_centres_and_a_merchant(country: Played) -> None:
    """A few cards, several places, dear medicine only, and a distributor that received nothing from a maker."""
    ring = the(country, "card-ring")
    roles = {each.uri: each.roles[0] for each in country.nation.registrations() if isinstance(each, Party)}
    by_role = Counter(roles[uri] for uri in ring.institutions)
    assert len(ring.persons) >= 2
    assert by_role["distributor"] == 1
    assert by_role["dispenser"] >= 3
    assert ring.cents >= 60_000 * len(ring.packs)


def test_money_and_weight_add_up(country: Played) -> None:
    """Cents and kilograms are those of the registered products, each pack counted once."""
    products = {each.id: each for each in country.nation.registrations() if isinstance(each, Product)}
    for crime in country.truth.crimes:
        goods = [products[product_of(key_of(pack))] for pack in crime.packs]
        assert crime.cents == sum(each.price_cents for each in goods)
        assert Decimal(crime.kilograms) == sum(Decimal(each.weight_milligrams // 1_000) for each in goods) / 1_000


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("months", [1, 24])
def test_the_smallest_country_has_every_crime(seed: int, months: int) -> None:
    """Even with the fewest packs that may be asked for, no crime comes to nothing."""
    truth = build(NATION_PACKS_MIN, months, seed, START).truth()
    assert all(len(crime.packs) >= 2 for crime in truth.crimes)


def test_a_large_country_has_more_of_each() -> None:
    """With 40,000 packs there are two crimes of each kind, at different pharmacies with different packs."""
    truth = build(40_000, 1, 1, START).truth()
    assert Counter(crime.name for crime in truth.crimes) == dict.fromkeys(NAMES, 2)
    packs = [pack for crime in truth.crimes for pack in crime.packs]
    assert len(packs) == len(set(packs))
