"""`capture`: a document that an ERP sends becomes events of the ledger, all of them or those without a fault.

    1. accept   the document can be read; it is on disk, as a job, before its sender hears of it
    2. read     each event: a body to sign, or a fault with its place
    3. sign     by the gateway, for the party (ledger.gateway); what was signed before keeps its statement
    4. record   together in one transaction (`rollback`), or each on its own (`proceed`)
    5. finish   the job says what became of each event, and lets go of the document

Steps 2 to 5 happen after the answer, in a thread of their own. A process that ends in between, or is killed, leaves
the job unfinished; whoever opens the ledger next takes it up again, and since the same bodies get the same statements,
what was recorded is found recorded. Two processes that take up one job at the same time do it once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Flag
from typing import Final, Literal

from ledger.clock import Clock, Randomness
from ledger.custody.epcis.capture import Behaviour, Captured, CapturedEvent, read_capture, settle
from ledger.custody.epcis.faults import CaptureFault, placed
from ledger.custody.event import parse_event
from ledger.errors import CodeFault, FormatError, LedgerError, Misuse, NotVerified, Refusal, Unavailable
from ledger.gateway import Gateway, ToSign
from ledger.limits import CAPTURE_JOB_SECONDS_MAX, CAPTURE_JOBS_PER_PAGE_MAX, CAPTURE_JOBS_WAITING_MAX
from ledger.record import Recorder
from ledger.recording.admit import open_confidential
from ledger.recording.outcome import Outcome
from ledger.store.captures import (
    FaultTold,
    Job,
    count_unfinished,
    document_of,
    drop_finished_before,
    find_job,
    finish_job,
    insert_job,
    jobs_after,
    unfinished_jobs,
)
from ledger.store.database import Database
from ledger.submission import Submission

__all__ = ["Capturing", "Step", "readable"]

Step = Literal["accepted", "signed", "recorded", "finished"]
"""Where a job is, for whoever watches: metrics, crash tests."""

_AGAIN_SECONDS: Final = 5


class Capturing:
    """Takes documents, and records them one after the other.

    Args:
        database: where jobs are kept.
        gateway: signs.
        recorder: records.
        clock, random: times and ids of jobs.
        on_fault: told of a fault of the program, which ends one job and no other.
        on_step: called at each step of each job.
    """

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        recorder: Recorder,
        clock: Clock,
        random: Randomness,
        on_fault: Callable[[Exception], None],
        on_step: Callable[[Step], None] = lambda step: None,
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._recorder = recorder
        self._clock = clock
        self._random = random
        self._on_fault = on_fault
        self._on_step = on_step
        self._ending = Flag()
        self._worker = ThreadPoolExecutor(1, "capture")

    def resume(self) -> None:
        """Take up what an earlier process left unfinished."""
        with self._database.read() as connection:
            for job_id in unfinished_jobs(connection):
                self._worker.submit(self._work, job_id)

    def close(self) -> None:
        """Finish the job at work, and leave the others to whoever opens the ledger next."""
        self._ending.set()
        self._worker.shutdown(cancel_futures=True)

    # -- for callers

    def accept(self, party: int, document: bytes, media_type: str, behaviour: Behaviour) -> Job:
        """Take a document for a party; its job is on disk when this returns.

        Raises:
            CaptureFault, FormatError: as `read_capture`; nothing was taken.
            Unavailable: `server-busy` when too many wait; the database failed.
        """
        # 1.
        read_capture(document, media_type)
        now = self._clock()
        job = Job(
            id=self._random(16).hex(), party_number=party, created=now, finished=None, behaviour=behaviour,
            media_type=media_type,
        )  # fmt: skip
        with self._database.write() as connection:
            if count_unfinished(connection) >= CAPTURE_JOBS_WAITING_MAX:
                raise Unavailable("server-busy", "too many documents wait to be recorded")
            drop_finished_before(connection, now - CAPTURE_JOB_SECONDS_MAX)
            insert_job(connection, job, document)
        self._on_step("accepted")
        self._worker.submit(self._work, job.id)
        return job

    def job(self, party: int, job_id: str) -> Job:
        """Return a party's job.

        Raises:
            Misuse: `capture-unknown` when there is none, or it is another party's.
        """
        with self._database.read() as connection:
            job = find_job(connection, job_id)
        if job is None or job.party_number != party:
            raise Misuse("capture-unknown")
        return job

    def jobs(self, party: int, after: tuple[int, str] | None, count: int) -> list[Job]:
        """Return a party's jobs, the newest first, after the one at this (created, id)."""
        with self._database.read() as connection:
            return jobs_after(connection, party, after, min(count, CAPTURE_JOBS_PER_PAGE_MAX))

    def sign_one(self, party: int, event: CapturedEvent) -> Submission:
        """Return one event signed for a party, to be recorded at once.

        Raises:
            CaptureFault: the event is at fault.
            Refusal: `event-exists`.
            Unavailable, Misuse: as `Gateway.sign`.
        """
        (signed,) = self._gateway.sign(party, [readable(event)])
        if isinstance(signed, Refusal):
            raise signed
        return signed

    # -- in the worker

    def _work(self, job_id: str) -> None:
        while not self._ending.is_set():
            try:
                self._finish(job_id)
            except (Unavailable, NotVerified):
                self._ending.wait(_AGAIN_SECONDS)  # nothing is lost: the job is on disk
                continue
            except Exception as error:
                self._on_fault(error)
                self._end(job_id, [FaultTold("server-fault")])
            return

    def _finish(self, job_id: str) -> None:
        with self._database.read() as connection:
            job = find_job(connection, job_id)
            if job is None or job.finished is not None:
                return
            document = document_of(connection, job_id)
        # 2. to 4.
        outcomes = self._record(job, read_capture(document, job.media_type))
        # 5.
        errors = settle("proceed", outcomes).errors
        self._end(job_id, [_told(error) for error in errors if error.code != "neighbour-refused"])
        self._on_step("finished")

    def _end(self, job_id: str, faults: Sequence[FaultTold]) -> None:
        with self._database.write() as connection:
            finish_job(connection, job_id, self._clock(), faults)

    def _record(self, job: Job, captured: Captured) -> list[LedgerError | None]:
        # 2.
        answers = [_readable(number, each) for number, each in enumerate(captured.events)]
        if job.behaviour == "rollback" and any(isinstance(each, LedgerError) for each in answers):
            return [each if isinstance(each, LedgerError) else None for each in answers]
        # 3.
        signing = [(number, each) for number, each in enumerate(answers) if isinstance(each, ToSign)]
        signed = self._gateway.sign(job.party_number, [each for _, each in signing])
        self._on_step("signed")
        # 4.
        good = [each for each in signed if isinstance(each, Submission)]
        together = job.behaviour == "rollback"
        if together and len(good) < len(signed):
            outcomes = [Outcome(status="refused", problem=Refusal("neighbour-refused")) for _ in good]
        elif together:
            outcomes = self._recorder.record_together(good)
        else:
            outcomes = self._recorder.record(good)
        self._on_step("recorded")
        problems = iter(outcome.problem for outcome in outcomes)
        result: list[LedgerError | None] = [each if isinstance(each, LedgerError) else None for each in answers]
        for (number, _), each in zip(signing, signed, strict=True):
            problem = each if isinstance(each, Refusal) else next(problems)
            result[number] = None if problem is None else placed(problem, event=number)
        return result


def readable(captured: CapturedEvent) -> ToSign:
    """Return an event as the gateway signs it.

    Raises:
        CaptureFault: it is at fault, or no event of the ledger.
    """
    if captured.event is None:
        assert captured.fault is not None
        raise captured.fault
    # In its one spelling also when it came alone: the same event in a document is the same event.
    body = captured.event.body()
    try:
        event = parse_event(body)
        open_confidential(event, None)
    except (FormatError, CodeFault, Refusal) as error:
        raise placed(error) from None
    return ToSign(body=body, subject=event.event_id, kind=event.kind, corrects=event.corrects)


def _readable(number: int, captured: CapturedEvent) -> ToSign | CaptureFault:
    try:
        return readable(captured)
    except CaptureFault as fault:
        return placed(fault, event=number)


def _told(error: LedgerError) -> FaultTold:
    place = error if isinstance(error, CaptureFault) else None
    return FaultTold(error.code, error.detail, place.event if place else None, place.line if place else 0)
