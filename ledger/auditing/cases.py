"""The cases' tables, compared with what the actions in the log make of them, folded anew.

Memory grows with the number of cases, which is small beside everything else in a ledger.
"""

from __future__ import annotations

from collections.abc import Iterator

from ledger.errors import NotVerified
from ledger.log.statement import parse_statement
from ledger.papers.case import Case, begin, step
from ledger.papers.contents import Action, Opening
from ledger.papers.paper import parse_paper
from ledger.store.cases import (
    action_rows,
    case_rows,
    office_of,
    officer_of,
    row_of_case,
    scan_office_papers,
)
from ledger.store.database import Connection, Database
from ledger.store.registry import Registry

__all__ = ["check_cases"]


class _Fold:
    """All cases, as the actions of the log make them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._registry = Registry()
        self._numbers: dict[str, int] = {}
        self.cases: list[Case] = []

    def enter(self, index: int, statement: bytes, body: bytes) -> tuple[int, str]:
        """Let one action do what it does; return its case's number, and why it does not count."""
        signer = self._registry.signer(self._connection, parse_statement(statement).kid)
        action = parse_paper("action", body).content
        if signer is None or not isinstance(action, Action):
            raise NotVerified("key-unknown", index=index)
        officer = officer_of(signer)
        number = self._numbers.get(action.case, 0)
        if number:
            made = step(self.cases[number - 1], action, officer, index, self._office)
            if isinstance(made, Case):
                self.cases[number - 1] = made
        elif isinstance(action.do, Opening):
            made = begin(action, officer, index)
            if isinstance(made, Case):
                self.cases.append(made)
                number = self._numbers[made.uri] = len(self.cases)
        else:
            made = "case-unknown" if officer.is_office else "not-authorised"
        return number, "" if isinstance(made, Case) else made

    def _office(self, uri: str) -> int:
        return office_of(self._connection, uri)


def check_cases(database: Database, connection: Connection, actions: int) -> list[NotVerified]:
    """Return what is wrong with the tables of cases.

    Args:
        database, connection: where the ledger lies.
        actions: how many action statements the log holds.

    Returns:
        `case-altered`, at the log index of the action whose row is wrong, or of the newest action that counts
        of the case whose row is wrong.
    """
    fold = _Fold(connection)
    stored = {index: (number, fault) for index, number, fault in action_rows(connection)}
    faults = []
    count, index = 0, 0
    for index, statement, body in scan_office_papers(database, connection, "action"):
        count += 1
        expected = fold.enter(index, statement, body)
        if stored.pop(index, None) != expected:
            faults.append(NotVerified("case-altered", "the row of this action", index=index))
    if count != actions:
        faults.append(NotVerified("case-altered", f"{actions} actions, but {count} are listed"))
    # A row outside the log has no entry of its own; the newest action is the nearest.
    faults += [
        NotVerified("case-altered", "a row of no action", index=at if at >= 0 else max(index, 0)) for at in stored
    ]
    return [*faults, *_wrong_states(connection, fold.cases)]


def _wrong_states(connection: Connection, cases: list[Case]) -> Iterator[NotVerified]:
    expected = [row_of_case(number, case) for number, case in enumerate(cases, 1)]
    by_number = {row.number: row for row in expected}
    stored = {row.number: row for row in case_rows(connection)}
    for number in sorted(by_number.keys() | stored.keys()):
        right, found = by_number.get(number), stored.get(number)
        if right != found:
            index = right.last if right is not None else max(found.last if found else 0, 0)
            yield NotVerified("case-altered", f"the row of case {number}", index=index)
