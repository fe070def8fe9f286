"""For scanner stations: submit, ask, fetch what is needed offline, enrol, say what was seen."""

from __future__ import annotations

from typing import Final

from api.door import Asked, Doors
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
    problems=("submissions-too-many", "store-busy", "store-full", "store-unavailable", "home-unwritable"),
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
