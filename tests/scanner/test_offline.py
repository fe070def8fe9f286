"""What a station knows offline, and how long it may stay so."""

from __future__ import annotations

import pytest

from ledger.limits import CODES_PER_LOOKUP_MAX
from scanner.page.wire import entry_told
from tests.scanner.kit import Place


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


def test_a_silent_ledger_is_seen_at_once(place: Place) -> None:
    """The first question without an answer makes the station offline, the next answer online again."""
    post = place.enrol()
    post.sync()
    assert post.look().known == "online"
    place.line.down = True
    post.sync()
    assert post.look().known == "offline"
    place.line.down = False
    post.sync()
    assert post.look().known == "online"


def test_a_recall_is_never_missed_for_want_of_a_batch(place: Place) -> None:
    """A national code says no batch: own stock is asked for beforehand, and of another pack the doubt is said."""
    one, two = place.enrol("one"), place.enrol("two")
    mine, strange = place.stock(2)
    one.scan(mine, "receive")
    one.sync()
    place.world.record(place.world.recall("B1"))
    two.sync()
    place.line.down = True
    scan = two.scan(mine, "dispense-self-pay")
    assert (scan.said.verdict, scan.said.anomalies) == ("stop", ("recalled",))
    doubt = two.scan(strange, "receive")
    assert (doubt.said.verdict, doubt.said.anomalies) == ("caution", ("recall-unclear",))
    assert doubt.goods is not None
    assert entry_told(doubt.entry, doubt.goods, "en")["recalled"] == "B1"  # type: ignore[arg-type]
    place.line.down = False
    two.sync()
    (entry,) = two.outbox.of_code(strange.rpartition(":")[2])
    assert entry.said.anomalies == ("recalled",)


def test_all_own_stock_is_asked_for_and_once(place: Place) -> None:
    """More packs than one look-up takes; what the ledger does not know of a pack is not asked for again and again."""
    one, two = place.enrol("one"), place.enrol("two")
    packs = place.stock(CODES_PER_LOOKUP_MAX + 1)
    place.world.record(place.world.receive(packs))
    asked: list[int] = []
    real = two.client.verdicts
    two.client.verdicts = lambda codes: asked.append(len(codes)) or real(codes)  # type: ignore[method-assign, func-returns-value]
    two.sync()
    two.sync()
    assert asked == [CODES_PER_LOOKUP_MAX, 1]
    unknown = place.world.packs(1)[0]
    one.scan(unknown, "inspect")
    one.sync()
    place.world.record(place.world.commission([unknown]))
    one.sync()
    assert one.outbox.execute("SELECT batch FROM goods WHERE code = ?", unknown.rpartition(":")[2])[0]["batch"] == "B1"
