"""Each kind of noise is in what people upload as often as the table says, and is what its function says.

The counts below are made from deeds alone, not by asking the dice.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime

import pytest

from ledger.codes import key_of
from ledger.limits import CLOCK_SKEW_SECONDS_MAX
from ledger.nation import build
from ledger.nation.deeds import EventDeed
from ledger.nation.noise import Noise
from ledger.nation.rates import RATES
from ledger.papers.contents import Invoice, Prescription, Settlement
from tests.nation.conftest import START, Played
from tests.nation.deeds import Unsigned, honest

DAY = 86_400


def seconds(text: str) -> int:
    """Read a paper's time."""
    return int(datetime.fromisoformat(text).timestamp())


# -- how often: (how often it was seen, of how many)


def repeats(played: Unsigned) -> tuple[int, int]:
    """Count the same act on the same codes at the same place within a minute."""
    last: dict[tuple[str, int, str, str], int] = {}
    seen = 0
    acts = played.of("dispensing", "receiving")
    for event in sorted(acts, key=lambda event: event.time):
        key = (event.kind, event.place.number, " ".join(event.codes), str(event.destination))
        seen += event.time - last.get(key, 0) < 60
        last[key] = event.time
    return seen, len(acts) - seen


def mistaken(played: Unsigned) -> tuple[int, int]:
    """Count error declarations."""
    return sum(event.happened is not None for event in played.events), len(played.of("dispensing"))


def undone(played: Unsigned) -> tuple[int, int]:
    """Count dispenses that were brought back, among those that were not settled late."""
    return len(played.of("undoing-dispense")), len(played.of("dispensing"))


def checked(played: Unsigned) -> tuple[int, int]:
    """Count patients' looks at packs."""
    return len(played.of("inspecting")), sum(len(event.codes) for event in played.of("dispensing"))


def refused(played: Unsigned) -> tuple[int, int]:
    """Count refusals at the door."""
    return len(played.of("refusing")), len(played.of("shipping"))


def typed(played: Unsigned) -> tuple[int, int]:
    """Count receivings whose batch was typed in."""
    receivings = played.of("receiving")
    return sum(bool(event.batch) for event in receivings), len(receivings)


def returned(played: Unsigned) -> tuple[int, int]:
    """Count reversed invoices: one for each delivery of which something went back."""
    invoices = [paper.content for paper in played.paper("invoice") if isinstance(paper.content, Invoice)]
    shops = {place.party for place in played.country.places.dispensers}
    sold = [invoice for invoice in invoices if invoice.buyer in shops]
    back = sum(invoice.reverses is not None for invoice in sold)
    return back, len(sold) - 2 * back


def by_hand(kind: str) -> Callable[[Unsigned], tuple[int, int]]:
    """Return a count of the paper prescriptions of one kind of place."""

    def count(played: Unsigned) -> tuple[int, int]:
        found = [
            paper.content
            for paper in played.paper("prescription")
            if paper.place.kind == kind and isinstance(paper.content, Prescription)
        ]
        return sum(content.medium == "paper" for content in found), len(found)

    return count


def settled_late(played: Unsigned) -> tuple[int, int]:
    """Count settlements that came more than a day after the prescription and the slowest line."""
    written = {paper.id: seconds(paper.content.time) for paper in played.paper("prescription")}  # type: ignore[union-attr]
    first = [s for s in settlements(played) if s.reverses is None and not s.lines[0].split]
    late = sum(seconds(s.time) - written[s.prescription or ""] > 5 * DAY for s in first)
    return round(late * 19 / 15), len(first)  # late ones are one to twenty days late


def doubled(played: Unsigned) -> tuple[int, int]:
    """Count prescriptions that were settled twice for the same codes."""
    times: Counter[tuple[str, str]] = Counter()
    for settlement in settlements(played):
        if settlement.reverses is None and not settlement.lines[0].split:
            times[settlement.prescription or "", str(settlement.lines)] += 1
    return sum(count > 1 for count in times.values()), len(times)


def elsewhere(played: Unsigned) -> tuple[int, int]:
    """Count settlements of chains that name another branch than the one that handed out."""
    site = {code: event.place.site for event in played.of("dispensing") for code in event.codes}
    chains = {branches[0].party for branches in played.country.places.chains.values()}
    of_chains = [s for s in settlements(played) if s.institution in chains and s.reverses is None]
    return sum(s.site != site[(s.lines[0].codes or [""])[0]] for s in of_chains), len(of_chains)


def settlements(played: Unsigned) -> list[Settlement]:
    """Return every settlement."""
    return [paper.content for paper in played.paper("settlement") if isinstance(paper.content, Settlement)]


def written_off(played: Unsigned) -> tuple[int, int]:
    """Count boxes missing at a stock-take."""
    found = [
        event
        for event in played.of("loss", "destroying")
        if event.place.kind not in ("maker", "distributor") and len(event.codes) <= 2
    ]
    return len(found), 12 * len(played.country.places.dispensers)


MEASURED = {
    "double-beep": repeats,
    "mistaken-scan": mistaken,
    "undone-dispense": undone,
    "patient-check": checked,
    "refused-delivery": refused,
    "wrong-batch": typed,
    "return": returned,
    "paper-at-hospital": by_hand("hospital"),
    "paper-at-centre": by_hand("centre"),
    "late-settlement": settled_late,
    "doubled-settlement": doubled,
    "wrong-site": elsewhere,
    "stock-loss": written_off,
}


@pytest.mark.parametrize("kind", MEASURED)
def test_the_rate_is_the_tables(kind: str) -> None:
    """What is seen in the uploads is the rate of the table, within four deviations and a quarter of it."""
    seen, of = MEASURED[kind](honest())
    share = RATES[kind].per_thousand / 1_000
    expected = of * share
    assert expected > 3
    assert abs(seen - expected) < 4 * (expected * (1 - share)) ** 0.5 + expected / 4


@pytest.mark.parametrize("kind", sorted(set(RATES) - {"recall"}))
def test_the_dice_are_asked_and_honest(kind: str) -> None:
    """Every row of the table is in use, and the dice fall as it says."""
    chance = honest().country.chances[kind]
    assert chance.asked > 0
    share = min(1.0, RATES[kind].per_thousand / 1_000)
    expected = chance.asked * share
    # Places that write by hand differ from each other: few places, few of their habits.
    spread = 0.5 if kind.startswith("paper") else 0.0
    assert abs(chance.happened - expected) <= 4 * (expected * (1 - share)) ** 0.5 + 1 + expected * spread


def test_a_wrong_rate_would_be_seen() -> None:
    """Held against ten times its rate, a kind that is measured fails: the test above can fail."""
    seen, of = MEASURED["double-beep"](honest())
    expected = of * RATES["double-beep"].per_thousand * 10 / 1_000
    assert abs(seen - expected) > 4 * expected**0.5 + expected / 4


# -- what it is


def test_mistaken_scans_are_taken_back_by_their_author() -> None:
    """The declaration has the event's own id, codes and time, minutes later, and comes from the same place."""
    played = honest()
    made = {event.id: event for event in played.events if event.happened is None}
    for declared in (event for event in played.events if event.happened is not None):
        mistaken = made[declared.id]
        assert (declared.place, declared.codes, declared.happened) == (mistaken.place, mistaken.codes, mistaken.time)
        assert 0 < declared.time - mistaken.time < 600


def test_corrected_packs_are_sold_to_others_later(country: Played) -> None:
    """A pack that was scanned by mistake stands where it stood, and nothing stops its sale."""
    fold = country.fold
    assert fold.taken_back
    assert all(fold.events[name].kind == "dispensing" for name in fold.taken_back)


def test_wrong_clocks_are_told(country: Played) -> None:
    """Clocks that go more than five minutes ahead are remarked; they are shops', and few."""
    clocks = honest().country.stage.skews
    ahead = [wrong for stretches in clocks.values() for *_, wrong in stretches]
    assert any(wrong > CLOCK_SKEW_SECONDS_MAX for wrong in ahead)
    assert any(wrong < 0 for wrong in ahead)
    shops = {place.number for place in honest().country.places.dispensers}
    assert set(clocks) <= shops


def test_overlooked_boxes_are_received_later() -> None:
    """Every code that was shipped to a shop is received there once at least, or refused, in the end."""
    played = honest()
    received: defaultdict[str, set[str]] = defaultdict(set)
    for event in played.of("receiving", "refusing"):
        for code in event.codes:
            received[code].add(event.place.party)
    end = played.country.stage.end
    shipped = [event for event in played.of("shipping") if event.time < end - 3 * DAY]
    lost = [
        event
        for event in shipped
        if event.destination not in {event.place.party}
        and any(event.destination not in received[code] for code in event.codes)
    ]
    assert lost == []


def test_branches_even_out_stock() -> None:
    """Packs go from one branch to another of the same party; some arrivals are never scanned."""
    played = honest()
    moved = [event for event in played.of("shipping") if event.destination == event.place.party]
    assert moved
    scanned = {code for event in played.of("receiving") for code in event.codes if is_branch(played, event)}
    assert any(set(event.codes) <= scanned for event in moved)


def is_branch(played: Unsigned, event: EventDeed) -> bool:
    """Say whether the place of an event belongs to a chain."""
    return event.place.owner in played.country.places.chains


def test_returned_goods_are_credited() -> None:
    """Goods that go back cancel their invoice; what was kept is invoiced anew, for the same price."""
    invoices = {
        paper.content.id: paper.content for paper in honest().paper("invoice") if isinstance(paper.content, Invoice)
    }
    cancelled = [invoice for invoice in invoices.values() if invoice.reverses is not None]
    assert cancelled
    for each in cancelled:
        assert each.reverses is not None
        before = invoices[each.reverses]
        assert (before.seller, before.buyer, before.amount) == (each.seller, each.buyer, each.amount)


def test_some_invoices_come_weeks_after_the_goods() -> None:
    """Most invoices are written with the shipment; some come from three days on."""
    played = honest()
    shipped: defaultdict[tuple[str, str | None], list[int]] = defaultdict(list)
    for event in played.of("shipping"):
        shipped[event.place.party, event.destination].append(event.time)
    alone = 0
    for paper in played.paper("invoice"):
        content = paper.content
        assert isinstance(content, Invoice)
        if content.reverses is None:
            alone += seconds(content.time) not in shipped[content.seller, content.buyer]
    assert 0.02 < alone / len(played.paper("invoice")) < 0.08


def test_split_packs_are_paid_for_in_parts() -> None:
    """A ward's pack is handed out to several patients, the last of whom empties it; each part is settled."""
    played = honest()
    parts = Counter(event.codes[0] for event in played.of("dispensing") if event.partial)
    assert parts
    split = [s for s in settlements(played) if s.lines[0].split]
    paid = Counter((s.lines[0].codes or [""])[0] for s in split)
    for code, count in parts.items():
        assert paid[code] in (count, count + 1)  # the last part is no longer partial, or after the end
    assert all(key_of(code) for code in parts)


def test_shortages_stop_deliveries_and_make_people_buy_ahead() -> None:
    """While a product is short nothing of it leaves its maker; when they hear of it people buy more at once."""
    played = honest()
    ((goods, begin, end),) = Noise(build(60_000, 12, 10, START, crimes="none")._settled())._shortages

    def codes(event: EventDeed) -> int:
        return sum(key_of(code).startswith(goods.product[:6]) for code in event.codes)

    makers = [event for event in played.of("shipping") if event.place.kind == "maker" and codes(event)]
    assert any(event.time < begin for event in makers)
    assert any(event.time >= end for event in makers)
    assert not any(begin <= event.time < end for event in makers)
    sales = [event for event in played.of("dispensing") if codes(event) and not event.partial]
    rumour = [codes(event) for event in sales if begin <= event.time < begin + 8 * DAY]
    before = [codes(event) for event in sales if begin - 60 * DAY <= event.time < begin]
    assert sum(rumour) / len(rumour) > sum(before) / len(before)
