"""A ledger that lies, forgets or answers nonsense is caught, and nothing is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger import canonical
from ledger.client import Answer, Client
from ledger.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from ledger.log.keys import EDDSA, PrivateKey
from ledger.log.spelling import print_base64
from tests.kit import PRODUCT
from tests.scanner.kit import Place, Post


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


def test_a_ledger_set_back_to_a_backup_is_caught_in_plain_words(place: Place) -> None:
    """What it had told before is beyond its end now: whoever stands at the counter is told that it lost something."""
    post = place.enrol()
    place.stock(1)
    post.sync()
    post.outbox.keep_fact("stock-to", 10_000)
    assert post.sync().caught == "checkpoint-ahead"
    assert {each.code for each in post.look().alarms} == {"checkpoint-ahead"}


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
