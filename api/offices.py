"""For regulators: what the rules found, and the cases of their office, with all that one does in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

from starlette.responses import Response

from api.door import Asked, Doors, Query
from api.office_wire import (
    ActedTold,
    CasesQuery,
    CasesTold,
    CaseTold,
    Doing,
    FindingsQuery,
    FindingsTold,
    FindingTold,
    Names,
    NewCase,
    acted_told,
    case_told,
    cases_told,
    findings_told,
    number_in,
    one_finding_told,
)
from api.problems import RECORDING
from api.reading import json_of
from api.tables import FILES, listed, rows_wanted
from ledger.casework import Acted, Desk
from ledger.errors import Misuse
from ledger.office.cases import act_in, deeds_in, open_case, visible_case
from ledger.office.findings import visible_finding, visible_findings
from ledger.papers.case import CASE_STATES
from ledger.papers.contents import AskName
from ledger.store.cases import cases_of
from ledger.store.database import Connection

__all__ = ["doors"]

T = TypeVar("T")
doors: Final = Doors("offices", "For regulators: what the rules found, and the cases of their office.")

_ID: Final = re.compile(r"[0-9a-f]{32}")
_FINDING: Final = {
    "id": "7ef52fa32063b097c305405696f9d074", "rule": "dispensed-twice", "version": "9c1f…", "about": "pack",
    "severity": "high", "score": 95, "cents": 5000, "subject": "87709840000000015538", "time": "2026-11-26T08:00:00Z",
    "sentence": "The pack was dispensed 2 times, …", "open": True, "evidence": [12, 70],
    "institutions": [{"uri": "https://pharmacy.example/", "name": "Pharmacy"}], "numbers": {"sales": 2},
}  # fmt: skip
_CASE: Final = {
    "number": 12, "uri": "urn:uuid:00000000-0000-4000-8000-000000000006", "title": "One card in eight health centres",
    "state": "working", "opened": "2026-11-26T08:00:00Z", "last": 70012,
    "office": {"uri": "https://police.example/", "name": "Police"}, "officer": "https://police.example/desk/1",
    "findings": ["7ef52fa32063b097c305405696f9d074"],
}  # fmt: skip
_FINDING_COLUMNS: Final = (
    "id", "rule", "about", "severity", "score", "cents", "subject", "time", "sentence", "institutions", "persons",
)  # fmt: skip
_CASE_COLUMNS: Final = (
    "number", "title", "state", "opened", "deadline", "office", "officer", "result", "cause", "findings", "seizures",
)  # fmt: skip
_ACTED: Final = {"index": 70012, "case": _CASE}
_ACTING: Final = (
    "officer-unknown", "case-not-authorised", "case-full", "finding-unknown", "paper-member", "paper-time",
    "key-outside-validity", "key-retired", "key-compromised", *RECORDING,
)  # fmt: skip


async def _looked(asked: Asked[Any], look: Callable[[Connection, Names], T]) -> T:
    """Return what a look inside the fence finds."""

    def work() -> T:
        with asked.service.fence.read(asked.caller) as connection:
            return look(connection, Names(connection, asked.service.ledger.registry, asked.language, asked.caller))

    return await asked.service.in_thread(work)


async def _acted(asked: Asked[Any], act: Callable[[Connection, Desk], Acted], *, person: str = "") -> ActedTold:
    """Return what became of what the officer does who asks; `person` is the pseudonym that it is about, if any."""

    def work() -> ActedTold:
        service = asked.service
        desk = service.officers.desk(asked.caller)
        with service.fence.read(asked.caller, person=person) as connection:
            acted = act(connection, desk)
            return acted_told(Names(connection, service.ledger.registry, asked.language, asked.caller), acted)

    return await asked.service.in_office(work)


@doors.get(
    "/v1/findings", action="findings.read", query=Query(FindingsQuery, {"severity": "high", "limit": "50"}),
    gives=FindingsTold, also=FILES, example={"findings": [_FINDING], "next": _FINDING["id"]},
    problems=("export-too-large", "store-unavailable"),
)  # fmt: skip
async def list_findings(asked: Asked[FindingsQuery]) -> FindingsTold | Response:
    """List the open findings: the gravest first, then the surest, then the dearest.

    Commerce and tax see those about packs, institutions and trade, without the persons in them.
    As a file, with `format`, all come at once, up to a bound.
    """
    given = asked.given
    count = rows_wanted(given.format, given.limit)

    def look(connection: Connection, names: Names) -> FindingsTold:
        found = visible_findings(
            connection, asked.caller, rule=given.rule, severity=given.severity, after=given.after or "",
            count=count,
        )  # fmt: skip
        return findings_told(names, found, count)

    told = await _looked(asked, look)
    if given.format != "json":
        return await asked.service.in_office(partial(listed, given.format, told.findings, _FINDING_COLUMNS, "findings"))
    return told


@doors.get(
    "/v1/findings/{finding}", action="findings.read", gives=FindingTold, example=_FINDING,
    problems=("finding-unknown", "store-unavailable"),
)  # fmt: skip
async def show_finding(asked: Asked[Any]) -> FindingTold:
    """Show one finding, open or closed, with its history."""
    name = asked.path["finding"]
    if _ID.fullmatch(name) is None:
        raise Misuse("finding-unknown")
    return await _looked(
        asked, lambda connection, names: one_finding_told(names, visible_finding(connection, asked.caller, name))
    )


@doors.get(
    "/v1/cases", action="cases.read", query=Query(CasesQuery, {"state": "waiting"}), gives=CasesTold, also=FILES,
    example={"cases": [_CASE], "next": "12"}, problems=("export-too-large", "store-unavailable"),
)  # fmt: skip
async def list_cases(asked: Asked[CasesQuery]) -> CasesTold | Response:
    """List the cases that the caller's office holds or held, the newest first; with `format` all of them, as a file."""
    given = asked.given
    count = rows_wanted(given.format, given.limit)
    state = None if given.state is None else CASE_STATES.index(given.state)

    def look(connection: Connection, names: Names) -> CasesTold:
        found = cases_of(connection, asked.caller.party, state=state, after=int(given.after), count=count)
        return cases_told(names, found, count)

    told = await _looked(asked, look)
    if given.format != "json":
        return await asked.service.in_office(partial(listed, given.format, told.cases, _CASE_COLUMNS, "cases"))
    return told


@doors.get(
    "/v1/cases/{number}", action="cases.read", gives=CaseTold, example=_CASE,
    problems=("case-unknown", "store-unavailable"),
)  # fmt: skip
async def show_case(asked: Asked[Any]) -> CaseTold:
    """Show a case: where it stands, and all that was done in it, by whom and in which words."""
    number = number_in(asked.path["number"])

    def look(connection: Connection, names: Names) -> CaseTold:
        case = visible_case(connection, asked.caller, number)
        return case_told(names, number, case, deeds_in(connection, asked.service.ledger.registry, number))

    return await _looked(asked, look)


@doors.post(
    "/v1/cases", action="cases.act",
    takes=json_of(NewCase, {"title": "One card in eight health centres", "findings": [_FINDING["id"]]}),
    gives=ActedTold, example=_ACTED, problems=_ACTING,
)  # fmt: skip
async def open_new_case(asked: Asked[NewCase]) -> ActedTold:
    """Open a case with what is known.

    The officer's action is signed by the key that the gateway keeps for them, and recorded like every statement.
    """
    opening = asked.given.opening()
    return await _acted(asked, lambda connection, desk: open_case(connection, asked.caller, desk, opening))


@doors.post(
    "/v1/cases/{number}/actions", action="cases.act",
    takes=json_of(Doing, {"do": {"act": "note", "text": "Card holders were written to."}, "after": 70012}),
    gives=ActedTold, example=_ACTED,
    problems=(
        "case-unknown", "case-exists", "case-closed", "case-elsewhere", "case-changed", "case-taken", "office-unknown",
        "finding-elsewhere", "ask-unknown", "ask-own", "ask-ended", "deadline-past",
        "person-unknown", "person-erased", *_ACTING,
    ),
)  # fmt: skip
async def act_in_case(asked: Asked[Doing]) -> ActedTold:
    """Do something in a case: add to it, claim it, note, set a deadline, hand it over, decide it.

    docs/formats/action.md lists what there is to do, and by whom.
    With `after`, it counts only if nobody acted since: of two officers at once the second is told.
    """
    number, given = number_in(asked.path["number"]), asked.given
    return await _acted(
        asked, lambda connection, desk: act_in(connection, asked.caller, desk, number, given.do, given.after),
        person=given.do.person if isinstance(given.do, AskName) else "",
    )  # fmt: skip
