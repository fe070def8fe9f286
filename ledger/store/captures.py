"""Capture jobs, and what the gateway signed for parties. Times are seconds since the epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, delete, func, select, tuple_, update

from ledger.store import tables
from ledger.store.exchange import capture_job, gateway_statement

__all__ = [
    "FaultTold", "Job", "Signed", "count_unfinished", "document_of", "drop_finished_before",
    "find_job", "finish_job", "insert_job", "jobs_after", "party_numbered", "replace_signed", "signed_by_body",
    "signed_by_event", "unfinished_jobs",
]  # fmt: skip

_job = capture_job.c
_signed = gateway_statement.c
_DIGESTS_A_QUERY: Final = 500
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
    digest: bytes
    event_id: str
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


def signed_by_body(connection: Connection, party: int, digests: Sequence[bytes]) -> dict[bytes, bytes]:
    """Return the statement that was signed for a party over each of these bodies, by digest."""
    found: dict[bytes, bytes] = {}
    for start in range(0, len(digests), _DIGESTS_A_QUERY):
        query = select(_signed.digest, _signed.statement).where(
            _signed.party_number == party, _signed.digest.in_(digests[start : start + _DIGESTS_A_QUERY])
        )
        found.update((bytes(digest), bytes(statement)) for digest, statement in connection.execute(query))
    return found


def signed_by_event(connection: Connection, party: int, event_ids: Sequence[str]) -> list[tuple[str, bytes]]:
    """Return (event id, statement) of what was signed for a party under these ids and declares no error."""
    found: list[tuple[str, bytes]] = []
    for start in range(0, len(event_ids), _DIGESTS_A_QUERY):
        query = select(_signed.event_id, _signed.statement).where(
            _signed.party_number == party, _signed.declares_error == 0,
            _signed.event_id.in_(event_ids[start : start + _DIGESTS_A_QUERY]),
        )  # fmt: skip
        found += [(event_id, bytes(statement)) for event_id, statement in connection.execute(query)]
    return found


def replace_signed(connection: Connection, rows: Sequence[Signed]) -> None:
    """Keep what was signed, in the place of what was signed over the same bodies and counts no more."""
    for row in rows:
        connection.execute(
            delete(gateway_statement).where(
                _signed.party_number == row.party_number, _signed.digest == row.digest
            )
        )
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
