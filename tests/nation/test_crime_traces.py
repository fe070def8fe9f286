"""Each crime leaves the traces that it claims: one test for each kind."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from itertools import pairwise

from ledger.codes import key_of, product_of
from ledger.nation import build
from ledger.nation.deeds import EventDeed
from ledger.nation.goods import PRODUCTS
from ledger.papers.contents import Invoice, Prescription, Settlement
from tests.nation.conftest import START
from tests.nation.spy import Watched, alone, card_of, codes_of, the

DAY = 86_400


def twice(watched: Watched) -> list[str]:
    """Return the packs of the crime that were handed out more than once, minutes aside."""
    sold = watched.handed_out()
    return [pack for pack in the(watched).packs if len(sold[pack]) > 1 and sold[pack][-1][0] - sold[pack][0][0] > DAY]


def prescriptions(watched: Watched) -> list[Prescription]:
    """Return the prescriptions that the crime wrote."""
    return [
        seen.deed.content for seen in watched.seen
        if seen.criminal and "sell" not in seen.by and isinstance(getattr(seen.deed, "content", None), Prescription)
    ]  # fmt: skip


def settlements(watched: Watched) -> list[Settlement]:
    """Return the settlements of the crime."""
    return [deed.content for deed in watched.papers(Settlement, criminal=True)]


def invoices(watched: Watched) -> list[Invoice]:
    """Return the invoices that the crime wrote."""
    return [deed.content for deed in watched.papers(Invoice, criminal=True)]


def per_cent(watched: Watched, invoice: Invoice) -> int:
    """Return the price of an invoice in per cent of the list."""
    (line,) = invoice.lines
    (cents,) = {goods.cents for goods in goods_of(line.product)}
    return round(int(line.amount.replace(".", "")) * 100 / (cents * line.packs))


def goods_of(product: str) -> list:
    """Return the goods with that product number."""
    return [goods for goods in PRODUCTS if goods.product == product]


def home_of(watched: Watched, card: str) -> int:
    """Return the town of a card's owner."""
    return next(person.town for person in people(watched) if person.card == card)


@cache
def _people(packs: int, months: int, seed: int) -> list:
    country = build(packs, months, seed, START, "none")._settled()
    return [person for town in country.people.towns for person in town]


def people(watched: Watched) -> list:
    """Return everybody who lives in the country."""
    return _people(watched.truth.packs, watched.truth.months, watched.truth.seed)


def test_sold_twice() -> None:
    """Every pack was handed out twice, at one and the same pharmacy."""
    watched = alone("sold-twice")
    crime = the(watched)
    assert twice(watched) == crime.packs
    assert [watched.kind_of(party) for party in crime.institutions] == ["pharmacy"]
    assert crime.persons == []


def test_resold_after_insured_purchase() -> None:
    """One card, paid for by the insurer; the same packs at a pharmacy of another town within days."""
    watched = alone("resold-after-insured-purchase")
    crime, sold, paid = the(watched), watched.handed_out(), watched.settled()
    (card,) = crime.persons
    assert len(twice(watched)) > len(crime.packs) // 2
    for pack in twice(watched):
        (_, collected, by), (_, resold, _) = sold[pack][0], sold[pack][-1]
        assert by == card
        assert paid[pack][0][2] == card
        assert collected.town != resold.town


def test_card_ring() -> None:
    """Cards meet at centres in batches; a dealer's firm is invoiced the street's price; packs come back."""
    watched = alone("card-ring")
    crime = the(watched)
    kinds = Counter(watched.kind_of(party) for party in crime.institutions)
    assert len(crime.persons) >= 4
    assert kinds["merchant"] == 2
    assert kinds["centre"] >= 3
    meetings: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    collected = [seen.deed for seen in watched.seen if seen.criminal and "collect" in seen.by]
    for deed in collected:
        if isinstance(deed, EventDeed):
            meetings[deed.place.party, deed.time // DAY].add(card_of(deed))
    assert sum(len(cards) >= 2 for cards in meetings.values()) > len(meetings) // 2
    prices = [per_cent(watched, invoice) for invoice in invoices(watched)]
    assert any(40 <= price <= 50 for price in prices)
    assert max(prices) <= 70
    sold = watched.handed_out()
    back = {place.party for pack in twice(watched) for _, place, _ in sold[pack][1:]}
    assert len(back) >= 2  # the dealer's own pharmacy and others
    homes = Counter(home_of(watched, card) for card in crime.persons)
    assert max(homes.values()) >= 2


def test_code_used_for_another_box() -> None:
    """One shop settles one code three times and more; now and then the claim names another product."""
    watched = alone("code-used-for-another-box")
    paid = watched.settled()
    uses = [len(paid[pack]) for pack in the(watched).packs]
    assert max(uses) >= 4
    wrong = [
        line for each in settlements(watched) for line in each.lines
        if product_of(key_of(line.codes[0])) != line.product
    ]  # fmt: skip
    assert 0 < len(wrong) < len(settlements(watched))


def test_codes_photographed() -> None:
    """Every code is settled at the pharmacy on a paper prescription of the centre, which hands out the box."""
    watched = alone("codes-photographed")
    crime, sold = the(watched), watched.handed_out()
    by_kind = {watched.kind_of(party): party for party in crime.institutions}
    assert set(by_kind) == {"pharmacy", "centre"}
    assert {each.medium for each in prescriptions(watched)} == {"paper"}
    assert {each.institution for each in prescriptions(watched)} == {by_kind["centre"]}
    places = [{place.party for _, place, _ in sold.get(pack, ())} for pack in crime.packs]
    assert sum(each == set(by_kind.values()) for each in places) >= len(places) // 3


def test_settled_twice_across_provinces() -> None:
    """Every code was settled before, on somebody else's card, in a town far from the second."""
    watched = alone("settled-twice-across-provinces")
    paid = watched.settled()
    for pack in the(watched).packs:
        (first, here, one), (second, there, other) = paid[pack][0], paid[pack][-1]
        assert second - first > DAY
        assert here.town != there.town
        assert one != other


def test_remote_swipe() -> None:
    """One dear drug at one pharmacy, on cards from elsewhere, and more of it settled than handed out."""
    watched = alone("remote-swipe")
    crime, sold = the(watched), watched.handed_out()
    (shop,) = {watched.places[each.site] for each in settlements(watched)}
    assert shop.kind == "pharmacy"
    assert len({line.product for each in settlements(watched) for line in each.lines}) == 1
    assert 0 < sum(pack in sold for pack in crime.packs) < len(crime.packs)
    away = [card for card in crime.persons if home_of(watched, card) != shop.town]
    assert len(away) > len(crime.persons) // 2


def test_card_lent() -> None:
    """One card, used in another town than its owner's."""
    watched = alone("card-lent")
    (card,) = the(watched).persons
    used = watched.events("dispensing", criminal=True)
    assert len(used) >= 2
    assert home_of(watched, card) not in {deed.place.town for deed in used}


def test_over_prescribing_doctor() -> None:
    """One doctor, one drug, and each patient gets more than the days between the visits."""
    watched = alone("over-prescribing-doctor")
    crime = the(watched)
    assert len(crime.prescribers) == 1
    visits: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for deed in watched.papers(Prescription, criminal=True):
        (line,) = deed.content.lines
        (goods,) = goods_of(line.product)
        visits[card_of(deed)].append((deed.time, goods.days * line.packs))
    assert set(visits) == set(crime.persons)
    for each in visits.values():
        times = [time for time, _ in each]
        assert sum(days for _, days in each[:-1]) > 1.5 * (max(times) - min(times)) / DAY
    assert crime.end - crime.begin > 60 * DAY


def test_paper_prescription_mill() -> None:
    """A stack of paper prescriptions from one centre within minutes, for many cards, settled at one pharmacy."""
    watched = alone("paper-prescription-mill")
    assert {each.medium for each in prescriptions(watched)} == {"paper"}
    assert len({each.institution for each in prescriptions(watched)}) == 1
    assert len({each.institution for each in settlements(watched)}) == 1
    stacks = Counter(deed.time // DAY for deed in watched.papers(Prescription, criminal=True))
    assert max(stacks.values()) >= 3
    assert len(the(watched).persons) >= 3


def test_department_surge() -> None:
    """One department of one hospital prescribes one drug, and some of the packs turn up at pharmacies."""
    watched = alone("department-surge")
    assert len({each.department for each in prescriptions(watched)}) == 1
    assert {watched.kind_of(each.institution) for each in prescriptions(watched)} == {"hospital"}
    assert len({line.product for each in prescriptions(watched) for line in each.lines}) == 1
    assert watched.events("shipping", criminal=True)
    assert any(watched.kind_of(party) == "pharmacy" for party in the(watched).institutions)


def test_cloned_codes() -> None:
    """The same code is shipped by the merchant to several towns."""
    watched = alone("cloned-codes")
    towns: defaultdict[str, set[int]] = defaultdict(set)
    for deed in watched.events("receiving", criminal=True):
        for code in deed.codes:
            towns[code].add(deed.place.town)
    assert max(len(each) for each in towns.values()) >= 3
    assert invoices(watched)


def test_settled_never_arrived() -> None:
    """The pharmacy is shipped and invoiced packs that it never receives, and settles them."""
    watched = alone("settled-never-arrived")
    crime = the(watched)
    (shop,) = {each.institution for each in settlements(watched)}
    assert {deed.destination for deed in watched.events("shipping", criminal=True)} == {shop}
    received = {
        pack for deed in watched.events("receiving") if deed.place.party == shop
        for pack in watched.packs(deed.codes)
    }  # fmt: skip
    assert not received & set(crime.packs)


def test_goods_without_invoice() -> None:
    """Packs are shipped and received, and nobody invoices anything of it."""
    watched = alone("goods-without-invoice")
    assert watched.events("shipping", criminal=True)
    assert watched.events("receiving", criminal=True)
    assert invoices(watched) == []


def test_three_invoice_chain() -> None:
    """Of one batch there is an invoice to the firm and a dearer one from the firm to the hospital."""
    watched = alone("three-invoice-chain")
    firm = next(party for party in the(watched).institutions if watched.kind_of(party) == "merchant")
    bought = {(each.lines[0].batch, each.lines[0].product) for each in invoices(watched) if each.buyer == firm}
    sold = [each for each in invoices(watched) if each.seller == firm and watched.kind_of(each.buyer) == "hospital"]
    assert sold
    assert all((each.lines[0].batch, each.lines[0].product) in bought for each in sold)
    assert all(per_cent(watched, each) > 100 for each in sold)


def test_makers_diversion() -> None:
    """Cases shipped to a distributor are never received by it, and are received far from its towns."""
    watched = alone("makers-diversion")
    crime = the(watched)
    shipped = [deed for deed in watched.events("shipping", criminal=True) if deed.place.kind == "maker"]
    (named,) = {deed.destination for deed in shipped}
    received = {
        pack for deed in watched.events("receiving") if deed.place.party == named
        for pack in watched.packs(deed.codes)
    }  # fmt: skip
    assert not received & set(crime.packs)
    assert {deed.place.kind for deed in watched.events("receiving", criminal=True)} == {"pharmacy"}


def test_what_rule_authors_are_not_told_first() -> None:
    """Packs are handed out, undone and handed out again, and no settlement of the crime is taken back."""
    watched = alone("returned-not-refunded")
    crime, paid = the(watched), watched.settled()
    undone = {code for deed in watched.events("undoing-dispense", criminal=True) for code in deed.codes}
    assert undone
    back = {
        code for deed in watched.papers(Settlement)
        if deed.content.reverses is not None and card_of(deed) in crime.persons
        for code in codes_of(deed.content)
    }  # fmt: skip
    assert not undone & back
    assert any(len(paid[pack]) > 1 for pack in undone)


def test_what_rule_authors_are_not_told_second() -> None:
    """One pack at a time, weeks apart on each card, all at one centre; some of the packs come back."""
    watched = alone("cards-kept-at-the-centre")
    visits: defaultdict[str, list[int]] = defaultdict(list)
    for deed in watched.events("dispensing", criminal=True):
        if card_of(deed) in the(watched).persons:
            assert len(deed.codes) == 1
            visits[card_of(deed)].append(deed.time)
    assert len({each.institution for each in prescriptions(watched)}) == 1
    gaps = [later - time for times in visits.values() for time, later in pairwise(times)]
    assert min(gaps) > 20 * DAY
