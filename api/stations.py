"""For scanner stations: submit, ask, fetch what is needed offline, enrol, say what was seen."""

from __future__ import annotations

from functools import partial
from typing import Final

from api.door import Asked, Doors, Query
from api.offline_wire import (
    Enrolment,
    EnrolmentTold,
    Seen,
    SeenAnswer,
    SnapshotQuery,
    SnapshotTold,
    asking_of,
    enrolled_told,
    seen_of,
)
from api.problems import RECORDING
from api.reading import json_of
from api.station_wire import (
    UPLOAD,
    Line,
    Lookup,
    LookupAnswer,
    Outcomes,
    lookup_answer,
    outcomes_of,
    question_of,
    scans_of,
)
from ledger.custody.anomalies import ANOMALIES
from ledger.enrolment import redeem
from ledger.errors import NotVerified
from ledger.log.spelling import print_base64
from ledger.stock import Asker
from ledger.submission import Submission

__all__ = ["doors"]

doors: Final = Doors("stations", "For scanner stations, and for whoever signs events and papers.")


@doors.post(
    "/v1/statements", action="statements.submit", takes=UPLOAD, gives=Outcomes,
    example={
        "outcomes": [
            {
                "status": "recorded", "verdict": "stop", "known": "online", "index": 70012,
                "anomalies": [
                    {
                        "name": "already-dispensed-elsewhere", "verdict": "stop",
                        "text": ANOMALIES["already-dispensed-elsewhere"].en,
                        "code": "urn:nmpa:dtc:87709840000000015538",
                    }
                ],
                "receipt": "0oRYUaUBJwRYIA…",
            }
        ]
    },
    problems=("submissions-too-many", *RECORDING),
)  # fmt: skip
async def submit_statements(asked: Asked[list[Line]]) -> Outcomes:
    """Record signed statements: one, or many at once.

    Each stands alone and has its own outcome, in the same order: a verdict with what was wrong, the place in the log
    and a receipt; or the problem for which it was refused.
    What is authentic and well formed is recorded, also when its story is impossible.
    The same statement again is answered as the first time: whoever lost an answer hands the same in again.
    """
    submissions = [line for line in asked.given if isinstance(line, Submission)]
    receipted = await asked.service.recording.record(submissions)
    asked.service.count(each.outcome for each in receipted)
    return outcomes_of(asked.given, iter(receipted), asked.language)


@doors.post(
    "/v1/verdicts", action="verdicts.ask",
    takes=json_of(Lookup, {"codes": ["87709840000000015538"], "act": "dispensing", "insured": True}),
    gives=LookupAnswer,
    example={
        "verdict": "ok",
        "codes": [
            {
                "verdict": "ok", "known": "online", "code": "urn:nmpa:dtc:87709840000000015538",
                "product": "Tablets", "batch": "B1", "expiry": "2028-12-31",
            }
        ],
    },
    problems=("site-unknown", "links-too-many", "case-too-deep", "store-unavailable"),
)  # fmt: skip
async def ask_verdicts(asked: Asked[Lookup]) -> LookupAnswer:
    """Say what the verdict on packs would be, and record nothing.

    The verdict is that of the caller's party, for the act that is named, at this moment and at the place of the
    caller's station; a key without a station names a site of its party.
    A text that is no code has the verdict `scanner_fault`, with what to do about the scanner.
    """
    scans = scans_of(asked.given)
    foretold = await asked.service.verdicts.ask(question_of(asked.given, scans, asked.caller))
    return lookup_answer(scans, foretold, asked.language)


@doors.get(
    "/v1/snapshot", action="snapshot.read", query=Query(SnapshotQuery, {"since": "70012"}), gives=SnapshotTold,
    example={"statement": "0oRYpaUBJwRYIEy6…", "body": '{"madeAt":"2026-11-26T08:00:00Z","more":false,…}'},
    problems=("snapshot-beyond", "store-unavailable"),
)  # fmt: skip
async def read_snapshot(asked: Asked[SnapshotQuery]) -> SnapshotTold:
    """Return what a station must know to judge offline, from a place in the log on.

    Product names, recalls, and packs that were stolen, seized or lost; signed by the ledger, so that a station may
    take it from any hand. docs/formats/snapshot.md says what is in it, and how it is gone on with.
    """
    signed = await asked.service.in_thread(partial(asked.service.snapshot, int(asked.given.since)))
    return SnapshotTold(statement=print_base64(signed.statement), body=signed.body.decode())


@doors.get(
    "/v1/stock", action="snapshot.read", query=Query(SnapshotQuery, {"since": "70012"}), gives=SnapshotTold,
    example={"statement": "0oRYpaUBJwRYIEy6…", "body": '{"dispensed":[],"gone":[],"here":["urn:nmpa:dtc:8770…"],…}'},
    problems=("site-unknown", "snapshot-beyond", "store-unavailable"),
)  # fmt: skip
async def read_stock(asked: Asked[SnapshotQuery]) -> SnapshotTold:
    """Return which packs are at the caller's own site, from a place in the log on.

    Only for a station, and only of its site; signed by the ledger. docs/formats/stock.md says what is in it, and how
    it is gone on with.
    """
    caller = asked.caller
    asker = Asker(caller.party, caller.site, caller.station)
    signed = await asked.service.in_thread(partial(asked.service.stock, asker, int(asked.given.since)))
    return SnapshotTold(statement=print_base64(signed.statement), body=signed.body.decode())


@doors.post(
    "/v1/enrolments", action="stations.enrol",
    takes=json_of(
        Enrolment,
        {"code": "K3MZQ-…", "alg": -8, "public": "03a107bf" * 8, "proof": "X1fVPmEJMuNL3R/hJQcZ9…"},
    ),
    gives=EnrolmentTold,
    example={
        "station": "https://pharmacy.example/shop/1", "party": "https://pharmacy.example/", "kid": "4cba252cb18cbf96…",
        "validFrom": 1795322220, "validUntil": 1858394220, "index": 12, "origin": "ledger.example/2026",
        "verifierKey": "ledger.example/2026+1c48b735+AYzr…", "apiKey": "plk_0123456789abcdef_…",
    },
    problems=(
        "enrolment-code-unknown", "possession-not-shown", "key-malformed", "key-weak", "registration-exists",
        "store-unavailable",
    ),
)  # fmt: skip
async def enrol_station(asked: Asked[Enrolment]) -> EnrolmentTold:
    """Enrol a station with its one-time code and a key that it made itself.

    The proof shows that the private half is there; it never leaves the station.
    The ledger registers the key in the log.
    Asking again with the same code and key is answered again, with a fresh API key; the earlier one ends.
    """
    service, asking = asked.service, asking_of(asked.given)
    enrolled = await service.in_thread(lambda: redeem(service.desk, asking, service.clock()))
    return enrolled_told(enrolled, service.ledger.trust)


@doors.post(
    "/v1/checkpoints/seen", action="checkpoints.report",
    takes=json_of(Seen, {"checkpoint": "ledger.example/2026\n70012\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2…\n\n— …"}),
    gives=SeenAnswer,
    example={"checkpoint": "ledger.example/2026\n70100\n…", "consistency": ["q0X3…", "9ZmU…"]},
    problems=(
        "checkpoint-ahead", "checkpoint-forked", "note-malformed", "note-unsigned", "note-signature-wrong",
        "checkpoint-malformed", "checkpoint-other-log", "store-unavailable",
    ),
)  # fmt: skip
async def report_checkpoint(asked: Asked[Seen]) -> SeenAnswer:
    """Say which checkpoint one has seen; hear the newest one, with the proof that it extends the other.

    A checkpoint that this ledger does not extend is a fork, or the ledger went back in time: it is refused, and the
    operator is alarmed. Keep it: it is the evidence.
    """
    service, seen = asked.service, seen_of(asked.given, asked.service.ledger.trust)
    try:
        note, proof = await service.in_thread(partial(service.exporter.extension, seen))
    except NotVerified as error:
        service.journal.alarm(error.code, size=seen.size, root=seen.root.hex())
        raise
    return SeenAnswer(checkpoint=note.decode(), consistency=[print_base64(each) for each in proof])
