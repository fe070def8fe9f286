"""Saying which checkpoint one has seen: consistency, or the alarm."""

from __future__ import annotations

import base64

import httpx

from ledger.home import read_checkpoint
from ledger.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from ledger.log.keys import EDDSA, PrivateKey
from ledger.log.merkle import verify_consistency
from ledger.log.note import sign_note
from tests.api.kit import Door, problem
from tests.kit import ORIGIN


def report(door: Door, note: bytes) -> httpx.Response:
    """Say that this note was seen; nobody needs a key for that."""
    return door.post("/v1/checkpoints/seen", {"checkpoint": note.decode()})


def newest(door: Door) -> bytes:
    """Return the newest checkpoint."""
    note = read_checkpoint(door.world.settings)
    assert note is not None
    return note


def test_the_newest_head_extends_every_older_one(door: Door) -> None:
    """With a proof that the one who saw it verifies; from a head to itself it is empty."""
    world = door.world
    notes = [newest(door)]
    for _ in range(4):
        world.record(world.commission(world.packs(1)))
        notes.append(newest(door))
    for note in notes:
        answer = report(door, note)
        assert answer.status_code == 200, answer.text
        seen = open_checkpoint(note, ORIGIN, world.trust.vkey)
        head = open_checkpoint(answer.json()["checkpoint"].encode(), ORIGIN, world.trust.vkey)
        proof = [base64.b64decode(each) for each in answer.json()["consistency"]]
        assert answer.json()["checkpoint"].encode() == notes[-1]
        verify_consistency(seen.size, seen.root, head.size, head.root, proof)


def test_a_fork_and_a_lost_history_raise_the_alarm(door: Door) -> None:
    """What the key signed and the ledger does not extend: refused, written down and counted."""
    key, head = door.world.signing_key, open_checkpoint(newest(door), ORIGIN, door.world.trust.vkey)
    forked = sign_checkpoint(Checkpoint(ORIGIN, head.size - 1, b"\x01" * 32), key)
    ahead = sign_checkpoint(Checkpoint(ORIGIN, head.size + 1, b"\x01" * 32), key)

    assert problem(report(door, forked), 409, "checkpoint-forked")["index"] == head.size - 1
    assert problem(report(door, ahead), 409, "checkpoint-ahead")["index"] == head.size

    alarms = [line["what"] for line in door.journal if line["event"] == "alarm"]
    assert alarms == ["checkpoint-forked", "checkpoint-ahead"]
    assert door.app.state.service.metrics.alarms.labels("checkpoint-forked")._value.get() == 1


def test_what_the_ledger_never_signed_is_no_alarm(quick_door: Door) -> None:
    """Anybody can write a note; only the ledger's own signature makes it evidence."""
    stranger = PrivateKey.from_seed(EDDSA, b"s" * 32)
    checkpoint = Checkpoint(ORIGIN, 5, b"\x01" * 32)
    problem(report(quick_door, sign_checkpoint(checkpoint, stranger)), 422, "note-unsigned")
    good = newest(quick_door)
    problem(report(quick_door, good.replace(b"\n\n", b"\n", 1)), 422, "note-malformed")
    text, _, signature = good.partition(b"\n\n")
    altered = text.replace(ORIGIN.encode() + b"\n", ORIGIN.encode() + b"\n1", 1) + b"\n\n" + signature
    problem(report(quick_door, altered), 422, "note-signature-wrong")
    key = quick_door.world.signing_key
    problem(report(quick_door, sign_note("no checkpoint\n", ORIGIN, key)), 422, "checkpoint-malformed")
    other = sign_checkpoint(Checkpoint(ORIGIN, 0, b"\x01" * 32), key)
    problem(report(quick_door, other), 422, "checkpoint-wrong")
    problem(quick_door.post("/v1/checkpoints/seen", {"checkpoint": ""}), 422, "request-invalid")
    assert [line for line in quick_door.journal if line["event"] == "alarm"] == []
