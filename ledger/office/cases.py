"""Cases of an office: the queue, one case with all that was done in it, and doing something in it."""

from __future__ import annotations

from typing import NamedTuple

from ledger.casework import Acted, Desk, require_case
from ledger.errors import Misuse
from ledger.identity.access import Caller
from ledger.identity.sight import may_see_case, may_see_finding, sees_persons
from ledger.log.statement import kid_of
from ledger.papers.case import Case
from ledger.papers.contents import Action, Adding, AllowName, AskName, Deed, Opening, Outcome
from ledger.papers.paper import parse_paper
from ledger.reconcile.findings.finding import decode_finding
from ledger.store.cases import actions_of
from ledger.store.database import Connection
from ledger.store.findings import findings_by_id
from ledger.store.log import get_entries
from ledger.store.persons import person_keys
from ledger.store.registry import Registry

__all__ = ["Done", "act_in", "deeds_in", "open_case", "visible_case"]


class Done(NamedTuple):
    """An action: its log index, numbers of office and station that signed it, why it does not count."""

    entry: int
    office: int
    station: int
    action: Action
    fault: str


def visible_case(connection: Connection, caller: Caller, number: int) -> Case:
    """Return a case of the caller's office.

    Raises:
        Misuse: `case-unknown`, whether there is none of this number or it is others'.
    """
    case = require_case(connection, number)
    if not may_see_case(caller, case.offices):
        raise Misuse("case-unknown", f"no case {number}")
    return case


def deeds_in(connection: Connection, registry: Registry, number: int) -> list[Done]:
    """Return all that was done in a case, in the order of the log."""
    faults = dict(actions_of(connection, number))
    done = []
    for index, _, _, _, statement, body in sorted(get_entries(connection, sorted(faults))):
        content = parse_paper("action", body).content
        signer = registry.signer(connection, kid_of(statement))
        assert isinstance(content, Action)
        assert signer is not None  # its key was known when it was recorded
        done.append(Done(index, signer.party, signer.station, content, faults[index]))
    return done


def open_case(connection: Connection, caller: Caller, desk: Desk, do: Opening) -> Acted:
    """Open a case with findings that the caller may see.

    Raises:
        Misuse: `finding-unknown`; as `Desk.act`.
    """
    _require_visible(connection, caller, do)
    return desk.act(do)


def act_in(
    connection: Connection, caller: Caller, desk: Desk, number: int, do: Deed, after: int | None
) -> Acted:
    """Do something in a case of the caller's office.

    Args:
        connection: inside the fence, for the person whose name is asked for.
        caller, desk: who acts, and where.
        number: of the case.
        do: what.
        after: log index of the newest action that the officer saw.

    Raises:
        Misuse: `case-unknown`, `case-not-authorised`, `finding-unknown`, `person-unknown`, `person-erased`; as
            `Desk.act`.
    """
    visible_case(connection, caller, number)
    if isinstance(do, Opening):
        raise Misuse("case-exists", "a case is opened at its own address")
    if isinstance(do, AskName | AllowName) and not sees_persons(caller):
        # The record asks the party's roles; a key for some of them must not reach further.
        raise Misuse("case-not-authorised", "this key never sees persons")
    if isinstance(do, AskName):
        _require_nameable(connection, do.person)
    _require_visible(connection, caller, do)
    return desk.act(do, number, after=after)


def _require_nameable(connection: Connection, person: str) -> None:
    """Require that something is left of a person that could tell who it is."""
    pseudonym = bytes.fromhex(person)
    key = person_keys(connection, [pseudonym]).get(pseudonym)
    if key is None:
        raise Misuse("person-unknown")
    if key.wrapped is None:
        raise Misuse("person-erased")


def _require_visible(connection: Connection, caller: Caller, do: Deed) -> None:
    named = do.findings or [] if isinstance(do, Opening | Adding | Outcome) else []
    rows = findings_by_id(connection, [bytes.fromhex(each) for each in named])
    seen = {row.id.hex() for row in rows if may_see_finding(caller, decode_finding(row.data).seen.grain)}
    for each in named:
        if each not in seen:
            raise Misuse("finding-unknown", each)
