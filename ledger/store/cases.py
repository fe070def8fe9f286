"""Cases: which action is about which, and where each stands. Written with the actions, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

from sqlalchemy import Connection, func, select, text

from ledger.identity.signer import Signer
from ledger.papers.case import CASE_STATES, Case, Fault, Officer, begin, decode_case, encode_case, step
from ledger.papers.contents import Action, Opening
from ledger.papers.paper import OFFICES
from ledger.store import tables
from ledger.store.database import Database, scan

__all__ = [
    "CaseRow", "Numbered", "action_rows", "actions_of", "case_numbered", "case_rows", "cases_in_order", "cases_of",
    "enter_action", "fault_of", "looks_before", "number_of", "office_of", "officer_of", "row_of_case",
    "scan_office_papers",
]  # fmt: skip

_state = tables.case_state.c
_action = tables.case_action.c


class Numbered(NamedTuple):
    """A case, and which one it is."""

    number: int
    case: Case


class CaseRow(NamedTuple):
    """A row of `case_state`."""

    number: int
    uri: str
    opened: int
    last: int
    state: int
    office: int
    officer: int
    deadline: int | None
    offices: str
    data: bytes


def officer_of(signer: Signer) -> Officer:
    """Return who acts when this key signs."""
    return Officer(signer.party, signer.station, signer.roles)


def office_of(connection: Connection, uri: str) -> int:
    """Return the number of the party with this URI when it is an office, else 0."""
    party = tables.party.c
    row = connection.execute(select(party.number, party.roles).where(party.uri == uri)).one_or_none()
    return 0 if row is None or OFFICES.isdisjoint(row.roles.split(" ")) else int(row.number)


def enter_action(connection: Connection, signer: Signer, action: Action, index: int) -> Fault | None:
    """Let the action at this log index do what it does to its case; return why it does not count, if so."""
    number, made = _made(connection, signer, action, index)
    fault = None if isinstance(made, Case) else made
    if isinstance(made, Case):
        values = row_of_case(number, made)._asdict()
        if made.opened == index:
            connection.execute(tables.case_state.insert(), values)
        else:
            connection.execute(tables.case_state.update().where(_state.number == number).values(values))
    connection.execute(tables.case_action.insert(), {"log_index": index, "number": number, "fault": fault or ""})
    return fault


def _made(connection: Connection, signer: Signer, action: Action, index: int) -> tuple[int, Case | Fault]:
    officer = officer_of(signer)
    known = number_of(connection, action.case)
    if known:
        case = case_numbered(connection, known)
        assert case is not None
        return known, step(case, action, officer, index, lambda uri: office_of(connection, uri))
    if not isinstance(action.do, Opening):
        return 0, "case-unknown" if officer.is_office else "not-authorised"
    case_or_fault = begin(action, officer, index)
    if not isinstance(case_or_fault, Case):
        return 0, case_or_fault
    last = connection.execute(select(func.max(_state.number))).scalar_one()
    return (last or 0) + 1, case_or_fault


def row_of_case(number: int, case: Case) -> CaseRow:
    """Return the row that says where a case stands."""
    return CaseRow(
        number=number, uri=case.uri, opened=case.opened, last=case.last, state=CASE_STATES.index(case.state),
        office=case.office, officer=case.officer, deadline=case.deadline,
        offices="".join(f" {office}" for office in case.offices) + " ", data=encode_case(case),
    )  # fmt: skip


def number_of(connection: Connection, uri: str) -> int:
    """Return which case has this URI, 0 for none."""
    return connection.execute(select(_state.number).where(_state.uri == uri)).scalar_one_or_none() or 0


def case_numbered(connection: Connection, number: int) -> Case | None:
    """Return a case, None when there is no such number."""
    data = connection.execute(select(_state.data).where(_state.number == number)).scalar_one_or_none()
    return None if data is None else decode_case(bytes(data))


def cases_in_order(connection: Connection) -> Iterator[Numbered]:
    """Iterate over all cases by number."""
    query = select(_state.number, _state.data).order_by(_state.number)
    return (Numbered(number, decode_case(bytes(data))) for number, data in connection.execute(query))


def cases_of(
    connection: Connection, office: int, *, state: int | None, after: int, count: int
) -> list[Numbered]:
    """Return some cases that an office holds or held, the newest first.

    Args:
        office: number of the party.
        state: only those that stand so, by place in `CASE_STATES`; None for all.
        after: the number of the last one that was seen; 0 to begin.
        count: how many at most.
    """
    query = select(_state.number, _state.data).where(_state.offices.contains(f" {office} ", autoescape=True))
    if state is not None:
        query = query.where(_state.state == state)
    if after:
        query = query.where(_state.number < after)
    rows = connection.execute(query.order_by(_state.number.desc()).limit(count))
    return [Numbered(number, decode_case(bytes(data))) for number, data in rows]


def case_rows(connection: Connection) -> Iterator[CaseRow]:
    """Iterate over the rows of `case_state` by number, as they are stored."""
    rows = connection.execute(select(tables.case_state).order_by(_state.number))
    return (
        CaseRow(
            row.number, row.uri, row.opened, row.last, row.state, row.office, row.officer, row.deadline, row.offices,
            bytes(row.data),
        )
        for row in rows
    )


def action_rows(connection: Connection) -> Iterator[tuple[int, int, str]]:
    """Iterate over (log_index, number, fault) of all actions, in the order of the log."""
    rows = connection.execute(select(tables.case_action).order_by(_action.log_index))
    return ((index, number, fault) for index, number, fault in rows)


def actions_of(connection: Connection, number: int) -> list[tuple[int, str]]:
    """Return (log index, why it does not count) of every action about a case, in the order of the log."""
    query = select(_action.log_index, _action.fault).where(_action.number == number).order_by(_action.log_index)
    return [(index, fault) for index, fault in connection.execute(query)]


def fault_of(connection: Connection, index: int) -> str:
    """Return why the action at this log index does not count; an empty text when it does."""
    return str(connection.execute(select(_action.fault).where(_action.log_index == index)).scalar_one())


def looks_before(connection: Connection, index: int, count: int) -> list[tuple[int, bytes, bytes]]:
    """Return (log_index, statement, body) of the newest looks before this log index, the newest first."""
    entry = tables.entry.c
    query = (
        select(entry.log_index, entry.statement, entry.body)
        .where(text(tables.OFFICE_KINDS), entry.kind == "look", entry.log_index < index)
        .order_by(entry.log_index.desc())
        .limit(count)
    )
    return [(at, bytes(statement), bytes(body)) for at, statement, body in connection.execute(query)]


def scan_office_papers(
    database: Database, connection: Connection, kind: str
) -> Iterator[tuple[int, bytes, bytes]]:
    """Iterate over (log_index, statement, body) of what offices stated, in the order of the log, a few at a time.

    Args:
        kind: `action`, `look`, `rule` or `seizure`.
    """
    entry = tables.entry.c
    # The first condition is the one of the index over just these entries.
    query = select(entry.log_index, entry.statement, entry.body).where(text(tables.OFFICE_KINDS), entry.kind == kind)
    with closing(scan(database, connection, query.order_by(entry.log_index))) as rows:
        for index, statement, body in rows:
            yield index, bytes(statement), bytes(body)
