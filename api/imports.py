"""For parties whose systems speak the national forms: bills of the platform, sales and returns for the insurance."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from api.door import Asked, Doors
from api.language import Language
from api.problems import RECORDING
from api.reading import JSON, Takes
from api.recording import Receipted
from api.station_wire import OutcomeTold, WireAnswer, outcomes_of
from ledger.importing import Form, ImportedLine, draw_lines, import_lines, sender_of
from ledger.limits import NUMBER_MAX, UPLOAD_REQUEST_BYTES_MAX
from ledger.recording.outcome import Outcome
from ledger.store.captures import party_numbered
from ledger.submission import Submission

__all__ = ["doors"]

doors: Final = Doors("imports", "For parties whose systems speak the national forms: the gateway signs for them.")

_LINES: Final = ("application/jsonl", "application/x-ndjson")
_PROBLEMS: Final = (
    "import-malformed", "import-too-many-lines", "gateway-keys-used-up", "gateway-unregistered", *RECORDING,
)  # fmt: skip


class BillForm(msgspec.Struct, frozen=True):
    """A bill of the platform; docs/formats/bill.md says what else it may hold."""

    bill_code: str
    bill_time: str
    bill_type: Annotated[int, Meta(le=NUMBER_MAX)] | str
    trace_codes: list[str] | str


class SaleForm(msgspec.Struct, frozen=True):
    """A message to the insurance; docs/formats/sale.md says what its input holds."""

    infno: Literal["3505", "3505A", "3506", "3506A"]
    input: dict[str, Any]


class UnusedTold(WireAnswer, frozen=True, kw_only=True):
    """Something in a line that was not used: where it stands, what is wrong, its text if it can be printed."""

    place: str
    fault: str
    text: str = ""


class LineTold(WireAnswer, frozen=True, kw_only=True):
    """What became of one line.

    Attributes:
        line: its number, from 1.
        outcome: of the event that it is.
        faults: what in it was not used; it is kept in the event.
        left_out: names of personal fields that were not kept, for they could not be erased.
    """

    line: int
    outcome: OutcomeTold
    faults: list[UnusedTold] = msgspec.field(default_factory=list)
    left_out: list[str] = msgspec.field(default_factory=list)


class Imported(WireAnswer, frozen=True, kw_only=True):
    """One answer for each line, in the same order."""

    lines: list[LineTold]


def _taking(schema: type, example: Any) -> Takes[bytes]:
    return Takes((JSON, *_LINES), UPLOAD_REQUEST_BYTES_MAX, lambda data, _media: data, schema, example)


_BILL: Final = {
    "bill_code": "OUT-20261122-1", "bill_time": "2026-11-22 12:37:00", "bill_type": 201,
    "to_user_id": "5069452c34b94a778abaa26c2b40b305", "trace_codes": ["87709840000000015538"],
}  # fmt: skip
_SALE: Final = {
    "infno": "3505",
    "fixmedins_code": "H61080000001",
    "input": {"selinfo": {"sel_retn_time": "2026-11-22 12:37:00", "drugtracinfo": [{"drug_trac_codg": "8770984…"}]}},
}
_ANSWER: Final = {
    "lines": [
        {
            "line": 1,
            "outcome": {
                "status": "recorded", "verdict": "ok", "known": "online", "index": 70012, "receipt": "0oRYUaUBJwRYIA…",
            },
            "leftOut": ["oper_ic_name"],
        }
    ]
}  # fmt: skip


@doors.post(
    "/v1/imports/bills", action="imports.submit", takes=_taking(BillForm, _BILL), gives=Imported, example=_ANSWER,
    problems=_PROBLEMS,
)  # fmt: skip
async def import_bills(asked: Asked[bytes]) -> Imported:
    """Record circulation and retail bills of the traceability platform, each as the caller's event.

    One bill, a list, or one on each line. Each stands alone, and each of its codes: what cannot be read is told, and
    kept in the event. The same again is answered as the first time; another bill under a used number is refused.
    """
    return await _imported(asked, "bills")


@doors.post(
    "/v1/imports/sales", action="imports.submit", takes=_taking(SaleForm, _SALE), gives=Imported, example=_ANSWER,
    problems=_PROBLEMS,
)  # fmt: skip
async def import_sales(asked: Asked[bytes]) -> Imported:
    """Record sales and returns as they are uploaded to the medical insurance (3505, 3506), each as the caller's event.

    One message, a list, or one on each line; each row of each message stands alone. What names the patient is kept
    apart, where it can be erased.
    """
    return await _imported(asked, "sales")


async def _imported(asked: Asked[bytes], form: Form) -> Imported:
    service, party = asked.service, asked.caller.party
    receipted: list[Receipted] = []

    def record(submissions: list[Submission]) -> list[Outcome]:
        receipted.extend(service.recording.record_many(submissions))
        return [each.outcome for each in receipted]

    def work() -> list[ImportedLine]:
        with service.ledger.database.read() as connection:
            uri, _ = party_numbered(connection, party)
        lines = draw_lines(form, asked.given, sender_of(service.gateway, uri, service.names))
        return import_lines(service.gateway, party, lines, record)

    lines = await service.in_thread(work)
    service.count(line.outcome for line in lines)
    return _told(lines, receipted, asked.language)


def _told(lines: list[ImportedLine], receipted: list[Receipted], language: Language) -> Imported:
    given = [
        line.outcome.problem if line.outcome.problem is not None else Submission(b"", b"") for line in lines
    ]
    receipts = (each for each in receipted if each.outcome.problem is None)
    outcomes = outcomes_of(given, receipts, language).outcomes
    return Imported(
        lines=[
            LineTold(
                line=line.line, outcome=outcome, left_out=list(line.left_out),
                faults=[UnusedTold(place=each.place, fault=each.fault, text=each.text) for each in line.faults],
            )
            for line, outcome in zip(lines, outcomes, strict=True)
        ]
    )  # fmt: skip
