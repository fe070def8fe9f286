"""Documents in: capture jobs, and single events; the gateway signs what these parties do not sign themselves."""

from __future__ import annotations

import base64
import binascii
import struct
from functools import partial
from typing import Annotated, Final
from urllib.parse import quote

import msgspec
from msgspec import Meta
from starlette.responses import Response

from api.door import Asked, Doors, Query
from api.epcis.headers import CAPTURE_LIMITS, EPCIS, behaviour_of, require_epcis
from api.language import Language
from api.problems import STORING, Problem, problem_of
from api.reading import JSON, Decimal, Takes
from api.station_wire import OutcomeTold, outcomes_of
from ledger.clock import iso
from ledger.custody.epcis.capture import MEDIA_TYPES, CapturedEvent, read_capture
from ledger.custody.epcis.faults import CaptureFault
from ledger.errors import FormatError
from ledger.limits import CAPTURE_BYTES_MAX, CAPTURE_JOBS_PER_PAGE_MAX
from ledger.store.captures import FaultTold, Job

__all__ = ["announce", "doors"]

doors: Final = Doors(
    "partners", "For manufacturers, distributors and hospitals whose systems speak EPCIS 2.0.", "epcis", require_epcis
)

_DOCUMENT: Final = {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
    "type": "EPCISDocument",
    "schemaVersion": "2.0",
    "creationDate": "2026-11-22T12:40:00+08:00",
    "epcisBody": {"eventList": [{"type": "ObjectEvent", "…": "…"}]},
}
_EVENT: Final = {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
    "type": "ObjectEvent",
    "eventID": "urn:uuid:00000000-0000-4000-8000-000000000001",
    "eventTime": "2026-11-22T12:37:00+08:00",
    "eventTimeZoneOffset": "+08:00",
    "epcList": ["urn:nmpa:dtc:87709840000000015538"],
    "action": "OBSERVE",
    "bizStep": "shipping",
}
_JOB: Final = {
    "captureID": "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "createdAt": "2026-11-22T04:40:00Z",
    "finishedAt": "2026-11-22T04:40:01Z", "running": False, "success": True, "captureErrorBehaviour": "rollback",
    "errors": [],
}  # fmt: skip
_encode: Final = msgspec.json.Encoder().encode
_PLACE: Final = struct.Struct(">q16s")
_READING: Final = (
    "epcis-document", "epcis-context", "epcis-xml", "epcis-xml-forbidden", "epcis-too-large", "epcis-too-many-events",
    "epcis-media-type", "epcis-header", "json-malformed", "json-ambiguous", "json-too-deep",
)  # fmt: skip


class Document(msgspec.Struct, frozen=True):
    """A document of EPCIS, as JSON-LD or XML: docs/formats/capture.md."""

    data: bytes
    media_type: str


def _document(data: bytes, media: str) -> Document:
    return Document(data, media)


class EpcisDocument(msgspec.Struct, frozen=True):
    """An EPCISDocument, an EPCISQueryDocument, or for one event the event itself; docs/formats/capture.md."""

    type: str


_MEDIA: Final = ("application/ld+json", JSON, *(media for media in MEDIA_TYPES if "xml" in media))
_TAKES: Final = Takes(_MEDIA, CAPTURE_BYTES_MAX, _document, EpcisDocument, _DOCUMENT)
_TAKES_ONE: Final = Takes(_MEDIA, CAPTURE_BYTES_MAX, _document, EpcisDocument, _EVENT)


class CaptureJob(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What becomes of a document (EPCIS 2.0 §12.4).

    Attributes:
        running, success: true and true while no event was refused, false and true when all are recorded.
        errors: a problem for each event that was refused; `event` is its number in the document, from 0.
    """

    captureID: str  # noqa: N815  EPCIS's own names
    createdAt: str  # noqa: N815
    finishedAt: str = ""  # noqa: N815
    running: bool
    success: bool
    captureErrorBehaviour: str  # noqa: N815
    errors: list[Problem]


class Jobs(msgspec.Struct, frozen=True):
    """Capture jobs, the newest first."""

    member: list[CaptureJob]


class JobsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many jobs, and after which."""

    perPage: Decimal = "30"  # noqa: N815
    nextPageToken: Annotated[str, Meta(max_length=64)] = ""  # noqa: N815


@doors.post(
    "/capture", action="events.capture", takes=_TAKES, gives=CaptureJob, status=202,
    example={**_JOB, "running": True, "finishedAt": ""}, problems=(*_READING, "request-invalid", *STORING),
)  # fmt: skip
async def capture_document(asked: Asked[Document]) -> Response:
    """Take a document of events, and record them.

    The answer comes when the document is kept for good; what becomes of its events is asked at the address that
    `Location` names.
    `GS1-Capture-Error-Behaviour` says whether one event at fault keeps all from being recorded (`rollback`, unless
    said otherwise) or not (`proceed`).
    An event that this party handed in before is not recorded twice.
    """
    service, document = asked.service, asked.given
    behaviour = behaviour_of(asked.headers)
    work = partial(service.captures.accept, asked.caller.party, document.data, document.media_type, behaviour)
    job = await service.in_thread(work)
    headers = {"Location": f"/capture/{job.id}", "Content-Language": asked.language, **EPCIS}
    return Response(_encode(job_told(job, asked.language)), 202, headers, JSON)


@doors.get(
    "/capture", action="events.capture", query=Query(JobsQuery, {"perPage": "30"}), gives=Jobs,
    example={"member": [_JOB]}, problems=("epcis-header", "query-page-token", "store-unavailable"),
)  # fmt: skip
async def list_jobs(asked: Asked[JobsQuery]) -> Response:
    """List the capture jobs of one's party, the newest first."""
    service, given = asked.service, asked.given
    count = min(max(int(given.perPage), 1), CAPTURE_JOBS_PER_PAGE_MAX)
    after = _read_place(given.nextPageToken) if given.nextPageToken else None
    found = await service.in_thread(partial(service.captures.jobs, asked.caller.party, after, count + 1))
    headers = {"Content-Language": asked.language, **EPCIS}
    if len(found) > count:
        headers["Link"] = f'</capture?perPage={count}&nextPageToken={_print_place(found[count - 1])}>; rel="next"'
    told = Jobs([job_told(job, asked.language) for job in found[:count]])
    return Response(_encode(told), 200, headers, JSON)


@doors.get(
    "/capture/{id}", action="events.capture", gives=CaptureJob, example=_JOB,
    problems=("capture-unknown", "epcis-header", "store-unavailable"),
)  # fmt: skip
async def read_job(asked: Asked[object]) -> Response:
    """Say what became of a document.

    The job of another party is answered like one that does not exist.
    """
    service = asked.service
    job = await service.in_thread(partial(service.captures.job, asked.caller.party, asked.path["id"]))
    headers = {"Content-Language": asked.language, **EPCIS}
    return Response(_encode(job_told(job, asked.language)), 200, headers, JSON)


@doors.post(
    "/events", action="events.capture", takes=_TAKES_ONE, gives=OutcomeTold, status=201,
    example={"status": "recorded", "verdict": "ok", "known": "online", "index": 70_012, "receipt": "0oRYUaUBJwRYIA…"},
    problems=(*_READING, "epcis-member", "epcis-value", "epcis-name", "epcis-extension", "event-exists", *STORING),
)  # fmt: skip
async def capture_event(asked: Asked[Document]) -> Response:
    """Record one event, at once.

    The answer tells its verdict and holds its receipt; `Location` is where events with its id are read.
    The same event again is answered as the first time; another one under the same id is refused, unless it declares
    the earlier one an error.
    """
    service, party, document = asked.service, asked.caller.party, asked.given
    event = await service.in_thread(partial(_only_event, document))
    submission = await service.in_thread(partial(service.captures.sign_one, party, event))
    (receipted,) = await service.recording.record([submission])
    service.count([receipted.outcome])
    if receipted.outcome.problem is not None:
        raise receipted.outcome.problem
    assert event.event is not None
    (told,) = outcomes_of([submission], iter([receipted]), asked.language).outcomes
    place = f"/events/{quote(event.event.members['eventID'], safe='')}"
    headers = {"Location": place, "Content-Language": asked.language, **EPCIS}
    return Response(_encode(told), 201, headers, JSON)


def _only_event(document: Document) -> CapturedEvent:
    captured = read_capture(document.data, document.media_type)
    # A bare event has no form in XML: there, a document of one event stands for it.
    if len(captured.events) != 1 or not (captured.bare or MEDIA_TYPES[document.media_type] == "xml"):
        raise CaptureFault("epcis-document", "one event, without a document around it")
    return captured.events[0]


def job_told(job: Job, language: Language) -> CaptureJob:
    """Return a job as EPCIS has it."""
    return CaptureJob(
        captureID=job.id,
        createdAt=iso(job.created),
        finishedAt="" if job.finished is None else iso(job.finished),
        running=job.finished is None,
        success=not job.faults,
        captureErrorBehaviour=job.behaviour,
        errors=[_problem(fault, language) for fault in job.faults],
    )


def _problem(fault: FaultTold, language: Language) -> Problem:
    error = CaptureFault(fault.code, fault.detail)
    told = problem_of(error, language, "epcis")
    return msgspec.structs.replace(told, event=fault.event, line=fault.line)


def _print_place(job: Job) -> str:
    return base64.urlsafe_b64encode(_PLACE.pack(job.created, bytes.fromhex(job.id))).rstrip(b"=").decode("ascii")


def _read_place(token: str) -> tuple[int, str]:
    """Return (created, id) of a token: it leads to nothing but the asker's own jobs, so nothing guards it."""
    try:
        created, job_id = _PLACE.unpack(base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True))
    except (ValueError, binascii.Error, struct.error):
        raise FormatError("query-page-token", "not written here") from None
    return created, job_id.hex()


def announce(path: str) -> None:
    """Hang a door that says what may be done at this path (EPCIS 2.0 §12.3)."""
    at = [door.methods for door in doors.doors if door.path == path]
    allowed = ", ".join(sorted({"OPTIONS"}.union(*at)))

    async def options(_asked: Asked[object]) -> Response:
        limits = CAPTURE_LIMITS if "POST" in allowed and path in ("/capture", "/events") else {}
        return Response(None, 204, {"Allow": allowed, **EPCIS, **limits})

    name = path.strip("/").replace("/", "_").replace("{", "").replace(":path}", "").replace("}", "")
    options.__name__ = f"options_{name}"
    options.__doc__ = f"Say what may be done at {path.replace(':path', '')}, and within which limits."
    doors.other("OPTIONS", path, action="service.read", problems=("epcis-header",))(options)


for _path in ("/capture", "/capture/{id}"):
    announce(_path)
