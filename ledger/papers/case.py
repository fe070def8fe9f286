"""A case: what its actions, in the order of the log, make of it. Nothing here is stored that the log does not say.

    case = begin(opening, officer, at)              the opening makes it
    case = step(case, action, officer, office_of)   each later action changes it, or is a `Fault` and changes nothing

An action that does not fit (a case that is closed, or lies with another office) is recorded like everything else,
and does not count; which ones count depends only on those before them, so everybody who reads the log agrees.
The office that holds a case decides it; any office may add to it and write notes.
Two officers may act at one moment: who names in `after` what they saw last acts on that, or not at all.
Who claims without it takes no case that a colleague works on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

import msgspec

from ledger.errors import FormatError
from ledger.limits import CASE_ASKS_MAX, CASE_FINDINGS_MAX, NAME_ASKED_SECONDS_MAX, NAME_OPEN_SECONDS_MAX
from ledger.papers.contents import (
    Action,
    Adding,
    AllowName,
    AskName,
    Claim,
    Deadline,
    HandOver,
    Note,
    Opening,
    Outcome,
)
from ledger.papers.paper import OFFICES, PERSON_OFFICES, seconds_of

__all__ = [
    "CASE_STATES", "Ask", "Case", "Decision", "Fault", "Officer", "begin", "decode_case", "encode_case", "step",
]  # fmt: skip

CASE_STATES: Final = ("waiting", "working", "closed")

Fault = Literal[
    "not-authorised", "case-unknown", "case-exists", "case-closed", "case-elsewhere", "case-full", "office-unknown",
    "finding-elsewhere", "case-changed", "case-taken", "ask-unknown", "ask-own", "ask-ended",
    "deadline-past",
]  # fmt: skip
"""Why an action does not count."""

OfficeOf = Callable[[str], int]
"""Returns the number of the party with this URI when it is an office, else 0."""


class Officer(NamedTuple):
    """Who acts: log indexes of the registrations of party and station, and the party's roles."""

    party: int
    station: int
    roles: frozenset[str]

    @property
    def is_office(self) -> bool:
        """Whether this party works on cases at all."""
        return not OFFICES.isdisjoint(self.roles)


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came of one finding, or of a case: a result, and the innocent cause when it was a false alarm."""

    result: str
    cause: str | None


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person's name that was asked for.

    Attributes:
        person: the pseudonym.
        officer: number of the station that asked; it alone is told.
        until: seconds since the epoch: until then it may be allowed, and once allowed, be told.
        allowed: number of the station that allowed it; 0 while none did.
    """

    person: str
    officer: int
    until: int
    allowed: int = 0


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a case stands.

    Attributes:
        uri: its name: the id of the action that opened it.
        opened, last: log indexes of the first and the newest action that counts.
        opened_at: the officer's claim, seconds since the epoch.
        state: one of `CASE_STATES`.
        office, officer: numbers of the party that holds it and of the station that works on it (0: none yet).
        deadline: seconds since the epoch, or None.
        findings, seizures: ids, ascending.
        decided: findings that were decided on their own.
        decision: of the case as a whole, while it is closed.
        actions: how many count.
        offices: numbers of the parties that hold or held it, ascending: they see it.
        asks: names that its office asked for, by the id of the action that asked; another office has to ask anew.
    """

    uri: str
    title: str
    opened: int
    opened_at: int
    last: int
    state: Literal["waiting", "working", "closed"]
    office: int
    officer: int
    deadline: int | None
    findings: tuple[str, ...]
    seizures: tuple[str, ...]
    decided: dict[str, Decision]
    decision: Decision | None
    actions: int
    offices: tuple[int, ...]
    asks: dict[str, Ask]

    def decision_of(self, finding: str) -> Decision | None:
        """Return what came of a finding of this case: its own decision, else the case's."""
        return self.decided.get(finding, self.decision)


def begin(action: Action, officer: Officer, index: int) -> Case | Fault:
    """Return the case that an opening at this log index makes."""
    do = action.do
    assert isinstance(do, Opening)
    if not officer.is_office:
        return "not-authorised"
    return Case(
        uri=action.id, title=do.title, opened=index, opened_at=seconds_of(action.time), last=index,
        state="waiting", office=officer.party, officer=0, deadline=None,
        findings=tuple(do.findings or ()), seizures=tuple(do.seizures or ()),
        decided={}, decision=None, actions=1, offices=(officer.party,), asks={},
    )  # fmt: skip


def step(case: Case, action: Action, officer: Officer, index: int, office_of: OfficeOf) -> Case | Fault:
    """Return the case after an action at this log index, or why the action does not count."""
    if not officer.is_office:
        return "not-authorised"
    if isinstance(action.do, Opening):
        return "case-exists"
    if action.after is not None and action.after != case.last:
        return "case-changed"
    changed = _after(case, action, officer, office_of)
    if isinstance(changed, Case):
        return msgspec.structs.replace(changed, last=index, actions=case.actions + 1)
    return changed


def _after(case: Case, action: Action, officer: Officer, office_of: OfficeOf) -> Case | Fault:
    do = action.do
    if isinstance(do, Note):
        return case
    if case.state == "closed" and not isinstance(do, Claim):
        return "case-closed"
    if isinstance(do, Adding):
        return _with_more(case, do)
    return "case-elsewhere" if officer.party != case.office else _by_holder(case, action, officer, office_of)


def _by_holder(case: Case, action: Action, officer: Officer, office_of: OfficeOf) -> Case | Fault:
    """What only the office does that holds the case."""
    match action.do:
        case Claim():
            return _claimed(case, action, officer)
        case Deadline() as do:
            return _due(case, action, do)
        case HandOver() as do:
            return _handed_over(case, do, office_of)
        case Outcome() as do:
            return _decided(case, do)
        case AskName() as do:
            return _asked(case, action, do, officer)
        case AllowName() as do:
            return _allowed(case, action, do, officer)
        case _:
            raise AssertionError(action.do)


def _claimed(case: Case, action: Action, officer: Officer) -> Case | Fault:
    if case.state == "working" and case.officer != officer.station and action.after is None:
        return "case-taken"
    return msgspec.structs.replace(case, state="working", officer=officer.station, decision=None)


def _due(case: Case, action: Action, do: Deadline) -> Case | Fault:
    until = seconds_of(do.until)
    if until <= seconds_of(action.time):
        return "deadline-past"
    return msgspec.structs.replace(case, deadline=until)


def _with_more(case: Case, do: Adding) -> Case | Fault:
    findings = tuple(sorted({*case.findings, *(do.findings or ())}))
    if len(findings) > CASE_FINDINGS_MAX:
        return "case-full"
    seizures = tuple(sorted({*case.seizures, *(do.seizures or ())}))
    return msgspec.structs.replace(case, findings=findings, seizures=seizures)


def _handed_over(case: Case, do: HandOver, office_of: OfficeOf) -> Case | Fault:
    office = office_of(do.to)
    if not office:
        return "office-unknown"
    offices = tuple(sorted({*case.offices, office}))
    return msgspec.structs.replace(case, office=office, officer=0, state="waiting", offices=offices, asks={})


def _decided(case: Case, do: Outcome) -> Case | Fault:
    decision = Decision(do.result, do.cause)
    if do.findings is None:
        return msgspec.structs.replace(case, state="closed", decision=decision)
    if not set(do.findings) <= set(case.findings):
        return "finding-elsewhere"
    # In the order of the ids, so that a state has one spelling.
    decided = dict(sorted({**case.decided, **dict.fromkeys(do.findings, decision)}.items()))
    return msgspec.structs.replace(case, decided=decided)


def _asked(case: Case, action: Action, do: AskName, officer: Officer) -> Case | Fault:
    if PERSON_OFFICES.isdisjoint(officer.roles):
        return "not-authorised"
    if len(case.asks) >= CASE_ASKS_MAX:
        return "case-full"
    ask = Ask(do.person, officer.station, seconds_of(action.time) + NAME_ASKED_SECONDS_MAX)
    return msgspec.structs.replace(case, asks=dict(sorted({**case.asks, action.id: ask}.items())))


def _allowed(case: Case, action: Action, do: AllowName, officer: Officer) -> Case | Fault:
    ask = case.asks.get(do.ask)
    if ask is None or ask.allowed:
        return "ask-unknown"
    if ask.officer == officer.station:
        return "ask-own"
    now = seconds_of(action.time)
    if now > ask.until:
        return "ask-ended"
    allowed = Ask(ask.person, ask.officer, now + NAME_OPEN_SECONDS_MAX, officer.station)
    return msgspec.structs.replace(case, asks={**case.asks, do.ask: allowed})


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Case).decode


def encode_case(case: Case) -> bytes:
    """Return the stored bytes of a case."""
    return _encode(case)


def decode_case(data: bytes) -> Case:
    """Read the stored bytes of a case.

    Raises:
        FormatError: `case-malformed`.
    """
    try:
        return _decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError("case-malformed", str(error)) from None
