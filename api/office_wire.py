"""What officers ask and are told of cases and findings, as JSON; how that becomes values of the ledger, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from api.language import Language
from api.reading import Decimal
from api.station_wire import WireAnswer
from api.tables import Form
from ledger.casework import Acted
from ledger.clock import iso
from ledger.identity.access import Caller
from ledger.identity.sight import sees_persons
from ledger.limits import LIST_ROWS_MAX, NUMBER_MAX, TEXT_CHARACTERS_MAX
from ledger.office.cases import Done
from ledger.office.findings import Told
from ledger.papers.case import Case
from ledger.papers.contents import Deed, FindingId, FindingIds, Opening, PaperIds, Text
from ledger.reconcile.findings.finding import Finding, Severity
from ledger.store import tables
from ledger.store.cases import Numbered
from ledger.store.database import Connection
from ledger.store.registry import Registry, uri_of_number

__all__ = [
    "ActedTold", "CaseTold", "CasesQuery", "CasesTold", "Doing", "FindingTold", "FindingsQuery", "FindingsTold",
    "Names", "NewCase", "PartyTold", "Rows", "acted_told", "case_told", "cases_told", "findings_told", "number_in",
    "one_finding_told",
]  # fmt: skip

Rows = Annotated[int, Meta(ge=1, le=LIST_ROWS_MAX)]
_PAGE = 50


class FindingsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which findings: of one rule, of one severity; `after` goes on behind the finding with this id."""

    rule: Annotated[str, Meta(max_length=TEXT_CHARACTERS_MAX)] = ""
    severity: Severity | None = None
    after: FindingId | None = None
    limit: Rows = _PAGE
    format: Form = "json"


class CasesQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which cases: those that stand so; `after` goes on behind the case with this number."""

    state: Literal["waiting", "working", "closed"] | None = None
    after: Decimal = "0"
    limit: Rows = _PAGE
    format: Form = "json"


class NewCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A case to open, with what is known."""

    title: Text
    findings: FindingIds | None = None
    seizures: PaperIds | None = None

    def opening(self) -> Opening:
        """Return the deed."""
        return Opening(title=self.title, findings=self.findings, seizures=self.seizures)


class Doing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an officer does in a case (docs/formats/action.md).

    Attributes:
        do: what; `act` says which.
        after: the `last` of the case as the officer saw it: who acts on an older state is refused.
    """

    do: Deed
    after: Annotated[int, Meta(ge=1, le=NUMBER_MAX)] | None = None


class PartyTold(WireAnswer, frozen=True, kw_only=True):
    """A party: its URI, its name in the language asked for."""

    uri: str
    name: str


class FindingTold(WireAnswer, frozen=True, kw_only=True):
    """A finding (docs/formats/finding.md), with what the caller may see of it.

    Attributes:
        about: what the subject is; a pack's subject is its key, a person's their pseudonym, a party's its number.
        sentence: what was seen, in the language asked for.
        evidence: log indexes.
        history: when it came, changed, went and came back; for one finding alone.
    """

    id: str
    rule: str
    version: str
    about: str
    severity: str
    score: int
    cents: int
    subject: str
    time: str
    sentence: str
    open: bool
    evidence: tuple[int, ...]
    persons: tuple[str, ...] = ()
    institutions: list[PartyTold]
    numbers: dict[str, int | str | None]
    history: list[dict[str, str]] = msgspec.field(default_factory=list)


class FindingsTold(WireAnswer, frozen=True, kw_only=True):
    """Some findings; `next` is what to ask for as `after`, left out when these are the last."""

    findings: list[FindingTold]
    next: str = ""


class DoneTold(WireAnswer, frozen=True, kw_only=True):
    """An action in a case: its place in the log, who did it; `fault` says why it does not count."""

    index: int
    office: PartyTold
    officer: str
    time: str
    do: dict[str, Any]
    fault: str = ""


class AskTold(WireAnswer, frozen=True, kw_only=True):
    """A name that was asked for: the id of the action that asked, who asked and who allowed it, until when."""

    ask: str
    person: str
    officer: str
    until: str
    allowed: str = ""


class CaseTold(WireAnswer, frozen=True, kw_only=True):
    """Where a case stands.

    Attributes:
        last: log index of the newest action that counts: name it in `after` when acting.
        office, officer: which party holds it, and the URI of the station that works on it.
        decided: findings that were decided on their own, with the result.
        asks: names of persons that its office asked for.
        done: all that was done in it; for one case alone.
    """

    number: int
    uri: str
    title: str
    state: str
    opened: str
    last: int
    office: PartyTold
    officer: str = ""
    deadline: str = ""
    findings: tuple[str, ...] = ()
    seizures: tuple[str, ...] = ()
    decided: dict[str, str] = msgspec.field(default_factory=dict)
    result: str = ""
    cause: str = ""
    asks: list[AskTold] = msgspec.field(default_factory=list)
    done: list[DoneTold] = msgspec.field(default_factory=list)


class CasesTold(WireAnswer, frozen=True, kw_only=True):
    """Some cases, the newest first; `next` is what to ask for as `after`, left out when these are the last."""

    cases: list[CaseTold]
    next: str = ""


class ActedTold(WireAnswer, frozen=True, kw_only=True):
    """What became of an action: its place in the log, and the case after it."""

    index: int
    case: CaseTold


class Names:
    """Names of parties and stations, in one language.

    Args:
        connection, registry: where they are registered.
        language: to answer in.
        caller: who is told: whoever never sees persons is told none.
    """

    def __init__(
        self, connection: Connection, registry: Registry, language: Language, caller: Caller
    ) -> None:
        self._connection = connection
        self.sees_persons = sees_persons(caller)
        self._registry = registry
        self._language = language

    def party(self, number: int) -> PartyTold:
        """Return a party; empty texts for nobody."""
        name_en, name_zh = self._registry.name(self._connection, tables.party, number)
        uri = uri_of_number(self._connection, tables.party, number)
        return PartyTold(uri=uri, name=name_zh if self._language == "zh" else name_en)

    def station(self, number: int) -> str:
        """Return a station's URI; an empty text for none."""
        return uri_of_number(self._connection, tables.station, number) if number else ""

    def of(self, both: Any) -> str:
        """Return a text that is there in both."""
        return str(both.zh if self._language == "zh" else both.en)


def _finding_told(names: Names, finding: Finding, history: Sequence[tuple[int, str, str]] = ()) -> FindingTold:
    """Return a finding, as JSON has it."""
    seen = finding.seen
    return FindingTold(
        id=seen.id, rule=seen.rule, version=seen.version, about=seen.grain, severity=seen.severity, score=seen.score,
        cents=seen.cents, subject=seen.subject, time=iso(seen.time), sentence=names.of(seen.sentence),
        open=finding.is_open, evidence=seen.evidence, persons=seen.persons,
        institutions=[names.party(each) for each in seen.institutions], numbers=seen.numbers,
        history=[{"at": iso(at), "what": what, "reason": reason} for at, what, reason in history],
    )  # fmt: skip


def findings_told(names: Names, findings: Sequence[Finding], limit: int) -> FindingsTold:
    """Return some findings."""
    following = findings[-1].id if len(findings) == limit else ""
    return FindingsTold(findings=[_finding_told(names, each) for each in findings], next=following)


def one_finding_told(names: Names, told: Told) -> FindingTold:
    """Return one finding with its history."""
    return _finding_told(names, told.finding, told.history)


def case_told(names: Names, number: int, case: Case, done: Sequence[Done] = ()) -> CaseTold:
    """Return a case, as JSON has it."""
    decision = case.decision
    return CaseTold(
        number=number, uri=case.uri, title=case.title, state=case.state, opened=iso(case.opened_at), last=case.last,
        office=names.party(case.office), officer=names.station(case.officer),
        deadline="" if case.deadline is None else iso(case.deadline), findings=case.findings, seizures=case.seizures,
        decided={finding: each.result for finding, each in case.decided.items()},
        result="" if decision is None else decision.result,
        cause="" if decision is None or decision.cause is None else decision.cause,
        asks=[
            AskTold(
                ask=ask, person=each.person, officer=names.station(each.officer), until=iso(each.until),
                allowed=names.station(each.allowed),
            )
            for ask, each in case.asks.items()
            if names.sees_persons
        ],
        done=[_done_told(names, each) for each in done],
    )  # fmt: skip


def _done_told(names: Names, done: Done) -> DoneTold:
    do = msgspec.to_builtins(done.action.do)
    if not names.sees_persons:
        do.pop("person", None)
    return DoneTold(
        index=done.entry, office=names.party(done.office), officer=names.station(done.station),
        time=done.action.time, do=do, fault=done.fault,
    )  # fmt: skip


def cases_told(names: Names, cases: Sequence[Numbered], limit: int) -> CasesTold:
    """Return some cases."""
    following = str(cases[-1].number) if len(cases) == limit else ""
    return CasesTold(cases=[case_told(names, *each) for each in cases], next=following)


def acted_told(names: Names, acted: Acted) -> ActedTold:
    """Return what became of an action."""
    return ActedTold(index=acted.index, case=case_told(names, acted.number, acted.case))


def number_in(text: str) -> int:
    """Return the number that a path names; 0, which no case has, for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0
