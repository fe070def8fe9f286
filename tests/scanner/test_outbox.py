"""What a station records, online and offline, and what becomes of it, over a real socket."""

from __future__ import annotations

import sqlite3

import pytest

from ledger.custody.event import parse_event
from ledger.errors import Misuse, Unavailable
from ledger.log.statement import parse_statement
from scanner.acts import MODES
from tests.scanner.kit import Place


def test_a_day_online(place: Place) -> None:
    """Received, dispensed on a card, returned: each is in the ledger, receipted, with the ledger's verdict."""
    post, (pack, *_) = place.enrol(), place.stock(2)
    post.sync()
    scan = post.scan(pack, "receive")
    assert (scan.said.verdict, scan.said.known) == ("ok", "offline")
    assert scan.goods is not None
    assert scan.goods.zh == "片剂"
    post.scan(pack, "dispense-insured", id_number="P-0001", prescriber="D-1")
    report = post.sync()
    assert (report.online, report.receipted, report.refused, report.clock_off) == (True, 2, 0, 0)
    assert place.world.state(pack) == "dispensed"
    place.world.wait(3_600)
    post.scan(pack, "return")
    post.sync()
    assert place.world.state(pack) == "active"
    entries = post.outbox.of_code(pack.rpartition(":")[2])
    assert [each.state for each in entries] == ["receipted"] * 3
    assert [each.said.known for each in entries] == ["online"] * 3
    assert all(each.receipt for each in entries)
    assert place.world.audit().fault is None


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_is_an_event_that_the_ledger_takes(place: Place, mode: str) -> None:
    """What it is by the custody table is what was meant."""
    post, (pack,) = place.enrol(), place.stock(1)
    scan = post.scan(pack, mode, id_number="P-1", destination=place.world.distributor.party)
    assert scan.entry is not None
    event, statement = parse_event(scan.entry.body), parse_statement(scan.entry.statement)
    assert event.kind == statement.kind == MODES[mode].kind
    assert event.insured is (mode == "dispense-insured")
    assert (event.confidential is not None) is mode.startswith("dispense")
    assert post.sync().receipted == 1


def test_what_must_be_said_first(place: Place) -> None:
    """No card, no insured dispensing; no receiver, no shipment; nothing is recorded, and no number is repeated."""
    post, (pack,) = place.enrol(), place.stock(1)
    for mode in ("dispense-insured", "ship"):
        with pytest.raises(Misuse, match="basket-incomplete"):
            post.scan(pack, mode)
    with pytest.raises(Misuse) as caught:
        post.scan(pack, "dispense-insured", id_number="私 1")
    assert caught.value.code == "person-malformed"
    assert "私" not in str(caught.value)
    assert post.outbox.counts()["queued"] == 0


def test_offline_then_online_keeps_the_order(place: Place) -> None:
    """Whatever the batches: the ledger has each event once, in the order of the counter."""
    post, packs = place.enrol(), place.stock(150)
    place.line.down = True
    for pack in packs:
        assert post.scan(pack, "receive").said.known == "blind"
    report = post.sync()
    assert not report.online
    assert post.look().queued + post.look().sent == 150
    place.line.down = False
    assert post.sync().receipted == 150
    assert place.chain(packs) == packs


def test_a_lost_answer_makes_no_second_event(place: Place) -> None:
    """The batch is handed in again to the byte, and answered as the first time."""
    post, packs = place.enrol(), place.stock(3)
    post.sync()
    for pack in packs:
        post.scan(pack, "receive")
    place.line.answers_lost = 1
    assert not post.sync().online
    assert [each.state for each in post.outbox.waiting(9)] == ["sent"] * 3
    assert place.chain(packs) == packs  # it had arrived
    assert post.sync().receipted == 3
    assert place.chain(packs) == packs


def test_a_double_beep_is_one_event(place: Place) -> None:
    """The same pack in the same mode within ten minutes; the third time deserves a look; later it is another act."""
    post, (pack,) = place.enrol(), place.stock(1)
    first = post.scan(pack, "receive")
    second, third = post.scan(pack, "receive"), post.scan(pack, "receive")
    assert first.entry is not None
    assert second.entry is not None
    assert (second.entry.number, second.repeated, second.said.verdict) == (first.entry.number, True, "ok")
    assert third.said.anomalies == ("repeat-scan-often",)
    assert post.scan(pack, "inspect").repeated is False
    place.world.wait(601)
    assert post.scan(pack, "inspect").repeated is False
    assert post.outbox.counts()["queued"] == 3


def test_undo_is_a_correction_that_the_ledger_knows(place: Place) -> None:
    """A mis-scan is declared not to have happened; the pack is where it was; both statements stay."""
    post, (pack,) = place.enrol(), place.stock(1)
    post.scan(pack, "receive")
    wrong = post.scan(pack, "dispense-insured", id_number="P-0001").entry
    assert wrong is not None
    correction = post.counter.undo(wrong.number)
    assert post.counter.undo(wrong.number) == correction
    for number in (correction.number, 99):
        with pytest.raises(Misuse, match="scan-unknown"):
            post.counter.undo(number)
    assert post.sync().receipted == 3
    assert place.world.state(pack) == "active"
    assert post.scan(pack, "dispense-self-pay").said.verdict == "ok"


def test_a_scanner_fault_is_no_alarm_about_a_pack(place: Place) -> None:
    """Nothing is recorded, and the verdict is about the scanner."""
    post = place.enrol()
    scan = post.scan("８７７０９８４００００００００１５５３８")
    assert scan.fault is not None
    assert (scan.said.verdict, scan.fault.code, scan.entry) == ("scanner_fault", "scanner-full-width", None)
    assert post.outbox.counts()["queued"] == 0


def test_a_refusal_is_kept_with_its_reason_and_stops_nothing(place: Place) -> None:
    """An event of the far future is outside the key's validity; those around it are receipted."""
    post, packs = place.enrol(), place.stock(3)
    post.scan(packs[0])
    place.world.wait(3 * 365 * 86_400)
    post.scan(packs[1])
    place.world.wait(-3 * 365 * 86_400)
    post.scan(packs[2])
    report = post.sync()
    assert (report.receipted, report.refused) == (2, 1)
    refused = post.outbox.of_code(packs[1].rpartition(":")[2])[0]
    assert (refused.state, refused.problem) == ("refused", "key-outside-validity")
    assert post.sync().refused == 0


def test_nothing_is_deleted_and_no_event_changes(place: Place) -> None:
    """Not even by somebody at the database's own prompt."""
    post, (pack,) = place.enrol(), place.stock(1)
    post.scan(pack)
    post.sync()
    with sqlite3.connect(post.home.outbox) as other:
        for attack in (
            "DELETE FROM event", "UPDATE event SET body = x'00'", "UPDATE event SET statement = x'00'",
            "UPDATE event SET state = 'queued'", "UPDATE event SET number = 7",
        ):  # fmt: skip
            with pytest.raises(sqlite3.IntegrityError, match=r"stay|change"):
                other.execute(attack)


def test_personal_fields_leave_the_station_once_answered(place: Place) -> None:
    """They are needed until the ledger has them; afterwards not a byte of them is in the folder."""
    post, (pack,) = place.enrol(), place.stock(1)

    def spilt() -> bool:
        post.outbox.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return any(b"SECRET-CARD-77" in path.read_bytes() for path in post.home.folder.iterdir())

    post.scan(pack, "receive")
    post.scan(pack, "dispense-insured", id_number="SECRET-CARD-77")
    assert spilt()
    assert post.sync().receipted == 2
    assert not spilt()


def test_a_full_disk_records_nothing_and_says_so(place: Place) -> None:
    """The answer comes after the commit; no commit, no answer."""
    post, packs = place.enrol(), place.stock(2)
    post.scan(packs[0])
    post.outbox.execute("PRAGMA max_page_count = 1")
    others = place.world.packs(200)
    with pytest.raises(Unavailable, match="outbox-unavailable"):
        list(map(post.scan, others))
    post.outbox.execute("PRAGMA max_page_count = 100000")
    assert post.scan(packs[1]).entry is not None
