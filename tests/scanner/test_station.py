"""A station and its ledger, over a real socket: enrolment, outbox, receipts, offline knowledge, a ledger that lies."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger import canonical
from ledger.client import Answer, Client
from ledger.custody.event import parse_event
from ledger.errors import Denied, Misuse, NotVerified, Unavailable
from ledger.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from ledger.log.keys import EDDSA, PrivateKey
from ledger.log.note import ED25519, VerifierKey
from ledger.log.spelling import print_base64
from ledger.log.statement import parse_statement
from scanner.acts import MODES
from scanner.counter import open_counter
from scanner.enrol import enrol
from scanner.home import Home
from tests.kit import PRODUCT, chance
from tests.scanner.kit import Place, Post


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Return a ledger that serves."""
    with Place(tmp_path) as place:
        yield place


# -- enrolment


def test_the_key_is_made_here_and_nobody_else_reads_it(place: Place) -> None:
    """The folder and its files are for their owner alone; the key in them is the one that the ledger registered."""
    post = place.enrol()
    for name in ("station.key", "station.json", "station.db"):
        assert stat.S_IMODE((post.home.folder / name).stat().st_mode) == 0o600, name
    assert stat.S_IMODE(post.home.folder.stat().st_mode) == 0o700
    assert PrivateKey.from_pem((post.home.folder / "station.key").read_bytes()).public.thumbprint().hex() == (
        post.station.kid
    )


def test_a_second_device_is_refused(place: Place, tmp_path: Path) -> None:
    """The code of a station serves one key; another device with the same code is told nothing but no."""
    code = place.code_for("one")
    client = Client(place.url)
    given = {"vkey": "", "site": "", "offset": "+08:00", "machine": ""}
    enrol(Home(tmp_path / "a"), client, place.url, code, random=chance("a"), **given)
    with pytest.raises(Denied, match="enrolment-code-unknown"):
        enrol(Home(tmp_path / "b"), client, place.url, code, random=chance("b"), **given)
    assert not (tmp_path / "b" / "station.json").exists()
    with pytest.raises(Misuse, match="station-enrolled"):
        enrol(Home(tmp_path / "a"), client, place.url, code, random=chance("c"), **given)
    client.close()


def test_a_lost_answer_is_asked_for_again(place: Place, tmp_path: Path) -> None:
    """The key is on disk before the request; so the second try is with the same, and succeeds."""
    code, home, client = place.code_for("one"), Home(tmp_path / "a"), Client(place.url, seconds=3)
    given = {"vkey": place.world.trust.verifier_key, "site": "", "offset": "+08:00", "machine": ""}
    place.line.answers_lost = 1
    with pytest.raises(Unavailable, match="ledger-unreachable"):
        enrol(home, client, place.url, code, random=chance("a"), **given)
    station = enrol(home, client, place.url, code, random=chance("other"), **given)
    assert home.key() is not None
    assert station.station.endswith("/one")
    client.close()


def test_another_ledger_is_refused(place: Place, tmp_path: Path) -> None:
    """Whoever was told the ledger's key enrols at no other."""
    other = PrivateKey.from_seed(EDDSA, b"\1" * 32).public
    wrong = str(VerifierKey(place.world.trust.origin, ED25519, other))
    with pytest.raises(NotVerified, match="ledger-other-key"):
        place.enrol("one", vkey=wrong)


def test_a_folder_that_others_can_read_or_that_moved_is_not_opened(place: Place) -> None:
    """Nor one without a station in it."""
    post = place.enrol()
    with pytest.raises(Misuse, match="station-not-enrolled"):
        Home(place.folder / "nowhere").station("")
    moved = msgspec.structs.replace(post.station, machine="a" * 64)
    post.home.keep_station(moved)
    with pytest.raises(Misuse, match="station-moved"):
        post.home.station("b" * 64)
    post.home.keep_station(post.station)
    for name in ("station.key", "station.json"):
        path = post.home.folder / name
        path.chmod(0o640)
        with pytest.raises(Misuse, match="station-home-open"):
            open_counter(post.home, place.world.clock, os.urandom)
        path.chmod(0o600)


# -- outbox


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


# -- offline knowledge


def test_what_the_snapshot_says_is_judged_offline(place: Place) -> None:
    """A stolen pack, an expired one, an unknown product; a stolen pack that turned up is sound again."""
    post, world = place.enrol(), place.world
    sound, stolen, found = place.stock(3)
    theft = world.event(world.maker, "theft", [found], event_id="urn:uuid:1")
    world.record(theft, world.event(world.maker, "theft", [stolen]))

    def offline(text: str) -> tuple[str, str, tuple[str, ...]]:
        place.line.down = True
        said = post.scan(text, "inspect").said
        place.line.down = False
        place.world.wait(3_600)  # the next look is no double beep
        return said.verdict, said.known, said.anomalies

    assert offline(stolen) == ("ok", "blind", ())
    post.sync()
    gs1 = "(01)09521234543213(17){}(10)AB12(21)SN{}"
    assert offline(sound) == ("ok", "offline", ())
    assert offline(stolen) == offline(found) == ("stop", "offline", ("after-final-state",))
    assert offline(gs1.format("200101", 1)) == ("stop", "offline", ("expired", "product-mismatch"))
    assert offline(gs1.format("991231", 2)) == ("caution", "offline", ("product-mismatch",))
    world.record(world.declare_wrong("theft", "urn:uuid:1", [found], by=world.maker))
    post.sync()
    assert offline(found) == ("ok", "offline", ())
    assert offline(stolen)[0] == "stop"


def test_a_recall_by_batch_is_known_once_the_batch_is(place: Place) -> None:
    """The ledger tells the batch of what was scanned; a later recall is then judged without the network."""
    post, world = place.enrol(), place.world
    (pack,) = place.stock(1)
    post.scan(pack, "receive")
    post.sync()
    assert post.outbox.execute("SELECT batch, expiry FROM goods")[0]["batch"] == "B1"
    world.record(world.recall("B1"))
    post.sync()
    place.line.down = True
    scan = post.scan(pack, "dispense-self-pay")
    assert (scan.said.verdict, scan.said.known, scan.said.anomalies) == ("stop", "offline", ("recalled",))


def test_what_was_handed_out_here_is_known_here(place: Place) -> None:
    """Without the network; not after it was taken back or undone."""
    post, (pack,) = place.enrol(), place.stock(1)
    first = post.scan(pack, "dispense-self-pay").entry
    assert first is not None
    assert post.scan(pack, "inspect").said.anomalies == ("already-dispensed-here",)
    post.counter.undo(first.number)
    place.world.wait(700)
    assert post.scan(pack, "inspect").said.anomalies == ()


def test_how_long_the_station_may_stay_offline(place: Place) -> None:
    """Ten days from the oldest event that waits; then it says so, and goes on."""
    post, packs = place.enrol(), place.stock(2)
    post.scan(packs[0])
    place.world.wait(9 * 86_400)
    assert post.look().offline_left == 86_400
    assert post.look().alarms == []
    place.world.wait(2 * 86_400)
    assert [each.code for each in post.look().alarms] == ["offline-too-long"]
    assert post.scan(packs[1]).entry is not None


def test_a_wrong_clock_is_noticed(place: Place) -> None:
    """By the ledger's own clock, and by one's own last event."""
    post, packs = place.enrol(), place.stock(2)
    assert post.sync().clock_off == 0
    place.world.wait(-7_200)
    assert post.sync().clock_off == pytest.approx(7_200, abs=60)
    assert "clock-differs" in [each.code for each in post.look().alarms]
    place.world.wait(7_200)
    post.sync()
    assert post.look().alarms == []
    post.scan(packs[0])
    place.world.wait(-3_600)
    assert "clock-went-back" in [each.code for each in post.look().alarms]


# -- a ledger that lies


class Liar:
    """The ledger's interface, with some answers changed on the way: what one in the middle, or the operator, can do."""

    def __init__(self, real: Client, **lies: object) -> None:
        self._real = real
        self._lies = lies

    def __getattr__(self, name: str) -> object:
        if name not in self._lies:
            return getattr(self._real, name)
        lie = self._lies[name]
        return lambda *given: lie(getattr(self._real, name)(*given))  # type: ignore[operator]


def changed(answer: Answer[Any], **members: object) -> Answer[Any]:
    """Return an answer with some members of its document changed."""
    return answer._replace(content=json.dumps(json.loads(answer.content) | members).encode())


def checkpoint_of(place: Place, size: int, root: bytes) -> str:
    """Return a checkpoint that the ledger signed, whatever it says."""
    trust = place.world.trust
    return sign_checkpoint(Checkpoint(trust.origin, size, root), place.world.ledger.key).decode()


@pytest.mark.parametrize("lie", ["smaller", "same size", "larger"])
def test_a_ledger_that_forgets_or_forks_is_caught(place: Place, lie: str) -> None:
    """With the ledger's own signature under it: fewer entries, other entries, more entries on another past."""
    post, (pack,) = place.enrol(), place.stock(1)
    post.scan(pack)
    post.sync()
    note = post.outbox.fact("checkpoint")
    seen = open_checkpoint(note, place.world.trust.origin, place.world.trust.vkey)
    size = seen.size + {"smaller": -1, "same size": 0, "larger": 1}[lie]
    forged = checkpoint_of(place, size, b"\7" * 32)
    path = [print_base64(b"\1" * 32)] * 3 if lie == "larger" else []
    post.client = Liar(post.client, seen=lambda real: changed(real, checkpoint=forged, consistency=path))  # type: ignore[assignment]
    report = post.sync()
    assert report.caught == ("checkpoint-ahead" if lie == "smaller" else "consistency-proof-wrong")
    assert not report.online
    assert [each.code for each in post.look().alarms] == [report.caught]
    assert post.outbox.fact("checkpoint") == note  # what we saw stays the measure
    post.sync()
    assert len(post.look().alarms) == 1


def test_a_receipt_that_does_not_hold_is_none(place: Place) -> None:
    """One of another event: this one is not receipted, and stays to be sent."""
    post, packs = place.enrol(), place.stock(2)
    post.scan(packs[0])
    post.sync()
    other = print_base64(post.outbox.find(1).receipt)  # type: ignore[union-attr, arg-type]
    post.scan(packs[1])
    real = post.client

    def lie(answer: Answer[Any]) -> Answer[Any]:
        return changed(answer, outcomes=[json.loads(answer.content)["outcomes"][0] | {"receipt": other}])

    post.client = Liar(real, submit=lie)  # type: ignore[assignment]
    assert post.sync().caught in ("receipt-wrong", "inclusion-proof-wrong")
    assert post.outbox.counts() == {"queued": 0, "sent": 1, "receipted": 1, "refused": 0}
    post.client = real
    assert post.sync().receipted == 1


def test_a_log_that_lost_what_it_gave_a_receipt_for(place: Place) -> None:
    """The head of a receipt is no beginning of the newest checkpoint, and no proof can make it one."""
    post, (pack,) = place.enrol(), place.stock(1)
    post.sync()
    post.scan(pack)
    post.outbox.execute("INSERT INTO head (size, root) VALUES (3, ?)", b"\5" * 32)
    assert post.sync().caught == "consistency-proof-wrong"


def test_a_snapshot_by_another_hand_is_not_believed(place: Place) -> None:
    """Changed by one letter, or signed by another key; nothing of it is taken over."""
    post, world = place.enrol(), place.world
    place.stock(1)
    real = post.client

    def renamed(answer: Answer[Any]) -> Answer[Any]:
        return changed(answer, body=json.loads(answer.content)["body"].replace("Tablets", "Sugar"))

    post.client = Liar(real, snapshot=renamed)  # type: ignore[assignment]
    assert post.sync().caught == "snapshot-wrong"
    assert post.outbox.execute("SELECT count(*) AS n FROM product")[0]["n"] == 0
    stranger = PrivateKey.from_seed(EDDSA, b"\3" * 32)

    def resigned(answer: Answer[Any]) -> Answer[Any]:
        body = json.loads(answer.content)["body"].encode()
        desk = world.pharmacy._replace(key=stranger)
        signed = world.sign(desk, "snapshot", "snapshot:0-1", body,
                            media_type="application/vnd.packledger.snapshot+json")  # fmt: skip
        assert canonical.digest(body)
        return changed(answer, statement=print_base64(signed.statement))

    post.client = Liar(real, snapshot=resigned)  # type: ignore[assignment]
    assert post.sync().caught == "snapshot-wrong"
    post.client = real
    assert post.sync().online
    assert post.outbox.execute("SELECT zh FROM product WHERE id = ?", PRODUCT)[0]["zh"] == "片剂"


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[]", b"{}", b'{"outcomes":[]}', b'{"outcomes":[{}]}', b"[" * 9999]
)
def test_nonsense_changes_nothing(place: Place, content: bytes) -> None:
    """Another program at the ledger's address: everything stays to be sent."""
    post, (pack,) = place.enrol(), place.stock(1)
    post.scan(pack)
    post.client = Liar(post.client, submit=lambda real: real._replace(content=content))  # type: ignore[assignment]
    report = post.sync()
    assert not report.online
    assert post.outbox.counts()["sent"] == 1


def test_a_fault_of_the_ledger_is_no_refusal(place: Place) -> None:
    """Told of one event alone, it leaves that event to be sent again."""
    post, (pack,) = place.enrol(), place.stock(1)
    post.scan(pack)
    real = post.client
    fault = {"status": "refused", "problem": {"status": 503, "code": "store-busy"}}
    post.client = Liar(real, submit=lambda answer: changed(answer, outcomes=[fault]))  # type: ignore[assignment]
    assert not post.sync().online
    assert post.outbox.counts()["sent"] == 1
    post.client = real
    assert post.sync().receipted == 1


@pytest.mark.parametrize(
    "told", [{"batch": "批号七", "expiry": "2028-12-31"}, {"batch": 7}, {"expiry": "9" * 5_000}, {"expiry": None}, 7]
)
def test_whatever_the_ledger_says_of_goods(place: Place, told: object) -> None:
    """A batch in Chinese is shown and judged; nonsense is passed over; neither stops an undo."""
    post, (pack,) = place.enrol(), place.stock(1)
    post.scan(pack, "receive")
    post.client = Liar(post.client, verdicts=lambda answer: changed(answer, codes=[told]))  # type: ignore[assignment]
    assert post.sync().online
    entry = post.scan(pack, "inspect").entry
    assert entry is not None
    assert entry.batch in ("批号七", "")
    assert post.counter.undo(entry.number).batch == entry.batch
    assert post.sync().receipted == 2


def test_a_clock_that_is_a_little_slow_loses_nothing(place: Place) -> None:
    """The first minute after enrolment is before the key's beginning then; the event takes the beginning's time."""
    post, packs = place.enrol(), place.stock(2)
    place.world.wait(-60)
    post.scan(packs[0])
    place.world.wait(60)
    assert post.sync().receipted == 1
    place.world.wait(-3_600)
    post.scan(packs[1])
    place.world.wait(3_600)
    assert post.sync().refused == 1


def test_posts_are_apart(place: Place) -> None:
    """Two stations of one pharmacy: a pack dispensed at one is a caution at the other, once the ledger tells."""
    one, two = place.enrol("one"), place.enrol("two")
    (pack,) = place.stock(1)
    one.scan(pack, "receive")
    one.scan(pack, "dispense-self-pay")
    one.sync()
    place.world.wait(60)
    scan = two.scan(pack, "dispense-self-pay")
    assert scan.said.anomalies == ()
    two.sync()
    assert isinstance(two, Post)
    (entry,) = two.outbox.of_code(pack.rpartition(":")[2])
    assert (entry.said.verdict, entry.said.known) == ("caution", "online")
    assert "already-dispensed-here" in entry.said.anomalies
