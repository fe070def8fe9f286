"""Capture jobs, and what the gateway signed for parties. Times are seconds since the epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, delete, func, select, tuple_, update

from ledger.store import tables
from ledger.store.exchange import capture_job, gateway_statement

__all__ = [
    "FaultTold", "Job", "Signed", "count_unfinished", "document_of", "drop_finished_before",
    "find_job", "finish_job", "insert_job", "jobs_after", "keep_signed", "party_numbered", "signed_under",
    "unfinished_jobs",
]  # fmt: skip

_job = capture_job.c
_signed = gateway_statement.c
_IDS_A_QUERY: Final = 500
_TOLD: Final = tuple(column for column in capture_job.columns if column.name != "document")


class FaultTold(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why an event of a document is not recorded, as `LedgerError` and `CaptureFault` have it.

    Attributes:
        event: its number in the document, from 0; None when no single event is at fault.
    """

    code: str
    detail: str = ""
    event: int | None = None
    line: int = 0


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `capture_job` without its document."""

    id: str
    party_number: int
    created: int
    finished: int | None
    behaviour: str
    media_type: str
    faults: tuple[FaultTold, ...] = ()


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `gateway_statement`."""

    party_number: int
    event_id: str
    digest: bytes
    kid: bytes
    declares_error: bool
    statement: bytes


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(tuple[FaultTold, ...]).decode


def insert_job(connection: Connection, job: Job, document: bytes) -> None:
    """Keep a document that waits to be recorded."""
    row = msgspec.structs.asdict(job) | {"faults": _encode(job.faults), "document": document}
    connection.execute(capture_job.insert(), row)


def find_job(connection: Connection, job_id: str) -> Job | None:
    """Return the job with this id, or None."""
    row = connection.execute(select(*_TOLD).where(_job.id == job_id)).one_or_none()
    return None if row is None else _job_of(row)


def jobs_after(connection: Connection, party: int, place: tuple[int, str] | None, count: int) -> list[Job]:
    """Return a party's next jobs, the newest first, after the one at this (created, id)."""
    query = select(*_TOLD).where(_job.party_number == party)
    if place is not None:
        query = query.where(tuple_(_job.created, _job.id) < tuple_(*place))
    rows = connection.execute(query.order_by(_job.created.desc(), _job.id.desc()).limit(count))
    return [_job_of(row) for row in rows]


def unfinished_jobs(connection: Connection) -> list[str]:
    """Return the ids of the jobs that are not finished, the oldest first."""
    query = select(_job.id).where(_job.finished.is_(None)).order_by(_job.created, _job.id)
    return list(connection.execute(query).scalars())


def count_unfinished(connection: Connection) -> int:
    """Return how many jobs are not finished."""
    return connection.execute(select(func.count()).where(_job.finished.is_(None))).scalar_one()


def document_of(connection: Connection, job_id: str) -> bytes:
    """Return the document of a job that is not finished."""
    return bytes(connection.execute(select(_job.document).where(_job.id == job_id)).scalar_one())


def finish_job(connection: Connection, job_id: str, finished: int, faults: Sequence[FaultTold]) -> None:
    """Say what became of a job, and let go of its document."""
    done = update(capture_job).where(_job.id == job_id, _job.finished.is_(None))
    connection.execute(done.values(finished=finished, faults=_encode(faults), document=b""))


def drop_finished_before(connection: Connection, time: int) -> None:
    """Forget jobs that were finished before this time."""
    connection.execute(delete(capture_job).where(_job.finished < time))


def _job_of(row: object) -> Job:
    values = dict(row._mapping)  # type: ignore[attr-defined]
    return Job(**values | {"faults": _decode(bytes(values["faults"]))})


def signed_under(connection: Connection, party: int, event_ids: Sequence[str]) -> list[Signed]:
    """Return what was signed for a party under these ids, by any key."""
    found: list[Signed] = []
    for start in range(0, len(event_ids), _IDS_A_QUERY):
        query = select(gateway_statement).where(
            _signed.party_number == party, _signed.event_id.in_(event_ids[start : start + _IDS_A_QUERY])
        )
        found += [_signed_of(row) for row in connection.execute(query)]
    return found


def _signed_of(row: Row[Any]) -> Signed:
    return Signed(
        party_number=row.party_number, event_id=row.event_id, digest=bytes(row.digest), kid=bytes(row.kid),
        declares_error=bool(row.declares_error), statement=bytes(row.statement),
    )  # fmt: skip


def keep_signed(connection: Connection, rows: Sequence[Signed]) -> None:
    """Keep what was signed; no key signs a body twice."""
    if rows:
        connection.execute(
            gateway_statement.insert(),
            [msgspec.structs.asdict(row) | {"declares_error": int(row.declares_error)} for row in rows],
        )


def party_numbered(connection: Connection, number: int) -> tuple[str, str]:
    """Return (URI, region) of a registered party."""
    party = tables.party.c
    row = connection.execute(select(party.uri, party.region).where(party.number == number)).one()
    return row.uri, row.region
