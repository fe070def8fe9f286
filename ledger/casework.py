"""`casework`: what an officer does in a case, signed by the station of the office, recorded like everything else.

    1. the key names the station and thereby the office; it must be registered, and count now
    2. the case is looked up, and what its actions would make of this one: what would not count is not signed
    3. sign and record
    4. what the record made of it: somebody else may have acted in between
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

import msgspec

from ledger import canonical
from ledger.clock import Clock, Randomness, iso
from ledger.errors import Misuse
from ledger.identity.signer import Signer, require_valid
from ledger.limits import ACTION_FINDINGS_MAX, PAPER_LINES_MAX
from ledger.log.keys import PrivateKey
from ledger.log.statement import sign_statement
from ledger.opening import Ledger
from ledger.papers.case import Case, Officer, begin, step
from ledger.papers.contents import Action, Adding, Content, Deed, Opening
from ledger.papers.paper import make_paper, media_type
from ledger.record import Recorder
from ledger.store import tables
from ledger.store.cases import case_numbered, fault_of, number_of, office_of, officer_of
from ledger.store.database import Connection
from ledger.store.registry import uri_of_number
from ledger.submission import Submission

__all__ = ["Acted", "Desk", "fresh_id", "record_papers", "require_case"]

_FAULTS: Final = {
    "not-authorised": "case-not-authorised",
    "case-unknown": "case-unknown",
    "case-exists": "case-exists",
    "case-closed": "case-closed",
    "case-elsewhere": "case-elsewhere",
    "case-full": "case-full",
    "office-unknown": "office-unknown",
    "finding-elsewhere": "finding-elsewhere",
    "case-changed": "case-changed",
    "case-taken": "case-taken",
    "ask-unknown": "ask-unknown",
    "ask-own": "ask-own",
    "ask-ended": "ask-ended",
    "deadline-past": "deadline-past",
}


class Acted(msgspec.Struct, frozen=True):
    """What became of an action: the case's number, the action's log index, where the case stands now."""

    number: int
    index: int
    case: Case


def fresh_id(random: Randomness) -> str:
    """Return a paper id that nobody has used."""
    return UUID(bytes=random(16), version=4).urn


class Desk:
    """A station of an office, at work in one open ledger.

    Args:
        ledger, recorder: where it acts.
        key: the station's private key.
        clock, random: times and ids of its papers.

    Raises:
        Misuse: `key-not-enrolled` when no station is registered with this key.
        Refusal: `key-…` when the key does not count now.
    """

    def __init__(
        self, ledger: Ledger, recorder: Recorder, key: PrivateKey, clock: Clock, random: Randomness
    ) -> None:
        self.ledger = ledger
        self._recorder = recorder
        self._key = key
        self._clock = clock
        self._random = random
        # 1.
        with ledger.database.read() as connection:
            signer = ledger.registry.signer(connection, key.public.thumbprint())
        if signer is None:
            raise Misuse("key-not-enrolled", "no station is registered with this key")
        require_valid(signer, clock())
        self.signer: Signer = signer

    @property
    def officer(self) -> Officer:
        """Who acts here."""
        return officer_of(self.signer)

    def open(self, title: str, findings: Sequence[str] = (), seizures: Sequence[str] = ()) -> Acted:
        """Open a case; what one action cannot name follows in others.

        Raises:
            Misuse: as `act`.
        """
        first = Opening(
            title=title, findings=_first(findings, ACTION_FINDINGS_MAX), seizures=_first(seizures, PAPER_LINES_MAX)
        )
        acted = self.act(first)
        for start in range(ACTION_FINDINGS_MAX, len(findings), ACTION_FINDINGS_MAX):
            more = Adding(findings=sorted(findings)[start : start + ACTION_FINDINGS_MAX])
            acted = self.act(more, acted.number)
        return acted

    def act(self, do: Deed, number: int = 0, *, after: int | None = None) -> Acted:
        """Do something in the case of this number; 0 for an opening.

        Args:
            do: what.
            number: of the case.
            after: log index of the newest action that the officer saw; None acts on whatever there is.

        Raises:
            Misuse: why it would not count, or does not: `case-unknown`, `case-closed`, `case-elsewhere`, …
            FormatError: `paper-member` when a member is not what it should be.
        """
        name = fresh_id(self._random)
        with self.ledger.database.read() as connection:
            case = None if isinstance(do, Opening) else require_case(connection, number)
            action = Action(id=name, time=iso(self._clock()), case=case.uri if case else name, do=do, after=after)
            # 2.
            _require_counts(connection, case, action, self.officer)
        # 3.
        (index,) = self.record([action])
        # 4.
        with self.ledger.database.read() as connection:
            fault = fault_of(connection, index)
            if fault:
                case = require_case(connection, number)
                who = _who(connection, case, fault) or "somebody else acted first"
                raise Misuse(_FAULTS[fault], f"{who}; the action is recorded, and does not count")
            number = number_of(connection, action.case)
            return Acted(number, index, require_case(connection, number))

    def record(self, papers: Iterable[Content]) -> list[int]:
        """Sign and record papers; return their log indexes.

        Raises:
            Refusal: of the first that was refused.
        """
        return record_papers(self._recorder, (self.sign(paper) for paper in papers))

    def sign(self, paper: Content) -> Submission:
        """Return a paper, signed by this station."""
        body = make_paper(paper)
        kind = str(type(paper).__struct_config__.tag)
        statement = sign_statement(
            self._key, issuer=self.signer.party_uri, subject=paper.id, issued_at=self._clock(), kind=kind,
            media_type=media_type(kind), digest=canonical.digest(body),
        )  # fmt: skip
        return Submission(statement, body)


def record_papers(recorder: Recorder, submissions: Iterable[Submission]) -> list[int]:
    """Record papers in order; return their log indexes.

    Raises:
        Refusal: of the first that was refused; those before it are recorded.
    """
    indexes = []
    for outcomes in recorder.record_all(submissions):
        for outcome in outcomes:
            if outcome.problem is not None:
                raise outcome.problem
            assert outcome.index is not None
            indexes.append(outcome.index)
    return indexes


def require_case(connection: Connection, number: int) -> Case:
    """Return a case.

    Raises:
        Misuse: `case-unknown`.
    """
    case = case_numbered(connection, number)
    if case is None:
        raise Misuse("case-unknown", f"no case {number}")
    return case


def _require_counts(connection: Connection, case: Case | None, action: Action, officer: Officer) -> None:
    if case is None:
        made = begin(action, officer, 0)
    else:
        made = step(case, action, officer, 0, lambda uri: office_of(connection, uri))
    if not isinstance(made, Case):
        raise Misuse(_FAULTS[made], "" if case is None else _who(connection, case, made))


def _who(connection: Connection, case: Case, fault: str) -> str:
    """Say who works on a case that therefore cannot be claimed; nothing of any other fault."""
    return f"{uri_of_number(connection, tables.station, case.officer)} has it" if fault == "case-taken" else ""


def _first(values: Sequence[str], count: int) -> list[str] | None:
    return sorted(values)[:count] or None
