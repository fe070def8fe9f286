"""Every error as a problem document (RFC 9457): what is wrong, where, what to do, in the caller's language.

    {"type": "urn:packledger:problem:pack-unknown", "title": "The ledger never heard of this pack.",
     "status": 404, "code": "pack-unknown", "detail": "…", "advice": "Check the code. …"}

`code` is for machines, and is the catalogue's (docs/reference/errors.md); `title` and `advice` are for people.
`detail` says what was met here, in English. Clients of SCITT get the same as a Concise Problem Details object
(RFC 9290) instead; clients of EPCIS the same document with a type of EPCIS's own, and its status; whoever asked for a
page gets a page.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final, Literal

import msgspec
from starlette.responses import Response

from api.epcis.exceptions import epcis_status, exception_of_code
from api.epcis.headers import EPCIS
from api.language import Language
from api.pages import page
from api.patient_words import PAGE
from api.status import status_of, status_of_code
from ledger.errors import Denied, LedgerError, Misuse, Unavailable
from ledger.limits import RETRY_SECONDS_MIN
from ledger.log.cbor import MAP, NEGATIVE, head, print_text
from ledger.texts import PROBLEMS

__all__ = [
    "CONCISE", "JSON_PROBLEM", "RECORDING", "STORING", "Problem", "ProblemForm", "from_framework", "problem_of",
    "respond", "status_in",
]  # fmt: skip

JSON_PROBLEM: Final = "application/problem+json"
CONCISE: Final = "application/concise-problem-details+cbor"
ProblemForm = Literal["json", "concise", "epcis", "page"]
STORING: Final = ("store-busy", "store-full", "store-unavailable", "store-unwritable")
"""What may go wrong wherever something is kept in the database."""
RECORDING: Final = (*STORING, "home-unreadable", "home-unwritable")
"""What may go wrong wherever something is recorded in the log."""

_FRAMEWORK: Final = {404: "route-unknown", 405: "method-not-allowed", 413: "request-too-large"}
_COME_AGAIN: Final = frozenset({408, 429, 503})
_encode = msgspec.json.Encoder().encode


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem document.

    Attributes:
        type: `urn:packledger:problem:` and the code.
        title, advice: what is wrong, and what to do; in the language asked for.
        status: the HTTP status that tells it.
        code: the stable identifier.
        detail: what was met here, in English.
        span: of a text, the faulty part as [start, end] in characters.
        index: the log index of the entry at fault.
        event, line: the number of the event in its document, from 0; the line of XML, from 1.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    advice: str = ""
    span: tuple[int, int] | None = None
    index: int | None = None
    event: int | None = None
    line: int = 0


def problem_of(error: LedgerError, language: Language, form: ProblemForm = "json") -> Problem:
    """Return the document that tells an error."""
    text = PROBLEMS[error.code]
    title, advice = (text.zh, text.do_zh) if language == "zh" else (text.en, text.do_en)
    advice = (text.http_zh if language == "zh" else text.http_en) or advice
    kind, status = f"urn:packledger:problem:{error.code}", status_of(error)
    if form == "epcis":
        kind, status = exception_of_code(error.code), epcis_status(error.code)
    return Problem(
        type=kind, title=title, status=int(status), code=error.code, detail=error.detail, advice=advice,
        span=error.span, index=error.index, event=getattr(error, "event", None), line=getattr(error, "line", 0),
    )  # fmt: skip


def status_in(form: ProblemForm, code: str) -> HTTPStatus:
    """Return the status of a problem with this code, in a form of documents."""
    return epcis_status(code) if form == "epcis" else status_of_code(code)


def respond(error: LedgerError, language: Language, form: ProblemForm = "json") -> Response:
    """Return the response that tells an error."""
    problem = problem_of(error, language, form)
    headers = {"Content-Language": language, "Cache-Control": "no-store"}
    if form == "epcis":
        headers |= EPCIS
    if problem.status in _COME_AGAIN:
        headers["Retry-After"] = str(RETRY_SECONDS_MIN)
    if problem.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="packledger"'
    if form == "page":
        at = language == "zh"
        advice = PAGE["later"][at] if problem.status == 429 else problem.advice  # ours is for programs
        shown = page(
            "problem", language, problem.status, title=problem.title, advice=advice, again=PAGE["again"][at]
        )
        shown.headers.update(headers)
        return shown
    if form == "concise":
        return Response(_concise(problem), problem.status, headers, CONCISE)
    return Response(_encode(problem), problem.status, headers, JSON_PROBLEM)


def _concise(problem: Problem) -> bytes:
    # RFC 9290 §2: a map whose standard keys are -1 (title) and -2 (detail).
    detail = problem.detail or problem.advice
    return b"".join((
        head(MAP, 2), head(NEGATIVE, 0), print_text(f"{problem.title} ({problem.code})"),
        head(NEGATIVE, 1), print_text(detail),
    ))  # fmt: skip


def from_framework(status: int, detail: str) -> LedgerError:
    """Return the error of ours that says what the framework found wrong."""
    if status in _FRAMEWORK:
        return Misuse(_FRAMEWORK[status], detail)
    if status in (401, 403):
        return Denied("access-denied", detail)
    return Unavailable("server-fault", f"the framework says {status}")
