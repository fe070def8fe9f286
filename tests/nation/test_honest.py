"""Honest trade, with all its noise, is recorded without a single `stop`; and nothing of it is missing."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from ledger.codes import key_of
from ledger.custody.anomalies import ANOMALIES, Verdict
from ledger.custody.event import parse_event
from ledger.custody.state import State
from ledger.identity.registration import Key, Party, kind_of, make_registration, parse_registration
from ledger.limits import OFFLINE_SECONDS_MAX, REPEAT_SCAN_SECONDS_MAX
from ledger.log.statement import parse_statement
from ledger.nation.rates import RATES
from ledger.papers.contents import Settlement
from ledger.submission import Submission, UploadLine, parse_line, print_line
from tests.nation.conftest import Played, play
from tests.nation.fold import Fold


def honest_stops(played: Played) -> list[tuple[str, str]]:
    """Return (kind, anomaly) of every `stop` on a pack of no crime."""
    return [
        (told.kind, told.anomaly)
        for told in played.fold.told
        if ANOMALIES[told.anomaly].verdict is Verdict.STOP and told.pack not in played.guilty
    ]


def test_honest_trade_is_never_stopped(country: Played) -> None:
    """Every `stop` is about a pack of a crime."""
    assert honest_stops(country) == []


@pytest.mark.parametrize(("packs", "months", "seed"), [(400, 1, 1), (400, 24, 2), (1_000, 1, 3), (1_500, 9, 4)])
def test_small_short_and_long_countries_are_never_stopped(packs: int, months: int, seed: int) -> None:
    """The bounds of size and time leave honest trade as clean as the middle does."""
    assert honest_stops(play(packs, months, seed)) == []


def test_a_country_without_crimes_is_never_stopped(honest: Played) -> None:
    """Where nobody does wrong, no pack at all is stopped."""
    assert honest.truth.crimes == []
    assert honest_stops(honest) == []


def test_an_honest_stop_would_be_seen(country: Played) -> None:
    """Leaving the crimes' packs out of the truth shows the stops that the tests above look for."""
    innocent = country._replace(truth=msgspec.structs.replace(country.truth, crimes=[]))
    assert ("dispensing", "already-dispensed-elsewhere") in honest_stops(innocent)


def test_nothing_that_is_uploaded_is_refused_by_its_form(country: Played) -> None:
    """The ledger's own reader of upload files takes every line back, byte for byte."""
    for line in country.lines[::50]:
        assert parse_line(print_line(line)) == line


def test_a_flipped_bit_is_noticed(country: Played) -> None:
    """The small ledger of these tests checks signatures and digests: an altered body does not enter."""
    line = country.lines[0]
    body = line.submission.body.replace(b'"commissioning"', b'"Commissioning"')
    assert body != line.submission.body
    altered = UploadLine(Submission(line.submission.statement, body), line.received)
    with pytest.raises(AssertionError):
        Fold(country.nation.registrations()).enter(altered)


def test_exactly_as_many_packs_are_made_as_were_asked_for(country: Played) -> None:
    """6,000 packs are commissioned once each, by products that are packs and not cases."""
    cases = {event.parent for event in country.fold.events.values() if event.parent is not None}
    made = Counter(code for event in events(country, "commissioning") for code in event.codes)
    assert len(made.keys() - cases) == 6_000
    assert set(made.values()) == {1}


def wrong_clocks(played: Played) -> set[bytes]:
    """Return the keys of the stations whose clock is wrong for some time."""
    country = played.nation._settled()
    places = [place for place in country.places.all() if place.number in country.stage.skews]
    return {place.key.public.thumbprint() for place in places}


def test_uploads_come_in_the_order_of_receipt(country: Played) -> None:
    """`received` never falls, and nothing that a right clock tells is received before it is claimed to happen."""
    received = [line.received or 0 for line in country.lines]
    assert received == sorted(received)
    wrong = wrong_clocks(country)
    for line in country.lines:
        statement = parse_statement(line.submission.statement)
        assert statement.kid in wrong or statement.issued_at < (line.received or 0)


def test_each_station_keeps_the_order_of_its_own_deeds(country: Played) -> None:
    """What a station with a right clock did later is received later, outages or not."""
    last: dict[bytes, int] = {}
    wrong = wrong_clocks(country)
    for line in country.lines:
        statement = parse_statement(line.submission.statement)
        assert statement.kid in wrong or last.get(statement.kid, 0) <= statement.issued_at
        last[statement.kid] = statement.issued_at


def test_every_registration_reads_back(country: Played) -> None:
    """Registrations are canonical, and every party has a key for its one station."""
    registered = country.nation.registrations()
    for each in registered:
        assert parse_registration(kind_of(each), make_registration(each)) == each
    assert sum(isinstance(each, Key) for each in registered) == sum(isinstance(each, Party) for each in registered)


def test_every_trading_party_speaks(country: Played) -> None:
    """No party in trade is scenery: each signs something. Offices wait until there is something to sign."""
    trade = {"manufacturer", "distributor", "dispenser", "insurer"}
    parties = [each for each in country.nation.registrations() if isinstance(each, Party)]
    silent = {each.uri for each in parties if trade & set(each.roles)}
    silent -= {parse_statement(line.submission.statement).issuer for line in country.lines}
    assert silent == set()


def test_papers_refer_to_papers_that_exist(country: Played) -> None:
    """A settlement names a prescription recorded before, for the same card; a reversal names a settlement."""
    fold = country.fold
    settlements = [p.content for p in fold.papers.values() if isinstance(p.content, Settlement)]
    for settlement in settlements:
        assert settlement.prescription in fold.papers
        assert fold.cards[settlement.prescription] == fold.cards[settlement.id]
        if settlement.reverses is not None:
            assert fold.papers[settlement.reverses].codes == fold.papers[settlement.id].codes
    assert any(settlement.reverses is not None for settlement in settlements)


def test_every_insured_dispensing_is_settled_once(honest: Played) -> None:
    """Double beeps, undone and mistaken ones aside, the insurer pays once for each insured dispensing."""
    handed_out: Counter[str] = Counter()
    last: dict[str, tuple[int, bool]] = {}
    for event in sorted(honest.fold.events.values(), key=lambda event: event.event_time):
        for code in event.codes:
            if event.kind == "dispensing" and event.event_id not in honest.fold.taken_back:
                if event.event_time - last.get(code, (-REPEAT_SCAN_SECONDS_MAX, False))[0] >= REPEAT_SCAN_SECONDS_MAX:
                    handed_out[code] += event.insured
                last[code] = event.event_time, event.insured
            elif event.kind == "undoing-dispense":
                handed_out[code] -= last[code][1]
    paid: Counter[str] = Counter()
    for paper in honest.fold.papers.values():
        if isinstance(paper.content, Settlement):
            for code in paper.codes:
                paid[code] += 1 if paper.content.reverses is None else -1
    assert +paid == +handed_out


# -- one test for each kind of noise: it happens, and it is what its function says


def events(played: Played, kind: str) -> list:
    """Return the events of a kind."""
    return [event for event in played.fold.events.values() if event.kind == kind]


def test_every_rate_has_its_reason() -> None:
    """The table tells why, and no rate is more than always."""
    for rate in RATES.values():
        assert rate.reason
        assert 0 < rate.per_thousand <= 1_000


def test_scanners_beep_twice(country: Played) -> None:
    """Some acts come twice within a minute, and are told as repeats of a dispensing and of a receiving."""
    repeats = {told.kind for told in country.fold.told if told.anomaly == "repeat-scan"}
    assert {"dispensing", "receiving"} <= repeats


def test_offline_stations_upload_late(country: Played) -> None:
    """Some uploads come hours after the act, none so late that the custody rules doubt the clock."""
    late = [
        (line.received or 0) - parse_statement(line.submission.statement).issued_at for line in country.lines
    ]
    assert 3_600 < max(late) < OFFLINE_SECONDS_MAX


def test_dispenses_are_undone(country: Played) -> None:
    """Packs come back to the shop that sold them, and some are sold to somebody else later."""
    undone = {code for event in events(country, "undoing-dispense") for code in event.codes}
    assert undone
    again = Counter(code for event in events(country, "dispensing") for code in event.codes)
    assert any(again[code] > 1 for code in undone)


def test_whole_cases_are_sold_from(country: Played) -> None:
    """Some packs are dispensed while still in their case by the records, others after an unpacking."""
    fold = Fold(country.nation.registrations())
    inside = 0
    for line in country.lines:
        if parse_statement(line.submission.statement).kind == "dispensing":
            codes = parse_event(line.submission.body).codes
            inside += any(fold.packs[code].parent is not None for code in codes)
        fold.enter(line)
    assert 0 < inside < fold.kinds["dispensing"]


def test_deliveries_are_refused_and_sent_again(country: Played) -> None:
    """A refused load is shipped once more by the same sender."""
    refused = events(country, "refusing")
    assert refused
    shipped = Counter(code for event in events(country, "shipping") for code in event.codes)
    assert all(shipped[code] >= 2 for event in refused for code in event.codes)


def test_shops_send_stock_back(country: Played) -> None:
    """Dispensers ship packs to distributors, who receive them."""
    roles = {each.uri: each.roles[0] for each in country.nation.registrations() if isinstance(each, Party)}
    back = [
        event
        for line in country.lines
        if (statement := parse_statement(line.submission.statement)).kind == "shipping"
        and roles[statement.issuer] == "dispenser"
        and roles[(event := parse_event(line.submission.body)).destination or ""] == "distributor"
    ]
    assert back


def test_a_recalled_batch_goes_back_and_is_destroyed(country: Played) -> None:
    """One batch is recalled; nobody hands out any of it afterwards, and what was on shelves is destroyed."""
    (recall,) = [paper for paper in country.fold.papers.values() if paper.kind == "recall"]
    batch = {
        code for event in events(country, "commissioning") for code in event.codes
        if event.batch in recall.batches and code.startswith(recall.product)
    }  # fmt: skip
    later = [event for event in events(country, "dispensing") if event.event_time > recall.paper_time]
    honest = batch - {key_of(pack) for pack in country.guilty}
    assert not honest & {code for event in later for code in event.codes}
    ends = {country.fold.packs[code].state for code in honest}
    assert State.DESTROYED in ends
    assert ends <= {State.DISPENSED, State.DESTROYED}
    obeyed = [told for told in country.fold.told if told.anomaly == "recalled" and told.pack not in country.guilty]
    assert obeyed == []


def test_patients_check_their_packs(country: Played) -> None:
    """The public service looks at packs that were sold."""
    sold = {code for event in events(country, "dispensing") for code in event.codes}
    checks = events(country, "inspecting")
    assert checks
    assert all(set(event.codes) <= sold for event in checks)


def test_lost_packs_are_bought_again(country: Played) -> None:
    """Some cards get the same product twice within five days, before the first packs can be used up."""
    bought: dict[tuple[str, str], int] = {}
    soon = 0
    for event in sorted(events(country, "dispensing"), key=lambda event: event.event_time):
        of = (country.fold.cards[event.event_id], event.codes[0][:7])
        soon += REPEAT_SCAN_SECONDS_MAX < event.event_time - bought.get(of, 0) < 3 * 86_400
        bought[of] = event.event_time
    assert soon
