"""A run of the rules against the findings that are stored: what is new, changed, gone, or back.

    1. one pass over what is stored, each finding beside what its rule sees now:
       seen again, changed or reopened; or gone: closed, with the reason. A rule that failed closes nothing;
       one that is no more closes all of its findings
    2. what is seen and was not stored is opened
    3. erased persons are taken out of every finding older than their erasure
    4. all of it is written in one transaction, with the run

A finding that is seen as before keeps its row; a run that changes nothing over the same tree leaves no trace.
Rows that somebody altered are written again: what the rules see is the truth, the table is only where it is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from ledger.errors import FormatError
from ledger.reconcile.findings.erase import without
from ledger.reconcile.findings.finding import (
    SEVERITIES,
    Closing,
    Finding,
    Reason,
    Seen,
    decode_finding,
    encode_finding,
)
from ledger.store.database import Connection, Database
from ledger.store.findings import (
    FindingRow,
    FindingRun,
    add_run,
    all_findings,
    delete_findings,
    insert_events,
    insert_findings,
    keep_rule_text,
    last_run,
    replace_findings,
)
from ledger.store.persons import erasures

__all__ = ["Changes", "Explain", "RuleRun", "Run", "row_of", "update_findings"]

Explain = Callable[[Sequence[Finding], int], Mapping[str, Sequence[int]]]
"""Returns, by finding id, the log indexes from the second argument on that concern what a finding was about."""


class RuleRun(msgspec.Struct, frozen=True):
    """One rule that ran to its end: its name, the SHA-256 of its text (hex), the text, and all that it sees now."""

    rule: str
    version: str
    text: bytes
    seen: Sequence[Seen]


class Run(msgspec.Struct, frozen=True):
    """One run of the rules over one lake.

    Attributes:
        at: when, seconds since the epoch.
        tree_size, root: the log that the lake was made from.
        rules: those that ran to their end.
        standing: the names of all rules there are, also of those that failed or were left out this time.
    """

    at: int
    tree_size: int
    root: bytes
    rules: Sequence[RuleRun]
    standing: frozenset[str]


class Changes(msgspec.Struct, frozen=True):
    """What a run changed: how many findings were opened, changed, closed, reopened; how many stayed as they were."""

    opened: int = 0
    changed: int = 0
    closed: int = 0
    reopened: int = 0
    erased: int = 0
    same: int = 0


def update_findings(database: Database, run: Run, explain: Explain) -> Changes:
    """Bring the findings to what a run saw; all of it, or on any error nothing.

    Raises:
        Unavailable: the database failed; nothing was changed.
        FormatError: `finding-malformed` when a stored finding was damaged beyond reading.
    """
    with database.write() as connection:
        update = _Update(connection, run, explain)
        # 1.
        update.compare()
        # 2.
        update.open()
        # 3.
        update.erase()
        # 4.
        return update.write(database)


class _Update:
    def __init__(self, connection: Connection, run: Run, explain: Explain) -> None:
        self._connection = connection
        self._run = run
        self._explain = explain
        self._last = last_run(connection)
        self._number = 1 if self._last is None else self._last.number + 1
        self._erased = erasures(connection)
        # Only a person whose erasure the lake does not know yet can still be among what the rules see.
        late = {person for person, index in self._erased.items() if index >= run.tree_size}
        self._versions = {rule.rule: rule.version for rule in run.rules}
        self._seen = {
            seen.id: without(seen, late) for rule in run.rules for seen in rule.seen if seen.subject not in late
        }
        self._fresh: dict[str, Finding] = {}
        self._moved: dict[str, Finding] = {}
        self._strays: list[bytes] = []
        self._events: dict[str, tuple[str, str]] = {}
        self._counts: Counter[str] = Counter()

    def compare(self) -> None:
        gone: list[Finding] = []
        for row in all_findings(self._connection):
            now = self._seen.get(row.id.hex())
            finding = _read(row, now)
            if finding.id != row.id.hex():
                self._strays.append(row.id)
                continue
            self._seen.pop(finding.id, None)
            if now is not None:
                self._seen_again(finding, now, row)
            elif finding.is_open and finding.seen.rule not in self._run.standing:
                self._put_closed(finding, Closing("rule-withdrawn"))
            elif finding.is_open and finding.seen.rule in self._versions:
                gone.append(finding)
            else:
                self._mend(finding, row)
        self._close(gone)

    def open(self) -> None:
        for seen in self._seen.values():
            self._put("opened", Finding(seen=seen, first_run=self._number, run=self._number))

    def _seen_again(self, finding: Finding, now: Seen, row: FindingRow) -> None:
        if finding.is_open and finding.seen == now:
            self._counts["same"] += 1
            self._mend(finding, row)
            return
        what = "changed" if finding.is_open else "reopened"
        self._put(what, Finding(seen=now, first_run=finding.first_run, run=self._number))

    def _mend(self, finding: Finding, row: FindingRow) -> None:
        """Write a row again whose columns do not say what the finding says: somebody altered it."""
        if row_of(finding) != row:
            self._moved[finding.id] = finding

    def _close(self, gone: Sequence[Finding]) -> None:
        explained = self._explain(gone, self._last.tree_size) if gone and self._last is not None else {}
        for finding in gone:
            new = tuple(explained.get(finding.id, ()))
            persons = {finding.seen.subject, *finding.seen.persons}
            reason: Reason = "time-passed"
            if not persons.isdisjoint(self._erased):
                reason = "person-erased"
            elif finding.seen.version != self._versions[finding.seen.rule]:
                reason = "rule-changed"
            elif new:
                reason = "new-facts"
            self._put_closed(finding, Closing(reason, new))

    def _put_closed(self, finding: Finding, closing: Closing) -> None:
        self._put("closed", msgspec.structs.replace(finding, run=self._number, closing=closing), closing.reason)

    def _put(self, what: str, finding: Finding, reason: str = "") -> None:
        (self._fresh if what == "opened" else self._moved)[finding.id] = finding
        self._events[finding.id] = (what, reason)
        self._counts[what] += 1

    def erase(self) -> None:
        """Take erased persons out of what is stored; only rows from before an erasure can hold them."""
        since = 0 if self._last is None else self._last.tree_size
        erased = {person for person, index in self._erased.items() if index >= since}
        if not erased:
            return
        for row in all_findings(self._connection):
            moved = self._moved.get(row.id.hex())
            if row.id in self._strays or (moved is not None and moved.is_open):
                continue  # about to go; or seen just now, in a lake without them
            finding = moved or decode_finding(row.data)
            kept = without(finding.seen, erased)
            if kept != finding.seen:
                self._moved[finding.id] = msgspec.structs.replace(finding, seen=kept, run=self._number)
                self._events.setdefault(finding.id, ("erased", "person-erased"))
                self._counts["erased"] += 1

    def write(self, database: Database) -> Changes:
        changes = Changes(**self._counts)
        is_same_tree = self._last is not None and (self._last.tree_size, self._last.root) == (
            self._run.tree_size, self._run.root,
        )  # fmt: skip
        if self._events or not is_same_tree:
            run = FindingRun(self._number, self._run.at, self._run.tree_size, self._run.root)
            add_run(self._connection, run)
        for rule in self._run.rules:
            keep_rule_text(self._connection, bytes.fromhex(rule.version), rule.rule, rule.text)
        delete_findings(self._connection, self._strays)
        insert_findings(database, self._connection, [row_of(each) for each in _in_order(self._fresh)])
        replace_findings(self._connection, [row_of(each) for each in _in_order(self._moved)])
        events = [(bytes.fromhex(name), self._number, *event) for name, event in sorted(self._events.items())]
        insert_events(database, self._connection, events)
        return changes


def _read(row: FindingRow, now: Seen | None) -> Finding:
    """Return what a row says; when it was damaged and the rule sees the same subject now, what it sees."""
    try:
        return decode_finding(row.data)
    except FormatError:
        if now is None:
            raise
        return Finding(seen=now, first_run=row.first_run, run=row.run, closing=None)


def _in_order(findings: Mapping[str, Finding]) -> list[Finding]:
    return [findings[name] for name in sorted(findings)]


_PLACE: Final = {severity: place for place, severity in enumerate(SEVERITIES)}


def row_of(finding: Finding) -> FindingRow:
    """Return the row that keeps a finding."""
    seen = finding.seen
    return FindingRow(
        id=bytes.fromhex(finding.id), rule=seen.rule, is_open=int(finding.is_open), severity=_PLACE[seen.severity],
        score=seen.score, cents=seen.cents, first_run=finding.first_run, run=finding.run, grain=seen.grain,
        data=encode_finding(finding),
    )  # fmt: skip
