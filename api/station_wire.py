"""What stations send and are sent at the counter, as JSON; how that becomes values of the ledger, and back.

Names are camelCase, as in EPCIS; absent is left out, never null.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from api.language import Language
from api.problems import Problem, problem_of
from api.reading import JSON, Takes
from api.recording import Receipted
from ledger.ask import ASKABLE, Foretold, Question
from ledger.codes import read, uri_of
from ledger.custody.acts import Actor
from ledger.custody.anomalies import ANOMALIES, Verdict
from ledger.errors import CodeFault, FormatError, LedgerError, Misuse
from ledger.identity.access import Caller
from ledger.limits import (
    CODES_PER_LOOKUP_MAX,
    SCAN_CHARACTERS_MAX,
    SUBMISSIONS_PER_REQUEST_MAX,
    UPLOAD_REQUEST_BYTES_MAX,
    URI_CHARACTERS_MAX,
)
from ledger.log.spelling import print_base64
from ledger.submission import Submission, parse_line

__all__ = [
    "UPLOAD", "AnomalyTold", "Line", "Lookup", "LookupAnswer", "OutcomeTold", "Outcomes", "Told", "WireAnswer",
    "lookup_answer", "outcomes_of", "question_of", "scans_of", "told",
]  # fmt: skip

VerdictWord = Literal["ok", "caution", "stop", "scanner_fault"]
Line = Submission | LedgerError
_LINES: Final = ("application/jsonl", "application/x-ndjson")


class WireAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What all that we answer has in common: names in camelCase, and nothing said that is not so."""


class AnomalyTold(WireAnswer, frozen=True, kw_only=True):
    """Something wrong; `code` is the pack's URI, left out when the statement as a whole is meant."""

    name: str
    verdict: VerdictWord
    text: str
    code: str = ""


class OutcomeTold(WireAnswer, frozen=True, kw_only=True):
    """What became of one submission.

    Attributes:
        status: recorded, already recorded (with the first answer), or refused.
        verdict: what to tell the person at the counter; left out when refused.
        known: how much was known when it was given: here always `online`.
        index: its place in the log.
        anomalies: what was wrong.
        receipt: the COSE receipt, in base64.
        problem: why it was refused.
    """

    status: Literal["recorded", "already-recorded", "refused"]
    verdict: VerdictWord | None = None
    known: Literal["online"] | None = None
    index: int | None = None
    anomalies: list[AnomalyTold] = msgspec.field(default_factory=list)
    receipt: str | None = None
    problem: Problem | None = None


class Outcomes(WireAnswer, frozen=True, kw_only=True):
    """One outcome for each line, in the same order."""

    outcomes: list[OutcomeTold]


class Lookup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Packs, as scanned or typed, and what is about to be done with them.

    Attributes:
        codes: each as the scanner delivered it, or as a URI.
        act: the verdict depends on it: what may be received may not be dispensed.
        insured: of a dispensing: an insurer is to pay.
        site: URI of the caller's site where it is done; by default where the caller's station stands.
    """

    codes: Annotated[
        list[Annotated[str, Meta(max_length=SCAN_CHARACTERS_MAX)]], Meta(min_length=1, max_length=CODES_PER_LOOKUP_MAX)
    ]
    act: Literal[ASKABLE] = "inspecting"  # type: ignore[valid-type]
    insured: bool = False
    site: Annotated[str, Meta(max_length=URI_CHARACTERS_MAX)] = ""


class Told(WireAnswer, frozen=True, kw_only=True):
    """What is said of one code.

    Attributes:
        verdict: `scanner_fault` when the text is no code; `problem` then says what to do.
        known: how much was known when it was given: here always `online`.
        code: its URI.
        product: the name of the product, in the language asked for.
        batch, expiry: what the ledger knows of the goods; the date as 2028-12-31.
    """

    verdict: VerdictWord
    known: Literal["online"] | None = None
    code: str = ""
    product: str = ""
    batch: str = ""
    expiry: str = ""
    anomalies: list[AnomalyTold] = msgspec.field(default_factory=list)
    problem: Problem | None = None


class LookupAnswer(WireAnswer, frozen=True, kw_only=True):
    """The gravest verdict, and one for each code, in the order asked."""

    verdict: VerdictWord
    codes: list[Told]


def _read_upload(data: bytes, media: str) -> list[Line]:
    lines = [data] if media == JSON else [line for line in data.split(b"\n") if line.strip()]
    if not lines:
        raise Misuse("request-invalid", "no submission")
    if len(lines) > SUBMISSIONS_PER_REQUEST_MAX:
        raise Misuse("submissions-too-many", f"{len(lines)}, at most {SUBMISSIONS_PER_REQUEST_MAX}")
    return [_read_line(line) for line in lines]


def _read_line(data: bytes) -> Line:
    try:
        line = parse_line(data)
    except FormatError as error:
        return error
    if line.received is not None:
        return FormatError("upload-line-malformed", "received is for simulated data alone")
    return line.submission


_EXAMPLE: Final[dict[str, Any]] = {
    "statement": "0oRYpaUBJwRYIEy6JSyxjL+WLzXjl7pUW5EE2/fkm6Jhaiu5…",
    "body": '{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"ObjectEvent",…}',
}


class UploadLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A submission: statement in base64, the exact body and confidential part as texts."""

    statement: str
    body: str
    confidential: str | None = None


UPLOAD: Final[Takes[list[Line]]] = Takes(
    (JSON, *_LINES), UPLOAD_REQUEST_BYTES_MAX, _read_upload, UploadLine, _EXAMPLE
)
"""One submission as JSON, or many as JSON Lines (docs/formats/submission.md)."""


def told(code: str, name: str, language: Language) -> AnomalyTold:
    """Return an anomaly for people; `code` is a pack's key, or empty."""
    row = ANOMALIES[name]
    text = row.zh if language == "zh" else row.en
    return AnomalyTold(name=name, verdict=_word(row.verdict), text=text, code=uri_of(code) if code else "")


def _word(verdict: Verdict) -> VerdictWord:
    words: dict[Verdict, VerdictWord] = {
        Verdict.OK: "ok", Verdict.CAUTION: "caution", Verdict.STOP: "stop", Verdict.SCANNER_FAULT: "scanner_fault",
    }  # fmt: skip
    return words[verdict]


def outcomes_of(lines: Sequence[Line], receipted: Iterator[Receipted], language: Language) -> Outcomes:
    """Return the answer to an upload: `receipted` holds one for each line that was a submission, in order."""
    return Outcomes(
        outcomes=[
            _refused(line, language) if isinstance(line, LedgerError) else _outcome(next(receipted), language)
            for line in lines
        ]
    )


def _refused(error: LedgerError, language: Language) -> OutcomeTold:
    return OutcomeTold(status="refused", problem=problem_of(error, language))


def _outcome(receipted: Receipted, language: Language) -> OutcomeTold:
    outcome, receipt = receipted.outcome, receipted.receipt
    if outcome.problem is not None or receipt is None:
        assert outcome.problem is not None
        return _refused(outcome.problem, language)
    return OutcomeTold(
        status=outcome.status, verdict=_word(outcome.verdict), known="online", index=outcome.index,
        anomalies=[told(code, name, language) for code, name in outcome.anomalies], receipt=print_base64(receipt),
    )  # fmt: skip


def scans_of(lookup: Lookup) -> list[str | CodeFault]:
    """Return the key that each text of a look-up means, or what is wrong with the text."""
    scans: list[str | CodeFault] = []
    for text in lookup.codes:
        try:
            scans.append(read(text).key)
        except CodeFault as fault:
            scans.append(fault)
    return scans


def question_of(lookup: Lookup, scans: Sequence[str | CodeFault], caller: Caller) -> Question:
    """Return the question that a look-up puts to the ledger."""
    actor = Actor(caller.party, caller.site, caller.station, frozenset(caller.roles))
    codes = sorted({scan for scan in scans if isinstance(scan, str)})
    return Question(actor=actor, kind=lookup.act, codes=tuple(codes), insured=lookup.insured, site=lookup.site)


def lookup_answer(
    scans: Sequence[str | CodeFault], foretold: Sequence[Foretold], language: Language
) -> LookupAnswer:
    """Return the answer to a look-up."""
    by_code = {each.code: each for each in foretold}
    answers: list[tuple[Verdict, Told]] = []
    for scan in scans:
        if isinstance(scan, CodeFault):
            problem = problem_of(scan, language)
            answers.append((Verdict.SCANNER_FAULT, Told(verdict="scanner_fault", problem=problem)))
        else:
            answers.append((by_code[scan].verdict, _told(by_code[scan], language)))
    gravest = max(verdict for verdict, _ in answers)
    return LookupAnswer(verdict=_word(gravest), codes=[each for _, each in answers])


def _told(foretold: Foretold, language: Language) -> Told:
    day = f"{foretold.expiry:08d}"
    return Told(
        verdict=_word(foretold.verdict),
        known="online",
        code=uri_of(foretold.code),
        product=foretold.product[language == "zh"],
        batch=foretold.batch,
        expiry=f"{day[:4]}-{day[4:6]}-{day[6:]}" if foretold.expiry else "",
        anomalies=[told("", name, language) for name in foretold.anomalies],
    )
