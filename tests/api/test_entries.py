"""Statements registered as SCITT clients do, with other people's CBOR; and proofs that lead to what witnesses saw."""

from __future__ import annotations

from typing import Any

import cbor2
import httpx
import pytest

from ledger.envelope import open_envelope, print_envelope
from ledger.errors import FormatError
from ledger.export import Exporter
from ledger.home import write_cosigned
from ledger.log.checkpoint import parse_checkpoint
from ledger.log.cosignature import cosign
from ledger.log.note import add_signatures, parse_note
from ledger.log.proof import parse_proof
from ledger.submission import Submission
from tests.api.kit import Door, problem
from tests.kit import patient
from tests.log.attacks import private_key

COSE = "application/cose"


def envelope(submission: Submission, **changes: Any) -> bytes:
    """Return a submission as one COSE_Sign1, by another library; `changes` replace unprotected headers."""
    tagged = cbor2.loads(submission.statement)
    protected, _, payload, signature = tagged.value
    beside = {"body": submission.body, "confidential": submission.confidential} | changes
    beside = {name: value for name, value in beside.items() if value is not None}
    return cbor2.dumps(cbor2.CBORTag(18, [protected, beside, payload, signature]))


def register(door: Door, data: bytes, who: str = "pharmacy", media: str = COSE) -> httpx.Response:
    """Hand an envelope in."""
    return door.post("/entries", data, key=door.keys[who], media=media)


def test_a_statement_is_registered(door: Door) -> None:
    """The answer is the receipt of the entry that the location names; the same again leads there again."""
    world = door.world
    packs = world.packs(1)
    world.record(world.commission(packs), world.ship(packs), world.receive(packs))
    submission = world.dispense(packs, person=patient())

    first, again = register(door, envelope(submission)), register(door, envelope(submission))

    assert (first.status_code, first.headers["content-type"]) == (201, COSE)
    assert first.headers["location"] == again.headers["location"]
    assert world.state(packs[0]) == "dispensed"
    resolved = door.get(first.headers["location"])
    assert resolved.status_code == 200
    assert cbor2.loads(first.content).tag == cbor2.loads(resolved.content).tag == 18
    index = int(first.headers["location"].rpartition("/")[2])
    kept = door.get(f"/v1/statements/{index}", key=door.keys["auditor"]).content
    assert kept == submission.statement
    assert world.audit().fault is None


def test_an_envelope_prints_back(quick_door: Door) -> None:
    """Ours is what the other library writes, and opens to what went in."""
    world = quick_door.world
    for submission in (world.commission(world.packs(1)), world.dispense(world.packs(1), person=patient())):
        assert print_envelope(submission) == envelope(submission)
        assert open_envelope(print_envelope(submission)) == submission


def test_what_is_no_envelope(quick_door: Door) -> None:
    """Concise problems: no body, other headers, cut off, no CBOR, another media type; nothing is recorded."""
    submission = quick_door.world.commission(quick_door.world.packs(1))
    whole = envelope(submission)
    for data in (
        envelope(submission, body=None), envelope(submission, kid=b"1"), submission.statement, b"", b"\xff" * 10,
        *(whole[:end] for end in range(0, len(whole) - 1_000, 37)),
    ):
        answer = register(quick_door, data, "maker")
        assert answer.status_code == 400, data
        assert answer.headers["content-type"] == "application/concise-problem-details+cbor"
        assert "envelope-malformed" in cbor2.loads(answer.content)[-1]
    assert register(quick_door, whole, "maker", "application/cbor").status_code == 415
    assert register(quick_door, whole, "auditor").status_code == 403
    assert quick_door.post("/entries", whole, media=COSE).status_code == 401


@pytest.mark.parametrize("change", ["body", "signature", "key"])
def test_statements_that_are_refused(quick_door: Door, change: str) -> None:
    """Another body, another signature, somebody unknown: the codes of `record`, as concise problems."""
    submission = quick_door.world.commission(quick_door.world.packs(1))
    data = bytearray(envelope(submission))
    if change == "body":
        data = bytearray(envelope(submission, body=submission.body + b" "))
    elif change == "signature":
        data[-1] ^= 1
    else:
        at = data.index(b"\x04\x58\x20") + 3
        data[at] ^= 1
    answer = register(quick_door, bytes(data), "maker")
    expected = {"body": "body-mismatch", "signature": "signature-wrong", "key": "key-unknown"}[change]
    assert answer.status_code == 422
    assert expected in cbor2.loads(answer.content)[-1]


def test_proofs_lead_to_what_witnesses_saw(quick_door: Door) -> None:
    """Where the cosigned head covers the entry; newer entries' proofs lead to the newest head."""
    world = quick_door.world
    old, new = world.packs(1), world.packs(1)
    world.one(world.commission(old))
    note = quick_door.get("/checkpoint").content
    cosigned = add_signatures(note, [cosign(note, "witness.example/1", private_key(7), world.now)])
    size = parse_checkpoint(parse_note(note).text).size
    write_cosigned(world.settings, size, cosigned)
    world.one(world.commission(new))

    auditor = quick_door.keys["auditor"]
    pedigrees = [quick_door.get(f"/v1/pedigrees?code={codes[0]}", key=auditor).json() for codes in (old, new)]

    assert pedigrees[0]["checkpoint"] == cosigned.decode()
    assert pedigrees[1]["checkpoint"] != cosigned.decode()
    assert parse_proof(quick_door.get(f"/v1/proofs/files/{size - 1}").content).checkpoint == cosigned
    assert parse_proof(quick_door.get(f"/v1/proofs/files/{size}").content).checkpoint != cosigned


def test_a_cosigned_head_that_was_tampered_with_is_not_used(quick_door: Door) -> None:
    """Another ledger's, a larger one, or no note at all: proofs lead to the ledger's own newest head."""
    world = quick_door.world
    packs = world.packs(1)
    world.one(world.commission(packs))
    database, trust, key = world.ledger.database, world.trust, world.ledger.key
    newest = quick_door.get("/checkpoint").content
    for kept in (b"", b"rubbish", newest.replace(b"ledger.example", b"forged.example"), newest[:-10]):
        exporter = Exporter(database, trust, key, lambda kept=kept: kept)
        pedigree = exporter.pedigree(packs[0].rpartition(":")[2])
        assert pedigree.checkpoint.encode() == newest


def test_the_door_of_old_is_still_there(quick_door: Door) -> None:
    """An unknown entry is a concise problem, and other methods are refused."""
    assert quick_door.get("/entries/99999").status_code == 404
    problem(quick_door.run(quick_door.request("DELETE", "/entries")), 405, "method-not-allowed")
    with pytest.raises(FormatError):
        open_envelope(b"\xd2\x84" + b"\x40" * 5)
